"""What people and the issuing system say of tasks, calls and holds: checked, then drafted for the ledger."""

from typing import Final

from msgspec.structs import replace

from coldchain.decisions import standing_holds
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.tasks import (
    CallUrgent,
    ConfirmHold,
    IssuingReceipt,
    PlaceUse,
    SetPlaceUse,
    SetTaskRules,
    Task,
    TaskKind,
    TaskTick,
    TickBag,
    UrgentCall,
)
from ingest.drafted import Drafted, known_place, placement, require_signed, require_unit
from ingest.tasks import closed_if_done, recorded_ms, task_draft
from rules.tasks import mark_of

MINUTES: Final = (1, 1_440)
SECONDS: Final = (10, 86_400)
CONFIRMED_MAX: Final = 1_000


def ticked(session: Session, fact: TickBag, now_ms: int) -> Drafted:
    """Return the entry of a scan that ticks a bag off its task; the last one closes it. Raises as all of these do."""
    require_signed(fact.name, fact.post)
    task = session.records.task(fact.task)
    if task is None or task.kind is not TaskKind.ISOLATE:
        msg = f"task {fact.task} is not one of setting bags aside"
        raise UnknownThingError(msg)
    if fact.to:
        known_place(session, fact.to)
    known = next((one for one in session.records.ticks_of_task(task.id) if one.unit == fact.unit), None)
    if known is not None:
        msg = f"bag {fact.unit} was already set aside at {known.at_ms} by {known.name}; nothing was changed"
        raise ConflictError(msg)
    _require_of_task(session, task, fact.unit)
    tick = TaskTick(
        task=task.id, unit=fact.unit, at_ms=fact.at_ms, name=fact.name.strip(), post=fact.post.strip(), to=fact.to
    )
    drafts = [Draft(kind=EntryKind.TASK_TICK, actor=fact.actor, site=task.site, payload=tick)]
    moved: list[Draft] = []
    if fact.to:
        moved = placement(session, fact.unit, fact.to, fact.at_ms, fact.actor, task.site, scanned=True)
    done = closed_if_done(session, replace(task, version=task.version + 1), now_ms, [fact.unit])
    if task.open and not done.open:
        drafts.append(task_draft(done))
    return Drafted(drafts=[*drafts, *moved], units={fact.unit} if moved else set())


def _require_of_task(session: Session, task: Task, unit: str) -> None:
    """Raise for a bag that is not to be set aside here, and say where it belongs.

    One whose hold was lifted while the task was there has been set aside all the same: that is recorded.
    """
    if unit in task.units:
        return
    require_unit(session, unit)
    other = next((one.place for one in session.records.open_tasks() if unit in one.units), None)
    if other is not None:
        msg = f"bag {unit} is to be set aside at {other}, not at {task.place}: leave it and say where you found it"
        raise ConflictError(msg)
    held = bool(standing_holds(session.records.holds_of_unit(unit)))
    if not held and _was_of_task(session, task, unit):
        return
    why = "it is on hold, and recorded elsewhere: put it aside and record where it is" if held else "it is not on hold"
    msg = f"bag {unit} is not one of this task: {why}; nothing was changed"
    raise ConflictError(msg)


def _was_of_task(session: Session, task: Task, unit: str) -> bool:
    """Tell whether a bag was in the place of a task on hold, and its hold was lifted since the task was opened."""
    here = any(one.place == task.place and not one.withdrawn for one in session.records.stays_of_unit(unit))
    lifted = [one for one in session.records.hold_changes_of_unit(unit) if not one.stands]
    return here and bool(lifted) and recorded_ms(session, lifted[-1].number) >= task.opened_ms


def ruled(session: Session, fact: SetTaskRules, _now_ms: int) -> Drafted:
    """Return the entry of changed rules of tasks."""
    require_signed(fact.name, fact.post)
    minutes = [one for one in (fact.isolate_minutes, fact.count_minutes) if one is not None]
    seconds = [] if fact.confirm_seconds is None else [fact.confirm_seconds]
    wrong = [one for one in minutes if not MINUTES[0] <= one <= MINUTES[1]]
    if wrong or any(not SECONDS[0] <= one <= SECONDS[1] for one in seconds):
        msg = f"tasks have {MINUTES[0]} to {MINUTES[1]} minutes, the issuing system {SECONDS[0]} to {SECONDS[1]} s"
        raise InvalidValueError(msg)
    known = session.records.task_rules()
    names = ("isolate_minutes", "count_minutes", "confirm_seconds", "issuing")
    said = {name: value for name in names if (value := getattr(fact, name)) is not None}
    made = replace(known, **said)
    if made == known:
        return Drafted()
    made = replace(made, version=known.version + 1, name=fact.name, post=fact.post)
    return Drafted(drafts=[Draft(kind=EntryKind.TASK_RULES, actor=fact.actor, site="", payload=made)])


def used_as(session: Session, fact: SetPlaceUse, _now_ms: int) -> Drafted:
    """Return the entry of what a place is for; the newest word counts."""
    require_signed(fact.name, fact.post)
    place = known_place(session, fact.place)
    if (fact.latitude_e7 is None) is not (fact.longitude_e7 is None):
        msg = f"say both where {fact.place} stands, latitude_e7 and longitude_e7, or neither; nothing was changed"
        raise InvalidValueError(msg)
    said = PlaceUse(
        place=fact.place,
        use=fact.use,
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
        latitude_e7=fact.latitude_e7,
        longitude_e7=fact.longitude_e7,
    )
    known = next((one for one in session.records.place_uses() if one.place == fact.place), None)
    if known == said:
        return Drafted()
    if known is not None and known.at_ms >= fact.at_ms:
        msg = f"a newer word on what {fact.place} is for is recorded already; nothing was changed"
        raise ConflictError(msg)
    return Drafted(drafts=[Draft(kind=EntryKind.PLACE_USE, actor=fact.actor, site=place.site, payload=said)])


def called(session: Session, fact: CallUrgent, _now_ms: int) -> Drafted:
    """Return the entry of a call that closes a line of the urgent list for what the caller saw of it.

    The call has been made, whatever became of the holds meanwhile: it is refused only if the unit never had those
    against it. What is known beyond that stays a line of its own.
    """
    require_signed(fact.name, fact.post)
    require_unit(session, fact.unit)
    if not fact.called.strip() or not fact.answer.strip():
        msg = "say who was called and what they answered: without it the line stays open"
        raise InvalidValueError(msg)
    said = UrgentCall(
        unit=fact.unit,
        at_ms=fact.at_ms,
        against=tuple(sorted(set(fact.against))),
        called=fact.called.strip(),
        answer=fact.answer.strip(),
        name=fact.name,
        post=fact.post,
    )
    known = next((one for one in session.records.calls_of_unit(fact.unit) if one.at_ms == fact.at_ms), None)
    if known == said:
        return Drafted()
    if known is not None:
        msg = f"another call about {fact.unit} is recorded for that very millisecond; nothing was changed"
        raise ConflictError(msg)
    ever = {mark_of(one) for one in session.records.hold_changes_of_unit(fact.unit)}
    if not said.against or not set(said.against) <= ever:
        msg = f"what stands against {fact.unit} has changed since it was shown: look at the urgent list again"
        raise ConflictError(msg)
    return Drafted(drafts=[Draft(kind=EntryKind.URGENT_CALL, actor=fact.actor, site="", payload=said)])


def confirmed(session: Session, fact: ConfirmHold, _now_ms: int) -> Drafted:
    """Return the entries of changes that the issuing system confirms, in the order of each unit.

    A change of a unit is confirmed only after those before it: a later word must not hide that an earlier one is lost.
    """
    if not fact.receipt.strip() or not fact.system.strip():
        msg = "a confirmation names the issuing system and its own receipt"
        raise InvalidValueError(msg)
    wanted = sorted(set(fact.changes))
    if not 1 <= len(wanted) <= CONFIRMED_MAX:
        msg = f"confirm 1 to {CONFIRMED_MAX} changes at a time"
        raise InvalidValueError(msg)
    drafts = []
    for number in wanted:
        found = next(iter(session.records.hold_changes(number - 1, 1)), None)
        if found is None or found.number != number:
            msg = f"there is no change of a hold with the number {number}"
            raise UnknownThingError(msg)
        if found.confirmed:
            continue
        before = [one.number for one in session.records.hold_changes_of_unit(found.unit) if one.number < number]
        open_ = [one for one in before if one not in wanted and session.records.issuing_receipt(one) is None]
        if open_:
            msg = f"change {open_[0]} of unit {found.unit} came before {number} and is not confirmed: confirm it first"
            raise ConflictError(msg)
        said = IssuingReceipt(change=number, receipt=fact.receipt, at_ms=fact.at_ms, system=fact.system)
        drafts.append(Draft(kind=EntryKind.ISSUING_RECEIPT, actor=fact.actor, site="", payload=said))
    return Drafted(drafts=drafts)
