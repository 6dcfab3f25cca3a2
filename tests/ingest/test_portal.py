"""A box through a portal: which way it went, and a task instead of a guess where the reads do not tell."""

import msgspec
import pytest
from support.intake import END, PLACE
from support.memory_store import MemoryStore
from support.portal import UNITS, portal_centre, receive, through
from support.tunnel import PASS_MS, sent

from coldchain.entries import AMBIGUOUS, EntryKind, Placement, Receipt
from coldchain.errors import ConflictError, UnknownThingError
from coldchain.units import AnswerReceipt, AnswerWay
from ingest.pipeline import Pipeline


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    return portal_centre(store, END)


def says(*, inwards: bool, receipt: str = "r-1") -> AnswerWay:
    return AnswerWay(receipt=receipt, inwards=inwards, at_ms=END, actor="li")


def the(store: MemoryStore) -> Receipt:
    with store.reading() as session:
        found = session.records.receipt("r-1")
    assert found is not None
    return found


def moved(store: MemoryStore) -> list[tuple[str, str | None, str]]:
    """Return every movement in the ledger: unit, place, who said it."""
    with store.reading() as session:
        entries = session.ledger.entries(0, 10_000)
    found = [one for one in entries if one.kind == EntryKind.PLACEMENT]
    said = [(msgspec.json.decode(one.payload, type=Placement), one.actor) for one in found]
    return [(placed.unit, placed.place, actor) for placed, actor in said]


def test_acceptance_case_6_in_and_nineteen_received_and_a_scan_closes_the_twentieth(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    sent(pipeline, through(1_200, 3_000))
    pipeline.record(receive(), END)
    found = the(store)
    assert (found.way, found.outer_ms, found.inner_ms) == ("in", PASS_MS + 1_200, PASS_MS + 3_000)
    assert (len(found.read), set(found.expected) - set(found.read)) == (19, {"u-19"})
    assert [unit for unit, _, _ in moved(store)] == sorted(f"u-{number}" for number in range(19))
    pipeline.record(AnswerReceipt(receipt="r-1", unit="u-19", here=True, at_ms=END, actor="li"), END)
    assert (the(store).scanned, the(store).manual) == (("u-19",), False)
    with store.reading() as session:
        assert [stay.place for stay in session.records.stays_of_unit("u-19")] == [PLACE]


@pytest.mark.parametrize(("inwards", "movements"), [(True, 19), (False, 0)])
def test_acceptance_case_7_ambiguous_is_a_task_and_its_answer_one_movement_marked_manual(
    store: MemoryStore, pipeline: Pipeline, inwards: bool, movements: int
) -> None:
    sent(pipeline, through(1_200, 1_500))
    pipeline.record(receive(), END)
    assert (the(store).way, the(store).way_open, moved(store)) == (AMBIGUOUS, True, [])
    for _ in range(3):
        pipeline.record(says(inwards=inwards), END)
    found = the(store)
    assert (found.version, found.way, found.manual, found.way_open) == (2, AMBIGUOUS, True, False)
    assert [(place, actor) for _, place, actor in moved(store)] == [(PLACE, "li")] * movements
    with pytest.raises(ConflictError, match=f"is known: {'in' if inwards else 'out'}"):
        pipeline.record(says(inwards=not inwards), END)
    pipeline.record(receive(), END)
    assert (the(store), len(moved(store))) == (found, movements)


def test_what_went_out_is_not_received_and_nobody_is_asked(store: MemoryStore, pipeline: Pipeline) -> None:
    sent(pipeline, through(3_000, 1_200))
    pipeline.record(receive(), END)
    assert (the(store).way, moved(store)) == ("out", [])
    with pytest.raises(ConflictError, match="is known: out"):
        pipeline.record(says(inwards=True), END)
    with pytest.raises(UnknownThingError):
        pipeline.record(says(inwards=True, receipt="r-2"), END)


def test_reads_that_come_late_tell_the_way_while_nobody_has_said_it(store: MemoryStore, pipeline: Pipeline) -> None:
    facts = through(1_200, 3_000)
    sent(pipeline, facts[:20])
    pipeline.record(receive(), END)
    assert the(store).way_open, "one side alone tells no way"
    sent(pipeline, facts[20:])
    pipeline.record(receive(), END)
    assert (the(store).way, len(moved(store))) == ("in", 19)


def test_what_a_person_said_stands_when_reads_come_late(store: MemoryStore, pipeline: Pipeline) -> None:
    facts = through(3_000, 1_200)
    sent(pipeline, facts[:20])
    pipeline.record(receive(), END)
    pipeline.record(says(inwards=True), END)
    sent(pipeline, facts[20:])
    pipeline.record(receive(), END)
    assert (the(store).way, the(store).answered, len(moved(store))) == (AMBIGUOUS, "in", 19)


def test_without_any_read_nobody_knows_the_way(store: MemoryStore, pipeline: Pipeline) -> None:
    pipeline.record(receive(), END)
    assert (the(store).way_open, the(store).read) == (True, ())
    pipeline.record(says(inwards=True), END)
    assert len(the(store).expected) == UNITS
    assert moved(store) == []
