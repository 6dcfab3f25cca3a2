"""Offsets out of calibration certificates of the register: the next version of one, for the ledger."""

from typing import Final

from coldchain.calibration import Calibration, RecordCalibration, current
from coldchain.commission import Position
from coldchain.entries import Draft, EntryKind
from coldchain.errors import InvalidValueError, UnknownThingError
from coldchain.ports import Session
from ingest.drafted import Drafted

OFFSET_MAX: Final = 5_000_000  # an instrument that is further off is not corrected, it is replaced


def calibration_drafts(session: Session, fact: RecordCalibration) -> Drafted:
    """Return the entry for an offset. The same again changes nothing.

    Raises InvalidValueError, and UnknownThingError for a certificate that the register does not have of the instrument.
    """
    if not fact.serial or not fact.certificate or not fact.name:
        raise InvalidValueError("a calibration needs the serial number, the certificate and the name of who signs")
    if abs(fact.offset_micro_celsius) > OFFSET_MAX:
        msg = f"an offset of {fact.offset_micro_celsius} micro-degrees is beyond {OFFSET_MAX}: replace the instrument"
        raise InvalidValueError(msg)
    if not 0 <= fact.uncertainty_micro_celsius <= OFFSET_MAX:
        msg = f"an expanded uncertainty of {fact.uncertainty_micro_celsius} micro-degrees is not within 0..{OFFSET_MAX}"
        raise InvalidValueError(msg)
    if fact.certificate not in {one.number for one in session.records.certificates_of(fact.serial)}:
        msg = (
            f"certificate {fact.certificate} of instrument {fact.serial} is not in the register: enter it there first, "
            "as the laboratory wrote it; nothing was changed"
        )
        raise UnknownThingError(msg)
    known = session.records.calibrations_of_serial(fact.serial)
    last = next((one for one in current(known) if one.from_ms == fact.from_ms), None)
    made = Calibration(
        serial=fact.serial,
        from_ms=fact.from_ms,
        version=1 if last is None else last.version + 1,
        offset_micro_celsius=fact.offset_micro_celsius,
        certificate=fact.certificate,
        name=fact.name,
        post=fact.post,
        uncertainty_micro_celsius=fact.uncertainty_micro_celsius,
    )
    if last is not None and _said(last) == _said(made):
        return Drafted()
    drafts = [Draft(kind=EntryKind.CALIBRATION, actor=fact.actor, site="", payload=made)]
    return Drafted(drafts=drafts, places=_hung_in(session, fact.serial))


def _hung_in(session: Session, serial: str) -> set[str]:
    """Return the places in which an instrument hangs or hung: there its readings are judged anew."""
    probes = session.records.probes()
    hung = {one.place for place in {probe.place for probe in probes} for one in _positions(session, place, serial)}
    return hung | {probe.place for probe in probes if probe.serial == serial}


def _positions(session: Session, place: str, serial: str) -> list[Position]:
    return [one for one in session.records.positions_in(place) if one.serial == serial]


def _said(one: Calibration) -> tuple[int, int, str, str, str]:
    return (one.offset_micro_celsius, one.uncertainty_micro_celsius, one.certificate, one.name, one.post)
