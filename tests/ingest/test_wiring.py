"""A confirmed probe that is wired otherwise measures nothing until somebody confirms it anew."""

from itertools import permutations

from msgspec.structs import replace
from support.intake import END, GATEWAY, HOUR, PLACE, START, message, pipeline_on, sample, send, setup, verdicts
from support.memory_store import MemoryStore

from api.hanging import hanging
from coldchain.facts import DeviceEvent, EventKind, Fact
from coldchain.ports import Store
from coldchain.standing import PlaceState
from coldchain.units import CommissionProbe, FindingKind
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.counted import counted_in, work_of

LOAD = "fridge-1-load"
MINUTE = 60_000
BEGAN = START + 2 * HOUR
REWIRED = START + 4 * HOUR


def centre(store: Store, *, required: bool = True) -> Pipeline:
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(setup(), START, commissioning=required)
    return pipeline


def wiring(seq: int, at_ms: int, digest: str, probe: str = LOAD) -> DeviceEvent:
    details: dict[str, int | str] = {"wiring": digest, "line": f"/dev/{digest}", "channel": "1/0", "meaning": ""}
    return DeviceEvent(
        seq=seq, origin=probe, taken_ms=at_ms, boottime_ms=1, kind=EventKind.WIRING, latest_ms=at_ms, details=details
    )


def readings(from_ms: int, to_ms: int, seq: int, celsius: float = 4.0, warmed_ms: int | None = None) -> list[Fact]:
    facts: list[Fact] = []
    for n, at_ms in enumerate(range(from_ms, to_ms, MINUTE)):
        warm = warmed_ms is not None and 0 <= at_ms - warmed_ms < 3 * MINUTE
        facts.append(sample(seq + n, at_ms, round((celsius + (9.0 if warm else 0.0)) * 1_000_000)))
    return facts


def confirm(began_ms: int) -> CommissionProbe:
    return CommissionProbe(
        probe=LOAD, began_ms=began_ms, at_ms=began_ms + 2 * MINUTE, name="Li", post="nurse", actor="Li"
    )


def confirmed(store: Store) -> Pipeline:
    """A centre that knows how the probe is wired, and at which somebody confirmed it."""
    pipeline = centre(store)
    first = [wiring(1, START, "tty-a"), *readings(START, BEGAN + 30 * MINUTE, 2, warmed_ms=BEGAN)]
    send(pipeline, first, sent_ms=BEGAN + 30 * MINUTE)
    pipeline.record(confirm(BEGAN), BEGAN + 2 * MINUTE)
    return pipeline


def excursions(store: Store) -> list[int]:
    return [one.start_ms for one in verdicts(store)[0] if one.kind is FindingKind.EXCURSION and one.probe == LOAD]


def unconfirmed(store: Store) -> list[tuple[int, int]]:
    with store.reading() as session:
        return [*counted_in(work_of(session.records, PLACE, session.records.probes()))[LOAD].unconfirmed]


def test_a_changed_wiring_makes_it_unknown_until_it_is_confirmed_anew(store: MemoryStore) -> None:
    pipeline = confirmed(store)
    send(pipeline, [wiring(1_000, REWIRED, "tty-b")], sent_ms=REWIRED)
    hot = readings(REWIRED + MINUTE, REWIRED + HOUR, 2_000, 12.0)  # whatever this is, it is not the fridge's blood
    send(pipeline, hot, sent_ms=REWIRED + HOUR)
    assert excursions(store) == []
    with store.reading() as session:
        place = session.records.place(PLACE)
        assert place is not None
        (here,) = [one for one in hanging(session, place, REWIRED + HOUR) if one.probe.id == LOAD]
    assert (here.uncounted, here.uncounted_since_ms) == (PlaceState.NOT_CONFIRMED, REWIRED)
    assert here.position is not None
    assert (here.position.line, here.confirmed, here.earlier) == ("/dev/tty-b", None, 1)
    again_ms = REWIRED + 2 * HOUR
    send(pipeline, readings(REWIRED + HOUR, again_ms + HOUR, 3_000, warmed_ms=again_ms), sent_ms=again_ms + HOUR)
    pipeline.record(confirm(again_ms), again_ms + 2 * MINUTE)
    assert unconfirmed(store)[-1] == (REWIRED, again_ms + 2 * MINUTE)


def test_a_mere_restart_with_the_same_wiring_changes_nothing(store: MemoryStore) -> None:
    pipeline = confirmed(store)
    before = unconfirmed(store)
    send(pipeline, [wiring(1_000, REWIRED, "tty-a")], sent_ms=REWIRED)
    assert unconfirmed(store) == before


def test_a_word_that_comes_late_unsays_what_was_found_in_between(store: MemoryStore) -> None:
    pipeline = confirmed(store)
    warm = readings(REWIRED + MINUTE, REWIRED + 2 * HOUR, 2_000, 12.0)
    send(pipeline, warm, sent_ms=REWIRED + 2 * HOUR)
    assert excursions(store) == [REWIRED + MINUTE]
    send(pipeline, [wiring(1_000, REWIRED, "tty-b")], sent_ms=REWIRED + 2 * HOUR)
    assert excursions(store) == []


def test_what_nobody_had_to_confirm_and_nobody_confirmed_goes_on(store: MemoryStore) -> None:
    pipeline = centre(store, required=False)
    send(pipeline, [wiring(1, START, "tty-a"), wiring(2, REWIRED, "tty-b")], sent_ms=REWIRED)
    assert unconfirmed(store) == []


def test_a_confirmation_of_the_old_wiring_is_none_of_the_new_one(store: MemoryStore) -> None:
    """The gateway was rewired and says so only later: who confirmed before that instant has confirmed the old one."""
    pipeline = confirmed(store)
    send(pipeline, [wiring(1_000, BEGAN + 2 * MINUTE + 1, "tty-b")], sent_ms=REWIRED)
    assert unconfirmed(store)[-1][0] == BEGAN + 2 * MINUTE + 1


def test_the_order_of_words_readings_and_confirmations_does_not_matter() -> None:
    seen = set()
    parts: list[list[Fact]] = [
        [wiring(1, START, "tty-a")],
        [wiring(1_000, REWIRED, "tty-b")],
        readings(START + HOUR, BEGAN + HOUR, 2, warmed_ms=BEGAN),
        readings(REWIRED, REWIRED + 2 * HOUR, 2_000, 12.0),
    ]
    for order in permutations(parts):
        store = MemoryStore()
        pipeline = centre(store)
        for facts in order:
            pipeline.process([message(facts, mark_ms=START, sent_ms=END)], END)
        pipeline.record(confirm(BEGAN), END)
        send(pipeline, [])
        seen.add(repr([replace(one, id="", version=0) for one in verdicts(store)[0]]) + repr(unconfirmed(store)))
    assert len(seen) == 1


def test_only_the_gateway_that_reads_a_probe_may_speak_of_its_wiring(store: MemoryStore) -> None:
    pipeline = pipeline_on(store)
    other = wiring(1, START, "tty-a", probe="somebody-elses")
    send(pipeline, [other, wiring(2, START, "tty-a", probe=GATEWAY)])
    with store.reading() as session:
        assert [item.reason for item in session.books.quarantined()] == ["unknown-device"] * 2
