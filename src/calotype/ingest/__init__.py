"""Ingest: from the files of a source to records in the catalog."""

from calotype.ingest.analyse import Analysis
from calotype.ingest.config import IngestConfig
from calotype.ingest.ingest import Ingest
from calotype.ingest.probe import SKIPPED, content_id
from calotype.ingest.summary import Progress, RefusedFile, Summary

__all__ = [
    "SKIPPED",
    "Analysis",
    "Ingest",
    "IngestConfig",
    "Progress",
    "RefusedFile",
    "Summary",
    "content_id",
]
