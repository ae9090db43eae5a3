"""What caches are told: validators, lifetimes and tags (RFC 9110 §8.8 and §13, RFC 9111, 5861)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from calotype.deliver.config import DeliverConfig
from calotype.model import Image
from calotype.render.spec import RenderSpec

MOST_TAGS = 50
"""CloudFront's limit for one answer."""

QUERY_TAG = "q"
IMMUTABLE = "public, max-age=31536000, immutable"
NO_STORE = "no-store"
_TAG_LENGTH = 64
_KEY_LENGTH = 32
_SLOW = "51"
"""Appended to a key; keys are hexadecimal."""


def rendition_key(image_id: str, spec: RenderSpec, format: str, recipe: str) -> str:
    """32 hex digits that name one rendition, known before any pixel is touched.

    `recipe`: the version of all that makes bytes of pixels.
    """
    return hashed(*(part.encode() for part in (image_id, spec.canonical, format, recipe)))


def slow_key(key: str) -> str:
    """The key of the same rendition, encoded slowly."""
    return key + _SLOW


def hashed(*parts: bytes) -> str:
    """32 hex digits."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:_KEY_LENGTH]


def etag(key: str) -> str:
    """A strong validator (RFC 9110 §8.8.3): equal keys give equal bytes."""
    return f'"{key}"'


def record_etag(image: Image) -> str:
    """Of a record, strong: `seq` numbers its changes. The same of the index and of the catalog."""
    return etag(f"{image.id}-{image.seq}")


def weak_etag(key: str) -> str:
    """A weak validator (RFC 9110 §8.8.1): equal keys give what looks the same.

    That is all that can be promised of a rendition before it is made: from a level of the pyramid
    it has other bytes than from the original.
    """
    return f'W/"{key}"'


def held(if_none_match: str | None, current: str) -> str | None:
    """The validator of what the client has already, None if it has nothing that will do: the
    header is a list or `*`, compared weakly (RFC 9110 §13.1.2).

    Where the quick encoding of a rendition is current the slow one will do as well: another
    instance has made it. Whoever has it would else be sent the large bytes by the one and the small
    bytes by the other, again and again. A 304 names what the client has (RFC 9111 §4.3.4).
    """
    if not if_none_match:
        return None
    if if_none_match.strip() == "*":
        return current
    weak, opaque = current.startswith("W/"), current.removeprefix("W/")
    # our tags have no commas, so splitting there finds each of them whole
    given = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    key = opaque.strip('"')
    slow = f'"{slow_key(key)}"' if len(key) == _KEY_LENGTH else opaque
    found = next((tag for tag in (opaque, slow) if tag in given), None)
    return f"W/{found}" if found and weak else found


def cache_tags(image_ids: Iterable[str], stems: Iterable[str] | None = None) -> tuple[str, bool]:
    """The value of `Cache-Tag`, and whether every image of the answer is in it.

    `stems` are what an answer to a query hangs on (`Page.terms`), and None where there was no
    query. An image that is not tagged cannot be purged, so an answer that is not complete must live
    short.
    Terms come before images: a new image that matches is noticed through them alone.
    """
    tags: list[str] = []
    if stems is not None:
        tags.append(QUERY_TAG)
        tags += [term_tag(stem) for stem in dict.fromkeys(stems)]
    fits = len(tags) <= MOST_TAGS
    tags = tags[:MOST_TAGS]
    for image_id in dict.fromkeys(image_ids):
        if len(tags) == MOST_TAGS:
            fits = False
            break
        tags.append(image_tag(image_id))
    return ",".join(tags), fits


def term_tag(stem: str) -> str:
    """The tag of one of the terms of a query, or of an image."""
    return f"t-{_printable(stem)}"


def image_tag(id: str) -> str:
    return f"img-{id}"


def for_query(config: DeliverConfig, complete: bool = True) -> str:
    """`Cache-Control` of `/image/…` and `/search`: tags keep the edge fresh, not short lives."""
    edge = config.edge_seconds if complete else config.untagged_edge_seconds
    stale = config.stale_seconds
    return (
        f"public, max-age={config.browser_seconds}, s-maxage={edge}, "
        f"stale-while-revalidate={stale}, stale-if-error={stale}"
    )


def until(lifetime: str, seconds: float) -> str:
    """`Cache-Control` of an answer that may be used for `seconds` more, and not stale after that.

    `must-revalidate` (RFC 9111 §5.2.2.2) keeps a cache from doing so of its own accord.
    """
    if lifetime == NO_STORE:
        return lifetime
    kept = []
    for directive in lifetime.split(", "):
        name, _, value = directive.partition("=")
        if name in ("max-age", "s-maxage"):
            kept.append(f"{name}={max(0, min(int(value), int(seconds)))}")
        elif name not in ("immutable", "stale-while-revalidate", "stale-if-error"):
            kept.append(directive)
    return ", ".join([*kept, "must-revalidate"])


def for_error(config: DeliverConfig, status: int) -> str:
    """`Cache-Control` of an error: short where it may mend itself, never in a browser.

    A 404 to a query is an answer and lives as `for_query` says; this is for all others.
    """
    if status in (404, 410, 422):
        return for_degraded(config)
    return NO_STORE


def for_degraded(config: DeliverConfig) -> str:
    """`Cache-Control` of what stands in for a rendition that there was no time to make."""
    return f"public, max-age=0, s-maxage={config.error_seconds}"


def _printable(stem: str) -> str:
    """A tag is read up to a comma or space, and headers are ASCII: anything else is hashed."""
    plain = stem.removesuffix("*")
    if stem.isascii() and (plain.isalnum() or not plain) and len(stem) <= _TAG_LENGTH:
        return stem
    return "x" + hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:16]
