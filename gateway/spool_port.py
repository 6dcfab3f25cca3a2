"""What the edge asks of the spool."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from coldchain.facts import Fact

NO_STATES: Final[Mapping[str, bytes]] = MappingProxyType({})


class SpoolPort(Protocol):
    """Facts on disk before they are called accepted, and the small states that belong to them."""

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        """Number the facts (their `seq` is 0) and commit them with the named states in one synchronous transaction.

        Returns the numbers in the order of the drafts; no drafts with some states is allowed and returns []. A named
        state replaces the one before it. Raises SpoolFullError if there is no room: then nothing of it was kept.
        """

    def vouch(self, from_ms: int) -> None:
        """Promise that nothing accepted from now on was stamped before from_ms; called once a turn."""

    def state(self, name: str) -> bytes | None:
        """Return the last committed state of this name, or None."""
