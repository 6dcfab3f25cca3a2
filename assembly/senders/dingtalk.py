"""DingTalk group robot (钉钉自定义机器人): a signed POST, of which only `errcode` 0 is a yes.

Facts of the service's public documentation: the address carries `timestamp` (ms) and `sign`, the Base64 of HMAC-SHA256
over the time, a line feed and the secret, with the secret as key; 20 messages a minute, then errcode 130101; errcode
310000 is a wrong sign, a stranger's address or a text without the robot's keyword. HTTP is 200 in all these cases.
"""

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from assembly.senders.base import Letter, Outcome, Sent, cut_bytes, failed, refused
from assembly.senders.http import Answer, post

TEXT_BYTES_MAX: Final = 18_000  # the service takes 20,000 bytes of body
TOO_FAST: Final = frozenset({130101, 90018, 410100})
# No such robot, robot disabled, message malformed. A wrong sign or time may be a clock that is set right in a minute.
FOR_GOOD: Final = frozenset({300001, 400013, 400102, 400402})
MINUTE_MS: Final = 60_000


def signed_url(url: str, secret: str, now_ms: int) -> str:
    """Return the robot's address with time and sign; without a secret the address as it is."""
    if not secret:
        return url
    mac = hmac.new(secret.encode(), f"{now_ms}\n{secret}".encode(), hashlib.sha256).digest()
    sign = urllib.parse.quote_plus(base64.b64encode(mac))
    return f"{url}&timestamp={now_ms}&sign={sign}"


def body_of(letter: Letter, keyword: str) -> bytes:
    """Return the JSON: a text, with the robot's keyword in it, that names the mobile number it is for."""
    text = f"{letter.subject}\n{letter.text}"
    if keyword and keyword not in text:
        text = f"[{keyword}] {text}"
    at = {"atMobiles": [letter.to] if letter.to else [], "isAtAll": letter.critical and not letter.to}
    if letter.to:
        text += f"\n@{letter.to}"
    return msgspec.json.encode({"msgtype": "text", "text": {"content": cut_bytes(text, TEXT_BYTES_MAX)}, "at": at})


@dataclass(frozen=True, slots=True)
class DingTalk:
    """One robot. `url` holds its token; `secret` signs, `keyword` is its security word ("": it has none)."""

    url: str
    secret: str
    keyword: str
    now_ms: Callable[[], int]
    per_minute_max: int = 20

    def send(self, letter: Letter) -> Sent:
        """Send once."""
        answer = post(signed_url(self.url, self.secret, self.now_ms()), body_of(letter, self.keyword))
        return answer if isinstance(answer, Sent) else verdict(answer, "errcode", "errmsg", TOO_FAST, FOR_GOOD)


def verdict(answer: Answer, code: str, message: str, too_fast: frozenset[int], for_good: frozenset[int]) -> Sent:
    """Return what an answer means whose member `code` must be 0; an answer without it is no yes.

    Only what is known to be wrong for good is refused: whatever else a service says is tried again.
    """
    number = answer.number(code)
    if number == 0:
        return Sent(outcome=Outcome.ACCEPTED, receipt=answer.word("msgid", "message_id"))
    if number is None:
        return failed(f"HTTP {answer.status} without {code}: {answer.text}")
    detail = f"{code} {number}: {answer.word(message, 'msg', 'errmsg')}"
    if number in too_fast:
        return failed(detail, MINUTE_MS)
    return refused(detail) if number in for_good else failed(detail)
