"""What of the spool goes into a batch, and what a batch says of the rest: queries over one read transaction."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.facts import ClockState, Fact
from coldchain.wire import Lane
from gateway.spool_rows import Rank, Row

# After an outage these go up before older rows. Each may be a range of its own in the centre's ack, which names 1,000.
URGENT_ROWS_MAX: Final = 300  # alarms and states, the newest first
NEWEST_ROWS_MAX: Final = 500  # newest readings, one of each probe
NEWEST_SCAN_ROWS: Final = 20_000  # a probe without a reading among the newest so many rows has none that is news

_ROW: Final = "seq, boot, clock, kind, body, crc, origin, taken_ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one boot and clock state in order of seq, and the mark, both of one committed instant of the spool.

    A number in first_seq..last_seq that no fact carries was committed by the centre or will never come; in the live
    lane it says nothing. `last_seq` is the number of the last fact; no facts: first_seq - 1.
    `sent_boottime_ms`: asked together with sent_ms; None if `boot` is an earlier run, of whose clock it says nothing.
    `boot_offset_ms`: of an earlier run, what its wall clock was ahead of its clock that never steps (boot_clock.py).
    `oldest_unsent_ms`: before it (and before sent_ms) nothing is left that is neither in this batch nor
    acknowledged; None if nothing is left at all. `others_left`: the spool holds rows that are not in this batch.
    """

    first_seq: int
    last_seq: int
    boot: str
    clock: ClockState
    sent_ms: int
    sent_boottime_ms: int | None
    boot_offset_ms: int | None
    oldest_unsent_ms: int | None
    others_left: bool
    facts: tuple[Fact, ...]
    lane: Lane | None = None

    @property
    def horizon_ms(self) -> int:
        """The time before which the centre has everything once it has this batch."""
        return self.sent_ms if self.oldest_unsent_ms is None else min(self.oldest_unsent_ms, self.sent_ms)


def rows_after(db: sqlite3.Connection, after_seq: int, rows_max: int, upto_seq: int = INTEGER_MAX) -> list[Row]:
    """Return the rows with after_seq < seq <= upto_seq, in order of seq."""
    query = f"SELECT {_ROW} FROM row WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
    return db.execute(query, (after_seq, upto_seq, rows_max)).fetchall()


def live_after(db: sqlite3.Connection, after_seq: int, rows_max: int) -> list[Row]:
    """Return the rows beyond after_seq that may overtake older ones, in order of seq.

    Who came and went may not: told without what was before, it could put a bag where it never was, and on hold there.
    """
    query = f"SELECT {_ROW} FROM row WHERE seq > ? AND rank <> ? ORDER BY seq LIMIT ?"
    return db.execute(query, (after_seq, Rank.CUSTODY, rows_max)).fetchall()


def rows_of(db: sqlite3.Connection, seqs: Sequence[int], rows_max: int) -> list[Row]:
    """Return the first rows_max of these that are still held and share boot and clock, in order of seq."""
    query = f"SELECT {_ROW} FROM row WHERE seq = ?"
    found: list[Row] = []
    for seq in seqs:
        row = db.execute(query, (seq,)).fetchone()
        if row is not None and (not found or row[1:3] == found[0][1:3]):
            found.append(row)
        if len(found) == rows_max:
            break
    return sorted(found, key=lambda row: row[0])


def oldest_outside(db: sqlite3.Connection, after_seq: int, last_seq: int) -> int | None:
    """Return the lowest mark of the rows outside a span: at most one more index entry is read than it has rows."""
    query = "SELECT mark_ms FROM row WHERE NOT (seq > ? AND seq <= ?) ORDER BY mark_ms LIMIT 1"
    row = db.execute(query, (after_seq, last_seq)).fetchone()
    return None if row is None else int(row[0])


def oldest_beside(db: sqlite3.Connection, seqs: Collection[int]) -> int | None:
    """Return the lowest mark of the rows that are none of these."""
    for seq, mark_ms in db.execute("SELECT seq, mark_ms FROM row ORDER BY mark_ms"):
        if seq not in seqs:
            return int(mark_ms)
    return None


def backlog(db: sqlite3.Connection, after_seq: int, rows_max: int) -> int:
    """Return how many rows lie behind after_seq, at most rows_max."""
    query = "SELECT count(*) FROM (SELECT 1 FROM row WHERE seq > ? LIMIT ?)"
    return int(db.execute(query, (after_seq, rows_max)).fetchone()[0])


def urgent_seqs(db: sqlite3.Connection, after_seq: int, upto_seq: int) -> list[int]:
    """Return what goes up first of a backlog: alarms, the newest reading of each probe, then states; newest first."""
    span = (after_seq, upto_seq)
    query = "SELECT seq FROM row WHERE rank <> 1 AND rank = ? AND seq > ? AND seq <= ? ORDER BY seq DESC LIMIT ?"
    urgent = [row[0] for row in db.execute(query, (Rank.URGENT, *span, URGENT_ROWS_MAX))]
    states = [row[0] for row in db.execute(query, (Rank.EVENT, *span, URGENT_ROWS_MAX - len(urgent)))]
    return [*urgent, *_newest_readings(db, after_seq, upto_seq), *states]


def _newest_readings(db: sqlite3.Connection, after_seq: int, upto_seq: int) -> list[int]:
    query = "SELECT seq, origin, kind FROM row WHERE seq > ? AND seq <= ? ORDER BY seq DESC LIMIT ?"
    newest: dict[str, int] = {}
    for seq, origin, kind in db.execute(query, (after_seq, upto_seq, NEWEST_SCAN_ROWS)):
        if kind == "sample" and len(newest) < NEWEST_ROWS_MAX:
            newest.setdefault(origin, seq)
    return list(newest.values())
