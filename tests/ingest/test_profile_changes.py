"""Profiles are proposed by one and approved by another; what a place keeps changes from an instant on, never before."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import cn_rbc_toml
from support.intake import END, HOUR, PLACE, START, a_day, people, pipeline_on, sample, send, verdicts
from support.memory_store import MemoryStore

from coldchain.errors import ColdchainError, ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import Fact
from coldchain.places import ProfileRecord
from coldchain.profiles import ApproveProfile, KeepProfile, ProposeProfile
from coldchain.units import Exposure, Finding, FindingStatus
from ingest.pipeline import Pipeline
from ingest.sealing import holds_in_use
from rules.profile import profile_record

MINUTE = 60_000
WIDE = (
    cn_rbc_toml()
    .replace(b'id = "cn-rbc"', b'id = "own-rbc"')
    .replace(b'high_celsius = "6.0"', b'high_celsius = "8.0"')
    .replace(b"version = 1", b"version = 1")
)


def wide() -> ProfileRecord:
    return profile_record(WIDE)


def proposal(**changed: object) -> ProposeProfile:
    said = {"profile": "own-rbc", "version": 1, "name": "Li", "post": "quality", "reason": "trial", "actor": "li"}
    return ProposeProfile(**{**said, "toml": WIDE.decode(), **changed})  # type: ignore[arg-type]


def approval(**changed: object) -> ApproveProfile:
    said = {"profile": "own-rbc", "version": 1, "sha256": wide().sha256, "approved": True}
    who = {"name": "Wang", "post": "head of quality", "reason": "validated", "actor": "wang"}
    return ApproveProfile(**{**said, **who, **changed})  # type: ignore[arg-type]


def change(from_ms: int | None, **changed: object) -> KeepProfile:
    said = {"place": PLACE, "profile": "own-rbc", "version": 1, "from_ms": from_ms}
    who = {"name": "Li", "post": "quality", "second_name": "Wang", "second_post": "head of quality"}
    return KeepProfile(**{**said, **who, "reason": "trial", "actor": "li", **changed})  # type: ignore[arg-type]


def approved_on(store: MemoryStore, now_ms: int) -> Pipeline:
    pipeline = pipeline_on(store, now_ms)
    pipeline.record(proposal(), now_ms)
    pipeline.record(approval(), now_ms)
    return pipeline


def steady(micro_celsius: int, minutes: int, seq: int = 1) -> list[Fact]:
    return [sample(seq + n, START + n * MINUTE, micro_celsius) for n in range(minutes)]


def findings(store: MemoryStore) -> list[Finding]:
    with store.reading() as session:
        found = [one for one in session.records.findings() if one.status is not FindingStatus.WITHDRAWN]
    return sorted((one for one in found if one.rule in {"A01", "A02"}), key=lambda one: one.start_ms)


def test_a_profile_of_ones_own_is_loaded_approved_and_kept_from_now_on() -> None:
    store = MemoryStore()
    pipeline = approved_on(store, START)
    pipeline.record(change(None), START + HOUR)
    with store.reading() as session:
        kept = session.records.place_profiles(PLACE)
        assert [(one.profile, one.from_ms, one.second_name) for one in kept] == [("own-rbc", START + HOUR, "Wang")]
        assert session.records.profile("own-rbc", 1) == wide()
        assert [one.approved for one in session.records.profile_approvals()] == [True]


def test_what_was_sent_twice_is_recorded_once() -> None:
    store = MemoryStore()
    pipeline = approved_on(store, START)
    pipeline.record(change(None), START)
    with store.reading() as session:
        before = session.ledger.next_seq()
    for fact in (proposal(), approval(), change(None)):
        if not isinstance(fact, ProposeProfile):
            pipeline.record(fact, START + MINUTE)
    with store.reading() as session:
        assert session.ledger.next_seq() == before


REFUSALS = [
    ([proposal(name=" ")], InvalidValueError, "name"),
    ([proposal(reason=" ")], InvalidValueError, "say why"),
    ([proposal(version=2)], InvalidValueError, "the file is of profile own-rbc version 1"),
    ([proposal(toml="")], UnknownThingError, "propose it with its file"),
    ([proposal(toml="id = 1")], InvalidValueError, "lacks the key"),
    ([proposal(), proposal(toml=WIDE.decode() + "# changed\n")], ConflictError, "new version number"),
    ([approval()], UnknownThingError, "not known here"),
    ([approval(profile="cn-rbc", version=1)], ConflictError, "nobody has proposed"),
    ([proposal(), approval(name=" li ")], ConflictError, "another person"),
    ([proposal(), approval(sha256="00")], ConflictError, "another file"),
    ([proposal(), change(None)], ConflictError, "not approved"),
    ([proposal(), approval(approved=False), change(None)], ConflictError, "not approved"),
    ([proposal(), approval(), approval(approved=False, reason="no"), change(None)], ConflictError, "not approved"),
    ([proposal(), approval(), change(None, second_name="LI")], InvalidValueError, "another person"),
    ([proposal(), approval(), change(None, second_name="L\u200bi.")], InvalidValueError, "another person"),
    ([proposal(), approval(name="Ｌ·i")], ConflictError, "another person"),
    ([proposal(), approval(), change(START - 1)], InvalidValueError, "lies before now"),
    ([proposal(), approval(), change(START + 400 * 24 * HOUR)], InvalidValueError, "more than a year ahead"),
    ([proposal(), approval(), change(None, place="nowhere")], UnknownThingError, "nowhere"),
]


@pytest.mark.parametrize(("facts", "error", "said"), REFUSALS, ids=[said for _, _, said in REFUSALS])
def test_a_slip_is_refused_with_its_reason_and_nothing_changes(
    facts: list[ProposeProfile | ApproveProfile | KeepProfile], error: type[ColdchainError], said: str
) -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store, START)
    for fact in facts[:-1]:
        pipeline.record(fact, START)
    with store.reading() as session:
        before = session.ledger.next_seq()
    with pytest.raises(error, match=said):
        pipeline.record(facts[-1], START)
    with store.reading() as session:
        assert session.ledger.next_seq() == before


def test_an_excursion_ends_where_wider_limits_begin_and_keeps_the_version_it_was_found_under() -> None:
    store = MemoryStore()
    pipeline = approved_on(store, START)
    at_ms = START + 60 * MINUTE
    pipeline.record(change(at_ms), START)
    send(pipeline, steady(7_000_000, 120))
    [found] = findings(store)
    assert (found.start_ms, found.end_ms, found.profile, found.profile_version) == (START, at_ms, "cn-rbc", 1)


def test_an_excursion_under_narrower_limits_begins_with_them() -> None:
    store = MemoryStore()
    pipeline = approved_on(store, START)
    pipeline.record(change(START), START)
    back_ms = START + 60 * MINUTE
    pipeline.record(proposal(profile="cn-rbc", toml=""), START)
    with store.reading() as session:
        known = session.records.profile("cn-rbc", 1)
    assert known is not None
    pipeline.record(approval(profile="cn-rbc", sha256=known.sha256), START)
    pipeline.record(change(back_ms, profile="cn-rbc"), START)
    send(pipeline, steady(7_000_000, 120))
    [found] = findings(store)
    assert (found.start_ms, found.end_ms, found.profile) == (back_ms, None, "cn-rbc")
    assert found.condition_ms == back_ms + 5 * MINUTE


def test_the_last_word_counts_also_over_a_change_that_was_to_come() -> None:
    store = MemoryStore()
    pipeline = approved_on(store, START)
    pipeline.record(change(START + 10 * HOUR), START)
    pipeline.record(change(START + HOUR, reason="sooner"), START + MINUTE)
    send(pipeline, steady(7_000_000, 120))
    [found] = findings(store)
    assert found.end_ms == START + HOUR


def test_a_settings_file_that_names_another_version_is_told_where_to_change_it() -> None:
    store = MemoryStore()
    pipeline = approved_on(store, START)
    send(pipeline, steady(4_000_000, 2))
    with store.reading() as session:
        place = session.records.place(PLACE)
    assert place is not None
    other = msgspec.structs.replace(place, profile="own-rbc")
    with pytest.raises(ConflictError, match="coldchain profiles keep"):
        pipeline.set_up([other], START)


def after(facts: list[Fact], seed: int, *, shuffled: bool) -> tuple[list[Finding], list[Exposure]]:
    """Return the verdicts on a day in which the limits change at noon, in order or delivered anyhow."""
    chance = random.Random(seed)
    store = MemoryStore()
    pipeline = approved_on(store, START)
    pipeline.record(change(START + 12 * HOUR + chance.randrange(HOUR)), START)
    words = people()
    batches = [facts[at : at + 100] for at in range(0, len(facts), 100)]
    if shuffled:
        batches = [facts[at : at + 37] for at in range(0, len(facts), 37)]
        random.Random(seed + 1).shuffle(batches)
    for word in words:
        pipeline.record(word, END)
    missing = {fact.seq: fact.taken_ms for fact in facts}
    for batch in batches:
        for fact in batch:
            missing.pop(fact.seq, None)
        send(pipeline, batch, mark_ms=min(missing.values(), default=None))
    send(pipeline, [])
    return verdicts(store)


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_the_verdict_over_a_change_does_not_depend_on_the_order_of_arrival(seed: int) -> None:
    facts = a_day(seed)
    assert after(facts, seed, shuffled=True) == after(facts, seed, shuffled=False)


def test_sums_are_made_for_every_hold_time_that_a_place_ever_had() -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store, START)
    toml = WIDE.replace(b"hold_s = 300", b"hold_s = 240")
    assert toml != WIDE
    sha256 = profile_record(toml).sha256
    pipeline.record(proposal(toml=toml.decode()), START)
    pipeline.record(approval(sha256=sha256), START)
    pipeline.record(change(None), START + HOUR)
    with store.reading() as session:
        (probe, *_) = [one for one in session.records.probes() if one.place == PLACE]
        assert holds_in_use(session, probe) == [240_000, 300_000]
