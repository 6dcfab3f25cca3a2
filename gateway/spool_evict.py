"""What a full spool gives up: the least valuable oldest rows first, with a gap that names them. Over one transaction.

    rank BULK     tag summaries and inventories, the oldest first
    rank SAMPLE   thinned: of each probe and THIN_MS the coldest, the warmest and a fault stay (they become KEPT)
    rank KEPT     what thinning left, the oldest first
    rank EVENT    doors, positions, and CUSTODY, who came and went: the oldest first
    rank URGENT   alarms, mains, what the gateway says of itself, and gaps: never

An excursion of minutes so survives thinning: the warmest reading of its time stays. Rows that may be on their way are
left alone, so that no gap speaks of what the centre is just committing.
"""

import sqlite3
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final

from coldchain.facts import Gap, Sample
from coldchain.ranges import Range
from gateway.spool_rows import EVICTED, Loss, Rank, UnreadableRowError, fact_of, gaps_of, loss_of

THIN_MS: Final = 600_000
EVICT_ROWS: Final = 8_192  # looked at in one step; a bucket of THIN_MS should lie in one step also at 200 probes

_Candidate = tuple[int, str, str, int, int, bytes]  # seq, kind, origin, taken_ms, mark_ms, body


class Evictor:
    """Gives rows up; remembers how far it has thinned, so that it does not look at the same rows again."""

    def __init__(self) -> None:
        self.rows = 0
        self._thinned_seq = 0

    def undo(self) -> Callable[[type[BaseException] | None, BaseException | None, TracebackType | None], None]:
        """Return what an ExitStack calls at the end: if nothing of it was kept, nothing was given up."""
        rows, thinned_seq = self.rows, self._thinned_seq

        def end(kind: type[BaseException] | None, *_: object) -> None:
            if kind is not None:
                self.rows, self._thinned_seq = rows, thinned_seq

        return end

    def step(self, db: sqlite3.Connection, held: Sequence[Range], now_ms: int, boottime_ms: int) -> list[Gap] | None:
        """Give up some rows and return the gaps that have to be spooled for them; None: nothing is left to give up.

        Gaps of earlier evictions that are not on their way are taken back: the new ones speak for them too.
        """
        losses = self._give_up(db, held)
        if losses is None:
            return None
        self.rows += len(losses)
        return gaps_of([*_taken_back(db, held), *losses], EVICTED, now_ms, boottime_ms)

    def _give_up(self, db: sqlite3.Connection, held: Sequence[Range]) -> list[Loss | None] | None:
        for give_up in (self._bulk, self._thin, self._kept, self._events):
            losses = give_up(db, held)
            if losses is not None:
                return losses
        return None

    def _bulk(self, db: sqlite3.Connection, held: Sequence[Range]) -> list[Loss | None] | None:
        return _deleted(db, _ranked(db, (Rank.BULK,), held))

    def _kept(self, db: sqlite3.Connection, held: Sequence[Range]) -> list[Loss | None] | None:
        return _deleted(db, _ranked(db, (Rank.KEPT,), held))

    def _events(self, db: sqlite3.Connection, held: Sequence[Range]) -> list[Loss | None] | None:
        return _deleted(db, _ranked(db, (Rank.CUSTODY, Rank.EVENT), held))

    def _thin(self, db: sqlite3.Connection, held: Sequence[Range]) -> list[Loss | None] | None:
        while rows := self._samples(db):
            self._thinned_seq = rows[-1][0]
            free = [row for row in rows if not _within(held, row[0])]
            if len(free) < len(rows):
                self._thinned_seq = 0  # those on their way are looked at again
            spare = _spare(free)
            kept = [(row[0],) for row in free if row[0] not in spare]
            db.executemany(f"UPDATE row SET rank = {Rank.KEPT} WHERE seq = ?", kept)
            losses = _deleted(db, [row for row in free if row[0] in spare])
            if losses is not None or not kept:
                return losses
        self._thinned_seq = 0
        return None

    def _samples(self, db: sqlite3.Connection) -> list[_Candidate]:
        query = "SELECT seq, kind, origin, taken_ms, mark_ms, body FROM row WHERE rank = 1 AND seq > ? ORDER BY seq"
        return db.execute(f"{query} LIMIT ?", (self._thinned_seq, EVICT_ROWS)).fetchall()


def _ranked(db: sqlite3.Connection, ranks: Sequence[Rank], held: Sequence[Range]) -> list[_Candidate]:
    wanted = f"rank <> 1 AND rank IN ({', '.join('?' * len(ranks))})"
    query = f"SELECT seq, kind, origin, taken_ms, mark_ms, body FROM row WHERE {wanted} ORDER BY seq LIMIT ?"
    rows = db.execute(query, (*ranks, EVICT_ROWS)).fetchall()
    return [row for row in rows if not _within(held, row[0])]


def _deleted(db: sqlite3.Connection, rows: Sequence[_Candidate]) -> list[Loss | None] | None:
    """Delete rows and return what is lost with each; None if there were none."""
    if not rows:
        return None
    db.executemany("DELETE FROM row WHERE seq = ?", [row[:1] for row in rows])
    return [loss_of(*row[1:]) for row in rows]


def _spare(rows: Sequence[_Candidate]) -> set[int]:
    """Return the samples that are not coldest, warmest, or the first without a value of a probe's bucket of time."""
    coldest: dict[tuple[str, int], tuple[int, int]] = {}
    warmest: dict[tuple[str, int], tuple[int, int]] = {}
    faults: dict[tuple[str, int], int] = {}
    spare: set[int] = set()
    for seq, kind, origin, taken_ms, _, body in rows:
        spare.add(seq)
        celsius = _value(kind, body)
        bucket = (origin, taken_ms // THIN_MS)
        if celsius is None:
            faults.setdefault(bucket, seq)
            continue
        coldest[bucket] = min(coldest.get(bucket, (celsius, seq)), (celsius, seq))
        warmest[bucket] = max(warmest.get(bucket, (celsius, -seq)), (celsius, -seq))
    return spare - {seq for _, seq in coldest.values()} - {-seq for _, seq in warmest.values()} - set(faults.values())


def _value(kind: str, body: bytes) -> int | None:
    try:
        fact = fact_of(0, kind, body)
    except UnreadableRowError:
        return None
    return fact.micro_celsius if isinstance(fact, Sample) else None


def _taken_back(db: sqlite3.Connection, held: Sequence[Range]) -> list[Loss | None]:
    """Delete the eviction gaps that are not on their way, and return what they spoke of."""
    query = "SELECT seq, kind, body FROM row WHERE rank <> 1 AND rank = ? AND kind = 'gap'"
    losses: list[Loss | None] = []
    for seq, kind, body in db.execute(query, (Rank.URGENT,)).fetchall():
        if _within(held, seq):
            continue
        try:
            fact = fact_of(seq, kind, body)
        except UnreadableRowError:
            continue
        if isinstance(fact, Gap) and fact.reason == EVICTED:
            losses.append(Loss(fact.origin, fact.from_ms, fact.to_ms, fact.lost))
            db.execute("DELETE FROM row WHERE seq = ?", (seq,))
    return losses


def _within(held: Sequence[Range], seq: int) -> bool:
    return any(first <= seq <= last for first, last in held)
