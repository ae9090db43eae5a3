"""Run by Alembic, on the connection and in the transaction that `database.py` hands over."""

from alembic import context

from calotype.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
