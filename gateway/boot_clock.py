"""What each start of the machine last knew of its wall clock, kept in the spool for as long as it holds rows of it.

A row of an earlier start is sent by a machine whose clock says nothing of that start. So the spool remembers what the
wall clock was ahead of the clock that never steps (`offset_ms`): of the newest row, or, and that is worth more, when an
ack of the centre last agreed with it (`confirmed`). Rows of that start with another offset were stamped before, or
after, a step, and the centre does not believe them as they are (docs/wire.md, section 3.4).
"""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from coldchain.facts import Fact

STATE: Final = "boot-clock:"  # and the boot
BOOTS_MAX: Final = 1_000  # starts that are remembered; rows of older ones go up without
MOVED_MS: Final = 1_000  # less is the work of a time service and not worth a write


class BootClock(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a start begin with first_seq."""

    first_seq: int
    offset_ms: int
    confirmed: bool = False


def boot_clock(body: bytes | None) -> BootClock | None:
    """Return what a state says, None if it says nothing that can be read."""
    try:
        return None if body is None else msgspec.json.decode(body, type=BootClock)
    except msgspec.MsgspecError:
        return None


def confirmed(body: bytes | None, boot: str, offset_ms: int) -> Mapping[str, bytes]:
    """Return the state to keep once the centre has agreed with a clock, given the one before; {} if nothing is new."""
    known = boot_clock(body)
    if known is None or (known.confirmed and abs(known.offset_ms - offset_ms) <= MOVED_MS):
        return {}
    new = BootClock(first_seq=known.first_seq, offset_ms=offset_ms, confirmed=True)
    return {STATE + boot: msgspec.json.encode(new)}


def note(db: sqlite3.Connection, boot: str, first_seq: int, facts: Sequence[Fact]) -> None:
    """Remember the clock that stamped these facts of the running start, in the transaction that keeps them."""
    if not facts:
        return
    newest = max(facts, key=lambda fact: fact.boottime_ms)
    offset_ms = newest.taken_ms - newest.boottime_ms
    known = _known(db, boot)
    if known is None:
        _forget(db)
    elif known.confirmed or abs(known.offset_ms - offset_ms) <= MOVED_MS:
        return
    new = BootClock(first_seq=known.first_seq if known else first_seq, offset_ms=offset_ms)
    db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (STATE + boot, msgspec.json.encode(new)))


def offset_of_boot(db: sqlite3.Connection, boot: str) -> int | None:
    """Return what is known of the clock of an earlier start, or None."""
    known = _known(db, boot)
    return None if known is None else known.offset_ms


def _known(db: sqlite3.Connection, boot: str) -> BootClock | None:
    row = db.execute("SELECT body FROM state WHERE name = ?", (STATE + boot,)).fetchone()
    return None if row is None else boot_clock(row[0])


def _forget(db: sqlite3.Connection) -> None:
    """Forget the starts of which nothing is left.

    Rows stand in the order of the starts that made them, but for those that were dead letters and were revived: they
    are looked for only where something is to be forgotten, once in a start.
    """
    query = "SELECT name, body FROM state WHERE name >= ? AND name < ?"
    found = db.execute(query, (STATE, STATE + "~")).fetchall()
    starts = sorted((known.first_seq if (known := boot_clock(body)) else 0, name) for name, body in found)
    oldest_seq = db.execute("SELECT min(seq) FROM row").fetchone()[0]
    followed = pairwise(starts)
    over = {name for (_, name), (next_seq, _) in followed if oldest_seq is not None and next_seq <= oldest_seq}
    if over:
        over -= {STATE + boot for (boot,) in db.execute("SELECT boot FROM dead UNION SELECT boot FROM row")}
    over |= {name for _, name in starts[: max(0, len(starts) - BOOTS_MAX + 1)]}
    db.executemany("DELETE FROM state WHERE name = ?", [(name,) for name in over])
