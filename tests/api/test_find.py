"""Finding a bag by what is printed on it."""

import re
from html import unescape

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.memory_store import MemoryStore
from support.story import HELD, NOW_MS, SITE, units

from api.find import donation_numbers
from coldchain.entries import Draft, EntryKind
from coldchain.isbt128 import din_check_character

NUMBER = "G123426000101"
CHECK = din_check_character(NUMBER)
WRONG = "A" if CHECK != "A" else "B"
SPACED = "G1234 26 000101"


def told(client: TestClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


@pytest.mark.parametrize(
    "asked",
    [HELD, HELD.upper(), NUMBER, NUMBER.lower(), SPACED, f" {SPACED} {CHECK} ", f"{SPACED} 00 {CHECK}", f"={NUMBER}00"],
)
def test_one_match_leads_to_the_page_of_the_unit(client: TestClient, asked: str) -> None:
    response = client.get("/units", params={"q": asked, "lang": "en"}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, f"/units/{HELD}?lang=en")
    assert re.search(rf"Our id\s*{HELD}", told(client, f"/units/{asked}?lang=en"))


@pytest.mark.parametrize("asked", [f"{SPACED} {WRONG}", f"{SPACED} 00 {WRONG}", "G1234260001", "<script>", "nothing"])
def test_no_match_is_said_also_where_the_check_character_is_wrong(client: TestClient, asked: str) -> None:
    response = client.get("/units", params={"q": asked, "lang": "en"})
    assert response.status_code == 404
    assert "is registered. Check every character" in response.text
    assert "<script>" not in response.text.replace("<script src", "")
    assert client.get(f"/units/{asked}").status_code == 404


@pytest.mark.parametrize("asked", ["10{}", "21{}", "={}60", "{}95"])
def test_what_is_no_scan_of_a_bag_does_not_lead_to_it(client: TestClient, store: MemoryStore, asked: str) -> None:
    number = "0160726" if asked[0].isdigit() else NUMBER
    other = msgspec.structs.replace(units()[0], id="local", scheme="local", donation_number="0160726")
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.UNIT, actor="test", site=SITE, payload=other)], NOW_MS)
    response = client.get("/units", params={"q": asked.format(number)}, follow_redirects=False)
    assert response.status_code == 404, response.headers.get("location")


def test_flags_that_are_the_right_checksum_belong_to_the_number() -> None:
    checksum = 60 + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".index(CHECK)
    assert donation_numbers(f"={NUMBER}{checksum}")[-1] == NUMBER


def test_several_units_of_a_number_are_listed(client: TestClient, store: MemoryStore) -> None:
    other = msgspec.structs.replace(units()[0], id="second-half", division="A0")
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.UNIT, actor="test", site=SITE, payload=other)], NOW_MS)
    en = told(client, f"/units?q={SPACED}&lang=en")
    assert f"2 units have the donation number {SPACED}:" in en
    assert "second-half" in en
    assert HELD in en
    assert "Where it is now" in en
    response = client.get(f"/units/{NUMBER}", follow_redirects=False)
    assert response.headers["location"] == f"/units?q={NUMBER}"
    assert "献血码 G123426000101 有 2 袋血液" in told(client, f"/units?q={NUMBER}&lang=zh")


def test_every_page_has_the_field_and_nothing_asked_says_how(client: TestClient) -> None:
    assert 'placeholder="献血码"' in client.get("/?lang=zh").text
    assert 'placeholder="donation number"' in client.get(f"/units/{HELD}?lang=en").text
    assert "Enter the donation number as it is on the bag" in told(client, "/units?lang=en")
    assert client.get("/units", params={"q": "1" * 513}).status_code == 422


def test_a_text_means_its_number_as_it_stands_first() -> None:
    assert donation_numbers("0160 726") == ["0160 726", "0160726"]
    assert donation_numbers(f"{SPACED} {CHECK}")[-1] == NUMBER
    assert donation_numbers("") == []


def test_the_serial_of_a_foreign_tag_or_label_is_no_number_of_another_station(
    client: TestClient, store: MemoryStore
) -> None:
    """A carton's (21) 104217 and a station's own bag 104217 are two things; an ISBT 128 number is one everywhere."""
    local = msgspec.structs.replace(units()[0], id="local", scheme="local", donation_number="104217")
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.UNIT, actor="test", site=SITE, payload=local)], NOW_MS)
    foreign = ["(01)04012345123456(21)104217", "(01)04012345123456(10)104217", "urn:epc:id:sgtin:4012345.012345.104217"]
    for asked in foreign:
        assert client.get("/units", params={"q": asked}, follow_redirects=False).status_code == 404, asked
    for asked in ("104217", "local"):
        assert client.get("/units", params={"q": asked}, follow_redirects=False).status_code == 303, asked
    ours = client.get("/units", params={"q": f"(01)04012345123456(21){NUMBER}"}, follow_redirects=False)
    assert (ours.status_code, ours.headers["location"].split("?")[0]) == (303, f"/units/{HELD}")
