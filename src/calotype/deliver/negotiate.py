"""Which format a client gets (RFC 9110 §12.5.1).

AVIF and WebP go only to a client that names them: `image/*` and `*/*` are sent by clients that
have never heard of either. Everyone else gets JPEG, or PNG where that serves the picture better.

The edge has to do the same before it looks anything up, so `Accept` counts only as one of four
tokens. Why not three: animations need to know about WebP even where AVIF is taken.
"""

from __future__ import annotations

import re

from calotype.model import Image
from calotype.render.spec import RenderSpec

TOKENS = ("avif-webp", "avif", "webp", "none")

_ANIMATED = frozenset({"gif", "webp"})
_DRAWN = frozenset({"svg", "gif"})
"""Flat colours and sharp edges: PNG keeps them, JPEG rings around them."""

_QVALUE = re.compile(r"q\s*=\s*\"?(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\"?", re.ASCII | re.IGNORECASE)
_MOST_RANGES = 64


def token(accept: str | None) -> str:
    """One of `TOKENS`: which of the two new formats the client prefers to the old ones.

    A format counts where it is named with q > 0, and q no lower than JPEG's. Never raises.
    """
    qualities = _qualities(accept or "")
    wildcard = qualities.get("image/*", qualities.get("*/*", 0.0))
    jpeg = qualities.get("image/jpeg", wildcard)
    avif = _wanted(qualities.get("image/avif", 0.0), jpeg)
    webp = _wanted(qualities.get("image/webp", 0.0), jpeg)
    if avif and webp and webp > avif:
        avif = 0.0
    if avif:
        return "avif-webp" if webp else "avif"
    return "webp" if webp else "none"


def choose(accepted: str, image: Image, spec: RenderSpec) -> str:
    """The format to render: what the spec fixes, else the best of `accepted`, a token."""
    if spec.format and not spec.auto:
        return spec.format
    if image.frames > 1 and image.format in _ANIMATED and not spec.frame:
        # libvips writes no animated AVIF
        return "webp" if accepted in ("avif-webp", "webp") else spec.format or "gif"
    if spec.lossless and accepted in ("avif-webp", "webp"):
        return "webp"  # without loss it is the smaller one, and several times as fast
    if accepted.startswith("avif"):
        return "avif"
    if accepted == "webp":
        return "webp"
    return spec.format or ("png" if image.alpha or image.format in _DRAWN else "jpeg")


def without(format: str, accepted: str) -> str:
    """The token of a client that takes the same, but not this format."""
    return "-".join(name for name in accepted.split("-") if name != format) or "none"


def acceptable(accepted: str, image: Image, spec: RenderSpec) -> frozenset[str]:
    """The formats that may stand in for the one that `choose` names, itself among them.

    What shows less than that is none: a still for an animation, white for transparency.
    """
    chosen = choose(accepted, image, spec)
    if not spec.negotiated or image.frames > 1:
        return frozenset({chosen})
    new = {name for name in ("avif", "webp") if name in accepted}
    return frozenset({chosen, "png", *new}) | (frozenset() if image.alpha else {"jpeg"})


def _wanted(quality: float, fallback: float) -> float:
    return quality if quality >= fallback else 0.0


def _qualities(accept: str) -> dict[str, float]:
    """Media range to quality; what cannot be read is skipped, as a server may do."""
    found: dict[str, float] = {}
    for part in accept.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if "/" in media:
            found[media.lower()] = _quality(parameters)
    return found


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter[:1] in ("q", "Q"):  # an empty one is no parameter (RFC 9110 §5.6.6)
            match = _QVALUE.fullmatch(parameter)
            return float(match[1]) if match else 0.0
    return 1.0
