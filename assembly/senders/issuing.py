"""Holds and liftings to the issuing system, signed as the other webhook, and its business receipt read.

The body names each change by its number, which is its identity for ever, and says of each unit whether it is on hold
now. A yes is a 2xx whose JSON has `receipt` (a text), no `error`, and `confirmed`: the numbers that the system acted
on. Numbers that were not sent are no receipt for this. What it does not name is not confirmed and comes again.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from assembly.senders.base import Outcome, Sent, failed, refused
from assembly.senders.http import Answer, post
from assembly.senders.webhook import signature_of
from coldchain.tasks import HoldChange


class HeldUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit by what stands on its label, and whether any hold of it stands."""

    unit: str
    issuer: str
    scheme: str
    donation_number: str
    product_code: str
    division: str
    on_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a message: the numbers that were confirmed and the receipt, else why not."""

    sent: Sent
    confirmed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuingHook:
    """The issuing system's address with the shared secret."""

    url: str
    secret: str
    now_ms: Callable[[], int]

    def send(self, changes: Sequence[HoldChange], units: Sequence[HeldUnit]) -> Told:
        """Send changes once; never raises for what the world does."""
        body, now_s = body_of(changes, units), self.now_ms() // 1_000
        headers = {"Idempotency-Key": key_of(changes), "X-Coldchain-Timestamp": str(now_s)}
        headers["X-Coldchain-Signature"] = signature_of(self.secret, now_s, body)
        answer = post(self.url, body, headers)
        return Told(sent=answer) if isinstance(answer, Sent) else receipt_of(answer, [one.number for one in changes])


def key_of(changes: Sequence[HoldChange]) -> str:
    """Return the key of a message: the same changes are the same message."""
    numbers = ",".join(str(one.number) for one in changes)
    return f"issuing-{hashlib.sha256(numbers.encode()).hexdigest()[:32]}"


def body_of(changes: Sequence[HoldChange], units: Sequence[HeldUnit]) -> bytes:
    """Return the JSON, its members in a fixed order; whether we know of a receipt already is nothing to the system."""
    told = [{name: value for name, value in msgspec.to_builtins(one).items() if name != "confirmed"} for one in changes]
    return msgspec.json.encode({"key": key_of(changes), "changes": told, "units": list(units)}, order="sorted")


def receipt_of(answer: Answer, sent: Sequence[int]) -> Told:
    """Return what a 2xx means by its own words."""
    error = answer.body.get("error")
    if error:
        retry = answer.body.get("retry") is True
        return Told(sent=failed(f"error: {error}") if retry else refused(f"error: {error}"))
    receipt, confirmed = answer.word("receipt").strip(), _numbers(answer.body.get("confirmed"))
    if not receipt or confirmed is None:
        return Told(sent=failed(f"HTTP {answer.status} without a receipt: {answer.text}"))
    strange = sorted(set(confirmed) - set(sent))
    if strange:
        return Told(sent=failed(f"receipt {receipt} confirms {strange[:5]}, which were not sent"))
    return Told(sent=Sent(outcome=Outcome.ACCEPTED, receipt=receipt), confirmed=tuple(sorted(set(confirmed))))


def _numbers(value: Any) -> list[int] | None:  # noqa: ANN401 - what another system answered
    whole = isinstance(value, list) and all(isinstance(one, int) and not isinstance(one, bool) for one in value)
    return value if whole else None
