# The only file that differs from place to place. This one is for everything on one machine;
# `calotype fleet`, the containers and the clouds write their own, with the same two names.

include "ready.vcl";

backend lb {
    .host = "127.0.0.1";
    .port = "8090";
    .probe = ready;
}

# Who may purge: the instances, each by the address that the edge sees it come from.
acl purgers {
    "127.0.0.1";
    "::1";
}
