"""The evidence pack of a unit on hold: all of it in one piece, in both languages, recorded, and it decides nothing."""

import hashlib
import json

import pytest
from support.acceptance import FRIDGE, MANAGER, House
from support.intake import START, sample
from support.pdf_text import pages_of, squeezed

from api.report_check import checked
from api.report_pdf import attached_json
from api.texts_clocks import CLOCKS
from coldchain.canonical import canonical_json
from coldchain.errors import InvalidValueError

MINUTE = 60_000
NOON = START + 12 * 60 * MINUTE


def held(house: House) -> None:
    """Two bags that a person put into a fridge that got warm; of one the issuing system was told, and one decided."""
    house.register("bag-1", 1)
    house.register("bag-2", 2)
    house.clock.forward(NOON + 60 * MINUTE - house.clock.now_ms())
    for name in ("bag-1", "bag-2"):
        house.put(name, FRIDGE, NOON - 60 * MINUTE)
    warm = [6_800_000 if 0 <= minute < 30 else 4_000_000 for minute in range(-60, 55)]
    house.hear([sample(n + 1, NOON + (n - 60) * MINUTE, value) for n, value in enumerate(warm)])
    changes = [one["number"] for one in house.get("/api/issuing/changes")["items"] if one["unit"] == "bag-1"]
    house.post("/api/issuing/receipts", {"changes": changes, "receipt": "his-77", "system": "HIS"})
    deciding = house.get("/api/units/bag-1/evidence")
    said = {
        "holds": [one["id"] for one in house.get("/api/units/bag-1/holds")["items"]],
        "decision": "keep",
        "evidence": deciding["evidence"]["version"],
        "at_ms": house.clock.now_ms(),
        "reason": "look at the bag first",
    }
    house.post("/api/units/bag-1/decisions", said | MANAGER)


def test_the_pack_has_everything_and_the_ledger_knows_it(house: House) -> None:
    held(house)
    found = house.client.get("/api/units/bag-1/evidence-pack", headers={"X-Actor": "wang"})
    assert found.status_code == 200, found.text
    issued = found.json()
    pack = issued["pack"]
    assert (pack["unit"]["id"], pack["barred"]) == ("bag-1", ["on-hold"])
    assert [one["reason"] for one in pack["holds"]] == ["unseen-since"]
    assert [one["reason"] for one in pack["decisions"]] == ["look at the bag first"]
    assert [one["receipt"]["receipt"] for one in pack["told"]] == ["his-77"] * len(pack["told"])
    assert pack["told"]
    assert pack["alarms"][0]["alarm"]["rule"] == "A01"
    assert [one["what"] for one in pack["custody"]][:1] == ["entered"]
    report = pack["report"]
    assert report["findings"][0]["id"] == pack["holds"][0]["finding"]
    assert (report["limits"][0]["profile"], report["limits"][0]["version"]) == ("cn-rbc", 1)
    assert max(value or 0 for probe in report["probes"] for value in probe["curve"]["micro_celsius"]) == 6_800_000
    assert report["stays"][0]["place"] == FRIDGE
    points = {one["point"]: one for one in pack["suggestions"]}
    assert set(points) == {"outside-limits", "no-concession"}
    assert points["outside-limits"]["source"]
    assert issued["sha256"] == hashlib.sha256(canonical_json(pack)).hexdigest()
    export = house.get(f"/api/exports/{issued['export']}")
    assert (export["export"]["sha256"], export["export"]["what"]) == (issued["sha256"], "evidence/unit/bag-1")
    assert export["actor"] == "wang"


def test_its_pdf_says_so_in_its_language_and_carries_the_data(house: House) -> None:
    held(house)
    lang, words = {
        "isbt128": ("en", ("Evidence pack", "a suggestion, not a disposition", "names no concession", "unseen since")),
        "local": ("zh", ("证据包", "建议，不是处置决定", "没有容许规定", "人工放入后未再读到")),
    }[house.scheme]
    found = house.client.get("/api/units/bag-1/evidence-pack.pdf", params={"lang": lang})
    assert found.status_code == 200, found.text
    text = squeezed(" ".join(pages_of(found.content)))
    clocks = [getattr(CLOCKS[key], lang) for key in ("clocks", "clock.outings", "clock.excursions", "clocks.source")]
    waits = {"en": "No record is awaited", "zh": "没有等待中的记录"}[lang]
    assert [word for word in (*words, *clocks, waits, "his-77") if squeezed(word) not in text] == []
    assert found.headers["x-verification-code"] in text
    issued = json.loads(attached_json(found.content))
    assert issued["pack"]["unit"]["id"] == "bag-1"
    for path in ("/units/bag-1", "/units/bag-1/decide"):
        assert "/api/units/bag-1/evidence-pack.pdf" in house.client.get(path, params={"lang": lang}).text
    assert house.client.get("/api/units/nobody/evidence-pack").status_code == 404
    stands = [one["lifted_by"] for one in house.get("/api/units/bag-1/holds")["items"]]
    assert stands == [""], "a pack decides nothing"


def test_what_was_handed_out_can_be_checked_and_a_change_shows(house: House) -> None:
    held(house)
    lang = {"isbt128": "en", "local": "zh"}[house.scheme]
    pdf = house.client.get("/api/units/bag-1/evidence-pack.pdf", params={"lang": lang})
    found = checked(pdf.content)
    assert (found.code, found.pages) == (pdf.headers["x-verification-code"], True)
    told = house.client.get("/api/units/bag-1/evidence-pack")
    found = checked(told.content)
    export = house.get(f"/api/exports/{found.export}")
    assert (found.code, found.sha256) == (told.headers["x-verification-code"], export["export"]["sha256"])
    with pytest.raises(InvalidValueError, match="does not have the hash"):
        checked(told.content.replace(b"look at the bag first", b"look at the bag later"))
    with pytest.raises(InvalidValueError, match="does not belong to this data and person"):
        checked(told.content.replace(b'"actor":"' + export["actor"].encode(), b'"actor":"li-hua'))


def test_the_pdf_says_which_record_a_unit_waits_for_and_that_a_box_has_to_be_read_out(house: House) -> None:
    house.register("bag-1", 1)
    house.register("bag-2", 2)
    packed_ms = house.clock.now_ms()
    house.hear([sample(1, packed_ms, 4_000_000)])
    house.put("bag-1", FRIDGE, packed_ms)
    house.clock.forward(30 * MINUTE)
    lang, told = {
        "isbt128": ("en", ("waiting for the record", "is not here", "It is no hold")),
        "local": ("zh", ("等待记录", "的记录尚未送达", "等待不是暂停发放")),
    }[house.scheme]
    pack = house.get("/api/units/bag-1/evidence-pack")["pack"]
    assert (pack["barred"], [one["place"] for one in pack["waiting"]]) == (["waiting"], [FRIDGE])
    found = house.client.get("/api/units/bag-1/evidence-pack.pdf", params={"lang": lang})
    text = squeezed(" ".join(pages_of(found.content)))
    assert [word for word in told if squeezed(word) not in text] == []
    assert checked(found.content).pages is True
