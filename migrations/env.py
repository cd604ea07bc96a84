"""Alembic's entry point: one engine from core.database, one metadata from core.tables."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlmodel import AutoString, SQLModel

from core.database import open_engine
from core.settings import load_settings
from core.tables.base import UtcDateTime


def plain_type(kind: str, item: object, autogen_context: object) -> str | bool:
    """A migration must not change when our types do: it names the database's own."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def migrate(connection: Connection) -> None:
    # SQLite cannot alter most things: batch mode copies the table instead.
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = open_engine(load_settings().database.url)
    with engine.connect() as connection:
        migrate(connection)
        connection.commit()
    engine.dispose()
