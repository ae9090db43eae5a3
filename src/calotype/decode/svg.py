"""What a drawing may not contain, checked by a parser with limits before librsvg sees it.

librsvg runs no script and, given bytes instead of a file, follows no reference. This is the wall
in front of that wall, and it also says at ingest what is wrong with a file.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from calotype.decode.limits import Limits
from calotype.errors import Refused

_DATA_IMAGE = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\r\n\f]?|(.))", re.DOTALL)
_CSS_URL = re.compile(r"url\(\s*[\"']?\s*([^\"')]*)", re.IGNORECASE)
_CSS_IMPORT = re.compile(r"@\s*import", re.IGNORECASE)
_CSS_IMAGE = re.compile(r"image-set\(|\b(?:image|src)\(\s*[\"']", re.IGNORECASE)
"""Functions that take a URL as a string (CSS Images 4 §2, CSS Values 4 §4.5)."""
_LENGTH = re.compile(r"\s*\+?([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,3})?)\s*(%|[a-z]*)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_REFERENCES = frozenset(
    ("src", "srcdoc", "poster", "action", "formaction", "background", "cite", "codebase",
     "archive", "classid", "longdesc", "manifest", "lowsrc", "dynsrc")
)  # fmt: skip
"""Attributes that hold a URL in the HTML that a `<foreignObject>` may hold; some in SVG too."""
_LISTS = frozenset(("srcset", "imagesrcset", "ping"))
"""Attributes with several; an image that a drawing holds itself is never written so."""
_LONG_TAG = re.compile(rb"<[^<]{20000,}")
_MOST_ATTRIBUTES = 4_000
"""Of one element; in bytes that can have more, each `=` counts as one."""
MOST_SIDE = 30_000
"""Pixels, that it says it has or that it is drawn at: librsvg counts no further."""
_ENTITY_BYTES = 1024
_ENTITIES = 200
_TEXT_SLACK = 1 << 20


def check_svg(data: bytes, limits: Limits) -> None:
    """Raise Refused where the drawing is broken, too large, or refers to anything outside it.

    Reasons: `too-large`, `svg-too-complex`, `svg-external`, `corrupt`.
    """
    if len(data) > limits.max_svg_bytes:
        raise Refused(
            "too-large", f"The drawing has {len(data)} bytes; the limit is {limits.max_svg_bytes}."
        )
    # before expat sees them: a million in one tag take it a minute, and no handler is called
    if any(tag[0].count(b"=") > _MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(data)):
        raise _complex("has more attributes in one element", _MOST_ATTRIBUTES)
    checker = _Checker(limits, len(data))
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = checker.start
    parser.EndElementHandler = checker.end
    parser.CharacterDataHandler = checker.text
    parser.ProcessingInstructionHandler = checker.instruction
    parser.EntityDeclHandler = checker.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise Refused("corrupt", f"The drawing is not well-formed XML: {what}.") from None
    except (ValueError, LookupError):  # an encoding that Python does not know
        raise Refused("corrupt", "The drawing's encoding is unknown.") from None


class _Checker:
    """Handlers for expat, which counts and looks while it parses."""

    def __init__(self, limits: Limits, size: int) -> None:
        self._limits = limits
        self._depth = self._elements = self._attributes = self._entities = 0
        self._text_left = 4 * size + _TEXT_SLACK
        self._style: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.max_svg_depth:
            raise _complex("is nested deeper", self._limits.max_svg_depth)
        if self._elements > self._limits.max_svg_elements:
            raise _complex("has more elements", self._limits.max_svg_elements)
        self._attributes += len(attributes)
        if self._attributes > self._limits.max_svg_attributes:
            raise _complex("has more attributes", self._limits.max_svg_attributes)
        element = _local(name)
        if self._elements == 1:
            _check_size(attributes)
        for key, value in attributes.items():
            self._count(value)
            attribute = _local(key)
            if (
                attribute == "href"
                or key == "xml:base"
                or key.lower() in _REFERENCES
                or (attribute == "data" and element in ("object", "embed"))
            ):
                _check_target(value, element)
            elif attribute in _LISTS:
                for target in value.split():
                    _check_target(target, element)
            elif "(" in value or "\\" in value or attribute == "style":
                _check_css(value)
        if element == "style":
            self._style = []

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._style is not None and _local(name) == "style":
            _check_css("".join(self._style))
            self._style = None

    def text(self, text: str) -> None:
        self._count(text)
        if self._style is not None:
            self._style.append(text)

    def instruction(self, target: str, data: str) -> None:
        if target.lower() == "xml-stylesheet":
            raise _external("a style sheet")

    def entity(
        self, name: str, parameter: bool, value: str | None, base: str | None,
        system: str | None, public: str | None, notation: str | None,
    ) -> None:  # fmt: skip
        """Plain text is harmless, and Illustrator writes its namespaces so; nothing else is."""
        self._entities += 1
        if value is None or system is not None:
            raise _external(f"the external entity {name[:40]!r}")
        if parameter or set("&%<") & set(value) or len(value) > _ENTITY_BYTES:
            raise Refused("svg-too-complex", f"The drawing's entity {name[:40]!r} is not allowed.")
        if self._entities > _ENTITIES:
            raise _complex("declares more entities", _ENTITIES)

    def _count(self, text: str) -> None:
        self._text_left -= len(text)
        if self._text_left < 0:
            raise Refused("svg-too-complex", "The drawing's entities grow out of proportion.")


def _check_size(root: dict[str, str]) -> None:
    """librsvg counts pixels in 32 bits or less; a side left out follows from the view box."""
    view_box = [*root.get("viewBox", "").replace(",", " ").split(), "", "", "", ""]
    for side, spare in (("width", view_box[2]), ("height", view_box[3])):
        pixels = length(root.get(side, ""))
        if pixels is None:
            pixels = length(spare)
        if pixels is not None and pixels > MOST_SIDE:
            raise Refused(
                "too-many-pixels", f"The drawing's {side} is more than {MOST_SIDE} pixels."
            )


def length(text: str) -> float | None:
    """A side in CSS pixels; None where it is none, or in units of something else."""
    match = _LENGTH.match(text)
    if match is None or match[2] in ("%", "em", "ex"):
        return None
    return float(match[1]) * _PIXELS.get(match[2] or "px", 1)


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _check_target(target: str, what: str) -> None:
    """A reference may lead to a fragment of the same file or hold a raster image itself."""
    target = target.strip()
    if target and not target.startswith("#") and not _DATA_IMAGE.match(target):
        raise _external(f"{target[:60]!r} in <{what[:40]}>")


def _check_css(css: str) -> None:
    css = _CSS_ESCAPE.sub(_unescape, css)
    if _CSS_IMPORT.search(css):
        raise _external("an imported style sheet")
    if _CSS_IMAGE.search(css):
        raise _external("an image in its style")
    for match in _CSS_URL.finditer(css):
        _check_target(match[1], "style")


def _unescape(match: re.Match[str]) -> str:
    """A CSS escape as the character it stands for (CSS Syntax 3 §4.3.7)."""
    if not match[1]:
        return match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code <= 0x10FFFF else "\ufffd"


def _external(what: str) -> Refused:
    return Refused("svg-external", f"The drawing refers to {what}, outside of itself.")


def _complex(what: str, limit: int) -> Refused:
    return Refused("svg-too-complex", f"The drawing {what} than {limit}.")
