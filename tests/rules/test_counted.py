"""Which readings count: positions, confirmations and work states, told in any order."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.histories import Reading, history_of
from support.rule_words import GATEWAY, PLACE, at, by_the_minute, shipped

from coldchain.commission import Commissioning, Position, WorkKind, WorkWord
from coldchain.history import History
from coldchain.places import Probe, ProbeRole
from coldchain.standing import PlaceState
from coldchain.units import FindingKind
from rules.counted import ALL_COUNTS, Counted, PlaceWork, Read, changed_in, counted_in, lasted, planned_end_ms
from rules.excursion import Episode, Watch, beginning, fold, fold_one_by_one, standing
from rules.intervals import OPEN_END_MS, common, united, without

LOAD = Probe(id="load", place=PLACE, gateway=GATEWAY, role=ProbeRole.LOAD, since_ms=at(0))
AIR = Probe(id="air", place=PLACE, gateway=GATEWAY, role=ProbeRole.AIR, since_ms=at(0))
PROFILE = shipped("cn-rbc-2")


def position(minute: float, *, probe: str = "load", required: bool = True, serial: str = "s-1") -> Position:
    return Position(
        probe=probe,
        place=PLACE,
        gateway=GATEWAY,
        role=ProbeRole.LOAD,
        from_ms=at(minute),
        required=required,
        serial=serial,
    )


def confirmed(minute: float, since: float | None = None) -> Commissioning:
    return Commissioning(
        probe="load",
        place=PLACE,
        at_ms=at(minute),
        from_ms=at(minute if since is None else since),
        began_ms=at(minute - 2),
        rise_micro_celsius=9_000_000,
        second_micro_celsius=100_000,
        name="Li",
        post="nurse",
    )


def word(minute: float, kind: WorkKind = WorkKind.UNDER_CHECK, *, begins: bool = True, probe: str = "load") -> WorkWord:
    return WorkWord(
        kind=kind,
        place=PLACE,
        probe=probe if kind is WorkKind.UNDER_CHECK else "",
        at_ms=at(minute),
        begins=begins,
        until_ms=at(minute + 60) if begins else None,
        reason="ice bath",
        name="Li",
        post="nurse",
    )


def counts(
    *,
    probes: Sequence[Probe] = (LOAD, AIR),
    positions: Sequence[Position] = (),
    said: Sequence[Commissioning] = (),
    words: Sequence[WorkWord] = (),
    inside: Sequence[tuple[int, int]] = (),
) -> dict[str, Counted]:
    work = PlaceWork(probes=probes, positions=positions, commissionings=said, words=words, inside=inside)
    return counted_in(work)


def reader(readings: Sequence[Reading]) -> Read:
    history = history_of(readings)
    return history.between


def found(counted: Counted, readings: Sequence[Reading], until: float) -> list[Episode]:
    watch = Watch(profile=PROFILE, role=ProbeRole.LOAD, horizon_ms=at(until), since_ms=at(0))
    history = counted.judged(reader(readings))(0, at(until))
    begun = beginning(watch, int(history.taken_ms[0]) if len(history) else None)
    folded = fold(begun, history, watch)
    assert folded.state == fold_one_by_one(begun, history, watch).state
    return folded.episodes + standing(folded.state, watch)


def test_what_was_registered_before_there_were_positions_counts() -> None:
    assert counts()["load"] == Counted(gaps=[], rests=[], unconfirmed=[], checked=[], unused=[])
    assert counts(positions=[position(0, required=False)])["load"].at(at(5))


def test_a_new_probe_counts_from_its_confirmation_on_and_nothing_before() -> None:
    assert counts(positions=[position(0)])["load"].gaps == [(0, OPEN_END_MS)]
    counted = counts(positions=[position(0)], said=[confirmed(30)])["load"]
    assert counted.gaps == [(0, at(30))]
    assert counted.rests == [(at(30), at(50))], "it is still warm from the hand, and the air probe watches"
    assert (counted.at(at(27)), counted.at(at(50))) == (False, True)
    assert counted.why_not(at(27)) == (PlaceState.NOT_CONFIRMED, 0)
    assert counted.why_not(at(49)) == (PlaceState.UNDER_CHECK, at(28))
    assert counted.why_not(at(50)) is None
    alone = counts(probes=[LOAD], positions=[position(0)], said=[confirmed(30)])["load"]
    assert (alone.gaps, alone.rests) == ([(0, at(50))], [])


def test_a_confirmation_reaches_back_as_far_as_it_says_but_not_before_its_position() -> None:
    late = counts(positions=[position(0), position(60)], said=[confirmed(90, since=70)])["load"]
    assert late.gaps == [(0, at(70))]
    early = counts(positions=[position(0), position(60)], said=[confirmed(5), confirmed(90, since=20)])["load"]
    assert early.gaps == [(0, at(5))]


def test_another_position_begins_unconfirmed_again() -> None:
    counted = counts(positions=[position(0), position(60, serial="s-2")], said=[confirmed(5)])["load"]
    assert counted.gaps == [(0, at(5)), (at(60), OPEN_END_MS)]


def test_time_that_is_not_confirmed_is_a_gap_like_any_other() -> None:
    calm = by_the_minute(*[4.0] * 400)
    assert found(counts()["load"], calm, 399) == []
    episodes = found(counts(positions=[position(0)])["load"], calm, 399)
    assert [(one.kind, one.start_ms, one.end_ms) for one in episodes] == [(FindingKind.UNMEASURED, at(0), None)]
    warm = by_the_minute(*[12.0] * 60)
    assert found(counts(positions=[position(0)])["load"], warm, 59) == []
    late = counts(probes=[LOAD], positions=[position(0)], said=[confirmed(300)])["load"]
    assert [(one.start_ms, one.end_ms) for one in found(late, calm, 399)] == [(at(0), at(320))]


def test_under_check_the_other_probe_watches_and_without_one_nobody_does() -> None:
    words = [word(10), word(300, begins=False)]
    watched = counts(words=words)["load"]
    assert (watched.gaps, watched.rests) == ([], [(at(10), at(300))])
    alone = counts(probes=[LOAD], words=words)["load"]
    assert (alone.gaps, alone.rests) == ([(at(10), at(300))], [])
    both = counts(words=[*words, word(20, probe="air"), word(30, begins=False, probe="air")])
    assert both["load"].rests == [(at(10), at(20)), (at(30), at(300))]
    assert (both["load"].gaps, both["air"].gaps) == ([(at(20), at(30))], [(at(20), at(30))])


def test_an_ice_bath_is_no_excursion_and_no_gap_while_the_other_probe_watches() -> None:
    bath = by_the_minute(*[4.0] * 10, *[0.0] * 290, *[4.0] * 50)
    words = [word(9.5), word(300, begins=False)]
    assert [one.kind for one in found(counts()["load"], bath, 349)] == [FindingKind.EXCURSION]
    assert found(counts(words=words)["load"], bath, 349) == []
    alone = found(counts(probes=[LOAD], words=words)["load"], bath, 349)
    assert [one.kind for one in alone] == [FindingKind.UNMEASURED]


def test_what_lasts_when_a_rest_begins_ends_there_and_silence_after_it_is_judged() -> None:
    warm = by_the_minute(*[4.0] * 5, *[9.0] * 30)
    words = [word(20), word(40, begins=False)]
    episodes = found(counts(words=words)["load"], warm, 400)
    assert [(one.kind, one.start_ms, one.end_ms) for one in episodes] == [
        (FindingKind.EXCURSION, at(5), at(20)),
        (FindingKind.UNMEASURED, at(40) - 1, None),
    ]


def test_a_place_out_of_use_is_judged_as_long_as_something_may_be_inside() -> None:
    words = [word(10, WorkKind.OUT_OF_USE), word(300, WorkKind.OUT_OF_USE, begins=False)]
    warm = by_the_minute(*[4.0] * 10, *[15.0] * 290, *[4.0] * 50)
    empty = counts(words=words)["load"]
    assert empty.rests == [(at(10), at(300))]
    assert empty.why_not(at(11)) == (PlaceState.OUT_OF_USE, at(10))
    assert found(empty, warm, 349) == []
    entered = counts(words=words, inside=[(at(60), at(90))])["load"]
    assert entered.rests == [(at(10), at(60)), (at(90), at(300))]
    assert [(one.start_ms, one.end_ms) for one in found(entered, warm, 349)] == [(at(60), at(90))]


def test_beginnings_and_ends_pair_by_their_time() -> None:
    assert lasted([word(5), word(5, begins=False)], WorkKind.UNDER_CHECK, "load") == [(at(5), OPEN_END_MS)]
    assert lasted([word(9, begins=False)], WorkKind.UNDER_CHECK, "load") == []
    longer = [word(5), word(30)]
    assert lasted(longer, WorkKind.UNDER_CHECK, "load") == [(at(5), OPEN_END_MS)]
    assert planned_end_ms(longer, WorkKind.UNDER_CHECK, "load", at(10)) == at(65)
    assert planned_end_ms(longer, WorkKind.UNDER_CHECK, "load", at(31)) == at(90)
    assert planned_end_ms([*longer, word(40, begins=False)], WorkKind.UNDER_CHECK, "load", at(50)) is None


MINUTES = st.integers(0, 200)
WORDS = st.lists(
    st.builds(
        lambda minute, kind, begins, probe: word(minute, kind, begins=begins, probe=probe),
        MINUTES,
        st.sampled_from(WorkKind),
        st.booleans(),
        st.sampled_from(["load", "air"]),
    ),
    max_size=8,
)
POSITIONS = st.lists(st.builds(lambda m, r: position(m, required=r), MINUTES, st.booleans()), max_size=3).map(
    lambda many: list({one.from_ms: one for one in many}.values())
)
SAID = st.lists(st.builds(lambda m, back: confirmed(m, m - back), MINUTES, st.integers(0, 50)), max_size=3)


@given(WORDS, POSITIONS, SAID, st.randoms())
def test_the_order_in_which_it_was_told_changes_nothing(
    words: list[WorkWord], positions: list[Position], said: list[Commissioning], random: st.DrawFn
) -> None:
    told = counts(words=words, positions=positions, said=said)
    shuffled = [list(words), list(positions), list(said)]
    for one in shuffled:
        random.shuffle(one)  # type: ignore[attr-defined]
    assert counts(words=shuffled[0], positions=shuffled[1], said=shuffled[2]) == told  # type: ignore[arg-type]


@given(WORDS, POSITIONS, SAID, st.lists(st.tuples(MINUTES, MINUTES), max_size=3))
def test_every_reading_counts_or_is_left_out_and_marks_stand_in_order(
    words: list[WorkWord], positions: list[Position], said: list[Commissioning], stays: list[tuple[int, int]]
) -> None:
    inside = [(at(min(stay)), at(max(stay))) for stay in stays]
    every = by_the_minute(*[4.0] * 200, first=0.25)
    for counted in counts(words=words, positions=positions, said=said, inside=inside).values():
        assert common(counted.gaps, counted.rests) == []
        measured = counted.measured(reader(every))(0, OPEN_END_MS)
        assert measured.taken_ms.tolist() == [ms for ms, _ in every if counted.at(ms)]
        judged = counted.judged(reader(every))(0, OPEN_END_MS)
        assert np.all(np.diff(judged.taken_ms) > 0)
        assert len(judged) == len(measured) + len(counted.marks(0, OPEN_END_MS))
        halves = [counted.judged(reader(every))(*part) for part in ((0, at(77)), (at(77), OPEN_END_MS))]
        assert [ms for half in halves for ms in half.taken_ms.tolist()] == judged.taken_ms.tolist()
        for ms, _ in every:
            assert (counted.why_not(ms) is None) == counted.at(ms)


@given(WORDS, WORDS)
def test_what_changed_is_found_and_nothing_before_it_differs(before: list[WorkWord], after: list[WorkWord]) -> None:
    old, new = counts(words=before)["load"], counts(words=before + after)["load"]
    changed = changed_in(old, new)
    every = by_the_minute(*[4.0] * 200, first=0.25)
    from_ms, to_ms = changed or (OPEN_END_MS, OPEN_END_MS)
    for part in ((0, from_ms), (to_ms, OPEN_END_MS)):
        parts: list[History] = [one.judged(reader(every))(*part) for one in (old, new)]
        assert parts[0].taken_ms.tolist() == parts[1].taken_ms.tolist()
    assert changed_in(new, new) is None
    assert changed_in(ALL_COUNTS, new) == changed_in(new, ALL_COUNTS)


def test_stretches_are_cut_out_of_stretches() -> None:
    assert without([(0, 10), (20, 30)], [(5, 22), (29, 40)]) == [(0, 5), (22, 29)]
    assert without([(0, 10)], []) == [(0, 10)]
    assert common([(0, 10), (20, 30)], [(5, 25)]) == [(5, 10), (20, 25)]
    assert united([(5, 7), (0, 5)]) == [(0, 7)]
