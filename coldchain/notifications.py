"""Messages to people: what is to be said to whom by which channel, and what became of every attempt."""

from enum import StrEnum
from typing import Final

import msgspec

from coldchain.alarms import Severity

ATTEMPTS_MAX: Final = 40  # of one message, each an entry: some three hours of trying
FIRST_WAIT_MS: Final = 5_000
WAIT_MS_MAX: Final = 300_000  # between two attempts
TEXT_CHARACTERS_MAX: Final = 4_000


class NotificationState(StrEnum):
    """What has become of a message.

    `delivered`: a person's device or ear has it, and the service says so. `accepted`: the service took it and says no
    more. `refused`: the service will never take it like this. `given-up`: it was tried often enough. `overtaken`: what
    it was to say is no longer so (the alarm was acknowledged or has cleared) and it had not gone out.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    GIVEN_UP = "given-up"
    OVERTAKEN = "overtaken"


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one address, from when it is asked for to its end; a higher version replaces.

    `id` is the key of the duty that it does: the same duty asked for again is the same message. `kind`: raised,
    escalated, again, cleared, summary, test. `at_ms` is its last attempt, `next_ms` when the next one is due. `receipt`
    and `detail` are what the service answered. `data`: what a program at the other end needs.
    """

    id: str
    version: int
    alarm: str
    channel: str
    to: str
    kind: str
    level: int
    severity: Severity
    site: str
    subject: str
    text: str
    queued_ms: int
    next_ms: int
    state: NotificationState = NotificationState.WAITING
    attempts: int = 0
    at_ms: int | None = None
    receipt: str = ""
    detail: str = ""
    data: dict[str, int | str] = msgspec.field(default_factory=dict)

    @property
    def waiting(self) -> bool:
        """Whether it is still to go out."""
        return self.state is NotificationState.WAITING

    @property
    def failed(self) -> bool:
        """Whether nobody will get it."""
        return self.state in {NotificationState.REFUSED, NotificationState.GIVEN_UP}


class NoteAttempt(msgspec.Struct, frozen=True, kw_only=True, tag="note-attempt"):
    """The outbox says what became of the last attempt, at at_ms, to send version `version` of a message.

    `state` is what follows from the attempt alone: waiting after a failure. `wait_ms`: how long the service asks to be
    left alone, None if it did not say. `attempts`: how many were made since the last that was recorded (`recorded_at`).
    """

    notification: str
    version: int
    state: NotificationState
    at_ms: int
    receipt: str = ""
    detail: str = ""
    wait_ms: int | None = None
    attempts: int = 1
    actor: str = "outbox"


def after(one: Notification, fact: NoteAttempt) -> Notification:
    """Return the message after an attempt: ended, due again later, or given up."""
    attempts = one.attempts + fact.attempts
    waits = fact.state is NotificationState.WAITING
    state = NotificationState.GIVEN_UP if waits and attempts >= ATTEMPTS_MAX else fact.state
    wait_ms = wait_after(attempts, fact.wait_ms)
    return msgspec.structs.replace(
        one,
        version=one.version + 1,
        state=state,
        attempts=attempts,
        at_ms=fact.at_ms,
        next_ms=fact.at_ms + wait_ms if state is NotificationState.WAITING else one.next_ms,
        receipt=fact.receipt,
        detail=fact.detail,
    )


def wait_after(attempts: int, asked_ms: int | None) -> int:
    """Return how long to wait after that many failures; a service may ask for longer, up to a limit."""
    return max(wait_before(attempts), min(asked_ms or 0, WAIT_MS_MAX))


def recorded_at(attempts: int) -> bool:
    """Tell whether that many failures are an entry: the first, the second, the fourth ..., and the last.

    A channel that is down all day must not fill the ledger; in between the outbox counts by itself.
    """
    return attempts >= ATTEMPTS_MAX or attempts & (attempts - 1) == 0


def wait_before(attempts: int) -> int:
    """Return how long to wait after that many attempts that failed: doubling, up to a limit."""
    return min(FIRST_WAIT_MS << min(attempts - 1, 20), WAIT_MS_MAX)
