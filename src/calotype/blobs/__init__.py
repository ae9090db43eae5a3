"""Where originals lie: a folder, or a bucket in any object store. Calotype only reads there, but
for `uploads`, which are its own to keep.

What is made from them is written elsewhere: `derived`.
"""

from calotype.blobs.bucket import BucketSource
from calotype.blobs.derived import Derived, DerivedUnavailable, Stored
from calotype.blobs.folder import FolderSource
from calotype.blobs.source import Entry, Opened, Problem, Source, open_source
from calotype.blobs.uploads import Uploads, open_uploads

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
    "Uploads",
    "open_source",
    "open_uploads",
]
