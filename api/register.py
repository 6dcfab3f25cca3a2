"""The register as pages and the interface show it: what is due, and whom a failed instrument watched."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from api.as_known import KnownAt
from coldchain.commission import Position
from coldchain.errors import InvalidValueError
from coldchain.ports import Session
from coldchain.register import CalibrationPoint, Certificate
from coldchain.temperature import micro_celsius

UNITS_MAX: Final = 1_000  # named in one look-back; how many there are is said beside them
_LINE_PARTS: Final = 3  # point, as found, as left


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument watched a place from from_ms to to_ms. `units` were, or may have been, inside."""

    probe: str
    place: str
    from_ms: int
    to_ms: int
    units: list[str]
    units_all: int


class LookBack(KnownAt, frozen=True, kw_only=True):
    """What an instrument watched before it was found to be off: since the last certificate that left it good.

    `since_ms` None: no certificate before this one left it good, so all that it ever watched is in doubt.
    """

    certificate: Certificate
    since_ms: int | None
    since_number: str
    until_ms: int
    watched: list[Watch]
    units: list[str]
    units_all: int


def look_back(session: Session, failed: Certificate) -> LookBack:
    """Return which places and units an instrument watched since the last certificate that left it good."""
    before = [
        one
        for one in session.records.certificates_of(failed.serial)
        if one.calibrated_ms < failed.calibrated_ms and one.good_as_left
    ]
    since = before[-1] if before else None
    since_ms = since.calibrated_ms if since else None
    watched = list(_watched(session, failed.serial, since_ms or 0, failed.calibrated_ms))
    units = sorted({unit for _, inside in watched for unit in inside})
    return LookBack(
        certificate=failed,
        since_ms=since_ms,
        since_number=since.number if since else "",
        until_ms=failed.calibrated_ms,
        watched=[one for one, _ in watched],
        units=units[:UNITS_MAX],
        units_all=len(units),
    )


def _watched(session: Session, serial: str, from_ms: int, to_ms: int) -> Iterable[tuple[Watch, Sequence[str]]]:
    for position in session.records.positions_of_serial(serial):
        begin, end = max(position.from_ms, from_ms), min(_end_of(session, position, to_ms), to_ms)
        if begin >= end:
            continue
        inside = session.records.units_in_place(position.place, begin, end)
        watch = Watch(
            probe=position.probe,
            place=position.place,
            from_ms=begin,
            to_ms=end,
            units=list(inside[:UNITS_MAX]),
            units_all=len(inside),
        )
        yield watch, inside


def _end_of(session: Session, position: Position, to_ms: int) -> int:
    """Return when a probe's position ended: with its next one, wherever that is."""
    places = [place.id for place in session.records.places()]
    later = [
        other.from_ms
        for place in places
        for other in session.records.positions_in(place)
        if other.probe == position.probe and other.from_ms > position.from_ms
    ]
    return min(later, default=to_ms)


def points_of(text: str) -> tuple[CalibrationPoint, ...]:
    """Read points as people type them, one a line: point, deviation as found, deviation as left, in °C; - for none.

    Raises InvalidValueError for a line that is none.
    """
    return tuple(_point(line) for line in text.splitlines() if line.strip())


def _point(line: str) -> CalibrationPoint:
    parts = line.replace("\N{MINUS SIGN}", "-").replace(";", " ").split()
    if not 2 <= len(parts) <= _LINE_PARTS:
        msg = f"{line!r:.60} is no point: write point, deviation as found, as left: 4.0 0.12 0.01"
        raise InvalidValueError(msg)
    at, found, left = (*parts, "-")[:_LINE_PARTS]
    return CalibrationPoint(
        at_micro_celsius=micro_celsius(at),
        as_found_micro_celsius=_deviation(found),
        as_left_micro_celsius=_deviation(left),
    )


def _deviation(text: str) -> int | None:
    return None if text == "-" else micro_celsius(text.removeprefix("+"))
