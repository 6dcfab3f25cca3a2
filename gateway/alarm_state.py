"""What the local alarm remembers over a restart, so that it neither sounds twice nor forgets. Times are alarm time.

Alarm time is the wall clock of the first start, carried on by the clock that never steps: a wall clock that jumps
moves no delay. Over a restart it goes on from the wall clock, but never back.
"""

from typing import Final, NamedTuple

import msgspec

from coldchain.ports import Clock
from rules.fold_state import FoldState, decode_state

STATE: Final = "alarm"  # the spool's state: AlarmState as JSON
FOLD: Final = "alarm/"  # and the id of a probe: the state of its fold
WORDS_MAX: Final = 64  # of one contact; the oldest fall out, and what they excused counts


class AlarmKey(NamedTuple):
    """What makes two alarms the same: whose, of what (finding or notice), in which direction ("" for none)."""

    origin: str
    kind: str
    direction: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands. `since_ms`: when what it speaks of began; `raised_ms`: when it was raised.

    `micro_celsius`, `limit_micro_celsius`: the last reading then and the limit that it is beyond, if it has one.
    """

    origin: str
    kind: str
    direction: str
    rule: str
    since_ms: int
    raised_ms: int
    micro_celsius: int | None = None
    limit_micro_celsius: int | None = None

    @property
    def key(self) -> AlarmKey:
        """Return what it is the alarm of."""
        return AlarmKey(self.origin, self.kind, self.direction)


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word of a contact."""

    kind: str
    at_ms: int


class AlarmState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All but the folds. `muted`: which alarms (key and rule) make no sound before `muted_until_ms`."""

    now_ms: int = 0
    standing: tuple[Standing, ...] = ()
    muted: tuple[tuple[str, str, str, str], ...] = ()
    muted_until_ms: int = 0
    words: dict[str, tuple[Word, ...]] = {}
    silent: dict[str, int] = {}


class AlarmTime:
    """Alarm time from the clock that never steps; `not_before_ms`: what an earlier run had reached."""

    def __init__(self, clock: Clock, not_before_ms: int) -> None:
        self._clock = clock
        boottime_ms = clock.boottime_ms()
        self._offset_ms = max(clock.now_ms(), not_before_ms) - boottime_ms

    def now_ms(self) -> int:
        """Return the present alarm time."""
        return self._clock.boottime_ms() + self._offset_ms

    def of(self, boottime_ms: int) -> int:
        """Return the alarm time of a moment of this boot."""
        return boottime_ms + self._offset_ms

    def wall_ms(self, at_ms: int) -> int:
        """Return what the wall clock, as it stands now, would have shown at an alarm time; never below 0."""
        return max(0, self._clock.now_ms() - (self.now_ms() - at_ms))


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(AlarmState)


def encode_alarm(state: AlarmState) -> bytes:
    """Return the state as JSON."""
    return _ENCODER.encode(state)


def decode_alarm(stored: bytes | None) -> AlarmState:
    """Read a stored state; one that cannot be read counts as none, for an alarm must begin all the same."""
    if stored is None:
        return AlarmState()
    try:
        return _DECODER.decode(stored)
    except msgspec.DecodeError:
        return AlarmState()


def decode_fold(stored: bytes | None) -> FoldState | None:
    """Read the stored state of a probe's fold; None if there is none that can be read."""
    if stored is None:
        return None
    try:
        return decode_state(stored)
    except msgspec.DecodeError:
        return None
