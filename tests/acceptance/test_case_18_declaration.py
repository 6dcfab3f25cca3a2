"""Case 18: the wrong unit was scanned; an error declaration and a corrective word put both units right."""

from typing import Any

import pytest
from support.acceptance import MANAGER, STATION, House
from support.intake import HOUR, START

SLIP: dict[str, Any] = {"unit": "wrong", "at_ms": START, "object": STATION}
RIGHT: dict[str, Any] = {"unit": "right", "at_ms": START, "object": STATION}
DECLARED = {"of": "placement", "wrong": SLIP, "instead": RIGHT, "reason": "incorrect_data", "note": "the bag beside it"}


@pytest.fixture
def slipped(house: House) -> House:
    house.register("wrong", 1)
    house.register("right", 2)
    house.put("wrong", STATION, START)
    house.clock.forward(HOUR)
    return house


def test_case_18_the_trace_of_both_units_is_right_and_before_it_the_slip_still_shows(slipped: House) -> None:
    before_ms = slipped.clock.now_ms()
    slipped.clock.forward(1_000)
    slipped.post("/api/error-declarations", DECLARED | MANAGER)
    assert (slipped.stays("wrong"), slipped.stays("right")) == ([], [(STATION, START, None)])
    then = slipped.get("/api/units/wrong/stays", as_known_ms=before_ms)["items"]
    assert [(one["place"], one["withdrawn"]) for one in then] == [(STATION, False)]
    assert slipped.get("/api/units/right/stays", as_known_ms=before_ms)["items"] == []


def test_case_18_the_word_and_its_declaration_both_stand_and_nothing_is_updated_in_place(slipped: House) -> None:
    before = slipped.entries()
    slipped.post("/api/error-declarations", DECLARED | MANAGER)
    after = slipped.entries()
    assert after[: len(before)] == before
    said = {"placement", "error-declaration"}
    of_slip = [kind for _, kind, payload in after if kind in said and b'"wrong"' in payload]
    assert of_slip == ["placement", "error-declaration"], "the event and its declaration"
    (told,) = slipped.get("/api/units/wrong/custody")["errors"]
    assert (told["wrong"], told["instead"], told["name"]) == (SLIP, RIGHT, MANAGER["name"])


def test_case_18_declared_again_or_said_again_nothing_changes(slipped: House) -> None:
    slipped.post("/api/error-declarations", DECLARED | MANAGER)
    entries = slipped.entries()
    slipped.post("/api/error-declarations", DECLARED | MANAGER)
    slipped.post("/api/units/wrong/placements", {"place": STATION, "at_ms": START}, 409)
    assert slipped.entries() == entries
