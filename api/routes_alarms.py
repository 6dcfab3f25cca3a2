"""Alarms over HTTP: which stand, their story, and what people do with them."""

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from api.alarm_views import AlarmView, alarm_view, alarm_views
from api.answers import LIMIT_DEFAULT, Limit, ThingId, answer, documented
from api.as_known import AsKnownMs, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Given
from api.problems import missing
from coldchain.alarms import ActOnAlarm, Alarm, AlarmAction, AlarmActionKind, StartAlarmTest
from coldchain.ports import Recorded

router = APIRouter(tags=["alarms"])


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """Those that are active or wait for somebody, the most pressing first."""

    items: list[AlarmView]


class AlarmList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest alarms, over or not."""

    items: list[Alarm]


class AlarmStory(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm with every version of it, what people did with it, and the active alarms that it explains."""

    view: AlarmView
    versions: list[Alarm]
    actions: list[AlarmAction]
    under: list[Alarm]


class ActionBody(Body):
    """What a person does with an alarm. A comment is always given; of shelving it is the reason."""

    action: AlarmActionKind = Field(strict=False)
    comment: str = Field(min_length=1, max_length=500)
    name: Word = Field(description="Who does it.")
    post: Word = Field(description="In which post.")
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")
    until_ms: Instant | None = Field(None, description="Of shelving: until when.")
    scanned: bool = Field(default=False, description="Of being on site: the code at the place was scanned.")


class TestBody(Body):
    """A test alarm: of a whole site, or of one place."""

    site: Id
    place: Id | None = None
    name: Word = Field(description="Who starts it.")
    post: Word = Field(description="In which post.")
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")


@router.get("/api/alarms", responses=documented(Alarms, "What stands."))
def list_alarms(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """List the alarms that are active or wait for somebody: not acknowledged first, then by gravity, then by age."""
    with seen(given, as_known_ms) as at:
        return at.answer(Alarms(items=alarm_views(at.session, at.now_ms)))


@router.get("/api/alarms/newest", responses=documented(AlarmList, "The newest alarms."))
def newest_alarms(
    given: Given, limit: Limit = LIMIT_DEFAULT, place: str = "", as_known_ms: AsKnownMs = None
) -> Response:
    """List the newest alarms, of one place or of all, over or not."""
    with seen(given, as_known_ms) as at:
        return at.answer(AlarmList(items=list(at.session.records.alarms(limit, place))))


@router.get("/api/alarms/{alarm}", responses=documented(AlarmStory, "One alarm with its story."))
def one_alarm(given: Given, alarm: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show an alarm: every version, and what people did with it."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.alarm(alarm)
        if found is None:
            raise missing("alarm", alarm)
        active = at.session.records.active_alarms()
        story = AlarmStory(
            view=alarm_view(at.session, found, active, at.now_ms),
            versions=list(at.session.records.alarm_versions(alarm)),
            actions=list(at.session.records.actions_of_alarm(alarm)),
            under=[one for one in active if one.parent == alarm],
        )
    return at.answer(story)


@router.post("/api/alarms/{alarm}/actions", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def act(given: Given, alarm: ThingId, body: ActionBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Acknowledge an alarm, be on site, shelve it until an instant or take it off the shelf, or comment on it."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fact = ActOnAlarm(alarm=alarm, actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)


@router.post("/api/alarm-tests", status_code=201, responses=documented(Recorded, "Started.", 201))
def start_test(given: Given, body: TestBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Start a test alarm; it goes the whole way to the people, and who acknowledged it and when is the evidence."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fields = body.model_dump() | {"place": body.place or ""}
    return answer(given.recorder.record(StartAlarmTest(actor=actor_name(actor), **fields)), 201)
