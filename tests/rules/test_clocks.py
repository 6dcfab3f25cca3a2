"""Clocks of units: numbers on both sides of each limit, unknown time, and the same answer in any order."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from coldchain.closed_loop import ClockName, ClockState, ReturnReason, UnitClock
from coldchain.entries import StayRecord
from coldchain.places import PlaceKind
from coldchain.units import Exposure, Unit
from rules.clocks import clocks, may_return
from rules.limits import Profile
from rules.profile import load_profile
from rules.unit_time import Story, agitation_gaps, outings

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
T0 = 1_780_000_000_000


def loaded(name: str) -> Profile:
    return load_profile((Path(rules.__file__).parent / "profiles" / f"{name}.toml").read_bytes())


UK, CN, PLT = loaded("uk-rbc-1"), loaded("cn-rbc-3"), loaded("uk-plt-1")
KINDS = {"fridge": PlaceKind.FRIDGE, "box": PlaceKind.BOX, "agitator": PlaceKind.AGITATOR}


def unit(**changed: Any) -> Unit:
    made = Unit(
        id="u",
        issuer="i",
        scheme="local",
        donation_number="1",
        product_code="p",
        division="0",
        component="red cells",
        blood_group="O+",
        profile="uk-rbc",
        profile_version=1,
    )
    return msgspec.structs.replace(made, **changed)


def stay(number: int, place: str, begin: int, end: int | None, **changed: Any) -> StayRecord:
    made = StayRecord(
        unit="u",
        number=number,
        place=place,
        possible_from_ms=T0 + begin,
        certain_from_ms=T0 + begin,
        certain_to_ms=None if end is None else T0 + end,
        possible_to_ms=None if end is None else T0 + end,
        entered_by="person",
        left_by=None if end is None else "person",
        unseen_since_ms=None,
    )
    return msgspec.structs.replace(made, **changed)


def story(profile: Profile | None, now: int, *stays: StayRecord, **changed: Any) -> Story:
    return Story(**({"unit": unit(), "profile": profile, "stays": stays, "now_ms": T0 + now, "kinds": KINDS} | changed))


def clock(name: ClockName, told: Story) -> UnitClock:
    return next(one for one in clocks(told) if one.clock is name)


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (19, ClockState.WITHIN),
        (20, ClockState.WARNED),
        (30, ClockState.WARNED),
        (31, ClockState.OVER),
    ],
)
def test_a_unit_out_of_storage_is_warned_of_at_20_and_over_beyond_30_minutes(minutes: int, state: ClockState) -> None:
    found = clock(ClockName.OUTING, story(UK, HOUR + minutes * MINUTE, stay(1, "fridge", 0, HOUR)))
    assert (found.state, found.least_ms, found.running) == (state, minutes * MINUTE, True)
    assert found.due_ms == (None if minutes > 30 else T0 + HOUR + 30 * MINUTE)
    assert found.evidence in {"V", "V2", "K", "PROP"}
    assert "30" in found.source


def test_occasions_add_up_and_a_move_from_fridge_to_box_is_none() -> None:
    told = story(
        UK, 9 * HOUR, stay(1, "fridge", 0, HOUR), stay(2, "box", HOUR, 2 * HOUR), stay(3, "fridge", 3 * HOUR, None)
    )
    found = clock(ClockName.OUTINGS, told)
    assert (found.occasions, found.least_ms, found.most_ms, found.running) == (1, HOUR, HOUR, False)


def test_time_in_which_nobody_knows_where_it_was_makes_it_possibly_over() -> None:
    unseen = stay(1, "fridge", 0, None, certain_to_ms=T0 + HOUR)
    found = clock(ClockName.OUTING, story(UK, 2 * HOUR, unseen))
    assert (found.state, found.least_ms, found.most_ms) == (ClockState.POSSIBLY_OVER, 0, HOUR)


def test_issued_in_china_the_outing_is_only_counted_and_the_four_hours_run() -> None:
    told = story(CN, 5 * HOUR - 1, stay(1, "fridge", 0, HOUR), issued_ms=(T0 + HOUR,))
    assert clock(ClockName.OUTING, told).state is ClockState.COUNTED
    assert clock(ClockName.FOUR_HOURS, told).state is ClockState.WARNED
    late = story(CN, 5 * HOUR + 1, stay(1, "fridge", 0, HOUR), issued_ms=(T0 + HOUR,))
    assert clock(ClockName.FOUR_HOURS, late).state is ClockState.OVER
    early = story(CN, 4 * HOUR + 29 * MINUTE, stay(1, "fridge", 0, HOUR), issued_ms=(T0 + HOUR,))
    assert clock(ClockName.FOUR_HOURS, early).state is ClockState.WITHIN
    done = story(CN, 9 * HOUR, stay(1, "fridge", 0, HOUR), issued_ms=(T0 + HOUR,), end_ms=T0 + 2 * HOUR)
    assert clock(ClockName.FOUR_HOURS, done).least_ms == HOUR


def test_a_return_is_by_the_profile_28_minutes_yes_35_no_and_never_in_china() -> None:
    first = stay(1, "fridge", 0, HOUR)
    out = {"issued_ms": (T0 + HOUR,)}
    back = may_return(story(UK, HOUR + 28 * MINUTE, first, **out), T0 + HOUR + 28 * MINUTE, sealed=True, sound=True)
    assert (back.reason, back.out_ms) == (ReturnReason.ACCEPTED, 28 * MINUTE)
    exact = may_return(story(UK, HOUR + 30 * MINUTE, first, **out), T0 + HOUR + 30 * MINUTE, sealed=True, sound=True)
    assert exact.reason is ReturnReason.ACCEPTED
    late = may_return(story(UK, HOUR + 35 * MINUTE, first, **out), T0 + HOUR + 35 * MINUTE, sealed=True, sound=True)
    assert (late.reason, late.out_ms) == (ReturnReason.TOO_LONG, 35 * MINUTE)
    china = may_return(story(CN, HOUR + 28 * MINUTE, first, **out), T0 + HOUR + 28 * MINUTE, sealed=True, sound=True)
    assert china.reason is ReturnReason.NEVER
    opened = may_return(story(UK, HOUR + MINUTE, first, **out), T0 + HOUR + MINUTE, sealed=False, sound=True)
    assert opened.reason is ReturnReason.OPENED
    nobody = may_return(story(None, HOUR + MINUTE, first, **out), T0 + HOUR + MINUTE, sealed=True, sound=True)
    assert nobody.reason is ReturnReason.NO_RULE


def test_expiry_is_warned_of_as_the_profile_says_and_unknown_without_a_date() -> None:
    warn = CN.units.expiry_warn_ms
    assert warn is not None
    for now, state in (
        (-warn - 1, ClockState.WITHIN),
        (-warn, ClockState.WARNED),
        (-1, ClockState.WARNED),
        (0, ClockState.OVER),
    ):
        told = story(CN, now, unit=unit(expires_ms=T0))
        assert clock(ClockName.EXPIRY, told).state is state
    assert clock(ClockName.EXPIRY, story(CN, 0)).state is ClockState.UNKNOWN


def test_platelets_count_gaps_of_agitation_single_and_in_all_and_silence_of_the_contact_is_unknown() -> None:
    first = stay(1, "agitator", 0, 10 * HOUR)
    out_of_it = stay(2, "box", 10 * HOUR, 18 * HOUR)
    again = stay(3, "agitator", 18 * HOUR, None)
    moving = {"agitator": [(T0, T0 + 4 * HOUR), (T0 + 5 * HOUR, T0 + DAY)]}
    still = {"agitator": [(T0 + 4 * HOUR, T0 + 5 * HOUR)]}
    told = story(PLT, 20 * HOUR, first, out_of_it, again, moving=moving, still=still)
    assert [(one.least_ms, one.most_ms) for one in agitation_gaps(told)] == [(HOUR, HOUR), (8 * HOUR, 8 * HOUR)]
    assert clock(ClockName.AGITATION_GAP, told).state is ClockState.WITHIN
    assert clock(ClockName.AGITATION_GAPS, told).least_ms == 9 * HOUR
    longer = story(PLT, 20 * HOUR, first, stay(3, "agitator", 18 * HOUR + 1, None), moving=moving, still=still)
    assert clock(ClockName.AGITATION_GAP, longer).state is ClockState.OVER
    silent = story(PLT, 9 * HOUR, first, moving={}, still={})
    assert clock(ClockName.AGITATION_GAP, silent).state is ClockState.POSSIBLY_OVER


def test_the_road_counts_its_last_trip_against_the_longest_of_the_profile() -> None:
    road = UK.transport
    assert road is not None
    assert road.max_ms == 12 * HOUR
    for hours, state in ((12, ClockState.WITHIN), (13, ClockState.OVER)):
        told = story(UK, HOUR + hours * HOUR, stay(1, "fridge", 0, HOUR), stay(2, "box", HOUR, None))
        assert clock(ClockName.ROAD, told).state is state
    assert ClockName.ROAD not in {one.clock for one in clocks(story(UK, HOUR, stay(1, "fridge", 0, None)))}


def exposure(finding: str, out_ms: int, *, certain: bool = True, from_ms: int = T0) -> Exposure:
    return Exposure(
        unit="u",
        finding=finding,
        place="fridge",
        certain=certain,
        from_ms=from_ms,
        to_ms=from_ms + out_ms,
        out_ms_min=out_ms if certain else 0,
        out_ms_max=out_ms,
    )


def test_a_second_excursion_ever_is_over_and_a_doubtful_one_possibly() -> None:
    one, two = exposure("f1", HOUR), exposure("f2", HOUR, from_ms=T0 + 9 * HOUR)
    assert clock(ClockName.EXCURSIONS, story(UK, 0, excursions=[one])).state is ClockState.COUNTED
    assert clock(ClockName.EXCURSIONS, story(UK, 0, excursions=[one, two])).state is ClockState.OVER
    of_another_probe = exposure("f2", HOUR // 2, from_ms=T0 + HOUR // 4)
    assert clock(ClockName.EXCURSIONS, story(UK, 0, excursions=[one, of_another_probe])).occasions == 1
    doubtful = exposure("f2", HOUR, certain=False, from_ms=T0 + 9 * HOUR)
    assert clock(ClockName.EXCURSIONS, story(UK, 0, excursions=[one, doubtful])).state is ClockState.POSSIBLY_OVER


def test_without_a_profile_nothing_is_called_within() -> None:
    told = story(None, 9 * HOUR, stay(1, "fridge", 0, HOUR), issued_ms=(T0 + HOUR,))
    assert {one.state for one in clocks(told)} <= {ClockState.COUNTED, ClockState.UNKNOWN, ClockState.WITHIN}
    assert clock(ClockName.OUTING, told).state is ClockState.COUNTED


times = st.integers(0, 48).map(lambda half: half * 30 * MINUTE)


@st.composite
def stays(draw: st.DrawFn) -> list[StayRecord]:
    cuts = sorted(draw(st.lists(times, min_size=2, max_size=8, unique=True)))
    made = []
    for number, (begin, end) in enumerate(zip(cuts[::2], cuts[1::2], strict=False)):
        place = draw(st.sampled_from(sorted(KINDS)))
        doubt = draw(st.booleans())
        made.append(stay(number, place, begin, end, **({"certain_from_ms": None} if doubt else {})))
    return made


@given(told=stays(), issued=st.lists(times, max_size=3), data=st.data(), now=times)
def test_the_order_in_which_facts_come_changes_no_clock(
    told: list[StayRecord], issued: list[int], data: st.DataObject, now: int
) -> None:
    met = [exposure("f1", HOUR), exposure("f2", 2 * HOUR, certain=False)]
    mixed = data.draw(st.permutations(told))
    late = data.draw(st.permutations(issued))
    for profile in (UK, CN, PLT):
        one = story(profile, now, *told, issued_ms=[T0 + at for at in issued], excursions=met)
        other = story(profile, now, *mixed, issued_ms=[T0 + at for at in late], excursions=met[::-1])
        assert clocks(one) == clocks(other)


@given(told=stays(), now=times)
def test_what_is_certain_is_never_more_than_what_is_possible(told: list[StayRecord], now: int) -> None:
    for one in (*outings(story(UK, now, *told)), *agitation_gaps(story(PLT, now, *told))):
        assert 0 <= one.least_ms <= one.most_ms
        assert one.to_ms <= T0 + now


def test_two_probes_that_say_the_same_hour_spend_one_hour_of_the_budget() -> None:
    one, other = (exposure(name, 4 * HOUR) for name in ("f-1", "f-2"))
    alone = clock(ClockName.BUDGET, story(UK, DAY, excursions=[one]))
    both = clock(ClockName.BUDGET, story(UK, DAY, excursions=[one, other]))
    assert (alone.state, alone.occasions, alone.most_ms) == (ClockState.COUNTED, 1, 4 * HOUR)
    assert (both.state, both.occasions, both.least_ms, both.most_ms) == (ClockState.COUNTED, 1, 4 * HOUR, 4 * HOUR)
    apart = msgspec.structs.replace(other, from_ms=T0 + 5 * HOUR, to_ms=T0 + 9 * HOUR)
    assert clock(ClockName.BUDGET, story(UK, DAY, excursions=[one, apart])).state is ClockState.OVER


def test_after_a_return_the_four_hours_do_not_run_and_in_a_box_they_do() -> None:
    first, issued = stay(1, "fridge", 0, HOUR), (T0 + HOUR,)
    back = story(UK, 9 * HOUR, first, stay(2, "fridge", HOUR + 28 * MINUTE, None), issued_ms=issued)
    assert ClockName.FOUR_HOURS not in {one.clock for one in clocks(back)}
    carried = story(CN, 6 * HOUR, first, stay(2, "box", HOUR + MINUTE, 2 * HOUR), issued_ms=issued)
    four = clock(ClockName.FOUR_HOURS, carried)
    assert (four.state, four.since_ms) == (ClockState.OVER, T0 + HOUR)
    assert clock(ClockName.OUTING, carried).state is ClockState.COUNTED
