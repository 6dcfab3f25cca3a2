"""What is recorded of how much places have room for: a part of the port Records."""

from typing import Protocol

from coldchain.capacity import Capacity


class CapacityRecords(Protocol):
    """Answers as of a session."""

    def capacities(self) -> tuple[Capacity, ...]:
        """The newest word of each place, by place."""
