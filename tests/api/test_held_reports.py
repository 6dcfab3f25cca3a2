"""Reports say what stands against a bag: what came with what it was made from, what a person ended, what was lost."""

import re
from html import unescape
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, GATEWAY, HOUR, PLACE, START, pipeline_on, sample, send
from support.lineage_story import act, bag, ended, output
from support.memory_store import MemoryStore
from support.pdf_text import pages_of, squeezed

from api.history_report import made_report, read_facts
from api.report_check import checked
from coldchain.errors import InvalidValueError
from coldchain.facts import Gap
from coldchain.lineage import Act, EndHow
from coldchain.reports import Report, Subject
from coldchain.units import PlaceUnit, RegisterUnit
from gateway.repair_watch import DAMAGED
from ingest.pipeline import Pipeline

MINUTE = 60_000
PERIOD = f"from={START}&to={END}"
SIGNED = {"name": "王敏", "post": "quality manager", "reason": "judged by the station"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    """Bag p was in the fridge while it was too warm; afterwards part c was taken of it, and lies nowhere known."""
    made = pipeline_on(store)
    made.record(RegisterUnit(unit=bag("p", "local", 1), actor="t"), END)
    made.record(PlaceUnit(unit="p", place=PLACE, at_ms=START, actor="t"), END)
    part = act("a-1", Act.DIVIDE_ALIQUOT, ["p"], [output("c", "E4")], START + 4 * HOUR)
    made.record(replace(part, kept=("p",), place=""), END)
    warm = [sample(100 + n, START + HOUR + 2 * n * MINUTE, 7_000_000) for n in range(10)]
    send(made, [*warm, sample(120, START + HOUR + 20 * MINUTE, 4_000_000)], mark_ms=START)
    return made


@pytest.fixture
def client(store: MemoryStore, pipeline: Pipeline) -> TestClient:
    recorder = PipelineRecorder(pipeline, HandClock(END))
    app = console_app(store, recorder=recorder, clock=HandClock(END))
    return TestClient(app, base_url="http://127.0.0.1")


def report(client: TestClient, path: str) -> Report:
    answer = client.get(f"/api/history/{path}?{PERIOD}")
    assert answer.status_code == 200, answer.text
    return msgspec.convert(answer.json()["report"], Report)


def shown(client: TestClient, unit: str, lang: str) -> list[str]:
    """Return the text of the page and that of the PDF."""
    page = client.get(f"/history?what=unit&id={unit}&{PERIOD}&lang={lang}")
    pdf = client.get(f"/api/history/unit/{unit}.pdf?{PERIOD}&lang={lang}")
    assert (page.status_code, pdf.status_code) == (200, 200)
    return [squeezed(unescape(re.sub(r"<[^>]+>", " ", page.text))), squeezed(" ".join(pages_of(pdf.content)))]


def release(client: TestClient, unit: str) -> str:
    seen = client.get(f"/api/units/{unit}/evidence").json()
    said: dict[str, Any] = {"holds": [one["id"] for one in seen["holds"]], "decision": "release-hold", "at_ms": END}
    said |= {"evidence": seen["evidence"]["version"], "seen": seen["evidence"]["marks"], **SIGNED}
    assert client.post(f"/api/units/{unit}/decisions", json=said).status_code == 201
    return str(client.get(f"/api/units/{unit}/decisions").json()["items"][0]["id"])


@pytest.mark.parametrize(
    ("lang", "none", "came"), [("en", "No finding overlaps", "came from p"), ("zh", "该时间段没有异常", "来自 p")]
)
def test_the_report_of_a_part_names_the_finding_that_holds_it(
    client: TestClient, lang: str, none: str, came: str
) -> None:
    told, whole = report(client, "unit/c"), report(client, "unit/p")
    (hold,) = told.holds
    assert hold.via == "p"
    assert [one.id for one in told.findings] == [hold.finding] == [one.id for one in whole.findings]
    assert [(one.unit, one.finding) for one in told.exposures] == [("p", hold.finding)]
    for text in shown(client, "c", lang):
        assert squeezed(none) not in text
        assert text.count(squeezed(came)) == 2, "its exposure and its hold"
    assert all(squeezed(came) not in text for text in shown(client, "p", lang))


def test_the_totals_of_a_part_are_those_of_its_own_stays(client: TestClient) -> None:
    totals, whole = report(client, "unit/c").totals, report(client, "unit/p").totals
    assert totals is not None
    assert whole is not None
    assert (totals.out_ms, totals.measured_ms) == (0, 0)
    assert whole.out_ms > 0


def test_the_evidence_against_a_part_shows_what_is_signed(client: TestClient) -> None:
    told = client.get("/api/units/c/evidence").json()
    assert [one["unit"] for one in told["exposures"]] == ["p"]
    assert [one["finding"] for one in told["exposures"]] == [one["finding"] for one in told["holds"]]
    assert [mark.split(":")[0] for mark in told["evidence"]["marks"]] == [one["finding"] for one in told["holds"]]


@pytest.mark.parametrize("unit", ["p", "c"])
@pytest.mark.parametrize(
    ("lang", "ended_by", "stands"),
    [("en", "ended by decision {}", "basis stands"), ("zh", "已由决定 {} 解除", "依据成立")],
)
def test_a_hold_that_a_person_ended_is_not_printed_as_if_it_stood(
    client: TestClient, unit: str, lang: str, ended_by: str, stands: str
) -> None:
    assert all(squeezed(stands) in text for text in shown(client, unit, lang))
    name = release(client, unit)
    assert [one.lifted_by for one in report(client, f"unit/{unit}").holds] == [name]
    for text in shown(client, unit, lang):
        assert squeezed(ended_by.format(name)) in text
        assert squeezed(stands) not in text


@pytest.mark.parametrize("path", [f"place/{PLACE}", "probe/fridge-1-load", "unit/p"])
def test_what_the_gateway_lost_of_its_own_is_told(pipeline: Pipeline, client: TestClient, path: str) -> None:
    """Nobody knows whose rows they were: the loss may be of any probe that this gateway reads."""
    gap = Gap(
        seq=900,
        origin=GATEWAY,
        taken_ms=END,
        boottime_ms=1,
        from_ms=START + HOUR,
        to_ms=START + 2 * HOUR,
        reason=DAMAGED,
        lost=7,
    )
    before = replace(gap, seq=901, from_ms=START - 2 * HOUR, to_ms=START - HOUR)
    elsewhere = replace(gap, seq=902, origin="fridge-1-reader")
    send(pipeline, [gap, before, elsewhere], mark_ms=START)
    assert [(one.origin, one.reason, one.lost) for one in report(client, path).gaps] == [(GATEWAY, DAMAGED, 7)]


def test_ended_bags_hide_nobody_who_waits_for_a_decision(
    pipeline: Pipeline, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.deciding.UNITS_MAX", 1)
    first = client.get("/decisions").text
    pipeline.record(ended("p", EndHow.DISCARDED, START + 5 * HOUR), END)
    second = client.get("/decisions").text
    assert "/units/p/decide" in first
    assert "/units/c/decide" not in first
    assert "/units/c/decide" in second
    assert "/units/p/decide" not in second


SUBJECTS = [f"place/{PLACE}", "probe/fridge-1-load", "unit/p"]


@pytest.mark.parametrize("path", SUBJECTS)
def test_what_was_decided_of_the_bags_is_in_the_report_with_the_evidence_that_was_seen(
    client: TestClient, path: str
) -> None:
    assert report(client, path).decisions == ()
    seen = client.get("/api/units/p/evidence").json()["evidence"]["version"]
    name = release(client, "p")
    (one,) = report(client, path).decisions
    assert (one.id, one.unit, one.decision, one.evidence, one.stands) == (name, "p", "release-hold", seen, True)
    assert (one.name, one.post, one.reason) == (SIGNED["name"], SIGNED["post"], SIGNED["reason"])
    assert one.findings == tuple(finding.id for finding in report(client, path).findings)
    assert one.at_ms == END


@pytest.mark.parametrize(
    ("lang", "meaning", "stands", "overtaken"),
    [
        ("en", "the holds named are ended", "stands", "by evidence that grew"),
        ("zh", "解除所列暂停", "有效", "被新证据超越"),
    ],
)
def test_page_and_report_of_a_unit_tell_a_decision_and_that_the_evidence_outgrew_it_in_the_same_words(
    pipeline: Pipeline, client: TestClient, lang: str, meaning: str, stands: str, overtaken: str
) -> None:
    release(client, "p")
    unit_page = squeezed(unescape(re.sub(r"<[^>]+>", " ", client.get(f"/units/p?lang={lang}").text)))
    for text in [unit_page, *shown(client, "p", lang)]:
        assert squeezed(meaning) in text
        assert squeezed(SIGNED["name"]) in text
        assert squeezed(stands) in text
        assert squeezed(overtaken) not in text
    send(pipeline, [sample(130 + n, START + HOUR + (2 * n + 1) * MINUTE, 9_000_000) for n in range(9)], mark_ms=START)
    (one,) = report(client, "unit/p").decisions
    assert one.overtaken_by == report(client, "unit/p").findings[0].id
    unit_page = squeezed(unescape(re.sub(r"<[^>]+>", " ", client.get(f"/units/p?lang={lang}").text)))
    assert all(squeezed(overtaken) in text for text in [unit_page, *shown(client, "p", lang)])


@pytest.mark.parametrize("path", SUBJECTS)
def test_the_verification_code_covers_what_was_decided(client: TestClient, path: str) -> None:
    release(client, "p")
    files = [client.get(f"/api/history/{path}.{ending}?{PERIOD}").content for ending in ("json", "pdf", "csv")]
    told = [checked(content) for content in files]
    assert len({one.code for one in told}) == 1
    assert told[1].pages is True
    issued = told[0].issued
    assert issued is not None
    assert [one.name for one in issued.report.decisions] == [SIGNED["name"]]
    forged = files[0].replace(SIGNED["name"].encode(), "王明".encode())
    assert forged != files[0]
    with pytest.raises(InvalidValueError):
        checked(forged)


def test_a_report_of_before_decisions_were_told_still_has_its_hash() -> None:
    """What is left out where there is nothing of it keeps the hashes that the ledger has of older reports."""
    store = MemoryStore()
    pipeline_on(store)
    with store.reading() as session:
        made = made_report(read_facts(session, Subject.PLACE, PLACE, (START, END), "Asia/Shanghai"))
    told = msgspec.to_builtins(made)
    assert "decisions" not in told
    assert all(name not in probe for probe in told["probes"] for name in ("seconds", "seconds_count", "removed"))


@pytest.mark.parametrize(
    ("lang", "rule", "kept"),
    [("en", "same source rank: the higher value", "4.5 °C"), ("zh", "来源级别相同，取较高值", "4.5 °C")],
)
def test_two_readings_of_one_instant_are_both_told_and_which_one_counts_by_which_rule(
    pipeline: Pipeline, client: TestClient, lang: str, rule: str, kept: str
) -> None:
    twice = END - 2 * HOUR
    send(pipeline, [sample(140, twice, 4_000_000), sample(141, twice, 4_500_000)], mark_ms=START)
    (probe,) = report(client, "probe/fridge-1-load").probes
    (several,) = probe.seconds
    assert probe.seconds_count == 1
    assert several.by == "higher-value"
    assert [(one.micro_celsius, one.counts) for one in several.readings] == [(4_500_000, True), (4_000_000, False)]
    place = squeezed(unescape(re.sub(r"<[^>]+>", " ", client.get(f"/places/{PLACE}?lang={lang}").text)))
    pages = client.get(f"/history?what=probe&id=fridge-1-load&{PERIOD}&lang={lang}").text
    for text in (place, squeezed(unescape(re.sub(r"<[^>]+>", " ", pages)))):
        assert squeezed(rule) in text
        assert squeezed(kept) in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_place_says_how_much_of_the_day_was_measured(client: TestClient, lang: str) -> None:
    page = client.get(f"/places/{PLACE}?lang={lang}").text
    assert {"zh": "完整率", "en": "Completeness"}[lang] in page
    assert re.search(r"\d+\.\d\d %", page)
