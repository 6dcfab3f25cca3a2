"""Preparing a PostgreSQL database with its owner's rights, for a server whose role can add evidence and not change it.

The owner makes and migrates the schema. The server's role may read and add rows to the append-only tables, and read
and write the others; it owns nothing, so it can neither switch off a trigger nor change a table.
"""

import re
from contextlib import ExitStack
from typing import Final

from sqlalchemy import Connection

from coldchain.errors import StoreError
from stores.append_only import SEALED_SQL, TABLES_SQL
from stores.postgres import bring_up_to_date, revision_of, shown, writing_alone
from stores.schema import REVISION
from stores.session import told

ROLE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def prepare(url: str, password: str | None, role: str) -> tuple[str, ...]:
    """Make or migrate the schema as its owner and give a role what the server needs; return the append-only tables.

    Raises StoreError if a server writes the database now, if the role does not exist, is the owner or a member of it.
    """
    where = shown(url)
    if not ROLE.fullmatch(role):
        msg = f"{role!r} is no name of a role: a-z, 0-9 and _ are allowed"
        raise StoreError(msg)
    with ExitStack() as undo, told(where):
        connection = undo.enter_context(writing_alone(url, password, where))
        found = revision_of(connection, where)
        connection.commit()
        if found != REVISION:
            bring_up_to_date(url, password, found)
        with connection.begin():
            _require_other(connection, role, where)
            evidence = tuple(row[0] for row in connection.exec_driver_sql(TABLES_SQL))
            sealed = tuple(row[0] for row in connection.exec_driver_sql(SEALED_SQL))
            database = str(connection.exec_driver_sql("SELECT quote_ident(current_database())").scalar())
            for statement in _grants(role, evidence, sealed, database):
                connection.exec_driver_sql(statement)
    return evidence


def _grants(role: str, evidence: tuple[str, ...], sealed: tuple[str, ...], database: str) -> list[str]:
    """Return the statements that take everything from the role and give what it needs."""
    everything = "ALL TABLES IN SCHEMA public"
    return [
        f"REVOKE ALL ON {everything} FROM {role}, PUBLIC",
        f"REVOKE TEMPORARY ON DATABASE {database} FROM {role}, PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {everything} TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}" for table in evidence),
        *(f"GRANT DELETE ON {table} TO {role}" for table in sealed),  # a trigger lets go only what a block has taken in
    ]


def _require_other(connection: Connection, role: str, where: str) -> None:
    asked = (
        "SELECT pg_has_role($1, current_user, 'MEMBER'), current_user,"
        " (SELECT rolsuper FROM pg_roles WHERE rolname = $1)"
    )
    if connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = $1", (role,)).first() is None:
        msg = f"database {where}: there is no role {role}: make it with CREATE ROLE {role} LOGIN"
        raise StoreError(msg)
    member, owner, superuser = connection.exec_driver_sql(asked, (role,)).one()
    if member or superuser:
        msg = f"database {where}: role {role} has the rights of {owner}: give the server a role that has not"
        raise StoreError(msg)
