# Purges by tag, by the instances alone:
#
#   PURGE / HTTP/1.1
#   X-Purge-Key: $CALOTYPE_PURGE_SECRET
#   xkey-softpurge: img-9f86… t-hoodi q      stale from now on: the next one gets the old copy while
#                                            it is revalidated; after 5 s, the new one
#   xkey-purge: img-60303…                   gone from now on
#
# Tags with spaces or commas between, in a header of at most 8,000 bytes. Answers 200 with
# `X-Purged: <objects>`, and 403 to everyone else. Doing it twice does no harm.
#
# A purge cannot find what is just being fetched, and that may have been made before the change. What
# says which changes it has can be compared (coherence.vcl), if the purge says it too. For all
# else the time of the last purge is kept, and what was under way at that time is revalidated at its
# first use (soft) or not kept at all (hard): see edge_overtaken in freshness.vcl.

sub edge_purge {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers || !std.getenv("CALOTYPE_PURGE_SECRET")
            || std.getenv("CALOTYPE_PURGE_SECRET") == ""
            || req.http.X-Purge-Key != std.getenv("CALOTYPE_PURGE_SECRET")) {
            return (synth(403));
        }
        call edge_purge_numbered;
        if (!req.http.xkey-purge && !req.http.xkey-softpurge && !req.http.X-Purge-Seq) {
            return (synth(400));
        }
        var.set("kind", "");
        if (req.http.X-Purge-Seq) {
            var.set("kind", " numbered");
        }
        var.set_int("purged", 0);
        if (req.http.xkey-purge) {
            std.collect(req.http.xkey-purge, " ");
            var.global_set("purged hard" + var.get("kind"), "" + std.real(time = now));
            var.set_int("purged", xkey.purge(regsuball(req.http.xkey-purge, "[, \t]+", " ")));
        }
        if (req.http.xkey-softpurge) {
            std.collect(req.http.xkey-softpurge, " ");
            var.global_set("purged soft" + var.get("kind"), "" + std.real(time = now));
            var.set_int("purged", var.get_int("purged")
                + xkey.softpurge(regsuball(req.http.xkey-softpurge, "[, \t]+", " ")));
        }
        call edge_purge_done;
        return (synth(200, "Purged"));
    }
}
