"""A strict stand-in of an issuing system behind a webhook, built from docs/holds.md; it shares no code with ours.

It checks the signature, its time and the order of each unit, keeps by number what it acted on, and answers HTTP 200
with an error of its own where it does not take a message.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from support.robot_services import Robot

SECRET = "of-the-issuing-system"


@dataclass(slots=True)
class IssuingSystem:
    """What it knows. `strangers`: units that it does not know; `answer`: what it says instead of its receipt."""

    strangers: set[str] = field(default_factory=set)
    answer: Any = None
    lose: bool = False  # it acts, and its answer is lost
    acted: dict[int, bool] = field(default_factory=dict)  # number -> whether the hold stands
    held: dict[str, bool] = field(default_factory=dict)
    twice: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)

    def rule(self, robot: Robot, _path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Answer a message."""
        stamp = headers["x-coldchain-timestamp"]
        wanted = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if headers.get("x-coldchain-signature") != f"v1={wanted}" or abs(int(stamp) - robot.now_ms // 1_000) > 300:
            return 401, {"error": "signature"}
        message = json.loads(body)
        assert set(message) == {"key", "changes", "units"}
        assert headers["idempotency-key"] == message["key"]
        self.seen.append(message)
        if self.answer is not None:
            return 200, self.answer
        if self.strangers & {one["unit"] for one in message["units"]}:
            return 200, {"error": "a unit is not known here"}
        self._act(message)
        if self.lose:
            return 502, {"error": "the answer was lost on the way"}
        return 200, {
            "receipt": f"his-{message['key'][-6:]}",
            "confirmed": [one["number"] for one in message["changes"]],
        }

    def _act(self, message: dict[str, Any]) -> None:
        numbers = [one["number"] for one in message["changes"]]
        assert numbers == sorted(numbers), "in order"
        for one in message["changes"]:
            self.twice += one["number"] in self.acted
            self.acted[one["number"]] = one["stands"]
        for unit in message["units"]:
            self.held[unit["unit"]] = unit["on_hold"]
