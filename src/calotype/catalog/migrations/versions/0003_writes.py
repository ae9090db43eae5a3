"""What people say of images (edits), and the keys of those who may."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "edits",
        sa.Column("image_id", sa.String(40), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("withheld", sa.Boolean, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(32), nullable=True),
        sa.Column("revoked", sa.String(32), nullable=True),
        sa.Column("last_used", sa.String(32), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("keys")
    op.drop_table("edits")
