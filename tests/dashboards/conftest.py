"""Real InfluxDB servers with the day of support.board_data in them, once for all tests of the boards.

Every test of a query runs on each of SERVERS. A server that has `headers` is asked with them.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright
from support.board_data import DATABASE, fill, snapshot_lines
from support.board_points import fill_points, point_snapshot
from support.board_preview import ARGUMENTS
from support.board_roads import ROADS, counts_lines, extra_snapshot_lines, fill_roads
from support.board_targets import View, view_of
from support.influx import InfluxServer
from support.influx_servers import WITH_BOARDS, start_version

SERVERS: Final[dict[str, Callable[[Path], InfluxServer]]] = {
    f"influxdb-{version}": partial(start_version, version) for version in WITH_BOARDS
}


@pytest.fixture(scope="session", params=SERVERS)
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """The server. Its states grow old while tests run: see `view`."""
    with SERVERS[request.param](tmp_path_factory.mktemp("boards")) as server:
        now_ms = int(time.time() * 1_000)
        fill(server, now_ms)
        fill_points(server, DATABASE, now_ms)
        yield server


@pytest.fixture
def view(day: InfluxServer) -> View:
    """A look at the last 24 hours; how everything stands was said just now."""
    now_ms = int(time.time() * 1_000)
    lines = [*snapshot_lines(now_ms), *point_snapshot(now_ms), *counts_lines(now_ms, now_ms)]
    day.write(DATABASE, b"\n".join(lines))
    return view_of(day, now_ms)


@pytest.fixture(params=SERVERS)
def dead_view(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """A look at a mirror that nobody has fed for 70 s, ten more than the silence limit."""
    with SERVERS[request.param](tmp_path_factory.mktemp("dead")) as server:
        now_ms = int(time.time() * 1_000)
        fill(server, now_ms, dead_s=70)
        fill_points(server, DATABASE, now_ms, dead_s=70)
        yield view_of(server, now_ms)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium to draw boards in."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def roads(day: InfluxServer) -> InfluxServer:
    """The server with the database ROADS."""
    fill_roads(day, int(time.time() * 1_000))
    return day


@pytest.fixture
def look_at(roads: InfluxServer) -> View:
    """A look at the last 24 hours; how everything stands was said just now."""
    now_ms = int(time.time() * 1_000)
    roads.write(ROADS, b"\n".join(extra_snapshot_lines(now_ms)))
    return view_of(roads, now_ms, ROADS)
