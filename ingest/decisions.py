"""Decisions on units: taken only on the evidence as it is now, and overtaken when that grows."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from coldchain.canonical import canonical_json
from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import Decision, Evidence, outgrown, standing_holds, what_changed
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, SignedAloneError, UnknownThingError
from coldchain.evidence import exposures_against, present_evidence
from coldchain.persons import same_person
from coldchain.ports import Session
from coldchain.units import OF_BOX_TIME, OF_RETURN, OF_ROAD, Direction, Exposure, Finding, Hold
from ingest.drafted import AHEAD_MS_MAX, Drafted, require_signed
from ingest.known import ACTOR
from rules.unit_time import FOREVER_MS

HOLDS_MAX: Final = 200  # in one decision; a unit has as many holds as findings met it, which are few
ID_CHARACTERS: Final = 16
LASTS_MS: Final = FOREVER_MS // 2  # longer than anything that has ended
MANAGERS: Final = frozenset({"quality manager", "质量负责人", "质量主管", "质量经理"})


def decided(session: Session, fact: DecideUnit) -> Drafted:
    """Return the entries of a decision: itself, and the holds that it lifts.

    Raises ConflictError if the evidence is another one than was seen, and UnknownThingError or InvalidValueError, with
    nothing changed.
    """
    unit = session.records.unit(fact.unit)
    if unit is None:
        msg = f"unit {fact.unit} is not registered"
        raise UnknownThingError(msg)
    _require_complete(fact)
    made = _decision(session, fact)
    if any(one.id == made.id for one in session.records.decisions_of_unit(fact.unit)):
        return Drafted()
    _require_present(fact, present_evidence(session, unit))
    holds = _required_holds(session, fact)
    drafts = [Draft(kind=EntryKind.DECISION, actor=fact.actor, site="", payload=made)]
    if fact.decision is DecisionKind.RELEASE_HOLD:
        _require_ended(session, holds)
        _require_manager(fact, holds)
        lifted = [msgspec.structs.replace(hold, lifted_by=made.id) for hold in holds]
        drafts += [Draft(kind=EntryKind.HOLD, actor=fact.actor, site="", payload=hold) for hold in lifted]
    return Drafted(drafts=drafts)


def overtaken(session: Session, exposure: Exposure, finding: Finding, now_ms: int) -> tuple[list[Decision], set[str]]:
    """Return the decisions that an exposure has outgrown, marked so, and the ids of holds that stand again."""
    decisions = session.records.decisions_of_unit(exposure.unit)
    passed = [one for one in decisions if one.stands and outgrown(one, exposure, finding.direction)]
    marked = [
        msgspec.structs.replace(one, version=one.version + 1, overtaken_ms=now_ms, overtaken_by=finding.id)
        for one in passed
    ]
    released = {hold for one in passed if one.decision is DecisionKind.RELEASE_HOLD for hold in one.holds}
    return marked, released


def overtaken_by_hold(session: Session, hold: Hold, now_ms: int) -> list[Draft]:
    """Return what a hold that is new, of a recall or over the lineage, does to the decisions on its unit.

    What they were signed on did not have it: they are overtaken, and what they had released stands again.
    """
    passed = [one for one in session.records.decisions_of_unit(hold.unit) if one.stands]
    again = {name for one in passed if one.decision is DecisionKind.RELEASE_HOLD for name in one.holds}
    known = [one for one in session.records.holds_of_unit(hold.unit) if one.id in again and one.lifted_by]
    marked = [
        msgspec.structs.replace(one, version=one.version + 1, overtaken_ms=now_ms, overtaken_by=hold.finding)
        for one in passed
    ]
    drafts = [Draft(kind=EntryKind.DECISION, actor=ACTOR, site="", payload=one) for one in marked]
    holds = [msgspec.structs.replace(one, lifted_by="") for one in known]
    return [*drafts, *(Draft(kind=EntryKind.HOLD, actor=ACTOR, site="", payload=one) for one in holds)]


def kept_up(
    session: Session,
    own: Mapping[str, Hold],
    fresh: Sequence[Hold],
    grown: Sequence[Hold],
    judged: Callable[[Hold], Hold],
    now_ms: int,
) -> list[Draft]:
    """Return what brings the holds of one unit, of a rule that judges it anew each time, up to the record.

    `own`: those that it has, by finding; `fresh` come to them. What was released and has `grown` since stands again,
    like all that was released without what is fresh. `judged` gives a hold as the rule sees it now.
    """
    news = [*fresh, *grown]
    passed = overtaken_by_hold(session, news[0], now_ms) if news else []
    again = {one.payload.id: one.payload for one in passed if isinstance(one.payload, Hold)}
    known = {one.id for one in own.values()}
    others = [one for one in passed if not (isinstance(one.payload, Hold) and one.payload.id in known)]
    now = [judged(again.get(one.id, one)) for _, one in sorted(own.items())]
    changed = [one for one in [*now, *fresh] if own.get(one.finding) != one]
    return [*others, *(Draft(kind=EntryKind.HOLD, actor=ACTOR, site="", payload=one) for one in changed)]


def overtaken_from_behind(
    session: Session, unit: str, fresh: Sequence[str], now_ms: int
) -> tuple[list[Draft], set[str]]:
    """Return the decisions on a unit, marked, that what it was made from has outgrown, and holds that stand again.

    `fresh`: findings or recalls whose holds have just come to it; all that was decided without them is overtaken.
    """
    passed: list[tuple[Decision, str]] = []
    standing = [one for one in session.records.decisions_of_unit(unit) if one.stands]
    behind = [one for one in exposures_against(session, unit) if one.unit != unit] if standing else []
    for decision in standing:
        by = [*fresh, *(one.finding for one in behind if outgrown(decision, one, _direction(session, one)))]
        passed += [(decision, by[0])] if by else []
    marked = [
        msgspec.structs.replace(one, version=one.version + 1, overtaken_ms=now_ms, overtaken_by=by)
        for one, by in passed
    ]
    again = {hold for one, _ in passed if one.decision is DecisionKind.RELEASE_HOLD for hold in one.holds}
    return [Draft(kind=EntryKind.DECISION, actor=ACTOR, site="", payload=one) for one in marked], again


def _direction(session: Session, exposure: Exposure) -> Direction | None:
    found = session.records.finding(exposure.finding)
    return None if found is None else found.direction


def _require_manager(fact: DecideUnit, holds: Sequence[Hold]) -> None:
    """A return that its rule does not allow is overridden by a quality manager, and by nobody else."""
    if any(hold.basis == OF_RETURN for hold in holds) and fact.post.strip().lower() not in MANAGERS:
        msg = f"a return that the rule refuses is released by a quality manager only, not by a {fact.post}"
        raise ConflictError(msg)


def _decision(session: Session, fact: DecideUnit) -> Decision:
    said = [
        *(fact.unit, sorted(fact.holds), fact.decision, fact.evidence, fact.at_ms, fact.reason),
        *(fact.name, fact.post, fact.second_name, fact.second_post),
    ]
    digest = hashlib.sha256(canonical_json(said)).hexdigest()
    return Decision(
        id=f"d-{digest[:ID_CHARACTERS]}",
        version=1,
        unit=fact.unit,
        holds=tuple(sorted(fact.holds)),
        decision=fact.decision,
        evidence=fact.evidence,
        exposures=exposures_against(session, fact.unit),
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
        reason=fact.reason,
        second_name=fact.second_name,
        second_post=fact.second_post,
    )


def _require_complete(fact: DecideUnit) -> None:
    require_signed(fact.name, fact.post)
    if not fact.reason.strip():
        msg = "say why: a decision without a reason is not recorded"
        raise InvalidValueError(msg)
    if not 1 <= len(set(fact.holds)) == len(fact.holds) <= HOLDS_MAX:
        msg = f"a decision is on 1 to {HOLDS_MAX} different holds of the unit: choose those that it is about"
        raise InvalidValueError(msg)
    second = (fact.second_name.strip(), fact.second_post.strip())
    if any(second):
        require_signed(*second)
        if same_person(fact.name, fact.post, *second):
            msg = "the second signature is that of another person"
            raise SignedAloneError(msg)


def _require_present(fact: DecideUnit, present: Evidence) -> None:
    if fact.evidence == present.version:
        return
    changed = what_changed(fact.seen, present.marks) if fact.seen else "look at the unit again"
    msg = (
        f"the evidence against unit {fact.unit} has changed since it was shown ({changed or 'its profile'}); the "
        f"present version is {present.version}. Look at it and decide anew; nothing was changed"
    )
    raise ConflictError(msg)


def _lasts(hold: Hold) -> bool:
    """Tell whether a unit is still on the road, or in a box beyond its time: nobody knows for how long it will be."""
    on_the_road = hold.basis in {OF_ROAD, OF_BOX_TIME} and hold.via == "" and hold.basis_stands
    return on_the_road and hold.spent_ms is not None and hold.spent_ms > LASTS_MS


def _required_holds(session: Session, fact: DecideUnit) -> list[Hold]:
    holds = {hold.id: hold for hold in session.records.holds_of_unit(fact.unit)}
    missing = sorted(set(fact.holds) - holds.keys())
    if missing:
        msg = f"unit {fact.unit} has no hold {missing[0]}"
        raise UnknownThingError(msg)
    standing = {hold.id for hold in standing_holds(holds.values())}
    lifted = sorted(set(fact.holds) - standing)
    if lifted:
        msg = f"hold {lifted[0]} was already lifted by decision {holds[lifted[0]].lifted_by}; nothing was changed"
        raise ConflictError(msg)
    named = [holds[name] for name in sorted(fact.holds)]
    _require_later(fact, named)
    return named


def _require_later(fact: DecideUnit, holds: Sequence[Hold]) -> None:
    """Nobody decides on a hold before it is there: a release that is dated too early would let later parts go free."""
    last = max(holds, key=lambda one: one.placed_ms)
    if fact.at_ms < last.placed_ms - AHEAD_MS_MAX:
        msg = (
            f"the decision is dated {fact.at_ms}, before hold {last.id} was placed at {last.placed_ms}: set the clock "
            "of the computer, or the time that you entered, right and decide again; nothing was changed"
        )
        raise ConflictError(msg)


def _require_ended(session: Session, holds: Sequence[Hold]) -> None:
    """Nobody can judge what still goes on: a release waits until the unit is out of it, or it is over."""
    for hold in holds:
        exposures = session.records.exposures_of_unit(hold.unit)
        met = any(one.finding == hold.finding and one.to_ms is None and not one.withdrawn for one in exposures)
        if met or _lasts(hold):
            msg = (
                f"what hold {hold.id} is for still goes on: move the unit into a place within its limits first; "
                "nothing was changed"
            )
            raise ConflictError(msg)
