"""What the gateway says of its own clock: that it was set, that it stepped, how far it is from the centre's.

    batch sent ───────── round trip ─────────> ack read
                     └ centre_ms: some time in between, so half the round trip is the uncertainty

The words are facts like others, so that the centre can work out times that were stamped before the clock was set
(docs/wire.md, section 3.5): each pairs the wall clock with the clock that never steps, in one moment.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.facts import ClockState, DeviceEvent, EventKind
from coldchain.ports import Clock
from gateway.boot_clock import STATE as BOOT_CLOCK
from gateway.boot_clock import confirmed
from gateway.clock import clock_state
from gateway.intake import Intake
from gateway.restating import WallWatch
from gateway.spool_port import NO_STATES

STATE: Final = "clock"
DRIFT_EVERY_MS: Final = 3_600_000
ROUND_TRIP_MS_MAX: Final = 10_000  # an ack that took longer says too little of the time
# What a wall clock is taken to be off that something outside has set: a time service over the internet keeps within
# some tens of milliseconds, a person with a watch within a minute. Assumed by this project, not measured.
WALL_UNCERTAINTY_MS: Final = 1_000
AGREES_MS: Final = 120_000  # as far as the centre lets a clock be off (ingest.admission)
AGAIN_MS: Final = 60_000  # after a word that the spool did not keep: without it nothing before it gets its time
WORDS_MAX: Final = 16  # of the centre's time that wait for the next round; older ones say nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreTime:
    """The centre's clock showed centre_ms when ours that never steps showed boottime_ms, give or take."""

    centre_ms: int
    boottime_ms: int
    uncertainty_ms: int

    @property
    def offset_ms(self) -> int:
        """The centre's time minus the clock that never steps."""
        return self.centre_ms - self.boottime_ms


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """In which boot the clock was said to be set, and how far it was from the one that never steps."""

    boot: str
    offset_ms: int


class ClockWatch:
    """Looks at the clock once a round. `heard` may be called from the uplink's thread, all else from the edge's.

    `told` is called with the centre's time (UTC minus the clock that never steps) while the wall clock was never set.
    """

    def __init__(
        self, intake: Intake, clock: Clock, *, gateway: str, boot: str, told: Callable[[int], None] | None = None
    ) -> None:
        self._intake = intake
        self._clock = clock
        self._gateway = gateway
        self._boot = boot
        self._told = told
        self._source = "wall"
        self._uncertainty_ms = WALL_UNCERTAINTY_MS
        kept, boottime_ms = _kept(intake.state(STATE)), clock.boottime_ms()
        self._was_set = kept is not None and kept.boot == boot
        # A step while the process was not running is told by what it kept.
        now_ms = boottime_ms + kept.offset_ms if kept is not None and self._was_set else clock.now_ms()
        self._wall = WallWatch(now_ms, boottime_ms)
        self._words: deque[CentreTime] = deque(maxlen=WORDS_MAX)
        self._unsaid: tuple[EventKind, dict[str, int | str]] | None = None
        self._again_ms = 0
        self._drift_due_ms = 0
        self._measured: tuple[int, int] | None = None

    def heard(self, centre_ms: int, received_boottime_ms: int, round_trip_ms: int) -> None:
        """Take the centre's time out of an ack: read at received_boottime_ms, round_trip_ms after its batch."""
        if 0 <= round_trip_ms <= ROUND_TRIP_MS_MAX:
            half_ms = (round_trip_ms + 1) // 2
            middle_ms = received_boottime_ms - round_trip_ms // 2
            self._words.append(CentreTime(centre_ms=centre_ms, boottime_ms=middle_ms, uncertainty_ms=half_ms))

    def tick(self) -> None:
        """Say what is to be said."""
        centre = self._best()
        now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        if centre is not None and self._told is not None and clock_state(now_ms) is ClockState.UNSET:
            self._told(centre.offset_ms)
            self._source, self._uncertainty_ms = "centre", centre.uncertainty_ms
            now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        step = self._wall.look(now_ms, boottime_ms)
        if clock_state(now_ms) is ClockState.TRUSTED and not self._was_set:
            self._was_set = True
            details = {"offset_ms": now_ms - boottime_ms, **self._known_as()}
            self._say(EventKind.CLOCK_SET, now_ms, boottime_ms, details)
        elif step is not None:
            self._source, self._uncertainty_ms = "wall", WALL_UNCERTAINTY_MS
            details = {"delta_ms": step.delta_ms, **self._known_as()}
            self._say(EventKind.CLOCK_STEPPED, now_ms, boottime_ms, details)
        elif self._unsaid is not None and boottime_ms >= self._again_ms:
            self._say(self._unsaid[0], now_ms, boottime_ms, self._unsaid[1])
        if centre is not None and abs(now_ms - boottime_ms - centre.offset_ms) <= AGREES_MS:
            self._confirm(now_ms - boottime_ms)
        if centre is not None and boottime_ms >= self._drift_due_ms:
            self._drift_due_ms = boottime_ms + DRIFT_EVERY_MS
            self._drift(centre, now_ms, boottime_ms)

    def _confirm(self, offset_ms: int) -> None:
        """Remember that the centre agreed with the clock of this boot: rows that are sent after it is over need it."""
        new = confirmed(self._intake.state(BOOT_CLOCK + self._boot), self._boot, offset_ms)
        if new:
            self._intake.report((), new)

    def _best(self) -> CentreTime | None:
        """Return the most certain of the words that came since the last round."""
        words = [self._words.popleft() for _ in range(len(self._words))]
        return min(words, key=lambda word: word.uncertainty_ms, default=None)

    def _drift(self, centre: CentreTime, now_ms: int, boottime_ms: int) -> None:
        offset_ms = now_ms - boottime_ms - centre.offset_ms
        details: dict[str, int | str] = {"offset_ms": offset_ms, "uncertainty_ms": centre.uncertainty_ms}
        if self._measured is not None and boottime_ms > self._measured[1]:
            # Of the clock that never steps: steps of the wall clock are no drift.
            ahead_ms = self._measured[0] - centre.offset_ms
            details["drift_ppm"] = ahead_ms * 1_000_000 // (boottime_ms - self._measured[1])
        self._measured = (centre.offset_ms, boottime_ms)
        self._intake.report([self._event(EventKind.CLOCK_DRIFT, now_ms, boottime_ms, details)])

    def _say(self, kind: EventKind, now_ms: int, boottime_ms: int, details: dict[str, int | str]) -> None:
        """Commit a word, and with it what the next process of this boot has to know."""
        kept = {STATE: msgspec.json.encode(_Kept(boot=self._boot, offset_ms=now_ms - boottime_ms))}
        event = self._event(kind, now_ms, boottime_ms, details)
        said = self._intake.accept([event], kept if self._was_set else NO_STATES)
        self._unsaid, self._again_ms = None if said else (kind, details), boottime_ms + AGAIN_MS

    def _known_as(self) -> dict[str, int | str]:
        return {"source": self._source, "uncertainty_ms": self._uncertainty_ms}

    def _event(self, kind: EventKind, now_ms: int, boottime_ms: int, details: dict[str, int | str]) -> DeviceEvent:
        return DeviceEvent(
            seq=0,
            origin=self._gateway,
            taken_ms=now_ms,
            boottime_ms=boottime_ms,
            kind=kind,
            latest_ms=now_ms,
            details=details,
        )


def _kept(state: bytes | None) -> _Kept | None:
    try:
        return None if state is None else msgspec.json.decode(state, type=_Kept)
    except msgspec.MsgspecError:
        return None
