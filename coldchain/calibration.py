"""Offsets from calibration certificates: signed, versioned, applied on reading; raw values stay as they are.

A calibration belongs to an instrument, by its serial number, and counts from from_ms on, until the next one. A later
word on the same from_ms is its next version and replaces it; the earlier one stays in the record.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from coldchain.commission import Position


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What is added to every reading of an instrument from from_ms on, by which certificate, and who said so."""

    serial: str
    from_ms: int
    version: int
    offset_micro_celsius: int
    certificate: str
    name: str
    post: str


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


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """From from_ms on the readings of a probe are corrected so; `certificate` "": no calibration is known."""

    from_ms: int
    offset_micro_celsius: int
    serial: str = ""
    certificate: str = ""
    version: int = 0


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
    probe: str, serial: str, positions: Iterable[Position], known: dict[str, tuple[Calibration, ...]]
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
    )
