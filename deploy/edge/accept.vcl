# `Accept` becomes one of four, and `Save-Data` one of two, as src/calotype/deliver/negotiate.py has
# it: tests/fleet/test_edge_accept.py holds the two together. The origin understands what is written
# here as it understands the original, so the rest of the chain needs to know nothing of tokens.
#
#   avif-webp   image/avif,image/webp       webp   image/webp
#   avif        image/avif                  none   */*

# Reads the quality (RFC 9110 §12.4.2) of the media range in the variable `range` into `quality`:
# `;name=value;…;`, or anything without a `;` at its start where the range is not named.
sub edge_quality {
    var.set("range", regsub(var.get("range"), "^(?:;[ \t]*+(?!q)[^;]*+)++(?=;[ \t]*+q)", ""));
    if (var.get("range") !~ "^;") {
        var.set_real("quality", -1.0);
    } elsif (var.get("range") !~ "^;[ \t]*+q") {
        var.set_real("quality", 1.0);
    } else {
        var.set_real("quality", std.real(regsub(var.get("range"),
            {"^;[ \t]*+q\s*=\s*+"?+(?!1\.0*+[1-9])([01])(?:\.([0-9]{0,3}+))?+"?+[ \t]*+;.*$"},
            "\1.\20"), 0.0));
    }
}

sub edge_accept {
    std.collect(req.http.Accept, ",");
    # The first 64 media ranges, in small letters, each between commas.
    var.set("accept", "," + std.tolower(
        regsub(req.http.Accept, "^((?:[^,]*+,){63}[^,]*+).*$", "\1")) + ",");

    var.set("range", regsub(var.get("accept"), "^.*,[ \t]*\*/\*[ \t]*(;[^,]*)?,.*$", "\1;"));
    call edge_quality;
    var.set_real("wildcard", var.get_real("quality"));
    var.set("range", regsub(var.get("accept"), "^.*,[ \t]*image/\*[ \t]*(;[^,]*)?,.*$", "\1;"));
    call edge_quality;
    if (var.get_real("quality") >= 0.0) {
        var.set_real("wildcard", var.get_real("quality"));
    }
    var.set("range", regsub(var.get("accept"), "^.*,[ \t]*image/jpeg[ \t]*(;[^,]*)?,.*$", "\1;"));
    call edge_quality;
    var.set_real("jpeg", var.get_real("quality"));
    if (var.get_real("jpeg") < 0.0) {
        var.set_real("jpeg", var.get_real("wildcard"));
    }
    var.set("range", regsub(var.get("accept"), "^.*,[ \t]*image/avif[ \t]*(;[^,]*)?,.*$", "\1;"));
    call edge_quality;
    var.set_real("avif", var.get_real("quality"));
    var.set("range", regsub(var.get("accept"), "^.*,[ \t]*image/webp[ \t]*(;[^,]*)?,.*$", "\1;"));
    call edge_quality;
    var.set_real("webp", var.get_real("quality"));
    call edge_token;
}

# A format counts where its quality is above zero and not below JPEG's.
sub edge_token {
    if (var.get_real("avif") < var.get_real("jpeg")) {
        var.set_real("avif", 0.0);
    }
    if (var.get_real("webp") < var.get_real("jpeg")) {
        var.set_real("webp", 0.0);
    }
    if (var.get_real("avif") > 0.0 && var.get_real("webp") > var.get_real("avif")) {
        var.set_real("avif", 0.0);
    }
    if (var.get_real("avif") > 0.0 && var.get_real("webp") > 0.0) {
        set req.http.Accept = "image/avif,image/webp";
    } elsif (var.get_real("avif") > 0.0) {
        set req.http.Accept = "image/avif";
    } elsif (var.get_real("webp") > 0.0) {
        set req.http.Accept = "image/webp";
    } else {
        set req.http.Accept = "*/*";
    }
}

# The `info.json` of an image has two forms (src/calotype/api/iiif.py).
sub edge_accept_json {
    std.collect(req.http.Accept, ",");
    var.set("accept", std.tolower(req.http.Accept));
    if (var.get("accept") ~ "(?:^|,)[ \t]*application/json[ \t]*(?:[;,]|$)"
        && var.get("accept") !~ "(?:^|,)[ \t]*application/ld\+json[ \t]*(?:[;,]|$)") {
        set req.http.Accept = "application/json";
    } else {
        set req.http.Accept = "application/ld+json";
    }
}

sub edge_save_data {
    std.collect(req.http.Save-Data, ",");
    if (req.http.Save-Data ~ "(?i)^[ \t]*on[ \t]*(?:;|$)") {
        set req.http.Save-Data = "on";
    } else {
        unset req.http.Save-Data;
    }
}
