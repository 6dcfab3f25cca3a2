"""Tables that PostgreSQL itself keeps append-only: triggers that refuse whatever is not a new row at the end."""

from typing import Final

from alembic import op

PREFIX: Final = "append_only_"  # of the functions
# For every function of a trigger: without it names are looked up among the temporary tables of whoever asks, first.
FIXED_PATH: Final = "SET search_path = pg_catalog, public, pg_temp"
ENDING: Final = "_no_change"  # of the triggers' names: by it the tables are found that nobody may change
TABLES_SQL: Final = (
    "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    f" WHERE t.tgname = c.relname || '{ENDING}' ORDER BY c.relname"
)

# Tables whose rows may go, one by one, where a trigger finds that the same transaction keeps them in a sealed block.
SEALED_SQL: Final = (
    "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE t.tgname = c.relname || '_sealed' ORDER BY c.relname"
)


def append_only_in_postgres(table: str, key: str, *, dense: bool) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and every INSERT that is not beyond the newest row (dense: the next number).

    For use in migrations. A trigger on insert comes before ON CONFLICT is looked at.
    """
    told = f"RAISE EXCEPTION '{table} is append-only: a correction is a new entry' USING ERRCODE = '23000'"
    newest = f"(SELECT COALESCE(MAX({key}), 0) FROM {table})"
    wrong = f"NEW.{key} <> {newest} + 1" if dense else f"NEW.{key} <= {newest}"
    op.execute(
        f"CREATE FUNCTION {PREFIX}{table}() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH}"
        f" AS $body$ BEGIN {told}; END $body$"
    )
    op.execute(
        f"CREATE FUNCTION {PREFIX}{table}_order() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $body$ BEGIN"
        f" IF {wrong} THEN {told}; END IF; RETURN NEW; END $body$"
    )
    op.execute(
        f"CREATE TRIGGER {table}{ENDING} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {PREFIX}{table}()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {PREFIX}{table}_order()"
    )
