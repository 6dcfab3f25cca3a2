"""A signed webhook: for a station's own system, a voice service, or anything that can be put behind an address.

The body is JSON. `X-Coldchain-Signature` is "v1=" and the hex HMAC-SHA256 over the time, a dot and the body with the
shared secret, `X-Coldchain-Timestamp` the time in seconds, `Idempotency-Key` the same for every attempt. A yes is a 2xx
whose JSON body has `receipt` (a text) and no `error`; `"delivered": true` says that a person has it. A 2xx without a
receipt is no yes: a login page and a proxy's error page answer 200 as well.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from assembly.senders.base import Letter, Outcome, Sent, failed, refused
from assembly.senders.http import Answer, post


def signature_of(secret: str, now_s: int, body: bytes) -> str:
    """Return the header's value."""
    return "v1=" + hmac.new(secret.encode(), str(now_s).encode() + b"." + body, hashlib.sha256).hexdigest()


def body_of(letter: Letter) -> bytes:
    """Return the JSON, its members in a fixed order, so that every attempt has the same bytes."""
    return msgspec.json.encode(
        {
            "key": letter.key,
            "to": letter.to,
            "subject": letter.subject,
            "text": letter.text,
            "critical": letter.critical,
            "data": letter.data,
        },
        order="sorted",
    )


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address with its shared secret ("" unsigned)."""

    url: str
    secret: str
    now_ms: Callable[[], int]
    per_minute_max: int = 120

    def send(self, letter: Letter) -> Sent:
        """Send once."""
        body, now_s = body_of(letter), self.now_ms() // 1_000
        headers = {"Idempotency-Key": letter.key, "X-Coldchain-Timestamp": str(now_s)}
        if self.secret:
            headers["X-Coldchain-Signature"] = signature_of(self.secret, now_s, body)
        answer = post(self.url, body, headers)
        return answer if isinstance(answer, Sent) else receipt_in(answer)


def receipt_in(answer: Answer) -> Sent:
    """Return what a 2xx means by its own words."""
    error = answer.body.get("error")
    if error:
        retry = answer.body.get("retry") is True
        return failed(f"error: {error}") if retry else refused(f"error: {error}")
    receipt = answer.word("receipt")
    if not receipt:
        return failed(f"HTTP {answer.status} without a receipt: {answer.text}")
    delivered = answer.body.get("delivered") is True
    return Sent(outcome=Outcome.DELIVERED if delivered else Outcome.ACCEPTED, receipt=receipt)
