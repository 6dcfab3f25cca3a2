"""Messages to people: asked for beside what they speak of, and what became of every attempt, in the same ledger."""

from collections.abc import Iterable

import msgspec

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, UnknownThingError
from coldchain.notifications import NoteAttempt, Notification, NotificationState, after
from coldchain.ports import Session
from ingest.drafted import Drafted

ACTOR = "server"


def notification_drafts(session: Session, asked: Iterable[Notification]) -> list[Draft]:
    """Return entries for the messages that are not recorded yet: a duty asked for twice is one message."""
    new = {one.id: one for one in asked}
    known = {id_ for id_ in new if session.records.notification(id_) is not None}
    return [_draft(one) for id_, one in sorted(new.items()) if id_ not in known]


def overtaken_drafts(session: Session, alarm: str, now_ms: int) -> list[Draft]:
    """Return entries that end what has not gone out of an alarm: it was acknowledged or has cleared."""
    return [
        _draft(msgspec.structs.replace(one, version=one.version + 1, state=NotificationState.OVERTAKEN, at_ms=now_ms))
        for one in session.records.waiting_of_alarm(alarm)
        if one.kind != "cleared"
    ]


def attempted(session: Session, fact: NoteAttempt, _now_ms: int) -> Drafted:
    """Return the entry for an attempt. Raises UnknownThingError, ConflictError if the message has gone on meanwhile.

    An attempt on a message that was overtaken while it was on its way is recorded: somebody has read it.
    """
    one = session.records.notification(fact.notification)
    if one is None:
        msg = f"message {fact.notification} is not known here"
        raise UnknownThingError(msg)
    overtaken = one.state is NotificationState.OVERTAKEN
    if overtaken and fact.state is NotificationState.WAITING:
        return Drafted()
    if not overtaken and (one.version != fact.version or not one.waiting):
        msg = f"message {one.id} is at version {one.version} ({one.state.value}), the attempt was on {fact.version}"
        raise ConflictError(msg)
    return Drafted(drafts=[_draft(after(one, fact))])


def _draft(one: Notification) -> Draft:
    return Draft(kind=EntryKind.NOTIFICATION, actor=ACTOR, site=one.site, payload=one)
