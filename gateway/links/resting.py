"""What a link may have to do between two cycles."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class RestingLink(Protocol):
    """A link with something to do between two cycles too: a connection that must be kept alive."""

    def rest(self) -> None:
        """Called about once a second while no cycle runs; never waits."""
