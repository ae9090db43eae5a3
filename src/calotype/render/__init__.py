"""From (original, canonical spec) to bytes.

parameters what may be asked for and in what bounds; values, colors: how single values are read
simplest   what changes nothing is dropped; canonical: the one string that is left
spec       the frozen value
geometry   which part of the original is used and how large it becomes; no pixel is touched
source     the original's pixels, cut and at size (attention, trimming, turning)
steps      the ordered list of what happens to the pixels (tone, focus, framing, shapes, bands)
encoders   pixels to bytes, one function a format; facts: what is said instead of an image
pyramid    smaller copies of an original, and which of them a render takes; maker: makes them
engine     the renderer
pool       so many at once, so many waiting, none for too long
admission  what is still done when there is more than can be
"""
