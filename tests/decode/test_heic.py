"""HEIC: decoded in a process that may die."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from calotype.decode import Limits, fit, header, load
from calotype.errors import Refused

from .pictures import BLUE, GREY, QUADRANTS, RED, SEE_THROUGH, TURNED, YELLOW, alike, corners

LIMITS = Limits()


def deadly() -> bytes:
    """Its EXIF claims more bytes than there are, and pi-heif 1.4 reads them."""
    data = bytearray(TURNED.read_bytes())
    data[251] = 255
    return bytes(data)


def test_the_container_turns_the_image_and_not_its_exif() -> None:
    found = header(TURNED.read_bytes(), LIMITS)
    assert (found.width, found.height, found.orientation) == (62, 46, 1)
    assert found.exif is not None
    image = load(TURNED.read_bytes(), LIMITS)
    assert (image.width, image.height) == (62, 46)
    assert all(map(alike, corners(image), QUADRANTS))


def test_transparency_is_kept() -> None:
    assert header(SEE_THROUGH.read_bytes(), LIMITS).alpha
    seen = corners(load(SEE_THROUGH.read_bytes(), LIMITS))
    assert seen[1][3] == 0
    assert all(map(alike, (seen[0][:3], seen[2][:3], seen[3][:3]), (RED, BLUE, YELLOW)))


def test_one_band_stays_one() -> None:
    image = load(GREY.read_bytes(), LIMITS)
    assert (image.width, image.height, image.bands, image.interpretation) == (64, 48, 1, "b-w")


def test_a_file_that_kills_the_decoder_is_refused_and_the_next_is_decoded() -> None:
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            header(deadly(), LIMITS)
        assert refusal.value.reason == "corrupt"
        assert header(TURNED.read_bytes(), LIMITS).width == 62


def test_many_at_once_do_not_mix() -> None:
    files = [TURNED.read_bytes(), SEE_THROUGH.read_bytes(), GREY.read_bytes(), deadly()] * 6

    def bands(data: bytes) -> int:
        try:
            return int(fit(data, LIMITS, 20, 20, "inside").bands)
        except Refused:
            return 0

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(bands, files)) == [3, 4, 1, 0] * 6
