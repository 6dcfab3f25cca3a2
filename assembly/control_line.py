"""A control line of a running process: a Unix socket that takes one JSON line and answers with one.

Only the owner can reach it. Requests are small and short; rubbish gets an answer that says what is allowed.
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from coldchain.errors import ColdchainError

LINE_BYTES_MAX: Final = 4 * 1024
TALK_S: Final = 10.0  # the longest that one request and its answer may take

Json: TypeAlias = dict[str, Any]


class ControlError(ColdchainError):
    """Nobody answers on a control line, or it refused; the message says what to do."""


class ControlLine:
    """Listens on a Unix socket and hands each request to `answer`, one after the other, in a thread of its own."""

    def __init__(self, path: Path, answer: Callable[[Json], Json]) -> None:
        """Listen at `path`; what a dead process left there is replaced. Raises OSError."""
        self._path = path
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with near(path) as name:
            path.unlink(missing_ok=True)
            self._listener.bind(name)
        path.chmod(0o600)
        self._listener.listen(4)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(TALK_S)
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                call, _ = self._listener.accept()
            except OSError:
                return
            with call, contextlib.suppress(OSError):
                call.settimeout(TALK_S)
                call.sendall(json.dumps(self._answered(_line(call)), ensure_ascii=False).encode() + b"\n")

    def _answered(self, line: bytes) -> Json:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"error": f"not one line of JSON of at most {LINE_BYTES_MAX} bytes"}
        if not isinstance(request, dict):
            return {"error": 'a JSON object is expected, e.g. {"do": "status"}'}
        return self._answer(request)


def ask(path: Path, request: Json) -> Json:
    """Send a request and return the answer. Raises ControlError if nobody answers, or with the refusal's words."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as call:
        call.settimeout(TALK_S)
        try:
            with near(path) as name:
                call.connect(name)
            call.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(_line(call))
        except (OSError, ValueError) as error:
            msg = f"nobody answers at {path} ({error}); does it still run? / 无应答，请确认其仍在运行"
            raise ControlError(msg) from error
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return dict(answer)


def _line(call: socket.socket) -> bytes:
    data = b""
    while b"\n" not in data and len(data) <= LINE_BYTES_MAX and (more := call.recv(LINE_BYTES_MAX)):
        data += more
    return data.partition(b"\n")[0]


@contextmanager
def near(path: Path) -> Iterator[str]:
    """Give a short name for a socket's path: the kernel takes at most 107 bytes, and folders may be deep."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
