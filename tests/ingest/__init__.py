"""Ingest: from files to records."""
