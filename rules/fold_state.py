"""What the fold of one probe remembers between two readings, what it finds, and the bytes of both.

The state holds only what the present run needs, so that folds over different pasts become equal again.
"""

from typing import Final

import msgspec

from coldchain.units import Direction, FindingKind
from rules.classes import Class


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """What the fold found, before it has an identity. end_ms None: it lasts.

    `certain` and `out_ms_least` are filled in behind the fold (rules.certain); `detail` is of rules beside the fold
    (rules.rolling, rules.plausible).
    """

    kind: FindingKind
    rule: str
    direction: Direction | None
    start_ms: int
    condition_ms: int
    end_ms: int | None
    cleared_ms: int | None = None
    peak_micro_celsius: int | None = None
    out_ms: int = 0
    unknown_ms: int = 0
    samples_out: int = 0
    certain: bool = True
    out_ms_least: int = 0
    detail: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Readings outside, one after the other, in one direction.

    `out_ms` and `unknown_ms` are all its time; `excused_ms` of it did not count towards the delay, so far or until
    the delay was over. `hard`, `lost`: it reached a hard limit, or one beyond which the product is presumed lost;
    `beyond` of its last readings, one after the other, were beyond a hard limit, `ruinous` beyond the latter.
    """

    direction: Direction
    start_ms: int
    peak_micro_celsius: int
    samples_out: int
    out_ms: int = 0
    unknown_ms: int = 0
    condition_ms: int | None = None
    hard: bool = False
    excused_ms: int = 0
    lost: bool = False
    beyond: int = 0
    ruinous: int = 0


class Blind(msgspec.Struct, frozen=True, kw_only=True):
    """Time without a temperature, so far; a sensor's fault inside it has its own start and length."""

    from_ms: int
    unmeasured_ms: int = 0
    condition_ms: int | None = None
    fault_from_ms: int | None = None
    fault_ms: int = 0
    fault_condition_ms: int | None = None


class FoldState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the fold remembers between two readings."""

    last_ms: int | None = None
    last_class: Class = Class.WITHIN
    run: Run | None = None
    returning: Episode | None = None
    blind: Blind | None = None


STATE_VERSION: Final = 2  # of what the fold finds, not only of how it is written: another one is folded anew
_MARK: Final = b"%d:" % STATE_VERSION
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(FoldState)


class OtherVersionError(msgspec.DecodeError):
    """A state was written by another version of the rules: fold anew from the readings."""


def encode_state(state: FoldState) -> bytes:
    """Return the bytes by which two states are compared, marked with the version of the rules."""
    return _MARK + _ENCODER.encode(state)


def decode_state(data: bytes) -> FoldState:
    """Read a state. Raises OtherVersionError for one of another version, msgspec.DecodeError for one that is broken."""
    if not data.startswith(_MARK):
        msg = f"the state of a fold is not of version {STATE_VERSION} of the rules: fold the probe anew"
        raise OtherVersionError(msg)
    return _DECODER.decode(data[len(_MARK) :])


def readable_state(data: bytes) -> FoldState | None:
    """Read a state; None if it is of another version, so that the readings have to be folded anew."""
    return decode_state(data) if data.startswith(_MARK) else None


def unexcused_ms(run: Run) -> int:
    """Return how much of a run's time counts towards its delay."""
    return run.out_ms + run.unknown_ms - run.excused_ms


def pending(state: FoldState) -> set[tuple[FindingKind, int]]:
    """Return (kind, start_ms) of what a state has begun and not ended."""
    keys = set()
    if state.run:
        keys.add((FindingKind.EXCURSION, state.run.start_ms))
    if state.returning:
        keys.add((FindingKind.EXCURSION, state.returning.start_ms))
    if state.blind:
        keys.add((FindingKind.UNMEASURED, state.blind.from_ms))
        if state.blind.fault_from_ms is not None:
            keys.add((FindingKind.SENSOR_FAULT, state.blind.fault_from_ms))
    return keys
