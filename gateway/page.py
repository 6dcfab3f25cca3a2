"""The gateway's own page on the local network: read-only, bounded, off unless an address is configured.

It answers GET / and nothing else. Who stands before the fridge reads it on a phone when the centre cannot be reached;
anybody in that network can read it too, so it shows what is printed on bags and no more.
"""

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from coldchain.errors import ColdchainError
from gateway.page_text import LANGUAGES

REQUESTS_MAX: Final = 8  # at one time; others are turned away
REQUEST_S: Final = 5.0  # for a request to come in and the answer to go out
URL_BYTES_MAX: Final = 1_024
_LOG: Final = logging.getLogger(__name__)

Render = Callable[[str], str]
"""(language) -> HTML."""


class PageServer:
    """Serves the page in threads of its own. Raises ColdchainError if the address cannot be used."""

    def __init__(self, host: str, port: int, render: Render) -> None:
        handler = type("Handler", (_Handler,), {"render": staticmethod(render)})
        try:
            self._server = _Server((host, port), handler)
        except OSError as error:
            msg = (
                f"page.host and page.port: {host}:{port} cannot be used ({error.strerror}); name an address of this "
                "machine and a free port, or leave [page] out / 地址或端口无法使用：请写明本机地址和空闲端口"
            )
            raise ColdchainError(msg) from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.5,), name="page", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(REQUEST_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = REQUESTS_MAX

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._room = threading.BoundedSemaphore(REQUESTS_MAX)
        super().__init__(address, handler)

    def process_request(self, request: object, client_address: object) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - theirs
        _LOG.info("a request to the gateway's page broke off", exc_info=False)


class _Handler(BaseHTTPRequestHandler):
    render: Render
    timeout = REQUEST_S
    server_version = "coldchain"
    sys_version = ""
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """Answer with the page."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """Answer without the page."""
        self._answer(body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
        """Say nothing: a page that refreshes itself would fill the journal."""

    def _answer(self, *, body: bool) -> None:
        parts = urlsplit(self.path[:URL_BYTES_MAX])
        if parts.path != "/" or len(self.path) > URL_BYTES_MAX:
            self.send_error(404)
            return
        page = self.render(self._language(parts.query)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        self.end_headers()
        if body:
            self.wfile.write(page)

    def _language(self, query: str) -> str:
        """Return the language that was asked for; else Chinese, unless the browser asks for another."""
        asked = parse_qs(query, max_num_fields=4).get("lang", [""])[0] if query.count("&") < 4 else ""
        if asked in LANGUAGES:
            return asked
        preferred = self.headers.get("Accept-Language", "zh")[:100].lower()
        return "zh" if "zh" in preferred or not preferred.startswith("en") else "en"
