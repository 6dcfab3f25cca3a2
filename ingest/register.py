"""What people enter into the register: kept as it was written, once; a correction has a number of its own."""

from collections.abc import Sequence
from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.places import PlaceKind
from coldchain.ports import Session
from coldchain.register import Certificate, OfRegister, RecordCertificate, RecordMapping, RecordQualification
from ingest.drafted import Drafted, known_place, require_signed

POINTS_MAX: Final = 50
VALID_MS_MAX: Final = 10 * 366 * 86_400_000


def registered(session: Session, fact: OfRegister) -> Drafted:
    """Return the entry of a certificate, study or qualification.

    Raises ConflictError, UnknownThingError or InvalidValueError, with nothing changed.
    """
    match fact:
        case RecordCertificate():
            return _certificate(session, fact)
        case RecordMapping():
            return _mapping(session, fact)
        case RecordQualification():
            return _qualification(session, fact)


def _certificate(session: Session, fact: RecordCertificate) -> Drafted:
    made = fact.certificate
    _require_certificate(made)
    known = [one for one in session.records.certificates_of(made.serial) if one.number == made.number]
    return _once(EntryKind.CALIBRATION_CERTIFICATE, fact.actor, made.number, made, known)


def _mapping(session: Session, fact: RecordMapping) -> Drafted:
    made = fact.study
    _require_dated(made.number, made.done_ms, made.due_ms, made.name, made.post)
    known_place(session, made.place)
    every = session.records.mapping_studies()
    known = [one for one in every if (one.place, one.number) == (made.place, made.number)]
    return _once(EntryKind.MAPPING_STUDY, fact.actor, made.number, made, known)


def _qualification(session: Session, fact: RecordQualification) -> Drafted:
    made = fact.qualification
    _require_dated(made.number, made.done_ms, made.due_ms, made.name, made.post)
    if known_place(session, made.box).kind is not PlaceKind.BOX or made.lasts_minutes <= 0:
        msg = f"{made.box} is no box, or the time for which it was qualified is not above 0; nothing was changed"
        raise ConflictError(msg)
    if made.profile not in {profile.id for profile in session.records.profiles()}:
        msg = f"profile {made.profile} is not known here"
        raise UnknownThingError(msg)
    known = [one for one in session.records.qualifications() if (one.box, one.number) == (made.box, made.number)]
    return _once(EntryKind.BOX_QUALIFICATION, fact.actor, made.number, made, known)


def _once(kind: EntryKind, actor: str, number: str, made: msgspec.Struct, known: Sequence[msgspec.Struct]) -> Drafted:
    if made in known:
        return Drafted()
    if known:
        msg = f"number {number} is already registered with other content; nothing was changed"
        raise ConflictError(msg)
    return Drafted(drafts=[Draft(kind=kind, actor=actor, site="", payload=made)])


def _require_certificate(made: Certificate) -> None:
    _require_dated(made.number, made.calibrated_ms, made.due_ms, made.name, made.post)
    if not made.serial.strip() or not made.lab.strip():
        msg = "a certificate names the serial number of the instrument and the laboratory"
        raise InvalidValueError(msg)
    if not 1 <= len(made.points) <= POINTS_MAX or made.tolerance_micro_celsius <= 0:
        msg = f"a certificate has 1 to {POINTS_MAX} points and a tolerance above 0"
        raise InvalidValueError(msg)
    if any(one.as_found_micro_celsius is None and one.as_left_micro_celsius is None for one in made.points):
        msg = "give the deviation of every point, as found or as left"
        raise InvalidValueError(msg)


def _require_dated(number: str, done_ms: int, due_ms: int, name: str, post: str) -> None:
    require_signed(name, post)
    if not number.strip() or not done_ms < due_ms <= done_ms + VALID_MS_MAX:
        msg = "give its number, and a next date that lies after it, by ten years at most"
        raise InvalidValueError(msg)


def dated_ms(fact: OfRegister) -> int:
    """Return when what is entered was done."""
    match fact:
        case RecordCertificate():
            return fact.certificate.calibrated_ms
        case RecordMapping():
            return fact.study.done_ms
        case RecordQualification():
            return fact.qualification.done_ms
