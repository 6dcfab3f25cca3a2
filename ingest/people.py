"""Facts that people enter: checked against what is recorded, then drafted for the ledger."""

from collections import Counter
from typing import Final

from msgspec.structs import replace

from coldchain.arrival import LASTS_MS_MAX
from coldchain.calibration import RecordCalibration
from coldchain.commission import Commissioning, WorkWord
from coldchain.deciding import DecideUnit
from coldchain.entries import Binding, Draft, EntryKind, Issue, Manifest, Retirement
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.intents import require_reference
from coldchain.lineage import (
    Aggregate,
    DeclareError,
    EndUnit,
    ErrorOf,
    OfLineage,
    RecallDonation,
    Said,
    TransferOwnership,
    TransformUnits,
)
from coldchain.places import PlaceKind
from coldchain.ports import Session
from coldchain.profiles import ApproveProfile, KeepProfile, ProposeProfile
from coldchain.receiving import KeepRefusedRows
from coldchain.register import OfRegister, RecordCertificate, RecordMapping, RecordQualification
from coldchain.rounds import RecordCount, RecordRound
from coldchain.trust import EndKey, NoteSecurity, OpenClaim, SendCommand, UseClaim
from coldchain.units import (
    AnswerReceipt,
    AnswerWay,
    BindTag,
    CommissionProbe,
    IssueUnit,
    PackBox,
    PersonFact,
    PlaceUnit,
    ReceiveCrate,
    ReceiveUnit,
    RegisterUnit,
    RetireTag,
    SayWork,
    SettleTagConflict,
)
from ingest.aggregation import aggregate
from ingest.calibrations import calibration_drafts
from ingest.commissioning import commissioning_draft, work_draft
from ingest.conflicts import settled_conflict
from ingest.corrections import declare_error
from ingest.decisions import decided
from ingest.dispatch import require_dispatch, require_no_separation
from ingest.drafted import (
    AHEAD_MS_MAX,
    Drafted,
    known_place,
    placement,
    require_free,
    require_living,
    require_not_an_error,
    require_unit,
)
from ingest.inheritance import recall_drafts_of
from ingest.intents import as_registered
from ingest.lineage import end_unit, recall, transfer, transform
from ingest.people_rooms import HANDLERS
from ingest.people_trust import trust_drafts
from ingest.receipts import receipt_drafts
from ingest.receiving import received, refused_rows
from ingest.register import dated_ms, registered
from ingest.rounds import counted_stock, rounded
from ingest.tasks import counted_drafts

DAY_MS: Final = 86_400_000
PACKED_UNITS_MAX: Final = 200  # in one packing list: a courier's box holds some twenty bags


def person_drafts(session: Session, fact: PersonFact, now_ms: int) -> Drafted:
    """Return the entries for a person's fact, all of which belong into one transaction.

    Raises ConflictError, UnknownThingError or InvalidValueError, with nothing changed.
    """
    at_ms = _said_of_ms(fact)
    if at_ms is not None and at_ms > now_ms + AHEAD_MS_MAX:
        msg = f"{at_ms} lies in the future: say when it happened, in UTC milliseconds since 1970"
        raise InvalidValueError(msg)
    if isinstance(fact, OfLineage):
        return _of_lineage(session, fact, now_ms)
    if isinstance(fact, OfRegister):
        return registered(session, fact)
    match fact:
        case RegisterUnit() | PlaceUnit() | PackBox() | IssueUnit():
            return _of_a_unit(session, fact, now_ms)
        case BindTag() | RetireTag() | SettleTagConflict():
            return _of_a_tag(session, fact)
        case ReceiveCrate() | AnswerReceipt() | AnswerWay():
            return receipt_drafts(session, fact)
        case CommissionProbe() | SayWork() | RecordCalibration():
            return _of_a_place(session, fact, now_ms)
        case DecideUnit() | ReceiveUnit() | KeepRefusedRows() | RecordRound() | RecordCount():
            return _of_a_decision(session, fact, now_ms)
        case SendCommand() | OpenClaim() | UseClaim() | EndKey() | NoteSecurity():
            return Drafted(drafts=trust_drafts(session, fact, now_ms))
        case _:
            return HANDLERS[type(fact)](session, fact, now_ms)


def _of_a_unit(session: Session, fact: RegisterUnit | PlaceUnit | PackBox | IssueUnit, now_ms: int) -> Drafted:
    match fact:
        case RegisterUnit():
            return _register(session, fact, now_ms)
        case PlaceUnit():
            return _place(session, fact)
        case PackBox():
            return _pack(session, fact, now_ms)
        case IssueUnit():
            return _issue(session, fact)


def _of_lineage(session: Session, fact: OfLineage, now_ms: int) -> Drafted:
    match fact:
        case TransformUnits():
            require_no_separation(session, fact)
            return transform(session, fact, now_ms)
        case EndUnit():
            return end_unit(session, fact)
        case RecallDonation():
            return recall(session, fact, now_ms)
        case DeclareError():
            return declare_error(session, fact)
        case TransferOwnership():
            return transfer(session, fact)
        case Aggregate():
            return aggregate(session, fact)


def _of_a_tag(session: Session, fact: BindTag | RetireTag | SettleTagConflict) -> Drafted:
    match fact:
        case BindTag():
            return _bind(session, fact)
        case RetireTag():
            return _retire(session, fact)
        case SettleTagConflict():
            return settled_conflict(session, fact)


def _of_a_decision(
    session: Session, fact: DecideUnit | ReceiveUnit | KeepRefusedRows | RecordRound | RecordCount, now_ms: int
) -> Drafted:
    match fact:
        case DecideUnit():
            return decided(session, fact)
        case ReceiveUnit():
            return _receive(session, fact, now_ms)
        case KeepRefusedRows():
            return refused_rows(session, fact)
        case RecordRound():
            return rounded(session, fact)
        case RecordCount():
            return _counted(session, fact, now_ms)


def _counted(session: Session, fact: RecordCount, now_ms: int) -> Drafted:
    """Record a count; it closes the counts that an excursion asked for."""
    made = counted_stock(session, fact)
    made.drafts.extend(counted_drafts(session, fact.place, fact.at_ms, now_ms) if made.drafts else [])
    return made


def _of_a_place(session: Session, fact: CommissionProbe | SayWork | RecordCalibration, now_ms: int) -> Drafted:
    if isinstance(fact, RecordCalibration):
        return calibration_drafts(session, fact)
    if isinstance(fact, CommissionProbe):
        draft = commissioning_draft(session, fact)
    else:
        draft = work_draft(session, fact, now_ms)
    if draft is None or not isinstance(draft.payload, Commissioning | WorkWord):
        return Drafted()
    return Drafted(drafts=[draft], places={draft.payload.place})


def _said_of_ms(fact: PersonFact) -> int | None:
    match fact:
        case RegisterUnit() | SendCommand() | OpenClaim() | UseClaim() | NoteSecurity():
            return None
        case BindTag():
            return fact.from_ms
        case ReceiveCrate():
            return fact.to_ms
        case SettleTagConflict():
            return fact.settled_ms
        case PlaceUnit() | PackBox() | IssueUnit() | RetireTag() | AnswerReceipt() | AnswerWay():
            return fact.at_ms
        case KeepRefusedRows():
            return fact.refusal.at_ms
        case DeclareError() if fact.instead is not None:
            return max(fact.at_ms, fact.instead.at_ms)
        case RecordCertificate() | RecordMapping() | RecordQualification():
            return dated_ms(fact)
        case ProposeProfile() | ApproveProfile() | KeepProfile():
            return None  # they hold from the record on, or later
        case _:
            return fact.at_ms


def _register(session: Session, fact: RegisterUnit, now_ms: int) -> Drafted:
    unit = fact.unit
    known = session.records.unit(unit.id) or session.records.unit_by_identity(
        unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division
    )
    if known == unit:
        said = as_registered(session, fact)
        return Drafted(drafts=said, units={unit.id} if said else set())
    if known is not None:
        msg = f"unit {known.id} is already registered with other data; nothing was changed"
        raise ConflictError(msg)
    if session.records.profile(unit.profile, unit.profile_version) is None:
        msg = f"profile {unit.profile} version {unit.profile_version} is not known here"
        raise UnknownThingError(msg)
    drafts = [Draft(kind=EntryKind.UNIT, actor=fact.actor, site="", payload=unit)]
    drafts += as_registered(session, fact)
    return Drafted(drafts=[*drafts, *recall_drafts_of(session, unit, now_ms)], units={unit.id})


def _receive(session: Session, fact: ReceiveUnit, now_ms: int) -> Drafted:
    registered = _register(session, RegisterUnit(unit=fact.unit, actor=fact.actor), now_ms)
    bind = BindTag(epc=fact.epc, unit=fact.unit.id, from_ms=fact.at_ms, actor=fact.actor)
    return received(session, fact, registered, _bind_anew(session, bind) if fact.epc else Drafted(), now_ms)


def _bind_anew(session: Session, fact: BindTag) -> Drafted:
    """Bind a tag unless it stands for this unit already."""
    bound = session.records.bindings_of_epc(fact.epc)
    ends = [one.at_ms for one in session.records.retirements_of_epc(fact.epc)]
    stands = bound and bound[-1].unit == fact.unit and not any(at_ms >= bound[-1].from_ms for at_ms in ends)
    return Drafted() if stands else _bound(session, fact)


def _bind(session: Session, fact: BindTag) -> Drafted:
    require_unit(session, fact.unit)
    return _bound(session, fact)


def _bound(session: Session, fact: BindTag) -> Drafted:
    bindings = session.records.bindings_of_epc(fact.epc)
    if any(b.unit == fact.unit and b.from_ms == fact.from_ms for b in bindings):
        return Drafted()
    require_not_an_error(session, ErrorOf.BINDING, Said(unit=fact.unit, at_ms=fact.from_ms, object=fact.epc))
    require_free(session, fact, bindings)
    payload = Binding(epc=fact.epc, unit=fact.unit, from_ms=fact.from_ms)
    draft = Draft(kind=EntryKind.BINDING, actor=fact.actor, site="", payload=payload)
    return Drafted(drafts=[draft], units={fact.unit})


def _retire(session: Session, fact: RetireTag) -> Drafted:
    bindings = session.records.bindings_of_epc(fact.epc)
    if not bindings:
        msg = f"tag {fact.epc} is bound to no unit: there is nothing to take out of use"
        raise UnknownThingError(msg)
    payload = Retirement(epc=fact.epc, at_ms=fact.at_ms, reason=fact.reason)
    known = next((one for one in session.records.retirements_of_epc(fact.epc) if one.at_ms == fact.at_ms), None)
    if known == payload:
        return Drafted()
    if known is not None:
        msg = f"tag {fact.epc} is already recorded as out of use at that time: {known.reason}; nothing was changed"
        raise ConflictError(msg)
    draft = Draft(kind=EntryKind.RETIREMENT, actor=fact.actor, site="", payload=payload)
    return Drafted(drafts=[draft], units={binding.unit for binding in bindings})


def _place(session: Session, fact: PlaceUnit) -> Drafted:
    require_unit(session, fact.unit)
    if fact.place is not None:
        require_living(session, fact.unit, fact.at_ms)
    site = "" if fact.place is None else known_place(session, fact.place).site
    drafts = placement(session, fact.unit, fact.place, fact.at_ms, fact.actor, site, scanned=fact.scanned)
    if drafts and fact.place is None:
        require_not_an_error(session, ErrorOf.PLACEMENT, Said(unit=fact.unit, at_ms=fact.at_ms))
    return Drafted(drafts=drafts, units={fact.unit} if drafts else set())


def _pack(session: Session, fact: PackBox, now_ms: int) -> Drafted:
    """Record a packing list and that each of its units was put into the box, or that all of it is recorded already.

    In which order a list names its units says nothing, so the same units in another order are the same list.
    """
    box = known_place(session, fact.box)
    if box.kind is not PlaceKind.BOX:
        msg = f"place {box.id} is a {box.kind.value} and not a box: name the box; nothing was changed"
        raise ConflictError(msg)
    _require_packable(session, fact)
    payload = Manifest(
        id=fact.manifest,
        box=fact.box,
        units=fact.units,
        packed_ms=fact.at_ms,
        destination=fact.destination,
        courier=fact.courier,
        expected_ms=fact.expected_ms,
    )
    known = session.records.manifest(fact.manifest)
    if known is not None:
        if _in_order(known) == _in_order(payload):
            return Drafted()
        msg = f"packing list {fact.manifest} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    require_reference(fact.patient)
    require_dispatch(session, fact, box, now_ms)
    drafts = [Draft(kind=EntryKind.MANIFEST, actor=fact.actor, site=box.site, payload=payload)]
    for unit in fact.units:
        drafts += placement(session, unit, fact.box, fact.at_ms, fact.actor, box.site)
    return Drafted(drafts=drafts, units=set(fact.units))


def _require_packable(session: Session, fact: PackBox) -> None:
    if not 1 <= len(fact.units) <= PACKED_UNITS_MAX:
        msg = f"packing list {fact.manifest} names {len(fact.units)} units: 1 to {PACKED_UNITS_MAX} are allowed"
        raise InvalidValueError(msg)
    twice = [unit for unit, times in Counter(fact.units).items() if times > 1]
    if twice:
        msg = f"packing list {fact.manifest} names unit {twice[0]} more than once"
        raise InvalidValueError(msg)
    for unit in fact.units:
        require_unit(session, unit)
        require_living(session, unit, fact.at_ms)
    _require_expected(fact)


def _require_expected(fact: PackBox) -> None:
    if fact.expected_ms is not None and not 0 < fact.expected_ms - fact.at_ms <= LASTS_MS_MAX:
        days = LASTS_MS_MAX // DAY_MS
        msg = f"packing list {fact.manifest} is expected before it was packed, or more than {days} days after it"
        raise InvalidValueError(msg)


def _in_order(manifest: Manifest) -> Manifest:
    """Return a list as it was packed: whatever order its units are named in, and expected whenever since."""
    return replace(manifest, units=tuple(sorted(manifest.units)), moved=())


def _issue(session: Session, fact: IssueUnit) -> Drafted:
    """Record that a unit was handed out, whatever holds it: it has happened, and somebody must hear of it."""
    require_unit(session, fact.unit)
    payload = Issue(unit=fact.unit, to=fact.to, at_ms=fact.at_ms, patient=require_reference(fact.patient))
    known = [one for one in session.records.issues_of_unit(fact.unit) if (one.to, one.at_ms) == (fact.to, fact.at_ms)]
    if payload in known or (known and not fact.patient):
        return Drafted()
    if known and known[0].patient:
        msg = f"unit {fact.unit} is already recorded as issued then for another patient; nothing was changed"
        raise ConflictError(msg)
    require_not_an_error(session, ErrorOf.ISSUE, Said(unit=fact.unit, at_ms=fact.at_ms, object=fact.to))
    drafts = [Draft(kind=EntryKind.ISSUE, actor=fact.actor, site="", payload=payload)]
    drafts += placement(session, fact.unit, None, fact.at_ms, fact.actor, "")
    return Drafted(drafts=drafts, units={fact.unit})
