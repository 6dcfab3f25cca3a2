"""The local alarm from the wire to the siren, on a hand clock: without the centre, in time, once, and mutable."""

import pytest
from support.local_limits import payload
from support.local_site import HOUR, MINUTE, SECOND, LocalSite

from coldchain.facts import EventKind
from coldchain.places import ProbeRole
from coldchain.wire_limits import LimitsProbe

RAISED, CLEARED, MUTED = EventKind.ALARM_RAISED, EventKind.ALARM_CLEARED, EventKind.ALARM_MUTED
LOAD, AIR, DOOR, MAINS = "fridge-1-load", "fridge-1-air", "fridge-1-door", "fridge-1-mains"
POLL_S = 20  # of the plan: a reading outside is at most so late


@pytest.fixture
def site() -> LocalSite:
    site = LocalSite(payload())
    site.run(MINUTE)
    assert site.alarms() == []
    return site


def test_too_warm_sounds_within_ten_seconds_of_the_profiles_delay_and_says_what_and_since_when(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    seconds = site.seconds_until(sounding=True)
    assert 300 <= seconds <= 300 + POLL_S + 10  # load delay of cn-rbc 2: 300 s
    (event,) = site.events(RAISED)
    first_outside = next(s for s in site.spool.samples(LOAD) if s.micro_celsius == 8_000_000)
    assert event.taken_ms - first_outside.taken_ms <= 310 * SECOND
    assert (event.origin, event.details) == (
        LOAD,
        {
            "rule": "A01",
            "kind": "excursion",
            "direction": "too-warm",
            "micro_celsius": 8_000_000,
            "limit_micro_celsius": 6_000_000,
            "since_ms": first_outside.taken_ms,
        },
    )


def test_beyond_a_hard_limit_it_sounds_with_the_next_reading(site: LocalSite) -> None:
    site.temperature(0.5, air=4.0)
    assert site.seconds_until(sounding=True) <= POLL_S + 2
    (event,) = site.events(RAISED)
    assert (event.details["rule"], event.details["direction"]) == ("A02", "too-cold")
    assert event.details["limit_micro_celsius"] == 1_000_000


def test_it_is_cleared_only_by_the_dead_band(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    site.seconds_until(sounding=True)
    site.temperature(5.9, air=4.0)
    site.run(2 * MINUTE)
    assert site.switch.on
    site.temperature(5.7, air=4.0)
    assert site.seconds_until(sounding=False) <= POLL_S + 2
    assert site.alarms() == [(RAISED, LOAD, "A01"), (CLEARED, LOAD, "A01")]


def test_a_mains_failure_sounds_after_its_minute_and_stands_first(site: LocalSite) -> None:
    site.temperature(0.5, air=4.0)
    site.run(MINUTE)
    site.bus.mains = False
    site.run(75 * SECOND)
    assert [alarm.origin for alarm in site.local.alarm.standing] == [MAINS, LOAD]
    raised = list(site.events(RAISED))[1]
    lost = next(site.events(EventKind.MAINS_LOST))
    assert raised.details["rule"] == "A06"
    assert 60 * SECOND <= raised.taken_ms - lost.taken_ms <= 70 * SECOND
    site.bus.mains = True
    site.run(3 * SECOND)
    assert (CLEARED, MAINS, "A06") in site.alarms()


def test_a_door_that_stands_open_sounds_after_two_minutes_until_it_is_shut(site: LocalSite) -> None:
    site.bus.door_open = True
    assert 120 <= site.seconds_until(sounding=True) <= 130
    site.bus.door_open = False
    assert site.seconds_until(sounding=False) <= 5
    assert site.alarms() == [(RAISED, DOOR, "A25"), (CLEARED, DOOR, "A25")]


def test_an_open_door_excuses_warm_air_and_not_a_warm_load(site: LocalSite) -> None:
    site.bus.door_open = True
    site.temperature(4.0, air=9.0)
    site.run(20 * MINUTE)
    assert all(origin == DOOR for _, origin, _ in site.alarms())
    site.temperature(9.0, air=9.0)
    site.run(6 * MINUTE)
    assert (RAISED, LOAD, "A01") in site.alarms()
    assert (RAISED, AIR, "A01") not in site.alarms()


def test_devices_that_do_not_answer_sound(site: LocalSite) -> None:
    site.bus.mute = {1}
    site.run(3 * MINUTE)
    assert {(origin, rule) for _, origin, rule in site.alarms()} == {(LOAD, "A05"), (AIR, "A05")}
    site.bus.mute = set()
    site.run(90 * SECOND)  # a silent device is asked once a minute at least
    assert not site.switch.on


def test_nobody_measured_is_an_alarm_of_its_own_after_the_profiles_tolerance(site: LocalSite) -> None:
    site.bus.mute = {1}
    site.run(4 * HOUR + MINUTE)
    kinds = {(e.details["kind"], e.origin) for e in site.events(RAISED)}
    assert ("unmeasured", LOAD) in kinds


def test_a_restart_neither_raises_again_nor_forgets(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    site.run(200 * SECOND)
    site.restart()  # in the middle of the delay
    site.run(130 * SECOND)
    assert site.switch.on
    for _ in range(3):
        site.restart()
        site.run(30 * SECOND)
        assert site.switch.on
    assert site.alarms() == [(RAISED, LOAD, "A01")]
    site.temperature(4.0)
    site.run(MINUTE)
    assert site.alarms() == [(RAISED, LOAD, "A01"), (CLEARED, LOAD, "A01")]


def test_the_button_mutes_for_ten_minutes_and_says_until_when(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    site.seconds_until(sounding=True)
    site.press()
    assert not site.switch.on
    (muted,) = site.events(MUTED)
    assert muted.origin == "gw-1"
    assert muted.details["alarms"] == 1
    until = muted.details["until_ms"]
    assert isinstance(until, int)
    assert abs(until - muted.taken_ms - 10 * MINUTE) <= SECOND
    site.run(9 * MINUTE)
    assert not site.switch.on
    site.run(MINUTE)
    assert site.switch.on


def test_a_new_alarm_sounds_although_another_is_muted_and_a_restart_does_not_unmute(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    site.seconds_until(sounding=True)
    site.press()
    site.restart()
    site.run(MINUTE)
    assert not site.switch.on
    site.bus.mains = False
    assert site.seconds_until(sounding=True) <= 70


def test_a_muted_alarm_that_becomes_a_hard_one_sounds_again(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    site.seconds_until(sounding=True)
    site.press()
    site.temperature(10.5, air=4.0)
    assert site.seconds_until(sounding=True) <= POLL_S + 2
    assert site.alarms() == [(RAISED, LOAD, "A01"), (RAISED, LOAD, "A02")]


def test_a_button_that_is_pressed_in_silence_or_stuck_does_nothing(site: LocalSite) -> None:
    site.press()
    site.bus.inputs[5] = True  # stuck from here on
    site.run(MINUTE)
    site.temperature(0.5, air=4.0)
    site.run(20 * MINUTE)
    assert site.switch.on
    assert list(site.events(MUTED)) == []


@pytest.mark.parametrize("step_ms", [-365 * 24 * HOUR, HOUR, 365 * 24 * HOUR])
def test_a_wall_clock_that_steps_moves_no_delay(site: LocalSite, step_ms: int) -> None:
    site.temperature(8.0, air=4.0)
    site.run(100 * SECOND)
    site.clock.step_wall(step_ms)
    assert 180 <= site.seconds_until(sounding=True) <= 300
    (event,) = site.events(RAISED)
    since = event.details["since_ms"]
    assert isinstance(since, int)
    assert 300 * SECOND <= event.taken_ms - since <= 330 * SECOND


def test_it_sounds_also_when_the_spool_is_full_and_says_so_when_there_is_room(site: LocalSite) -> None:
    site.spool.full = True
    site.temperature(0.5, air=4.0)
    assert site.seconds_until(sounding=True) <= POLL_S + 2
    assert site.alarms() == []
    site.spool.full = False
    site.run(MINUTE)
    assert site.alarms() == [(RAISED, LOAD, "A02")]


def test_it_sounds_also_when_the_disk_fails_and_says_so_when_it_works_again(site: LocalSite) -> None:
    site.spool.broken = True
    site.temperature(0.5, air=4.0)
    assert site.seconds_until(sounding=True) <= POLL_S + 2
    assert site.alarms() == []
    site.spool.broken = False
    site.run(MINUTE)
    assert site.alarms() == [(RAISED, LOAD, "A02")]


def test_limits_that_come_while_the_disk_fails_hold_all_the_same() -> None:
    site = LocalSite(None)
    site.run(MINUTE)
    site.spool.broken = True
    site.local.offer_limits(payload())
    site.temperature(0.5, air=4.0)
    assert site.seconds_until(sounding=True) <= 3 * POLL_S


def test_alarms_find_room_in_the_reserve_that_readings_leave(site: LocalSite) -> None:
    site.spool.bulk_full = True
    site.temperature(0.5, air=4.0)
    site.run(MINUTE)
    assert site.alarms() == [(RAISED, LOAD, "A02")]


def test_a_probe_under_check_sounds_nothing_and_the_other_still_watches(site: LocalSite) -> None:
    site.temperature(8.0, air=4.0)
    site.run(6 * MINUTE)
    assert site.sounding()
    resting = LimitsProbe(id=LOAD, place="fridge-1", role=ProbeRole.LOAD, rests=True)
    watching = LimitsProbe(id=AIR, place="fridge-1", role=ProbeRole.AIR)
    site.local.offer_limits(payload(2, probes=(resting, watching)))
    site.temperature(0.0, air=4.0)  # in the ice bath
    site.run(2 * HOUR)
    assert not site.sounding()
    site.temperature(0.0, air=30.0)
    site.run(2 * HOUR)
    assert {origin for kind, origin, _ in site.alarms() if kind is RAISED} == {LOAD, AIR}
    site.temperature(4.0)
    site.run(10 * MINUTE)
    site.local.offer_limits(payload(3))  # back in its fridge: what it measured in between counts for nothing
    site.run(2 * MINUTE)
    assert not site.sounding()
    site.temperature(8.0, air=4.0)
    site.run(6 * MINUTE)
    assert site.sounding()


def test_without_limits_nothing_sounds_and_readings_are_kept() -> None:
    site = LocalSite(None)
    site.temperature(15.0)
    site.run(30 * MINUTE)
    assert not site.switch.on
    assert len(site.spool.samples(LOAD)) > 80


def test_alarm_and_reading_are_one_transaction(site: LocalSite) -> None:
    site.temperature(0.5, air=4.0)
    site.run(MINUTE)
    brought = [facts for facts, _ in site.spool.commits if any(getattr(f, "kind", "") == RAISED for f in facts)]
    assert len(brought) == 1
    assert {fact.origin for fact in brought[0]} == {LOAD, AIR}


def test_a_muted_alarm_that_is_over_and_begins_anew_sounds_again(site: LocalSite) -> None:
    site.temperature(10.5, air=4.0)
    site.seconds_until(sounding=True)
    site.press()
    site.temperature(4.0, air=4.0)
    site.run(2 * MINUTE)
    assert site.alarms()[-1] == (CLEARED, LOAD, "A02")
    assert not site.switch.on
    site.temperature(10.5, air=4.0)
    site.run(5 * MINUTE)
    assert site.alarms()[-1] == (RAISED, LOAD, "A02")
    assert site.switch.on, "well within the ten minutes of the first one"
