"""What the rules see of instruments, gateways, tags, the ledger and full places, out of a store."""

import msgspec
import pytest
from support.intake import START
from support.memory_store import MemoryStore
from support.storage_point import POINT, bags, deliver, point_on, said

from coldchain.alarms import Condition
from coldchain.capacity import SetCapacity
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import EventKind, Sample
from coldchain.register import CalibrationPoint, Certificate, RecordCertificate
from coldchain.trust import NoteSecurity, SecurityKind
from coldchain.units import PlaceUnit
from ingest.conditions import conditions
from ingest.pipeline import Pipeline
from ingest.security import security_event

MINUTE, DAY = 60_000, 86_400_000
NOW = START + 60 * MINUTE


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    return point_on(store)


def seen(store: MemoryStore, *rules: str, now_ms: int = NOW) -> list[Condition]:
    with store.reading() as session:
        return [one for one in conditions(session, now_ms) if one.rule in rules]


def room(slots: int, at_ms: int = NOW, place: str = "fridge-1") -> SetCapacity:
    return SetCapacity(place=place, slots=slots, at_ms=at_ms, name="li", post="head", actor="li")


def test_a_full_place_is_said_where_somebody_said_how_much_it_holds(store: MemoryStore, pipeline: Pipeline) -> None:
    for fact in bags(4):
        pipeline.record(fact, NOW)
    for number in range(1, 5):
        pipeline.record(PlaceUnit(unit=f"u-{number}", place="freezer-1", at_ms=START, actor="li"), NOW)
    assert seen(store, "A50") == []
    pipeline.record(room(5, place="freezer-1"), NOW)
    assert seen(store, "A50") == []
    pipeline.record(room(4, NOW + 1, "freezer-1"), NOW + 1)
    (one,) = seen(store, "A50", now_ms=NOW + 1)
    assert (one.subject, one.values["number"], one.values["slots"]) == ("freezer-1", 4, 4)
    pipeline.record(room(0, NOW + 2, "freezer-1"), NOW + 2)
    assert seen(store, "A50", now_ms=NOW + 2) == []


def test_a_capacity_is_signed_of_a_place_and_never_older_than_the_last(store: MemoryStore, pipeline: Pipeline) -> None:
    pipeline.record(room(5), NOW)
    pipeline.record(room(5), NOW)
    for fact, error in (
        (room(6, NOW - 1), ConflictError),
        (room(-1, NOW + 1), InvalidValueError),
        (room(5, place="nowhere"), UnknownThingError),
        (msgspec.structs.replace(room(5, NOW + 1), name=" "), InvalidValueError),
    ):
        with pytest.raises(error):
            pipeline.record(fact, NOW + 1)
    with store.reading() as session:
        assert [one.slots for one in session.records.capacities()] == [5]


def test_items_of_a_clock_that_nobody_believes_are_an_alarm_of_their_gateway(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    ahead = Sample(seq=1, origin="fridge-1-load", taken_ms=NOW + DAY, boottime_ms=5, micro_celsius=4_000_000)
    deliver(pipeline, POINT, [ahead], sent_ms=NOW)
    (one,) = seen(store, "A36")
    assert (one.subject, one.values["what"], one.values["number"], one.due_ms) == (POINT, "clock", 1, NOW + MINUTE)


def test_committed_numbers_with_other_content_are_a_replay(store: MemoryStore, pipeline: Pipeline) -> None:
    first = Sample(seq=1, origin="fridge-1-load", taken_ms=START, boottime_ms=1_000, micro_celsius=4_000_000)
    deliver(pipeline, POINT, [first], sent_ms=NOW)
    assert seen(store, "A36") == []
    deliver(pipeline, POINT, [msgspec.structs.replace(first, micro_celsius=5_000_000)], sent_ms=NOW)
    assert [(one.subject, one.values["what"]) for one in seen(store, "A36")] == [(POINT, "replay")]


def test_a_ledger_that_was_altered_is_critical(store: MemoryStore, pipeline: Pipeline) -> None:
    event = security_event(SecurityKind.LEDGER_ALTERED, "", NOW, "entry 7 differs")
    pipeline.record(NoteSecurity(event=event, actor="coldchain"), NOW)
    (one,) = seen(store, "A35")
    assert (one.severity, one.values["what"]) == ("critical", "altered")


BUFFER = f"{POINT}/buffer"


def test_a_full_spool_is_an_alarm_until_it_has_room(store: MemoryStore, pipeline: Pipeline) -> None:
    deliver(pipeline, POINT, [said(1, POINT, EventKind.SPOOL_FULL, START + MINUTE)], sent_ms=NOW)
    assert [(one.subject, one.values["what"]) for one in seen(store, "A44") if one.subject == BUFFER] == [
        (BUFFER, "full")
    ]
    deliver(pipeline, POINT, [said(2, POINT, EventKind.SPOOL_ROOM, START + 2 * MINUTE)], sent_ms=NOW)
    assert [one for one in seen(store, "A44") if one.subject == BUFFER] == []


def test_an_instrument_that_failed_names_the_place_that_it_watched(store: MemoryStore, pipeline: Pipeline) -> None:
    paper = Certificate(
        serial="SN-1",
        number="C-1",
        lab="lab",
        calibrated_ms=START,
        due_ms=NOW + 10 * DAY,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=700_000),),
        tolerance_micro_celsius=500_000,
        name="li",
        post="engineer",
    )
    pipeline.record(RecordCertificate(certificate=paper, actor="li"), NOW)
    (one,) = seen(store, "A29")
    assert (one.subject, one.severity, one.values["error_micro_celsius"]) == ("SN-1", "critical", 700_000)
    assert seen(store, "A28") == []  # it hangs nowhere
