"""Whether a device answers: silent after some failed attempts in a row, back with the first good one; said once.

What is said while the wall clock was never set is not believed at the centre, and is said once more when it is set.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from coldchain.facts import ClockState, DeviceEvent, EventKind
from coldchain.ports import Clock
from gateway.clock import clock_state
from gateway.intake import Intake

SILENT_AFTER_POLLS: Final = 3
STATE: Final = "silent"  # the spool's state: a sorted JSON list of the origins that are silent


class Silences:
    """The origins that are known to be silent; kept in the spool, so that a restart says nothing twice."""

    def __init__(self, intake: Intake) -> None:
        self.origins = _stored(intake.state(STATE))

    def encode(self) -> bytes:
        """Return the origins as JSON."""
        return msgspec.json.encode(sorted(self.origins))


def _stored(state: bytes | None) -> set[str]:
    """Read what an earlier run kept. What cannot be read is said anew: it must not keep the gateway from watching."""
    try:
        return set() if state is None else set(msgspec.json.decode(state, type=list[str]))
    except msgspec.MsgspecError:
        return set()


class Watch:
    """Watches one device, which speaks for one or more origins: its probes, its contacts, or the reader."""

    def __init__(self, origins: Sequence[str], silences: Silences, intake: Intake, clock: Clock) -> None:
        self._origins = tuple(origins)
        self._silences = silences
        self._intake = intake
        self._clock = clock
        self._failures = 0
        self._good_ms: int | None = None
        self._unsaid = False

    @property
    def origins(self) -> tuple[str, ...]:
        """The ids for which it speaks."""
        return self._origins

    @property
    def good_ms(self) -> int | None:
        """The wall time of its last answer in this run, or None."""
        return self._good_ms

    @property
    def silent(self) -> bool:
        """Whether the device was said to be silent."""
        return not self._silences.origins.isdisjoint(self._origins)

    def good(self, taken_ms: int) -> None:
        """Note an answer."""
        self._failures = 0
        if self.silent:
            self._silences.origins.difference_update(self._origins)
            self._report(EventKind.DEVICE_BACK, taken_ms, "")
        elif self._unsaid and clock_state(taken_ms) is ClockState.TRUSTED:
            self._report(EventKind.DEVICE_BACK, taken_ms, "")
        self._good_ms = taken_ms

    def failed(self, reason: str) -> None:
        """Note an attempt without a usable answer."""
        self._failures += 1
        if self._failures >= SILENT_AFTER_POLLS and not self.silent:
            self._silences.origins.update(self._origins)
            self._report(EventKind.DEVICE_SILENT, self._clock.now_ms(), reason)
        elif self.silent and self._unsaid and clock_state(self._clock.now_ms()) is ClockState.TRUSTED:
            self._report(EventKind.DEVICE_SILENT, self._clock.now_ms(), reason)

    def _report(self, kind: EventKind, at_ms: int, reason: str) -> None:
        self._unsaid = clock_state(at_ms) is not ClockState.TRUSTED
        earliest_ms = None if self._good_ms is None else min(self._good_ms, at_ms)
        events = [
            DeviceEvent(
                seq=0,
                origin=origin,
                taken_ms=at_ms,
                boottime_ms=self._clock.boottime_ms(),
                kind=kind,
                earliest_ms=earliest_ms,
                latest_ms=at_ms,
                details={"reason": reason} if reason else {},
            )
            for origin in self._origins
        ]
        self._intake.report(events, {STATE: self._silences.encode()})
