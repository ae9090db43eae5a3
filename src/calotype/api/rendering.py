"""The render parameters as OpenAPI shows them, each with an example."""

from __future__ import annotations

from typing import Any

from calotype.api.described import choice, number, parameter, whole
from calotype.render.spec import FITS, FORMATS, MAX_SIDE, TONES

_FITS = "; ".join(f"`{name}`: {what}" for name, what in FITS.items())
_COLOR = "3, 4, 6 or 8 hex digits (alpha first), or a CSS name."
_SIDE = "or, with a decimal point, a share of the original's"


def _side(name: str, what: str, example: int) -> dict[str, Any]:
    pixels = {"type": "integer", "minimum": 1, "maximum": MAX_SIDE}
    share = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    return parameter(name, f"{what} in pixels, {_SIDE}.", example, anyOf=[pixels, share])


def _pixels(name: str, description: str, example: int) -> dict[str, Any]:
    return whole(name, description, example, 0, MAX_SIDE)


def _flag(name: str, description: str) -> dict[str, Any]:
    return parameter(name, description, True, type="boolean", default=False)


_SIZE = [
    _side("w", "Width", 800),
    _side("h", "Height", 600),
    number("dpr", "Device pixel ratio: multiplies w and h.", 2, 0.5, 5),
    parameter("ar", "Proportions, width:height, with `fit=crop`: gives the side left out.", "16:9"),
    parameter("fit", f"How the image meets w × h. {_FITS}.", "crop",
              type="string", enum=list(FITS), default="clip"),
    parameter("crop", "Where `fit=crop` cuts; the first of a list that can be done: top, bottom, "
              "left, right, center, focalpoint, entropy, attention, edges. `faces` cannot.",
              "faces,entropy"),
    number("fp-x", "With `crop=focalpoint`: where the point lies, 0 left to 1 right.", 0.3, 0, 1),
    number("fp-y", "The same, 0 top to 1 bottom.", 0.4, 0, 1),
    number("fp-z", "The same: how far to zoom in on it.", 2, 1, 100),
    parameter("rect", "The part of the original that is used: x,y,width,height in pixels, shares, "
              "or words (left center right, top middle bottom, full).", "0.1,middle,0.5,0.5"),
]  # fmt: skip

_TRIM = [
    choice("trim", "Takes away a border: of one colour (`auto`, `color`), or transparent "
           "(`alpha`, `colorunlessalpha`).", "auto",
           ["auto", "color", "alpha", "colorunlessalpha"]),
    parameter("trim-color", f"With `trim=color`: the border's. {_COLOR} Else the first pixel's.",
              "fff"),
    number("trim-tol", "With `trim=color`: how far from it a border may be.", 10, 0, 255),
    number("trim-md", "With `trim=auto`: the same; 11 if left out.", 20, 0, 255),
    number("trim-alpha", "With `trim=alpha`: the alpha that still counts as none.", 8, 0, 255),
    whole("trim-pad", "Pixels of the border that are kept.", 5, -200, 200),
]  # fmt: skip

_TURN = [
    parameter("or", "Orientation instead of the file's own: EXIF's 1 to 8, or 90, 180, 270.", 6,
              type="integer", enum=[0, 1, 2, 3, 4, 5, 6, 7, 8, 90, 180, 270]),
    choice("flip", "Mirrors: `h`, `v`, or both.", "h", ["h", "v", "hv"]),
    number("rot", "Turns by degrees, counter-clockwise, in its frame, enlarged to fill it.",
           5, 0, 360),
    choice("rot-type", "`pivot`: the frame grows instead, and holds all of it.", "pivot",
           ["straighten", "pivot"]),
    whole("page", "A page of a TIFF.", 1, 1, 100_000),
    whole("frame", "A frame of an animation, as a still image.", 1, 1, 100_000),
]  # fmt: skip

_AROUND = [
    parameter("bg", f"The colour behind what is transparent. {_COLOR}", "ffe4b5"),
    choice("fill", "What `fit=fill` fills with: one colour, or the image itself, blurred.", "blur",
           ["solid", "blur", "gen", "generative"]),
    parameter("fill-color", f"With `fill=solid`. {_COLOR}", "teal"),
    _pixels("pad", "Pixels around the image, within w and h.", 20),
    *(_pixels(f"pad-{side}", "One side of it.", 20) for side in ("top", "right", "bottom", "left")),
    parameter("border", "Width in pixels and colour, on the image's edge.", "10,fff"),
    *(_pixels(f"border-{side}", "One side of it.", 5)
      for side in ("top", "right", "bottom", "left")),
    parameter("border-radius", "With a border: radius of its corners; one, or four.", "20"),
    choice("mask", "Cuts to a shape.", "ellipse", ["ellipse", "corners"]),
    parameter("corner-radius", "With `mask=corners`: one, or four, clockwise from the top left.",
              "20,20,0,0"),
    parameter("mask-bg", f"The colour outside the mask. {_COLOR}", "white"),
]  # fmt: skip

_LOOK = [
    whole("bri", "Brightness.", 10, -100, 100),
    whole("con", "Contrast.", 10, -100, 100),
    whole("exp", "Exposure.", 10, -100, 100),
    whole("gam", "Gamma.", 10, -100, 100),
    whole("high", "Darkens highlights.", -30, -100, 0),
    number("shad", "Lightens shadows.", 30, 0, 100),
    whole("sat", "Saturation; -100 is grey.", -100, -100, 100),
    whole("vib", "Vibrance: saturation of what has little.", 30, -100, 100),
    whole("hue", "Turns all hues, in degrees; `hue-rotate` is the same.", 180, 0, 360),
    parameter("monochrome", f"Shades of one colour. {_COLOR}", "4a6fa5"),
    whole("sepia", "Percent.", 80, 0, 100),
    _flag("invert", "The negative."),
    choice("tones", "`gray`: no colours; `bitonal`: black and white alone.", "gray", list(TONES)),
    whole("blur", "Gaussian; a tenth of it is the deviation in pixels.", 100, 0, 2000),
    number("sharp", "Sharpens fine detail.", 20, 0, 100),
    whole("usm", "Unsharp mask; a negative one softens.", 20, -100, 100),
    number("usmrad", "Its radius in pixels; 2.5 if left out.", 4, 0, 100),
]  # fmt: skip

_OUTPUT = [
    choice("fm", "Format; without it, the best that `Accept` names. `json`: facts of the "
           "original; `blurhash`: its BlurHash.", "webp", list(FORMATS)),
    parameter("auto", "A list: `format`: negotiate, with `fm` as the fall-back; `compress`: fewer "
              "bytes.", "format,compress"),
    whole("q", "Quality; without it, each format's own.", 75, 1, 100),
    _flag("lossless", "WebP and AVIF without any loss."),
    parameter("dl", "Offers the image for download, by this name.", "hoodie.jpg"),
]  # fmt: skip

RENDER = [*_SIZE, *_TRIM, *_TURN, *_AROUND, *_LOOK, *_OUTPUT]
