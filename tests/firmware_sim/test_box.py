"""The courier's box as a gateway: what it measures, how it speaks, and that the centre alone frees its memory."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.box_world import BUILD, COURIER, MINUTE_MS, PROBES, START_MS, BoxWorld

from coldchain.facts import DeviceEvent, EventKind, Gap, Sample
from coldchain.wire import Up, decode_state, decode_up, encode, facts_of
from firmware_sim.box import Box, position, sixteenths
from firmware_sim.box_memory import FLASH_BYTES, GAPS_MAX, ITEMS_MAX, MINUTES_KEPT, ROWS_MAX, SLOT_BYTES
from firmware_sim.box_physics import BoxBody
from firmware_sim.box_uplink import PAUSE_MS, Phase
from firmware_sim.story import Limits, Span, Waypoint

LIMITS = Limits(cold_tenths=20, warm_tenths=100, hard_cold_tenths=10, hard_warm_tenths=None)
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "wire.schema.json"


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def lived(minutes: int, **options: Any) -> BoxWorld:
    world = BoxWorld(**options)
    world.live(minutes * MINUTE_MS)
    return world


def test_it_measures_every_minute_in_sixteenths_of_a_degree_from_the_moment_it_is_on() -> None:
    world = lived(10)
    world.settle_by_radio()
    samples = [fact for fact in world.facts() if isinstance(fact, Sample)]
    assert len(samples) == 22
    assert {sample.origin for sample in samples} == {"box-1-load", "box-1-air"}
    assert [s.taken_ms for s in samples if s.origin == "box-1-air"] == [START_MS + n * MINUTE_MS for n in range(11)]
    assert all(sample.micro_celsius is not None and sample.micro_celsius % 62_500 == 0 for sample in samples)
    assert {sample.taken_ms - sample.boottime_ms for sample in samples} == {START_MS - 4_000}


@pytest.mark.parametrize(("celsius", "steps"), [(4.0, 64), (4.031, 64), (4.0313, 65), (-0.04, -1), (-0.03, 0)])
def test_a_probe_shows_the_nearest_sixteenth(celsius: float, steps: int) -> None:
    assert sixteenths(celsius) == steps


def test_position_battery_and_lid_are_events_of_their_origins() -> None:
    world = BoxWorld()
    world.live(31 * MINUTE_MS)
    world.turn_lid()
    world.live(2 * MINUTE_MS)
    world.turn_lid()
    world.box.turn_lid(world.box.now_ms, is_open=False)  # it is shut already: no news
    world.settle_by_radio()
    events = [fact for fact in world.facts() if isinstance(fact, DeviceEvent)]
    said = [(event.kind, event.origin, (event.taken_ms - START_MS) // MINUTE_MS) for event in events]
    assert said.count((EventKind.GATEWAY_STARTED, "box-1", 0)) == 1
    assert [s for s in said if s[0] is EventKind.POSITION] == [
        (EventKind.POSITION, "box-1", minute) for minute in (0, 5, 10, 15, 20, 25, 30)
    ]
    assert [s for s in said if s[0] is EventKind.BATTERY] == [(EventKind.BATTERY, "box-1", m) for m in (0, 30)]
    assert [s[:2] for s in said if s[1] == "box-1-lid"] == [
        (EventKind.DOOR_OPENED, "box-1-lid"),
        (EventKind.DOOR_CLOSED, "box-1-lid"),
    ]
    where = next(event for event in events if event.kind is EventKind.POSITION)
    assert where.details == {"latitude_e7": 289_421_000, "longitude_e7": 1_188_736_000}
    assert [e.details for e in events if e.kind is EventKind.BATTERY] == [{"percent": 96}, {"percent": 95}]
    others = [event for event in events if event.kind is not EventKind.STOOD_STILL]
    assert all(event.earliest_ms == event.latest_ms == event.taken_ms for event in others)


def test_without_satellites_it_says_no_place_and_concludes_nothing() -> None:
    blind = replace(COURIER, no_fix=(Span(from_ms=0, to_ms=60 * MINUTE_MS),))
    box, body = Box(blind, PROBES, START_MS, "story:1:0"), BoxBody(BUILD, START_MS, (), 22.0)
    box.advance(START_MS + 59 * MINUTE_MS, body)
    kinds = [event.kind for event in _events_of(box)]
    assert EventKind.POSITION not in kinds
    assert EventKind.STOOD_STILL not in kinds
    box.advance(START_MS + 80 * MINUTE_MS, body)
    (stood,) = [event for event in _events_of(box) if event.kind is EventKind.STOOD_STILL]
    assert stood.earliest_ms == START_MS + 60 * MINUTE_MS


def test_a_box_with_a_modem_says_how_strongly_it_hears_the_network_and_nothing_where_there_is_none() -> None:
    away = (Span(from_ms=20 * MINUTE_MS, to_ms=40 * MINUTE_MS),)
    kinds = {}
    for has_modem in (True, False):
        courier = replace(COURIER, has_modem=has_modem, no_network=away)
        box = Box(courier, PROBES, START_MS, "story:1:0")
        box.advance(START_MS + 61 * MINUTE_MS, BoxBody(BUILD, START_MS, (), 22.0))
        kinds[has_modem] = [event for event in _events_of(box) if event.kind is EventKind.SIGNAL]
    assert kinds[False] == []
    said = [((event.taken_ms - START_MS) // MINUTE_MS, event.details) for event in kinds[True]]
    assert said == [(0, {"rssi_dbm": -59}), (60, {"rssi_dbm": -87})], "at 30 min it has no network"


def test_what_it_concludes_lies_in_its_memory_under_its_own_name_and_is_told_once() -> None:
    box = Box(replace(COURIER, buttons_ms=(90_000,)), PROBES, START_MS, "story:1:0", limits=LIMITS)
    body = BoxBody(BUILD, START_MS, (), 22.0)
    box.advance(START_MS + 32 * MINUTE_MS, body)
    words = [(word.kind, word.at_ms - START_MS) for word in box.told()]
    assert [word for word in words if word[0] != "stood-still"] == [
        ("preconditioning-began", 90_000),
        ("box-not-ready", 120_000),
        ("box-ready", 32 * MINUTE_MS),
    ]
    assert box.told() == []
    ready = [event for event in _events_of(box) if event.kind is EventKind.BOX_READY]
    assert [(event.origin, event.details) for event in ready] == [("box-1", {"qualified_min": 330})]
    assert box.mind.lamp


def _events_of(box: Box) -> list[DeviceEvent]:
    up = decode_up(box.batch(0, ITEMS_MAX).payload)
    assert isinstance(up, Up)
    return [fact for fact in facts_of(up) if isinstance(fact, DeviceEvent)]


def test_between_two_waypoints_it_goes_straight() -> None:
    points = (
        Waypoint(at_ms=1_000, latitude_e7=100, longitude_e7=-50, ambient_celsius=20.0),
        Waypoint(at_ms=3_000, latitude_e7=300, longitude_e7=50, ambient_celsius=20.0),
    )
    assert [position(points, at_ms) for at_ms in (0, 1_000, 2_000, 3_000, 9_000)] == [
        (100, -50),
        (100, -50),
        (200, 0),
        (300, 50),
        (300, 50),
    ]


def test_every_message_keeps_to_the_schema_and_to_the_rules_beyond_it() -> None:
    world = lived(400)
    world.turn_lid()
    world.connect()
    check = validator()
    seen = 0
    for _ in range(40):
        while world.up:
            leaf, payload = world.up[0]
            check.validate(json.loads(payload))
            if leaf == "up":
                up = decode_up(payload)
                assert isinstance(up, Up)
                assert up.sent_ms in {world.box.now_ms, world.box.now_ms - 5_000}
                assert up.sent_ms - (up.sent_boottime_ms or 0) == START_MS - 4_000
                seen += bool(facts_of(up))
            world.deliver_up(0)
        while world.acks:
            world.deliver_ack(0)
        world.live(5_000)
    assert seen >= 2
    state = decode_state(world.box.state(online=True))
    assert state is not None
    assert (state.gateway, state.epoch, state.online) == ("box-1", world.box.epoch, True)


def test_the_same_box_lives_the_same_day_again_under_the_same_numbers() -> None:
    first, second = lived(90), BoxWorld()
    for _ in range(90 * 6):  # in other steps
        second.live(10_000)
    one = first.box.batch(0, ITEMS_MAX)
    two = second.box.batch(0, ITEMS_MAX)
    assert one.payload == two.payload
    assert first.box.epoch == Box(COURIER, PROBES, START_MS, "story:1:0").epoch
    assert first.box.epoch != Box(COURIER, PROBES, START_MS, "story:2:0").epoch


def test_nothing_but_the_question_goes_up_before_the_centre_has_answered() -> None:
    world = lived(60)
    world.connect()
    assert [leaf for leaf, _ in world.up] == ["state", "up"]
    assert json.loads(world.up[1][1])["last_seq"] == 0
    world.live(PAUSE_MS - 1)
    assert len(world.up) == 2
    world.live(1)
    assert len(world.up) == 4
    world.live(2 * PAUSE_MS)
    assert [leaf for leaf, _ in world.up] == ["state", "up"] * 3
    assert world.uplink.phase is Phase.ASKING


def test_the_mark_holds_the_horizon_until_all_is_committed_and_then_says_so_at_once() -> None:
    world = lived(400)  # more than one batch
    world.connect()
    world.deliver_up(1)  # the question
    assert world.centre.horizon_ms == START_MS
    world.deliver_ack(0)
    batches = [json.loads(payload) for leaf, payload in world.up if leaf == "up"]
    assert [batch["oldest_unsent_taken_ms"] for batch in batches][1:] == [START_MS] * (len(batches) - 1)
    assert batches[0]["oldest_unsent_taken_ms"] > START_MS
    world.settle_by_radio()
    world.live(1)
    while world.up:
        world.deliver_up(0)
    assert world.centre.horizon_ms == world.box.now_ms - 1 or world.centre.horizon_ms == world.box.now_ms


def test_a_quiet_box_gives_a_sign_of_life() -> None:
    world = lived(1)
    world.settle_by_radio()
    world.up.clear()
    world.live(16_000)
    (sign,) = [json.loads(payload) for leaf, payload in world.up if leaf == "up"]
    assert sign["last_seq"] == sign["first_seq"] - 1
    assert sign["oldest_unsent_taken_ms"] is None
    assert sign["sent_ms"] == world.box.now_ms


def test_an_ack_of_somebody_else_or_of_nobody_frees_nothing() -> None:
    world = lived(5)
    ack = encode(world.centre.ack(world.box.epoch)).decode()
    rows = len(world.memory)
    sound = ack.replace('"contiguous_seq":0', '"contiguous_seq":3')
    for wrong in (
        sound.replace('"box-1"', '"box-2"'),
        sound.replace(world.box.epoch, "another"),
        sound[:-1],
        sound.replace(":3", ":-3"),
        sound.replace(":3", ":3.0"),
        sound.replace(":3", ":true"),
        "[]",
        "[" * 5_000,
        " " * 300_000,
    ):
        assert not world.box.take_ack(wrong.encode()).ours
    assert len(world.memory) == rows
    assert world.box.acks_ignored == 9
    assert world.box.take_ack(sound.replace("}", ',"news":1}').encode()).freed == 3
    assert len(world.memory) == rows - 3


def test_an_ack_that_names_numbers_never_given_begins_a_new_epoch_and_all_is_sent_again() -> None:
    world = lived(5)
    world.connect()
    old, rows = world.box.epoch, len(world.memory)
    forged = encode(world.centre.ack(old)).replace(b'"contiguous_seq":0', b'"contiguous_seq":900')
    world.acks.append(forged)
    world.deliver_ack(-1)
    assert world.box.epoch != old
    assert len(world.memory) == rows
    world.settle_by_radio()
    assert {epoch for epoch, _ in world.centre.facts} == {world.box.epoch}
    assert len(world.centre.facts) == rows


def test_one_item_that_the_centre_refuses_is_put_aside_and_everything_else_goes_on() -> None:
    world = lived(200)
    world.centre.poisoned = {17, 180}
    world.settle_by_radio()
    assert world.memory.put_aside_ever() == {17, 180}
    gaps = [fact for fact in world.facts() if isinstance(fact, Gap)]
    assert sorted((gap.origin, gap.from_ms, gap.reason, gap.lost) for gap in gaps) == sorted(
        (world.memory.all[seq].origin, world.memory.all[seq].taken_ms, "refused-by-centre", 1) for seq in (17, 180)
    )
    assert world.at_centre() == world.memory.all.keys() - {17, 180}


def test_a_centre_that_refuses_even_empty_batches_gets_nothing_and_nothing_is_put_aside() -> None:
    world = lived(30)
    world.centre.refuses_all = True
    world.connect()
    for _ in range(100):
        while world.up:
            world.deliver_up(0)
        while world.acks:
            world.deliver_ack(0)
        world.live(5_000)
    assert not world.memory.put_aside_ever()
    assert world.at_centre() == set()
    world.centre.refuses_all = False
    world.settle_by_radio()
    world.check()


def test_a_full_memory_overwrites_the_oldest_and_says_what_is_lost() -> None:
    world = lived(100, rows_max=50)
    assert len(world.memory) == 50
    assert not [row for row in world.memory.all.values() if row.group == "gaps"]
    gone = [world.memory.all[seq] for seq in sorted(world.memory.gone)]
    assert world.memory.overwritten == len(gone) > 100
    world.settle_by_radio()
    gaps = {gap.origin: gap for gap in world.facts() if isinstance(gap, Gap) and gap.reason == "memory-full"}
    for origin in ("box-1-load", "box-1-air"):
        lost = [row for row in gone if row.origin == origin]
        assert (gaps[origin].from_ms, gaps[origin].to_ms) == (lost[0].taken_ms, lost[-1].taken_ms)
    world.check()


def test_losses_that_nobody_takes_wait_and_grow_and_the_memory_does_not() -> None:
    world = lived(30, rows_max=20)
    for _ in range(3 * GAPS_MAX):
        world.live(MINUTE_MS)
        world.rewind()
        world.read_out()  # asked again and again, and no ack ever comes
    assert len(world.memory) == 20 + GAPS_MAX
    world.carried.clear()
    world.settle_by_dock()
    world.check()
    lost = [fact for fact in world.facts() if isinstance(fact, Gap)]
    for seq in world.memory.gone:
        row = world.memory.all[seq]
        assert any(gap.origin == row.origin and gap.from_ms <= row.taken_ms <= gap.to_ms for gap in lost)
    assert sum(gap.lost for gap in lost) == len(world.memory.gone)


def test_the_memory_holds_thirty_days_of_a_box_that_reports_everything() -> None:
    assert MINUTES_KEPT == 30 * 24 * 60
    reported = MINUTES_KEPT * 2 + MINUTES_KEPT // 5 + MINUTES_KEPT // 30
    assert reported < ROWS_MAX < reported * 1.02
    assert ROWS_MAX * SLOT_BYTES < FLASH_BYTES


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("live"), st.sampled_from([1_000, 6_000, 60_000, 400_000])),
        st.tuples(st.sampled_from(["connect", "cut", "lid", "next", "rewind", "who"]), st.just(0)),
        st.tuples(
            st.sampled_from(["up", "lose", "double", "ack", "lose-ack", "carry", "carry-silent"]), st.integers(0, 9)
        ),
    ),
    max_size=60,
)


def do(world: BoxWorld, step: str, value: int) -> None:
    """One step of a story; what cannot be done now is passed over."""
    if step == "live":
        world.live(value)
    elif step in {"connect", "cut", "rewind", "who"}:
        getattr(world, step)()
    elif step == "lid":
        world.turn_lid()
    elif step == "next":
        world.read_out()
    elif step in {"carry", "hide"} and world.carried:
        world.carry(value, hand_down=step == "carry")
    elif step in {"ack", "lose-ack"} and world.acks:
        world.deliver_ack(value) if step == "ack" else world.acks.pop(value % len(world.acks))
    elif step in {"up", "lose", "double"} and world.up:
        if step == "double":
            world.up.append(world.up[value % len(world.up)])
        elif step == "lose":
            world.up.pop(value % len(world.up))
        else:
            world.deliver_up(value)


@settings(max_examples=150)
@given(story=STEPS, items=st.sampled_from([1, 3, 500]), rows_max=st.sampled_from([12, 10_000]), by_radio=st.booleans())
def test_whatever_is_lost_on_two_ways_the_centre_ends_with_everything_once(
    story: list[tuple[str, int]], items: int, rows_max: int, by_radio: bool
) -> None:
    world = BoxWorld(rows_max=rows_max, items=items)
    for step, value in story:
        do(world, step, value)
        world.check()
    world.settle_by_radio() if by_radio else world.settle_by_dock()
    world.check()
    assert world.at_centre() == world.memory.all.keys() - (world.memory.gone - world.at_centre())
    assert {epoch for epoch, _ in world.centre.facts} <= {world.box.epoch}


def test_a_box_with_its_lid_open_warms_and_comes_back_when_it_is_shut() -> None:
    body = BoxBody(BUILD, 0, (10.0,), 30.0)
    body.run_to(3_600_000)
    assert body.air_celsius < 5.0
    body.lid_open = True
    body.run_to(2 * 3_600_000)
    assert body.air_celsius > 15.0
    assert 10.0 < body.load_celsius < body.air_celsius
    body.lid_open = False
    body.run_to(5 * 3_600_000)
    assert body.load_celsius < 10.0
    turns = [(crossing.node, crossing.rising) for crossing in body.crossings]
    assert sorted(turns) == [("air", False), ("air", True), ("load", False), ("load", True)]
