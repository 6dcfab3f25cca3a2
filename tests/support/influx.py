"""A real InfluxDB 1.8.10 for tests: on free loopback ports, with kill and restart on the same port and data.

    from support.influx import start_influx
    with start_influx(tmp_path) as server:
        server.create("coldchain")
        server.write("coldchain", b"temperature,probe=a celsius=4.0 1000")
        server.rows("coldchain", 'SELECT * FROM "temperature"')   # [{"time": 1000, "probe": "a", "celsius": 4.0}]
        server.kill(); server.start()

or the fixture `influx` (tests/conftest.py makes it known). tools/install-influxd.sh builds the program into the user's
cache folder. Where it is missing, the test is skipped, loudly; with CI=true it fails.
"""

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlencode

import pytest
from support.brokers import free_port
from support.server_process import ServerProcess

VERSION: Final = "1.8.10"
ADVICE: Final = "build it with tools/install-influxd.sh (about a minute, once)"
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback, whatever the environment says

Row = dict[str, Any]
Login = tuple[str, str]


class InfluxServer(ServerProcess):
    """An InfluxDB of our own; `wipe` loses the data of a stopped one.

    `token` and `org` are what lets a mirror in; `headers` what lets in whoever asks it over HTTP.
    """

    def __init__(self, command: list[str], home: Path, port: int, login: Login | None = None) -> None:
        super().__init__("InfluxDB", command, port, home / "log")
        self.url = f"http://127.0.0.1:{port}"
        self.token = "" if login is None else ":".join(login)
        self.org = "-"
        self.headers: dict[str, str] = {}
        self._login = login
        self._home = home

    def start(self) -> Self:
        """Write the settings, start, and wait until it answers."""
        (self._home / "influxdb.conf").write_text(_config(self._home, self.port, auth=self._login is not None))
        return super().start()

    def wipe(self) -> None:
        """Take all data away from the stopped server, as somebody does who sets it up anew."""
        assert self._process is None, "stop it first"
        for part in ("meta", "data", "wal"):
            shutil.rmtree(self._home / part, ignore_errors=True)

    def query(self, database: str, statement: str) -> list[Row]:
        """Run one InfluxQL statement as Grafana does; return its series as InfluxDB's JSON has them. Times in ms."""
        url = f"{self.url}/query?{urlencode({'db': database, 'epoch': 'ms', **self._who()})}"
        body = urlencode({"q": statement}).encode()
        try:
            with _DIRECT.open(urllib.request.Request(url, body, self.headers), timeout=60) as answer:
                result: Row = json.load(answer)["results"][0]
        except urllib.error.HTTPError as refused:
            pytest.fail(f"InfluxDB refused {statement}: {refused.read().decode(errors='replace')}")
        assert "error" not in result, f"{statement}: {result['error']}"
        series: list[Row] = result.get("series", [])
        return series

    def rows(self, database: str, statement: str) -> list[Row]:
        """Run one statement; return a dict for every row, with the tags of its series and without what is null."""
        return [
            series.get("tags", {})
            | {name: value for name, value in zip(series["columns"], row, strict=True) if value is not None}
            for series in self.query(database, statement)
            for row in series.get("values", [])
        ]

    def create(self, database: str) -> None:
        """Make a database."""
        self.query("", f'CREATE DATABASE "{database}"')

    def databases(self) -> set[str]:
        """Return the names of all databases."""
        return {row["name"] for row in self.rows("", "SHOW DATABASES")}

    def write(self, database: str, lines: bytes) -> None:
        """Write line protocol with timestamps in ms; a refusal fails the test with the server's words."""
        url = f"{self.url}/write?{urlencode({'db': database, 'precision': 'ms', **self._who()})}"
        try:
            with _DIRECT.open(urllib.request.Request(url, lines, self.headers), timeout=60) as answer:
                assert answer.status == 204
        except urllib.error.HTTPError as refused:
            pytest.fail(f"InfluxDB refused what a test wrote: {refused.read().decode(errors='replace')}")

    def _who(self) -> dict[str, str]:
        return {} if self._login is None else {"u": self._login[0], "p": self._login[1]}

    def _answers(self) -> bool:
        try:
            with _DIRECT.open(f"{self.url}/ping", timeout=1) as answer:
                return bool(answer.status == 204)
        except OSError:
            return False


def start_influx(
    folder: Path, port: int | None = None, login: Login | None = None, program: str | None = None
) -> InfluxServer:
    """Start an InfluxDB with its files in folder; skips (in CI: fails) where the program is missing.

    With a login it lets nobody else in: that user and password are its administrator.
    """
    home = folder / "influx"
    home.mkdir(parents=True, exist_ok=True)
    command = [program or _program(), "-config", str(home / "influxdb.conf")]
    server = InfluxServer(command, home, port or free_port(), login).start()
    if login is not None:
        server.query("", f"CREATE USER \"{login[0]}\" WITH PASSWORD '{login[1]}' WITH ALL PRIVILEGES")
    return server


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxServer]:
    """A server with no database yet."""
    with start_influx(tmp_path) as running:
        yield running


def program_path() -> Path:
    """Return where tools/install-influxd.sh keeps the program."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "coldchain" / f"influxd-{VERSION}" / "influxd"


def _program() -> str:
    path = program_path()
    if os.access(path, os.X_OK):
        return str(path)
    if os.environ.get("CI") == "true":
        pytest.fail(f"InfluxDB {VERSION} is missing and nothing is skipped in CI: {ADVICE}")
    pytest.skip(f"InfluxDB {VERSION} IS MISSING, so this test did not run: {ADVICE}")


def _config(home: Path, port: int, *, auth: bool) -> str:
    """Return settings for loopback only, without the parts that would listen, report or log every request.

    The port of its backup service is chosen anew for every start: nobody asks for it.
    """
    return f"""
reporting-disabled = true
bind-address = "127.0.0.1:{free_port()}"
[meta]
dir = "{home}/meta"
[data]
dir = "{home}/data"
wal-dir = "{home}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
auth-enabled = {str(auth).lower()}
max-body-size = 2000000
[monitor]
store-enabled = false
[subscriber]
enabled = false
[continuous_queries]
enabled = false
"""
