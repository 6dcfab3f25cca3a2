"""The gateway's log of how its uplink fares: connected, answered by the centre, or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

UNANSWERED_MS: Final = 30_000
AGAIN_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Said:
    """A line for the log."""

    event: str
    unanswered_s: int = 0
    warning: bool = False


class UplinkWatch:
    """Reads the counters of the uplink, round by round. Pure: counters and time are handed in.

    That a connection was lost or could not be made, the uplink says itself.
    """

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        self._since_ms: int | None = None  # when the first batch without an answer was sent
        self._told_ms: int | None = None
        self._answered = False

    def look(self, counters: Mapping[str, int], boottime_ms: int) -> list[Said]:
        """Return what is to be said now."""
        grown = {name: value - self._before.get(name, 0) for name, value in counters.items()}
        self._before = dict(counters)
        said = []
        if grown.get("uplink_disconnects") or grown.get("uplink_connect_failures"):
            self._since_ms, self._answered = None, False
        if grown.get("uplink_connects"):
            said.append(Said("broker_connected"))
        if grown.get("uplink_acks"):
            said += self._acked()
        elif grown.get("uplink_batches_sent") and self._since_ms is None:
            self._since_ms = boottime_ms
        return said + self._unanswered(boottime_ms)

    def _acked(self) -> list[Said]:
        self._since_ms = self._told_ms = None
        before, self._answered = self._answered, True
        return [] if before else [Said("centre_answers")]

    def _unanswered(self, boottime_ms: int) -> list[Said]:
        if self._since_ms is None or boottime_ms - self._since_ms < UNANSWERED_MS:
            return []
        if self._told_ms is not None and boottime_ms - self._told_ms < AGAIN_MS:
            return []
        self._told_ms, self._answered = boottime_ms, False
        return [Said("centre_silent", unanswered_s=(boottime_ms - self._since_ms) // 1_000, warning=True)]
