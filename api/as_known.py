"""The record as it was known at an earlier time: the same routes and the same figures, over what was there then."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import MILLIS_MAX, answer
from api.context import Context
from coldchain.errors import InvalidValueError
from coldchain.ports import Session

AS_KNOWN: Final = "as_known_ms"
FIELD: Final = "as_known"  # the same for people, on pages: date and time of the site's clock
HEADER: Final = "As-Known-Ms"


def _asked(
    request: Request,
    as_known_ms: Annotated[
        int | None,
        Query(
            ge=0,
            le=MILLIS_MAX,
            description="Answer with what the record knew at this record time (UTC milliseconds since 1970), as of "
            "then. Time whose readings came later shows as not measured. The header As-Known-Ms says so, and "
            "as_known_ms in the answer; not_recorded names what it rests on that is in no entry.",
        ),
    ] = None,
) -> int | None:
    request.state.as_known_ms = as_known_ms
    return as_known_ms


AsKnownMs = Annotated[int | None, Depends(_asked)]
AsKnownText = Annotated[str | None, Query(alias=FIELD, max_length=32)]


class NotAsKnownError(InvalidValueError):
    """The record cannot be shown as known then. `key` names the text that says why on a page."""

    def __init__(self, told: str, key: str) -> None:
        super().__init__(told)
        self.key = key


class NotRecorded(StrEnum):
    """What an answer as known earlier rests on that is in no entry, so that it may not be what was answered then."""

    # When a gateway's mark moved, or its connection broke: time that was on its way then shows as not measured or as
    # awaited, and of a connection that had just gone nothing is told until the gateway is silent.
    MARKS = "marks"
    SETTINGS = "settings"  # of the server, of which the record has none yet from then
    ASIDE = "kept-aside"  # what waited, or was noted as refused, then and is not any more: the least is told
    JUDGING = "judging"  # which readings the rules had not judged yet: a unit may have waited for that beside


class KnownAt(msgspec.Struct, frozen=True, kw_only=True):
    """`as_known_ms`: what the record knew at that record time; None: how it stands. `not_recorded`: see NotRecorded."""

    as_known_ms: int | None = None
    not_recorded: tuple[NotRecorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A session, and the instant as of which it speaks. `as_known_ms` None: that is now."""

    session: Session
    now_ms: int
    as_known_ms: int | None = None

    def told(self, *not_recorded: NotRecorded) -> dict[str, Any]:
        """Return the fields of KnownAt, for an answer that rests on these beside the ledger."""
        return {} if self.as_known_ms is None else {"as_known_ms": self.as_known_ms, "not_recorded": not_recorded}

    def answer(self, value: Any, *not_recorded: NotRecorded) -> Response:  # noqa: ANN401 - any struct is meant
        """Return a struct that has no such fields as a response which has them beside its own; of now, as it is."""
        told = self.told(*not_recorded)
        return answer({**msgspec.to_builtins(value), **told} if told else value)


@contextmanager
def seen(given: Context, as_known_ms: int | None) -> Iterator[Seen]:
    """See the record now, or as it was known at an earlier time.

    Raises NotAsKnownError for a time to come, one before the first entry, or more entries than are looked through.
    """
    now_ms = given.clock.now_ms()
    if as_known_ms is None:
        with given.store.reading() as session:
            yield Seen(session, now_ms)
        return
    if as_known_ms > now_ms:
        msg = f"as_known_ms {as_known_ms} lies in the future: nothing is known of it"
        raise NotAsKnownError(msg, "as-known.future")
    with ExitStack() as stack:
        try:
            session = stack.enter_context(given.store.as_known(as_known_ms))
        except InvalidValueError as error:
            raise NotAsKnownError(str(error), "as-known.too-much") from error
        if session.ledger.next_seq() <= 1:
            msg = f"as_known_ms {as_known_ms} lies before the first entry of the record: nothing was known yet"
            raise NotAsKnownError(msg, "as-known.before")
        yield Seen(session, as_known_ms, as_known_ms)


async def require_answered(request: Request) -> None:
    """Refuse to answer a program with the present where it asks for the past. Raises InvalidValueError."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not is_interface(request):
        return
    if FIELD in request.query_params:
        msg = "as_known is for pages: ask for as_known_ms, in UTC milliseconds since 1970"
        raise InvalidValueError(msg)
    if AS_KNOWN in request.query_params and all(one.call is not _asked for one in route.dependant.dependencies):
        msg = f"{route.path} has no answer as known earlier: leave as_known_ms out for how it stands now"
        raise InvalidValueError(msg)


def is_interface(request: Request) -> bool:
    """Tell whether a program asks: also by the second names of a file, which the OpenAPI does not list."""
    return getattr(request.scope.get("route"), "include_in_schema", True) or request.url.path.startswith("/api/")


class ToldPast:
    """Says on every answer as known at an earlier time that it is one, whatever its body says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header As-Known-Ms."""

        async def told(message: Message) -> None:
            known_ms = scope.get("state", {}).get(AS_KNOWN)
            if message["type"] == "http.response.start" and known_ms is not None and message["status"] == 200:
                MutableHeaders(scope=message)[HEADER] = str(known_ms)
            await send(message)

        await self._app(scope, receive, told)


def as_known_of(text: str | None, zone: ZoneInfo, now_ms: int) -> int | None:
    """Return the instant that a form's local date and time means; None for none, or for one that is not past."""
    try:
        when = datetime.fromisoformat(text or "")
        at_ms = int((when if when.tzinfo else when.replace(tzinfo=zone)).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None
    return at_ms if 0 <= at_ms <= now_ms else None


def local_text(at_ms: int, zone: ZoneInfo) -> str:
    """Return an instant as a form's field for local date and time takes it."""
    return datetime.fromtimestamp(at_ms // 1_000, zone).strftime("%Y-%m-%dT%H:%M:%S")
