"""WeCom group robot (企业微信群机器人): the key is in the address, and only `errcode` 0 is a yes.

Facts of the service's public documentation: a text has 2,048 bytes at most, 20 messages a minute and robot, errcode
45009 above that, 93000 for a key that nobody knows; HTTP is 200 in all these cases.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from assembly.senders.base import Letter, Sent, cut_bytes
from assembly.senders.dingtalk import verdict
from assembly.senders.http import post

TEXT_BYTES_MAX: Final = 2_048
TOO_FAST: Final = frozenset({45009, 45033})
FOR_GOOD: Final = frozenset({93000, 40058})  # no such key; text too long or malformed


def body_of(letter: Letter) -> bytes:
    """Return the JSON: a text that calls the mobile number it is for, or all of the group if it is critical."""
    text: dict[str, str | list[str]] = {
        "content": cut_bytes(f"{letter.subject}\n{letter.text}", TEXT_BYTES_MAX),
        "mentioned_mobile_list": [letter.to] if letter.to else ["@all"] if letter.critical else [],
    }
    return msgspec.json.encode({"msgtype": "text", "text": text})


@dataclass(frozen=True, slots=True)
class WeCom:
    """One robot; `url` holds its key."""

    url: str
    per_minute_max: int = 20

    def send(self, letter: Letter) -> Sent:
        """Send once."""
        answer = post(self.url, body_of(letter))
        return answer if isinstance(answer, Sent) else verdict(answer, "errcode", "errmsg", TOO_FAST, FOR_GOOD)
