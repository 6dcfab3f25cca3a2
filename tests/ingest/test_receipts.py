"""A crate past a tunnel reader: what was read is received, the rest is closed by scans, and nothing is guessed."""

import random

import pytest
from msgspec.structs import replace
from support.intake import END, PLACE, START, send
from support.memory_store import MemoryStore
from support.tunnel import PASS_MS, TUNNEL, crate_of, past, receive, sent, tunnel_centre

from coldchain.entries import Receipt, StayRecord
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.lineage import DeclareError, ErrorOf, ErrorReason, Said
from coldchain.units import OF_RECEIPT, AnswerReceipt, PersonFact, PlaceUnit, RetireTag
from firmware_sim.tag_field import epcs
from ingest.pipeline import Pipeline

UNITS, CYCLES = 20, 8
NOW = END


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    return tunnel_centre(store, UNITS + 2, NOW)


def answer(unit: str, *, here: bool) -> AnswerReceipt:
    return AnswerReceipt(receipt="r-1", unit=unit, here=here, at_ms=PASS_MS + 60_000, actor="tech")


def the(store: MemoryStore) -> Receipt:
    with store.reading() as session:
        found = session.records.receipt("r-1")
    assert found is not None
    return found


def stays(store: MemoryStore, unit: str) -> list[StayRecord]:
    with store.reading() as session:
        return [stay for stay in session.records.stays_of_unit(unit) if not stay.withdrawn]


def places(store: MemoryStore, unit: str) -> list[str]:
    return [stay.place for stay in stays(store, unit)]


def test_what_was_read_is_in_its_place_and_what_was_not_is_possibly_there(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    sent(pipeline, past(crate_of(19, rate=0.9), CYCLES))
    pipeline.record(receive(UNITS, CYCLES), NOW)
    found = the(store)
    assert (len(found.read), set(found.expected) - set(found.read), found.cycles) == (19, {"u-19"}, CYCLES)
    assert found.unknown_tags == ()
    assert places(store, "u-0") == [PLACE]
    (expected,) = stays(store, "u-19")
    assert (expected.place, expected.certain_from_ms, expected.entered_by, expected.listed) == (
        PLACE, None, "list", "r-1"
    )  # fmt: skip
    pipeline.record(answer("u-19", here=True), NOW)
    (scanned,) = stays(store, "u-19")
    assert (scanned.place, scanned.entered_by) == (PLACE, "person")
    assert (the(store).version, the(store).scanned) == (2, ("u-19",))


def test_a_unit_beside_the_tunnel_and_a_tag_of_nobody_are_named_and_not_moved(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    sent(pipeline, past(crate_of(30, rate=1.0), CYCLES))
    pipeline.record(receive(UNITS, CYCLES), NOW)
    found = the(store)
    assert set(found.read) - set(found.expected) == {"u-20", "u-21"}
    assert found.unknown_tags == epcs(22, 8)
    assert places(store, "u-20") == []


def test_repeating_changes_nothing_and_late_reads_make_a_new_version(store: MemoryStore, pipeline: Pipeline) -> None:
    facts = past(crate_of(UNITS, rate=1.0), CYCLES)
    sent(pipeline, facts[:30])
    first = pipeline.record(receive(UNITS, CYCLES), NOW)
    assert pipeline.record(receive(UNITS, CYCLES), NOW) == first
    pipeline.record(answer("u-3", here=True), NOW)
    sent(pipeline, facts[30:])
    pipeline.record(receive(UNITS, CYCLES), NOW)
    assert (the(store).version, the(store).cycles, the(store).scanned) == (3, CYCLES, ("u-3",))


def test_late_reads_bring_no_unit_back_of_which_this_was_declared_an_error(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    facts = past(crate_of(UNITS, rate=1.0), CYCLES)
    sent(pipeline, facts[:-30])
    said = receive(UNITS, CYCLES)
    pipeline.record(said, NOW)
    assert (places(store, "u-3"), places(store, "u-4")) == ([PLACE], [PLACE])
    wrong = Said(unit="u-3", at_ms=said.to_ms, object=PLACE)
    pipeline.record(
        DeclareError(
            of=ErrorOf.PLACEMENT,
            wrong=wrong,
            reason=ErrorReason.DID_NOT_OCCUR,
            note="its tag lay beside the tunnel",
            at_ms=NOW,
            name="王芳",
            post="quality manager",
            actor="qm",
        ),
        NOW,
    )
    sent(pipeline, facts[-30:])
    pipeline.record(said, NOW)
    assert the(store).version == 2, "what the tunnel read is recorded all the same"
    with store.reading() as session:
        assert session.records.placements_of_unit("u-3") == ()
        assert len(session.records.placements_of_unit("u-4")) == 1


def test_the_reads_may_arrive_in_any_order_and_twice(store: MemoryStore, pipeline: Pipeline) -> None:
    facts = past(crate_of(UNITS, rate=0.7), CYCLES)
    sent(pipeline, facts)
    pipeline.record(receive(UNITS, CYCLES), NOW)
    other = MemoryStore()
    again = tunnel_centre(other, UNITS + 2, NOW)
    mixed = random.Random(5).sample(facts, len(facts))
    for fact in [*mixed, *mixed[:40]]:
        send(again, [fact])
    again.record(receive(UNITS, CYCLES), NOW)
    assert the(other) == the(store)


def test_the_later_answer_counts_and_a_read_tag_cannot_be_absent(store: MemoryStore, pipeline: Pipeline) -> None:
    sent(pipeline, past(crate_of(19, rate=1.0), CYCLES))
    pipeline.record(receive(UNITS, CYCLES), NOW)
    pipeline.record(answer("u-19", here=False), NOW)
    assert (the(store).absent, the(store).scanned) == (("u-19",), ())
    pipeline.record(answer("u-19", here=True), NOW)
    assert (the(store).absent, the(store).scanned) == ((), ("u-19",))
    with pytest.raises(ConflictError, match="was read"):
        pipeline.record(answer("u-0", here=False), NOW)
    with pytest.raises(ConflictError, match="not on the list"):
        pipeline.record(answer("u-20", here=False), NOW)


def test_a_retired_tag_in_the_crate_stands_for_nobody(store: MemoryStore, pipeline: Pipeline) -> None:
    retired = epcs(0, 1)[0]
    pipeline.record(RetireTag(epc=retired, at_ms=START + 1, reason="torn off", actor="tech"), NOW)
    sent(pipeline, past(crate_of(UNITS, rate=1.0), CYCLES))
    pipeline.record(receive(UNITS, CYCLES), NOW)
    assert the(store).unknown_tags == (retired,)
    assert "u-0" not in the(store).read


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"reader": "nobody"}, UnknownThingError, "not known"),
        ({"reader": "fridge-1-reader"}, ConflictError, "no tunnel"),
        ({"place": "nowhere"}, UnknownThingError, "not known"),
        ({"manifest": "nothing"}, UnknownThingError, "not known"),
        ({"units": ()}, InvalidValueError, "0 units"),
        ({"units": ("u-1", "u-1")}, InvalidValueError, "more than once"),
        ({"units": ("u-99",)}, UnknownThingError, "not registered"),
        ({"to_ms": PASS_MS}, InvalidValueError, "pass"),
    ],
)
def test_what_cannot_be_is_refused_with_nothing_changed(
    store: MemoryStore, pipeline: Pipeline, change: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        pipeline.record(replace(receive(UNITS, CYCLES), **change), NOW)
    with store.reading() as session:
        assert session.records.receipts(10) == ()


def test_the_same_receipt_of_other_content_is_refused(store: MemoryStore, pipeline: Pipeline) -> None:
    pipeline.record(receive(UNITS, CYCLES), NOW)
    with pytest.raises(ConflictError, match="other content"):
        pipeline.record(receive(UNITS - 1, CYCLES), NOW)


def test_a_tunnel_does_not_watch_the_place_that_it_stands_before(store: MemoryStore) -> None:
    """A person's word is certain where no reader looks; here the fridge's own reader does, the tunnel's does not."""
    pipeline = tunnel_centre(store, UNITS, NOW)
    sent(pipeline, past(crate_of(3, rate=1.0), CYCLES))
    pipeline.record(receive(3, CYCLES), NOW)
    with store.reading() as session:
        assert [reader.id for reader in session.records.readers()] == ["fridge-1-reader", TUNNEL]
        (stay,) = session.records.stays_of_unit("u-0")
    assert (stay.entered_by, stay.certain_from_ms) == ("person", None)


def kept_back(store: MemoryStore, unit: str) -> list[tuple[bool, str]]:
    with store.reading() as session:
        return [
            (one.basis_stands, one.lifted_by) for one in session.records.holds_of_unit(unit) if one.basis == OF_RECEIPT
        ]


def test_a_unit_that_somebody_looked_for_in_vain_is_on_hold_and_one_that_was_only_not_read_is_not(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    sent(pipeline, past(crate_of(19, rate=1.0), CYCLES))
    pipeline.record(receive(UNITS, CYCLES), NOW)
    assert kept_back(store, "u-19") == []  # a tag that was not read is no proof
    pipeline.record(answer("u-19", here=False), NOW)
    assert kept_back(store, "u-19") == [(True, "")]
    assert kept_back(store, "u-0") == []
    pipeline.record(answer("u-19", here=True), NOW)
    assert kept_back(store, "u-19") == [(False, "")]  # a person decides
    pipeline.record(answer("u-19", here=False), NOW)
    assert kept_back(store, "u-19") == [(True, "")]


@pytest.mark.parametrize("late", [False, True])
def test_a_bag_that_is_found_later_is_still_on_hold_whatever_comes_first(
    store: MemoryStore, pipeline: Pipeline, late: bool
) -> None:
    sent(pipeline, past(crate_of(19, rate=1.0), CYCLES))
    pipeline.record(receive(UNITS, CYCLES), NOW)
    facts: list[PersonFact] = [
        answer("u-19", here=False),
        PlaceUnit(unit="u-19", place=PLACE, at_ms=PASS_MS + 7_200_000, actor="tech"),
    ]
    for fact in facts[::-1] if late else facts:
        pipeline.record(fact, PASS_MS + 7_200_000)
    assert kept_back(store, "u-19") == [(True, "")]
