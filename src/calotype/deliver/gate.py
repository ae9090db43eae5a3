"""Which URLs are answered without a signature."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from calotype.deliver.signing import SIGNATURE, Signer
from calotype.errors import BadParameter
from calotype.render.spec import RenderSpec

DEFAULT = "default"
ORIGINAL = "original"
IIIF = "iiif"
_WORDS = {DEFAULT: "", ORIGINAL: ORIGINAL, IIIF: IIIF}
"""Presets that are no parameters, and what each stands for: no canonical string, or one of no
spec (those have an equals sign)."""


def parse_presets(text: str) -> frozenset[str]:
    """Presets as the setting has them, spaces between, as canonical strings: `w=320 default`.

    Raises ValueError with what is wrong: a parameter that changes nothing is a slip of the pen, and
    would allow more than was meant.
    """
    return frozenset(_preset(entry) for entry in text.split())


def _preset(entry: str) -> str:
    if entry in _WORDS:
        return _WORDS[entry]
    given = dict(parse_qsl(entry, keep_blank_values=True))
    try:
        whole = RenderSpec.parse(given).canonical
    except BadParameter as error:
        raise ValueError(f"is wrong: in {entry!r} {error}") from None
    for name in given:
        if _canonical({n: v for n, v in given.items() if n != name}) == whole:
            raise ValueError(
                "must be query strings such as w=640&h=480&fit=crop with spaces between, or "
                f"{', '.join(_WORDS)}; in {entry!r} {name} has no effect"
            )
    return whole


def _canonical(given: dict[str, str]) -> str | None:
    """The canonical string; None where the rest makes no sense without what was left out."""
    try:
        return RenderSpec.parse(given).canonical
    except BadParameter:
        return None


@dataclass(frozen=True, slots=True)
class Gate:
    """Asked once by each route that answers with an image, before any work is done."""

    signer: Signer | None = None
    mode: str = "off"
    presets: frozenset[str] = field(default_factory=frozenset)
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if self.mode != "off" and self.signer is None:
            raise ValueError(f"mode {self.mode} needs a key")

    @property
    def open(self) -> bool:
        """Whether all are admitted; then there is nothing to read from a URL."""
        return self.mode == "off"

    def free(self, wanted: str) -> bool:
        """Whether nobody needs a signature for it; `wanted` as in `admit`."""
        return self.open or (self.mode == "presets" and wanted in self.presets)

    def admit(self, path: str, pairs: Sequence[tuple[str, str]], wanted: str) -> int | None:
        """Until when (Unix time) the answer may be used; None if there is no end to it.

        `path` and `pairs` are decoded; `wanted` is a spec's canonical string, or `ORIGINAL` or
        `IIIF`. A signature that is there must be right even where none is needed, or nobody would
        notice one that is wrong. With mode `off` it is a parameter that nobody knows: whatever
        URL was handed out goes on working.

        Raises BadSignature, ExpiredSignature, BadParameter.
        """
        if self.signer is None or self.open:
            return None
        if self.free(wanted) and not _has_signature(pairs):
            return None
        return self.signer.verify(path, pairs, self.clock())


def _has_signature(pairs: Sequence[tuple[str, str]]) -> bool:
    return any(name == SIGNATURE for name, _ in pairs)
