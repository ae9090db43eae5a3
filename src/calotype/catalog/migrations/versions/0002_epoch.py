"""A number that tells one catalog from another: what is derived knows by it whose it is."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    op.bulk_insert(counters, [{"name": "epoch", "value": secrets.randbits(62)}])


def downgrade() -> None:
    op.execute("DELETE FROM counters WHERE name = 'epoch'")
