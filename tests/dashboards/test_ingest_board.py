"""The board of ingest and gateways on real servers: who is heard, what came, what did not."""

import json
from typing import Any

import pytest
from support.board_display import look, shown, transformed
from support.board_display import panel_of as titled
from support.board_points import GATEWAYS
from support.board_targets import View

from coldchain.wire import Reason
from dashboards.boards import board_json, boards
from dashboards.ingest_board import REASONS
from dashboards.texts import Language, say
from ingest.admission import Doubt

pytestmark = pytest.mark.journey

Json = dict[str, Any]

BOARDS: dict[str, Json] = {
    language.value: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    for language in Language
    if board.uid == f"cc-ingest-{language}"
}
every_language = pytest.mark.parametrize("language", Language)


def panel_of(language: Language, key: str) -> Json:
    """Return a panel by the key of its title."""
    return titled(BOARDS[language], say(language, key))


def rows(language: Language, key: str, view: View) -> list[dict[str, str]]:
    """Return the rows of a table in words."""
    panel = panel_of(language, key)
    return shown(panel, view.frames(panel), view)


@every_language
def test_every_registered_gateway_has_a_tile_and_those_not_heard_stand_first(language: Language, view: View) -> None:
    view.choose(BOARDS[language])
    panel = panel_of(language, "ingest.online")
    (frame,) = transformed(panel, view.frames(panel))
    assert {*frame.column("gateway")} == {*GATEWAYS}
    words = [look(panel, "online").display(value, view.now_ms).text for value in frame.column("online")]
    assert words == [say(language, f"online.{heard}") for heard in (0, 0, 1)]
    assert panel["fieldConfig"]["defaults"]["noValue"] == say(language, "no-data")


@every_language
def test_a_gateway_that_was_never_heard_says_so_and_one_without_limits_too(language: Language, view: View) -> None:
    view.choose(BOARDS[language])
    told = {row[say(language, "gateway")]: row for row in rows(language, "ingest.gateways", view)}
    never = told["gw-2"]
    assert (never[say(language, "lag")], never[say(language, "spool")]) == (say(language, "never"), "—")
    assert told["box-1"][say(language, "lag")] == "05:00:00"
    assert told["gw-1"][say(language, "clock")] == say(language, "clock.trusted")
    columns = {frame.columns[1].name for frame in view.frames(panel_of(language, "ingest.lag"))}
    assert columns == {"gw-1", "box-1"}, "never is no length of time"
    panel = panel_of(language, "ingest.gateways")
    assert look(panel, "limits_version").display(0, 0).text == say(language, "local.0")


@every_language
def test_counts_of_the_chosen_time_go_on_over_a_start_of_the_centre(language: Language, view: View) -> None:
    view.choose(BOARDS[language])
    chosen = {row[say(language, "gateway")]: row for row in rows(language, "ingest.counts", view)}
    now = {row[say(language, "gateway")]: row for row in rows(language, "ingest.totals", view)}
    admitted = say(language, "count.readings")
    assert now["gw-1"][admitted] == str(6 * 60 * 30), "six hours since the start"
    assert 42_900 <= int(chosen["gw-1"][admitted]) <= 43_200, "30 a minute for a day"
    assert now["gw-1"][say(language, "count.waiting")] == "1"
    rates = {f.columns[1].name: f.columns[1].values for f in view.frames(panel_of(language, "ingest.rate"))}
    assert max(value for value in rates["gw-1"] if value is not None) == 30
    assert min(value for value in rates["gw-1"] if value is not None) >= 0


@every_language
def test_rejections_are_named_by_reason_also_where_nobody_knows_the_gateway(language: Language, view: View) -> None:
    view.choose(BOARDS[language])
    found = {row[say(language, "reason")]: row for row in rows(language, "ingest.rejected", view)}
    assert set(found) == {say(language, "reason.unknown-device"), say(language, "reason.bad-signature")}
    once = found[say(language, "reason.bad-signature")]
    assert once[say(language, "gateway")] == say(language, "gateway.none")
    assert (once[say(language, "rejected.recent")], once[say(language, "rejected.times")]) == ("0", "1")
    grown = found[say(language, "reason.unknown-device")]
    assert int(grown[say(language, "rejected.recent")]) >= int(grown[say(language, "rejected.times")]) > 4


def test_every_reason_of_the_centre_has_words() -> None:
    assert set(REASONS) == {*(reason.value for reason in Reason), *(doubt.value for doubt in Doubt)}


@every_language
def test_the_centre_says_how_far_the_mirror_is_behind_and_what_is_free(language: Language, view: View) -> None:
    view.choose(BOARDS[language])
    told: dict[str, str] = {}
    for panel in (panel_of(language, "ingest.mirror"), panel_of(language, "ingest.centre")):
        (frame,) = view.frames(panel)
        told |= {c.name: look(panel, c.name).display(c.values[0], view.now_ms).text for c in frame.columns[1:]}
    assert told["uptime_s"] == "06:00:00"
    assert told["spool_behind_s"] == "05:00:00"
    assert told["disk_free_bytes"].endswith("GiB")
    curves = [f.columns[1].name for f in view.frames(panel_of(language, "ingest.behind"))]
    assert curves == [say(language, key) for key in ("readings.behind", "ledger.behind", "write.queue")]


def test_when_the_centre_is_dead_its_tiles_are_dark(dead_view: View) -> None:
    board = BOARDS[Language.ZH]
    dead_view.choose(board)
    for key in ("ingest.online", "ingest.mirror", "ingest.centre", "program", "ingest.gateways", "ingest.totals"):
        panel = panel_of(Language.ZH, key)
        assert panel["fieldConfig"]["defaults"]["noValue"] == "无数据，请到现场查看"
        for target in panel["targets"]:
            later = target["query"].replace("now()", f"{dead_view.now_ms + 90_000}ms")
            assert dead_view.ask(dead_view.filled(later, {}, 60)) == [], "90 s later it is too old to speak"
