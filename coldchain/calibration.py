"""Offsets from calibration certificates: signed, versioned, applied on reading; raw values stay as they are.

A calibration belongs to an instrument, by its serial number, and counts from from_ms on, until the next one. A later
word on the same from_ms is its next version and replaces it; the earlier one stays in the record.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.commission import Position


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What is added to every reading of an instrument from from_ms on, by which certificate, and who said so.

    `uncertainty_micro_celsius`: the expanded uncertainty (k = 2) of a corrected reading; 0: the certificate's was not
    entered.
    """

    serial: str
    from_ms: int
    version: int
    offset_micro_celsius: int
    certificate: str
    name: str
    post: str
    uncertainty_micro_celsius: int = 0


class RecordCalibration(msgspec.Struct, frozen=True, kw_only=True, tag="record-calibration"):
    """A person enters the offset of a calibration certificate and signs for it with name and post."""

    serial: str
    from_ms: int
    offset_micro_celsius: int
    certificate: str
    name: str
    post: str
    at_ms: int
    actor: str
    uncertainty_micro_celsius: int = 0


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """From from_ms on the readings of a probe are corrected so; `certificate` "": no calibration is known."""

    from_ms: int
    offset_micro_celsius: int
    serial: str = ""
    certificate: str = ""
    version: int = 0
    uncertainty_micro_celsius: int = 0


class CalibrationRecords(Protocol):
    """The projection of calibrations. A part of the port Records."""

    def calibrations_of_serial(self, serial: str) -> tuple[Calibration, ...]:
        """All versions, by (from_ms, version)."""


def current(calibrations: Iterable[Calibration]) -> tuple[Calibration, ...]:
    """Return the last version of each, by from_ms."""
    newest: dict[int, Calibration] = {}
    for one in sorted(calibrations, key=lambda one: (one.from_ms, one.version)):
        newest[one.from_ms] = one
    return tuple(newest.values())


def applied_to(
    probe: str, serial: str, positions: Iterable[Position], known: Mapping[str, tuple[Calibration, ...]]
) -> tuple[Applied, ...]:
    """Return what is applied to a probe's readings, by from_ms; before the first one nothing is.

    Which instrument it is follows from its positions; `serial` where it has none. `known`: calibrations by serial.
    """
    own = sorted((one for one in positions if one.probe == probe), key=lambda one: one.from_ms)
    hung = [(one.from_ms, one.serial) for one in own] or [(0, serial)]
    result: list[Applied] = []
    for i, (from_ms, number) in enumerate(hung):
        until_ms = hung[i + 1][0] if i + 1 < len(hung) else None
        calibrations = current(known.get(number, ())) if number else ()
        inside = [one for one in calibrations if until_ms is None or one.from_ms < until_ms]
        before = [one for one in inside if one.from_ms <= from_ms][-1:]
        result += [_applied(max(from_ms, one.from_ms), one) for one in before]
        result += [] if before else [Applied(from_ms=from_ms, offset_micro_celsius=0, serial=number)]
        result += [_applied(one.from_ms, one) for one in inside if one.from_ms > from_ms]
    return tuple(result)


def _applied(from_ms: int, one: Calibration) -> Applied:
    return Applied(
        from_ms=from_ms,
        offset_micro_celsius=one.offset_micro_celsius,
        serial=one.serial,
        certificate=one.certificate,
        version=one.version,
        uncertainty_micro_celsius=one.uncertainty_micro_celsius,
    )


def in_span(applied: Sequence[Applied], from_ms: int, to_ms: int) -> tuple[Applied, ...]:
    """Return the recorded calibrations that count somewhere in [from_ms, to_ms), by from_ms."""
    ends = [one.from_ms for one in applied[1:]] + [to_ms]
    pairs = zip(applied, ends, strict=False)
    return tuple(one for one, end in pairs if one.version and one.from_ms < to_ms and end > from_ms)


def differ_in(before: Sequence[Applied], after: Sequence[Applied]) -> tuple[int, int] | None:
    """Return the least [from_ms, to_ms) outside of which both correct readings alike, None if they do everywhere."""
    cuts = sorted({0, *(one.from_ms for one in (*before, *after))})
    bounds = list(zip(cuts, [*cuts[1:], INTEGER_MAX], strict=True))
    other = [part for part in bounds if _effect(before, part[0]) != _effect(after, part[0])]
    return (other[0][0], other[-1][1]) if other else None


def _effect(applied: Sequence[Applied], at_ms: int) -> tuple[str, str, int, int, int]:
    found = next((one for one in reversed(applied) if one.from_ms <= at_ms), None)
    if found is None or not found.version:
        return "", "", 0, 0, 0
    said = found.serial, found.certificate, found.version
    return *said, found.offset_micro_celsius, found.uncertainty_micro_celsius
