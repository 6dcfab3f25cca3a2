"""What every sender is given and what it answers."""

from enum import StrEnum
from typing import Final, Protocol

import msgspec

TEXT_CHARACTERS_MAX: Final = 4_000  # of one message; what is longer is cut, and says so
DETAIL_CHARACTERS_MAX: Final = 300  # of what a service answered
ANSWER_S: Final = 15  # a service that has not answered by then has not answered


class Outcome(StrEnum):
    """What became of one attempt to send.

    `delivered`: a person's device or ear has it, and the service says so. `accepted`: the service took it and says no
    more. `failed`: it may work later. `refused`: it will not work like this however often it is tried.
    """

    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    FAILED = "failed"
    REFUSED = "refused"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one address. `key` is the same for every attempt: what a service uses against doubles.

    `to` is in the channel's own words: an e-mail address, a mobile number, "" for all of a group. `critical`: of an
    alarm that may wake people.
    """

    key: str
    to: str
    subject: str
    text: str
    critical: bool = False
    data: dict[str, int | str] = msgspec.field(default_factory=dict)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt: the service's own receipt if it gave one, and its own words if it did not take it.

    `wait_ms`: how long the service asks to be left alone, None if it did not say.
    """

    outcome: Outcome
    receipt: str = ""
    detail: str = ""
    wait_ms: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the service has it."""
        return self.outcome in {Outcome.DELIVERED, Outcome.ACCEPTED}


class Sender(Protocol):
    """One way out. It never raises for what the world does wrong: that is an answer."""

    @property
    def per_minute_max(self) -> int:
        """How many letters a minute the service takes at most."""

    def send(self, letter: Letter) -> Sent:
        """Send once. Takes ANSWER_S at most, a modem longer."""


def cut(text: str, most: int) -> str:
    """Return text of at most `most` characters; a cut one ends with three dots."""
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_bytes(text: str, most: int) -> str:
    """Return text of at most `most` bytes in UTF-8, cut between characters; a cut one ends with three dots."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def failed(detail: str, wait_ms: int | None = None) -> Sent:
    """Return that it may work later."""
    return Sent(outcome=Outcome.FAILED, detail=cut(detail, DETAIL_CHARACTERS_MAX), wait_ms=wait_ms)


def refused(detail: str) -> Sent:
    """Return that it will not work like this."""
    return Sent(outcome=Outcome.REFUSED, detail=cut(detail, DETAIL_CHARACTERS_MAX))
