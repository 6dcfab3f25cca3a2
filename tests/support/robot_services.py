"""Strict stand-ins of group robots and webhooks, built from what the services document; they share no code with ours.

Each checks sign, time, keyword, size and rate as the service does, and answers HTTP 200 with its own error code.
"""

import base64
import hashlib
import hmac
import json
import threading
import urllib.parse
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

NOW_MS = 1_790_000_000_000


@dataclass(slots=True)
class Robot(AbstractContextManager["Robot"]):
    """A service on a loopback port. `rule` gives (status, JSON or bytes) for (path, headers, body)."""

    rule: Callable[["Robot", str, dict[str, str], bytes], tuple[int, Any]]
    secret: str = ""
    keyword: str = ""
    now_ms: int = NOW_MS
    most_a_minute: int = 20
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    retry_after: str = ""
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/robot/send?access_token=of-the-robot"

    @property
    def too_fast(self) -> bool:
        return len(self.taken) >= self.most_a_minute


def _handler(robot: Robot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            robot.asked += 1
            status, answer = robot.rule(robot, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            if robot.retry_after:
                self.send_header("Retry-After", robot.retry_after)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    return Handler


def dingtalk(robot: Robot, path: str, _headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    """As DingTalk's custom robot: sign in the address, errcode in the body."""
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    if asked.get("access_token") != ["of-the-robot"]:
        return 200, {"errcode": 300001, "errmsg": "token is not exist"}
    if robot.secret:
        stamp = asked.get("timestamp", ["0"])[0]
        wanted = hmac.new(robot.secret.encode(), f"{stamp}\n{robot.secret}".encode(), hashlib.sha256).digest()
        if asked.get("sign") != [base64.b64encode(wanted).decode()] or abs(int(stamp) - robot.now_ms) > 3_600_000:
            return 200, {"errcode": 310000, "errmsg": "sign not match"}
    if robot.too_fast:
        return 200, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    message = json.loads(body)
    if message["msgtype"] != "text" or len(body) > 20_000:
        return 200, {"errcode": 400402, "errmsg": "invalid message"}
    if robot.keyword not in message["text"]["content"]:
        return 200, {"errcode": 310000, "errmsg": "keywords not in content"}
    robot.taken.append(message)
    return 200, {"errcode": 0, "errmsg": "ok"}


def wecom(robot: Robot, path: str, _headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    """As WeCom's group robot: 2,048 bytes of text."""
    if "access_token=of-the-robot" not in path:
        return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
    if robot.too_fast:
        return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
    message = json.loads(body)
    content = message["text"]["content"]
    if not content or len(content.encode()) > 2_048:
        return 200, {"errcode": 40058, "errmsg": "content exceed max length"}
    robot.taken.append(message)
    return 200, {"errcode": 0, "errmsg": "ok"}


def feishu(robot: Robot, _path: str, _headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    """As Feishu's custom robot: sign in the body, over nothing."""
    message = json.loads(body)
    if robot.secret:
        key = f"{message.get('timestamp')}\n{robot.secret}".encode()
        wanted = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        late = abs(int(message.get("timestamp", "0")) * 1_000 - robot.now_ms) > 3_600_000
        if message.get("sign") != wanted or late:
            return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    if robot.too_fast:
        return 200, {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]"}
    if robot.keyword not in message["content"]["text"]:
        return 200, {"code": 19024, "msg": "Key Words Not Found"}
    robot.taken.append(message)
    return 200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


def station(robot: Robot, _path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    """As the webhook of a careful station: checks sign and time, knows a key again and gives the same receipt."""
    stamp = headers.get("x-coldchain-timestamp", "0")
    wanted = hmac.new(robot.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if headers.get("x-coldchain-signature") != f"v1={wanted}" or abs(int(stamp) * 1_000 - robot.now_ms) > 300_000:
        return 401, {"error": "bad signature"}
    key = headers["idempotency-key"]
    known = next((one for one in robot.taken if one["key"] == key), None)
    if known is None:
        robot.taken.append(json.loads(body))
    return 200, {"receipt": f"r-{key}"}
