"""Crates received past a tunnel reader, and the life of tags."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from msgspec.structs import replace
from pydantic import Field

from api.answers import LIMIT_DEFAULT, Limit, Millis, ThingId, answer, documented, require_window
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name, require_past
from api.bodies import Millis as BodyMillis
from api.context import Given
from api.find import find_units
from api.heard import HEARD_WINDOW_MS, HeardView, StraysView, heard_view, strays_view
from api.problems import missing
from api.receipts import ReceiptView, view_of
from api.tags import TagView, tag_view
from coldchain.entries import Receipt, TagConflict
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.identifiers import require_epc
from coldchain.ports import Session
from coldchain.units import AnswerReceipt, AnswerWay, ReceiveCrate, RetireTag, SettleTagConflict
from rules.tag_conflicts import ConflictKind

RECEIPT_UNITS_MAX: Final = 200  # with ids of 32 characters this fits into one body

router = APIRouter(tags=["boxes"])

EpcPath = Annotated[str, Path(max_length=124, description="The tag's EPC in hex, a multiple of 4 digits.")]


class ReceiptBody(Body):
    """A crate that went past a tunnel reader."""

    id: Id = Field(description="The receipt's number, of your choice: the same one sent again adds late reads.")
    reader: Id = Field(description="The tunnel's or portal's reader.")
    place: Id = Field(description="Where the crate is put.")
    manifest: Id | None = Field(None, description="The packing list that came with it; or give `units`.")
    units: list[Id] = Field([], max_length=RECEIPT_UNITS_MAX, description="The dispatch list, by unit id.")
    from_ms: BodyMillis = Field(description="When the crate came to the tunnel, UTC milliseconds since 1970.")
    to_ms: BodyMillis = Field(description="When it had passed, at most a quarter of an hour later.")

    def fact(self, actor: str, now_ms: int) -> ReceiveCrate:
        """Return what to record. Raises InvalidValueError for a list of both kinds or none, and an impossible time."""
        require_past("to_ms", self.to_ms, now_ms)
        if bool(self.units) == bool(self.manifest):
            msg = "give either manifest or units: against one list the crate is received"
            raise InvalidValueError(msg)
        return ReceiveCrate(
            receipt=self.id,
            reader=self.reader,
            place=self.place,
            manifest=self.manifest or "",
            units=tuple(self.units),
            from_ms=self.from_ms,
            to_ms=self.to_ms,
            actor=actor,
        )


class AnswerBody(Body):
    """What a person found of one unit of a crate."""

    unit: Word = Field(description="Its id, or the donation number as it was scanned.")
    here: bool = Field(description="True: scanned, it is there. False: looked for and not found.")
    at_ms: BodyMillis | None = Field(None, description="When, UTC milliseconds since 1970. Left out: now.")


class WayBody(Body):
    """Which way a crate went through a portal."""

    inwards: bool = Field(description="True: it came into the place. False: it went out.")


class RetirementBody(Body):
    """That a tag is taken out of use."""

    at_ms: BodyMillis = Field(description="From when on its reads move nothing, UTC milliseconds since 1970.")
    reason: Word = Field(description="Why, e.g. torn off, dead, moved to another bag.")


class SettlementBody(Body):
    """That somebody has looked at a read of a tag that contradicts the record."""

    epc: str = Field(max_length=124, description="The tag's EPC in hex.")
    kind: ConflictKind = Field(description="What contradicts, as it is listed.", strict=False)
    place: Id = Field(description="Where it was read.")
    at_ms: BodyMillis = Field(description="When it was read, as it is listed.")
    reason: Word = Field(description="What it was.")


class TagConflicts(KnownAt, frozen=True, kw_only=True):
    """Reads of tags that contradict the record."""

    items: list[TagConflict]


class Receipts(KnownAt, frozen=True, kw_only=True):
    """Receipts, the newest first."""

    items: list[Receipt]


@router.post(
    "/api/receipts",
    status_code=201,
    responses=documented(ReceiptView, "Recorded.", 201) | documented(ReceiptView, "All of it was recorded before."),
)
def receive_crate(given: Given, body: ReceiptBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Receive a crate against its list: units whose tags were read are in `place` from `to_ms` on.

    Units that were not read have a probability of being missing; scans close them. Sent again, it takes in reads that
    have arrived since; otherwise nothing changes and the answer is 200.
    """
    fact = body.fact(actor_name(actor), given.clock.now_ms())
    with given.store.reading() as session:
        before = session.records.receipt(body.id)
    given.recorder.record(fact)
    with given.store.reading() as session:
        found = require_receipt(session, body.id)
        return answer(view_of(session, found), 200 if found == before else 201)


@router.get("/api/receipts", responses=documented(Receipts, "The newest receipts."))
def list_receipts(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List receipts, the newest first."""
    with seen(given, as_known_ms) as at:
        return answer(Receipts(items=list(at.session.records.receipts(limit)), **at.told()))


@router.get("/api/receipts/{receipt}", responses=documented(ReceiptView, "One receipt."))
def one_receipt(given: Given, receipt: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show a receipt, what is open of it, and what to do."""
    with seen(given, as_known_ms) as at:
        return answer(replace(view_of(at.session, require_receipt(at.session, receipt)), **at.told()))


@router.post(
    "/api/receipts/{receipt}/answers",
    status_code=201,
    responses=documented(ReceiptView, "Recorded.", 201) | documented(ReceiptView, "It was recorded before."),
)
def answer_receipt(given: Given, receipt: ThingId, body: AnswerBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record that a unit was scanned, and is then in the receipt's place, or that it was looked for in vain."""
    now_ms = given.clock.now_ms()
    at_ms = now_ms if body.at_ms is None else body.at_ms  # a scanner's own clock may be anything
    require_past("at_ms", at_ms, now_ms)
    with given.store.reading() as session:
        before = require_receipt(session, receipt)
        unit = _meant(session, before, body.unit)
    given.recorder.record(
        AnswerReceipt(receipt=receipt, unit=unit, here=body.here, at_ms=at_ms, actor=actor_name(actor))
    )
    with given.store.reading() as session:
        found = require_receipt(session, receipt)
        return answer(view_of(session, found), 200 if found == before else 201)


@router.post(
    "/api/receipts/{receipt}/way",
    status_code=201,
    responses=documented(ReceiptView, "Recorded.", 201) | documented(ReceiptView, "It was recorded before."),
)
def answer_way(given: Given, receipt: ThingId, body: WayBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say which way a crate went through a portal whose reads do not tell it. Only once; another answer is a 409."""
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        before = require_receipt(session, receipt)
    given.recorder.record(AnswerWay(receipt=receipt, inwards=body.inwards, at_ms=now_ms, actor=actor_name(actor)))
    with given.store.reading() as session:
        found = require_receipt(session, receipt)
        return answer(view_of(session, found), 200 if found == before else 201)


@router.get("/api/tags/{epc}", tags=["units"], responses=documented(TagView, "One tag."))
def one_tag(given: Given, epc: EpcPath, as_known_ms: AsKnownMs = None) -> Response:
    """Show which units a tag stood for, when it was taken out of use, and which reads contradict that."""
    with seen(given, as_known_ms) as at:
        return answer(replace(tag_view(at.session, require_epc(epc)), **at.told()))


@router.get("/api/tag-conflicts", tags=["units"], responses=documented(TagConflicts, "Those that stand."))
def list_tag_conflicts(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List reads of tags that contradict the record and that nobody has looked at, the newest first."""
    with seen(given, as_known_ms) as at:
        return answer(TagConflicts(items=list(at.session.records.tag_conflicts(limit)), **at.told()))


@router.post(
    "/api/tag-conflicts/settlements",
    status_code=201,
    tags=["units"],
    responses=documented(TagConflicts, "Recorded; all conflicts of this tag.", 201)
    | documented(TagConflicts, "It was recorded before."),
)
def settle_tag_conflict(given: Given, body: SettlementBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record that somebody has looked at a conflict. It stands no more; a later read of its kind is a new one."""
    fact = SettleTagConflict(
        epc=require_epc(body.epc),
        kind=body.kind.value,
        place=body.place,
        at_ms=body.at_ms,
        settled_ms=given.clock.now_ms(),
        reason=body.reason,
        actor=actor_name(actor),
    )
    with given.store.reading() as session:
        before = session.records.tag_conflicts_of(fact.epc)
    given.recorder.record(fact)
    with given.store.reading() as session:
        found = session.records.tag_conflicts_of(fact.epc)
        return answer(TagConflicts(items=list(found)), 200 if found == before else 201)


@router.get("/api/strays", tags=["places"], responses=documented(StraysView, "Stray reads by antenna."))
def list_strays(given: Given, from_ms: Millis, to_ms: Millis, as_known_ms: AsKnownMs = None) -> Response:
    """Count, for an hour or less, which antennas read units that lay elsewhere: cross-reads, no movements."""
    require_window(from_ms, to_ms, HEARD_WINDOW_MS)
    with seen(given, as_known_ms) as at:
        return answer(replace(strays_view(at.session, from_ms, to_ms), **at.told()))


@router.get("/api/tags/{epc}/heard", tags=["units"], responses=documented(HeardView, "What readers heard of it."))
def tag_heard(given: Given, epc: EpcPath, from_ms: Millis, to_ms: Millis, as_known_ms: AsKnownMs = None) -> Response:
    """Show how every reader heard a tag within an hour or less, and in whose place the reads put it. No movement."""
    require_window(from_ms, to_ms, HEARD_WINDOW_MS)
    with seen(given, as_known_ms) as at:
        return answer(replace(heard_view(at.session, require_epc(epc), from_ms, to_ms), **at.told()))


@router.post(
    "/api/tags/{epc}/retirements",
    tags=["units"],
    status_code=201,
    responses=documented(TagView, "Recorded.", 201) | documented(TagView, "It was recorded before."),
)
def retire_tag(given: Given, epc: EpcPath, body: RetirementBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Take a tag out of use: its reads move nothing from then on, and it may be bound to another unit."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    name = require_epc(epc)
    with given.store.reading() as session:
        before = tag_view(session, name)
    given.recorder.record(RetireTag(epc=name, at_ms=body.at_ms, reason=body.reason, actor=actor_name(actor)))
    with given.store.reading() as session:
        found = tag_view(session, name)
    return answer(found, 200 if found == before else 201)


def require_receipt(session: Session, receipt: str) -> Receipt:
    """Return a receipt. Raises UnknownThingError."""
    found = session.records.receipt(receipt)
    if found is None:
        raise missing("receipt", receipt)
    return found


def _meant(session: Session, receipt: Receipt, asked: str) -> str:
    """Return the unit that an id or a scanned number means: one of the list before any other."""
    units = [unit.id for unit in find_units(session, asked)]
    listed = [unit for unit in units if unit in receipt.expected]
    if not units:
        msg = f"no unit with the id or donation number {asked!r} is registered"
        raise UnknownThingError(msg)
    if len(listed or units) > 1:
        msg = f"{asked!r} may be any of {', '.join(listed or units)}: give the unit's id"
        raise ConflictError(msg)
    return (listed or units)[0]
