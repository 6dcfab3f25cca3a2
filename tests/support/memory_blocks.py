"""Blocks of the store in memory: nothing moves when a day is sealed, so its answers are what they were."""

from collections.abc import Mapping, Sequence

from support.memory_state import Part

from coldchain.block_columns import block_hash, columns_of
from coldchain.block_ports import Rival
from coldchain.blocks import Block, ClosedDay, day_of
from coldchain.entries import Entry, EntryKind
from coldchain.errors import InvalidValueError, StoreError
from coldchain.history import History
from coldchain.ports import SampleRow
from coldchain.rivals import rivals
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

    def prepare(self, closed: ClosedDay) -> Block:
        if not any(self._is_of(closed, row) for _, row in self._unsealed()):
            raise InvalidValueError(f"probe {closed.probe}, day {closed.day}: everything is sealed")
        last = self.state.things[EntryKind.BLOCK].get((closed.probe, closed.day))
        columns = columns_of(closed.probe, closed.day, [p for p in self.state.admitted if self._is_of(closed, p[1])])
        return Block(
            probe=closed.probe,
            day=closed.day,
            generation=1 if last is None else last.generation + 1,
            n=len(columns),
            hash=block_hash(columns),
            predecessor="" if last is None else last.hash,
        )

    def seal(self, block: Block, entry: Entry, holds_ms: Sequence[int]) -> int:
        state = self._writing()
        if self.state.things[EntryKind.BLOCK].get((block.probe, block.day)) != block:
            raise StoreError(f"block of probe {block.probe}, day {block.day}, is not in the ledger as {entry.seq}")
        state.sealed |= {admission for admission, row in self.state.admitted if self._is_of(block, row)}
        return block.n

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
