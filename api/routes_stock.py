"""The closed loop over HTTP: returns, hand-overs, members, emergency cases, plans, levels, and the stock."""

from datetime import tzinfo
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.answers import ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, NotRecorded, Seen, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Context, Given
from coldchain.closed_loop import (
    AgreeEmergency,
    Agreeing,
    CloseEmergency,
    MemberKind,
    OpenEmergency,
    Party,
    Plan,
    ReturnUnit,
    SetMember,
    SetPlan,
    SetStockLevel,
    SignHandover,
    UnitReturn,
)
from coldchain.identifiers import ID_PATTERN
from coldchain.places import ON_THE_ROAD
from coldchain.ports import Recorded
from rules.stock import USE_DAYS, Stock, month_of, plan_states, stocks
from rules.waiting import first_out_now, stock_now

DAY_MS = 86_400_000
PICKS_MAX = 200
WAITING_RESTS_ON = (NotRecorded.MARKS, NotRecorded.JUDGING)
PickSite = Annotated[str, Query(pattern=f"^{ID_PATTERN}$", description="The site whose stock it is.")]
PickWord = Annotated[str, Query(min_length=1, max_length=200, description="The component, as the stock lists it.")]
PickGroup = Annotated[str, Query(max_length=32, description="The blood group, as the stock lists it.")]
PickLimit = Annotated[int, Query(ge=1, le=PICKS_MAX, description="How many.")]
router = APIRouter(tags=["custody"])


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """How a plan stands. `projected` None: too early in the month to say."""

    plan: Plan
    issued: int
    projected: int | None
    over: bool


class StockView(KnownAt, frozen=True, kw_only=True):
    """The stock of all sites, and how the plans of the present month stand, as of as_of_ms."""

    as_of_ms: int
    items: list[Stock]
    plans: list[PlanView]


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """A unit to take, and where it lies. `expires_ms` None: its label says none."""

    unit: str
    donation_number: str
    product_code: str
    division: str
    place: str
    expires_ms: int | None


class Picks(KnownAt, frozen=True, kw_only=True):
    """Which units of a component and group to take first: those that expire first. `more`: there are others."""

    site: str
    component: str
    blood_group: str
    items: list[Pick]
    more: bool
    as_of_ms: int


class Signed(Body):
    """Who says so, and when it was so."""

    at_ms: Instant
    name: Word
    post: Word


class ReturnBody(Signed):
    """A unit that was issued is back."""

    place: Id
    sealed: bool = Field(description="Its closure was never opened.")
    sound: bool = Field(description="It was looked at, and no defect was seen.")


class MemberBody(Signed):
    """What a site of the federation is."""

    kind: MemberKind = Field(strict=False)


class HandoverBody(Signed):
    """One of two signatures."""

    party: Party = Field(strict=False)
    units: list[Id] = Field(max_length=200)
    seal: str = Field("", max_length=64)
    documents: list[Word] = Field(default_factory=list, max_length=20)
    micro_celsius: int | None = Field(None, ge=-100_000_000, le=60_000_000)


class EmergencyBody(Signed):
    """A case of emergency issue."""

    case: Id
    site: Id
    to: Word
    units: list[Id] = Field(default_factory=list, max_length=200)
    reason: str = Field(min_length=1, max_length=500)


class AgreementBody(Signed):
    """The lead unit or the station agrees that the units of a case go from member to member."""

    party: Agreeing = Field(strict=False)


class CompletionBody(Signed):
    """The records of a case are complete."""

    note: str = Field("", max_length=500)


class PlanBody(Signed):
    """How much a member may use in a month."""

    site: Id
    component: Word
    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    units: int = Field(ge=0, le=1_000_000)


class LevelBody(Signed):
    """Below how many units a stock is blue, yellow, orange, red."""

    site: Id
    component: Word
    blood_group: str = Field("", max_length=32)
    blue: int = Field(ge=0, le=1_000_000)
    yellow: int = Field(ge=0, le=1_000_000)
    orange: int = Field(ge=0, le=1_000_000)
    red: int = Field(ge=0, le=1_000_000)


def read_stock(at: Seen, zone: tzinfo) -> StockView:
    """Read the stock and the plans of the month."""
    records, now_ms = at.session.records, at.now_ms
    places = records.places()
    sites = {place.id: place.site for place in places}
    boxes = [place.id for place in places if place.kind in ON_THE_ROAD]
    used = records.used(now_ms - USE_DAYS * DAY_MS, now_ms + 1, boxes)
    month, begin_ms = month_of(now_ms, zone)
    states = plan_states(records.plans(month), records.used(begin_ms, now_ms + 1, boxes), now_ms, zone)
    return StockView(
        as_of_ms=now_ms,
        items=stocks(stock_now(at.session, now_ms), used, records.stock_levels(), sites),
        plans=[PlanView(plan=one.plan, issued=one.issued, projected=one.projected, over=one.over) for one in states],
        **at.told(*WAITING_RESTS_ON),
    )


@router.get("/api/stock", responses=documented(StockView, "By site, component and group."))
def stock(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """Give the stock: what may be issued, what is aside, how long it lasts, and its level."""
    with seen(given, as_known_ms) as at:
        return answer(read_stock(at, given.zone))


def read_picks(at: Seen, site: str, component: str, blood_group: str, limit: int) -> Picks:
    """Read which units of a site to take first (first expired, first out): released ones in places, none in boxes.

    None that waits for the record either.
    """
    session, now_ms = at.session, at.now_ms
    here = [one for one in session.records.places() if one.site == site and one.kind not in ON_THE_ROAD]
    found = first_out_now(session, here, component, blood_group, now_ms, limit + 1)
    units = [(one, session.records.unit(one.unit)) for one in found[:limit]]
    items = [
        Pick(
            unit=one.unit,
            donation_number=unit.donation_number,
            product_code=unit.product_code,
            division=unit.division,
            place=one.place,
            expires_ms=one.expires_ms,
        )
        for one, unit in units
        if unit is not None
    ]
    return Picks(
        site=site,
        component=component,
        blood_group=blood_group,
        items=items,
        more=len(found) > limit,
        as_of_ms=now_ms,
        **at.told(*WAITING_RESTS_ON),
    )


@router.get("/api/stock/picks", responses=documented(Picks, "What to take first."))
def picks(
    given: Given,
    site: PickSite,
    component: PickWord,
    blood_group: PickGroup = "",
    limit: PickLimit = 20,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Give the pick list of a component and group at a site: what expires first, first."""
    with seen(given, as_known_ms) as at:
        return answer(read_picks(at, site, component, blood_group, limit))


@router.post("/api/units/{unit}/returns", status_code=201, responses=documented(UnitReturn, "Recorded.", 201))
def return_unit(given: Given, unit: ThingId, body: ReturnBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say that an issued unit is back. `accepted` false: its profile does not let it go back, and it is on hold."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    given.recorder.record(ReturnUnit(unit=unit, actor=actor_name(actor), **body.model_dump()))
    with given.store.reading() as session:
        found = next(one for one in session.records.returns_of_unit(unit) if one.at_ms == body.at_ms)
    return answer(found, 201)


@router.post("/api/members/{site}", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_member(given: Given, site: ThingId, body: MemberBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say what a site is: station, storage point or hospital. Hospitals give each other nothing directly."""
    return _recorded(given, body, SetMember(site=site, actor=actor_name(actor), **body.model_dump()))


@router.post("/api/manifests/{manifest}/handover", status_code=201, responses=documented(Recorded, "Signed.", 201))
def sign(given: Given, manifest: ThingId, body: HandoverBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Sign a hand-over: two persons, the same bags, seal and documents."""
    said = body.model_dump() | {"units": tuple(body.units), "documents": tuple(body.documents)}
    return _recorded(given, body, SignHandover(manifest=manifest, actor=actor_name(actor), **said))


@router.post("/api/emergencies", status_code=201, responses=documented(Recorded, "Opened.", 201))
def open_emergency(given: Given, body: EmergencyBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Open a case of emergency issue; its records are to be complete within 24 hours."""
    said = body.model_dump() | {"units": tuple(body.units)}
    return _recorded(given, body, OpenEmergency(actor=actor_name(actor), **said))


@router.post("/api/emergencies/{case}/agreements", status_code=201, responses=documented(Recorded, "Agreed.", 201))
def agree(given: Given, case: ThingId, body: AgreementBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Agree that the units of a case go from member to member: the lead unit and the station, two persons."""
    return _recorded(given, body, AgreeEmergency(case=case, actor=actor_name(actor), **body.model_dump()))


@router.post("/api/emergencies/{case}/completion", status_code=201, responses=documented(Recorded, "Done.", 201))
def complete(given: Given, case: ThingId, body: CompletionBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say that the records of an emergency case are complete."""
    return _recorded(given, body, CloseEmergency(case=case, actor=actor_name(actor), **body.model_dump()))


@router.post("/api/plans", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_plan(given: Given, body: PlanBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say how many units of a component a member may use in a month."""
    return _recorded(given, body, SetPlan(actor=actor_name(actor), **body.model_dump()))


@router.post("/api/stock-levels", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_level(given: Given, body: LevelBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say below how many units the stock of a site is blue, yellow, orange or red."""
    return _recorded(given, body, SetStockLevel(actor=actor_name(actor), **body.model_dump()))


def _recorded(
    given: Context,
    body: Signed,
    fact: SetMember | SignHandover | OpenEmergency | AgreeEmergency | CloseEmergency | SetPlan | SetStockLevel,
) -> Response:
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    return answer(given.recorder.record(fact), 201)
