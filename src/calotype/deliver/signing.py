"""Signed URLs: HMAC-SHA256 (RFC 2104) over the canonical path and query.

The path and every parameter are signed, known to this version or not: what a parameter means may
change with a version, and an address that was signed must not be able to ask for more by then. It
also leaves one spelling of each URL, so that no cache can be filled with `&x=1`, `&x=2` …

Canonical is what the URL means, not how it was spelt: names and values are decoded, encoded again
as RFC 3986 §2.3 has it, and sorted. Proxies that reorder or re-encode do no harm.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from calotype.errors import BadParameter, BadSignature, ExpiredSignature

SIGNATURE = "s"
EXPIRES = "expires"
"""imgix's names for both; `exp` is its exposure."""

SHORTEST = 16
"""Bytes of a key: 128 bits, the least that no one tries out."""

MOST_KEYS = 8
"""Each costs every refusal one HMAC; two are enough for a rotation."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)
_TIME = re.compile(r"[0-9]{1,10}", re.ASCII)

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Key:
    """`name` is for people (settings, `--key-id`) and in no URL; `secret` is never shown."""

    name: str
    secret: bytes = field(repr=False)


def parse_keys(text: str) -> tuple[Key, ...]:
    """Keys as the setting has them: `name:secret`, with commas or spaces between.

    Raises ValueError with what is wrong, never with a secret.
    """
    keys: list[Key] = []
    for number, entry in enumerate(re.split(r"[,\s]+", text.strip(", \t\r\n")), 1):
        if not entry:
            continue
        name, colon, secret = entry.partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise ValueError(
                f"must be name:secret with commas between; key number {number} has no such name"
            )
        if len(secret.encode()) < SHORTEST:
            raise ValueError(
                f"must have at least {SHORTEST} bytes after the name of each key; "
                f"{name} has {len(secret.encode())}. `openssl rand -hex 32` makes a good one"
            )
        if any(key.name == name for key in keys):
            raise ValueError(f"must give each key a name of its own; {name} is there twice")
        keys.append(Key(name, secret.encode()))
    if len(keys) > MOST_KEYS:
        raise ValueError(f"must hold at most {MOST_KEYS} keys; got {len(keys)}")
    return tuple(keys)


def canonical(path: str, pairs: Pairs) -> str:
    """What is signed: `path` and `pairs` as they are when decoded, all but the signature."""
    encoded = (f"{_encode(n)}={_encode(v)}" for n, v in pairs if n != SIGNATURE)
    query = "&".join(sorted(encoded))
    segments = "/".join(_encode(segment) for segment in path.split("/"))
    return f"{segments}?{query}" if query else segments


class Signer:
    """Signs with one key, the first unless told; takes what any of them signed."""

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise ValueError("a signer needs a key")
        self._keys = tuple(keys)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(key.name for key in self._keys)

    def signed(self, url: str, expires: int | None = None, key: str | None = None) -> str:
        """`url` (an encoded path and query) with its signature, good until `expires` (Unix time).

        Raises BadParameter if there is no key of that name.
        """
        chosen = self._named(key) if key else self._keys[0]
        path, _, query = url.partition("?")
        parts = [query] if query else []
        if expires is not None:
            parts.append(f"{EXPIRES}={expires}")
        pairs = parse_qsl("&".join(parts), keep_blank_values=True)
        signature = _signature(chosen, canonical(unquote(path), pairs)).decode()
        return f"{path}?{'&'.join([*parts, f'{SIGNATURE}={signature}'])}"

    def verify(self, path: str, pairs: Sequence[tuple[str, str]], now: float) -> int | None:
        """Until when (Unix time) the decoded URL is good; None if its signature never expires.

        Raises BadSignature or ExpiredSignature; BadParameter if what was signed is no time.
        """
        given = [value for name, value in pairs if name == SIGNATURE]
        if len(given) != 1:
            raise BadSignature(
                "This URL needs a signature: `calotype url` makes one, and so does the code in "
                "docs/http.md (Signed URLs)."
                if not given
                else "A URL has one signature."
            )
        # Compared as text, undecoded: the 43rd character has two bits that decoding would ignore.
        sent = given[0].encode("utf-8", "surrogatepass")
        message = canonical(path, pairs)
        fits = False
        for key in self._keys:  # all of them, whichever fits: time must not tell
            fits |= hmac.compare_digest(_signature(key, message), sent)
        if not fits:
            raise BadSignature(
                "The signature does not fit this URL: its path or a parameter was changed, or it "
                "was signed with another key."
            )
        return _expiry([value for name, value in pairs if name == EXPIRES], now)

    def _named(self, name: str) -> Key:
        found = next((key for key in self._keys if key.name == name), None)
        if found is None:
            raise BadParameter("--key-id", "one of " + ", ".join(self.names), name)
        return found


def _expiry(given: Sequence[str], now: float) -> int | None:
    if not given:
        return None
    if len(given) > 1:
        raise BadParameter(EXPIRES, "given once", ", ".join(given))
    if not _TIME.fullmatch(given[0]):
        raise BadParameter(EXPIRES, "a Unix time in whole seconds", given[0])
    expires = int(given[0])
    if now >= expires:
        raise ExpiredSignature(expires)
    return expires


def _encode(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _signature(key: Key, message: str) -> bytes:
    """43 characters: base64url (RFC 4648 §5) without padding."""
    digest = hmac.digest(key.secret, message.encode("ascii"), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
