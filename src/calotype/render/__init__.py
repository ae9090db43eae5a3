"""From (original, canonical spec) to bytes.

spec       what may be asked for, parsed once into a frozen value
steps      the ordered list of what happens to the pixels
encoders   pixels to bytes, one function a format
engine     the renderer, and the bounded pool that it runs in
"""
