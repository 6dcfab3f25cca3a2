"""The spool keeps what the gateway accepted until the centre has it, and says truly what is left."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.spools import MIB, T0_MS, UP_MS, ack, alarm, event, gap, open_spool, sample, seqs, tag

from coldchain.errors import InvalidValueError, SpoolFullError, StoreError
from coldchain.facts import ClockState, EventKind, Fact, Gap, Quality, Sample
from gateway import spool as spool_module
from gateway import spool_dead
from gateway.spool import BYTES_MIN, VOUCH_MS_MAX, Spool
from gateway.spool_rows import REFUSED, UnreadableRowError


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


def test_facts_come_back_numbered_and_otherwise_unchanged(spool: Spool) -> None:
    drafts: list[Fact] = [
        sample(),
        tag(),
        event(details={"rounds": 3, "note": "门"}),
        gap(),
        Sample(
            seq=0,
            origin="fridge-1-air",
            taken_ms=T0_MS,
            boottime_ms=1,
            micro_celsius=None,
            quality=Quality.NO_SENSOR,
            device_ms=5,
        ),
    ]
    numbers = spool.accept(drafts)
    assert numbers == [1, 2, 3, 4, 5]
    expected = [msgspec.structs.replace(draft, seq=seq) for seq, draft in zip(numbers, drafts, strict=True)]
    assert list(spool.next_batch(0, T0_MS, UP_MS).facts) == expected


def test_a_gateway_that_starts_again_finds_rows_states_epoch_and_numbers(tmp_path: Path) -> None:
    with open_spool(tmp_path) as first:
        first.accept([sample(), sample()], {"presence": b"old"})
        first.accept([], {"presence": b"new"})
        first.settle(ack(first, contiguous=2))
        epoch = first.epoch
    with open_spool(tmp_path, boot="boot-2") as second:
        assert (second.epoch, second.state("presence"), second.state("other")) == (epoch, b"new", None)
        assert second.opened_seq == second.last_seq() == 2
        assert second.accept([sample()]) == [3]  # also after every row was deleted


def test_a_new_file_begins_a_new_epoch(tmp_path: Path) -> None:
    with open_spool(tmp_path / "a") as one, open_spool(tmp_path / "b") as other:
        assert one.epoch != other.epoch


def test_a_batch_has_one_boot_and_one_clock_state(tmp_path: Path) -> None:
    with open_spool(tmp_path, clock=ClockState.UNSET) as spool:
        spool.accept([sample(), sample()])
    with open_spool(tmp_path) as spool:
        spool.accept([sample()])
    with open_spool(tmp_path, boot="boot-2") as spool:
        spool.accept([sample()])
        batches = [spool.next_batch(after, T0_MS, UP_MS) for after in (0, 2, 3, 4)]
    assert [(b.boot, b.clock, b.first_seq, b.last_seq) for b in batches] == [
        ("boot-1", ClockState.UNSET, 1, 2),
        ("boot-1", ClockState.TRUSTED, 3, 3),
        ("boot-2", ClockState.TRUSTED, 4, 4),
        ("boot-2", ClockState.TRUSTED, 5, 4),  # nothing left: an empty batch in the gateway's own name
    ]


def test_the_clock_that_never_steps_is_told_of_the_running_boot_only(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample()])
    with open_spool(tmp_path, boot="boot-2") as spool:
        spool.accept([sample()])
        batches = [spool.next_batch(after, T0_MS, UP_MS) for after in (0, 1, 2)]
        assert [(b.boot, len(b.facts), b.sent_boottime_ms) for b in batches] == [
            ("boot-1", 1, None),
            ("boot-2", 1, UP_MS),
            ("boot-2", 0, UP_MS),
        ]
        # An empty batch is of the run that sends it, also while rows of an earlier one are left.
        assert spool.next_batch(0, T0_MS, UP_MS, items_max=0).sent_boottime_ms == UP_MS


def test_a_batch_ends_with_its_last_fact_whatever_became_of_the_rows_around_it(spool: Spool) -> None:
    spool.accept([sample() for _ in range(9)])
    spool.settle(ack(spool, ranges=[(2, 2), (9, 9)]))  # the highest row is acknowledged
    spool.dead_letter(7, 8, "", REFUSED, now_ms=T0_MS, boottime_ms=1)  # those below it are dead; the gap is number 10
    spool.dead_letter(4, 4, "", REFUSED, now_ms=T0_MS, boottime_ms=1)  # number 11
    spool.settle(ack(spool, ranges=[(10, 11)]))
    assert seqs(spool) == [1, 3, 5, 6]
    spans = []
    for items_max in (1, 2, 3, 4, 500):
        after_seq = 0
        while (batch := spool.next_batch(after_seq, T0_MS, UP_MS, items_max=items_max)).facts:
            assert (batch.first_seq, batch.last_seq) == (after_seq + 1, batch.facts[-1].seq)
            after_seq = batch.last_seq
        assert (batch.first_seq, batch.last_seq) == (7, 6)
        spans.append(after_seq)
    assert spans == [6] * 5
    assert spool.accept([sample()]) == [12]
    assert [fact.seq for fact in spool.next_batch(6, T0_MS, UP_MS).facts] == [12]


def test_a_batch_keeps_to_its_limits(spool: Spool) -> None:
    spool.accept([sample() for _ in range(600)])
    assert len(spool.next_batch(0, T0_MS, UP_MS).facts) == 500
    assert len(spool.next_batch(0, T0_MS, UP_MS, items_max=7).facts) == 7
    assert 1 < len(spool.next_batch(0, T0_MS, UP_MS, bytes_max=1_000).facts) < 20
    assert len(spool.next_batch(0, T0_MS, UP_MS, bytes_max=1).facts) == 1


def test_settled_rows_go_and_the_others_stay(spool: Spool) -> None:
    spool.accept([sample() for _ in range(20)])
    assert spool.settle(ack(spool, contiguous=5, ranges=[(8, 9), (15, 20)])) == 13
    assert seqs(spool) == [6, 7, 10, 11, 12, 13, 14]
    assert spool.settle(ack(spool, contiguous=5, ranges=[(8, 9), (15, 20)])) == 0
    assert spool.depth() == 7


def test_an_ack_of_another_epoch_frees_nothing(spool: Spool) -> None:
    spool.accept([sample()])
    assert spool.settle(msgspec.structs.replace(ack(spool, contiguous=1), epoch="0123456789abcdef")) == 0
    assert seqs(spool) == [1]


def test_settling_takes_short_transactions(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SETTLE_ROWS", 10)
    spool.accept([sample() for _ in range(95)])
    assert spool.settle(ack(spool, contiguous=91)) == 91
    assert seqs(spool) == [92, 93, 94, 95]


def test_the_mark_is_the_oldest_time_outside_the_batch(spool: Spool) -> None:
    spool.accept([sample(T0_MS + ms) for ms in (50, 10, 40, 30, 20)])
    assert spool.next_batch(0, T0_MS + 99, UP_MS, items_max=2).oldest_unsent_ms == T0_MS + 20
    assert spool.next_batch(2, T0_MS + 99, UP_MS).oldest_unsent_ms == T0_MS + 10
    whole = spool.next_batch(0, T0_MS + 99, UP_MS)
    assert (whole.oldest_unsent_ms, whole.others_left, whole.horizon_ms) == (None, False, T0_MS + 99)
    assert spool.next_batch(5, T0_MS + 99, UP_MS, items_max=0).oldest_unsent_ms == T0_MS + 10


def test_a_gap_is_awaited_from_the_time_that_it_speaks_of(spool: Spool) -> None:
    spool.accept([sample(T0_MS), gap(from_ms=T0_MS - 3_600_000, to_ms=T0_MS)])
    assert spool.next_batch(0, T0_MS, UP_MS, items_max=1).horizon_ms == T0_MS - 3_600_000


def test_a_fact_that_was_stamped_but_is_not_yet_committed_is_never_denied(spool: Spool) -> None:
    """Both orders of accept and batch around one stamp; the mark may be too old but never too young."""
    spool.vouch(T0_MS)  # the edge's round begins
    stamped_ms = T0_MS + 3  # bytes are complete, the commit is still to come
    early = spool.next_batch(0, T0_MS + 5, UP_MS)
    assert early.horizon_ms <= stamped_ms
    sent_ms = T0_MS + 6  # the uplink asks the clock, then the edge is faster
    spool.accept([sample(stamped_ms), sample(T0_MS + 8)])
    late = spool.next_batch(0, sent_ms, UP_MS, items_max=1)
    assert late.facts[0].taken_ms == stamped_ms
    assert late.horizon_ms == T0_MS  # nothing newer is claimed before the round is over
    spool.vouch(T0_MS + 9)
    assert spool.next_batch(0, T0_MS + 9, UP_MS).horizon_ms == T0_MS + 9


def test_an_edge_that_hangs_does_not_keep_its_time_awaited_for_ever(spool: Spool) -> None:
    spool.vouch(T0_MS)
    later_ms = T0_MS + 3_600_000
    assert spool.next_batch(0, later_ms, UP_MS, items_max=0).horizon_ms == later_ms - VOUCH_MS_MAX


def test_a_spool_in_which_nothing_is_left_to_give_up_takes_no_more_samples_but_still_events(tmp_path: Path) -> None:
    with open_spool(tmp_path, bytes_max=BYTES_MIN) as spool:
        with pytest.raises(SpoolFullError, match=r"spool\.bytes_max"):
            _fill_with(spool, alarm())
        full_at = spool.last_seq()
        assert spool.evicted == 0
        for bulk in (sample(), tag(), event(kind=EventKind.INVENTORY)):
            with pytest.raises(SpoolFullError):
                spool.accept([alarm(), *[bulk] * 20], {"presence": b"x"})
        assert spool.last_seq() == full_at
        assert spool.state("presence") is None  # nothing of a refused transaction was kept
        assert spool.bytes_used() <= BYTES_MIN
        assert (tmp_path / "spool.db").stat().st_size <= BYTES_MIN + 64 * 1024
        spool.settle(ack(spool, contiguous=2_000))
        spool.accept([sample()])


def test_a_full_disk_is_a_full_spool(spool: Spool) -> None:
    spool.accept([sample()])
    pages = spool._writer.execute("PRAGMA page_count").fetchone()[0]
    spool._writer.execute(f"PRAGMA max_page_count = {pages}")  # SQLite says of a full disk just what it says here
    with pytest.raises(SpoolFullError, match="free some space"):
        spool.accept([sample() for _ in range(1_000)])
    assert spool.last_seq() == 1
    spool._writer.execute("PRAGMA max_page_count = 100000")
    assert spool.accept([sample()]) == [2]


def test_a_nearly_full_disk_is_left_free_enough_to_empty_the_spool(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.accept([sample(), sample()])
    monkeypatch.setattr(spool_module, "DISK_BYTES_MIN", 2**60)
    with pytest.raises(SpoolFullError, match="free some space"):
        spool.accept([sample()])
    with pytest.raises(SpoolFullError, match="free some space"):
        spool.accept([event()])
    assert spool.settle(ack(spool, contiguous=2)) == 2
    assert (spool.depth(), spool.last_seq()) == (0, 2)


def test_a_second_gateway_on_the_same_spool_is_turned_away(tmp_path: Path) -> None:
    with open_spool(tmp_path) as first:
        with pytest.raises(StoreError, match="another gateway process uses the spool"):
            open_spool(tmp_path)
        first.accept([sample()])
    with open_spool(tmp_path) as second:
        assert second.depth() == 1


def test_another_programs_database_is_not_taken_for_a_spool(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "spool.db") as db:
        db.execute("CREATE TABLE customer (name TEXT)")
    db.close()
    with pytest.raises(StoreError, match=r"not a spool.*spool\.path"):
        open_spool(tmp_path)


def test_settings_that_cannot_work_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"spool\.bytes_max 5 is too small"):
        open_spool(tmp_path, bytes_max=5)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"check `spool\.path`"):
        open_spool(tmp_path / "file")


def test_refused_rows_are_kept_aside_and_each_origin_gets_a_gap(spool: Spool) -> None:
    spool.accept([sample(T0_MS), sample(T0_MS + 500, "fridge-1-air"), sample(T0_MS + 1_000), event(), sample()])
    assert spool.dead_letter(1, 3, "ab" * 32, REFUSED, now_ms=T0_MS + 9_000, boottime_ms=77) == 3
    assert spool.dead_letters() == 3
    gaps = [fact for fact in spool.next_batch(0, T0_MS, UP_MS).facts if isinstance(fact, Gap)]
    assert [(g.seq, g.origin, g.from_ms, g.to_ms, g.lost, g.reason, g.taken_ms) for g in gaps] == [
        (6, "fridge-1-air", T0_MS + 500, T0_MS + 500, 1, REFUSED, T0_MS + 9_000),
        (7, "fridge-1-load", T0_MS, T0_MS + 1_000, 2, REFUSED, T0_MS + 9_000),
    ]
    assert seqs(spool) == [4, 5, 6, 7]
    assert (
        spool.next_batch(3, T0_MS + 9_000, UP_MS, items_max=1).oldest_unsent_ms == T0_MS
    )  # awaited until the gap is there


def test_a_refused_gap_keeps_its_span_once_and_does_not_breed(spool: Spool) -> None:
    spool.accept([gap(from_ms=T0_MS, to_ms=T0_MS + 60_000, lost=4)])
    spool.dead_letter(1, 1, "", REFUSED, now_ms=T0_MS, boottime_ms=1)
    heir = spool.next_batch(0, T0_MS, UP_MS).facts[0]
    assert isinstance(heir, Gap)
    assert (heir.from_ms, heir.to_ms, heir.lost, heir.reason) == (T0_MS, T0_MS + 60_000, 4, REFUSED)
    spool.dead_letter(2, 2, "", REFUSED, now_ms=T0_MS, boottime_ms=1)
    assert (spool.depth(), spool.dead_letters()) == (0, 2)


def test_dead_letters_are_bounded_and_what_falls_out_is_counted(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_dead, "DEAD_LETTER_ROWS_MAX", 10)
    for _ in range(4):
        first = spool.accept([sample() for _ in range(4)])[0]
        spool.dead_letter(first, first + 3, "", REFUSED, now_ms=T0_MS, boottime_ms=1)
    assert (spool.dead_letters(), spool.dead_letters_dropped()) == (10, 6)
    kept = [row[0] for row in spool._reader.execute("SELECT seq FROM dead ORDER BY id")]
    assert kept == sorted(kept)
    assert kept[-1] == spool.last_seq() - 1  # the newest stay (the last number is the gap's)


def test_dead_letters_leave_most_of_a_small_spool_to_the_living(tmp_path: Path) -> None:
    with open_spool(tmp_path, bytes_max=BYTES_MIN) as spool:
        for _ in range(30):
            first = spool.accept([event(details={f"key-{n}": "x" * 200 for n in range(10)}) for _ in range(20)])[0]
            spool.dead_letter(first, first + 19, "", REFUSED, now_ms=T0_MS, boottime_ms=1)
            spool.settle(ack(spool, contiguous=spool.last_seq()))
        assert spool.bytes_used() < BYTES_MIN // 2
        assert 50 < spool.dead_letters() < 200
        assert spool.dead_letters() + spool.dead_letters_dropped() == 600


def test_dead_letters_go_up_again_when_the_fault_has_been_repaired(tmp_path: Path) -> None:
    with open_spool(tmp_path, clock=ClockState.UNSET) as spool:
        spool.accept([sample(T0_MS), sample(T0_MS + 1), sample(T0_MS + 2)])
        spool.dead_letter(1, 3, "ab" * 32, REFUSED, now_ms=T0_MS, boottime_ms=1)  # the gap is number 4
    with open_spool(tmp_path, boot="boot-2") as spool:
        assert spool.revive(2) == 2
        assert spool.revive(2) == 1
        assert spool.revive(2) == 0
        batch = spool.next_batch(4, T0_MS + 9, UP_MS)
        assert (batch.boot, batch.clock) == ("boot-1", ClockState.UNSET)
        assert [(fact.seq, fact.taken_ms) for fact in batch.facts] == [(5, T0_MS), (6, T0_MS + 1), (7, T0_MS + 2)]
        assert spool.dead_letters() == 0


def test_a_row_of_a_newer_version_ends_the_batch_before_it(spool: Spool) -> None:
    spool.accept([sample(), sample(), sample()])
    spool._writer.execute("UPDATE row SET body = x'81a1780f' WHERE seq = 2")
    assert spool.next_batch(0, T0_MS, UP_MS).last_seq == 1
    with pytest.raises(UnreadableRowError) as caught:
        spool.next_batch(1, T0_MS, UP_MS)
    assert caught.value.seq == 2
    spool.dead_letter(2, 2, "", "unreadable", now_ms=T0_MS, boottime_ms=1)
    assert seqs(spool) == [1, 3, 4]


def test_a_new_epoch_keeps_rows_and_numbers(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample(), sample()])
        old, new = spool.epoch, spool.begin_new_epoch()
        assert old != new == spool.epoch
        assert spool.accept([sample()]) == [3]
        assert seqs(spool) == [1, 2, 3]
    with open_spool(tmp_path) as again:
        assert again.epoch == new


def test_whoever_waits_for_rows_is_called_after_the_commit(spool: Spool) -> None:
    depths: list[int] = []
    spool.on_accept = lambda: depths.append(spool.depth())
    spool.accept([sample(), sample()])
    spool.accept([sample()])
    assert depths == [2, 3]


def _fill_with(spool: Spool, fact: Fact) -> None:
    with contextlib.suppress(SpoolFullError):
        while True:
            spool.accept([fact] * 100)
    while True:
        spool.accept([fact])


def test_the_file_is_no_larger_than_it_may_be(tmp_path: Path) -> None:
    with open_spool(tmp_path, bytes_max=2 * MIB) as spool:
        while not spool.evicted:
            spool.accept([sample()] * 100)
    assert (tmp_path / "spool.db").stat().st_size <= 2 * MIB + 64 * 1024
