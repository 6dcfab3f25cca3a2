"""For whom a unit is: said over HTTP, and what is told of it. The patient's reference is compared and never shown."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Header, Response
from pydantic import Field

from api.answers import ThingId, answer, documented
from api.bodies import ACTOR_UNNAMED, ActorHeader, Millis, Patient, Word, actor_name, require_past
from api.bodies import Body as Sent
from api.context import Given
from coldchain.intents import Basis, Intent, Kept, SetIntent, require_reference
from coldchain.ports import Recorded

router = APIRouter(tags=["units"])

NOBODY: Final = ""
PatientHeader = Annotated[
    str,
    Header(
        alias="X-Patient",
        max_length=64,
        description=(
            "The patient for whom it is asked, by the reference of the issuing system. In a header, because addresses "
            "are logged. It is compared with what was said of the unit, and neither kept nor shown."
        ),
    ),
]


class IntentView(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a unit is. `patient_named`: somebody said for which patient; the reference itself is not shown."""

    intent: Intent
    basis: Basis
    reserved: bool
    patient_named: bool


class IntentBody(Sent):
    """For whom a unit is."""

    intent: Intent = Field(strict=False, description="allogeneic, autologous or directed.")
    patient: Patient = ""
    reason: str = Field("", max_length=500, description="Needed where a unit for one patient is given to others.")
    at_ms: Millis
    name: Word
    post: Word


def intent_view(kept: Kept) -> IntentView:
    """Return what is told of for whom a unit is."""
    return IntentView(intent=kept.intent, basis=kept.basis, reserved=kept.reserved, patient_named=kept.patient != "")


def asked_for(header: str) -> str:
    """Return the patient for whom something is asked. Raises InvalidValueError for what is no reference."""
    return require_reference(header.strip())


@router.post("/api/units/{unit}/intent", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_intent(given: Given, unit: ThingId, body: IntentBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say for whom a unit is: anybody, or one patient. The newest word counts, and goes before the label.

    One whose label says "only" is never made stock for everybody, and of another one the reason is asked.
    """
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fact = SetIntent(unit=unit, actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)
