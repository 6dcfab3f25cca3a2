"""Feishu / Lark group robot (飞书自定义机器人): the body is signed, and only `code` 0 is a yes.

Facts of the service's public documentation: `sign` is the Base64 of HMAC-SHA256 over nothing, with the time in seconds,
a line feed and the secret as the key; code 19021 is a wrong sign or a time more than an hour off, 19024 a text without
the keyword, 11232 and 9499 too many (100 a minute, 5 a second); HTTP is 200 in most of these cases. Older addresses
answer `StatusCode`.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from assembly.senders.base import Letter, Sent, cut_bytes
from assembly.senders.dingtalk import verdict
from assembly.senders.http import post

TEXT_BYTES_MAX: Final = 18_000  # the service takes 20 KB of body
TOO_FAST: Final = frozenset({11232, 11233, 99991400})
FOR_GOOD: Final = frozenset({19001, 19005})  # no such token; robot removed


def sign_of(secret: str, now_s: int) -> str:
    """Return the sign of a time: the key is the text, and the message is empty."""
    return base64.b64encode(hmac.new(f"{now_s}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def body_of(letter: Letter, secret: str, keyword: str, now_s: int) -> bytes:
    """Return the JSON: a text with the robot's keyword in it, with time and sign if there is a secret."""
    text = f"{letter.subject}\n{letter.text}"
    if keyword and keyword not in text:
        text = f"[{keyword}] {text}"
    if letter.to:
        text += f"\n{letter.to}"
    if letter.critical:
        text += '\n<at user_id="all"></at>'
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": cut_bytes(text, TEXT_BYTES_MAX)}}
    if secret:
        body |= {"timestamp": str(now_s), "sign": sign_of(secret, now_s)}
    return msgspec.json.encode(body)


@dataclass(frozen=True, slots=True)
class Feishu:
    """One robot. `url` holds its token; `secret` signs, `keyword` is its security word ("": it has none)."""

    url: str
    secret: str
    keyword: str
    now_ms: Callable[[], int]
    per_minute_max: int = 60

    def send(self, letter: Letter) -> Sent:
        """Send once."""
        answer = post(self.url, body_of(letter, self.secret, self.keyword, self.now_ms() // 1_000))
        if isinstance(answer, Sent):
            return answer
        code = "code" if "code" in answer.body else "StatusCode"
        return verdict(answer, code, "msg" if code == "code" else "StatusMessage", TOO_FAST, FOR_GOOD)
