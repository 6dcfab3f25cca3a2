"""What readings are kept for: units over their lineage, holds nobody has decided on, every profile a place ever had."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from support import store_words as words
from support.memory_records import MemoryRecords
from support.memory_store import MemoryStore
from support.retention import NOW, OLD, OTHER, PROBE, Centre, centre_on

from coldchain import kin, retaining
from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from coldchain.profiles import PlaceProfile
from coldchain.retaining import past_spans
from coldchain.retention import HoldScope, Kept, PlaceLegalHold, SetRetention

SIGNED: dict[str, Any] = {"name": "李华", "post": "QA", "actor": "lh"}
HOLD = PlaceLegalHold(id="h-1", scope=HoldScope.UNIT, subject="", reason="court", at_ms=NOW, **SIGNED)
ENDED_MS = OLD * DAY_MS + 9_000
KEPT = {(OTHER, OLD), (PROBE, OLD)}  # the days of the stay


@pytest.fixture
def centre() -> Centre:
    """Return a centre with a unit that lay in the fridge eleven years ago and has been gone for as long."""
    centre = centre_on(MemoryStore())
    stayed(centre, "unit-1", "fridge-1", ENDED_MS)
    assert held(centre) == {}
    return centre


def stayed(centre: Centre, unit: str, place: str, to_ms: int | None, **changed: Any) -> None:
    begin_ms = OLD * DAY_MS + 1_000
    centre.note(EntryKind.UNIT, words.unit(unit, expires_ms=None, **changed))
    times: dict[str, Any] = {"possible_from_ms": begin_ms, "certain_from_ms": begin_ms}
    centre.note(EntryKind.STAY, words.stay(unit, place=place, possible_to_ms=to_ms, certain_to_ms=to_ms, **times))


def made(centre: Centre, inputs: Sequence[str], output: str, act: str) -> None:
    centre.note(EntryKind.TRANSFORMATION, words.transformation(inputs, output, act, ENDED_MS))


def held(centre: Centre) -> dict[tuple[str, int], tuple[str, str]]:
    with centre.store.reading() as session:
        spans = past_spans(session, NOW)
    return {(one.probe, one.from_day): (one.held_by, one.which) for one in spans if one.held_by}


def family(centre: Centre, to_ms: int | None = ENDED_MS, **changed: Any) -> None:
    """Note a daughter and a granddaughter that lay elsewhere; the latter as said."""
    stayed(centre, "unit-2", "freezer-9", ENDED_MS)
    stayed(centre, "unit-3", "freezer-9", to_ms, **changed)
    made(centre, ["unit-1"], "unit-2", "act-1")
    made(centre, ["unit-2"], "unit-3", "act-2")


def test_a_daughter_that_is_still_there_keeps_the_readings_of_what_she_was_made_of(centre: Centre) -> None:
    family(centre, None)
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-1"))


def test_the_longest_period_of_anything_that_was_made_of_a_unit_counts(centre: Centre) -> None:
    centre.note(EntryKind.PROFILE, words.profile(name="eu-rbc"))
    family(centre, profile="eu-rbc")
    assert held(centre) == {}
    centre.record(
        SetRetention(what=Kept.UNIT_RECORDS, profile="eu-rbc", years=30, source="2005/61/EC", at_ms=NOW, **SIGNED)
    )
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-1"))


@pytest.mark.parametrize("subject", ["unit-1", "unit-2", "unit-3", "unit-0"])
def test_a_legal_hold_on_a_unit_covers_what_it_was_made_from_and_what_was_made_of_it(
    centre: Centre, subject: str
) -> None:
    family(centre)
    stayed(centre, "unit-0", "freezer-9", ENDED_MS)
    made(centre, ["unit-0"], "unit-1", "act-0")
    assert held(centre) == {}
    centre.record(replace(HOLD, subject=subject))
    assert held(centre) == dict.fromkeys(KEPT, ("legal-hold", "h-1"))


def test_a_lineage_that_is_too_long_to_follow_keeps(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    family(centre)
    monkeypatch.setattr(kin, "KIN_MAX", 2)
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-1"))
    stayed(centre, "unit-9", "freezer-9", ENDED_MS)
    made(centre, ["unit-7", "unit-8"], "unit-9", "act-9")
    centre.record(replace(HOLD, subject="unit-9"))
    assert held(centre) == dict.fromkeys(KEPT, ("legal-hold", "h-1"))


def test_evidence_is_kept_while_nobody_has_decided_on_a_hold(centre: Centre) -> None:
    family(centre)
    centre.note(EntryKind.HOLD, words.hold(unit_id="unit-3"))
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-1"))
    centre.note(EntryKind.HOLD, words.hold(unit_id="unit-3", lifted_by="d-1"))
    assert held(centre) == {}


def test_a_profile_that_says_how_long_is_a_floor_under_every_signed_period(centre: Centre) -> None:
    thirty = replace(words.profile(name="eu-rbc"), toml='[retention]\nyears = 30\nsource = "2005/61/EC"\n')
    centre.note(EntryKind.PROFILE, thirty)
    family(centre, profile="eu-rbc")
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-1"))
    shorter = SetRetention(what=Kept.UNIT_RECORDS, profile="eu-rbc", years=10, source="a slip", at_ms=NOW, **SIGNED)
    centre.record(shorter)
    with centre.store.reading() as session:
        years = {what: retaining.Retaining(session, NOW).years(what, "eu-rbc") for what in Kept}
        assert retaining.Retaining(session, NOW).years(Kept.READINGS, "cn-rbc") == 10
    assert set(years.values()) == {30}
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-1"))


def test_every_profile_that_a_place_ever_had_counts_for_all_its_days(centre: Centre) -> None:
    centre.note(EntryKind.PROFILE, words.profile(name="eu-rbc"))
    people = {"name": "a", "post": "b", "second_name": "c", "second_post": "d", "reason": "r"}
    kept = PlaceProfile(place="fridge-1", profile="eu-rbc", version=1, from_ms=DAY_MS, at_ms=DAY_MS, **people)
    again = replace(kept, profile="cn-rbc", from_ms=2 * DAY_MS, at_ms=2 * DAY_MS)
    centre.note(EntryKind.PLACE_PROFILE, kept, again)
    assert past(centre) == {OLD}
    centre.record(
        SetRetention(what=Kept.READINGS, profile="eu-rbc", years=30, source="2005/61/EC", at_ms=NOW, **SIGNED)
    )
    assert past(centre) == set()


def past(centre: Centre) -> set[int]:
    with centre.store.reading() as session:
        return {one.from_day for one in past_spans(session, NOW)}


def test_what_is_looked_at_again_before_a_removal_are_its_own_days_in_pages(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "STAYS_AT_ONCE", 1)
    monkeypatch.setattr(retaining, "DAYS_AT_ONCE", 1)
    for n in range(4):
        stayed(centre, f"unit-2{n}", "fridge-1", ENDED_MS)
    stayed(centre, "unit-9", "fridge-1", None)
    assert held(centre) == dict.fromkeys(KEPT, ("unit", "unit-9"))
    asked: list[tuple[int, int]] = []
    stays = MemoryRecords.stays_page

    def noted(self: Any, place: str, from_ms: int, to_ms: int, *more: Any) -> Any:
        asked.append((from_ms // DAY_MS, to_ms // DAY_MS))
        return stays(self, place, from_ms, to_ms, *more)

    monkeypatch.setattr(MemoryRecords, "stays_page", noted)
    with centre.store.reading() as session:
        found = list(retaining.past_days(session, NOW, only={PROBE: {OLD + 1}}))
    assert [(one.probe, one.day, one.which) for one in found] == [(PROBE, OLD + 1, "unit-9")]
    assert set(asked) == {(OLD + 1, OLD + 3)}
