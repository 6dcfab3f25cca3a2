"""How strongly devices are heard by radio, said now and then, and only to a centre that reads it (gateway/reads.py).

The strength is for people: no reading hangs on it, and what finds no room in the spool is said another time.
"""

from typing import Final

from coldchain.errors import StoreError
from coldchain.facts import DeviceEvent, EventKind
from coldchain.ports import Clock
from gateway.intake import Intake
from gateway.reads import CENTRE_READS, reads_of

SIGNAL_MS: Final = 1_800_000  # as often as a box says how full its battery is
LOOK_MS: Final = 60_000  # so often the state is looked at, at most: messages may come by the second


class RadioWords:
    """Makes the events of some devices. One thread: the edge's. It remembers one instant a device of the settings."""

    def __init__(self, intake: Intake, clock: Clock) -> None:
        self._intake = intake
        self._clock = clock
        self._said_ms: dict[str, int] = {}
        self._looked_ms: int | None = None
        self._reads = False

    def due(self, origin: str) -> bool:
        """Tell whether it is time to say how strongly a device is heard, and the centre would read it."""
        now_ms, said_ms = self._clock.boottime_ms(), self._said_ms.get(origin)
        return (said_ms is None or now_ms - said_ms >= SIGNAL_MS) and self._centre_reads(now_ms)

    def event(self, origin: str, details: dict[str, int | str]) -> DeviceEvent:
        """Return what to spool of a device, and take it as said."""
        now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        self._said_ms[origin] = boottime_ms
        return DeviceEvent(
            seq=0,
            origin=origin,
            taken_ms=now_ms,
            boottime_ms=boottime_ms,
            kind=EventKind.SIGNAL,
            earliest_ms=now_ms,
            latest_ms=now_ms,
            details=details,
        )

    def _centre_reads(self, now_ms: int) -> bool:
        if self._looked_ms is None or now_ms - self._looked_ms >= LOOK_MS:
            self._looked_ms = now_ms
            self._reads = EventKind.SIGNAL.value in reads_of(self._state())
        return self._reads

    def _state(self) -> bytes | None:
        """Return what is kept; a disk that fails must not stop the gateway for a word on its radio."""
        try:
            return self._intake.state(CENTRE_READS)
        except StoreError:
            return None
