"""What docs/http.md shows of each render parameter: which picture, asked for how, and what to see.

Pictures are of the demo gallery, or of files that `tools/pictures.py` makes of its drawings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from calotype.render.parameters import known

WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request to the service.

    `of`: a file of the source. `shown`: headers of the answer that are written under it, or
    `body`. `accept`: the header of the request.
    """

    of: str
    query: str
    caption: str
    shown: tuple[str, ...] = ()
    accept: str = WEBP

    @property
    def url(self) -> str:
        return f"/image/{self.of}" + (f"?{self.query}" if self.query else "")

    @property
    def parameters(self) -> set[str]:
        """Those it shows, by their own names and as they are written."""
        written = {pair.partition("=")[0] for pair in self.query.split("&")}
        return written | {name for name in map(known, written) if name}

    @property
    def name(self) -> str:
        """Of the file of its picture, without the ending; no other request has the same."""
        query = self.query.replace("=-", "=minus-")
        words = f"{self.of.partition('.')[0]} {query} {self.accept.removeprefix(WEBP)}".lower()
        words = re.sub(r"[^a-z0-9]+", "-", words.replace("*/*", "any"))
        return words.strip("-")


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    about: str
    samples: tuple[Sample, ...]


def of(
    file: str, *samples: tuple[str, str] | tuple[str, str, tuple[str, ...]]
) -> tuple[Sample, ...]:
    return tuple(Sample(file, *sample) for sample in samples)


CHAPEL = "blue-domed-island-chapel.svg"
FOX = "red-fox-in-snow.svg"
LAMP = "stack-of-books-with-lamp.svg"
MONSTERA = "monstera-in-a-terracotta-pot.svg"
TRAM = "yellow-tram-on-the-hill.svg"
VAN = "camper-van-by-the-sea.svg"
WINDMILL = "windmill-with-tulips.svg"
BYTES = ("content-type", "content-length")

SIZES = Group(
    "Size",
    "The original is 1200 × 800; `stamp.png` is 120 × 80.",
    of(
        WINDMILL,
        ("w=240", "240 wide; the height follows"),
        ("h=100", "100 high; the width follows"),
        ("w=0.1", "a tenth of the original's width"),
        ("w=80&dpr=1", "80 wide, for an ordinary screen"),
        ("w=80&dpr=3", "three times the pixels, for a dense one"),
        ("w=240&h=120&fit=clip", "fits within 240 × 120"),
        ("w=240&h=120&fit=crop", "fills 240 × 120; the rest is cut off"),
        ("w=240&h=120&fit=scale", "stretched to 240 × 120"),
        ("w=240&h=120&fit=clamp", "fits within; its edges go on"),
        ("w=240&h=120&fit=fill&fill-color=ffc94d", "fits within; the rest is filled"),
        ("w=240&h=120&fit=facearea", "no faces are looked for: as `crop`"),
        ("w=240&fit=crop&ar=5:2", "240 wide, cut to 5 : 2"),
        ("h=160&fit=crop&ar=1:1", "160 high, cut to a square"),
    )
    + of(
        "stamp.png",
        ("w=200&h=160&fit=clip", "a small original is enlarged"),
        ("w=200&h=160&fit=max", "… unless with `max`"),
        ("w=200&h=160&fit=min", "the proportions, not enlarged"),
        ("w=200&h=160&fit=fill&fill-color=ffc94d", "enlarged, then filled"),
        ("w=200&h=160&fit=fillmax&fill-color=ffc94d", "filled, not enlarged"),
    ),
)

CUTS = Group(
    "Cut",
    "",
    of(
        CHAPEL,
        ("w=240", "all of it"),
        ("w=240&h=80&fit=crop&crop=top", "keeps the top"),
        ("w=240&h=80&fit=crop&crop=bottom", "keeps the bottom"),
        ("w=90&h=180&fit=crop&crop=left", "keeps the left"),
        ("w=90&h=180&fit=crop&crop=right", "keeps the right"),
        ("w=90&h=180&fit=crop&crop=center", "keeps the middle, as without it"),
    )
    + of(
        FOX,
        ("w=240", "all of it"),
        ("w=90&h=180&fit=crop&crop=entropy", "where there is most detail"),
        ("w=90&h=180&fit=crop&crop=attention", "where the eye goes first"),
        ("w=90&h=180&fit=crop&crop=edges", "where there are most edges"),
        ("w=90&h=180&fit=crop&crop=auto", "as `attention`"),
        ("w=90&h=180&fit=crop&crop=faces,left", "`faces` is passed over, then `left`"),
    )
    + of(
        WINDMILL,
        (
            "w=160&h=160&fit=crop&crop=focalpoint&fp-x=0.8&fp-y=0.35",
            "this point is in the middle, as far as it can be",
        ),
        (
            "w=160&h=160&fit=crop&crop=focalpoint&fp-x=0.8&fp-y=0.35&fp-z=2.5",
            "and 2.5 times as near",
        ),
        ("w=160&rect=700,40,480,480", "these pixels alone: x, y, width, height"),
        ("w=160&rect=0.55,0.0,0.45,0.6", "in shares of the original"),
        ("w=160&rect=left,bottom,0.5,0.5", "in words"),
    ),
)

TRIMMING = Group(
    "Trim",
    "`framed.png` has a border of three slightly different colours, `half-framed.png` one on two "
    "sides alone, `glowing.png` a faint glow on nothing.",
    of(
        "framed.png",
        ("w=240", "untouched"),
        ("w=240&trim=auto", "what is nearly the corner's colour goes"),
        ("w=240&trim=auto&trim-md=40", "what is less like it as well"),
        ("w=240&trim=auto&trim-sd=40", "`trim-sd` changes nothing here"),
        ("w=240&trim=color", "only what is just the corner's colour"),
        ("w=240&trim=color&trim-tol=40", "what is up to 40 from it"),
        ("w=240&trim=auto&trim-md=40&trim-pad=40", "40 pixels of the border stay"),
    )
    + of(
        "half-framed.png",
        ("w=240", "untouched"),
        ("w=240&trim=color&trim-color=d9b98c", "a border of this colour goes"),
    )
    + of(
        "glowing.png",
        ("h=180&bg=2b6777", "untouched, on a colour"),
        ("h=180&trim=alpha&bg=2b6777", "all that is wholly transparent goes"),
        ("h=180&trim=alpha&trim-alpha=90&bg=2b6777", "the faint glow as well"),
        ("h=180&trim=colorunlessalpha&bg=2b6777", "as `alpha`, as there is some"),
    ),
)

TURNS = Group(
    "Pages, frames, turning",
    "`seasons.tiff` has four pages, `slideshow.webp` four frames.",
    of(
        "seasons.tiff",
        ("w=160", "a TIFF shows its first page"),
        ("w=160&page=2", "the second one"),
        ("w=160&page=4", "the fourth one"),
    )
    + of(
        "slideshow.webp",
        ("w=160", "an animation stays one"),
        ("w=160&frame=3", "its third frame, standing still"),
    )
    + of(
        VAN,
        ("h=120&or=1", "as it is; also `or=0`"),
        ("h=120&or=2", "mirrored"),
        ("h=120&or=3", "upside down; also `or=180`"),
        ("h=120&or=4", "mirrored top to bottom"),
        ("h=180&or=5", "mirrored, then a quarter to the left"),
        ("h=180&or=6", "a quarter to the right; also `or=90`"),
        ("h=180&or=7", "mirrored, then a quarter to the right"),
        ("h=180&or=8", "a quarter to the left; also `or=270`"),
        ("w=240&flip=h", "left is right"),
        ("w=240&flip=v", "top is bottom"),
        ("w=240&flip=hv", "both"),
        ("w=240&rot=12", "12° to the left; no corner is empty"),
        ("w=160&rot=12&rot-type=straighten", "the same: this is the default"),
        ("w=160&rot=12&rot-type=pivot", "all of it, in a larger frame"),
        ("w=160&rot=12&rot-type=pivot&bg=f7c59f", "the corners in a colour"),
    ),
)

LIGHT = Group(
    "Light and colour",
    "",
    of(
        WINDMILL,
        ("w=240", "untouched"),
        ("w=240&exp=50", "a stop more light"),
        ("w=240&exp=-50", "a stop less"),
        ("w=240&gam=60", "lighter in the middle"),
        ("w=240&gam=-60", "darker in the middle"),
        ("w=240&bri=35", "brighter"),
        ("w=240&bri=-35", "darker"),
        ("w=240&con=60", "more contrast"),
        ("w=240&con=-60", "less contrast"),
        ("w=240&sat=80", "stronger colours"),
        ("w=240&sat=-100", "none at all"),
        ("w=240&hue=120", "all hues turned by 120°"),
        ("w=240&hue-rotate=240", "the same parameter, by 240°"),
        ("w=240&monochrome=8ab4f8", "shades of one colour"),
        ("w=240&sepia=90", "as an old print"),
        ("w=240&invert=true", "the negative"),
        ("w=240&tones=gray", "greys"),
        ("w=240&tones=bitonal", "nothing but black and white"),
    )
    + of(
        FOX,
        ("w=240", "untouched, bright"),
        ("w=240&high=-100", "darker highlights"),
        ("w=240&vib=-100", "vibrance: pale colours lose theirs first"),
        ("w=240&vib=100", "pale colours become stronger"),
    )
    + of(
        LAMP,
        ("w=240", "untouched, dark"),
        ("w=240&shad=100", "lighter shadows"),
    ),
)

FOCUS = Group(
    "Sharpness",
    "",
    of(
        TRAM,
        ("w=240&rect=400,250,480,320", "untouched, a part"),
        ("w=240&rect=400,250,480,320&sharp=100", "finest detail sharpened"),
        ("w=240&rect=400,250,480,320&usm=100", "unsharp mask"),
        ("w=240&rect=400,250,480,320&usm=50&usmrad=20", "half of it with a large radius"),
        ("w=240&rect=400,250,480,320&usm=-100", "a negative one softens"),
        ("w=240&rect=400,250,480,320&blur=60", "blurred by 6 pixels"),
    ),
)

AROUND = Group(
    "Around and behind",
    "",
    of(
        MONSTERA,
        ("h=180", "transparent where nothing is drawn"),
        ("h=180&bg=f7c59f", "a colour behind it"),
        ("w=240&h=180&fit=fill&bg=f7c59f", "and around it"),
    )
    + of(
        VAN,
        ("w=180&h=180&fit=fill&fill-color=2b6777", "filled with one colour"),
        ("w=180&h=180&fit=fill&fill=solid&fill-color=2b6777", "the same: this is the default"),
        ("w=180&h=180&fit=fill&fill=blur", "filled with itself, blurred"),
        ("w=180&h=180&fit=fill&fill=gen", "the same: nothing is invented"),
        ("w=240&border=8,e4572e", "on the picture's edge"),
        ("w=240&border=8,e4572e&border-top=30", "wider at the top"),
        ("w=240&border=8,e4572e&border-right=30", "at the right"),
        ("w=240&border=8,e4572e&border-bottom=30", "at the bottom"),
        ("w=240&border=8,e4572e&border-left=30", "at the left"),
        ("w=240&border=8,e4572e&border-radius=40", "round corners"),
        ("w=240&border=8,e4572e&border-radius=70,0,70,0", "each its own, from the top left"),
        ("w=240&mask=ellipse", "cut to an ellipse"),
        ("w=240&mask=corners&corner-radius=40", "cut to round corners"),
        ("w=240&mask=corners&corner-radius=80,0,80,0", "each its own, from the top left"),
        ("w=240&mask=ellipse&mask-bg=2b6777", "a colour outside the mask"),
        ("w=240&pad=24&bg=f7c59f", "room around it, within `w`"),
        ("w=240&pad-top=40&bg=f7c59f", "above"),
        ("w=240&pad-right=60&bg=f7c59f", "to the right"),
        ("w=240&pad-bottom=40&bg=f7c59f", "below"),
        ("w=240&pad-left=60&bg=f7c59f", "to the left"),
    ),
)

OUTPUT = Group(
    "Output",
    "Headers and text are the service's own answer. `/image/…` asks as a browser that takes WebP, "
    "unless it says otherwise.",
    (
        *of(
            FOX,
            ("w=160&fm=jpg", "JPEG", BYTES),
            ("w=160&fm=pjpg", "JPEG", BYTES),
            ("w=160&fm=webp", "WebP", BYTES),
            ("w=160&fm=avif", "AVIF", BYTES),
            ("w=160&fm=gif", "GIF", BYTES),
            ("w=160&fm=png", "PNG; a palette where nothing is lost by it", BYTES),
            ("w=160&fm=png8", "at most 256 colours", BYTES),
            ("w=160&fm=png32", "as png", BYTES),
            ("w=160&fm=webp&lossless=true", "without any loss", BYTES),
            ("w=240&fm=jpg&q=5", "quality 5", BYTES),
            ("w=240&fm=jpg&q=30", "quality 30", BYTES),
            ("w=240&fm=jpg&q=90", "quality 90", BYTES),
            ("w=160&auto=compress", "fewer bytes", BYTES),
            ("w=160&fm=jpg&auto=format", "what the client prefers", (*BYTES, "vary")),
        ),
        Sample(
            FOX,
            "w=160&fm=jpg&auto=format",
            "a client that names neither WebP nor AVIF: what `fm` says",
            (*BYTES, "vary"),
            "*/*",
        ),
        *of(
            FOX,
            ("w=160&fm=blurhash", "the BlurHash, and what it shows", ("content-type", "body")),
            ("fm=json", "facts of the original", ("content-type", "body")),
            ("w=160&fm=jpg&dl=fox.jpg", "offered for download", ("content-disposition",)),
        ),
    ),
)

GROUPS = (SIZES, CUTS, TRIMMING, TURNS, LIGHT, FOCUS, AROUND, OUTPUT)
SAMPLES = tuple(sample for group in GROUPS for sample in group.samples)
