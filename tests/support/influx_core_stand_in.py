"""A strict stand-in for InfluxDB 3 Core's HTTP interface, out of what its source and documentation say.

Lets nobody in without the token, not even to /ping; takes writes on the paths of 1.x and 2.x; makes a database with the
first write to it; stores the good lines of a body and says of each bad one which and why; a table's tags are those of
its first line for ever, and no tag and field share a name. Databases are neither made nor deleted by InfluxQL. What it
would shrug at it refuses here: another content type, another parameter, a header that is none of its own.
"""

import gzip
import json
from typing import Final

from support.influx_stand_in import Asked, InfluxStandIn, Reply, database_of
from support.line_protocol import decode

BODY_BYTES_MAX: Final = 10_485_760  # as its --max-http-request-size has it
PARAMETERS: Final = {
    "/write": {"db", "rp", "precision"},
    "/api/v2/write": {"org", "bucket", "precision"},
    "/query": {"db", "epoch"},
}
NOT_LET_IN: Final = Reply(401, body='{"error":"the request was not authenticated"}')


class InfluxCoreStandIn(InfluxStandIn):
    """One server on a free loopback port; `body_bytes_max` counts what arrives, as the server does."""

    def __init__(self, token: str = "apiv3_test") -> None:
        super().__init__()
        self.secret = token
        self.body_bytes_max = BODY_BYTES_MAX
        self.tags: dict[str, tuple[str, ...]] = {}
        self.fields: dict[str, set[str]] = {}

    def ping(self, asked: Asked) -> Reply:
        """Return what a GET gets."""
        if not self._let_in(asked):
            return NOT_LET_IN
        if asked.path == "/ping":
            told = {"version": "3.9.1", "revision": "0", "process_id": "0"}
            return Reply(200, {"x-influxdb-version": "3.9.1", "x-influxdb-build": "Core"}, json.dumps(told))
        return Reply(404, body="not found")

    def answer(self, asked: Asked) -> Reply | None:
        """Return the answer to a POST."""
        if not self._let_in(asked):
            return NOT_LET_IN
        if asked.path in PARAMETERS and not asked.query.keys() <= PARAMETERS[asked.path]:
            return Reply(400, body=json.dumps({"error": f"unknown parameter among {sorted(asked.query)}"}))
        if asked.path.endswith("write") and asked.headers.get("Content-Type", "").split(";")[0] != "text/plain":
            return Reply(415, body='{"error":"unsupported content type"}')
        return super().answer(asked)

    def _let_in(self, asked: Asked) -> bool:
        return asked.headers.get("Authorization") in {f"Bearer {self.secret}", f"Token {self.secret}"}

    def _query(self, statement: str) -> Reply:
        return Reply(400, body=json.dumps({"error": f"not implemented: {statement.split(maxsplit=1)[0]}"}))

    def _write(self, asked: Asked) -> Reply:
        if len(asked.body) > self.body_bytes_max:
            return Reply(413, body='{"error":"request size exceeded"}')
        self.databases.add(database_of(asked))
        body = gzip.decompress(asked.body) if asked.headers.get("Content-Encoding") == "gzip" else asked.body
        bad = []
        for number, line in enumerate(body.split(b"\n"), 1):
            if reason := self._unfit(line) or self._store(line):
                told = {"original_line": line.decode(errors="replace"), "line_number": number, "error_message": reason}
                bad.append(told)
        if not bad:
            return Reply(204, body="")
        return Reply(400, body=json.dumps({"error": "partial write of line protocol occurred", "data": bad}))

    def _unfit(self, line: bytes) -> str:
        """Return what is wrong with a line's tags for its table, "" if nothing is."""
        try:
            (point,) = decode(line)
        except (ValueError, IndexError):
            return "invalid line protocol"
        names = tuple(name for name, _ in point.tags)
        known = self.tags.setdefault(point.measurement, names)
        fields = self.fields.setdefault(point.measurement, set()) | point.fields.keys()
        if known != names:
            return f"table {point.measurement} has the tags {known}, not {names}"
        if shared := fields & set(names):
            return f"{sorted(shared)} cannot be tag and field of {point.measurement}"
        self.fields[point.measurement] = fields
        return ""
