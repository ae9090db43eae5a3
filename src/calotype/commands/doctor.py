"""`calotype doctor`: what is installed, what is missing, what is misconfigured, and the mend."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import orjson
import typer
from rich.table import Table
from rich.text import Text

from calotype import __version__
from calotype.commands.terminal import out
from calotype.deliver.config import SigningConfig
from calotype.errors import BadSetting, CalotypeError, Unusable
from calotype.fleet import programs
from calotype.secret import check_secret
from calotype.server import listen_on
from calotype.settings import DOCUMENTED, PREFIX, Settings, unknown_variables, user_data_root

PACKAGES = ("tantivy", "pyvips", "granian", "fastapi", "multipart", "SQLAlchemy",
            "obstore", "pi-heif")  # fmt: skip
LOADERS = ("jpeg", "png", "webp", "heif", "gif", "tiff", "svg")
MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}
LITTLE_DISK = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is `ok`, `warn` or `fail`; `mend` says what to do about the latter two."""

    what: str
    state: str
    found: str
    mend: str = ""


def examine(source: str | None, data: Path | None, *, as_json: bool) -> None:
    """Print the findings; exit code 4 if one of them is a failure."""
    findings = [*_python(), *_libvips(), *_settings(source, data), *_web(), _fleet()]
    if as_json:
        print(orjson.dumps([asdict(f) for f in findings], option=orjson.OPT_INDENT_2).decode())
    else:
        _show(findings)
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(4)


def _show(findings: list[Finding]) -> None:
    rows = Table.grid(padding=(0, 1, 0, 0))
    for finding in findings:
        found = Text(finding.found)
        if finding.mend:
            found.append(f"\n→ {finding.mend}", "bold")
        rows.add_row(Text(*MARKS[finding.state]), Text(finding.what, "dim"), found)
    out.print(rows)
    wrong = [finding for finding in findings if finding.state != "ok"]
    if not wrong:
        out.print(Text("\nAll is well.", "green"))


def _python() -> Iterator[Finding]:
    where = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield Finding("calotype", "ok", f"{__version__}, Python {platform.python_version()}, {where}")
    for package in PACKAGES:
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            mend = f"{sys.executable} -m pip install {package}"
            yield Finding(package, "fail", "not installed", mend)


def _libvips() -> Iterator[Finding]:
    try:
        import pyvips  # type: ignore[import-untyped]
    except (ImportError, OSError) as error:
        mend = "pip install 'pyvips[binary]', or your system's libvips 8.15 or newer"
        yield Finding("libvips", "fail", type(error).__name__, mend)
        return
    found = ".".join(str(pyvips.version(part)) for part in range(3))
    known = [pyvips.type_find("VipsForeignLoad", f"{name}load_buffer") for name in LOADERS]
    absent = [name for name, there in zip(LOADERS, known, strict=True) if not there]
    mend = "Install pyvips[binary], which has them all." if absent else ""
    formats = f"without {', '.join(absent)}" if absent else "with every format"
    yield Finding("libvips", "warn" if absent else "ok", f"{found}, {formats}", mend)


def _settings(source: str | None, data: Path | None) -> Iterator[Finding]:
    settings, wrong = _without_wrong_ones(source, data)
    for name, problem in wrong.items():
        mend = f"Correct {name}, or unset it. What follows is true of its default."
        yield Finding("settings", "fail", problem, mend)
    strange = unknown_variables()
    given = {n for n in os.environ if n.upper().startswith(PREFIX)} - strange.keys() - wrong.keys()
    yield Finding("settings", "ok", ", ".join(sorted(given)) or "all defaults")
    for name, nearest in strange.items():
        mend = f"Did you mean {nearest}?" if nearest else f"See {DOCUMENTED}."
        yield Finding("settings", "warn", f"{name} is no setting", mend)
    yield _signing(settings.signing)
    try:
        check_secret(settings)
    except BadSetting as error:
        yield Finding("secret", "fail", str(error), "Set the same one on every instance.")
    yield from _source(settings)
    yield _folder(settings)
    yield _port(settings)


def _without_wrong_ones(source: str | None, data: Path | None) -> tuple[Settings, dict[str, str]]:
    """The settings with defaults in place of what is wrong, and what is: variable → problem."""
    wrong: dict[str, str] = {}
    removed: dict[str, str] = {}
    try:
        while True:
            try:
                return Settings.load(source=source, data=data), wrong
            except BadSetting as error:
                names = [name for name in os.environ if name.upper() == error.name]
                if not names:
                    raise
                wrong |= dict.fromkeys(names, str(error))
                removed |= {name: os.environ.pop(name) for name in names}
    finally:
        os.environ.update(removed)


def _signing(config: SigningConfig) -> Finding:
    """A mode that has no key does not get here: it is a bad setting."""
    signer = config.signer
    if signer is None:
        return Finding("signing", "ok", "off")
    first, *others = signer.names
    keys = f"with {first}" + (f"; also taken: {', '.join(others)}" if others else "")
    if config.mode == "presets" and not config.presets.strip():
        mend = "List what needs none in CALOTYPE_SIGNING_PRESETS, or set the mode to required."
        return Finding("signing", "warn", f"presets, but there are none; signs {keys}", mend)
    if config.mode == "off":
        return Finding("signing", "ok", f"signs {keys}; no signature is checked")
    return Finding("signing", "ok", f"{config.mode}; signs {keys}")


def _port(settings: Settings) -> Finding:
    shown = f"{settings.server.host}:{settings.server.port}"
    if settings.server.unix_socket is not None:
        shown = str(settings.server.unix_socket)
    try:
        listen_on(settings.server)
    except Unusable as error:
        return Finding("port", "warn", f"{shown} is not free", str(error))
    return Finding("port", "ok", f"{shown} is free")


def _source(settings: Settings) -> Iterator[Finding]:
    from calotype.blobs import open_source

    if not settings.source:
        return
    try:
        open_source(settings.source).check()
        yield Finding("source", "ok", settings.source)
    except CalotypeError as error:
        yield Finding("source", "fail", f"{settings.source} cannot be read", str(error))


def _folder(settings: Settings) -> Finding:
    folder = settings.data or user_data_root()
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Finding("data", "fail", str(folder), "It may not be written; choose another --data.")
    free = shutil.disk_usage(existing).free
    shown = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < LITTLE_DISK:
        mend = "Free some space, or lower CALOTYPE_DELIVER_CACHE_BYTES."
        return Finding("data", "warn", shown, mend)
    return Finding("data", "ok", shown)


def _web() -> Iterator[Finding]:
    vendor = Path(__file__).parent.parent / "web" / "vendor"
    if any(vendor.glob("*/*")):
        yield Finding("web app", "ok", "its libraries are in place")
    else:
        yield Finding("web app", "fail", "its libraries are missing", "Run: make install")


def _fleet() -> Finding:
    """Nothing else needs these programs, so that nothing is wrong without them."""
    mends = programs.mends(database=True)
    if not mends:
        return Finding("fleet", "ok", "its programs are installed")
    return Finding("fleet", "ok", "off", f"For calotype fleet: {'; '.join(mends)}")
