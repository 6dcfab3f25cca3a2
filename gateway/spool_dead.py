"""The dead letters of the spool: rows that cannot go up, kept aside within limits. Functions over one transaction."""

import sqlite3
from typing import Final

from gateway.spool_rows import Loss, loss_of

DEAD_LETTER_ROWS_MAX: Final = 20_000
DEAD_LETTER_SHARE: Final = 4  # dead letters never take more than this part of the spool
DEAD_ROW_BYTES: Final = 300  # what a dead letter takes beside its body

_COLUMNS: Final = "boot, clock, kind, origin, taken_ms, mark_ms, body"
_RANK: Final = "CASE kind WHEN 'tag' THEN 0 WHEN 'sample' THEN 1 WHEN 'event' THEN 3 ELSE 4 END"


def put_aside(
    db: sqlite3.Connection, span: tuple[int, int], epoch: str, sha256: str, reason: str, now_ms: int
) -> list[Loss | None]:
    """Move the rows of a span to the dead letters and return what is lost with each."""
    query = "SELECT kind, origin, taken_ms, mark_ms, body FROM row WHERE seq BETWEEN ? AND ?"
    losses = [loss_of(*row) for row in db.execute(query, span)]
    db.execute(
        f"""INSERT INTO dead (epoch, seq, sha256, reason, died_ms, {_COLUMNS})
            SELECT ?, seq, ?, ?, ?, {_COLUMNS} FROM row WHERE seq BETWEEN ? AND ? ORDER BY seq""",
        (epoch, sha256, reason, now_ms, *span),
    )
    db.execute("DELETE FROM row WHERE seq BETWEEN ? AND ?", span)
    return losses


def trim(db: sqlite3.Connection, rows_max: int, bytes_max: int) -> None:
    """Let the oldest dead letters beyond the limits fall out, and count them."""
    newest_first = "OVER (ORDER BY id DESC)"
    dropped = db.execute(
        f"""DELETE FROM dead WHERE id <= (SELECT max(id) FROM
            (SELECT id, count(*) {newest_first} AS rows, sum(length(body)) {newest_first} AS bytes FROM dead)
            WHERE rows > ? OR bytes + rows * ? > ?)""",
        (rows_max, DEAD_ROW_BYTES, bytes_max),
    ).rowcount
    db.execute(
        """INSERT INTO meta VALUES ('dead_letters_dropped', ?)
           ON CONFLICT (name) DO UPDATE SET value = value + excluded.value""",
        (dropped,),
    )


def revive(db: sqlite3.Connection, rows_max: int) -> int:
    """Make up to rows_max dead letters rows again, the oldest first, under new numbers; return how many."""
    ids = [row[0] for row in db.execute("SELECT id FROM dead ORDER BY id LIMIT ?", (rows_max,))]
    for number in ids:
        db.execute(f"INSERT INTO row ({_COLUMNS}, rank) SELECT {_COLUMNS}, {_RANK} FROM dead WHERE id = ?", (number,))
        db.execute("DELETE FROM dead WHERE id = ?", (number,))
    return len(ids)
