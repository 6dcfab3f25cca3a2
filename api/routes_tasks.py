"""Tasks, calls and the issuing system over HTTP."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.answers import LIMIT_DEFAULT, Limit, ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Given
from api.find import find_units
from api.problems import missing
from coldchain.errors import UnknownThingError
from coldchain.ports import Recorded, Session
from coldchain.tasks import (
    CallUrgent,
    ConfirmHold,
    HoldChange,
    PlaceUse,
    PlaceUseKind,
    SetPlaceUse,
    SetTaskRules,
    Task,
    TaskRules,
    TaskTick,
    TickBag,
)

router = APIRouter(tags=["tasks"])


class TaskView(KnownAt, frozen=True, kw_only=True):
    """A task, by when it is due, what was ticked off, and the units that are left."""

    task: Task
    due_ms: int
    overdue: bool
    ticks: list[TaskTick]
    left: list[str]


class Tasks(KnownAt, frozen=True, kw_only=True):
    """Open tasks, the oldest first, and by which rules they are due."""

    items: list[TaskView]
    rules: TaskRules


class Changes(KnownAt, frozen=True, kw_only=True):
    """Changes of holds by number: `next` is the `after` of the following question.

    `stands`: the hold stands from this change on. A unit is on hold while any of its holds stands (`units_on_hold`).
    """

    items: list[HoldChange]
    next: int
    units_on_hold: list[str]


class TickBody(Body):
    """A scanned bag that was set aside."""

    scan: str = Field(min_length=1, max_length=128, description="A scan of its label or tag, or the unit's id.")
    to: Id | None = Field(None, description="The place into which it was put; left out, apart where it is.")
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")
    name: Word = Field(description="Who set it aside.")
    post: Word = Field(description="In which post.")


class RulesBody(Body):
    """How long people and the issuing system have; what is left out stays as it is."""

    isolate_minutes: int | None = Field(None, ge=1, le=1_440)
    count_minutes: int | None = Field(None, ge=1, le=1_440)
    confirm_seconds: int | None = Field(None, ge=10, le=86_400)
    issuing: bool | None = Field(None, description="Whether an issuing system has to confirm every hold.")
    name: Word
    post: Word


class UseBody(Body):
    """What a place is for; where it stands, so that an alarm on the road can name the nearest one."""

    use: PlaceUseKind = Field(strict=False)
    at_ms: Instant
    name: Word
    post: Word
    latitude_e7: int | None = Field(None, ge=-900_000_000, le=900_000_000, description="1e-7 degrees, WGS 84.")
    longitude_e7: int | None = Field(None, ge=-1_800_000_000, le=1_800_000_000, description="1e-7 degrees, WGS 84.")


class CallBody(Body):
    """Who was called because of a unit, and the answer. `line`: what the urgent list said of it."""

    line: list[str] = Field(min_length=1, max_length=200)
    called: Word = Field(description="Who was called.")
    answer: str = Field(min_length=1, max_length=500, description="What they answered.")
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")
    name: Word
    post: Word


class ConfirmBody(Body):
    """The issuing system's business receipt for changes of holds."""

    changes: list[int] = Field(min_length=1, max_length=1_000)
    receipt: Word = Field(description="The issuing system's own number for it.")
    system: Word = Field(description="Which issuing system.")


def task_view(session: Session, task: Task, now_ms: int) -> TaskView:
    """Return a task with what was done of it."""
    ticks = session.records.ticks_of_task(task.id)
    due_ms = session.records.task_rules().due_ms(task)
    left = sorted(set(task.units) - {one.unit for one in ticks})
    return TaskView(task=task, due_ms=due_ms, overdue=task.open and due_ms <= now_ms, ticks=list(ticks), left=left)


def unit_scanned(session: Session, scan: str) -> str:
    """Return the unit that a scan names. Raises UnknownThingError for none, or for more than one."""
    found = find_units(session, scan.strip())
    if len(found) != 1:
        msg = f"the scan {scan!r:.60} names {len(found) or 'no'} bags: scan the label of one bag, or its tag"
        raise UnknownThingError(msg)
    return found[0].id


@router.get("/api/tasks", responses=documented(Tasks, "Open tasks."))
def list_tasks(given: Given, place: str = "", as_known_ms: AsKnownMs = None) -> Response:
    """List what is to be done, at a place or everywhere."""
    with seen(given, as_known_ms) as at:
        items = [task_view(at.session, one, at.now_ms) for one in at.session.records.open_tasks(place)]
        return answer(Tasks(items=items, rules=at.session.records.task_rules(), **at.told()))


@router.get("/api/tasks/{task}", responses=documented(TaskView, "One task."))
def one_task(given: Given, task: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show a task, closed ones too."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.task(task)
        if found is None:
            raise missing("task", task)
        return answer(msgspec.structs.replace(task_view(at.session, found, at.now_ms), **at.told()))


@router.post("/api/tasks/{task}/ticks", status_code=201, responses=documented(Recorded, "Set aside.", 201))
def tick(given: Given, task: ThingId, body: TickBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Tick a bag off: it was scanned and set aside. A wrong bag, or one twice: said, not recorded."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    with given.store.reading() as session:
        unit = unit_scanned(session, body.scan)
    shared = {"at_ms": body.at_ms, "name": body.name, "post": body.post}
    fact = TickBag(task=task, unit=unit, to=body.to or "", actor=actor_name(actor), **shared)  # type: ignore[arg-type]
    return answer(given.recorder.record(fact), 201)


@router.post("/api/task-rules", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_rules(given: Given, body: RulesBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Set how long people and the issuing system have, and whether there is an issuing system."""
    fact = SetTaskRules(
        isolate_minutes=body.isolate_minutes,
        count_minutes=body.count_minutes,
        confirm_seconds=body.confirm_seconds,
        issuing=body.issuing,
        name=body.name,
        post=body.post,
        at_ms=given.clock.now_ms(),
        actor=actor_name(actor),
    )
    return answer(given.recorder.record(fact), 201)


class Uses(KnownAt, frozen=True, kw_only=True):
    """Places of which somebody said what they are for; all others keep units that may be issued."""

    items: list[PlaceUse]


@router.get("/api/place-uses", responses=documented(Uses, "By place."))
def list_uses(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """List rescue fridges and places for isolation."""
    with seen(given, as_known_ms) as at:
        return answer(Uses(items=list(at.session.records.place_uses()), **at.told()))


@router.post("/api/places/{place}/use", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_use(given: Given, place: ThingId, body: UseBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Declare what a place is for: a rescue fridge, isolation, or units that may be issued."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fact = SetPlaceUse(
        place=place,
        use=body.use,
        at_ms=body.at_ms,
        name=body.name,
        post=body.post,
        actor=actor_name(actor),
        latitude_e7=body.latitude_e7,
        longitude_e7=body.longitude_e7,
    )
    return answer(given.recorder.record(fact), 201)


@router.post("/api/urgent/{unit}/calls", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def call(given: Given, unit: ThingId, body: CallBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say who was called because of a unit, when, and the answer: that closes its line of the urgent list."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fact = CallUrgent(
        unit=unit,
        against=tuple(body.line),
        called=body.called,
        answer=body.answer,
        at_ms=body.at_ms,
        name=body.name,
        post=body.post,
        actor=actor_name(actor),
    )
    return answer(given.recorder.record(fact), 201)


@router.get("/api/issuing/changes", responses=documented(Changes, "Changes of holds."))
def changes(
    given: Given,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Give the issuing system every hold and every lifting, in the order in which they were recorded."""
    with seen(given, as_known_ms) as at:
        session = at.session
        items = session.records.hold_changes(after, limit)
        named = sorted({one.unit for one in items})
        held = [unit for unit in named if any(not one.lifted_by for one in session.records.holds_of_unit(unit))]
    following = items[-1].number if items else after
    return answer(Changes(items=list(items), next=following, units_on_hold=held, **at.told()))


@router.post("/api/issuing/receipts", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def confirm(given: Given, body: ConfirmBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Take the issuing system's receipt: it has acted on these changes. Of each unit in order."""
    fact = ConfirmHold(
        changes=tuple(body.changes),
        receipt=body.receipt,
        system=body.system,
        at_ms=given.clock.now_ms(),
        actor=actor_name(actor),
    )
    return answer(given.recorder.record(fact), 201)
