"""Alembic's entry: runs the migrations on the connection, and in the transaction, of the one who opens the store."""

from alembic import context

from stores.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
