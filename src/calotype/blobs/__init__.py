"""Where originals lie: a folder, or a bucket in any object store. Calotype only reads there.

What is made from them is written elsewhere: `derived`.
"""

from calotype.blobs.bucket import BucketSource
from calotype.blobs.derived import Derived, DerivedUnavailable, Stored
from calotype.blobs.folder import FolderSource
from calotype.blobs.source import Entry, Opened, Problem, Source, open_source

__all__ = [
    "BucketSource",
    "Derived",
    "DerivedUnavailable",
    "Entry",
    "FolderSource",
    "Opened",
    "Problem",
    "Source",
    "Stored",
    "open_source",
]
