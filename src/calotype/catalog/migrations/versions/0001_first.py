"""The first tables: counters, sources, images, places."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "seq", "value": 0}])
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("identity", sa.Text, nullable=False),
    )
    op.create_table(
        "images",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, unique=True),
        sa.Column("born", sa.BigInteger, nullable=False),
        sa.Column("analysed", sa.Boolean, nullable=False),
        sa.Column("embedded", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=True),
    )
    unanalysed = sa.text("NOT analysed")
    op.create_index(
        "images_unanalysed",
        "images",
        ["seq"],
        sqlite_where=unanalysed,
        postgresql_where=unanalysed,
    )
    op.create_table(
        "places",
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), primary_key=True),
        sa.Column(
            "name",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            primary_key=True,
        ),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("image_id", sa.String(40), sa.ForeignKey("images.id"), nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("message", sa.Text, nullable=True),
        sa.Column("beside", sa.Text, nullable=False),
        sa.Column("beside_version", sa.Text, nullable=False),
    )
    op.create_index("ix_places_image_id", "places", ["image_id"])
