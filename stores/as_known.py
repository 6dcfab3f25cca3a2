"""A private store in memory with the projections as they were after some entry: "as known at".

Nothing is undone: the projections are made anew from the ledger up to there.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from coldchain.block_ports import Rival
from coldchain.entries import Entry, EntryKind
from coldchain.errors import InvalidValueError
from coldchain.facts import ClockState
from coldchain.history import EMPTY, NO_VALUE, History, effective
from coldchain.ports import Books, FoldHead, Ledger, Quarantined, ReadingLog, Records, RefusedPayload
from coldchain.proof_ports import Proofs
from coldchain.report_ports import EntryMark
from coldchain.retention import RemovedDay
from coldchain.rivals import rivals
from coldchain.sums import Tally, tally_history
from stores.books import SqlBooks
from stores.columns import unpack_tags
from stores.ledger import SqlLedger
from stores.projections import project
from stores.proofs import SqlProofs
from stores.reading_log import ROW_SPAN_MS_MAX, WHOLE, SqlReadingLog
from stores.records import SqlRecords
from stores.schema import PROJECTIONS, metadata
from stores.sql import Sql, as_it_is

AS_KNOWN_ENTRIES_MAX: Final = 500_000  # about 15 s and 300 MB on a small server; more belongs on a copy of the record
SENDS_MS: Final = 600_000  # a gateway of which readings came so lately is not silent: the hold time of blood fridges
LOOK_BACK_MS: Final = (6 * 3_600_000, 2 * 86_400_000, 40 * 86_400_000)
_PORTION: Final = 2_000
_KEPT: Final = (  # bytes go by removals only: what none of then takes was there, whatever was removed since
    "SELECT b.day FROM blocks b WHERE b.probe = ? AND b.day < ?"
    " AND NOT EXISTS (SELECT 1 FROM removed_blocks r WHERE r.block_seq = b.seq) ORDER BY b.day LIMIT ?"
)
_SELECT: Final = "SELECT seq, record_ms, kind, payload FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"


class Private:
    """Projections in memory, made from somebody else's ledger."""

    def __init__(self) -> None:
        def connect() -> sqlite3.Connection:
            return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

        self._engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self.seq = 0
        with self._engine.begin() as connection:
            metadata.create_all(connection)

    def take(self, source: Sql, seq: int, limit: int = AS_KNOWN_ENTRIES_MAX) -> None:
        """Apply the entries up to number `seq`. Raises InvalidValueError if they are more than `limit`."""
        last = int(source.first("SELECT COALESCE(MAX(seq), 0) AS last FROM ledger WHERE seq <= ?", (seq,)).last)
        if last > limit:
            msg = f"{last} entries are more than {limit} that are looked through at once: use a copy of the record"
            raise InvalidValueError(msg)
        with self._engine.begin() as connection:
            sql = Sql(connection, "memory", writable=True, translate=as_it_is)
            while batch := source.rows(_SELECT, (self.seq, last, _PORTION)):
                project(sql, [(EntryKind(row.kind), row.seq, row.payload, None) for row in batch], replayed=True)
                self.seq = int(batch[-1].seq)
            sql.end()

    @contextmanager
    def sql(self) -> Iterator[Sql]:
        """Read what is there."""
        with self._engine.connect() as connection, connection.begin():
            sql = Sql(connection, "memory", writable=False, translate=as_it_is)
            try:
                yield sql
            finally:
                sql.end()

    def close(self) -> None:
        """Let the memory go."""
        self._engine.dispose()


class AsKnownReadings(SqlReadingLog):
    """The readings that had been received by an instant, whether they are sealed by now or not.

    What waited then for a right clock, and whose times were worked out since, was not believed then.
    """

    def __init__(self, sql: Sql, private: Sql, until_ms: int) -> None:
        super().__init__(sql)
        self._private = private
        self._until_ms = until_ms
        self._dated: dict[str, frozenset[tuple[str, int]]] = {}

    def history(self, probe: str, from_ms: int, to_ms: int) -> History:
        """Return the readings that were effective then."""
        pairs = self.sample_rows(probe, from_ms, to_ms)
        rows = [row for _, row in sorted(pairs, key=lambda pair: pair[0]) if self._is_known(row, row.seq)]
        if not rows:
            return EMPTY
        return effective(
            np.array([ms for row in rows for ms in row.taken_ms], np.int64),
            np.array([NO_VALUE if one is None else one for row in rows for one in row.micro_celsius], np.int64),
            np.array([one for row in rows for one in row.quality], np.uint8),
            np.array([row.source_rank for row in rows for _ in row.taken_ms], np.int64),
        ).between(from_ms, to_ms)

    def conflicts(self, probe: str, from_ms: int, to_ms: int) -> tuple[Rival, ...]:
        """Return the readings of instants that had more than one by then."""
        pairs = self.sample_rows(probe, from_ms, to_ms)
        return rivals([pair for pair in pairs if self._is_known(pair[1], pair[1].seq)], from_ms, to_ms)

    def last_before(self, probe: str, at_ms: int) -> History:
        """Return the last effective reading of the LOOK_BACK_MS before an instant."""
        for span_ms in LOOK_BACK_MS:
            found = self.history(probe, at_ms - span_ms, at_ms)
            if len(found):
                return found.part(len(found) - 1, len(found))
        return EMPTY

    def tally(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> Tally:
        """Return how long each value held, by adding up."""
        return tally_history(self.history(probe, from_ms - hold_ms, to_ms), from_ms, to_ms, hold_ms)

    def kept_days(self, probe: str, before_day: int, limit: int) -> tuple[int, ...]:
        """Return the first days of a probe before a day that had a sealed block with its bytes then."""
        return tuple(row.day for row in self._private.rows(_KEPT, (probe, before_day, limit)))

    def _rows(self, stream: str, device: str, from_ms: int, to_ms: int) -> Sequence[Any]:
        """Return rows of summaries: of samples, those that are sealed are asked for as well."""
        rows = self._sql.rows(WHOLE, (stream, device, from_ms - ROW_SPAN_MS_MAX, to_ms, from_ms))
        return [row for row in rows if self._is_known(row, (one.seq for one in unpack_tags(row.body, device)))]

    def _is_known(self, row: Any, numbers: Iterable[int]) -> bool:  # noqa: ANN401 - a row of samples, or of the log
        """Tell whether a row had come and was believed: all its items are at once, so the first number tells."""
        if row.received_ms > self._until_ms or row.clock != ClockState.ANCHORED:
            return bool(row.received_ms <= self._until_ms)
        if row.gateway not in self._dated:
            entries = SqlRecords(self._private).backdatings(row.gateway)
            self._dated[row.gateway] = frozenset((one.epoch, item[0]) for one in entries for item in one.items)
        return (row.epoch, next(iter(numbers))) in self._dated[row.gateway]


class AsKnownBooks(SqlBooks):
    """The marks of the gateways, none of them later than an instant; how far judging has come since is not known.

    Of what waits in quarantine, and of refused payloads, what is still there and had come by then: what was believed,
    admitted or forgotten since is in no entry, so that these are the least that there was.
    """

    def __init__(self, sql: Sql, until_ms: int, readings: SqlReadingLog, records: Records) -> None:
        super().__init__(sql)
        self._until_ms = until_ms
        self._readings = readings
        self._records = records
        self._heard: dict[str, int | None] = {}

    def horizon(self, gateway: str) -> int:
        """Return the mark, at most the instant, and not beyond what a silent gateway had sent by then."""
        mark_ms = super().horizon(gateway)
        return 0 if mark_ms == 0 else min(mark_ms, self.last_up(gateway) or self._until_ms)

    def last_up(self, gateway: str) -> int | None:
        """Return when it was last heard by then, as far as its readings tell: a gateway that sends is heard throughout.

        Of one without probes nothing tells it; then at most the instant.
        """
        last_ms = super().last_up(gateway)
        if last_ms is None or last_ms <= self._until_ms:
            return last_ms
        if gateway not in self._heard:
            self._heard[gateway] = self._last_sent(gateway)
        return self._heard[gateway]

    def head(self, probe: str) -> FoldHead | None:
        """Return None: the one there is knows what came later, so that readings are judged anew."""
        del probe
        return None

    def cursor(self, name: str) -> int:
        """Return 0: cursors are of today."""
        del name
        return 0

    def cursors(self, prefix: str) -> dict[str, int]:
        """Return none: cursors are of today."""
        del prefix
        return {}

    def quarantined(self, after: int = 0, limit: int | None = None) -> tuple[Quarantined, ...]:
        """Return what still waits and had come by then."""
        return self._waiting("id > ? AND received_ms <= ?", (after, self._until_ms), limit)

    def quarantine_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Return (gateway, reason, how many of these), sorted; the reasons are those of today."""
        return self._counts("WHERE received_ms <= ?", (self._until_ms,))

    def quarantine_size(self, gateway: str | None = None) -> int:
        """Return how many of these, of one gateway or of all."""
        return sum(n for name, _, n in self.quarantine_counts() if gateway in (None, name))

    def refused(self, gateway: str, epoch: str) -> tuple[RefusedPayload, ...]:
        """Return the payloads that are noted today and had last been refused by then."""
        return tuple(one for one in super().refused(gateway, epoch) if one.received_ms <= self._until_ms)

    def refused_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Return (gateway, epoch, how many of these), sorted."""
        counts = [(gateway, epoch, len(self.refused(gateway, epoch))) for gateway, epoch, _ in super().refused_counts()]
        return tuple(one for one in counts if one[2])

    def _last_sent(self, gateway: str) -> int | None:
        probes = [one.id for one in self._records.probes() if one.gateway == gateway]
        if not probes:
            return self._until_ms
        for span_ms in (SENDS_MS, *LOOK_BACK_MS):
            rows = [
                row.received_ms
                for probe in probes
                for _, row in self._readings.sample_rows(probe, self._until_ms - span_ms, self._until_ms + 1)
                if row.gateway == gateway and row.received_ms <= self._until_ms
            ]
            if rows:
                return self._until_ms if span_ms == SENDS_MS else max(rows)
        return None


class AsKnownLedger(SqlLedger):
    """The ledger of which no more than `seq` entries were known."""

    def __init__(self, sql: Sql, seq: int) -> None:
        super().__init__(sql)
        self._seq = seq

    def entries(self, after_seq: int, limit: int) -> tuple[Entry, ...]:
        """Return up to limit of the entries with seq > after_seq that were known, in order."""
        return super().entries(after_seq, min(limit, max(0, self._seq - after_seq)))

    def next_seq(self) -> int:
        """Return the number that the next entry was to get."""
        return self._seq + 1


class AsKnownRecords(SqlRecords):
    """Projections of then; the entries behind them stand in the ledger itself."""

    def __init__(self, private: Sql, sql: Sql) -> None:
        super().__init__(private)
        self._ledger = sql

    def removed_days(self, probe: str, from_day: int, to_day: int) -> tuple[RemovedDay, ...]:
        """Return what is removed by now: it was known then, and nobody can say any more what it was."""
        return SqlRecords(self._ledger).removed_days(probe, from_day, to_day)

    def removed_until(self, probe: str) -> int | None:
        """Return the last day that is removed by now."""
        return SqlRecords(self._ledger).removed_until(probe)

    def _entry_behind(self, table: str, thing: str) -> EntryMark | None:
        row = self._sql.first(f"SELECT seq FROM {table} WHERE id = ?", (thing,))
        if row is None:
            return None
        entry = self._ledger.first("SELECT record_ms, actor FROM ledger WHERE seq = ?", (row.seq,))
        return None if entry is None else EntryMark(seq=row.seq, record_ms=entry.record_ms, actor=entry.actor)


class AsKnownSession:
    """A reading session of what was known at an instant, when the ledger had `seq` entries; proofs are today's."""

    def __init__(self, sql: Sql, private: Sql, until_ms: int, seq: int) -> None:
        readings = AsKnownReadings(sql, private, until_ms)
        self.readings: ReadingLog = readings
        self.ledger: Ledger = AsKnownLedger(sql, seq)
        self.records: Records = AsKnownRecords(private, sql)
        self.books: Books = AsKnownBooks(sql, until_ms, readings, self.records)
        self.proofs: Proofs = SqlProofs(sql)


class AsKnownViews:
    """Keeps the view that was made last: another of the same time costs nothing, a later one only what came since."""

    def __init__(self) -> None:
        self._private: Private | None = None
        self._turn = threading.Lock()

    @contextmanager
    def seen(self, sql: Sql, record_ms: int) -> Iterator[AsKnownSession]:
        """See what was known at record_ms. One at a time."""
        seq = last_seq_at(sql, record_ms)
        with self._turn:
            private = self._private
            if private is None or private.seq > seq:
                self._forget()
                private = Private()
            self._private = None  # kept again only if it was brought up to there
            try:
                private.take(sql, seq)
            except BaseException:
                private.close()
                raise
            self._private = private
            with private.sql() as known:
                yield AsKnownSession(sql, known, record_ms, seq)

    def close(self) -> None:
        """Let the memory go."""
        with self._turn:
            self._forget()

    def _forget(self) -> None:
        if self._private is not None:
            self._private.close()
            self._private = None


def last_seq_at(sql: Sql, record_ms: int) -> int:
    """Return the number of the last entry that was recorded at record_ms or before, 0 if there is none."""
    row = sql.first("SELECT COALESCE(MAX(seq), 0) AS last FROM ledger WHERE record_ms <= ?", (record_ms,))
    return int(row.last)


def dump(sql: Sql) -> dict[str, bytes]:
    """Return the rows of each projection, in the order of its key."""
    found: dict[str, bytes] = {}
    for table in PROJECTIONS:
        keys = ", ".join(column.name for column in table.primary_key.columns)
        names = ", ".join(column.name for column in table.columns)
        rows = sql.rows(f"SELECT {names} FROM {table.name} ORDER BY {keys}")
        found[table.name] = "\n".join(json.dumps([_text(value) for value in row]) for row in rows).encode()
    return found


def _text(value: Any) -> Any:  # noqa: ANN401 - a column of any type
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
