"""From (original, canonical spec) to bytes.

spec       what may be asked for, parsed once into a frozen value
steps      the ordered list of what happens to the pixels
encoders   pixels to bytes, one function a format
engine     the renderer
pool       so many at once, so many waiting, none for too long
admission  what is still done when there is more than can be
"""
