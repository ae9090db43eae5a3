# Fetching from the load balancer, and what is done where that fails.
#
# A body is kept and sent on only when all of it is here (`do_stream` is off): one that breaks off,
# because an instance died in the middle of it, is fetched again from another, and no client and no
# copy ever has part of one. That costs the first client the time of one body on the inner network.
# Larger bodies than 32 MiB (originals alone) are streamed and not kept: a client that is cut off goes
# on with `Range`.
#
# Only GET and HEAD are fetched again. The load balancer has already tried other instances where there
# was no answer at all, so of the statuses only 502 is worth it: something went wrong on the way.

sub edge_fetch_begins {
    var.set("began", "" + std.real(time = now));
    if (bereq.http.X-Edge-Stale) {
        var.set("stale", "kept");
        unset bereq.http.X-Edge-Stale;
    }
}

sub edge_fetch_failed {
    if (bereq.method == "GET" || bereq.method == "HEAD") {
        if (beresp.status >= 500 && (bereq.is_bgfetch || var.get("stale") == "kept")) {
            return (abandon);  # there is a stale copy, which is better
        }
        if (beresp.status == 502 && bereq.retries < 2) {
            return (retry);
        }
        if (beresp.status == 500 || beresp.status == 502 || beresp.status == 504) {
            var.set("gave up", "yes");
            return (error(503));
        }
    }
}

sub edge_whole_bodies {
    if (bereq.method != "GET" && bereq.method != "HEAD") {
        return;
    }
    set beresp.do_stream = false;
    if (std.bytes(beresp.http.Content-Length + "B", 0B) > 32MB) {
        set beresp.do_stream = true;
        if (!bereq.uncacheable) {
            return (pass(1h));
        }
    }
    if (beresp.http.Content-Type ~ "^(?:text/|application/(?:[a-z]+\+)?json|image/svg)") {
        set beresp.do_gzip = true;
    }
}

# No answer, or a body that broke off.
sub edge_fetch_error {
    if (bereq.method == "GET" || bereq.method == "HEAD") {
        if (var.get("gave up") != "yes" && bereq.retries < 2) {
            return (retry);
        }
        if (bereq.is_bgfetch || var.get("stale") == "kept") {
            return (abandon);
        }
    }
    call edge_unavailable;
}
