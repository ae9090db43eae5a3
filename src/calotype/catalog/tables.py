"""The catalog's tables, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte, as SQLite does anyway: what lies below a folder is then one range."""

counters = Table(
    "counters",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""`seq`: the number of the last change. Locked by whoever writes, so that numbers are given in the
order of the commits and a reader that saw n never meets an m < n later. `epoch`: a random number
of this catalog's own. `purged`, `invalidated`: up to which change edge caches have been told."""

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("identity", Text, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("born", BigInteger, nullable=False),
    Column("analysed", Boolean, nullable=False),
    # What the file says of itself, as JSON: kept apart, so that a change of the texts beside the
    # file needs no second look into it.
    Column("embedded", Text, nullable=False),
    # The whole record as readers see it, as JSON. Null in a tombstone, which keeps its place in
    # the feed and nothing else.
    Column("record", Text, nullable=True),
)
Index(
    "images_unanalysed",
    images.c.seq,
    sqlite_where=~images.c.analysed,
    postgresql_where=~images.c.analysed,
)

places = Table(
    "places",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("version", Text, nullable=False),
    # Either an image lies here, or the file was refused with a reason.
    Column("image_id", String(40), ForeignKey("images.id"), nullable=True, index=True),
    Column("reason", Text, nullable=True),
    Column("message", Text, nullable=True),
    # What is written beside the image (sidecar, metadata file) as JSON, and its version.
    Column("beside", Text, nullable=False),
    Column("beside_version", Text, nullable=False),
)

edits = Table(
    "edits",
    metadata,
    # Of the content, wherever it lies: so no row of `places`, and no reference that would have to
    # go with one.
    Column("image_id", String(40), primary_key=True),
    # A JSON object of the fields that somebody has set; see `said.Said`.
    Column("words", Text, nullable=False),
    Column("withheld", Boolean, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    # SHA-256 of the secret, in hexadecimal. The secret itself is nowhere.
    Column("hash", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("label", Text, nullable=False),
    # Moments as ISO 8601 in UTC.
    Column("created", String(32), nullable=False),
    Column("expires", String(32), nullable=True),
    Column("revoked", String(32), nullable=True),
    Column("last_used", String(32), nullable=True),
)
