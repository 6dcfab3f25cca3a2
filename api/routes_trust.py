"""Security events, and commands to gateways with what became of them."""

import secrets
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answers import LIMIT_DEFAULT, Limit, ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, actor_name
from api.context import Given
from coldchain.facts import EventKind
from coldchain.identifiers import ID_PATTERN
from coldchain.ports import Session
from coldchain.trust import CommandRecord, SecurityEvent, SendCommand
from coldchain.wire_commands import LIFETIME_MS_MAX, CommandKind

EARLIER_MS: Final = 120_000  # so far may a gateway's clock be behind the centre's
LATER_MS: Final = 40 * 86_400_000  # so late may an answer come out of a spool

router = APIRouter(tags=["operation"])


class SecurityEvents(KnownAt, frozen=True, kw_only=True):
    """The newest security events. They are kept in the record for ever; /metrics counts all of them."""

    items: Sequence[SecurityEvent]


class CommandView(msgspec.Struct, frozen=True, kw_only=True):
    """A command and what became of it: `waiting`, `done`, `refused`, `failed`, or `expired` without an answer."""

    command: CommandRecord
    state: str
    text: str
    answered_ms: int | None


class CommandViews(KnownAt, frozen=True, kw_only=True):
    """The newest commands of a gateway."""

    items: Sequence[CommandView]


class CommandBody(BaseModel):
    """What a gateway is asked to do."""

    model_config = ConfigDict(extra="forbid", strict=True)
    id: Annotated[str, Field(pattern=f"^{ID_PATTERN}$")] | None = Field(
        None, description="A name of your own: sending it again does not ask for it twice."
    )
    kind: Annotated[str, Field(max_length=32, description=f"One of {', '.join(CommandKind)}.")]
    args: Annotated[dict[str, int | str], Field(max_length=8)] = {}
    expires_s: Annotated[int, Field(ge=10, le=LIFETIME_MS_MAX // 1_000)] = 3_600


@router.get("/api/security-events", responses=documented(SecurityEvents, "The newest security events."))
def list_security_events(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List what was tried that should not have been, the newest first."""
    with seen(given, as_known_ms) as at:
        return answer(SecurityEvents(items=at.session.records.security_events(limit), **at.told()))


@router.post(
    "/api/gateways/{gateway}/commands",
    status_code=201,
    responses=documented(CommandView, "Recorded, and sent when the gateway is there.", 201)
    | documented(CommandView, "It was recorded before."),
)
def send_command(given: Given, gateway: ThingId, body: CommandBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Ask a gateway to do something of a short list. It answers by an event, or the command expires.

    Sent again under the same id it changes nothing and answers 200.
    """
    now_ms = given.clock.now_ms()
    name = body.id or f"c-{secrets.token_hex(8)}"
    with given.store.reading() as session:
        known = session.records.command(name)
    command = CommandRecord(
        id=name,
        gateway=gateway,
        command=body.kind,
        args=dict(body.args),
        issued_ms=known.issued_ms if known else now_ms,
        expires_ms=known.expires_ms if known else now_ms + body.expires_s * 1_000,
    )
    given.recorder.record(SendCommand(command=command, actor=actor_name(actor)))
    with given.store.reading() as session:
        return answer(command_views(session, [command], now_ms)[0], 200 if known else 201)


@router.get("/api/gateways/{gateway}/commands", responses=documented(CommandViews, "Its newest commands."))
def list_commands(
    given: Given, gateway: ThingId, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List what a gateway was asked to do, the newest first, and what became of it."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.commands(gateway, limit=limit)
        return answer(CommandViews(items=command_views(at.session, found, at.now_ms), **at.told()))


def command_views(session: Session, commands: Sequence[CommandRecord], now_ms: int) -> list[CommandView]:
    """Return commands of one gateway with what it answered: the first answer counts."""
    if not commands:
        return []
    begin_ms = min(command.issued_ms for command in commands) - EARLIER_MS
    events = session.records.events_of(commands[0].gateway, begin_ms, now_ms + LATER_MS)
    answers: dict[str, tuple[str, str, int]] = {}
    for event in events:
        if event.kind == EventKind.COMMAND_ANSWERED:
            said = {name: str(event.details.get(name, "")) for name in ("id", "outcome", "text")}
            answers.setdefault(said["id"], (said["outcome"], said["text"], event.taken_ms))
    return [_view(command, answers.get(command.id), now_ms) for command in commands]


def _view(command: CommandRecord, answered: tuple[str, str, int] | None, now_ms: int) -> CommandView:
    if answered is not None:
        return CommandView(command=command, state=answered[0], text=answered[1], answered_ms=answered[2])
    state = "waiting" if now_ms < command.expires_ms else "expired"
    return CommandView(command=command, state=state, text="", answered_ms=None)
