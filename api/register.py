"""The register as pages and the interface show it: what is due, and whom a failed instrument watched."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from coldchain.commission import Position
from coldchain.errors import InvalidValueError
from coldchain.places import CONTAINERS, PlaceKind
from coldchain.ports import Session
from coldchain.register import BoxQualification, CalibrationPoint, Certificate, Due, MappingStudy, SubjectKind
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


class LookBack(msgspec.Struct, frozen=True, kw_only=True):
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


def due_list(session: Session) -> list[Due]:
    """Return what is due for every instrument in use, every place, every box with a profile: nothing yet first."""
    found = [*_instruments(session), *_places(session), *_boxes(session)]
    return sorted(found, key=lambda one: (one.due_ms or 0, one.kind, one.subject))


def _instruments(session: Session) -> list[Due]:
    where: dict[str, set[str]] = {}
    for probe in session.records.probes():
        if probe.serial:
            where.setdefault(probe.serial, set()).add(probe.place)
    newest: dict[str, Certificate] = {one.serial: one for one in session.records.certificates()}
    found = []
    for serial in sorted(where.keys() | newest.keys()):
        last = newest.get(serial)
        found.append(
            Due(
                kind=SubjectKind.INSTRUMENT,
                subject=serial,
                number=last.number if last else "",
                done_ms=last.calibrated_ms if last else None,
                due_ms=last.due_ms if last else None,
                where=tuple(sorted(where.get(serial, ()))),
                failed=last is not None and last.failed_as_found,
            )
        )
    return found


def _places(session: Session) -> list[Due]:
    newest: dict[str, MappingStudy] = {one.place: one for one in session.records.mapping_studies()}
    places = [place.id for place in session.records.places() if place.kind not in CONTAINERS]
    return [_due(SubjectKind.PLACE, place, newest.get(place)) for place in places]


def _boxes(session: Session) -> list[Due]:
    newest: dict[str, dict[str, BoxQualification]] = {}
    for one in session.records.qualifications():
        newest.setdefault(one.box, {})[one.profile] = one
    boxes = [place.id for place in session.records.places() if place.kind is PlaceKind.BOX]
    found = []
    for box in boxes:  # a box that is good for one profile is not good for another
        found += [
            replace(_due(SubjectKind.BOX, box, one), where=(profile,))
            for profile, one in sorted(newest.get(box, {}).items())
        ] or [_due(SubjectKind.BOX, box, None)]
    return found


def _due(kind: SubjectKind, subject: str, last: MappingStudy | BoxQualification | None) -> Due:
    if last is None:
        return Due(kind=kind, subject=subject, number="", done_ms=None, due_ms=None)
    return Due(kind=kind, subject=subject, number=last.number, done_ms=last.done_ms, due_ms=last.due_ms)


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
        inside = sorted({stay.unit for stay in session.records.stays_in_place(position.place, begin, end)})
        watch = Watch(
            probe=position.probe,
            place=position.place,
            from_ms=begin,
            to_ms=end,
            units=inside[:UNITS_MAX],
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
