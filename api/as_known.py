"""The record as it was known at an earlier time: the same routes and the same figures, over what was there then."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from api.answers import MILLIS_MAX
from api.context import Context
from coldchain.errors import InvalidValueError
from coldchain.ports import Session

AsKnownMs = Annotated[
    int | None,
    Query(
        ge=0,
        le=MILLIS_MAX,
        description="Answer with what the record knew at this record time (UTC milliseconds since 1970), as of then. "
        "Time whose readings came later shows as not measured.",
    ),
]
AsKnownText = Annotated[str | None, Query(alias="as_known", max_length=32)]


@dataclass(frozen=True, slots=True)
class Seen:
    """A session, and the instant as of which it speaks."""

    session: Session
    now_ms: int


@contextmanager
def seen(given: Context, as_known_ms: int | None) -> Iterator[Seen]:
    """See the record now, or as it was known at an earlier time. Raises InvalidValueError for a time to come."""
    now_ms = given.clock.now_ms()
    if as_known_ms is None:
        with given.store.reading() as session:
            yield Seen(session, now_ms)
        return
    if as_known_ms > now_ms:
        msg = f"as_known_ms {as_known_ms} lies in the future: nothing is known of it"
        raise InvalidValueError(msg)
    with given.store.as_known(as_known_ms) as session:
        yield Seen(session, as_known_ms)


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
