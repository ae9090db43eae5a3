"""Where originals lie: a folder, or a bucket in any object store. Calotype only reads there."""

from calotype.blobs.bucket import BucketSource
from calotype.blobs.folder import FolderSource
from calotype.blobs.source import Entry, Problem, Source, open_source

__all__ = ["BucketSource", "Entry", "FolderSource", "Problem", "Source", "open_source"]
