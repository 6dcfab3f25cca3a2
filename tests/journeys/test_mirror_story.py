"""The whole story through real processes into a real InfluxDB that dies in the middle: mirror = truth."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.board_targets import View
from support.influx import InfluxServer, start_influx
from support.point_processes import StoragePoint, Story, require_broker, storage_point

from assembly.brokers import BrokerKind
from assembly.demo_files import BOX, GATEWAY, PLACES
from assembly.processes import coldchain_command
from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

DATABASE = "coldchain"
LEVEL_S = 120
HOURS = 30
# The story has no such thing (levels of stock, kinetic means, somebody who acknowledges), or it is written by minutes:
# tests/dashboards fill every panel.
MAY_BE_EMPTY = {
    "cc-wall": ("wall.findings", "wall.findings.more", "wall.needs"),
    "cc-site": ("site.findings", "site.findings.more", "device.duty", "site.stock"),
    "cc-device": (
        *("device.duty", "device.stock", "device.kinetic", "device.battery", "device.lag"),
        *("device.signal", "device.signals"),  # what hangs on a wire says none
    ),
    "cc-ingest": (*("ingest.rate", "ingest.rejected", "ingest.lag", "ingest.spool", "ingest.skew", "ingest.counts"),),
    "cc-alarms": ("alarms.seen", "alarms.median", "alarms.longest"),
}
SUMS = ("temperature_1h", "place_1d", "cooling_1d", "trip")
BOARDS = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}


@dataclass(frozen=True)
class Mirrored:
    """A storage point that lives, its mirror, and the story that it was told."""

    place: StoragePoint
    server: InfluxServer
    story: Story
    settings: Path

    def command(self, name: str, code: int) -> str:
        """Run `coldchain influx NAME` over the time of the history while the centre runs; return what it said."""
        span = ("--from", str(self.story.past.start_ms), "--to", str(self.story.past.end_ms))
        asked = coldchain_command("influx", name, *span, "--config", str(self.settings))
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert told.returncode == code, told.stdout + told.stderr
        return told.stdout

    def value(self, statement: str) -> Any:
        """Return the one value of a statement's one row, None if there is none."""
        rows = self.server.rows(DATABASE, statement)
        assert len(rows) <= 1, statement
        values = [value for name, value in rows[0].items() if name != "time"] if rows else [None]
        assert len(values) == 1, statement
        return values[0]

    def has(self, measurement: str) -> bool:
        """Tell whether there is any point of a measurement."""
        return bool(self.server.rows(DATABASE, f'SELECT * FROM "{measurement}" LIMIT 1'))

    @property
    def window(self) -> str:
        """The time of the history, as a condition."""
        return f"time >= {self.story.past.start_ms}ms AND time <= {self.story.past.end_ms}ms"


def until(true: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"{otherwise} within {within_s} s"
        time.sleep(0.1)


def level(place: StoragePoint) -> bool:
    """Tell whether the mirror has sent all that there is, and can send."""
    figures = ("readings_behind", "ledger_behind", "waiting")
    return not any(place.centre.metric(f"coldchain_mirror_{name}") for name in figures)


@pytest.fixture(scope="module")
def mirrored(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirrored]:
    """Fill a mirror while its server is killed, stays away, and comes back."""
    require_broker(BrokerKind.MOSQUITTO)
    folder = tmp_path_factory.mktemp("mirror")
    with (
        start_influx(folder) as server,
        storage_point(folder / "a", story, BrokerKind.MOSQUITTO, 50, influx=server.url) as place,
    ):
        place.start("gateway")
        place.start("box", "--mqtt-url", place.url)
        place.await_sent(story.past.facts // 10)
        until(lambda: place.centre.metric("coldchain_mirror_points_total") > 0, LEVEL_S, "nothing was mirrored")
        server.kill()
        place.await_sent(story.past.facts // 2)
        until(lambda: place.centre.metric("coldchain_mirror_waiting") > 0, LEVEL_S, "nobody missed the server")
        server.start()
        place.await_drained()
        place.await_box()
        until(lambda: level(place), LEVEL_S, "the mirror did not catch up")
        yield Mirrored(place, server, story, folder / "a" / "server.toml")


def test_every_reading_of_the_truth_is_in_the_mirror_once(mirrored: Mirrored) -> None:
    for channel in mirrored.story.past.truth["channels"]:
        probe, window = channel["probe"], mirrored.window
        told = (channel["answers_sent"], channel["answers_sent"] + channel["no_sensor_answers"])
        where = f"FROM temperature WHERE probe = '{probe}' AND {window}"
        assert mirrored.value(f'SELECT count("celsius") {where}') == told[0], probe
        assert mirrored.value(f'SELECT count("quality") {where}') == told[1], probe
        for run in channel["runs"]:
            peak = "max" if run["direction"] == "too-warm" else "min"
            of_run = f"probe = '{probe}' AND time >= {run['first_out_ms']}ms AND time <= {run['last_out_ms']}ms"
            found = mirrored.value(f'SELECT {peak}("celsius") FROM temperature WHERE {of_run}')
            assert round(found * 1_000_000) == run["peak_micro_celsius"], (probe, run["first_out_ms"])


def test_the_findings_of_the_mirror_are_those_of_the_truth_with_their_figures(mirrored: Mirrored) -> None:
    rows = mirrored.server.rows(DATABASE, f"SELECT * FROM finding WHERE {mirrored.window} AND status != 'withdrawn'")
    found = sorted((row["probe"], row["kind"], row["time"], row["end_ms"], row["rule"], row["open"]) for row in rows)
    expected = mirrored.story.past.truth["expected_findings"]
    assert found == sorted(
        (f["probe"], f["kind"], f["first_out_ms"], f["first_back_ms"], f["rule"], 0) for f in expected
    )
    peaks = {row["probe"]: row["peak_celsius"] for row in rows if row["kind"] == "excursion"}
    true = {f["probe"]: f["peak_micro_celsius"] for f in expected if f["kind"] == "excursion"}
    assert {probe: round(peak * 1_000_000) for probe, peak in peaks.items()} == true
    assert {row["title_en"] for row in rows if row["probe"] == "box-1-load"} == {"Courier box 1 too warm (box-1-load)"}
    assert all("偏高" in row["title_zh"] for row in rows if row["kind"] == "excursion")


def test_holds_contacts_and_the_boxs_way_are_those_of_the_truth(mirrored: Mirrored) -> None:
    truth = mirrored.story.past.truth
    for finding in truth["expected_findings"]:
        bags = len(finding["bags_certain"]) + len(finding["bags_possible"])
        probe = finding["probe"]
        named = mirrored.server.rows(DATABASE, f"SELECT id FROM finding WHERE probe = '{probe}' AND {mirrored.window}")
        of_finding = f"SELECT last(\"units\") FROM hold WHERE finding = '{named[0]['id']}'"
        assert (mirrored.value(of_finding) or 0) == bags, probe
    for contact in truth["contacts"]:
        name, noticed = contact["contact"], contact["noticed"]
        openings = [
            change["at_ms"] for change in noticed if change["on"] is (contact["kind"] not in {"mains", "motion"})
        ]
        for at_ms in openings:
            at = f"contact = '{name}' AND time = {at_ms}ms"
            assert mirrored.value(f'SELECT "active" FROM contact WHERE {at}') == 1, (name, at_ms)
    ways = mirrored.value(f"SELECT count(\"latitude\") FROM position WHERE gateway = '{BOX}' AND {mirrored.window}")
    assert ways == mirrored.place.centre_events(BOX, "position")
    assert ways > 50


@pytest.mark.parametrize("uid", BOARDS)
def test_every_query_of_every_board_answers_on_the_story(mirrored: Mirrored, uid: str) -> None:
    until(lambda: mirrored.place.centre.metric("coldchain_mirror_snapshots_total") > 0, LEVEL_S, "no state was shown")
    until(lambda: all(map(mirrored.has, SUMS)), LEVEL_S, "the sums were not written")  # they come when all is level
    view = View(mirrored.server.url, DATABASE, int(time.time() * 1_000), hours=HOURS)
    came: dict[str, bool] = {}
    for place in (one.id for one in PLACES):
        view.choose(BOARDS[uid], place=place)
        for panel in (one for one in BOARDS[uid]["panels"] if "targets" in one):
            came[panel["title"]] = bool(view.frames(panel, place=place)) or came.get(panel["title"], False)
        for annotation in BOARDS[uid]["annotations"]["list"]:
            view.ask(view.filled(annotation["query"], {}, 10))
    empty = {say(Language(uid[-2:]), key) for key in MAY_BE_EMPTY.get(uid[:-3], ())}
    assert {title for title, any_place in came.items() if not any_place} <= empty, "nothing came"
    slowest = max(view.asked, key=lambda one: one.seconds)
    print(f"{uid}: {len(view.asked)} queries, slowest {slowest.seconds * 1e3:.0f} ms")


def test_while_the_centre_runs_the_mirror_is_proved_to_be_the_record_damaged_and_made_anew(mirrored: Mirrored) -> None:
    assert "ALIKE: the mirror is the record for this time" in mirrored.command("compare", 0)
    middle_ms = (mirrored.story.past.start_ms + mirrored.story.past.end_ms) // 2
    mirrored.server.query(DATABASE, f"DELETE FROM temperature WHERE time < {middle_ms}ms")
    mirrored.server.write(
        DATABASE, b"temperature,place=x,probe=x,role=air,site=x celsius=4.0,quality=0i %d" % middle_ms
    )
    found = mirrored.command("compare", 1)
    assert "extra / 多出 1, differs / 数值不同 0" in found
    assert "missing / 缺少 0" not in found
    assert "cleared first, an hour of a series each / 先清除（序列·小时）: 1" in mirrored.command("rebuild", 0)
    assert "ALIKE: the mirror is the record for this time" in mirrored.command("compare", 0)


def test_gateway_ages_are_told(mirrored: Mirrored) -> None:
    until(
        lambda: len(mirrored.server.rows(DATABASE, 'SELECT last("age_s") FROM gateway_age GROUP BY gateway')) == 2,
        LEVEL_S,
        "the ages of both gateways were not told",
    )
    rows = mirrored.server.rows(DATABASE, 'SELECT last("age_s") AS age FROM gateway_age GROUP BY gateway')
    assert {row["gateway"] for row in rows} == {GATEWAY, BOX}
    assert all(row["age"] >= 0 for row in rows)
