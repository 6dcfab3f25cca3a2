"""From a seeded field of tags to stays: blind tags, strays, a bad link; one open stay, no movement without a door."""

import random

import pytest

from coldchain.entries import Binding, RecordedEvent
from coldchain.facts import EventKind
from coldchain.units import Stay
from firmware_sim.tag_field import TagField, epcs, on_the_way
from gateway.presence import burst_wanted, on_cycle, on_door
from gateway.presence_state import Cycle, Door, PresenceState
from rules.custody import stays_of, words_of

BAGS, STRAYS, OPENINGS = 12, 6, 12
CYCLE_MS, DOOR_MS = 1_500, 20_000
MOVES = frozenset({EventKind.ARRIVED, EventKind.LEFT})


def life(seed: int, rate: float, blind: float = 0.1) -> tuple[TagField, list[RecordedEvent], list[tuple[int, int]]]:
    """Return the truth, the events as the centre records them, and the times for which the door was open."""
    pool = epcs(0, BAGS + STRAYS)
    field = TagField(seed=str(seed), rate=rate, bags=pool[:BAGS], strays=pool[BAGS:], spread=0.1, blind=blind)
    state, now_ms = PresenceState(), 1_000_000
    events: list[RecordedEvent] = []
    doors: list[tuple[int, int]] = []
    for _ in range(OPENINGS):
        state = on_door(state, Door.OPENED, now_ms, now_ms - 1_000)
        for epc in field.dice.sample(field.bags, 2):
            field.toggle(epc, now_ms + 5_000)
        doors.append((now_ms - 1_000, now_ms + DOOR_MS))
        now_ms += DOOR_MS
        state = on_door(state, Door.CLOSED, now_ms, now_ms - 1_000)
        for _ in range(6):
            while True:
                counts = {read.epc: read.count for read in field.cycle()}
                state, found = on_cycle(state, Cycle(start_ms=now_ms, end_ms=now_ms + CYCLE_MS, counts=counts))
                now_ms += CYCLE_MS
                events += [recorded(len(events) + n, one, now_ms) for n, one in enumerate(found)]
                if not burst_wanted(state):
                    break
            now_ms += 300_000
    return field, events, doors


def recorded(seq: int, event: object, taken_ms: int) -> RecordedEvent:
    named = {name: getattr(event, name) for name in ("kind", "epc", "earliest_ms", "latest_ms")}
    return RecordedEvent(
        gateway="gw-1",
        epoch="e",
        seq=seq,
        place="f-1",
        origin="r",
        boot="b",
        origin_seq=None,
        taken_ms=taken_ms,
        boottime_ms=1,
        details={},
        **named,
    )


def stays(epc: str, events: list[RecordedEvent]) -> list[Stay]:
    bound = Binding(epc=epc, unit=epc, from_ms=0)
    return stays_of(epc, words_of([bound], [bound], [one for one in events if one.epc == epc], ()), {"f-1"})


@pytest.mark.parametrize("rate", [0.65, 0.95])
@pytest.mark.parametrize("seed", range(3))
def test_one_open_stay_a_unit_and_no_movement_without_its_door(seed: int, rate: float) -> None:
    field, events, doors = life(seed, rate)
    assert events
    for event in events:
        if event.kind in MOVES:
            assert any(low <= (event.earliest_ms or low) <= (event.latest_ms or 0) <= high for low, high in doors)
    for epc in field.bags:
        found = stays(epc, events)
        assert sum(one.open and one.certain_to_ms is None for one in found) <= 1
    strays = {event.epc for event in events if event.kind is EventKind.ARRIVED} & set(field.strays)
    assert strays == set(), "what stands outside never comes in"


@pytest.mark.parametrize("seed", range(3))
def test_stays_are_the_same_whatever_order_events_arrive_in_and_however_often(seed: int) -> None:
    field, events, _ = life(seed, 0.65)
    dice = random.Random(seed)
    for _ in range(5):
        came = on_the_way(dice, events, duplicate=0.3)
        once = list({(one.gateway, one.epoch, one.seq): one for one in came}.values())  # as admission does
        for epc in field.bags:
            assert stays(epc, once) == stays(epc, events)


def test_bags_whose_tags_can_be_read_are_where_the_truth_has_them() -> None:
    field, events, _ = life(7, 0.8, blind=0.0)
    for epc in field.bags:
        inside = any(one.open and one.certain_to_ms is None for one in stays(epc, events))
        assert inside == (epc in field.inside)


def test_a_bad_link_loses_repeats_and_mixes_by_its_seed() -> None:
    items = list(range(1_000))
    came = on_the_way(random.Random(1), items, drop=0.2, duplicate=0.1)
    assert 700 < len(set(came)) < 900
    assert len(came) > len(set(came))
    assert came != sorted(came)
    assert came == on_the_way(random.Random(1), items, drop=0.2, duplicate=0.1)
