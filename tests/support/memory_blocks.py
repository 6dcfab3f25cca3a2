"""Blocks of the store in memory: nothing moves when a day is sealed, so its answers are what they were."""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from support.memory_state import Part

from coldchain.block_columns import block_hash, columns_of
from coldchain.block_ports import Rival
from coldchain.blocks import Block, ClosedDay, day_of
from coldchain.entries import Entry, EntryKind
from coldchain.errors import InvalidValueError, StoreError
from coldchain.history import History
from coldchain.ports import SampleRow
from coldchain.retention import KeptBlock, Removal
from coldchain.rivals import rivals
from coldchain.stamps import ReadingDigest
from coldchain.sums import Tally, tally_history

Rows = list[tuple[int, SampleRow]]


class MemoryBlockLog(Part):
    """BlockLog by brute force."""

    def closed_days(self, before_day: Mapping[str, int], received_before_ms: int, limit: int) -> tuple[ClosedDay, ...]:
        days: dict[tuple[str, int], Rows] = {}
        for admission, row in self._unsealed():
            days.setdefault((row.probe, day_of(row.taken_ms[0])), []).append((admission, row))
        found = []
        for (probe, day), rows in sorted(days.items()):
            generation = self._generation(probe, day) + 1
            settled = max(row.received_ms for _, row in rows) < received_before_ms
            if day < before_day.get(probe, 0) and (generation == 1 or settled):
                found.append(ClosedDay(probe=probe, day=day, generation=generation))
        return tuple(found[:limit])

    def prepare(self, closed: ClosedDay) -> tuple[Block, ...]:
        if not any(self._is_of(closed, row) for _, row in self._unsealed()):
            raise InvalidValueError(f"probe {closed.probe}, day {closed.day}: everything is sealed")
        last = self.state.things[EntryKind.BLOCK].get((closed.probe, closed.day))
        columns = columns_of(closed.probe, closed.day, [p for p in self.state.admitted if self._is_of(closed, p[1])])
        block = Block(
            probe=closed.probe,
            day=closed.day,
            generation=1 if last is None else last.generation + 1,
            n=len(columns),
            hash=block_hash(columns),
            predecessor="" if last is None else last.hash,
        )
        return (block,)

    def seal(self, blocks: Sequence[Block], entries: Sequence[Entry], holds_ms: Sequence[int]) -> int:
        state = self._writing()
        ((block, entry),) = zip(blocks, entries, strict=True)
        if self.state.things[EntryKind.BLOCK].get((block.probe, block.day)) != block:
            raise StoreError(f"block of probe {block.probe}, day {block.day}, is not in the ledger as {entry.seq}")
        state.sealed |= {admission for admission, row in self.state.admitted if self._is_of(block, row)}
        return block.n

    def kept_days(self, probe: str, before_day: int, limit: int) -> tuple[int, ...]:
        days = sorted(day for name, day in self.state.things[EntryKind.BLOCK] if name == probe and day < before_day)
        return tuple(day for day in days if self._bytes_are_there(probe, day))[:limit]

    def kept_blocks(self, probe: str, day: int) -> tuple[KeptBlock, ...]:
        return tuple(one for one in self._named(probe, day) if one.seq not in self._removed())

    def remove(self, blocks: Sequence[KeptBlock], entry: Entry) -> int:
        state = self._writing()
        removal = msgspec.json.decode(entry.payload, type=Removal)
        if tuple(blocks) != removal.blocks:
            raise StoreError("a removal takes the blocks that its ledger entry names, and no others")
        if any(one.hash not in [kept.hash for kept in self._named(one.probe, one.day)] for one in blocks):
            raise StoreError("a block is not there as it was signed for")
        days = {(one.probe, one.day) for one in blocks}
        going = {n for n, row in state.admitted if n in state.sealed and (row.probe, day_of(row.taken_ms[0])) in days}
        gone = [row for n, row in state.admitted if n in going]
        state.gone += sum(len(row.seq) for row in gone)
        state.admitted = [pair for pair in state.admitted if pair[0] not in going]
        state.samples = {
            probe: [row for row in rows if not any(row is one for one in gone)] for probe, rows in state.samples.items()
        }
        return sum(one.n for one in blocks)

    def digests_over(self, blocks: Sequence[KeptBlock]) -> frozenset[int]:
        return frozenset(one.upto for one in self.digests_left(blocks))

    def digests_fault(self, blocks: Sequence[KeptBlock]) -> str:
        return ""

    def digests_left(self, blocks: Sequence[KeptBlock]) -> tuple[ReadingDigest, ...]:
        spans = [(one.first_admission, one.last_admission) for one in blocks]
        known = sorted(self.state.things[EntryKind.READING_DIGEST].values(), key=lambda one: one.upto)
        over = [one for one in known if any(first <= one.upto and last > one.after for first, last in spans)]
        return tuple(self._left(one) for one in over)

    def _left(self, one: ReadingDigest) -> ReadingDigest:
        rows = [(n, row) for n, row in self._unsealed() if one.after < n <= one.upto]
        told = hashlib.sha256("".join(f"{n} {row!r}" for n, row in rows).encode()).hexdigest()
        return ReadingDigest(after=one.after, upto=one.upto, rows=len(rows), sha256=told)

    def sealed_upto(self) -> int:
        unsealed = set(range(1, self.state.admission + 1)) - self.state.sealed
        return min(unsealed, default=self.state.admission + 1) - 1

    def digest(self, after: int, limit: int) -> ReadingDigest | None:
        rows = [(n, row) for n, row in self.state.admitted if n > after][:limit]
        if not rows:
            return None
        told = hashlib.sha256("".join(f"{n} {row!r}" for n, row in rows).encode()).hexdigest()
        return ReadingDigest(after=after, upto=rows[-1][0], rows=len(rows), sha256=told)

    def _bytes_are_there(self, probe: str, day: int) -> bool:
        return self._named(probe, day)[-1].seq not in self._removed()

    def _removed(self) -> set[int]:
        return {block.seq for one in self.state.things[EntryKind.REMOVAL].values() for block in one.blocks}

    def _named(self, probe: str, day: int) -> list[KeptBlock]:
        found = []
        for entry in self.state.entries:
            if entry.kind is EntryKind.BLOCK:
                one = msgspec.json.decode(entry.payload, type=Block)
                if (one.probe, one.day) == (probe, day):
                    parts = {name: getattr(one, name) for name in ("probe", "day", "generation", "n", "hash")}
                    ends = [n for n, row in self.state.admitted if n in self.state.sealed and self._is_of(one, row)]
                    first, last = min(ends, default=0), max(ends, default=0)
                    found.append(KeptBlock(seq=entry.seq, **parts, first_admission=first, last_admission=last))
        return found

    def first_taken_ms(self, probe: str) -> int | None:
        return min((ms for _, row in self.state.admitted if row.probe == probe for ms in row.taken_ms), default=None)

    def build_sums(self, probe: str, hold_ms: int) -> int:
        self._writing()
        return sum(block.probe == probe for block in self.state.things[EntryKind.BLOCK].values())

    def tally(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> Tally:
        return tally_history(self.history(probe, from_ms - hold_ms, to_ms), from_ms, to_ms, hold_ms)

    def conflicts(self, probe: str, from_ms: int, to_ms: int) -> tuple[Rival, ...]:
        return rivals([pair for pair in self.state.admitted if pair[1].probe == probe], from_ms, to_ms)

    def check_block(self, block: Block, seq: int) -> str:
        return ""

    def history(self, probe: str, from_ms: int, to_ms: int) -> History:
        raise NotImplementedError

    def _unsealed(self) -> Rows:
        return [pair for pair in self.state.admitted if pair[0] not in self.state.sealed]

    def _generation(self, probe: str, day: int) -> int:
        last = self.state.things[EntryKind.BLOCK].get((probe, day))
        return 0 if last is None else int(last.generation)

    @staticmethod
    def _is_of(day: ClosedDay | Block, row: SampleRow) -> bool:
        return row.probe == day.probe and day_of(row.taken_ms[0]) == day.day
