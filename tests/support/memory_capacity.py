"""How much places have room for, in the store in memory."""

from typing import Any

from support.memory_state import Part

from coldchain.capacity import Capacity
from coldchain.entries import EntryKind


class MemoryCapacity(Part):
    """The port CapacityRecords by sorting everything."""

    def capacities(self) -> tuple[Capacity, ...]:
        found: list[Any] = list(self.state.things[EntryKind.CAPACITY].values())
        return tuple(sorted(found, key=lambda one: one.place))
