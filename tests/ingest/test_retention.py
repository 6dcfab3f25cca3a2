"""Who may remove what, and when: two people, nothing that a hold or a unit's record needs, and only what was signed."""

from typing import Any

import pytest
from msgspec.structs import replace
from support import store_words as words
from support.memory_store import MemoryStore
from support.retention import CONFIRM, NOW, OLD, PROBE, PROPOSE, Centre, centre_on
from support.sealing import seal_all

from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.retaining import past_spans
from coldchain.retention import EndLegalHold, HoldScope, Kept, PlaceLegalHold, SetRetention, WithdrawDisposal, years_ms

SIGNED: dict[str, Any] = {"name": "李华", "post": "QA", "actor": "lh"}
HOLD = PlaceLegalHold(id="h-1", scope=HoldScope.EVERYTHING, subject="", reason="court", at_ms=NOW, **SIGNED)
END = EndLegalHold(id="h-1", reason="judged", at_ms=NOW, **SIGNED)
THIRTY = SetRetention(what=Kept.UNIT_RECORDS, profile="cn-rbc", years=30, source="2005/61/EC", at_ms=NOW, **SIGNED)


@pytest.fixture
def centre() -> Centre:
    return centre_on(MemoryStore())


def confirmed(centre: Centre, **changed: Any) -> None:
    made = centre.propose()
    centre.record(replace(CONFIRM, sha256=made.sha256, **changed))


def held(centre: Centre) -> set[tuple[str, str]]:
    with centre.store.reading() as session:
        return {(one.held_by, one.which) for one in past_spans(session, NOW)}


def stayed(centre: Centre, day: int, end_ms: int | None, **changed: Any) -> None:
    centre.note(EntryKind.UNIT, words.unit(expires_ms=None, **changed))
    begin_ms = day * DAY_MS + 1_000
    times: dict[str, Any] = {"possible_from_ms": begin_ms, "certain_from_ms": begin_ms}
    centre.note(EntryKind.STAY, words.stay(possible_to_ms=end_ms, certain_to_ms=end_ms, **times))


def test_what_is_past_its_time_is_proposed_confirmed_and_gone(centre: Centre) -> None:
    confirmed(centre)
    assert (centre.state(), centre.kept()) == ("confirmed", (OLD, OLD + 1, 19_990))
    assert centre.pipeline.dispose(NOW) == 3
    assert (centre.state(), centre.kept(), centre.kept("fridge-1-air")) == ("removed", (19_990,), ())
    assert centre.pipeline.dispose(NOW) == 0


def test_each_step_is_an_entry_of_the_ledger_and_said_again_changes_nothing(centre: Centre) -> None:
    confirmed(centre)
    with centre.store.reading() as session:
        sha256 = session.records.disposals(1)[0].sha256
    centre.record(PROPOSE)
    centre.record(replace(CONFIRM, sha256=sha256))
    centre.pipeline.dispose(NOW)
    centre.record(replace(CONFIRM, sha256=sha256))
    with centre.store.reading() as session:
        kinds = [one.kind.value for one in session.ledger.entries(0, 99)][-4:]
    assert kinds == ["disposal", "disposal", "disposal", "removal"]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "李华", "post": "director"},
        {"name": " 李 华", "post": "director"},
        {"name": "王芳", "post": "qa"},
        {"name": "王芳", "post": "ＱＡ"},
        {"name": "王芳", "post": "director", "sha256": "0" * 64},
    ],
)
def test_one_person_or_one_post_cannot_remove_anything(centre: Centre, other: dict[str, str]) -> None:
    made = centre.propose()
    with pytest.raises(ConflictError):
        centre.record(replace(CONFIRM, **{"sha256": made.sha256, **other}))
    assert centre.pipeline.dispose(NOW) == 0
    assert centre.state() == "proposed"


@pytest.mark.parametrize(
    ("scope", "subject", "left"),
    [
        (HoldScope.EVERYTHING, "", {("legal-hold", "h-1")}),
        (HoldScope.PLACE, "fridge-1", {("legal-hold", "h-1")}),
        (HoldScope.PROBE, PROBE, {("legal-hold", "h-1"), ("", "")}),
    ],
)
def test_a_legal_hold_keeps_what_it_covers(
    centre: Centre, scope: HoldScope, subject: str, left: set[tuple[str, str]]
) -> None:
    centre.record(replace(HOLD, scope=scope, subject=subject))
    assert held(centre) == left
    centre.record(END)
    assert held(centre) == {("", "")}


def test_a_legal_hold_on_a_unit_keeps_the_readings_of_its_stay(centre: Centre) -> None:
    stayed(centre, OLD, OLD * DAY_MS + 9_000)
    assert held(centre) == {("", "")}
    centre.record(replace(HOLD, scope=HoldScope.UNIT, subject="unit-1"))
    with centre.store.reading() as session:
        spans = [(one.probe, one.from_day, one.held_by) for one in past_spans(session, NOW)]
    assert spans == [("fridge-1-air", OLD, "legal-hold"), (PROBE, OLD, "legal-hold"), (PROBE, OLD + 1, "")]


def test_a_hold_between_signature_and_removal_stops_the_removal(centre: Centre) -> None:
    confirmed(centre)
    centre.record(HOLD)
    assert centre.pipeline.dispose(NOW) == 0
    assert centre.state() == "withdrawn"
    assert centre.kept() == (OLD, OLD + 1, 19_990)


def test_a_late_reading_between_signature_and_removal_stops_the_removal(centre: Centre) -> None:
    confirmed(centre)
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([OLD * DAY_MS + 900_000], [4_000_000]))
        (closed,) = session.readings.closed_days({PROBE: OLD + 1}, 2**50, 9)
        (block,) = session.readings.prepare(closed)
        (entry,) = session.ledger.append([words.draft(EntryKind.BLOCK, block)], NOW)
        session.readings.seal((block,), (entry,), [])
    assert centre.pipeline.dispose(NOW) == 0
    assert centre.state() == "withdrawn"


def test_the_record_of_a_unit_that_is_kept_for_thirty_years_keeps_its_readings(centre: Centre) -> None:
    stayed(centre, OLD, OLD * DAY_MS + 9_000)
    assert held(centre) == {("", "")}
    centre.record(THIRTY)
    assert held(centre) == {("unit", "unit-1"), ("", "")}


@pytest.mark.parametrize("last", ["still there", "issued late", "expires late", "ended late"])
def test_the_time_of_a_unit_begins_with_the_last_that_is_known_of_it(centre: Centre, last: str) -> None:
    end_ms = OLD * DAY_MS + 9_000
    late_ms = NOW - years_ms(10) + 1
    if last == "expires late":
        centre.note(EntryKind.UNIT, words.unit(expires_ms=late_ms))
        centre.note(
            EntryKind.STAY, words.stay(possible_from_ms=end_ms - 9, possible_to_ms=end_ms, certain_to_ms=end_ms)
        )
    else:
        stayed(centre, OLD, None if last == "still there" else end_ms)
    if last == "issued late":
        centre.note(EntryKind.ISSUE, words.issue(at_ms=late_ms))
    if last == "ended late":
        centre.note(EntryKind.UNIT_END, words.unit_end(at_ms=late_ms))
    assert ("unit", "unit-1") in held(centre)


def test_a_proposal_takes_no_day_that_another_one_has(centre: Centre) -> None:
    centre.propose(replace(PROPOSE, probe=PROBE))
    with pytest.raises(ConflictError):
        centre.record(replace(PROPOSE, id="d-2", probe=PROBE))
    assert centre.propose(replace(PROPOSE, id="d-2")).blocks == 1
    centre.record(WithdrawDisposal(id="d-1", reason="too soon", at_ms=NOW, **SIGNED))
    assert centre.propose(replace(PROPOSE, id="d-3")).blocks == 2
    with pytest.raises(ConflictError):
        centre.record(WithdrawDisposal(id="d-1", reason="again", at_ms=NOW, **SIGNED))


@pytest.mark.parametrize(
    ("fact", "error"),
    [
        (replace(PROPOSE, reason=" "), InvalidValueError),
        (replace(PROPOSE, name=""), InvalidValueError),
        (replace(PROPOSE, probe="nobody"), UnknownThingError),
        (replace(HOLD, scope=HoldScope.PROBE, subject="nobody"), UnknownThingError),
        (replace(HOLD, scope=HoldScope.PLACE, subject="nowhere"), UnknownThingError),
        (replace(HOLD, subject="fridge-1"), InvalidValueError),
        (replace(HOLD, from_ms=5, to_ms=5), InvalidValueError),
        (replace(HOLD, id="x" * 65), InvalidValueError),
        (END, UnknownThingError),
        (replace(CONFIRM, id="d-9"), UnknownThingError),
        (replace(THIRTY, years=9), InvalidValueError),
        (replace(THIRTY, profile="none-such"), UnknownThingError),
        (replace(THIRTY, source=""), InvalidValueError),
    ],
)
def test_what_is_not_complete_or_not_known_is_refused(centre: Centre, fact: Any, error: type[Exception]) -> None:
    with centre.store.reading() as session:
        before = session.ledger.next_seq()
    with pytest.raises(error):
        centre.record(fact)
    with centre.store.reading() as session:
        assert session.ledger.next_seq() == before


def test_a_hold_is_placed_once_and_ended_once(centre: Centre) -> None:
    assert centre.record(HOLD) == centre.record(HOLD)
    with pytest.raises(ConflictError):
        centre.record(replace(HOLD, reason="another"))
    assert centre.record(END) == centre.record(END)
    with pytest.raises(ConflictError):
        centre.record(replace(END, reason="another"))


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"name": "李\u200b华"}, "another person"),
        ({"name": "李·华"}, "another person"),
        ({"name": "李　华."}, "another person"),
        ({"name": "·"}, "another person"),
        ({"post": "QA\u00ad"}, "another person"),
        ({"post": "Q. A."}, "another person"),
        ({"name": "李华（QA）", "post": "-"}, "another person"),
        ({"actor": "lh"}, "another login"),
        ({"actor": "ＬＨ"}, "another login"),
        ({"at_ms": NOW - 1}, "was proposed at"),
    ],
)
def test_one_person_cannot_sign_twice_under_another_spelling_or_login(
    centre: Centre, other: dict[str, Any], word: str
) -> None:
    made = centre.propose()
    with pytest.raises(ConflictError, match=word):
        centre.record(replace(CONFIRM, **{"sha256": made.sha256, **other}))
    assert centre.state() == "proposed"


def test_where_no_login_is_known_two_signatures_are_enough(centre: Centre) -> None:
    made = centre.propose(replace(PROPOSE, actor="unnamed"))
    centre.record(replace(CONFIRM, sha256=made.sha256, actor="unnamed"))
    assert centre.state() == "confirmed"


def test_a_proposal_counts_each_reading_once_whatever_its_generation(centre: Centre) -> None:
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([OLD * DAY_MS + 900_000], [4_000_000]))
        seal_all(session, PROBE, OLD + 1, [600_000])
    made = centre.propose(replace(PROPOSE, probe=PROBE))
    assert (made.blocks, made.readings) == (3, 6 + 5)


def test_a_period_is_made_longer_by_one_and_shorter_by_two(centre: Centre) -> None:
    centre.record(THIRTY)
    shorter = replace(THIRTY, years=20)
    for second in ({}, {"second_name": "李 华", "second_post": "x"}, {"second_name": "王芳"}):
        with pytest.raises((ConflictError, InvalidValueError)):
            centre.record(replace(shorter, **second))
    two = replace(shorter, second_name="王芳", second_post="director")
    centre.record(two)
    with centre.store.reading() as session:
        said = [(one.years, one.second_name) for one in session.records.retention_policies()]
    assert said == [(20, "王芳")]
