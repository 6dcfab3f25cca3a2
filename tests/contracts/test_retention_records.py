"""Retention as every store keeps it: words of people, and blocks that go only as a ledger entry names them."""

from typing import Any

import msgspec
import pytest
from support import store_words as words

from coldchain.blocks import DAY_MS, ClosedDay
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import SampleRow, Session, Store
from coldchain.retention import (
    Disposal,
    DisposalSpan,
    DisposalState,
    HoldScope,
    Kept,
    KeptBlock,
    LegalHold,
    Removal,
    RetentionPolicy,
)
from coldchain.stamps import ReadingDigest, TimeStamp
from ingest.sealing import seal_block

PROBE = "fridge-1-load"
SIGNED: dict[str, Any] = {"name": "李华", "post": "QA"}
HOLD_MS = 600_000


def policy(what: Kept = Kept.READINGS, profile: str = "", years: int = 10) -> RetentionPolicy:
    return RetentionPolicy(what=what, profile=profile, years=years, source="law", at_ms=5, **SIGNED)


def hold(name: str, **changed: Any) -> LegalHold:
    made = LegalHold(id=name, scope=HoldScope.EVERYTHING, subject="", reason="court", at_ms=5, **SIGNED)
    return msgspec.structs.replace(made, **changed)


def disposal(name: str, blocks: tuple[KeptBlock, ...] = (), **changed: Any) -> Disposal:
    spans = tuple(DisposalSpan(probe=one.probe, from_day=one.day, to_day=one.day, blocks=1) for one in blocks)
    made = Disposal(
        id=name,
        version=1,
        state=DisposalState.PROPOSED,
        spans=spans,
        blocks=len(blocks),
        readings=sum(one.n for one in blocks),
        sha256="0" * 64,
        reason="over",
        proposed_ms=5,
        proposed_name="李华",
        proposed_post="QA",
    )
    return msgspec.structs.replace(made, **changed)


def keep(store: Store, kind: EntryKind, *payloads: msgspec.Struct) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload) for payload in payloads], 5)


def row(day: int, n: int = 3, seq: int = 1) -> SampleRow:
    return words.samples([day * DAY_MS + (seq + i) * 60_000 for i in range(n)], [4_000_000] * n)


def sealed_day(session: Session, day: int, seq: int = 1) -> None:
    session.readings.append_samples(row(day, seq=seq))
    generation = 1 + max((one.generation for one in session.readings.kept_blocks(PROBE, day)), default=0)
    seal_block(session, ClosedDay(probe=PROBE, day=day, generation=generation), "site", [HOLD_MS], 5)


def removal(name: str, blocks: tuple[KeptBlock, ...]) -> Removal:
    return Removal(
        disposal=name,
        blocks=blocks,
        at_ms=9,
        proposed_name="李华",
        proposed_post="QA",
        confirmed_name="王芳",
        confirmed_post="director",
    )


def removed(session: Session, blocks: tuple[KeptBlock, ...], named: tuple[KeptBlock, ...] | None = None) -> int:
    done = disposal("d-1", blocks, state=DisposalState.REMOVED, confirmed_name="王芳", confirmed_post="director")
    told = removal("d-1", blocks if named is None else named)
    steps = [
        disposal("d-1", blocks),
        msgspec.structs.replace(done, version=2, state=DisposalState.CONFIRMED),
        msgspec.structs.replace(done, version=3),
    ]
    drafts = [*(words.draft(EntryKind.DISPOSAL, one) for one in steps), words.draft(EntryKind.REMOVAL, told)]
    return session.readings.remove(blocks, session.ledger.append(drafts, 9)[-1])


def test_of_each_thing_and_profile_the_last_word_counts(store: Store) -> None:
    keep(store, EntryKind.RETENTION_POLICY, policy(), policy(Kept.UNIT_RECORDS, "uk-rbc", 30), policy(years=15))
    with store.reading() as session:
        assert session.records.retention_policies() == (policy(years=15), policy(Kept.UNIT_RECORDS, "uk-rbc", 30))


def test_legal_holds_stand_until_they_are_ended(store: Store) -> None:
    ended = hold("h-1", ended_ms=9, ended_reason="judged", ended_name="王芳", ended_post="director")
    keep(store, EntryKind.LEGAL_HOLD, hold("h-2"), hold("h-1"), ended)
    with store.reading() as session:
        assert session.records.legal_holds(standing=True) == (hold("h-2"),)
        assert session.records.legal_holds(standing=False) == (ended, hold("h-2"))
        assert session.records.legal_hold("h-1") == ended
        assert session.records.legal_hold("h-3") is None


def test_a_disposal_goes_on_only_by_a_higher_version(store: Store) -> None:
    first, other = disposal("d-1"), disposal("d-2", proposed_ms=7)
    second = disposal("d-1", version=2, state=DisposalState.CONFIRMED)
    keep(store, EntryKind.DISPOSAL, first, other, second)
    with store.reading() as session:
        assert session.records.disposals(5) == (other, second)
        assert session.records.disposals(1) == (other,)
        assert session.records.disposals_waiting() == (second, other)
        assert session.records.disposal("d-1") == second
    with pytest.raises(StoreError):
        keep(store, EntryKind.DISPOSAL, first)


@pytest.mark.parametrize(
    "states",
    [
        ["confirmed"],
        ["removed"],
        ["withdrawn"],
        ["proposed", "removed"],
        ["proposed", "withdrawn", "confirmed"],
        ["proposed", "confirmed", "withdrawn", "removed"],
        ["proposed", "confirmed", "confirmed"],
        ["proposed", "confirmed", "removed", "withdrawn"],
        ["proposed", "confirmed", "proposed"],
    ],
)
def test_no_step_of_a_disposal_is_left_out_or_comes_back(store: Store, states: list[str]) -> None:
    steps = [disposal("d-1", version=n, state=DisposalState(state)) for n, state in enumerate(states, 1)]
    for one in steps[:-1]:
        keep(store, EntryKind.DISPOSAL, one)
    with pytest.raises(StoreError):
        keep(store, EntryKind.DISPOSAL, steps[-1])
    with store.reading() as session:
        assert session.records.disposal("d-1") == (steps[-2] if len(steps) > 1 else None)


def test_blocks_that_a_removal_names_go_and_their_days_say_by_whom(store: Store) -> None:
    with store.writing() as session:
        for number in (10, 11, 12):
            sealed_day(session, number)
        sealed_day(session, 10, seq=50)
        assert session.readings.kept_days(PROBE, 12, 9) == (10, 11)
        assert session.readings.kept_days(PROBE, 13, 1) == (10,)
    with store.writing() as session:
        blocks = session.readings.kept_blocks(PROBE, 10)
        assert [one.generation for one in blocks] == [1, 2]
        assert removed(session, blocks) == 3 + 6
    with store.reading() as session:
        assert session.readings.kept_blocks(PROBE, 10) == ()
        assert session.readings.kept_days(PROBE, 13, 9) == (11, 12)
        (day,) = session.records.removed_days(PROBE, 0, 99)
        assert (day.day, day.disposal, day.at_ms, day.proposed_name, day.confirmed_name) == (
            10,
            "d-1",
            9,
            "李华",
            "王芳",
        )
        assert session.records.removed_until(PROBE) == 10
        assert session.records.removed_until("other") is None
        assert len(session.readings.history(PROBE, 0, 11 * DAY_MS)) == 0
        assert len(session.readings.history(PROBE, 0, 99 * DAY_MS)) == 6
        assert session.readings.counts().samples == 12
        assert len(session.readings.last_before(PROBE, 11 * DAY_MS)) == 0


def test_what_was_removed_since_is_said_to_be_removed_also_as_known_before(store: Store) -> None:
    with store.writing() as session:
        sealed_day(session, 10)
        sealed_day(session, 11)
    with store.writing() as session:
        removed(session, session.readings.kept_blocks(PROBE, 10))
    with store.as_known(6) as session:
        assert session.records.disposals(9) == ()
        assert len(session.readings.history(PROBE, 0, 11 * DAY_MS)) == 0
        assert [day.day for day in session.records.removed_days(PROBE, 0, 99)] == [10]
        assert session.records.removed_until(PROBE) == 10
        assert session.readings.kept_days(PROBE, 99, 9) == (10, 11), "then their bytes were there"
        assert session.readings.kept_days(PROBE, 11, 9) == (10,)
        assert session.readings.kept_days(PROBE, 99, 1) == (10,)
    with store.reading() as session:
        assert session.readings.kept_days(PROBE, 99, 9) == (11,)


@pytest.mark.parametrize("days", [1, 40])
def test_sums_say_nothing_of_removed_time(store: Store, days: int) -> None:
    with store.writing() as session:
        for day in range(10, 10 + days + 1):
            sealed_day(session, day)
    with store.writing() as session:
        removed(session, session.readings.kept_blocks(PROBE, 10))
        tally = session.readings.tally(PROBE, 0, 100 * DAY_MS, HOLD_MS)
        assert tally.readings == 3 * days
        assert int(tally.held_ms.sum()) == days * (2 * 60_000 + HOLD_MS)


def test_no_other_blocks_go_than_the_entry_names(store: Store) -> None:
    with store.writing() as session:
        sealed_day(session, 10)
        sealed_day(session, 11)
    with store.reading() as session:
        (first,), (second,) = (session.readings.kept_blocks(PROBE, day) for day in (10, 11))
    with pytest.raises(StoreError), store.writing() as session:
        removed(session, (first, second), named=(first,))
    forged = msgspec.structs.replace(first, hash="ab" * 32)
    with pytest.raises(StoreError), store.writing() as session:
        removed(session, (forged,))
    with store.reading() as session:
        assert session.readings.kept_days(PROBE, 99, 9) == (10, 11)
        assert session.records.removed_days(PROBE, 0, 99) == ()


def test_a_reading_that_comes_after_the_removal_follows_the_block_that_went(store: Store) -> None:
    with store.writing() as session:
        sealed_day(session, 10)
    with store.writing() as session:
        (before,) = session.readings.kept_blocks(PROBE, 10)
        removed(session, (before,))
    with store.writing() as session:
        session.readings.append_samples(row(10, n=1, seq=70))
        (waiting,) = session.readings.closed_days({PROBE: 11}, 10**15, 9)
        (block,) = session.readings.prepare(waiting)
        assert (block.generation, block.predecessor, block.n) == (2, before.hash, 1)


def test_a_hash_over_rows_is_the_same_before_and_after_they_are_sealed(store: Store) -> None:
    with store.writing() as session:
        assert session.readings.digest(0, 9) is None
        for day in (10, 11):
            session.readings.append_samples(row(day))
        before = session.readings.digest(0, 9)
        first = session.readings.digest(0, 1)
        assert session.readings.sealed_upto() == 0
        for day in (10, 11):
            seal_block(session, ClosedDay(probe=PROBE, day=day, generation=1), "site", [HOLD_MS], 5)
        assert session.readings.digest(0, 9) == before
        assert session.readings.digest(0, 1) == first
        assert session.readings.digest(2, 9) is None
        assert session.readings.sealed_upto() == 2
        session.readings.append_tags(words.tags(words.tag(10 * DAY_MS)))
        session.readings.append_samples(row(13))
        assert session.readings.sealed_upto() == 2
    assert before is not None
    assert first is not None
    assert (before.after, before.upto, before.rows, first.upto, first.rows) == (0, 2, 2, 1, 1)
    assert before.sha256 != first.sha256


def test_stamps_and_hashes_come_in_order_and_none_is_replaced(store: Store) -> None:
    named = ((9, "a"), (2, "b"), (2, "a"))
    stamps = [TimeStamp(size=n, authority=who, stamped_ms=1, response="AAAA") for n, who in named]
    keep(store, EntryKind.TIME_STAMP, *stamps)
    digests = [ReadingDigest(after=n, upto=n + 5, rows=5, sha256="0" * 64) for n in (0, 5)]
    with store.reading() as session:
        assert session.records.last_digest() == 0
    keep(store, EntryKind.READING_DIGEST, *digests)
    with store.reading() as session:
        assert session.records.time_stamps() == (stamps[2], stamps[1], stamps[0])
        assert session.records.reading_digests() == tuple(digests)
        assert session.records.last_digest() == 10
    for kind, again in ((EntryKind.TIME_STAMP, stamps[0]), (EntryKind.READING_DIGEST, digests[0])):
        with pytest.raises(StoreError):
            keep(store, kind, again)


def test_hashes_that_a_removal_touches_are_made_anew_over_what_lies_in_no_block(store: Store) -> None:
    with store.writing() as session:
        for day in (10, 19, 11, 12):
            session.readings.append_samples(row(day))
        first, second = session.readings.digest(0, 2), session.readings.digest(2, 2)
        assert first is not None
        assert second is not None
    keep(store, EntryKind.READING_DIGEST, first, second)
    with store.writing() as session:
        seal_block(session, ClosedDay(probe=PROBE, day=10, generation=1), "site", [HOLD_MS], 5)
        blocks = session.readings.kept_blocks(PROBE, 10)
        assert session.readings.digests_over(blocks) == {2}
        assert session.readings.digests_fault(blocks) == ""
        (left,) = session.readings.digests_left(blocks)
        assert (left.after, left.upto, left.rows) == (0, 2, 1)
        assert left.sha256 != first.sha256
        assert session.readings.digests_left(()) == ()
