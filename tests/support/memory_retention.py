"""Retention of the store in memory."""

from typing import Any

from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.retention import Disposal, DisposalState, LegalHold, RemovedDay, RetentionPolicy
from coldchain.stamps import ReadingDigest, TimeStamp


class MemoryRetention(Part):
    """The port RetentionRecords by sorting everything."""

    def retention_policies(self) -> tuple[RetentionPolicy, ...]:
        return tuple(sorted(self._every(EntryKind.RETENTION_POLICY), key=lambda one: (one.what.value, one.profile)))

    def legal_holds(self, *, standing: bool) -> tuple[LegalHold, ...]:
        found = [one for one in self._every(EntryKind.LEGAL_HOLD) if one.stands or not standing]
        return tuple(sorted(found, key=lambda one: one.id))

    def legal_hold(self, hold: str) -> LegalHold | None:
        return self.state.things[EntryKind.LEGAL_HOLD].get((hold,))

    def disposals(self, limit: int) -> tuple[Disposal, ...]:
        found = sorted(self._every(EntryKind.DISPOSAL), key=lambda one: (one.proposed_ms, one.id))
        return tuple(found[::-1][:limit])

    def disposals_waiting(self) -> tuple[Disposal, ...]:
        open_states = (DisposalState.PROPOSED, DisposalState.CONFIRMED)
        found = [one for one in self._every(EntryKind.DISPOSAL) if one.state in open_states]
        return tuple(sorted(found, key=lambda one: one.id))

    def disposal(self, disposal: str) -> Disposal | None:
        return self.state.things[EntryKind.DISPOSAL].get((disposal,))

    def removed_days(self, probe: str, from_day: int, to_day: int) -> tuple[RemovedDay, ...]:
        found: dict[int, tuple[int, RemovedDay]] = {}
        for removal in self._every(EntryKind.REMOVAL):
            for block in removal.blocks:
                if block.probe == probe and from_day <= block.day <= to_day:
                    day = RemovedDay(
                        probe=probe,
                        day=block.day,
                        disposal=removal.disposal,
                        at_ms=removal.at_ms,
                        proposed_name=removal.proposed_name,
                        confirmed_name=removal.confirmed_name,
                    )
                    if block.seq > found.get(block.day, (0, day))[0]:
                        found[block.day] = (block.seq, day)
        return tuple(found[day][1] for day in sorted(found))

    def removed_until(self, probe: str) -> int | None:
        days = [b.day for one in self._every(EntryKind.REMOVAL) for b in one.blocks if b.probe == probe]
        return max(days, default=None)

    def time_stamps(self) -> tuple[TimeStamp, ...]:
        return tuple(sorted(self._every(EntryKind.TIME_STAMP), key=lambda one: (one.size, one.authority)))

    def reading_digests(self) -> tuple[ReadingDigest, ...]:
        return tuple(sorted(self._every(EntryKind.READING_DIGEST), key=lambda one: one.upto))

    def last_digest(self) -> int:
        return max((one.upto for one in self._every(EntryKind.READING_DIGEST)), default=0)

    def _every(self, kind: EntryKind) -> list[Any]:
        return list(self.state.things[kind].values())
