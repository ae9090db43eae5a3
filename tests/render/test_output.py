"""The bytes that leave: valid, the same each time, and without a word about the original."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL import PngImagePlugin

from calotype.render.encoders import CONTENT_TYPES, ENCODER_VERSION
from calotype.render.engine import ENCODER_VERSION as EXPORTED
from tests.decode.pictures import TURNED, animated, quadrants, sample, saved

from .studio import CORPUS, opened, rendition

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = sorted(CONTENT_TYPES)
SECRETS = (b"Exif", b"GPS", b"Secret", b"xpacket", b"xmpmeta", b"8BIM", b"Photoshop", b"ICC_",
           b"acsp", b"eXIf", b"iTXt", b"tEXt", b"zTXt", b"EXIF", b"XMP ")  # fmt: skip
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a>Secret place</a></x:xmpmeta>"


def talkative(format: str) -> bytes:
    """A file with EXIF that has a place, XMP, a comment, and a profile, in what can have them."""
    from PIL import ImageCms

    exif = Pillow.Exif()
    exif[0x010E] = "Secret description"
    exif[0x013B] = "Secret artist"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 31.0, 12.0), "E", (13.0, 24.0, 18.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    given: dict[str, object] = {"exif": exif, "icc_profile": profile}
    if format == "gif":
        return saved(quadrants(), format, comment=b"Secret comment", xmp=XMP)
    if format == "jpeg":
        return with_iptc(saved(quadrants(), format, comment=b"Secret comment", xmp=XMP, **given))
    if format == "png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "Secret comment", zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        return saved(quadrants(), format, pnginfo=info, **given)
    return saved(quadrants(), format, xmp=XMP, **given)


def with_iptc(jpeg: bytes) -> bytes:
    caption = b"\x1c\x02\x78\0\x0eSecret caption"
    block = b"Photoshop 3.0\08BIM\x04\x04\0\0" + len(caption).to_bytes(4, "big") + caption + b"\0"
    return jpeg[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "gif", "tiff", "heic"])
def test_no_metadata_leaves(format: str, output: str) -> None:
    data = TURNED.read_bytes() if format == "heic" else talkative(format)
    assert any(secret in data for secret in (b"Secret", b"Calotype"))
    made = rendition(data, output, w=40)
    body = made.body if output != "avif" else made.body.replace(b"mif1", b"")
    for secret in (*SECRETS, b"Calotype"):
        assert secret not in body
    image = opened(made)
    assert not image.getexif()
    assert not {"icc_profile", "comment", "xmp", "photoshop", "exif"} & set(image.info)


@pytest.mark.parametrize("output", ["gif", "webp"])
def test_no_metadata_leaves_with_an_animation(output: str) -> None:
    data = animated("webp", exif=b"Exif\0\0Secret", xmp=XMP)
    assert b"Secret" in data
    body = rendition(data, output).body
    assert not any(secret in body for secret in SECRETS)


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_is_what_it_says(output: str) -> None:
    made = rendition(sample("png", 200, 100), output, w=64)
    image = opened(made)
    format = output.removesuffix("8")
    assert (image.format or "").lower() == format
    assert image.size == (made.width, made.height) == (64, 32)
    assert made.content_type == f"image/{format}"


@pytest.mark.parametrize("output", ["jpeg", "webp", "avif"])
def test_a_higher_quality_takes_more_bytes_and_is_nearer(output: str) -> None:
    noisy = Pillow.effect_noise((120, 90), 60).convert("RGB")
    sizes, errors = [], []
    for quality in (20, 60, 95):
        made = rendition(saved(noisy, "png"), output, q=quality)
        sizes.append(len(made.body))
        pairs = zip(opened(made).convert("L").tobytes(), noisy.convert("L").tobytes(), strict=True)
        errors.append(sum((a - b) ** 2 for a, b in pairs))
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("output", ["png", "gif"])
def test_png_and_gif_have_no_quality(output: str) -> None:
    data = sample("png", 200, 100)
    assert rendition(data, output, q=10).body == rendition(data, output, q=90).body


SCRIPT = """
import hashlib
from calotype.render.encoders import CONTENT_TYPES
from tests.decode.pictures import animated, sample
from tests.render.studio import rendition
for output in sorted(CONTENT_TYPES):
    for data in (sample("jpeg", 300, 200), animated("gif")):
        print(output, hashlib.sha256(rendition(data, output, w=99).body).hexdigest())
"""


def test_the_same_spec_gives_the_same_bytes_in_every_process() -> None:
    """The ETag is known before the bytes are: instances must not send different ones under it."""
    runs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, check=True, timeout=60
        ).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert len(runs.pop().splitlines()) == 2 * len(OUTPUTS)


def test_the_encoders_have_a_version() -> None:
    assert ENCODER_VERSION
    assert ENCODER_VERSION == EXPORTED


@pytest.mark.skipif(
    not (CORPUS / "products").is_dir(), reason="the corpus of products is not beside us"
)
def test_new_formats_are_smaller_than_jpeg_at_their_own_qualities() -> None:
    photos = sorted((CORPUS / "products" / "images").glob("*.jpg"))[:40:8]
    bytes_of = {
        output: sum(len(rendition(p.read_bytes(), output, w=400).body) for p in photos)
        for output in ("jpeg", "webp", "avif")
    }
    assert bytes_of["avif"] < bytes_of["jpeg"]
    assert bytes_of["webp"] < bytes_of["jpeg"]


def test_a_jpeg_is_for_the_web() -> None:
    """Baseline, whatever the original was."""
    body = rendition(saved(quadrants(), "jpeg", progressive=True), "jpeg").body
    assert b"\xff\xc0" in body
    assert not Pillow.open(io.BytesIO(body)).info.get("progressive")
