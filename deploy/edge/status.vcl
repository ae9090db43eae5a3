# What is said of how the answer came about (RFC 9211), and what is not said to clients.
#
#   calotype-edge; hit; ttl=86391               ttl below zero: a stale copy
#   calotype-edge; fwd=miss; fwd-status=200; stored
#   calotype-edge; fwd=stale; fwd-status=304; stored
#   calotype-edge; fwd=method; fwd-status=201   and bypass, for a request with an API key

sub edge_status {
    if (var.get("forward") == "") {
        var.set("status", "calotype-edge; hit; ttl=" + std.integer(real = std.real(duration = obj.ttl)));
    } elsif (resp.http.X-Edge-Detail) {
        var.set("status", "calotype-edge; fwd=" + var.get("forward")
            + "; detail=" + resp.http.X-Edge-Detail);
    } else {
        if (resp.http.X-Edge-304) {
            var.set("status", "calotype-edge; fwd=stale; fwd-status=304");
        } else {
            var.set("status", "calotype-edge; fwd=" + var.get("forward")
                + "; fwd-status=" + resp.status);
        }
        if (!obj.uncacheable) {
            var.set("status", var.get("status") + "; stored");
        }
    }
    if (resp.http.Cache-Status) {
        set resp.http.Cache-Status = resp.http.Cache-Status + ", " + var.get("status");
    } else {
        set resp.http.Cache-Status = var.get("status");
    }
}

sub edge_headers {
    # How long a browser may keep it (`max-age`) counts from now: with an edge that is told of every
    # change, what it has kept for an hour is as good as what was just made.
    if (resp.http.Cache-Control ~ "s-maxage") {
        unset resp.http.Age;
    }
    unset resp.http.xkey;
    unset resp.http.X-Varnish;
    unset resp.http.X-Edge-Revalidate;
    unset resp.http.X-Edge-304;
    unset resp.http.X-Edge-Detail;
    unset resp.http.X-Index-Epoch;
    unset resp.http.X-Index-Seq;
    if (!req.http.X-Cache-Debug) {
        unset resp.http.Cache-Tag;
    }
}
