"""How a place stands: one word, whose probe decides it, since when and until when."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import Reading
from support.rule_words import GATEWAY, MINUTE, PLACE, START, at, by_the_minute, event_at
from support.standing_facts import DOOR, RBC, facts_of, probe_at, said

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind, Quality
from coldchain.places import Contact, ProbeRole
from coldchain.standing import NoticeKind, PlaceStanding, PlaceState
from coldchain.units import Direction, Finding, FindingKind, FindingStatus
from rules.excursion import FoldState
from rules.standing import place_standing


def stands(readings: Sequence[Reading], now_min: float, role: ProbeRole = ProbeRole.LOAD) -> PlaceStanding:
    return place_standing(facts_of(probe_at(readings, now_min, role=role), now_min=now_min))


def test_a_calm_place_is_within_and_passes_on_what_is_known() -> None:
    standing = stands(by_the_minute(*[4.0] * 10), 9)
    assert said(standing) == (PlaceState.WITHIN, "fridge-1-load", None, None)
    assert (standing.inside, standing.possible, standing.held) == (3, 1, 2)
    assert (standing.low_micro_celsius, standing.high_micro_celsius) == (2_000_000, 6_000_000)
    assert (standing.profile, standing.profile_version, standing.confirmed) == ("cn-rbc", 2, False)
    assert (standing.site, standing.kind, standing.name.en) == ("storage-1", "fridge", "Blood fridge 1")
    assert standing.notices == ()


def test_outside_counts_down_to_the_instant_at_which_the_finding_opens() -> None:
    readings = by_the_minute(4.0, *[6.5] * 30)
    standing = stands(readings, 3)
    assert said(standing) == (PlaceState.OUTSIDE, "fridge-1-load", at(1), at(6))
    assert stands(readings, 5.5).state is PlaceState.OUTSIDE
    found = stands(readings, 6)
    assert said(found) == (PlaceState.TOO_WARM, "fridge-1-load", at(1), None)
    assert found.findings_open == ("f-load-0",)


def test_too_cold_is_its_own_word() -> None:
    assert stands(by_the_minute(4.0, *[1.5] * 30), 20).state is PlaceState.TOO_COLD
    assert stands(by_the_minute(4.0, 0.5), 1).state is PlaceState.TOO_COLD


def test_the_gravest_probe_decides_and_the_load_where_both_say_the_same() -> None:
    warm_load, warm_air = by_the_minute(4.0, *[6.5] * 60), by_the_minute(*[6.5] * 61)
    both = facts_of(
        probe_at(warm_air, 40, role=ProbeRole.AIR), probe_at(warm_load, 40, role=ProbeRole.LOAD), now_min=40
    )
    assert said(place_standing(both)) == (PlaceState.TOO_WARM, "fridge-1-load", at(1), None)
    early = facts_of(probe_at(warm_air, 4, role=ProbeRole.AIR), probe_at(by_the_minute(*[4.0] * 61), 4), now_min=4)
    standing = place_standing(early)
    assert said(standing) == (PlaceState.OUTSIDE, "fridge-1-air", at(0), at(15))
    assert [one.probe for one in standing.probes] == ["fridge-1-load", "fridge-1-air"]
    assert [one.state for one in standing.probes] == [PlaceState.WITHIN, PlaceState.OUTSIDE]


def test_back_inside_but_not_by_the_dead_band_needs_a_look() -> None:
    standing = stands(by_the_minute(4.0, *[6.5] * 10, 5.9, 5.9), 12)
    assert (standing.state, standing.probe, standing.since_ms) == (PlaceState.ATTENTION, None, at(11))
    (notice,) = standing.notices
    assert (notice.kind, notice.since_ms, notice.origin) == (NoticeKind.ALARM_NOT_CLEARED, at(11), "fridge-1-load")
    assert stands(by_the_minute(4.0, *[6.5] * 10, 5.9, 5.8), 12).notices == ()


def test_of_two_delays_that_run_the_one_that_is_over_first_is_said() -> None:
    air, load = by_the_minute(*[6.5] * 61), by_the_minute(*[4.0] * 12, *[6.5] * 49)
    for now_min, probe, since, due in ((11, "air", 0, 15), (13, "air", 0, 15), (14.9, "air", 0, 15)):
        both = facts_of(
            probe_at(air, now_min, role=ProbeRole.AIR), probe_at(load, now_min, role=ProbeRole.LOAD), now_min=now_min
        )
        expected = (PlaceState.OUTSIDE, f"fridge-1-{probe}", at(since), at(due))
        assert said(place_standing(both)) == expected, now_min
    later = by_the_minute(*[4.0] * 9, *[6.5] * 52)
    both = facts_of(probe_at(air, 13, role=ProbeRole.AIR), probe_at(later, 13, role=ProbeRole.LOAD), now_min=13)
    assert said(place_standing(both)) == (PlaceState.OUTSIDE, "fridge-1-load", at(9), at(14))


def test_silence_is_a_state_of_its_own_and_says_when_it_will_be_a_finding() -> None:
    assert stands(by_the_minute(4.0), 4.99).state is PlaceState.WITHIN
    assert said(stands(by_the_minute(4.0), 5)) == (PlaceState.SILENT, "fridge-1-load", at(5), at(240))
    unmeasured = stands(by_the_minute(4.0), 240)
    assert said(unmeasured) == (PlaceState.UNMEASURED, "fridge-1-load", at(5), None)


def test_a_probe_that_never_spoke_is_silent_from_its_registration_on() -> None:
    known = facts_of(probe_at([], 10, since_ms=at(0)), now_min=10)
    assert said(place_standing(known)) == (PlaceState.SILENT, "fridge-1-load", at(0), at(235))
    unknown = facts_of(probe_at([], 10), now_min=10)
    assert said(place_standing(unknown)) == (PlaceState.SILENT, "fridge-1-load", None, None)


def test_a_place_without_a_probe_is_silent_and_nobody_knows_since_when() -> None:
    assert said(place_standing(facts_of(now_min=10))) == (PlaceState.SILENT, None, None, None)


def test_a_faulty_sensor_is_not_hidden_by_a_healthy_one_and_is_less_grave_than_the_cold() -> None:
    faulty = probe_at(by_the_minute(4.0, *[None] * 30), 5, role=ProbeRole.AIR)
    healthy = probe_at(by_the_minute(*[4.0] * 30), 5)
    standing = place_standing(facts_of(faulty, healthy, now_min=5))
    assert said(standing) == (PlaceState.SENSOR_FAULT, "fridge-1-air", at(1), at(11))
    assert standing.probes[1].quality is Quality.NO_SENSOR
    later = probe_at(by_the_minute(4.0, *[None] * 30), 20, role=ProbeRole.AIR)
    found = place_standing(facts_of(later, probe_at(by_the_minute(*[4.0] * 30), 20), now_min=20))
    assert said(found) == (PlaceState.SENSOR_FAULT, "fridge-1-air", at(1), None)
    assert found.findings_open == ("f-air-0",)
    warm = probe_at(by_the_minute(4.0, *[6.5] * 30), 20)
    assert place_standing(facts_of(faulty, warm, now_min=20)).state is PlaceState.TOO_WARM


def test_what_was_outside_and_fell_silent_is_still_outside_because_nobody_saw_it_come_back() -> None:
    readings = by_the_minute(4.0, 6.5, first=0)
    awaited = facts_of(probe_at(readings, 3, role=ProbeRole.AIR), now_min=12)
    assert said(place_standing(awaited)) == (PlaceState.OUTSIDE, "fridge-1-air", at(1), at(16))
    faulty = facts_of(probe_at(by_the_minute(4.0, 6.5, None, None), 3, role=ProbeRole.AIR), now_min=3)
    assert place_standing(faulty).state is PlaceState.OUTSIDE


def test_where_judging_lags_behind_the_last_reading_decides() -> None:
    probe, _ = probe_at(by_the_minute(*[4.0] * 10), 9)
    warmer = replace(probe, taken_ms=at(10), micro_celsius=6_500_000)
    assert said(place_standing(facts_of((warmer, []), now_min=10))) == (
        PlaceState.OUTSIDE,
        "fridge-1-load",
        at(10),
        at(15),
    )
    unjudged = replace(warmer, state=None)
    assert place_standing(facts_of((unjudged, []), now_min=10)).state is PlaceState.OUTSIDE
    broken = replace(warmer, micro_celsius=None, quality=Quality.IMPLAUSIBLE)
    assert place_standing(facts_of((broken, []), now_min=10)).state is PlaceState.SENSOR_FAULT


# ---- doors and defrosts -------------------------------------------------------------------------------------------


def excused_stand(events: list[RecordedEvent], readings: list[Reading], now_min: float) -> PlaceStanding:
    """Return how a place with a calm load probe stands whose air probe gave these readings."""
    past = [event for event in events if event.taken_ms <= at(now_min)]
    air = probe_at(readings, now_min, role=ProbeRole.AIR, events=past)
    load = probe_at(by_the_minute(*[4.0] * 300), now_min)
    last = {event.origin: event for event in past}
    contacts = [
        (Contact(id=origin, place=PLACE, gateway=GATEWAY), last.get(origin)) for origin in (DOOR.id, "fridge-1-defrost")
    ]
    return place_standing(replace(facts_of(load, air, now_min=now_min), contacts=contacts))


WARM_AIR = by_the_minute(*[4.0] * 10, *[9.0] * 200)
OPENED, CLOSED = event_at(EventKind.DOOR_OPENED, 9), event_at(EventKind.DOOR_CLOSED, 34)


def test_air_outside_behind_an_open_door_needs_a_look_and_counts_down_to_the_end_of_its_excuses() -> None:
    standing = excused_stand([OPENED, CLOSED], WARM_AIR, 20)
    assert said(standing) == (PlaceState.ATTENTION, "fridge-1-air", at(10), at(9 + 60 + 15))
    (notice,) = standing.notices
    assert (notice.kind, notice.since_ms, notice.due_ms) == (NoticeKind.DOOR_OPEN, at(9), at(11))


def test_after_the_door_has_closed_the_recovery_is_excused_and_then_it_is_outside() -> None:
    recovering = excused_stand([OPENED, CLOSED], WARM_AIR, 40)
    assert said(recovering) == (PlaceState.ATTENTION, "fridge-1-air", at(10), at(34 + 10 + 15))
    assert recovering.notices == ()
    after = excused_stand([OPENED, CLOSED], WARM_AIR, 45)
    assert said(after) == (PlaceState.OUTSIDE, "fridge-1-air", at(10), at(34 + 10 + 15))
    assert excused_stand([OPENED, CLOSED], WARM_AIR, 59).state is PlaceState.TOO_WARM


def test_a_door_left_open_is_outside_once_the_excuses_are_used_up() -> None:
    assert excused_stand([OPENED], WARM_AIR, 68).state is PlaceState.ATTENTION
    used_up = excused_stand([OPENED], WARM_AIR, 70)
    assert said(used_up) == (PlaceState.OUTSIDE, "fridge-1-air", at(10), at(9 + 60 + 15))
    assert excused_stand([OPENED], WARM_AIR, 84).state is PlaceState.TOO_WARM


def test_no_door_excuses_a_load_probe() -> None:
    load = probe_at(by_the_minute(4.0, *[6.5] * 30), 3, events=[event_at(EventKind.DOOR_OPENED, 0)])
    behind_a_door = replace(facts_of(load, now_min=3), contacts=[(DOOR, event_at(EventKind.DOOR_OPENED, 0))])
    assert said(place_standing(behind_a_door)) == (PlaceState.OUTSIDE, "fridge-1-load", at(1), at(6))


def test_a_defrost_is_said_and_asks_for_nothing() -> None:
    began = event_at(EventKind.DEFROST_BEGAN, 9, "fridge-1-defrost")
    calm = excused_stand([began], by_the_minute(*[4.0] * 200), 100)
    assert calm.state is PlaceState.WITHIN
    (notice,) = calm.notices
    assert notice.kind is NoticeKind.DEFROSTING
    assert notice.due_ms > at(10**6)
    assert excused_stand([began], WARM_AIR, 20).state is PlaceState.ATTENTION


def test_findings_that_are_over_or_withdrawn_are_not_open() -> None:
    standing = stands(by_the_minute(4.0, *[6.5] * 10, *[4.0] * 30), 40)
    assert said(standing)[0] is PlaceState.WITHIN
    assert standing.findings_open == ()
    withdrawn = Finding(
        id="f-9",
        version=2,
        kind=FindingKind.EXCURSION,
        rule="A01",
        place=PLACE,
        probe="fridge-1-load",
        profile="cn-rbc",
        profile_version=2,
        status=FindingStatus.WITHDRAWN,
        holds=True,
        direction=Direction.TOO_WARM,
        start_ms=START,
        condition_ms=START,
        end_ms=None,
    )
    assert (
        place_standing(
            replace(facts_of(probe_at(by_the_minute(*[4.0] * 60), 50), now_min=50), findings=[withdrawn])
        ).state
        is PlaceState.WITHIN
    )


VALUES = st.sampled_from([1_000_000, 1_900_000, 4_000_000, 5_900_000, 6_100_000, 10_000_000, None])


@settings(max_examples=300)
@given(
    st.lists(st.tuples(VALUES, st.sampled_from([1, 1, 2, 4, 6, 30]), st.integers(1, 20)), max_size=6),
    st.integers(0, 400),
    st.sampled_from(list(ProbeRole)),
    st.lists(st.sampled_from([EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED]), max_size=4),
)
def test_the_word_fits_the_facts_whatever_they_are(
    runs: list[tuple[int | None, int, int]], more: int, role: ProbeRole, doors: list[EventKind]
) -> None:
    readings: list[Reading] = []
    minute = 0
    for value, step, times in runs:
        for _ in range(times):
            minute += step
            readings.append((at(minute), value))
    now_min = minute + more / 20
    events = [event_at(kind, minute * n / 4, seq=n) for n, kind in enumerate(doors)]
    probe, findings = probe_at(readings, now_min, role=role, events=events)
    contacts = [(DOOR, events[-1] if events else None)]
    standing = place_standing(replace(facts_of((probe, findings), now_min=now_min), contacts=contacts))
    opened = {f.kind: f for f in findings if f.status is FindingStatus.OPEN}
    assert set(standing.findings_open) == {finding.id for finding in opened.values()}
    excursion = opened.get(FindingKind.EXCURSION)
    assert (standing.state in (PlaceState.TOO_WARM, PlaceState.TOO_COLD)) == (excursion is not None)
    if standing.state is PlaceState.WITHIN:
        assert readings
        assert readings[-1][1] is not None
        assert 2_000_000 <= readings[-1][1] <= 6_000_000
        assert at(now_min) - readings[-1][0] < 5 * MINUTE
    if standing.state is PlaceState.OUTSIDE:
        assert standing.due_ms is not None
        assert standing.since_ms is not None
        assert standing.due_ms - standing.since_ms >= RBC.delay_ms(role)


def test_state_without_a_fold_is_what_a_beginning_is() -> None:
    probe, _ = probe_at([], 10)
    assert probe.state == FoldState()
    assert place_standing(facts_of((replace(probe, state=None), []), now_min=10)).state is PlaceState.SILENT
