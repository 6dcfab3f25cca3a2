"""The PDF of a history: every figure is on it, whatever things are called, and nothing is fetched."""

from collections.abc import Iterator

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import console_app, scene_app
from support.console_story import HOUR, MOVED, NOW, unit_id
from support.hostile import MINUTE, NAMES, READINGS, hostile
from support.pdf_text import pages_of, squeezed

from api.report_pdf import attached_json, report_html
from api.report_words import complete_text, kept_text, moment
from api.wording import Language, Words
from coldchain.errors import InvalidValueError
from coldchain.reports import Issued

BASE = "http://127.0.0.1"
DAY = f"from={NOW - 24 * HOUR}&to={NOW}"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(scene_app("morning"), base_url=BASE) as client:
        yield client


@pytest.mark.parametrize("lang", list(Language))
@pytest.mark.parametrize("path", ["place/fridge-1", f"unit/{unit_id(MOVED)}", "probe/fridge-2-air"])
def test_every_figure_is_in_its_text(client: TestClient, path: str, lang: Language) -> None:
    answer = client.get(f"/api/history/{path}.pdf?{DAY}&lang={lang}")
    assert answer.status_code == 200, answer.text
    pages = pages_of(answer.content)
    issued = msgspec.json.decode(attached_json(answer.content), type=Issued)
    words = Words(language=lang, zone=client.app.state.context.zone)  # type: ignore[attr-defined]
    text = squeezed(" ".join(pages))
    told = issued.report
    expected = [issued.sha256, str(issued.as_known_seq), moment(told.from_ms, words), moment(told.to_ms, words)]
    for one in told.probes:
        expected += [str(one.readings), complete_text(one), f"{one.mean} °C", words.lasted(one.measured_ms, up=False)]
        expected += [words.lasted(value) for value in (one.above_ms, one.below_ms, one.unknown_ms, one.awaited_ms)]
        expected += [f"{words.celsius(value)} °C" for value in (one.min_micro_celsius, one.max_micro_celsius)]
        expected += [words.period(gap.from_ms, gap.to_ms) for gap in one.unknown]
    expected += [one.id for one in told.findings] + [words.period(one.start_ms, one.end_ms) for one in told.findings]
    expected += [kept_text(one, words) for one in told.limits]
    expected += [words.when(one.possible_from_ms) for one in told.stays]
    if told.totals is not None:
        expected += [words.lasted(told.totals.out_ms), words.lasted(told.totals.unknown_ms)]
    assert [one for one in expected if squeezed(one) not in text] == []
    for number, page in enumerate(pages, 1):
        assert page.count(issued.code) >= 2
        assert f"{number}/{len(pages)}" in page


@pytest.mark.parametrize("kind", NAMES)
def test_a_hostile_name_does_no_harm(kind: str) -> None:
    world = hostile(NAMES[kind])
    query = f"from={NOW - READINGS * MINUTE}&to={NOW}"
    with TestClient(console_app(world.store), base_url=BASE) as client:
        first = client.get(f"/api/history/place/fridge-1.pdf?{query}&lang=en")
        again = client.get(f"/api/history/place/fridge-1.pdf?{query}&lang=en")
        rows = client.get(f"/api/history/place/fridge-1.csv?{query}").text
        page = client.get(f"/history?what=place&id=fridge-1&{query}").text
        assert first.status_code == 200, first.text
    assert first.content == again.content
    pages = pages_of(first.content)
    told = msgspec.json.decode(attached_json(first.content), type=Issued).report
    assert told.name is not None
    assert told.name.en == world.name
    assert len(pages) < 12
    assert f"{told.probes[0].mean} °C" in " ".join(pages)
    assert world.name not in page or not set(world.name) & set("<>\"'")
    assert "<script>alert" not in page
    assert "\r\nfridge-1,'-p,load," in rows
    assert "\u202e" not in " ".join(pages)
    if kind in {"html", "css", "template"}:
        assert squeezed(world.name) in squeezed(" ".join(pages))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n/Type /EmbeddedFile stream\nnot packed"])
def test_a_pdf_without_data_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidValueError, match="carries no report data"):
        attached_json(data)


def test_the_curve_is_made_of_the_data_and_breaks_at_gaps(client: TestClient) -> None:
    answer = client.get(f"/api/history/probe/fridge-2-air?{DAY}")
    issued = msgspec.json.decode(answer.content, type=Issued)
    html = report_html(issued, Language.EN)
    line = html.split('stroke="#8a5300" stroke-width="1.3"')[0].rsplit('<path d="', 1)[1]
    points = [value for value in issued.report.probes[0].curve.micro_celsius if value is not None]
    assert line.count("M") + line.count("L") == len(points)
    assert html.count('fill="#d3d8dd"') == len(issued.report.probes[0].unknown)


def test_a_report_with_too_many_rows_is_no_pdf_and_no_entry(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.report_pdf.PDF_ROWS_MAX", 3)
    query = f"from={NOW - 22 * HOUR}&to={NOW}"
    answer = client.get(f"/api/history/place/fridge-1.pdf?{query}")
    assert answer.status_code == 422
    assert "ask for a shorter interval, or for JSON" in answer.json()["detail"]
    issued = msgspec.json.decode(client.get(f"/api/history/place/fridge-1?{query}").content, type=Issued)
    later = msgspec.json.decode(client.get(f"/api/history/place/fridge-2?{query}").content, type=Issued)
    assert later.as_known_seq == issued.as_known_seq + 1
