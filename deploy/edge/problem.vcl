# Errors of the edge's own, as RFC 9457 problem documents like all others (docs/http.md#errors).

sub edge_unavailable {
    set beresp.status = 503;
    set beresp.reason = "Service Unavailable";
    set beresp.http.Content-Type = "application/problem+json";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Retry-After = "1";
    set beresp.http.X-Content-Type-Options = "nosniff";
    set beresp.http.X-Edge-Detail = "unavailable";
    set beresp.body = {"{"type":"/docs#errors-unavailable","title":"Unavailable","status":503,"}
        + {""detail":"No instance can answer now.","code":"unavailable""} + "}";
    call edge_not_kept;
}

sub edge_problem {
    set resp.http.Cache-Control = "no-store";
    set resp.http.X-Content-Type-Options = "nosniff";
    if (req.method == "PURGE" && resp.status == 200) {
        set resp.http.Cache-Status = "calotype-edge; detail=purge";
        set resp.http.X-Purged = "" + var.get_int("purged");
        set resp.http.Content-Type = "text/plain";
        set resp.body = "";
        return;
    }
    set resp.http.Content-Type = "application/problem+json";
    if (req.http.Transfer-Encoding || req.http.Content-Length ~ "[^0]") {
        set resp.http.Connection = "close";  # without it the body is read to its end first
    }
    if (resp.status == 400) {
        var.set("title", "Bad Request");
        var.set("detail", "The request has no Host, or a GET has a body, or a PURGE names no tag.");
    } elsif (resp.status == 401) {
        # As src/calotype/api/problems.py has it.
        var.set("title", "Unauthorized");
        var.set("detail", "This needs a key: Authorization: Bearer ck_…");
        set resp.http.WWW-Authenticate = {"Bearer realm="calotype""};
        set resp.http.Connection = "close";
    } elsif (resp.status == 403) {
        var.set("title", "Forbidden");
        var.set("detail", "Only the instances may purge.");
    } elsif (resp.status == 404) {
        var.set("title", "Not found");
        var.set("detail", "There is nothing here.");
    } elsif (resp.status == 405) {
        var.set("title", "Method Not Allowed");
        var.set("detail", "This method is known nowhere here.");
        set resp.http.Allow = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";
    } elsif (resp.status == 413) {
        var.set("title", "Too large");
        var.set("detail", "A request may have at most 1 GiB.");
    } elsif (resp.status == 414) {
        var.set("title", "URI Too Long");
        var.set("detail", "A URL may have at most 12288 bytes.");
    } else {
        set resp.status = 503;
        set resp.http.Retry-After = "1";
        var.set("title", "Unavailable");
        var.set("detail", "No instance can answer now.");
    }
    set resp.reason = var.get("title");
    var.set("code", regsuball(std.tolower(var.get("title")), " ", "-"));
    set resp.http.Cache-Status = "calotype-edge; detail=" + var.get("code");
    set resp.body = {"{"type":"/docs#errors-"} + var.get("code") + {"","title":""}
        + var.get("title") + {"","status":"} + resp.status + {","detail":""}
        + var.get("detail") + {"","code":""} + var.get("code") + {"""} + "}";
}
