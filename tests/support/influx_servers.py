"""Real InfluxDB servers of three generations for tests, each with the same handles as support.influx.InfluxServer.

    with start_version("2.7.12", folder) as server:
        server.create("coldchain")                       # a bucket there, a database on 1.x
        InfluxSink(server.target())
        server.rows("coldchain", 'SELECT * FROM "m"')    # InfluxQL on all of them

or the fixture `every_influx`, which runs a test on each. 1.6.7 is Debian's package, 1.8.10 and 2.7.12 are built by
tools/install-influxd.sh and tools/install-influxd-2.sh into the user's cache folder. Where one is missing its tests are
skipped, loudly; with CI=true they fail.
"""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import pytest
from support.brokers import free_port
from support.influx import InfluxServer, Login, start_influx

from stores.influx_target import Target, target_of

VERSIONS: Final = ("1.6.7", "1.8.10", "2.7.12")
WITH_BOARDS: Final = ("1.8.10", "2.7.12")  # those that the boards' queries run on
DEBIANS: Final = Path("/usr/bin/influxd")
ORG: Final = "clinic"
TOKEN: Final = "all-access-of-a-test"
HOUR_S: Final = 3_600
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Influx2(InfluxServer):
    """An InfluxDB 2.x: set up with one organisation and a token that may do everything."""

    def __init__(self, program: str, home: Path, port: int) -> None:
        command = [program, "--http-bind-address", f"127.0.0.1:{port}", "--reporting-disabled", "--log-level", "error"]
        command += ["--bolt-path", str(home / "bolt"), "--sqlite-path", str(home / "sqlite")]
        command += ["--engine-path", str(home / "engine"), "--ui-disabled"]
        super().__init__(command, home, port)
        self.token, self.org = TOKEN, ORG
        self.headers = {"Authorization": f"Token {TOKEN}"}

    def start(self) -> Self:
        """Start, wait until it answers, and set it up if it is new."""
        super(InfluxServer, self).start()
        if self._json("GET", "/api/v2/setup")["allowed"]:
            who = {"username": "admin", "password": "long-enough", "org": ORG, "bucket": "first", "token": TOKEN}
            self._json("POST", "/api/v2/setup", who)
        return self

    def wipe(self) -> None:
        """Take all data away from the stopped server."""
        assert self._process is None, "stop it first"
        shutil.rmtree(self._home / "engine", ignore_errors=True)
        for name in ("bolt", "sqlite"):
            (self._home / name).unlink(missing_ok=True)

    def create(self, database: str, keep_s: int = 0) -> None:
        """Make a bucket, which InfluxQL finds under the same name."""
        (org,) = self._json("GET", f"/api/v2/orgs?org={ORG}")["orgs"]
        rules = [{"type": "expire", "everySeconds": keep_s}] if keep_s else []
        self._json("POST", "/api/v2/buckets", {"orgID": org["id"], "name": database, "retentionRules": rules})

    def write_token(self, *buckets: str) -> str:
        """Return a token that may write to these buckets and nothing else."""
        (org,) = self._json("GET", f"/api/v2/orgs?org={ORG}")["orgs"]
        found = [self._json("GET", f"/api/v2/buckets?name={name}")["buckets"][0]["id"] for name in buckets]
        may = [{"action": "write", "resource": {"type": "buckets", "id": one, "orgID": org["id"]}} for one in found]
        return str(self._json("POST", "/api/v2/authorizations", {"orgID": org["id"], "permissions": may})["token"])

    def _json(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, {**self.headers, "Content-Type": "application/json"})
        asked.method = method
        with _DIRECT.open(asked, timeout=60) as answer:
            return json.load(answer)


def start_version(version: str, folder: Path, login: Login | None = None) -> InfluxServer:
    """Start a server of a version with its files in folder; skips (in CI: fails) where the program is missing."""
    if version == "1.8.10":
        return start_influx(folder, login=login)
    if version == "1.6.7":
        return start_influx(folder, login=login, program=_debians())
    home = folder / "influx2"
    home.mkdir(parents=True, exist_ok=True)
    return Influx2(_program_2(), home, free_port()).start()


def target(server: InfluxServer, **more: Any) -> Target:
    """Return where a mirror of a test writes."""
    return target_of(server.url, **{"token": server.token, "org": server.org, **more})


def short_lived(server: InfluxServer, database: str) -> None:
    """Make a database that keeps its points for an hour."""
    if isinstance(server, Influx2):
        server.create(database, HOUR_S)
    else:
        server.query("", f'CREATE DATABASE "{database}" WITH DURATION 1h')


@pytest.fixture(params=VERSIONS)
def every_influx(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InfluxServer]:
    """Each of the real servers in turn, with no database yet."""
    with start_version(request.param, tmp_path) as running:
        yield running


def program_2_path() -> Path:
    """Return where tools/install-influxd-2.sh keeps the program."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "coldchain" / "influxd-2.7.12" / "influxd"


def _program_2() -> str:
    path = program_2_path()
    if os.access(path, os.X_OK):
        return str(path)
    _missing("2.7.12", "build it with tools/install-influxd-2.sh (5 to 15 minutes, once)")
    return ""


@cache
def _debians() -> str:
    """Return Debian's program if it is the 1.6 that is meant: others bring one under the same name."""
    if os.access(DEBIANS, os.X_OK):
        told = subprocess.run([DEBIANS, "version"], capture_output=True, text=True, check=False).stdout
        if "v1.6." in told:
            return str(DEBIANS)
    _missing("1.6.7", "sudo apt-get install influxdb, and stop the service that it starts")
    return ""


def _missing(version: str, advice: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"InfluxDB {version} is missing and nothing is skipped in CI: {advice}")
    pytest.skip(f"InfluxDB {version} IS MISSING, so this test did not run: {advice}")
