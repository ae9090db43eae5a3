"""Good values for every parameter, for hypothesis."""

from __future__ import annotations

import base64

from hypothesis import strategies as st

from calotype.render import parameters as p

Strategy = st.SearchStrategy[str]

PIXELS = st.integers(0, 300).map(str)
SIGNED = st.integers(-100, 100).map(str)
PERCENT = st.integers(0, 100).map(str)
SHARE = st.floats(0, 1).map(lambda value: f"{value:.4f}")
COLOR = st.sampled_from(["f00", "8f00", "ff0000", "80ff0000", "Red", "transparent", "0000"])
RADIUS = st.sampled_from(["0", "7", "1,2,3,4", "0,0,0,0"])
SIDE = st.integers(10, p.MAX_SIDE).map(str) | st.floats(0.001, 1).map(lambda v: f"{v:.3f}")

VALUES: dict[str, Strategy] = {
    "w": SIDE, "h": SIDE, "ar": st.sampled_from(["16:9", "1:1", "1.5", "0.3:1"]),
    "fit": st.sampled_from([*p.FITS, "facearea,fill"]),
    "crop": st.lists(st.sampled_from(p.CROPS), min_size=1, max_size=4).map(",".join),
    "fp-x": SHARE, "fp-y": SHARE, "fp-z": st.floats(1, 100).map(lambda v: f"{v:.3f}"),
    "rect": st.tuples(st.sampled_from(["0", "9", "0.5", "left", "center", "right"]),
                      st.sampled_from(["0", "9", "0.5", "top", "middle", "bottom"]),
                      st.sampled_from(["5", "0.5", "full", "1.0"]),
                      st.sampled_from(["5", "0.5", "full", "1.0"])).map(",".join),
    "trim": st.sampled_from(p.TRIMS), "trim-color": COLOR, "trim-tol": PERCENT,
    "trim-md": PERCENT, "trim-sd": PERCENT, "trim-alpha": PERCENT, "trim-pad": SIGNED,
    "or": st.sampled_from(sorted(p.ORIENTATIONS)), "flip": st.sampled_from(sorted(p.FLIPS)),
    "rot": st.floats(0, 360).map(lambda v: f"{v:.2f}"),
    "rot-type": st.sampled_from(["straighten", "pivot"]),
    "page": st.integers(1, 9).map(str), "frame": st.integers(1, 9).map(str),
    "bg": COLOR, "fill": st.sampled_from(sorted(p.FILLS)), "fill-color": COLOR,
    **{f"{name}{side}": st.integers(0, 4).map(str) for name in ("pad", "border")
       for side in ("-top", "-right", "-bottom", "-left")},
    "pad": st.integers(0, 4).map(str), "border": st.sampled_from(["0,f00", "5,fff", "3"]),
    "border-radius": RADIUS, "mask": st.sampled_from(["ellipse", "corners"]),
    "corner-radius": RADIUS, "mask-bg": COLOR,
    **dict.fromkeys(("bri", "con", "exp", "gam", "sat", "vib", "usm"), SIGNED),
    "high": st.integers(-100, 0).map(str), "shad": PERCENT, "hue": st.integers(0, 360).map(str),
    "monochrome": COLOR, "sepia": PERCENT, "invert": st.sampled_from(["true", "0"]),
    "tones": st.sampled_from(["gray", "bitonal"]),
    "blur": st.integers(0, 2000).map(str), "sharp": PERCENT, "usmrad": PERCENT,
    "fm": st.sampled_from(sorted(p.FORMATS)), "q": st.integers(1, 100).map(str),
    "auto": st.sampled_from(["format", "compress", "format,compress", "enhance,redeye"]),
    "lossless": st.sampled_from(["true", "false", "1"]),
    "dl": st.sampled_from(["a.jpg", "", "é & ü.png"]),
}  # fmt: skip
"""`dpr` is left out: with it a good side may be too large. Sides leave room for the padding."""

DPR = st.sampled_from(["1.5", "2", "3"]) | st.floats(0.5, 5).map(lambda value: f"{value:.6f}")

GOOD = st.fixed_dictionaries({}, optional=VALUES)


def sixty_four(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
