"""How the pages of a PDF look: no word and no figure is cut by a line, and nothing stands beyond the margin.

Everything here was looked at as a picture first; these are what a picture showed to be wrong.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
import pypdfium2
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import scene_app
from support.console_story import HOUR, MOVED, NOW, unit_id
from support.pdf_text import pages_of, squeezed

from api.evidence_pack import EvidencePack, IssuedPack
from api.evidence_pdf import pack_pdf
from api.report_pdf import report_pdf
from api.report_words import said
from api.wording import Language, Words
from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision
from coldchain.reports import Issued

UNIT: Final = unit_id(MOVED)
MARGIN_PT: Final = 15 / 25.4 * 72
REASON: Final = (
    "A cleaner left the door open; the bags were looked at and the test was negative, see report 2026-0312-A. " * 4
)
TITLES: Final = (  # of columns that have been cut
    *("clocks.what", "clocks.state", "clocks.so-far", "clocks.limit", "clocks.due", "clocks.source"),
    *("history.finding", "history.kind", "history.peak", "history.unknown", "history.measured", "decisions.decision"),
    *("custody.at", "custody.what", "custody.by", "history.serial"),
)
# What may be called as the shop likes: as long as it may be, and in one word.
LONG: Final = (
    ("Blood fridge 1", "N" * 64),
    ("储血冰箱 1", "储" * 64),
    ("fridge-1-load", "outpatientsurgerytheatreprobe-22"),
    ("fridge-1-air", "intensivecarenorthcorridorprobe1"),
    ("f-387", "f-123456789012"),
    ("bag-", "unitid350000000000000000000a-"),
    ("unnamed", "W" * 64),
    ("cn-rbc", "hospital-own-red-cells-in-sagm-2"),
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(scene_app("morning"), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def pack(client: TestClient) -> IssuedPack:
    """The pack of a bag that two findings hold, with a decision whose reason is as long as it may be."""
    issued = msgspec.json.decode(client.get(f"/api/units/{UNIT}/evidence-pack").content, type=IssuedPack)
    told = issued.pack
    decided = Decision(
        id="d-1",
        version=1,
        unit=UNIT,
        decision=DecisionKind.KEEP,
        holds=tuple(one.id for one in told.holds),
        evidence=told.evidence.version,
        exposures=(),
        at_ms=NOW,
        name="李华",
        post="质量管理部主任",
        reason=REASON,
    )
    return replace(issued, pack=replace(told, decisions=(decided, decided)))


def right_of(pdf: bytes) -> float:
    """Return how far the text goes beyond the right margin, in points."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        furthest = 0.0
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_charbox(at) for at in range(text.count_chars())]
            furthest = max(furthest, *(right - page.get_width() + MARGIN_PT for _, _, right, _ in boxes))
            text.close()
            page.close()
        return furthest
    finally:
        document.close()


def long(data: bytes) -> bytes:
    for short, called in LONG:
        data = data.replace(short.encode(), called.encode())
    return data


@pytest.mark.parametrize("lang", list(Language))
def test_no_word_of_a_heading_and_no_figure_is_cut_by_a_line(pack: IssuedPack, lang: Language) -> None:
    text = "".join(pages_of(pack_pdf(pack, lang)))
    words = Words(language=lang, zone=None)  # type: ignore[arg-type]
    told = {word for key in TITLES for word in words.say(key).split() if len(word) > 1}
    cut = {word for word in told if text.count(word) != squeezed(text).count(word)}
    assert cut == set()
    assert len(told) > 10


@pytest.mark.parametrize("lang", list(Language))
def test_a_figure_stays_with_its_unit_and_a_date_with_its_time(client: TestClient, lang: Language) -> None:
    pdf = client.get(f"/api/units/{UNIT}/evidence-pack.pdf?lang={lang}").content
    document = pypdfium2.PdfDocument(pdf)
    lines = [line for page in document for line in page.get_textpage().get_text_range().splitlines()]
    document.close()
    units = {"en": r"(min|s|h|°C|×)", "zh": r"(小时|分|秒|°C|次)"}[lang]
    assert [line for line in lines if re.match(rf"\s*{units}\b", line)] == []
    assert [line for line in lines if re.search(r"\d{4}-\d\d-\d\d\s*$", line)] == []


@pytest.mark.parametrize("lang", list(Language))
def test_whatever_things_are_called_no_column_leaves_the_page(
    client: TestClient, pack: IssuedPack, lang: Language
) -> None:
    told = msgspec.json.decode(long(msgspec.json.encode(pack)), type=IssuedPack)
    query = f"from={NOW - 24 * HOUR}&to={NOW}"
    place = msgspec.json.decode(long(client.get(f"/api/history/place/fridge-1?{query}").content), type=Issued)
    for pdf in (pack_pdf(pack, lang), pack_pdf(told, lang), report_pdf(place, lang)):
        assert right_of(pdf) < 4.0, "a letter's box may be wider than what is drawn of it"


@pytest.mark.parametrize("lang", list(Language))
def test_what_a_person_signed_as_a_reason_is_there_whole(pack: IssuedPack, lang: Language) -> None:
    assert said(REASON) == REASON
    assert squeezed("".join(pages_of(pack_pdf(pack, lang)))).count(squeezed(REASON)) == 2
    assert len(said("x" * 5_000)) == 1_000


def test_every_page_of_a_pack_of_the_past_says_so(pack: IssuedPack) -> None:
    report = replace(pack.pack.report, as_known_ms=NOW - HOUR)
    past: EvidencePack = replace(pack.pack, report=report, as_known_ms=NOW - HOUR)
    for lang, said_so in ((Language.EN, "As known earlier"), (Language.ZH, "当时")):
        pages = pages_of(pack_pdf(replace(pack, pack=past), lang))
        assert [number for number, page in enumerate(pages) if said_so not in page] == []
