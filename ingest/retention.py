"""Retention, legal holds and removals: what people sign, and the one removal that two signatures allow."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec
import structlog

from coldchain.entries import Draft, EntryKind
from coldchain.errors import (
    ConflictError,
    InvalidValueError,
    SignedAloneError,
    SignedBySameError,
    UnknownThingError,
)
from coldchain.persons import same_actor, same_person, same_post
from coldchain.ports import Session
from coldchain.retaining import due_days, past_days
from coldchain.retention import (
    DISPOSAL_BLOCKS_MAX,
    DISPOSAL_DIGESTS_MAX,
    YEARS_DEFAULT,
    YEARS_MAX,
    ConfirmDisposal,
    Disposal,
    DisposalSpan,
    DisposalState,
    EndLegalHold,
    HoldScope,
    KeptBlock,
    LegalHold,
    PlaceLegalHold,
    ProposeDisposal,
    Removal,
    RetentionPolicy,
    SetRetention,
    WithdrawDisposal,
    blocks_sha256,
)
from ingest.drafted import Drafted, known_place, require_signed, require_unit

TEXT_CHARACTERS_MAX: Final = 400
ACTOR: Final = "coldchain"

log = structlog.get_logger("ingest")


def set_retention(session: Session, fact: SetRetention, _now_ms: int) -> Drafted:
    """Return the entry of a period. Raises InvalidValueError for one that is shorter than any law allows."""
    require_signed(fact.name, fact.post)
    _require_text(fact.source, "the rule that it follows")
    if not YEARS_DEFAULT <= fact.years <= YEARS_MAX:
        msg = f"{fact.years} years: {YEARS_DEFAULT} to {YEARS_MAX} are allowed, for the record of blood is kept so long"
        raise InvalidValueError(msg)
    if fact.profile and fact.profile not in {profile.id for profile in session.records.profiles()}:
        msg = f"profile {fact.profile} is not known here"
        raise UnknownThingError(msg)
    made = RetentionPolicy(**{name: getattr(fact, name) for name in RetentionPolicy.__struct_fields__})
    known = session.records.retention_policies()
    if made in known:
        return Drafted()
    _require_second(fact, known)
    return _drafted(EntryKind.RETENTION_POLICY, fact.actor, made)


def _require_second(fact: SetRetention, known: Sequence[RetentionPolicy]) -> None:
    """Nobody shortens a period alone: what it kept goes for ever."""
    before = {(one.what, one.profile): one.years for one in known}.get((fact.what, fact.profile), 0)
    if not fact.second_name.strip() and not fact.second_post.strip():
        if fact.years < before:
            msg = f"{before} years hold now: a second person signs, too, before it is {fact.years}; nothing was changed"
            raise ConflictError(msg)
        return
    require_signed(fact.second_name, fact.second_post)
    if same_person(fact.name, fact.post, fact.second_name, fact.second_post):
        raise SignedAloneError("the second signature is that of another person")


def place_hold(session: Session, fact: PlaceLegalHold, _now_ms: int) -> Drafted:
    """Return the entry of a legal hold. Raises ConflictError, InvalidValueError or UnknownThingError."""
    require_signed(fact.name, fact.post)
    _require_text(fact.reason, "the reason")
    _require_id(fact.id)
    _require_subject(session, fact.scope, fact.subject)
    if fact.to_ms is not None and fact.to_ms <= fact.from_ms:
        raise InvalidValueError("a legal hold ends after it begins")
    names = [name for name in LegalHold.__struct_fields__ if not name.startswith("ended_")]
    made = LegalHold(**{name: getattr(fact, name) for name in names})
    known = session.records.legal_hold(fact.id)
    if known is None:
        return _drafted(EntryKind.LEGAL_HOLD, fact.actor, made)
    if known == made:
        return Drafted()
    msg = f"legal hold {fact.id} is already recorded; nothing was changed. Give another one another id"
    raise ConflictError(msg)


def end_hold(session: Session, fact: EndLegalHold, _now_ms: int) -> Drafted:
    """Return the entry that ends a legal hold. Raises ConflictError, InvalidValueError or UnknownThingError."""
    require_signed(fact.name, fact.post)
    _require_text(fact.reason, "the reason")
    known = session.records.legal_hold(fact.id)
    if known is None:
        msg = f"legal hold {fact.id} is not known here"
        raise UnknownThingError(msg)
    made = msgspec.structs.replace(
        known, ended_ms=fact.at_ms, ended_reason=fact.reason, ended_name=fact.name, ended_post=fact.post
    )
    if known == made:
        return Drafted()
    if not known.stands or fact.at_ms < known.at_ms:
        msg = f"legal hold {fact.id} was ended already, or was placed after {fact.at_ms}; nothing was changed"
        raise ConflictError(msg)
    return _drafted(EntryKind.LEGAL_HOLD, fact.actor, made)


def propose(session: Session, fact: ProposeDisposal, now_ms: int) -> Drafted:
    """Return the entry that proposes to remove what is due. Raises ConflictError if nothing is."""
    require_signed(fact.name, fact.post)
    _require_text(fact.reason, "the reason")
    _require_id(fact.id)
    known = session.records.disposal(fact.id)
    if known is not None:
        if (known.proposed_name, known.proposed_ms, known.reason) == (fact.name, fact.at_ms, fact.reason):
            return Drafted()
        msg = f"removal {fact.id} is already recorded; nothing was changed. Give another one another id"
        raise ConflictError(msg)
    if fact.probe and fact.probe not in {probe.id for probe in session.records.probes()}:
        msg = f"probe {fact.probe} is not known here"
        raise UnknownThingError(msg)
    blocks = _blocks_of(session, due_days(session, now_ms, fact.probe, _taken(session)))
    if not blocks:
        raise ConflictError("nothing is past its time that is not held or proposed already; nothing was changed")
    made = Disposal(
        id=fact.id,
        version=1,
        state=DisposalState.PROPOSED,
        spans=_spans(blocks),
        blocks=len(blocks),
        readings=_readings(blocks),
        sha256=blocks_sha256(blocks),
        reason=fact.reason,
        proposed_ms=fact.at_ms,
        proposed_name=fact.name,
        proposed_post=fact.post,
        proposed_actor=fact.actor,
    )
    return _drafted(EntryKind.DISPOSAL, fact.actor, made)


def confirm(session: Session, fact: ConfirmDisposal, now_ms: int) -> Drafted:
    """Return the entry of the second signature. Raises ConflictError unless another person in another post gives it."""
    require_signed(fact.name, fact.post)
    known = _disposal(session, fact.id)
    signed = (known.confirmed_ms, known.confirmed_name, known.confirmed_post)
    if known.state is not DisposalState.PROPOSED:
        if signed == (fact.at_ms, fact.name, fact.post):
            return Drafted()
        msg = f"removal {fact.id} is {known.state.value}; nothing was changed"
        raise ConflictError(msg)
    _require_another(fact, known)
    if fact.sha256 != known.sha256:
        raise ConflictError("this is not the removal that was looked at: look again before you sign")
    if why := _why_not(session, known, now_ms):
        msg = f"removal {fact.id} cannot be confirmed: {why}; withdraw it and propose it again"
        raise ConflictError(msg)
    made = msgspec.structs.replace(
        known,
        version=known.version + 1,
        state=DisposalState.CONFIRMED,
        confirmed_ms=fact.at_ms,
        confirmed_name=fact.name,
        confirmed_post=fact.post,
    )
    return _drafted(EntryKind.DISPOSAL, fact.actor, made)


def _require_another(fact: ConfirmDisposal, known: Disposal) -> None:
    signed = (fact.name, fact.post, known.proposed_name, known.proposed_post)
    if same_person(*signed) or same_post(fact.post, known.proposed_post):
        raise SignedBySameError(
            "another person in another post confirms a removal than proposed it: nothing was changed"
        )
    if same_actor(fact.actor, known.proposed_actor):
        raise SignedBySameError("another login confirms a removal than proposed it; nothing was changed")
    if fact.at_ms < known.proposed_ms:
        msg = f"removal {fact.id} was proposed at {known.proposed_ms}, after {fact.at_ms}; nothing was changed"
        raise ConflictError(msg)


def withdraw(session: Session, fact: WithdrawDisposal, _now_ms: int) -> Drafted:
    """Return the entry that takes a removal back before it is done. Raises ConflictError afterwards."""
    require_signed(fact.name, fact.post)
    _require_text(fact.reason, "the reason")
    known = _disposal(session, fact.id)
    why = f"{fact.reason} ({fact.name}, {fact.post})"
    if known.state is DisposalState.WITHDRAWN and known.why_not == why:
        return Drafted()
    if known.state not in (DisposalState.PROPOSED, DisposalState.CONFIRMED):
        msg = f"removal {fact.id} is {known.state.value}; nothing was changed"
        raise ConflictError(msg)
    return _drafted(EntryKind.DISPOSAL, fact.actor, _withdrawn(known, why))


def confirmed(session: Session) -> Disposal | None:
    """Return the removal that is done next."""
    waiting = session.records.disposals_waiting()
    return next((one for one in waiting if one.state is DisposalState.CONFIRMED), None)


def rows_fault(session: Session, known: Disposal) -> str:
    """Return what is wrong with rows that share a hash with those that are to go ("": nothing): its proof goes, too."""
    return session.readings.digests_fault(_blocks_named(session, known))


def dispose(session: Session, known: Disposal, fault: str, now_ms: int) -> int:
    """Do a confirmed removal in this transaction: entries, and the bytes of its blocks; return how many it removed.

    Whatever has changed since it was signed, a hold, a policy or the blocks, withdraws it instead, and so does a fault
    of rows that share a hash with them.
    """
    if why := fault or _why_not(session, known, now_ms):
        log.warning("removal_withdrawn", disposal=known.id, why=why)
        session.ledger.append(_drafted(EntryKind.DISPOSAL, ACTOR, _withdrawn(known, why)).drafts, now_ms)
        return 0
    blocks = _blocks_named(session, known)
    done = msgspec.structs.replace(known, version=known.version + 1, state=DisposalState.REMOVED, done_ms=now_ms)
    removal = Removal(
        disposal=known.id,
        blocks=tuple(blocks),
        at_ms=now_ms,
        proposed_name=known.proposed_name,
        proposed_post=known.proposed_post,
        confirmed_name=known.confirmed_name,
        confirmed_post=known.confirmed_post,
        digests=session.readings.digests_left(blocks),
    )
    drafts = [
        Draft(kind=EntryKind.DISPOSAL, actor=ACTOR, site="", payload=done),
        Draft(kind=EntryKind.REMOVAL, actor=ACTOR, site="", payload=removal),
    ]
    entry = session.ledger.append(drafts, now_ms)[-1]
    session.readings.remove(blocks, entry)
    log.info("readings_removed", disposal=known.id, blocks=len(blocks))
    return len(blocks)


def _why_not(session: Session, known: Disposal, now_ms: int) -> str:
    """Return why a removal must not be done now ("": it may)."""
    if blocks_sha256(_blocks_named(session, known)) != known.sha256:
        return "its blocks are not those that were proposed"
    named: dict[str, set[int]] = {}
    for probe, day in _days(known):
        named.setdefault(probe, set()).add(day)
    due = {(one.probe, one.day) for one in past_days(session, now_ms, only=named) if not one.held_by}
    held = [day for day in _days(known) if day not in due]
    return f"probe {held[0][0]}, day {held[0][1]} is held or not past its time any more" if held else ""


def _days(known: Disposal) -> list[tuple[str, int]]:
    return [(span.probe, day) for span in known.spans for day in range(span.from_day, span.to_day + 1)]


def _blocks_named(session: Session, known: Disposal) -> list[KeptBlock]:
    found = [block for probe, day in _days(known) for block in session.readings.kept_blocks(probe, day)]
    return sorted(found, key=lambda one: one.seq)


def _blocks_of(session: Session, days: Sequence[Any]) -> list[KeptBlock]:
    """Return the blocks of days, whole days only, up to the limits of blocks and of hashes that they touch."""
    found: list[KeptBlock] = []
    touched: frozenset[int] = frozenset()
    for one in days:
        blocks = session.readings.kept_blocks(one.probe, one.day)
        touched |= session.readings.digests_over(blocks)
        if found and (len(found) + len(blocks) > DISPOSAL_BLOCKS_MAX or len(touched) > DISPOSAL_DIGESTS_MAX):
            break
        found += blocks
    return found


def _readings(blocks: Sequence[KeptBlock]) -> int:
    """Return how many readings there are: a later generation of a day has all of the one before."""
    newest = {(one.probe, one.day): one.n for one in sorted(blocks, key=lambda one: one.generation)}
    return sum(newest.values())


def _spans(blocks: Sequence[KeptBlock]) -> tuple[DisposalSpan, ...]:
    """Return blocks as spans of days without a hole, by probe."""
    counts: dict[tuple[str, int], int] = {}
    for one in blocks:
        counts[one.probe, one.day] = counts.get((one.probe, one.day), 0) + 1
    days = sorted(counts)
    spans = []
    for _, run in groupby(enumerate(days), lambda pair: (pair[1][0], pair[1][1] - pair[0])):
        part = [day for _, day in run]
        probe, n = part[0][0], sum(counts[day] for day in part)
        spans.append(DisposalSpan(probe=probe, from_day=part[0][1], to_day=part[-1][1], blocks=n))
    return tuple(spans)


def _taken(session: Session) -> frozenset[tuple[str, int]]:
    return frozenset(day for one in session.records.disposals_waiting() for day in _days(one))


def _withdrawn(known: Disposal, why: str) -> Disposal:
    return msgspec.structs.replace(
        known, version=known.version + 1, state=DisposalState.WITHDRAWN, why_not=why[:TEXT_CHARACTERS_MAX]
    )


def _disposal(session: Session, name: str) -> Disposal:
    known = session.records.disposal(name)
    if known is None:
        msg = f"removal {name} is not known here"
        raise UnknownThingError(msg)
    return known


def _drafted(kind: EntryKind, actor: str, made: msgspec.Struct) -> Drafted:
    return Drafted(drafts=[Draft(kind=kind, actor=actor, site="", payload=made)])


def _require_text(text: str, what: str) -> None:
    if not text.strip() or len(text) > TEXT_CHARACTERS_MAX:
        msg = f"give {what}, in at most {TEXT_CHARACTERS_MAX} characters"
        raise InvalidValueError(msg)


def _require_id(name: str) -> None:
    if not name.strip() or len(name) > 64:
        raise InvalidValueError("give it an id of 1 to 64 characters")


def _require_subject(session: Session, scope: HoldScope, subject: str) -> None:
    match scope:
        case HoldScope.EVERYTHING:
            if subject:
                raise InvalidValueError("a legal hold on everything names no subject")
        case HoldScope.PLACE:
            known_place(session, subject)
        case HoldScope.UNIT:
            require_unit(session, subject)
        case HoldScope.PROBE:
            if subject not in {probe.id for probe in session.records.probes()}:
                msg = f"probe {subject} is not known here"
                raise UnknownThingError(msg)


Handled = Callable[[Session, Any, int], Drafted]
OF_RETENTION: Final[Mapping[type, Handled]] = {
    SetRetention: set_retention,
    PlaceLegalHold: place_hold,
    EndLegalHold: end_hold,
    ProposeDisposal: propose,
    ConfirmDisposal: confirm,
    WithdrawDisposal: withdraw,
}
