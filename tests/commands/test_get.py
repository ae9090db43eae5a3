"""`calotype get` and `calotype url`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image

from calotype.deliver.signing import Key, Signer
from calotype.render.parameters import FITS

from .terminal import Terminal


def test_get_writes_what_the_service_would_answer(
    terminal: Terminal, added: Path, tmp_path: Path
) -> None:
    done = terminal("get", "red hat", "-o", tmp_path / "hat.webp", "-w", "60")
    assert (done.code, done.out) == (0, "")
    assert "60×40" in done.err
    with Image.open(tmp_path / "hat.webp") as image:
        assert (image.format, image.size) == ("WEBP", (60, 40))


@pytest.mark.parametrize(
    ("name", "arguments", "format"),
    [
        ("a.jpg", (), "JPEG"), ("a.PNG", (), "PNG"), ("a.avif", (), "AVIF"), ("a.gif", (), "GIF"),
        ("a", ("--fm", "png"), "PNG"), ("a.jpg", ("--fm", "webp"), "WEBP"),
    ],
)  # fmt: skip
def test_the_suffix_says_the_format_unless_fm_does(
    terminal: Terminal, added: Path, tmp_path: Path, name: str, arguments: tuple[str], format: str
) -> None:
    assert terminal("get", "red hat", "-o", tmp_path / name, *arguments).code == 0
    with Image.open(tmp_path / name) as image:
        assert image.format == format


def test_a_suffix_of_no_known_format_is_said(
    terminal: Terminal, added: Path, tmp_path: Path
) -> None:
    done = terminal("get", "red hat", "-o", tmp_path / "hat.tiff")
    assert done.code == 2
    assert "-o must be a name that ends in one of .jpg, .jpeg, .png" in done.said
    assert not (tmp_path / "hat.tiff").exists()


def test_get_by_id(terminal: Terminal, added: Path, tmp_path: Path) -> None:
    (hit,) = terminal("search", "red hat", "--json", "--limit", "1").json["results"]
    assert terminal("get", hit["id"], "-o", tmp_path / "hat.png").code == 0


def test_n_asks_for_a_later_match(terminal: Terminal, added: Path, tmp_path: Path) -> None:
    bodies = set()
    for number in ("1", "2"):
        terminal("get", "hat", "-o", tmp_path / "hat.png", "-n", number)
        bodies.add((tmp_path / "hat.png").read_bytes())
    assert len(bodies) == 2
    done = terminal("get", "hat", "-o", tmp_path / "hat.png", "-n", "3")
    assert done.code == 1
    assert "Only 2 images match 'hat'." in done.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-w", "0"), "w must be a whole number from 1 to 8192, or a share such as 0.5; got '0'"),
        (
            ("-w", "99999"),
            "w must be a whole number from 1 to 8192, or a share such as 0.5; got '99999'",
        ),
        (("--fm", "exe"), "fm must be one of jpg"),
        (("--fit", "stretch"), "fit must be one of clip"),
        (("--dpr", "9"), "dpr must be a number from 0.5 to 5"),
        (("-q", "101"), "q must be a whole number from 1 to 100"),
        (("-n", "0"), "-n must be a whole number from 1 to 100; got '0'"),
        (("-w", "abc"), "Invalid value for '-w'"),
    ],
)
def test_a_bad_value_is_named_with_its_bound(
    terminal: Terminal, added: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = terminal("get", "hat", "-o", tmp_path / "hat.png", *arguments)
    assert done.code == 2
    assert said in done.said
    assert not (tmp_path / "hat.png").exists()


def test_no_match_and_an_unknown_id(terminal: Terminal, added: Path, tmp_path: Path) -> None:
    done = terminal("get", "zzzzqqqq", "-o", tmp_path / "hat.png")
    assert (done.code, done.said) == (1, "error: No image matches 'zzzzqqqq'. Try: hat")
    done = terminal("get", "0" * 40, "-o", tmp_path / "hat.png")
    assert done.code == 1
    assert f"There is no image with the id '{'0' * 40}'" in done.said


@pytest.mark.parametrize("place", ["nowhere/hat.png", "folder.png", "x" * 300 + ".png"])
def test_an_output_that_cannot_be_written_is_said(
    terminal: Terminal, added: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    done = terminal("get", "hat", "-o", tmp_path / place)
    assert done.code == 3
    assert "cannot be written" in done.said
    assert "Choose another with -o." in done.said


def test_an_original_with_other_bytes_is_not_taken_for_itself(
    terminal: Terminal, mine: Path, tmp_path: Path
) -> None:
    file = mine / "red hat.png"
    before, size = file.stat(), file.stat().st_size
    file.write_bytes(file.read_bytes()[:40] + bytes(size - 40))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    done = terminal("get", "red hat", "-o", tmp_path / "hat.png")
    assert done.code == 4
    assert "The original is damaged" in done.said


def test_an_original_that_is_gone_is_said(terminal: Terminal, mine: Path, tmp_path: Path) -> None:
    (mine / "red hat.png").unlink()
    done = terminal("get", "red hat", "-o", tmp_path / "hat.png")
    assert done.code == 1
    assert "The original is no longer where it was" in done.said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("black hoodie",), "/image/black%20hoodie"),
        (("black hoodie", "-w", "300", "--fm", "webp"), "/image/black%20hoodie?w=300&fm=webp"),
        (("a" * 40, "-w", "300"), f"/i/{'a' * 40}?w=300"),
        (("café",), "/image/caf%C3%A9"),
        (("100% wool?",), "/image/100%25%20wool%3F"),
        (("black/white",), "/image/black%20white"),
        (("hat", "--base", "https://images.example.org"), "https://images.example.org/image/hat"),
        (("hat", "-n", "2"), "/image/hat?n=2"),
        (("hat", "-p", "blur=40", "--param", "w=0.5"), "/image/hat?w=0.5&blur=40"),
        (("hat", "-p", "bg=f00", "-w", "80"), "/image/hat?w=80&bg=f00"),
        (("/image/hat?w=80", "-p", "q=50"), "/image/hat?w=80&q=50"),
        (("/i/a/original",), "/i/a/original"),
        (("/image/red hat",), "/image/red%20hat"),
        (("/search?q=red%20hat",), "/search?q=red%20hat"),
        (("/iiif/3/a/full/!9,9/0/default.jpg",), "/iiif/3/a/full/!9,9/0/default.jpg"),
    ],
)
def test_url_builds_the_url(terminal: Terminal, arguments: tuple[str, ...], expected: str) -> None:
    done = terminal("url", *arguments)
    assert (done.code, done.out, done.err) == (0, expected + "\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("hat", "-w", "0"), ("hat", "--fm", "exe"), ("!!!",), ("",), ("/image/hat?w=0",),
        ("hat?w=300",), ("hat", "-p", "blur"), ("hat", "-p", "blur=x"),
        ("hat", "--base", "example"),
        ("hat", "--base", "https://example.org/x"), ("hat", "-w", "9", "-p", "w=8"),
        ("/image/hat?w=9", "-w", "8"),
    ],
)  # fmt: skip
def test_url_refuses_what_the_service_would(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal("url", *arguments)
    assert (done.code, done.out) == (2, "")
    assert " must be " in done.said or "at least" in done.said


@pytest.mark.parametrize("command", ["get", "url"])
def test_a_parameter_that_there_is_not_is_named_with_what_is_near(
    terminal: Terminal, added: Path, command: str
) -> None:
    more = ("-o", "hat.png") if command == "get" else ()
    done = terminal(command, "hat", *more, "-p", "blurr=4")
    assert (done.code, done.out) == (2, "")
    assert "did you mean blur" in done.said


def test_get_takes_any_parameter(terminal: Terminal, added: Path, tmp_path: Path) -> None:
    output = tmp_path / "hat.png"
    assert terminal("get", "red hat", "-o", output, "-p", "w=0.5", "-p", "bri=-100").code == 0
    with Image.open(output) as image:
        assert image.size == (60, 40)
        assert image.convert("RGB").getpixel((9, 9)) != (255, 0, 0)


@pytest.mark.parametrize("command", ["get", "url"])
def test_help_lists_the_fits_that_there_are(terminal: Terminal, command: str) -> None:
    shown = " ".join(terminal(command, "--help").out.replace("│", " ").split())
    assert all(fit in shown for fit in FITS)


SIGNER = Signer([Key("new", b"n" * 16), Key("old", b"o" * 16)])


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SIGNING_KEYS", f"new:{'n' * 16},old:{'o' * 16}")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("arguments", "expected", "key"),
    [
        (("black hoodie", "-w", "300"), "/image/black%20hoodie?w=300", "new"),
        (("a" * 40, "--key-id", "old"), f"/i/{'a' * 40}", "old"),
        (("/i/a/original",), "/i/a/original", "new"),
        (("/iiif/3/a/full/9,/0/default.jpg",), "/iiif/3/a/full/9,/0/default.jpg", "new"),
        (("/image/hat?w=80&expires=9&s=stale",), "/image/hat?w=80", "new"),
    ],
)
def test_url_signs_if_there_is_a_key(
    terminal: Terminal, arguments: tuple[str, ...], expected: str, key: str
) -> None:
    done = terminal("url", *arguments)
    assert (done.code, done.out) == (0, SIGNER.signed(expected, key=key) + "\n")
    whole = terminal("url", *arguments, "--base", "https://images.example.org")
    assert whole.out == "https://images.example.org" + done.out


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("lasting", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000)],
)
def test_url_expires_when_told(terminal: Terminal, lasting: str, seconds: int) -> None:
    before = int(time.time())
    url = urlsplit(terminal("url", "hat", "--expires", lasting).out.strip())
    expires = int(dict(parse_qsl(url.query))["expires"])
    assert before + seconds <= expires <= time.time() + seconds
    assert SIGNER.verify(url.path, parse_qsl(url.query), before) == expires


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--expires", "0", "--expires must be a time from 1s to 3650d"),
        ("--expires", "tomorrow", "--expires must be a time from 1s to 3650d"),
        ("--expires", "9999d", "--expires must be a time from 1s to 3650d"),
        ("--key-id", "older", "--key-id must be one of new, old; got 'older'"),
    ],
)
def test_url_names_a_bad_option_with_its_bound(
    terminal: Terminal, option: str, value: str, said: str
) -> None:
    done = terminal("url", "hat", option, value)
    assert (done.code, done.out) == (2, "")
    assert said in done.said


@pytest.mark.parametrize("option", ["--expires", "--key-id"])
def test_url_does_not_pretend_to_sign_without_a_key(terminal: Terminal, option: str) -> None:
    done = terminal("url", "hat", option, "60")
    assert (done.code, done.out) == (2, "")
    assert f"{option} must be given with a key in CALOTYPE_SIGNING_KEYS" in done.said


@pytest.mark.usefixtures("keys")
def test_the_urls_of_a_search_are_signed(terminal: Terminal, added: Path) -> None:
    (hit,) = terminal("search", "red hat", "--json", "--limit", "1").json["results"]
    url = urlsplit(hit["urls"]["thumb"])
    assert SIGNER.verify(url.path, parse_qsl(url.query), 0) is None
