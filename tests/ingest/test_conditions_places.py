"""What the rules see of places out of a store: contacts, silence, drift, and what a large site costs nobody."""

import random

import msgspec
import pytest
from support.intake import START
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, deliver, point_on, said

from coldchain.alarms import Condition, Severity
from coldchain.facts import EventKind, Fact, Sample
from ingest import conditions_look, conditions_places
from ingest.conditions import conditions
from ingest.conditions_look import Look
from ingest.pipeline import Pipeline

MINUTE = 60_000
PROBES = [
    f"{place}-{role}" for place in ("fridge-1", "fridge-2", "freezer-1", "platelet-1") for role in ("load", "air")
]
CELSIUS = {"fridge-1": 4.0, "fridge-2": 4.0, "freezer-1": -25.0, "platelet-1": 22.0}


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    return point_on(store)


def sampled(minutes: range, drift: float = 0.0) -> list[Fact]:
    """Return what all probes of the storage point measure, once a minute; fridge-1 drifts by so much a minute."""
    return [
        Sample(
            seq=0,
            origin=probe,
            taken_ms=START + minute * MINUTE,
            boottime_ms=minute * MINUTE + 1_000,
            micro_celsius=round(
                (CELSIUS[place] + (drift * max(0, minute - 60) if place == "fridge-1" else 0)) * 1_000_000
            ),
        )
        for minute in minutes
        for probe in PROBES
        for place in (probe.rpartition("-")[0],)
    ]


def told(pipeline: Pipeline, facts: list[Fact], now_min: float, first: int = 1) -> int:
    """Let the point send its facts at once; return the number that comes next."""
    now_ms = START + round(now_min * MINUTE)
    in_time = sorted(facts, key=lambda fact: (fact.taken_ms, fact.origin))
    numbered = [msgspec.structs.replace(fact, seq=first + i) for i, fact in enumerate(in_time)]
    for at in range(0, len(numbered), 400):
        deliver(pipeline, POINT, numbered[at : at + 400], mark_ms=now_ms, sent_ms=now_ms)
    return first + len(numbered)


def seen(store: MemoryStore, now_min: float) -> list[Condition]:
    """Return what is due."""
    now_ms = START + round(now_min * MINUTE)
    with store.reading() as session:
        return [one for one in conditions(session, now_ms) if one.due_ms <= now_ms]


def rules_of(found: list[Condition], place: str | None = None) -> list[str]:
    return [one.rule for one in found if place is None or one.place == place]


def test_a_calm_point_asks_for_nothing_and_an_empty_box_neither(store: MemoryStore, pipeline: Pipeline) -> None:
    told(pipeline, sampled(range(60)), 59)
    assert seen(store, 59.5) == []


def test_a_drifting_fridge_is_close_and_its_limit_foreseen(store: MemoryStore, pipeline: Pipeline) -> None:
    told(pipeline, sampled(range(109), drift=0.04), 108)
    found = seen(store, 108)
    assert rules_of(found) == ["A04", "A04", "A07", "A07"]
    assert {one.place for one in found} == {"fridge-1"}


def test_mains_of_the_site_say_where_they_lead(store: MemoryStore, pipeline: Pipeline) -> None:
    facts = [*sampled(range(90), drift=0.05), said(0, "site-mains", EventKind.MAINS_LOST, START + 60 * MINUTE)]
    told(pipeline, facts, 89)
    (cut,) = [one for one in seen(store, 89) if one.rule == "A06"]
    assert (cut.severity, cut.place, cut.values["first_place"]) == (Severity.CRITICAL, "", "fridge-1")


def test_silence_becomes_graver_while_nothing_arrives(store: MemoryStore, pipeline: Pipeline) -> None:
    told(pipeline, sampled(range(60)), 59)
    assert rules_of(seen(store, 63)) == ["A44"]
    quiet = seen(store, 75)
    assert {(one.rule, one.severity) for one in quiet} == {("A05", Severity.HIGH), ("A44", Severity.HIGH)}
    assert {one.subject for one in quiet if one.rule == "A05"} == set(PROBES)
    assert not [one for one in quiet if one.subject == BOX]


def test_a_large_site_is_read_in_turn_and_what_the_ledger_says_is_seen_at_once(
    store: MemoryStore, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions_look, "PART", 1)
    monkeypatch.setattr(conditions_places, "_LOOK", Look())
    first = told(pipeline, sampled(range(60)), 59)
    assert seen(store, 59) == []
    opened = said(0, "fridge-2-door", EventKind.DOOR_OPENED, START + 59 * MINUTE)
    first = told(pipeline, [opened, said(0, "site-mains", EventKind.MAINS_LOST, START + 59 * MINUTE)], 60, first)
    assert rules_of(seen(store, 61)) == ["A06", "A25"]
    told(pipeline, [said(0, "fridge-2-door", EventKind.DOOR_CLOSED, START + 60 * MINUTE)], 60, first)
    assert rules_of(seen(store, 61)) == ["A06"]


def test_in_turn_every_place_is_seen_and_another_ledger_is_no_continuation(
    store: MemoryStore, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions_look, "PART", 1)
    monkeypatch.setattr(conditions_places, "_LOOK", Look())
    first = told(pipeline, sampled(range(60)), 59)
    assert seen(store, 59) == []
    told(pipeline, sampled(range(60, 109), drift=0.04), 108, first)
    looks = [rules_of(seen(store, 108), "fridge-1") for _ in range(5)]
    assert looks[-1] == ["A04", "A04", "A07", "A07"]
    other = MemoryStore()
    told(point_on(other), sampled(range(60)), 59)
    assert seen(other, 59) == []


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_from_look_to_look_says_the_same_as_a_first_look(
    store: MemoryStore, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr(conditions_look, "PART", 1)
    kept, first, minute = Look(), 1, 60
    for _ in range(8):
        until = minute + dice.randrange(2, 15)
        facts = sampled(range(minute, until), drift=dice.choice([0.0, 0.03, 0.05])) if dice.random() < 0.7 else []
        contact, kinds = dice.choice(
            [
                ("fridge-1-door", (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)),
                ("freezer-1-door", (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)),
                ("site-mains", (EventKind.MAINS_LOST, EventKind.MAINS_RESTORED)),
                ("platelet-1-motion", (EventKind.AGITATION_STOPPED, EventKind.AGITATION_RESUMED)),
            ]
        )
        facts.append(said(0, contact, dice.choice(kinds), START + minute * MINUTE))
        first, minute = told(pipeline, facts, until, first), until
        monkeypatch.setattr(conditions_places, "_LOOK", kept)
        later = [seen(store, minute + look * 0.25) for look in range(7)]  # each place in its turn, and once more
        monkeypatch.setattr(conditions_places, "_LOOK", Look())
        assert later[-1] == seen(store, minute + 1.5)


def test_what_could_not_be_read_is_read_again_at_the_next_look(
    store: MemoryStore, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions_places, "_LOOK", Look())
    first = told(pipeline, sampled(range(60)), 59)
    assert seen(store, 59) == []
    told(pipeline, [said(0, "fridge-2-door", EventKind.DOOR_OPENED, START + 59 * MINUTE)], 60, first)
    with monkeypatch.context() as broken:
        broken.setattr(conditions_places, "_facts", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seen(store, 61)
    assert rules_of(seen(store, 61)) == ["A25"]


def test_a_place_whose_limits_are_not_loaded_still_has_its_door_mains_and_silence(
    store: MemoryStore, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions_places, "_LOOK", Look())
    monkeypatch.setattr(conditions_places, "profile_in", lambda *_: None)
    facts = sampled(range(60), drift=0.5)
    facts.append(said(0, "fridge-2-door", EventKind.DOOR_OPENED, START + 20 * MINUTE))
    facts.append(said(0, "site-mains", EventKind.MAINS_LOST, START + 20 * MINUTE))
    told(pipeline, facts, 59)
    assert rules_of(seen(store, 59)) == ["A06", "A25"]
    assert {"A05", "A06", "A25", "A44"} == set(rules_of(seen(store, 100)))
