"""How a place stands while somebody works on it, while nobody confirmed its probe, and when probes seem crossed."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from support.rule_words import PLACE, at, by_the_minute, event_at
from support.standing_facts import DOOR, facts_of, place, probe_at, said

from coldchain.commission import Crossing, WorkKind, WorkWord
from coldchain.places import ProbeRole
from coldchain.standing import NoticeKind, PlaceState
from rules.conditions_notices import of_notices
from rules.conditions_silence import of_silence
from rules.counted import Counted, PlaceWork, counted_in
from rules.intervals import OPEN_END_MS
from rules.standing import PlaceFacts, place_standing
from rules.work_notices import of_crossings, of_work


def word(minute: float, kind: WorkKind, probe: str = "", *, begins: bool = True) -> WorkWord:
    said_by = {"reason": "ice bath", "name": "Li", "post": "nurse"}
    until_ms = at(minute + 30) if begins else None
    return WorkWord(kind=kind, place=PLACE, probe=probe, at_ms=at(minute), begins=begins, until_ms=until_ms, **said_by)


def working(facts: PlaceFacts, words: Sequence[WorkWord], inside: Sequence[tuple[int, int]] = ()) -> PlaceFacts:
    """Return the facts with this said of work on the place."""
    probes = [one.probe for one in facts.probes]
    work = PlaceWork(probes=probes, positions=(), commissionings=(), words=words, inside=inside)
    counted = counted_in(work)
    return replace(facts, work=work, probes=[replace(one, counted=counted[one.probe.id]) for one in facts.probes])


def test_a_probe_under_check_says_nothing_while_the_other_one_watches() -> None:
    load, air = probe_at(by_the_minute(*[0.0] * 3), 3), probe_at(by_the_minute(*[4.0] * 3), 3, role=ProbeRole.AIR)
    facts = replace(facts_of(load, air, now_min=3), findings=())
    facts = replace(facts, probes=[replace(one, state=None) for one in facts.probes])
    shown = place_standing(working(facts, [word(-1, WorkKind.UNDER_CHECK, "fridge-1-load")]))
    assert said(shown) == (PlaceState.UNDER_CHECK, "fridge-1-load", at(-1), None)
    assert [one.state for one in shown.probes] == [PlaceState.UNDER_CHECK, PlaceState.WITHIN]
    ended = [
        word(-1, WorkKind.UNDER_CHECK, "fridge-1-load"),
        word(2.5, WorkKind.UNDER_CHECK, "fridge-1-load", begins=False),
    ]
    assert place_standing(working(facts, ended)).probes[0].state is PlaceState.SILENT, "until the next reading"
    assert place_standing(working(facts, [])).probes[0].state is PlaceState.TOO_COLD


def test_a_probe_that_was_never_confirmed_does_not_count_since_it_was_registered_and_not_since_1970() -> None:
    load = probe_at(by_the_minute(*[4.0] * 3), 3)
    facts = replace(facts_of(load, now_min=3), findings=())
    counted = Counted(gaps=[(0, OPEN_END_MS)], unconfirmed=[(0, OPEN_END_MS)])
    probe = msgspec.structs.replace(facts.probes[0].probe, since_ms=at(1))
    shown = place_standing(replace(facts, probes=[replace(facts.probes[0], probe=probe, state=None, counted=counted)]))
    assert (shown.state, shown.since_ms) == (PlaceState.NOT_CONFIRMED, at(1))


def test_a_place_out_of_use_is_said_to_be_so_and_asks_for_a_look_once_it_lasts_too_long() -> None:
    facts = replace(facts_of(probe_at(by_the_minute(*[15.0] * 3), 3), now_min=3), findings=(), inside=0, possible=0)
    facts = replace(facts, probes=[replace(one, state=None) for one in facts.probes])
    opened = event_at("door-opened", 0)
    facts = replace(facts, contacts=[(DOOR, opened)])
    unused = [word(-1, WorkKind.OUT_OF_USE)]
    shown = place_standing(working(facts, unused))
    assert said(shown) == (PlaceState.OUT_OF_USE, None, at(-1), None)
    assert shown.notices == (), "it may stand open"
    late = replace(working(facts, unused), now_ms=at(28), heard_ms={})
    assert place_standing(late).state is PlaceState.OUT_OF_USE
    over = place_standing(replace(late, now_ms=at(29.5)))
    assert (over.state, [one.kind for one in over.notices]) == (PlaceState.ATTENTION, [NoticeKind.WORK_OVERRUN])


def test_blood_in_a_place_out_of_use_raises_a_notice_and_its_readings_count() -> None:
    facts = replace(facts_of(probe_at(by_the_minute(*[4.0] * 3), 3), now_min=3), findings=())
    shown = place_standing(working(facts, [word(-1, WorkKind.OUT_OF_USE)], [(at(1), OPEN_END_MS)]))
    assert (shown.state, shown.since_ms) == (PlaceState.ATTENTION, at(1))
    assert [one.kind for one in shown.notices] == [NoticeKind.UNIT_IN_UNUSED]
    warm = probe_at(by_the_minute(*[12.0] * 3), 3)
    hot = place_standing(working(facts_of(warm, now_min=3), [word(-1, WorkKind.OUT_OF_USE)], [(at(0), OPEN_END_MS)]))
    assert hot.state is PlaceState.TOO_WARM


def test_crossed_probes_are_told_at_both_places() -> None:
    crossing = Crossing(place="fridge-2", other=PLACE, since_ms=at(1), coincidences=9, openings=9)
    facts = replace(facts_of(probe_at(by_the_minute(*[4.0] * 3), 3), now_min=3), crossings=[crossing])
    (notice,) = place_standing(facts).notices
    assert (notice.kind, notice.origin, notice.due_ms) == (NoticeKind.PROBES_CROSSED, "fridge-2", at(1))
    other = of_crossings(msgspec.structs.replace(place(), id="fridge-2"), [crossing])
    assert [one.origin for one in other] == [PLACE]


def test_work_that_outlasts_its_end_is_an_alarm_and_grave_where_nobody_else_watches() -> None:
    load, air = probe_at(by_the_minute(*[4.0] * 3), 3), probe_at(by_the_minute(*[4.0] * 3), 3, role=ProbeRole.AIR)
    check = [word(-1, WorkKind.UNDER_CHECK, "fridge-1-load")]
    alone = replace(working(replace(facts_of(load, now_min=3), findings=()), check), now_ms=at(30))
    (one,) = of_notices(alone, of_work(alone.place, alone.work, alone.now_ms))
    assert (one.rule, one.subject, one.severity, one.since_ms) == ("A05", "fridge-1-load", "high", at(29))
    later = replace(alone, now_ms=at(89))
    assert of_notices(later, of_work(later.place, later.work, later.now_ms))[0].severity == "critical"
    both = replace(working(replace(facts_of(load, air, now_min=3), findings=()), check), now_ms=at(30))
    assert of_notices(both, of_work(both.place, both.work, both.now_ms))[0].severity == "medium"


def test_units_in_a_place_all_of_whose_probes_are_under_check_are_an_alarm_before_its_end() -> None:
    check = [replace_end(word(-1, WorkKind.UNDER_CHECK, "fridge-1-load"))]
    facts = replace(facts_of(probe_at(by_the_minute(*[4.0] * 3), 3), now_min=3), findings=())
    full = replace(working(facts, check, [(at(-60), OPEN_END_MS)]), now_ms=at(14))
    (one,) = of_silence(full)
    assert (one.rule, one.subject, one.severity, one.values["what"]) == ("A05", PLACE, "high", "unwatched")
    assert of_silence(replace(full, now_ms=at(13))) == []
    assert of_silence(replace(full, now_ms=at(59)))[0].severity == "critical"
    assert of_silence(replace(working(facts, check), now_ms=at(59))) == []


def replace_end(one: WorkWord) -> WorkWord:
    return msgspec.structs.replace(one, until_ms=at(600))
