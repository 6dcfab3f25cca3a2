"""A strict stand-in of a service that rings when calls stay away: one secret path, GET or POST, a short body."""

import json
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATH = "/ping/3f1c2a9e-of-the-centre"
BODY_MAX = 100


@dataclass(slots=True)
class Watcher(AbstractContextManager["Watcher"]):
    """The service on a loopback port. `status`: what it answers on its path instead of 200."""

    status: int = 200
    beats: list[tuple[str, bytes]] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    silent: threading.Event | None = None
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
        if self.silent is not None:
            self.silent.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"

    def take(self, method: str, path: str, headers: Any, body: bytes) -> int:
        """Take a beat, as the service would; return the status."""
        if path != PATH:
            self.strays.append(path)
            return 404
        if len(body) > BODY_MAX or (body and not isinstance(json.loads(body), dict)):
            return 413
        if self.status < 300:
            self.beats.append((method, body))
        return self.status


def _handler(watcher: Watcher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if watcher.silent is not None:
                watcher.silent.wait(30)
                return
            status = watcher.take(self.command, self.path, self.headers, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    return Handler
