# How long an answer is kept: what the origin says (RFC 9111, 5861), read strictly.
#
# Varnish takes `s-maxage` and `max-age`, and `stale-while-revalidate` as its grace; it knows nothing
# of `stale-if-error`, `no-store`, `no-cache` and `must-revalidate`, and gives what has no
# `stale-while-revalidate` a grace of its own.

sub edge_freshness {
    unset beresp.http.Set-Cookie;
    unset beresp.http.X-Edge-Revalidate;
    unset beresp.http.X-Edge-304;
    if (beresp.was_304) {
        set beresp.http.X-Edge-304 = "yes";
    }
    if (bereq.uncacheable) {
        return;
    }
    call edge_tags;
    call edge_grace;
    call edge_other_statuses;
    if (beresp.status >= 500 || !beresp.http.Cache-Control || beresp.http.Vary == "*"
        || beresp.http.Cache-Control ~ "(?i)(?:^|[, ])(?:no-store|no-cache|private)(?:$|[,= ])"
        || (beresp.ttl <= 0s && beresp.grace <= 0s)) {
        call edge_not_kept;
        return;
    }
    call edge_overtaken;
    call edge_older;
}

# Not kept; and for a moment those who ask for the same do not wait for each other.
sub edge_not_kept {
    unset beresp.http.xkey;
    set beresp.uncacheable = true;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    if (beresp.status >= 500) {
        set beresp.ttl = 1s;
    } else {
        set beresp.ttl = 10s;
    }
}

# `keep` is for conditional requests alone: a stale copy that may not be sent any more may still be
# made fresh by a 304.
sub edge_grace {
    set beresp.keep = 1d;
    set beresp.grace = std.duration(regsub(beresp.http.Cache-Control,
        "(?i)^(?:.*[, ])?stale-while-revalidate=([0-9]{1,9}).*$", "\1s"), 0s);
    var.set_duration("if error", std.duration(regsub(beresp.http.Cache-Control,
        "(?i)^(?:.*[, ])?stale-if-error=([0-9]{1,9}).*$", "\1s"), 0s));
    if (var.get_duration("if error") > beresp.grace) {
        # Until when it may be sent while the origin is well: see edge_stale_hit.
        set beresp.http.X-Edge-Revalidate = regsub(regsub(beresp.http.Cache-Control,
            "(?i)^(?:.*[, ])?stale-while-revalidate=([0-9]{1,9}).*$", "\1s"), "^.*[^0-9s].*$", "0s");
        set beresp.grace = var.get_duration("if error");
    }
    if (beresp.http.Cache-Control ~ "(?i)\bimmutable\b" && beresp.grace <= 0s) {
        # It cannot have become wrong: only a tag ends its year, and a deletion purges it hard.
        set beresp.grace = 1d;
    }
    if (beresp.http.Cache-Control ~ "(?i)\b(?:must|proxy)-revalidate\b") {
        set beresp.grace = 0s;
        unset beresp.http.X-Edge-Revalidate;
    }
}

# Varnish reads no lifetime of these two, though the origin states one.
sub edge_other_statuses {
    if (beresp.status == 303 || beresp.status == 422) {
        set beresp.ttl = std.duration(regsub(beresp.http.Cache-Control,
            "(?i)^(?:.*[, ])?max-age=([0-9]{1,9}).*$", "\1s"), 0s);
        set beresp.ttl = std.duration(regsub(beresp.http.Cache-Control,
            "(?i)^(?:.*[, ])?s-maxage=([0-9]{1,9}).*$", "\1s"), beresp.ttl);
    }
}

# A purge came while this was being fetched. Of one that says for which changes it is, the time counts
# only where the answer does not say which it has.
sub edge_overtaken {
    var.set_real("hard", std.real(var.global_get("purged hard"), 0.0));
    var.set_real("soft", std.real(var.global_get("purged soft"), 0.0));
    if (!beresp.http.X-Index-Seq) {
        if (std.real(var.global_get("purged hard numbered"), 0.0) > var.get_real("hard")) {
            var.set_real("hard", std.real(var.global_get("purged hard numbered"), 0.0));
        }
        if (std.real(var.global_get("purged soft numbered"), 0.0) > var.get_real("soft")) {
            var.set_real("soft", std.real(var.global_get("purged soft numbered"), 0.0));
        }
    }
    if (var.get_real("hard") >= std.real(var.get("began"), 0.0)) {
        call edge_not_kept;
    } elsif (var.get_real("soft") >= std.real(var.get("began"), 0.0)) {
        set beresp.ttl = 1ms;  # an object with none at all is never found
        if (beresp.grace <= 0s) {
            call edge_not_kept;
        }
    }
}

# `stale-if-error` may be longer than `stale-while-revalidate`. Between the two a stale copy is sent
# only where there is nothing better: the request is looked up again as if there were none, and, if
# that fails, once more as if there were no end to it.

sub edge_stale_recv {
    if (req.http.X-Edge-Stale == "kept") {
        set req.grace = 0s;
    } elsif (req.http.X-Edge-Stale == "wanted") {
        set req.grace = 3650d;
    }
}

# What has been stale for 5 s is looked over likewise: a purge may have made it so, or come since, and
# whoever asks first, hours later perhaps, must not get what has long been wrong. What is asked for all
# the time never is: in those 5 s the stale copy is sent, and revalidated. Nor is anything for 2 s after
# that has failed, or all would wait for each other's failure.
sub edge_stale_hit {
    if (obj.ttl <= 0s && !req.http.X-Edge-Stale && std.healthy(req.backend_hint)
        && ((obj.ttl < -5s && std.real(var.global_get("stale instead"), 0.0) + 2.0
            < std.real(time = now)) || (obj.http.X-Edge-Revalidate
            && obj.ttl + std.duration(obj.http.X-Edge-Revalidate, 0s) <= 0s))) {
        set req.http.X-Edge-Stale = "kept";
        return (restart);
    }
}

sub edge_stale_instead {
    if (req.http.X-Edge-Stale == "kept" && resp.status >= 500) {
        var.global_set("stale instead", "" + std.real(time = now));
        set req.http.X-Edge-Stale = "wanted";
        return (restart);
    }
}
