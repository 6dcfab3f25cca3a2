"""The oracle and the rules share no line of code: over the same answers they must find the same."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.hand_record import LIMITS, LOAD, STEP_MS, record
from support.polled_site import storage_day

from coldchain.entries import RecordedEvent
from coldchain.history import History
from coldchain.places import CONTACT_WORDS, ContactKind, PlaceKind, ProbeRole
from firmware_sim.record import Change, PlaceRecord, Record
from firmware_sim.scenario import night_failure, storage_point
from firmware_sim.story import DEFROST, DOOR, LID, Place, Probe
from firmware_sim.truth import truth_of
from firmware_sim.truth_runs import samples_of
from rules.excursion import Watch, fold, standing
from rules.excuses import excused_by
from rules.fold_state import FoldState
from rules.limits import Excuse
from rules.profile import Profile, load_profile

PROFILES = Path(__file__).resolve().parents[2] / "rules" / "profiles"
Found = tuple[str, str, str, str | None, int, int | None, int | None, int | None]


def shipped() -> dict[tuple[str, int], Profile]:
    loaded = [load_profile(path.read_bytes()) for path in PROFILES.glob("*.toml")]
    return {(profile.id, profile.version): profile for profile in loaded}


def profile_of(place: Place | PlaceRecord) -> Profile:
    return shipped()[place.profile, place.profile_version].at(PlaceKind(place.kind))


def words_of(log: Record, place: str) -> list[RecordedEvent]:
    """What a host noticed of the place's doors and defrosts, as the centre records it."""
    words: list[RecordedEvent] = []
    for contact in log.contacts.values():
        if contact.contact.place != place or contact.contact.kind not in {DOOR, LID, DEFROST}:
            continue
        spoken = CONTACT_WORDS[ContactKind(contact.contact.kind)]
        for change in contact.noticed:
            kind = spoken.on if change.on else spoken.off
            words.append(event(len(words) + 1, contact.contact.id, str(kind), change.at_ms))
    return words


def event(seq: int, origin: str, kind: str, at_ms: int) -> RecordedEvent:
    return RecordedEvent(
        gateway="gw-1",
        epoch="e",
        seq=seq,
        place="p",
        origin=origin,
        kind=kind,
        boot="b",
        origin_seq=None,
        taken_ms=at_ms,
        boottime_ms=at_ms,
        earliest_ms=None,
        latest_ms=at_ms,
        epc=None,
        details={},
    )


def found_by_rules(log: Record, place: PlaceRecord, probe: Probe, profile: Profile) -> list[Found]:
    answers = samples_of(log, probe, log.until_ms)
    if not answers:
        return []
    history = History(
        taken_ms=np.array([at_ms for at_ms, _ in answers], np.int64),
        micro_celsius=np.array([value or 0 for _, value in answers], np.int64),
        quality=np.array([value is None for _, value in answers], np.int8),
    )
    watch = Watch(
        profile=profile,
        role=ProbeRole(probe.role),
        horizon_ms=answers[-1][0],
        excused=excused_by(words_of(log, place.id), profile),
    )
    folded = fold(FoldState(), history, watch)
    return [
        (
            probe.id,
            str(episode.kind),
            episode.rule,
            None if episode.direction is None else str(episode.direction),
            episode.start_ms,
            episode.end_ms,
            episode.samples_out if episode.direction else None,
            episode.peak_micro_celsius,
        )
        for episode in [*folded.episodes, *standing(folded.state, watch)]
    ]


def found_by_oracle(log: Record) -> list[Found]:
    return [
        (
            finding["probe"],
            finding["kind"],
            finding["rule"],
            finding["direction"],
            finding["first_out_ms"],
            finding["first_back_ms"],
            finding["samples_out"] if finding["direction"] else None,
            finding["peak_micro_celsius"],
        )
        for finding in truth_of(log, log.until_ms)["expected_findings"]
    ]


def in_order(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=repr)


@pytest.mark.parametrize("place", [*storage_point().places, *night_failure().places], ids=lambda place: place.id)
def test_the_oracles_own_numbers_are_those_of_the_profiles(place: Place) -> None:
    profile, limits = profile_of(place), place.limits

    def micro(tenths: int | None) -> int | None:
        return None if tenths is None else tenths * 100_000

    assert (micro(limits.cold_tenths), micro(limits.warm_tenths)) == (
        profile.low_micro_celsius,
        profile.high_micro_celsius,
    )
    assert (micro(limits.hard_cold_tenths), micro(limits.hard_warm_tenths)) == (
        profile.hard_low_micro_celsius,
        profile.hard_high_micro_celsius,
    )
    assert limits.strict is not profile.high_inclusive
    assert limits.hard_cold_tenths is None or limits.hard_itself == profile.hard_low_counts
    assert limits.hard_warm_tenths is None or limits.hard_itself == profile.hard_high_counts
    excuse = Excuse(
        door_recovery_ms=limits.door_recovery_ms or 0,
        defrost_recovery_ms=limits.defrost_recovery_ms or 0,
        most_ms=limits.excuse_at_most_ms,
    )
    assert excuse == profile.excuse
    assert limits.hard_air_ms == profile.hard_air_ms
    assert limits.sensor_fault_ms == profile.sensor_fault_ms
    assert limits.limit_rule == profile.limit_rule
    for probe in place.probes:
        assert probe.delay_ms == profile.delay_ms(ProbeRole(probe.role))


@pytest.mark.parametrize("seed", range(1, 12))
def test_of_the_day_at_the_storage_point_both_find_the_same(seed: int) -> None:
    log = storage_day(seed).record
    found = [
        finding
        for place in log.places.values()
        for probe in place.probes
        for finding in found_by_rules(log, place, probe, profile_of(place))
    ]
    assert in_order(found) == in_order(found_by_oracle(log))
    assert len(found) == 5


NO_SENSOR = -0x8000
TENTHS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([61, 75, 100, 101, 19, 10, 9]), st.integers(4, 14)),
        st.tuples(st.sampled_from([40, 20, 60, NO_SENSOR]), st.integers(1, 8)),
    ),
    min_size=1,
    max_size=6,
)
CHANGES = st.lists(st.integers(0, 90).map(lambda step: step * 10_000), max_size=6, unique=True).map(sorted)
SHORT = replace(
    LIMITS,
    sensor_fault_ms=100_000,
    hard_air_ms=60_000,
    door_recovery_ms=50_000,
    defrost_recovery_ms=130_000,
    excuse_at_most_ms=160_000,
)


def short_profile() -> Profile:
    """The profile of the oracle's short numbers, so that much happens in few samples."""
    return replace(
        shipped()["cn-rbc", 2],
        load_delay_ms=60_000,
        air_delay_ms=120_000,
        hard_air_ms=60_000,
        sensor_fault_ms=100_000,
        excuse=Excuse(door_recovery_ms=50_000, defrost_recovery_ms=130_000, most_ms=160_000),
    )


@settings(max_examples=400)
@given(stretches=TENTHS, doors=CHANGES, defrosts=st.one_of(st.just([]), CHANGES), role=st.sampled_from(["load", "air"]))
def test_of_any_samples_doors_and_defrosts_both_find_the_same(
    stretches: list[tuple[int, int]], doors: list[int], defrosts: list[int], role: str
) -> None:
    probe = replace(LOAD, role=role, delay_ms=120_000 if role == "air" else 60_000)
    tenths = [value for value, count in stretches for _ in range(count)]
    log = record([*tenths, 40], limits=SHORT, probe=probe)  # it ends well: what lasts is told in other tests
    for contact, times_ms in (("p-door", doors), ("p-defrost", defrosts)):
        for number, at_ms in enumerate(times_ms):
            log.notice(contact, Change(at_ms, on=number % 2 == 0))
    log.until_ms = max([log.until_ms, *doors, *defrosts])
    (place,) = log.places.values()
    assert in_order(found_by_rules(log, place, probe, short_profile())) == in_order(found_by_oracle(log))
    assert STEP_MS == 20_000
