"""Offsets of calibration certificates, by the serial number of the instrument."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.answers import answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Word, actor_name
from api.bodies import Millis as Instant
from api.context import Given
from coldchain.calibration import Applied, Calibration, RecordCalibration, applied_to
from coldchain.places import Probe
from coldchain.ports import Recorded, Session

router = APIRouter(tags=["places"])


class Calibrations(KnownAt, frozen=True, kw_only=True):
    """All versions of all calibrations of an instrument, by (from_ms, version); of one from_ms the last counts."""

    serial: str
    items: tuple[Calibration, ...]


class CalibrationBody(Body):
    """A calibration certificate says by how much an instrument is off."""

    serial: Word = Field(description="The serial number of the instrument.")
    from_ms: Instant = Field(description="From when on its readings are corrected, UTC milliseconds since 1970.")
    offset_micro_celsius: int = Field(description="What is added to every reading, with its sign.")
    certificate: Word = Field(description="The number of the certificate.")
    uncertainty_micro_celsius: int = Field(
        default=0, description="The expanded uncertainty (k = 2) of a corrected reading; 0: it is not known."
    )
    name: Word = Field(description="Who signs for it.")
    post: Word = Field(description="In which post.")


@router.get("/api/calibrations/{serial}", responses=documented(Calibrations, "All versions."))
def calibrations(given: Given, serial: str, as_known_ms: AsKnownMs = None) -> Response:
    """List the calibrations of an instrument; of one that has none the list is empty."""
    with seen(given, as_known_ms) as at:
        return answer(Calibrations(serial=serial, items=at.session.records.calibrations_of_serial(serial), **at.told()))


@router.post("/api/calibrations", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def calibrate(given: Given, body: CalibrationBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record an offset. The raw readings stay as they are; the same again changes nothing."""
    fact = RecordCalibration(actor=actor_name(actor), at_ms=given.clock.now_ms(), **body.model_dump())
    return answer(given.recorder.record(fact), 201)


def applied_to_probe(session: Session, probe: Probe) -> tuple[Applied, ...]:
    """Return what is applied to a probe's readings: by its positions, and the calibrations of their instruments."""
    positions = [one for one in session.records.positions_in(probe.place) if one.probe == probe.id]
    serials = {one.serial for one in positions} | {probe.serial}
    known = {serial: session.records.calibrations_of_serial(serial) for serial in sorted(serials) if serial}
    return applied_to(probe.id, probe.serial, positions, known)
