# Instances take up a change one after the other, and any of them may purge it first. What comes from
# one that lacks it must not be kept as new then.
#
# So every answer says which changes its index has, and every purge for which changes it is:
#
#   X-Index-Epoch, X-Index-Seq    the catalog, and the last change of it
#   X-Purge-Epoch, X-Purge-Seq    the catalog, and the last change purged
#   X-Purge-From                  the change before the first
#   X-Purge-More                  there is more to purge for these changes, in requests to come
#   X-Purge-Reset                 seq has gone backwards: forget what was said of it
#
# The edge keeps the greatest seq that was purged, soft or hard (`seq`), and hard (`hard`). What is
# older is kept as already stale, so that its next use asks again. An immutable answer can only have
# become wrong by a hard purge. When the answer to that is as old, the instance lags: then it is
# asked twice a second and not at every use.
#
# A purge for changes from and up to the same as one before has the same tags: it is left out, or each
# change would be purged once for every instance, and each time all would have to be fetched again.
#
# Of another catalog, seq says nothing: everything of the one before becomes stale.

sub edge_purge_numbered {
    if (req.http.X-Purge-Seq !~ "^[0-9]{1,18}$" || req.http.X-Purge-Epoch !~ "^[0-9a-f]{1,32}$") {
        unset req.http.X-Purge-Seq;
        return;
    }
    if (req.http.X-Purge-From !~ "^[0-9]{1,18}$") {
        unset req.http.X-Purge-From;
    }
    if (req.http.X-Purge-Reset || var.global_get("epoch") != req.http.X-Purge-Epoch) {
        xkey.softpurge("epoch-" + var.global_get("epoch"));
        var.global_set("epoch", req.http.X-Purge-Epoch);
        var.global_set("seq", "0");
        var.global_set("hard", "0");
        var.global_set("ranges", "|");
    }
    if (req.http.X-Purge-From && str.contains(var.global_get("ranges"),
        "|" + req.http.X-Purge-From + "-" + req.http.X-Purge-Seq + "|")) {
        var.set_int("purged", 0);
        return (synth(200, "Purged"));
    }
    if (std.integer(req.http.X-Purge-Seq, 0) > std.integer(var.global_get("seq"), 0)) {
        var.global_set("seq", req.http.X-Purge-Seq);
    }
    if (req.http.xkey-purge
        && std.integer(req.http.X-Purge-Seq, 0) > std.integer(var.global_get("hard"), 0)) {
        var.global_set("hard", req.http.X-Purge-Seq);
    }
}

# The last 32 are remembered.
sub edge_purge_done {
    if (req.http.X-Purge-Seq && req.http.X-Purge-From && !req.http.X-Purge-More) {
        var.global_set("ranges", regsub(
            var.global_get("ranges") + req.http.X-Purge-From + "-" + req.http.X-Purge-Seq + "|",
            "^\|[^|]*(\|(?:[^|]*\|){32})$", "\1"));
    }
}

sub edge_tags {
    set beresp.http.xkey = beresp.http.Cache-Tag;
    if (beresp.http.X-Index-Epoch ~ "^[0-9a-f]{1,32}$") {
        set beresp.http.xkey = beresp.http.xkey + " epoch-" + beresp.http.X-Index-Epoch;
        if (!var.global_get("epoch")) {
            var.global_set("epoch", beresp.http.X-Index-Epoch);
        }
    }
}

sub edge_older {
    if (!beresp.http.X-Index-Seq) {
        return;
    }
    var.set("against", var.global_get("seq"));
    if (beresp.http.Cache-Control ~ "(?i)\bimmutable\b") {
        var.set("against", var.global_get("hard"));
    }
    if (beresp.http.X-Index-Epoch != var.global_get("epoch")
        || std.integer(beresp.http.X-Index-Seq, 0) < std.integer(var.get("against"), 0)) {
        if (beresp.grace <= 0s) {
            call edge_not_kept;
        } elsif (bereq.is_bgfetch) {
            set beresp.ttl = 500ms;
        } else {
            set beresp.ttl = 1ms;  # an object with none at all is never found
        }
    }
}
