"""A stand-in for InfluxDB's HTTP interface that does what a test tells it: refuses, hangs up, stores and hangs up.

Left alone it answers like 1.8.10: a missing database is 404, a line of another type or without sense is 400 and the
others are stored, too much is 413. It keeps what it stored, merged as InfluxDB merges, and every request it got.

    with InfluxStandIn() as server:
        server.script(Reply(503), Reply(503, {"Retry-After": "1"}), HANG_UP, STORE_AND_HANG_UP)
"""

import gzip
import json
import re
import threading
from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from support.line_protocol import FieldValue, decode

POLL_SECONDS: Final = 0.02

BUCKETS: Final = {
    "/api/v2/orgs": '{"orgs":[{"id":"o1"}]}',
    "/api/v2/buckets": '{"buckets":[]}',
}

Points = dict[tuple[str, tuple[tuple[str, str], ...], int], dict[str, FieldValue]]


@dataclass(frozen=True)
class Reply:
    """An answer instead of the usual one; nothing is stored."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"error":"as the test wants"}'


HANG_UP: Final = "hang-up"
STORE_AND_HANG_UP: Final = "store-and-hang-up"
Step = Reply | str


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class InfluxStandIn:
    """One server on a free loopback port."""

    def __init__(self) -> None:
        self.databases: set[str] = set()
        self.points: Points = {}
        self.types: dict[tuple[str, str], type] = {}
        self.asked: list[Asked] = []
        self.body_bytes_max = 2_000_000
        self.token: str | None = None
        self.creates = True  # 2.x does not make databases
        self.buckets = False  # but buckets, as this one does then
        self.mappings: list[dict[str, object]] = [{"retention_policy": "autogen"}]  # of buckets to InfluxQL's names
        self._script: deque[Step] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *steps: Step) -> None:
        """Answer the next writes so, one after the other."""
        with self._lock:
            self._script.extend(steps)

    @property
    def scripted(self) -> int:
        """How many steps are left."""
        return len(self._script)

    def wipe(self) -> None:
        """Lose everything."""
        with self._lock:
            self.databases.clear()
            self.points.clear()
            self.types.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, asked: Asked) -> Reply | None:
        """Return the answer to a request, None to hang up."""
        with self._lock:
            self.asked.append(asked)
            if self.token is not None and asked.headers.get("Authorization") != authorization(self.token):
                return Reply(401, body='{"code":"unauthorized","message":"unauthorized access"}')
            if self.buckets and asked.path == "/api/v2/buckets":
                self.databases.add(json.loads(asked.body)["name"])
                return Reply(201, body='{"id":"b1"}')
            if self.buckets and asked.path == "/api/v2/dbrps":
                self.mappings.append(json.loads(asked.body))
                return Reply(201, body="{}")
            if asked.path == "/query":
                return self._query(parse_qs(asked.body.decode()).get("q", [""])[0])
            if asked.path not in {"/write", "/api/v2/write"}:
                return Reply(404, body="404 page not found")
            step = self._script.popleft() if self._script else None
            if step == HANG_UP:
                return None
            if isinstance(step, Reply):
                return step
            reply = self._write(asked)
            return None if step == STORE_AND_HANG_UP else reply

    def ping(self, asked: Asked) -> Reply:
        """Return what a GET gets: /ping names the version, and there is nothing else."""
        if asked.path == "/ping":
            return Reply(204, {"X-Influxdb-Version": "1.8.10"}, body="")
        if self.buckets and asked.path == "/api/v2/dbrps":
            return Reply(200, body=json.dumps({"content": self.mappings}))
        if self.buckets and (found := BUCKETS.get(asked.path)):
            return Reply(200, body=found)
        return Reply(404, body="404 page not found")

    def _query(self, statement: str) -> Reply:
        made = re.fullmatch(r'CREATE DATABASE "([^"]+)"', statement)
        if made is None or not self.creates:
            return Reply(200, body=json.dumps({"results": [{"statement_id": 0, "error": "not implemented"}]}))
        self.databases.add(made[1])
        return Reply(200, body='{"results":[{"statement_id":0}]}')

    def _write(self, asked: Asked) -> Reply:
        database = database_of(asked)
        if database not in self.databases:
            return Reply(404, body=json.dumps({"error": f'database not found: "{database}"'}))
        if len(asked.body) > self.body_bytes_max:
            return Reply(413, body='{"error":"Request Entity Too Large"}')
        body = gzip.decompress(asked.body) if asked.headers.get("Content-Encoding") == "gzip" else asked.body
        assert asked.query["precision"] == ["ms"]
        refused = [reason for line in body.split(b"\n") if (reason := self._store(line))]
        return (
            Reply(400, body=json.dumps({"error": f"partial write: {refused[0]}"})) if refused else Reply(204, body="")
        )

    def _store(self, line: bytes) -> str:
        """Store one line (the tests' lines have no line feed in a string); return why not."""
        try:
            (point,) = decode(line)
        except (ValueError, IndexError):
            return f"unable to parse '{line.decode(errors='replace')}'"
        kinds = {(point.measurement, name): type(value) for name, value in point.fields.items()}
        for key, kind in kinds.items():
            if self.types.get(key, kind) is not kind:
                return f"field type conflict: {key} dropped=1"
        self.types.update(kinds)
        self.points.setdefault((*point.series, point.at_ms), {}).update(point.fields)
        return ""


def database_of(asked: Asked) -> str:
    """Return the database that a request writes to, on either path."""
    return asked.query["db"][0] if asked.path == "/write" else asked.query["bucket"][0].split("/")[0]


def authorization(token: str) -> str:
    """Return the header that lets in: user and password as HTTP has them (1.x), a token as 2.x has it."""
    return f"Basic {b64encode(token.encode()).decode()}" if ":" in token else f"Token {token}"


def _handler(server: InfluxStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._reply(server.answer(Asked(parts.path, parse_qs(parts.query), dict(self.headers.items()), body)))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._reply(server.ping(Asked(parts.path, parse_qs(parts.query), dict(self.headers.items()), b"")))

        def _reply(self, reply: Reply | None) -> None:
            if reply is None:
                self.close_connection = True
                return
            told = reply.body.encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    return Handler
