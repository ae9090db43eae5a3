# What a request is before anything is looked up for it.

# Bounds, and what no client may say: the headers with which the steps here speak to each other.
sub edge_limits {
    if (req.restarts == 0) {
        unset req.http.X-Edge-Stale;
    }
    if (req.method !~ "^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$") {
        return (synth(405));
    }
    if (!req.http.Host) {
        return (synth(400));
    }
    # What only reads has no body.
    if (req.method ~ "^(?:GET|HEAD|OPTIONS)$"
        && (req.http.Transfer-Encoding || req.http.Content-Length ~ "[^0]")) {
        return (synth(400));
    }
    # The load balancer's own, for the probe.
    if (req.url ~ "^(?i:https?://[^/?#]*+)?/lbz(?:[/?;#]|$)") {
        return (synth(404));
    }
    # The origin allows 8192 bytes of a query string; the path has a bound of its own there.
    if (req.url ~ "^.{12289}") {
        return (synth(414));
    }
    # 1 GiB; the instance has the narrower bound of each file.
    if (std.bytes(req.http.Content-Length + "B", 0B) > 1GB) {
        return (synth(413));
    }
}

# Varnish sends a body on before it reads the answer, and as slowly as it comes, so one that is refused
# anyway would hold a place at an instance for as long as its sender likes. Where no body is read, the
# connection is closed (edge_problem). The instances know which keys are good.
sub edge_key {
    if (req.method != "OPTIONS" && req.http.Authorization !~ "^(?i:bearer)[ \t]+ck_") {
        std.late_100_continue(true);  # nobody is to go on
        return (synth(401));
    }
}

sub edge_normalise {
    set req.http.Host = req.http.Host.lower();
    # What ends TLS before us says so; else it is HTTP.
    if (req.http.X-Forwarded-Proto != "https") {
        unset req.http.X-Forwarded-Proto;
    }
    unset req.http.Cookie;
    call edge_query;
    if (req.url ~ "^/(?:i|image)/") {
        call edge_accept;
    } elsif (req.url ~ "^/iiif/3/[^/?]+/info\.json") {
        call edge_accept_json;
    } else {
        unset req.http.Accept;
    }
    call edge_save_data;
}

# Parameters that the route knows, sorted. A signature is over all of them, known or not, so those of
# a signed URL are only sorted.
sub edge_query {
    if (req.url ~ "\?") {
        if (req.url !~ "[?&]s=") {
            call edge_known_parameters;
        }
        set req.url = std.querysort(req.url);
        set req.url = regsub(regsub(req.url, "\?&+", "?"), "[?&]+$", "");
    }
}

# What an instance says of itself is for whoever runs it: not for clients, who are on another socket
# than `calotype fleet`. However it is spelt: an instance decodes the path, and takes a URL with a
# host for one without.
sub edge_own {
    if (local.socket != "inside" && req.url ~ {"(?xi) ^ (?:https?://[^/?\#]*)?+ /
        (?: (?:m|%6d)(?:e|%65)(?:t|%74)(?:r|%72)(?:i|%69)(?:c|%63)(?:s|%73)
          | (?:r|%72)(?:e|%65)(?:a|%61)(?:d|%64)(?:y|%79)(?:z|%7a) )
        (?:[/?;\#]|$)"}) {
        return (synth(404));
    }
}
