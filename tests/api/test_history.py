"""Histories that are handed out: right numbers, one code, an entry each, and clear words where there is none."""

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import HOUR, MOVED, NOW, unit_id
from support.memory_store import MemoryStore

from api.history_csv import HEADER, guarded
from coldchain.entries import EntryKind
from coldchain.reports import Issued, parsed_code
from coldchain.temperature import micro_celsius
from rules.report import REPORT_MS_MAX

DAY = f"from={NOW - 24 * HOUR}&to={NOW}"
BASE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def story() -> tuple[TestClient, MemoryStore]:
    store = MemoryStore()
    return TestClient(scene_app("morning", store), base_url=BASE), store


@pytest.fixture
def client(story: tuple[TestClient, MemoryStore]) -> TestClient:
    return story[0]


def report(client: TestClient, path: str, query: str = DAY) -> Issued:
    answer = client.get(f"/api/history/{path}?{query}")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Issued)


def rows(client: TestClient, path: str, query: str = DAY) -> list[dict[str, str]]:
    answer = client.get(f"/api/history/{path}.csv?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert tuple(read[0]) == HEADER
    return read


def exports(store: MemoryStore) -> list[Any]:
    with store.reading() as session:
        return [one for one in session.ledger.entries(0, 100_000) if one.kind is EntryKind.EXPORT]


@pytest.mark.parametrize("path", ["place/fridge-1", "place/freezer-1", "probe/fridge-2-air", f"unit/{unit_id(MOVED)}"])
def test_the_figures_are_those_of_the_rows(client: TestClient, path: str) -> None:
    told, listed = report(client, path).report, rows(client, path)[:-1]
    assert told.probes
    for probe in told.probes:
        mine = [row for row in listed if row[HEADER[1]] == probe.probe]
        good = [micro_celsius(row[HEADER[7]]) for row in mine if row[HEADER[8]] == "good"]
        assert len(mine) == probe.readings
        assert len(mine) - len(good) == probe.faulty
        # A reading before the interval may still hold at its beginning.
        assert probe.min_micro_celsius is not None
        assert probe.max_micro_celsius is not None
        assert probe.min_micro_celsius <= min(good)
        assert probe.max_micro_celsius >= max(good)
        drawn = [value for value in probe.curve.micro_celsius if value is not None]
        assert (min(drawn), max(drawn)) == (min(good), max(good))
        assert probe.measured_ms + probe.unknown_ms == sum(part.to_ms - part.from_ms for part in probe.parts)
        assert all(probe.uncounted == 0 or row[HEADER[9]] == "no" for row in mine)


def test_a_gap_is_unknown_and_breaks_the_curve(client: TestClient) -> None:
    probe = report(client, "probe/fridge-2-air").report.probes[0]
    assert probe.unknown_ms == sum(one.to_ms - one.from_ms for one in probe.unknown) > HOUR
    begin = probe.unknown[-1].from_ms
    assert not [
        at_ms
        for at_ms, value in zip(probe.curve.taken_ms, probe.curve.micro_celsius, strict=True)
        if at_ms > begin and value is not None
    ]


def test_a_unit_has_the_numbers_of_its_page(client: TestClient) -> None:
    name = unit_id(MOVED)
    begin = NOW - 40 * 24 * HOUR
    totals = report(client, f"unit/{name}", f"from={begin}&to={NOW}").report.totals
    shown = client.get(f"/api/units/{name}").json()["figures"]
    assert totals is not None
    assert msgspec.to_builtins(totals) == {key: shown[key] for key in msgspec.to_builtins(totals)}
    assert totals.out_ms > 0


def test_findings_moves_holds_and_limits_are_named(client: TestClient) -> None:
    told = report(client, f"unit/{unit_id(MOVED)}").report
    assert [stay.place for stay in told.stays] == ["fridge-1", "fridge-2"]
    assert {one.finding for one in told.holds} <= {one.id for one in told.findings}
    assert all(one.version >= 1 and one.profile_version == 2 for one in told.findings)
    (away,) = told.away
    assert away.to_ms - away.from_ms == 60_000
    limits = told.limits[0]
    assert (limits.profile, limits.version, limits.confirmed) == ("cn-rbc", 2, False)
    assert limits.recorded_seq is not None


def test_json_csv_and_pdf_share_one_code_and_one_entry(story: tuple[TestClient, MemoryStore]) -> None:
    client, store = story
    before = len(exports(store))
    query = f"from={NOW - 23 * HOUR}&to={NOW}"
    answers = [client.get(f"/api/history/place/fridge-2{ending}?{query}") for ending in ("", ".json", ".csv", ".pdf")]
    codes = {answer.headers["X-Verification-Code"] for answer in answers}
    assert len(codes) == 1
    (code,) = codes
    assert code in answers[2].text
    assert len(exports(store)) == before + 1
    other = client.get(f"/api/history/place/fridge-2?{query}", headers={b"X-Actor": "质管李".encode()})
    assert other.headers["X-Verification-Code"] != code
    assert exports(store)[-1].actor == "质管李"
    parsed = parsed_code(code.lower().replace("-", " "))
    assert parsed is not None
    known = client.get(f"/api/exports/{parsed[0]}").json()
    assert (known["code"], known["actor"], known["checkpoint"]) == (code, "unnamed", None)
    assert known["seq"] == exports(store)[-2].seq


def test_the_same_pdf_comes_again_byte_for_byte(client: TestClient) -> None:
    first, second = (client.get(f"/api/history/place/fridge-1.pdf?{DAY}&lang=en").content for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("place/nowhere", DAY, 404, "place 'nowhere' is not registered"),
        ("probe/nothing", DAY, 404, "probe 'nothing' is not registered"),
        ("unit/nobody", DAY, 404, "unit 'nobody' is not registered"),
        ("place/fridge-1", f"from={NOW}&to={NOW - 1}", 422, "empty or reversed"),
        ("place/fridge-1", f"from={NOW}&to={NOW}", 422, "empty or reversed"),
        ("place/fridge-1", f"from={NOW - REPORT_MS_MAX - 1}&to={NOW}", 422, "ask for it in parts"),
        ("place/fridge-1", f"from=0&to={NOW}", 422, "at most 400"),
        ("place/fridge-1", f"from={NOW}&to={NOW + 1}", 422, "ask for it up to now"),
        ("place/fridge-1", "from=soon&to=later", 422, "is no time"),
        ("place/fridge-1", f"from={NOW}", 422, "to"),
        ("shelf/fridge-1", DAY, 422, "shelf"),
        ("place/..%2Fx", DAY, 404, ""),
    ],
)
@pytest.mark.parametrize("ending", ["", ".csv", ".pdf"])
def test_what_cannot_be_is_answered_clearly(
    story: tuple[TestClient, MemoryStore], path: str, query: str, status: int, said: str, ending: str
) -> None:
    client, store = story
    before = len(exports(store))
    answer = client.get(f"/api/history/{path}{ending}?{query}")
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert answer.json()["todo"]
    assert len(exports(store)) == before


def test_more_readings_than_a_report_may_have_are_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.report.READINGS_MAX", 1_000)
    answer = client.get(f"/api/history/place/fridge-1?{DAY}")
    assert answer.status_code == 422
    assert "ask for a shorter interval, or for one probe" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_text_is_no_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded("fridge-1") == "fridge-1"


def test_rows_give_utc_and_site_time_across_a_change_of_clocks() -> None:
    """The night of the story is that of 8 March 2026 in New York: moved by three days, it holds the change."""
    from zoneinfo import ZoneInfo

    import numpy as np
    from support.histories import cn_rbc

    from api.history_csv import readings_csv
    from coldchain.history import History
    from coldchain.places import Probe, ProbeRole
    from rules.report import ProbeFacts

    change = 1_772_953_200_000  # 2026-03-08T07:00Z: 02:00 EST becomes 03:00 EDT
    seen = History(
        taken_ms=np.array([change - 1, change], np.int64),
        micro_celsius=np.array([-1_500_000, 6_062_500], np.int64),
        quality=np.array([0, 0], np.uint8),
    )
    probe = Probe(id="-p", place="f", gateway="g", role=ProbeRole.LOAD, serial='=HYPERLINK("http://x")')
    facts = ProbeFacts(
        probe=probe, profile=cn_rbc(), horizon_ms=0, parts=[(0, change + 1)], every=[seen], counted=[seen]
    )
    read = list(
        csv.reader(io.StringIO(readings_csv([facts], ZoneInfo("America/New_York")).decode("utf-8-sig"), newline=""))
    )
    assert [row[4:8] for row in read[1:]] == [
        ["2026-03-08T06:59:59.999Z", "2026-03-08T01:59:59.999-05:00", str(change - 1), "-1.5"],
        ["2026-03-08T07:00:00.000Z", "2026-03-08T03:00:00.000-04:00", str(change), "6.0625"],
    ]
    assert read[1][1:4] == ["'-p", "load", """'=HYPERLINK("http://x")"""]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_the_same_numbers(client: TestClient, lang: str) -> None:
    told = report(client, "place/fridge-1").report
    html = client.get(f"/history?what=place&id=fridge-1&{DAY}&lang={lang}").text
    for probe in told.probes:
        assert f"{probe.mean} °C" in html
    assert told.findings[0].id in html
    assert f"/api/history/place/fridge-1.pdf?{DAY.replace('&', '&amp;')}" in html


@pytest.mark.parametrize(("lang", "said"), [("zh", "没有登记"), ("en", "Nothing is registered")])
def test_the_page_says_what_is_wrong_in_its_language(client: TestClient, lang: str, said: str) -> None:
    answer = client.get(f"/history?what=place&id=nowhere&lang={lang}")
    assert answer.status_code == 404
    assert said in answer.text
    reversed_times = f"/history?what=place&id=fridge-1&from=2026-03-12T02:00&to=2026-03-11T02:00&lang={lang}"
    wrong = [answer, client.get(reversed_times), client.get(f"/history?id=fridge-1&from=soon&lang={lang}")]
    assert [one.status_code for one in wrong] == [404, 422, 422]
    english = [re.search("is not registered|must lie before|is no time", one.text) is not None for one in wrong]
    assert english == [lang == "en"] * 3
    hostile = quote("<script>alert(1)</script>")
    assert "<script>alert" not in client.get(f"/history?what=place&id={hostile}&from={hostile}&to=x").text


def test_pages_link_to_histories(client: TestClient) -> None:
    assert "/history?what=place&amp;id=fridge-1" in client.get("/places/fridge-1").text
    assert "/history?what=probe&amp;id=fridge-1-load" in client.get("/places/fridge-1").text
    assert f"/history?what=unit&amp;id={unit_id(MOVED)}" in client.get(f"/units/{unit_id(MOVED)}").text
