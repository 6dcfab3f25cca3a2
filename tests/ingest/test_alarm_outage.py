"""An outage of the centre calls people about itself, not about every probe and gateway that it could not hear."""

from support.hand_clock import HandClock
from support.intake import START, message, pipeline_on, sample
from support.memory_store import MemoryStore

from coldchain.alarms import Alarm
from ingest.alarm_listening import LISTENED
from ingest.conditions import Watch
from ingest.conditions_devices import device_conditions
from ingest.conditions_places import place_conditions
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.writer import Writer

MINUTE = 60_000
PROBES = ("fridge-1-load", "fridge-1-air")


def heard(pipeline: Pipeline, at_min: int) -> None:
    at_ms = START + at_min * MINUTE
    facts = [sample(2 * at_min + n + 1, at_ms, 4_000_000, name) for n, name in enumerate(PROBES)]
    pipeline.process([message(facts, sent_ms=at_ms + 500)], at_ms + 500)


def after_an_outage(store: MemoryStore, down_min: int) -> Pipeline:
    """Return the pipeline of a centre that heard everything for 20 minutes and starts again after an outage."""
    pipeline = pipeline_on(store, START)
    for minute in range(21):
        heard(pipeline, minute)
    pipeline.move_cursors({LISTENED: START + 20 * MINUTE})
    pipeline = Pipeline(store, Counters())
    pipeline.alarms.conditions = Watch([place_conditions, device_conditions], budget_ms=60_000)
    return pipeline


def look(pipeline: Pipeline, store: MemoryStore, at_min: float, listening_min: float) -> dict[str, Alarm]:
    at_ms = START + round(at_min * MINUTE)
    pipeline.alarms.look(at_ms, round(listening_min * MINUTE))
    with store.reading() as session:
        return {f"{one.rule} {one.subject}": one for one in session.records.active_alarms() if one.rule != "A28"}


def test_an_outage_of_the_centre_is_one_alarm_of_its_own_and_none_of_what_it_could_not_hear(
    store: MemoryStore,
) -> None:
    pipeline = after_an_outage(store, 120)
    found = look(pipeline, store, 140, 0)
    assert list(found) == ["A32 centre"]
    assert (found["A32 centre"].severity, found["A32 centre"].values["minutes"]) == ("medium", 120)
    for minute in (1, 2, 2.9):
        assert list(look(pipeline, store, 140 + minute, minute)) == ["A32 centre"]
    heard(pipeline, 143)
    for minute in range(144, 150):
        heard(pipeline, minute)
        assert list(look(pipeline, store, minute + 0.1, minute - 140 + 0.1)) == ["A32 centre"]
    for minute in range(150, 203):
        heard(pipeline, minute)
    assert look(pipeline, store, 202, 62)
    assert look(pipeline, store, 203.5, 63.5) == {}


def test_who_stays_silent_once_the_centre_listens_is_called_out_step_by_step(store: MemoryStore) -> None:
    pipeline = after_an_outage(store, 120)
    look(pipeline, store, 140, 0)
    assert list(look(pipeline, store, 142, 2)) == ["A32 centre"]
    assert look(pipeline, store, 143, 3)["A44 gw-1"].now == "medium"
    assert "A05 fridge-1-load" not in look(pipeline, store, 144, 4)
    assert look(pipeline, store, 145, 5)["A05 fridge-1-load"].now == "medium"
    assert look(pipeline, store, 155, 15)["A05 fridge-1-load"].now == "high"
    assert look(pipeline, store, 155.1, 15.1)["A44 gw-1"].now == "high"


def test_what_was_silent_before_the_outage_stays_an_alarm_through_it(store: MemoryStore) -> None:
    pipeline = after_an_outage(store, 0)
    assert "A05 fridge-1-load" in look(pipeline, store, 30, 30)
    pipeline.alarms = Pipeline(store, Counters()).alarms
    pipeline.alarms.conditions = Watch([place_conditions, device_conditions], budget_ms=60_000)
    for minute in (50, 51, 52, 53):
        assert "A05 fridge-1-load" in look(pipeline, store, minute, minute - 50)


def test_the_writer_hands_over_for_how_long_it_listens_and_keeps_when_it_last_did(store: MemoryStore) -> None:
    pipeline = after_an_outage(store, 120)
    listening = [0]
    clock = HandClock(START + 140 * MINUTE)
    writer = Writer(pipeline, clock, Counters(), lambda: (), lambda: listening[0])
    writer._chores(clock.now_ms())
    with store.reading() as session:
        assert {one.rule for one in session.records.active_alarms()} - {"A28"} == {"A32"}
        assert session.books.cursor(LISTENED) == START + 20 * MINUTE
    clock.wait(MINUTE)
    listening[0] = MINUTE
    writer._chores(clock.now_ms())
    with store.reading() as session:
        assert {one.rule for one in session.records.active_alarms()} - {"A28"} == {"A32"}
        assert session.books.cursor(LISTENED) == START + 141 * MINUTE
