"""The register over HTTP: what is due, certificates, studies and qualifications, and the look-back of a failed one."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from msgspec.structs import replace
from pydantic import Field

from api.answers import answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name
from api.bodies import Millis as Instant
from api.context import Given
from api.problems import missing
from api.register import LookBack, look_back
from coldchain.ports import Recorded
from coldchain.register import (
    BoxQualification,
    CalibrationPoint,
    Certificate,
    Due,
    MappingStudy,
    RecordCertificate,
    RecordMapping,
    RecordQualification,
)
from coldchain.temperature import micro_celsius
from rules.due import due_list

router = APIRouter(tags=["places"])

Celsius = Annotated[str, Field(max_length=12, description='Degrees Celsius, e.g. "0.12".')]
Numbered = Annotated[str, Query(min_length=1, max_length=64)]


class Register(KnownAt, frozen=True, kw_only=True):
    """What is due for each instrument, place and box, and what was registered. `overdue` at as_of_ms."""

    due: list[Due]
    overdue: int
    as_of_ms: int
    studies: list[MappingStudy]
    qualifications: list[BoxQualification]


class Certificates(KnownAt, frozen=True, kw_only=True):
    """The certificates of an instrument, the oldest first."""

    items: list[Certificate]


class PointBody(Body):
    """One point of a calibration: the deviation of the instrument from the reference there."""

    at: Celsius
    as_found: Celsius | None = Field(None, description="Before anything was adjusted.")
    as_left: Celsius | None = Field(None, description="After it was adjusted.")


class CertificateBody(Body):
    """A calibration certificate."""

    serial: Word
    number: Word
    lab: Word
    calibrated_ms: Instant
    due_ms: Instant
    points: list[PointBody] = Field(min_length=1, max_length=50)
    tolerance: Celsius
    name: Word
    post: Word
    note: str = Field("", max_length=200)


class MappingBody(Body):
    """A mapping study of a place."""

    place: Id
    number: Word
    done_ms: Instant
    due_ms: Instant
    load: Word = Field(description="Empty, full, or how it was loaded.")
    warmest: Word = Field(description="Where it was warmest.")
    coldest: Word = Field(description="Where it was coldest.")
    conclusion: Word
    name: Word
    post: Word


class QualificationBody(Body):
    """The qualification of a box with its packing for a profile."""

    box: Id
    number: Word
    profile: Id
    done_ms: Instant
    due_ms: Instant
    lasts_minutes: int = Field(ge=1, le=100_000)
    conclusion: Word
    name: Word
    post: Word


@router.get("/api/register", responses=documented(Register, "What is due."))
def register(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """Show what is due: calibration of instruments, mapping of places, qualification of boxes."""
    with seen(given, as_known_ms) as at:
        session, now_ms = at.session, at.now_ms
        due = due_list(session)
        studies, qualifications = session.records.mapping_studies(), session.records.qualifications()
    overdue = sum(one.due_ms is None or one.due_ms <= now_ms for one in due)
    view = Register(
        due=due,
        overdue=overdue,
        as_of_ms=now_ms,
        studies=list(studies),
        qualifications=list(qualifications),
        **at.told(),
    )
    return answer(view)


@router.get("/api/serials/{serial}/certificates", responses=documented(Certificates, "Its certificates."))
def certificates_of(given: Given, serial: str, as_known_ms: AsKnownMs = None) -> Response:
    """List the calibration certificates of an instrument."""
    with seen(given, as_known_ms) as at:
        return answer(Certificates(items=list(at.session.records.certificates_of(serial)), **at.told()))


@router.get("/api/serials/{serial}/look-back", responses=documented(LookBack, "Whom it watched."))
def look_back_of(given: Given, serial: str, number: Numbered, as_known_ms: AsKnownMs = None) -> Response:
    """List places and units that an instrument watched before a certificate, since the last one that left it good."""
    with seen(given, as_known_ms) as at:
        found = [one for one in at.session.records.certificates_of(serial) if one.number == number]
        if not found:
            raise missing("certificate", f"{serial} {number}")
        return answer(replace(look_back(at.session, found[0]), **at.told()))


@router.post("/api/certificates", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def add_certificate(given: Given, body: CertificateBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Enter a calibration certificate. It changes no reading."""
    fields = body.model_dump(exclude={"points", "tolerance"})
    points = tuple(
        CalibrationPoint(
            at_micro_celsius=micro_celsius(one.at),
            as_found_micro_celsius=None if one.as_found is None else micro_celsius(one.as_found),
            as_left_micro_celsius=None if one.as_left is None else micro_celsius(one.as_left),
        )
        for one in body.points
    )
    made = Certificate(points=points, tolerance_micro_celsius=micro_celsius(body.tolerance), **fields)
    return answer(given.recorder.record(RecordCertificate(certificate=made, actor=actor_name(actor))), 201)


@router.post("/api/mapping-studies", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def add_mapping(given: Given, body: MappingBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Enter a mapping study of a place."""
    fact = RecordMapping(study=MappingStudy(**body.model_dump()), actor=actor_name(actor))
    return answer(given.recorder.record(fact), 201)


@router.post("/api/qualifications", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def add_qualification(given: Given, body: QualificationBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Enter the qualification of a box."""
    fact = RecordQualification(qualification=BoxQualification(**body.model_dump()), actor=actor_name(actor))
    return answer(given.recorder.record(fact), 201)
