"""What of the register is due: calibrations of instruments, mappings of places, qualifications of boxes."""

from msgspec.structs import replace

from coldchain.places import CONTAINERS, PlaceKind
from coldchain.ports import Session
from coldchain.register import BoxQualification, Certificate, Due, MappingStudy, SubjectKind


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
