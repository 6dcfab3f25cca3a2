"""Looking at a hot store in PostgreSQL without ever writing it or taking the writer's lock."""

from stores.postgres import looking, shown
from stores.readonly import ReadOnlyStore, fit
from stores.sql import numbered


def open_postgres_read_only(url: str, password: str | None = None) -> ReadOnlyStore:
    """Open a database to look at it. Raises StoreError if it is not there, not ours, or of another revision."""
    return fit(ReadOnlyStore(shown(url), looking(url, password), numbered))
