"""The gallery that `calotype demo` serves: drawings of our own, described in `metadata.jsonl`.

`gallery/<theme>/<name>.svg` are hand-written, refer to nothing outside of themselves, and are
dedicated to the public domain (CC0 1.0).
"""
