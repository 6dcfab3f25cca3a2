"""Tasks, calls and what the issuing system was told, in the store in memory."""

from collections.abc import Callable
from typing import Any

import msgspec
from support.memory_state import Part

from coldchain.decisions import standing_holds
from coldchain.entries import EntryKind
from coldchain.tasks import HoldChange, IssuingReceipt, PlaceUse, Task, TaskRules, TaskTick, UrgentCall
from coldchain.units import Hold

_OF_A_HOLD = ("unit", "finding", "basis", "certain", "placed_ms", "reason", "listed", "since_ms")


class MemoryTasks(Part):
    """The port TaskRecords by filtering and sorting everything."""

    def _tasks_of(self, kind: EntryKind, keep: Callable[[Any], bool], order: Callable[[Any], Any]) -> tuple[Any, ...]:
        return tuple(sorted((one for one in self.state.things[kind].values() if keep(one)), key=order))

    def task(self, task: str) -> Task | None:
        return self.state.things[EntryKind.TASK].get((task,))

    def open_tasks(self, place: str = "") -> tuple[Task, ...]:
        wanted = lambda one: one.open and place in ("", one.place)  # noqa: E731
        return self._tasks_of(EntryKind.TASK, wanted, lambda one: (one.opened_ms, one.id))

    def tasks_of_place(self, place: str, limit: int) -> tuple[Task, ...]:
        found = self._tasks_of(EntryKind.TASK, lambda one: one.place == place, lambda one: (one.opened_ms, one.id))
        return found[::-1][:limit]

    def ticks_of_task(self, task: str) -> tuple[TaskTick, ...]:
        return self._tasks_of(EntryKind.TASK_TICK, lambda one: one.task == task, lambda one: one.unit)

    def ticks_of_unit(self, unit: str) -> tuple[TaskTick, ...]:
        return self._tasks_of(EntryKind.TASK_TICK, lambda one: one.unit == unit, lambda one: (one.at_ms, one.task))

    def task_rules(self) -> TaskRules:
        kept: list[Any] = list(self.state.things[EntryKind.TASK_RULES].values())
        return max(kept, key=lambda one: one.version, default=TaskRules())

    def place_uses(self) -> tuple[PlaceUse, ...]:
        return self._tasks_of(EntryKind.PLACE_USE, lambda _: True, lambda one: one.place)

    def calls_of_unit(self, unit: str) -> tuple[UrgentCall, ...]:
        return self._tasks_of(EntryKind.URGENT_CALL, lambda one: one.unit == unit, lambda one: one.at_ms)

    def hold_changes(self, after: int, limit: int) -> tuple[HoldChange, ...]:
        return tuple(one for one in self._hold_changes() if one.number > after)[:limit]

    def hold_changes_of_unit(self, unit: str) -> tuple[HoldChange, ...]:
        return tuple(one for one in self._hold_changes() if one.unit == unit)

    def unconfirmed_changes(self, limit: int) -> tuple[HoldChange, ...]:
        return tuple(one for one in self._hold_changes() if not one.confirmed)[:limit]

    def held_not_known(self) -> tuple[HoldChange, ...]:
        held = self._held()
        return tuple(one for one in self._hold_changes() if not one.confirmed and one.unit in held)

    def liftings_not_known(self) -> tuple[HoldChange, ...]:
        kept: list[Any] = sorted(self.state.things[EntryKind.TASK_RULES].values(), key=lambda one: one.version)
        off = max((one.version for one in kept if not one.issuing), default=0)
        on = [one.version for one in kept if one.version > off]
        if not on:
            return ()
        since = next(
            entry.seq
            for entry in self.state.entries
            if entry.kind is EntryKind.TASK_RULES
            and msgspec.json.decode(entry.payload, type=TaskRules).version == min(on)
        )
        changes, held = self._hold_changes(), self._held()
        told = {one.unit for one in changes if one.confirmed}
        waiting = [one for one in changes if not one.confirmed and one.unit not in held]
        return tuple(one for one in waiting if one.number > since or one.unit in told)

    def _held(self) -> set[str]:
        holds: list[Any] = list(self.state.things[EntryKind.HOLD].values())
        return {one.unit for one in standing_holds(holds)}

    def issuing_receipt(self, change: int) -> IssuingReceipt | None:
        return self.state.things[EntryKind.ISSUING_RECEIPT].get((change,))

    def _hold_changes(self) -> list[HoldChange]:
        said = {name for (name,) in self.state.things[EntryKind.ISSUING_RECEIPT]}
        found = []
        for entry in self.state.entries:
            if entry.kind is EntryKind.HOLD:
                hold = msgspec.json.decode(entry.payload, type=Hold)
                shared = {name: getattr(hold, name) for name in _OF_A_HOLD}
                stands, confirmed = not hold.lifted_by, entry.seq in said
                found.append(HoldChange(number=entry.seq, hold=hold.id, stands=stands, confirmed=confirmed, **shared))
        return found
