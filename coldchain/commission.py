"""Which probe hangs in which fridge: its positions, who confirmed them, and the time in which its word does not count.

A *probe* (its id) is what is judged in one place. The instrument on the end of the line has a *serial number*; which
one it is, and where it is plugged in, is the probe's dated *position*. The history of an instrument is that of its
serial number over all positions that it had.
"""

from enum import StrEnum

import msgspec

from coldchain.places import ProbeRole


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """From from_ms on a probe hangs so, until its next position. Serial, line and channel are "" where nobody said.

    `required`: a person at the fridge has to confirm it, and until then its readings give unknown; if not, it counts
    by its registration alone, and every page says so.
    """

    probe: str
    place: str
    gateway: str
    role: ProbeRole
    from_ms: int
    required: bool
    serial: str = ""
    line: str = ""
    channel: str = ""


class Commissioning(msgspec.Struct, frozen=True, kw_only=True):
    """A person at the fridge has confirmed at at_ms that this probe hangs in this place.

    Its readings count from from_ms on, which lies before at_ms only where the person said so and why. The evidence:
    warmed by hand from began_ms on it rose by rise_micro_celsius, the next one by second_micro_celsius (None: there
    was no other).
    """

    probe: str
    place: str
    at_ms: int
    from_ms: int
    began_ms: int
    rise_micro_celsius: int
    second_micro_celsius: int | None
    name: str
    post: str
    reason: str = ""


class WorkKind(StrEnum):
    """What is done to a probe or a place for a while."""

    UNDER_CHECK = "under-check"  # a probe: its readings are calibration data
    OUT_OF_USE = "out-of-use"  # a place that was counted empty


class WorkWord(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word that work begins or ends at at_ms, on one probe or (probe "") on the place.

    A state lasts from a word that it begins to the next that it ends, in order of at_ms, whichever was told first.
    `until_ms`: the planned end, of a beginning only; the state does not end by itself then, but somebody is told.
    """

    kind: WorkKind
    place: str
    at_ms: int
    begins: bool
    reason: str
    name: str
    post: str
    probe: str = ""
    until_ms: int | None = None


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """The probes of two places seem to be crossed: as often as `place` was opened, the air of `other` jumped instead.

    `openings` of `place` were looked at since since_ms, `coincidences` of them came with a jump of `other`'s air and
    none of its own. `stands` False: it is said no more.
    """

    place: str
    other: str
    since_ms: int
    coincidences: int
    openings: int
    stands: bool = True
