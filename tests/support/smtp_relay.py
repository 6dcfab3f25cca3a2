"""A small strict mail relay for tests: EHLO, STARTTLS, AUTH PLAIN, MAIL, RCPT, DATA; out of order it takes nothing."""

import base64
import socketserver
import ssl
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(slots=True)
class Relay(AbstractContextManager["Relay"]):
    """On a loopback port. `refuse` maps a recipient to the code and text that it gets."""

    context: ssl.SSLContext | None = None  # given: STARTTLS is offered and asked for
    login: tuple[str, str] | None = None
    refuse: dict[str, str] = field(default_factory=dict)
    drop_after_data: bool = False
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    _server: socketserver.ThreadingTCPServer | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        relay = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Dialogue(relay, self).run()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
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
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])


class _Dialogue:
    def __init__(self, relay: Relay, handler: socketserver.StreamRequestHandler) -> None:
        self._relay = relay
        self._handler = handler
        self._read, self._write = handler.rfile, handler.wfile
        self._safe = relay.context is None
        self._known = relay.login is None
        self._sender, self._to = "", list[str]()

    def run(self) -> None:
        self._say("220 relay")
        while line := self._read.readline(2_000).decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "QUIT":
                self._say("221 bye")
                return
            if not self._take(word, line):
                return

    def _take(self, word: str, line: str) -> bool:
        match word:
            case "EHLO":
                extras = ["STARTTLS"] if not self._safe else ["AUTH PLAIN"] if self._relay.login else []
                self._say("250-relay")
                for extra in extras:
                    self._say(f"250-{extra}")
                self._say("250 SIZE 1000000")
            case "STARTTLS":
                self._start_tls()
            case "AUTH":
                self._auth(line)
            case "MAIL" if self._safe and self._known:
                self._sender, self._to = line[10:], []
                self._say("250 ok")
            case "RCPT" if self._sender:
                self._rcpt(line)
            case "DATA" if self._to:
                return self._data()
            case "RSET":
                self._say("250 ok")
            case _:
                self._say("530 not now")
        return True

    def _rcpt(self, line: str) -> None:
        to = line[line.index("<") + 1 : line.index(">")]
        if to in self._relay.refuse:
            self._say(self._relay.refuse[to])
            return
        self._to.append(to)
        self._say("250 ok")

    def _data(self) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self._read.readline(2_000)) not in (b".\r\n", b""):
            lines.append(line)
        self._relay.mails.append((self._sender, self._to, b"".join(lines)))
        if self._relay.drop_after_data:
            return False
        self._say("250 queued")
        return True

    def _auth(self, line: str) -> None:
        wanted = "\0{}\0{}".format(*(self._relay.login or ("", "")))
        self._known = base64.b64decode(line.split(" ")[2]).decode() == wanted
        self._say("235 welcome" if self._known else "535 5.7.8 who are you")

    def _start_tls(self) -> None:
        assert self._relay.context is not None
        self._say("220 go on")
        safe = self._relay.context.wrap_socket(self._handler.connection, server_side=True)
        self._read, self._write = safe.makefile("rb"), safe.makefile("wb")
        self._safe = True

    def _say(self, text: str) -> None:
        self._write.write(text.encode() + b"\r\n")
        self._write.flush()
