"""The hot store in memory: a fake that keeps the contract of coldchain.ports.Store, for tests without a disk.

A writing transaction works on a copy of the containers and swaps it in at the end, so a failing one leaves nothing
and a reading one keeps seeing the state that it began with. It shares no code with the SQL adapter.
"""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
import numpy as np
from support.memory_blocks import MemoryBlockLog
from support.memory_proof import MemoryProofs
from support.memory_records import MemoryRecords
from support.memory_state import PAYLOADS, Part, State, apply, no_things

from coldchain.entries import (
    Draft,
    Entry,
    EntryKind,
    entry_hash,
    payload_bytes,
)
from coldchain.errors import InvalidValueError, StoreError
from coldchain.facts import ClockState, TagSummary
from coldchain.history import NO_VALUE, History, effective
from coldchain.ports import (
    Books,
    FoldHead,
    Ledger,
    LogCounts,
    Quarantined,
    ReadingLog,
    Records,
    RefusedPayload,
    SampleRow,
    Session,
    TagRow,
)
from coldchain.proof_ports import Proofs
from coldchain.ranges import Range


class MemoryReadingLog(MemoryBlockLog):
    """ReadingLog by brute force."""

    def append_samples(self, row: SampleRow) -> int:
        state = self._writing()
        clocks = (row.taken_ms, row.boottime_ms, row.device_ms)
        columns = (*clocks, row.micro_celsius, row.quality, row.origin_seq)
        if not row.seq or any(len(column) != len(row.seq) for column in columns):
            raise InvalidValueError(f"samples of probe {row.probe}: columns differ in length or are empty")
        state.samples.setdefault(row.probe, []).append(row)
        state.admission += 1
        state.admitted.append((state.admission, row))
        return state.admission

    def append_tags(self, row: TagRow) -> int:
        state = self._writing()
        if not row.summaries or any(summary.origin != row.reader for summary in row.summaries):
            raise InvalidValueError(f"tags of reader {row.reader}: no summaries, or one of another origin")
        state.tags.setdefault(row.reader, []).append(row)
        state.admission += 1
        return state.admission

    def history(self, probe: str, from_ms: int, to_ms: int) -> History:
        found = [
            (taken_ms, NO_VALUE if value is None else value, quality, row.source_rank)
            for row in self.state.samples.get(probe, [])
            for taken_ms, value, quality in zip(row.taken_ms, row.micro_celsius, row.quality, strict=True)
            if from_ms <= taken_ms < to_ms
        ]
        table = np.array(found, np.int64).reshape(-1, 4)
        return effective(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8), table[:, 3])

    def last_before(self, probe: str, at_ms: int) -> History:
        rows = self.state.samples.get(probe, [])
        taken_ms = max((ms for row in rows for ms in row.taken_ms if ms < at_ms), default=at_ms)
        return self.history(probe, taken_ms, at_ms)

    def samples_after(self, admission: int, limit: int) -> tuple[tuple[int, SampleRow], ...]:
        return tuple(pair for pair in self.state.admitted if pair[0] > admission)[:limit]

    def last_admission(self) -> int:
        return self.state.admission

    def tag_summaries(self, reader: str, from_ms: int, to_ms: int) -> tuple[TagSummary, ...]:
        rows = self.state.tags.get(reader, [])
        found = [tag for row in rows for tag in row.summaries if from_ms <= tag.taken_ms < to_ms]
        return tuple(sorted(found, key=lambda tag: (tag.taken_ms, tag.epc, tag.antenna, tag.seq)))

    def counts(self) -> LogCounts:
        return LogCounts(
            samples=self.state.gone + sum(len(row.seq) for rows in self.state.samples.values() for row in rows),
            tag_summaries=sum(len(row.summaries) for rows in self.state.tags.values() for row in rows),
        )


class MemoryLedger(Part):
    """Ledger as a list."""

    def append(self, drafts: Sequence[Draft], record_ms: int) -> tuple[Entry, ...]:
        state = self._writing()
        made = []
        for draft in drafts:
            seq, body = len(state.entries) + 1, payload_bytes(draft.payload)
            digest = entry_hash(seq, record_ms, draft.actor, draft.site, draft.kind, body)
            entry = Entry(
                seq=seq,
                record_ms=record_ms,
                actor=draft.actor,
                site=draft.site,
                kind=draft.kind,
                payload=body,
                hash=digest,
            )
            state.spoiled = True
            apply(state.things, draft.kind, msgspec.json.decode(body, type=PAYLOADS[draft.kind]))
            state.spoiled = False
            state.entries.append(entry)
            made.append(entry)
        return tuple(made)

    def entries(self, after_seq: int, limit: int) -> tuple[Entry, ...]:
        return tuple(self.state.entries[after_seq : after_seq + limit])

    def next_seq(self) -> int:
        return len(self.state.entries) + 1


class MemoryBooks(Part):
    """Books as dictionaries."""

    def received(self, gateway: str, epoch: str) -> tuple[Range, ...]:
        return self.state.received.get((gateway, epoch), ())

    def set_received(self, gateway: str, epoch: str, ranges: Sequence[Range]) -> None:
        self._writing().received[gateway, epoch] = tuple(ranges)

    def epochs(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.state.received))

    def horizon(self, gateway: str) -> int:
        return self.state.horizons.get(gateway, (0, 0))[0]

    def raise_horizon(self, gateway: str, horizon_ms: int, received_ms: int) -> None:
        self._writing().horizons[gateway] = (max(horizon_ms, self.horizon(gateway)), received_ms)

    def last_up(self, gateway: str) -> int | None:
        return self.state.horizons[gateway][1] if gateway in self.state.horizons else None

    def checkpoint(self, probe: str, at_ms: int) -> tuple[int, bytes] | None:
        states = self.state.checkpoints.get(probe, {})
        newest = max((ms for ms in states if ms <= at_ms), default=None)
        return None if newest is None else (newest, states[newest])

    def checkpoints_after(self, probe: str, at_ms: int) -> dict[int, bytes]:
        return {ms: state for ms, state in sorted(self.state.checkpoints.get(probe, {}).items()) if ms > at_ms}

    def put_checkpoints(self, probe: str, states: dict[int, bytes]) -> None:
        self._writing().checkpoints.setdefault(probe, {}).update(states)

    def drop_checkpoints(self, probe: str, from_ms: int, to_ms: int) -> None:
        states = self._writing().checkpoints.get(probe, {})
        for at_ms in [ms for ms in states if from_ms < ms < to_ms]:
            del states[at_ms]

    def head(self, probe: str) -> FoldHead | None:
        return self.state.heads.get(probe)

    def put_head(self, probe: str, head: FoldHead) -> None:
        self._writing().heads[probe] = head

    def quarantine(self, item: Quarantined) -> None:
        state = self._writing()
        state.quarantine_id += 1
        state.quarantined[state.quarantine_id] = msgspec.structs.replace(item, id=state.quarantine_id)

    def quarantined(self, after: int = 0, limit: int | None = None) -> tuple[Quarantined, ...]:
        return tuple(item for number, item in sorted(self.state.quarantined.items()) if number > after)[:limit]

    def quarantine_counts(self) -> tuple[tuple[str, str, int], ...]:
        counts = Counter((item.gateway, item.reason) for item in self.state.quarantined.values())
        return tuple(sorted((gateway, reason, n) for (gateway, reason), n in counts.items()))

    def quarantine_size(self, gateway: str | None = None) -> int:
        return sum(gateway in (None, item.gateway) for item in self.state.quarantined.values())

    def release(self, ids: Iterable[int]) -> None:
        waiting = self._writing().quarantined
        for number in ids:
            waiting.pop(number, None)

    def refuse(self, payload: RefusedPayload, keep_max: int) -> None:
        refused = self._writing().refused
        key = (payload.gateway, payload.epoch, payload.sha256)
        refused.pop(key, None)
        refused[key] = payload
        for oldest in list(refused)[: max(0, len(refused) - keep_max)]:
            del refused[oldest]

    def forget_refused(self, gateway: str, sha256: str) -> None:
        refused = self._writing().refused
        for key in [key for key, one in refused.items() if (one.gateway, one.sha256) == (gateway, sha256)]:
            del refused[key]

    def refused(self, gateway: str, epoch: str) -> tuple[RefusedPayload, ...]:
        newest_first = reversed(self.state.refused.values())
        return tuple(one for one in newest_first if (one.gateway, one.epoch) == (gateway, epoch))

    def refused_counts(self) -> tuple[tuple[str, str, int], ...]:
        counts = Counter((one.gateway, one.epoch) for one in self.state.refused.values())
        return tuple(sorted((gateway, epoch, n) for (gateway, epoch), n in counts.items()))

    def cursor(self, name: str) -> int:
        return self.state.cursors.get(name, 0)

    def set_cursor(self, name: str, value: int) -> None:
        self._writing().cursors[name] = value

    def cursors(self, prefix: str) -> dict[str, int]:
        return {name: value for name, value in sorted(self.state.cursors.items()) if name.startswith(prefix) and value}

    def digests(self, gateway: str, epoch: str, blocks: Collection[int]) -> dict[int, bytes]:
        known = self.state.digests
        return {block: known[gateway, epoch, block] for block in blocks if (gateway, epoch, block) in known}

    def put_digests(self, gateway: str, epoch: str, blocks: Mapping[int, bytes], keep_max: int) -> None:
        known = self._writing().digests
        for block, marks in blocks.items():
            known[gateway, epoch, block] = marks
        mine = [key for key in known if key[0] == gateway]
        for oldest in mine[: max(0, len(mine) - keep_max)]:
            del known[oldest]


class _KeptThen(MemoryReadingLog):
    """Readings of then; which days were kept is told by the removals of then, and their readings by those of today."""

    def __init__(self, state: State, kept: MemoryReadingLog) -> None:
        super().__init__(state, writable=False)
        self._kept = kept

    def kept_days(self, probe: str, before_day: int, limit: int) -> tuple[int, ...]:
        return self._kept.kept_days(probe, before_day, limit)


class MemorySession:
    """One transaction over one state."""

    def __init__(self, state: State, *, writable: bool) -> None:
        self.readings: ReadingLog = MemoryReadingLog(state, writable)
        self.ledger: Ledger = MemoryLedger(state, writable)
        self.records: Records = MemoryRecords(state, writable)
        self.books: Books = MemoryBooks(state, writable)
        self.proofs: Proofs = MemoryProofs(state, writable)


def _heard_then(state: State, gateway: str, record_ms: int) -> tuple[int, int]:
    """Return (mark, last heard) of a gateway as its readings tell; `state` holds those that had been received."""
    mark, up = state.horizons[gateway]
    if up <= record_ms:
        return mark, up
    rows = [row for rows in state.samples.values() for row in rows if row.gateway == gateway]
    sent = [row.received_ms for row in rows]
    up = max(sent, default=record_ms)
    if any(record_ms - 600_000 <= at_ms for row in rows for at_ms in row.taken_ms):
        up = record_ms
    return min(mark, up), up


class MemoryStore:
    """Store without a disk."""

    def __init__(self) -> None:
        self._committed = State()
        self._lock = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        if self._writer == threading.get_ident():
            raise StoreError("this thread is already in a writing transaction: end that one first")
        with self._lock:
            self._writer = threading.get_ident()
            try:
                state = self._committed.copy()
                yield MemorySession(state, writable=True)
                if state.spoiled:
                    raise StoreError("an append to the ledger failed and was ignored; nothing was kept")
                self._committed = state
            finally:
                self._writer = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield MemorySession(self._committed, writable=False)

    @contextmanager
    def as_known(self, record_ms: int) -> Iterator[Session]:
        state = self._committed.copy()
        last = max((entry.seq for entry in state.entries if entry.record_ms <= record_ms), default=0)
        state.things = no_things()
        for entry in state.entries[:last]:
            apply(state.things, entry.kind, msgspec.json.decode(entry.payload, type=PAYLOADS[entry.kind]))
        state.entries = state.entries[:last]
        kept = state.copy()
        state.things[EntryKind.REMOVAL] = self._committed.things[EntryKind.REMOVAL]
        dated = {
            (one.gateway, one.epoch, item[0])
            for one in state.things[EntryKind.BACKDATING].values()
            for item in one.items
        }

        def known(row: SampleRow | TagRow) -> bool:
            first = row.seq[0] if isinstance(row, SampleRow) else row.summaries[0].seq
            believed = row.clock is not ClockState.ANCHORED or (row.gateway, row.epoch, first) in dated
            return row.received_ms <= record_ms and believed

        state.samples = {probe: list(filter(known, rows)) for probe, rows in state.samples.items()}
        state.tags = {reader: list(filter(known, rows)) for reader, rows in state.tags.items()}
        state.admitted = [pair for pair in state.admitted if known(pair[1])]
        state.quarantined = {n: one for n, one in state.quarantined.items() if one.received_ms <= record_ms}
        state.refused = {key: one for key, one in state.refused.items() if one.received_ms <= record_ms}
        state.heads, state.cursors = {}, {}
        state.horizons = {name: _heard_then(state, name, record_ms) for name in state.horizons}
        session = MemorySession(state, writable=False)
        session.readings = _KeptThen(state, MemoryReadingLog(kept, writable=False))
        yield session

    def rebuild_projections(self) -> None:
        with self._lock:
            state = self._committed.copy()
            state.things = no_things()
            for entry in state.entries:
                apply(state.things, entry.kind, msgspec.json.decode(entry.payload, type=PAYLOADS[entry.kind]))
            self._committed = state

    def projection_dump(self) -> bytes:
        things = self._committed.things
        return b"\n".join(
            kind.encode() + b" " + payload_bytes(thing)
            for kind in EntryKind
            for _, thing in sorted(things[kind].items())
        )

    def close(self) -> None:
        """Nothing to release."""
