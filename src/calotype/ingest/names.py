"""A title from the name of a file, for images that nothing else is known about."""

from __future__ import annotations

import re

_SHARD = re.compile(r"[0-9a-f]{2}")
"""A folder of uploads."""
_CAMERA = re.compile(
    r"(?:img|image|dsc[nf]?|dscf|pict?|p|mvi|vid|gopr|pano|pxl|dji|sam|cimg|hpim|imgp|kodak|"
    r"scan|screenshot|screen shot|untitled|unnamed|download|photo|foto|bild|whatsapp image|wp|fb)"
    r"[\s\d()-]*(?:at[\s\d()-]*)?(?:am|pm|wa\d+|mp|edit(?:ed)?|copy|burst\d*|hdr)?[\s\d()]*",
    re.IGNORECASE,
)
_HASH = re.compile(r"(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-f\d-]{8,}|[\da-z_-]*\d[\da-z]{15,}", re.I)
_SEPARATORS = re.compile(r"[\s_+~.,;-]+|(?<=[a-z])(?=[A-Z][a-z])")
_LONGEST = 200
_SAY_NOTHING = frozenset(
    re.findall(
        r"\w+",
        "image images img imgs picture pictures pics photo photos file files data assets static "
        "media public upload uploads original originals train test validation val dcim main index "
        "thumb thumbnail thumbnails new folder tmp temp download downloads src default",
    )
)


def title_of(name: str) -> str:
    """`a/red-fox_in-snow.jpg` → `Red fox in snow`; a camera's or a hash's name → the folder's.

    Empty if neither says anything.
    """
    *folders, file = name.split("/")
    stem = file.rpartition(".")[0] or file
    folders = [folder for folder in folders if not _SHARD.fullmatch(folder)]
    return next((title for part in (stem, *reversed(folders)) if (title := _title(part))), "")


def _title(part: str) -> str:
    words = " ".join(_SEPARATORS.sub(" ", part).split())
    letters = sum(character.isalpha() for character in words)
    if letters < 2 or letters * 2 < len(words.replace(" ", "")):
        return ""
    if _CAMERA.fullmatch(words) or _HASH.fullmatch(part) or words.lower() in _SAY_NOTHING:
        return ""
    if words[:1].islower() and (len(words) < 2 or not words[1].isupper()):
        words = words[0].upper() + words[1:]
    return words[:_LONGEST].rstrip()
