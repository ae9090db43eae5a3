"""Changes to the bytes of a file, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable

Change = Callable[[bytearray, random.Random], None]

_EDGES = (0, 1, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Numbers at the edges of their types."""


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to eight changes; half of them in the first bytes, where headers are."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if changed:
            rng.choice(_CHANGES)(changed, rng)
    return bytes(changed)


def _flip(data: bytearray, rng: random.Random) -> None:
    data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _byte(data: bytearray, rng: random.Random) -> None:
    data[_place(data, rng)] = rng.randrange(256)


def _number(data: bytearray, rng: random.Random) -> None:
    at, size = _place(data, rng), rng.choice((2, 4))
    value = rng.choice(_EDGES) & ((1 << 8 * size) - 1)
    number = value.to_bytes(size, rng.choice(("big", "little")))
    data[at : at + len(number)] = number


def _insert(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = rng.randbytes(rng.randint(1, 16))


def _cut(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.randint(1, 16)]


def _repeat(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + rng.randint(1, 64)] * rng.randint(1, 8)


def _end(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng) :]


def _place(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(min(len(data), 200) if rng.random() < 0.5 else len(data))


_CHANGES: tuple[Change, ...] = (_flip, _flip, _byte, _byte, _number, _number, _insert, _cut,
                                _repeat, _end)  # fmt: skip
