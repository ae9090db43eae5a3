"""Requests a second of one process over HTTP, measured with wrk on the product photographs.

Every request is one of the judged queries in turn, so that no figure is of a single hot URL. The
same connections, for the same time, ask for `/search`, for `/search` with an answer that is not
remembered as a whole (20,400 URLs, more than are), for a warm rendition, and for it again
with the ETag that it had; and for `/healthz`, which is what the server alone can do on this machine
while wrk takes its share of it.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from benchmarks.machine import facts
from benchmarks.relevance import CORPUS, queries

RESULT = Path(__file__).parent / "results" / "http.json"
CONNECTIONS = 32
SECONDS = 5
ROUNDS = 3
TARGETS = {"search": 3_000, "warm_image": 6_000, "not_modified": 6_000}

_LUA = """
local lines = {}
for line in io.lines("%s") do lines[#lines + 1] = line end
local at = 0
request = function()
  at = at %% #lines + 1
  local path, tag = lines[at]:match("^(%%S+) ?(.*)$")
  if tag ~= "" then return wrk.format("GET", path, {["If-None-Match"] = tag}) end
  return wrk.format("GET", path)
end
done = function(summary, latency)
  io.write(string.format("\\nfigures %%d %%d %%d %%d %%d %%d\\n", summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


@contextmanager
def service(source: Path, data: Path) -> Iterator[str]:
    """The origin of `calotype serve`, ingested and ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("calotype")
    arguments = ("serve", str(source), "--data", str(data), "--port", str(port))
    process = subprocess.Popen([command, *arguments], stdout=subprocess.DEVNULL)
    origin = f"http://127.0.0.1:{port}"
    try:
        _until_settled(origin)
        yield origin
    finally:
        process.terminate()
        process.wait(20)


def _until_settled(origin: str) -> None:
    """Ready, and with no ingest going on in the background."""
    for _ in range(600):
        try:
            with urlopen(f"{origin}/readyz", timeout=5) as answer:
                if not json.load(answer)["ingest"]["running"]:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("the service did not settle within two minutes")


def wrk(origin: str, lines: Sequence[str], folder: Path) -> dict[str, float]:
    """One run over `lines`: a path, or a path and an ETag."""
    (folder / "lines").write_text("\n".join(lines) + "\n")
    script = folder / "mix.lua"
    script.write_text(_LUA % (folder / "lines"))
    load = ("-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script))
    done = subprocess.run(["wrk", *load, origin], capture_output=True, text=True, check=True)
    found = re.search(r"figures (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
    if found is None:
        sys.exit(f"wrk said nothing that is understood:\n{done.stdout}{done.stderr}")
    requests, micros, p50, p99, bad, broken = map(int, found.groups())
    return {
        "rps": requests / micros * 1e6,
        "p50_ms": p50 / 1e3,
        "p99_ms": p99 / 1e3,
        "failed": bad + broken,
    }


def median(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure, and every run's rate."""
    middle = {name: round(statistics.median(r[name] for r in runs), 2) for name in runs[0]}
    return {**middle, "rps_runs": [round(r["rps"]) for r in runs]}  # type: ignore[dict-item]


def run() -> dict[str, Any]:
    """Every figure; latencies as wrk saw them, with all connections busy all the time."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    asked = [quote(query) for query, _ in queries(CORPUS)]
    with tempfile.TemporaryDirectory() as name, service(CORPUS, Path(name) / "data") as origin:
        folder = Path(name)
        images = [f"/image/{query}?w=400" for query in asked]
        mixes = {
            "healthz": ["/healthz"],
            "search": [f"/search?q={query}" for query in asked],
            "search_anew": [f"/search?q={each}" for query in asked for each in spellings(query)],
            "warm_image": images,
            "not_modified": [f"{path} {_etag(origin + path)}" for path in images],
        }
        for lines in mixes.values():
            wrk(origin, lines, folder)  # warms: each is rendered and remembered before it counts
        rounds = [
            {mix: wrk(origin, lines, folder) for mix, lines in mixes.items()} for _ in range(ROUNDS)
        ]
    figures = {mix: median([each[mix] for each in rounds]) for mix in mixes}
    return {
        "machine": facts(),
        "connections": CONNECTIONS,
        "seconds": SECONDS,
        "rounds": ROUNDS,
        "queries": len(asked),
        "targets_rps": TARGETS,
        **figures,
    }


def spellings(query: str) -> Iterator[str]:
    """A query in 300 ways that find the same and say it differently: with spaces around it."""
    for number in range(300):
        yield "+" * (number // 20) + query + "+" * (number % 20)


def _etag(url: str) -> str:
    with urlopen(Request(url, headers={"Accept": "*/*"})) as answer:
        return str(answer.headers["etag"])


def main() -> None:
    figures = run()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
