# The edge: one short step after another. Each is in the file of its name.
#
# Needs a backend `lb` and an acl `purgers` (origin.vcl), and in the environment of varnishd
# CALOTYPE_PURGE_SECRET, without which nothing can be purged. A listener named `inside`
# (-a inside=127.0.0.1:PORT), if there is one, is for who runs the fleet: /readyz and /metrics are
# a 404 on every other.

import std;
import str;
import var;
import xkey;

include "./accept.vcl";
include "./parameters.vcl";
include "./request.vcl";
include "./purge.vcl";
include "./fetch.vcl";
include "./freshness.vcl";
include "./coherence.vcl";
include "./problem.vcl";
include "./status.vcl";

sub vcl_recv {
    set req.backend_hint = lb;
    call edge_purge;
    call edge_limits;
    call edge_own;
    if (req.method != "GET" && req.method != "HEAD") {
        call edge_key;
        var.set("forward", "method");
        return (pass);
    }
    call edge_normalise;
    call edge_stale_recv;
    if (req.http.Authorization) {
        var.set("forward", "bypass");
        return (pass);
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url);
    # The one answer that has the host and the scheme that were asked in it; and every path that an
    # instance may read as the same, as `info%2Ejson` or `/%69iif/`.
    if (req.url ~ "^/iiif/3/[^/?]+/info\.json"
        || (req.url ~ "^[^?]*%"
            && req.url !~ "^/(?:i/|image/|iiif/3/[^/?]+/[^/?]+/[^/?]+/)")) {
        hash_data(req.http.Host + " " + req.http.X-Forwarded-Proto);
    }
    return (lookup);
}

sub vcl_hit {
    call edge_stale_hit;
    var.set("forward", "");
    return (deliver);
}

sub vcl_miss {
    var.set("forward", "miss");
    return (fetch);
}

sub vcl_pass {
    if (var.get("forward") == "") {
        var.set("forward", "miss");
    }
    return (fetch);
}

sub vcl_backend_fetch {
    call edge_fetch_begins;
    return (fetch);
}

sub vcl_backend_response {
    call edge_fetch_failed;
    call edge_whole_bodies;
    call edge_freshness;
    return (deliver);
}

sub vcl_backend_error {
    call edge_fetch_error;
    return (deliver);
}

sub vcl_deliver {
    call edge_stale_instead;
    call edge_status;
    call edge_headers;
    return (deliver);
}

sub vcl_synth {
    call edge_stale_instead;
    call edge_problem;
    return (deliver);
}
