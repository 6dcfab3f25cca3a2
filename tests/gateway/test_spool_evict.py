"""A full spool gives up what is worth least, the oldest first, and says what it gave up."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.spools import MIB, T0_MS, UP_MS, ack, alarm, event, open_spool, sample, seqs, tag

from coldchain.errors import SpoolFullError
from coldchain.facts import DeviceEvent, EventKind, Fact, Gap, Quality, Sample, TagSummary
from gateway import spool as spool_module
from gateway import spool_evict
from gateway.spool import BYTES_MIN, Spool
from gateway.spool_evict import THIN_MS
from gateway.spool_rows import EVICTED

PROBES = [f"probe-{n}" for n in range(10)]
STEP_MS = 30_000


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, bytes_max=BYTES_MIN) as opened:
        yield opened


def test_tag_summaries_go_before_any_sample(spool: Spool) -> None:
    for n in range(100):
        spool.accept([*[tag(T0_MS + n)] * 30, sample(T0_MS + n * STEP_MS)])
    taken = 100
    while not spool.evicted:
        spool.accept([sample(T0_MS + taken * STEP_MS, origin) for origin in PROBES])
        taken += 1
    kinds = Counter(type(fact) for fact in _facts(spool))
    assert kinds[TagSummary] == 0
    assert kinds[Sample] == 100 + (taken - 100) * len(PROBES)
    (gap,) = _gaps(spool)
    assert (gap.origin, gap.reason, gap.lost) == ("fridge-1-reader", EVICTED, 3_000)
    assert (gap.from_ms, gap.to_ms) == (T0_MS, T0_MS + 99)


def test_thinning_leaves_the_coldest_and_the_warmest_of_each_probe_and_ten_minutes(spool: Spool) -> None:
    accepted = _fill(spool)
    kept = [fact for fact in _facts(spool) if isinstance(fact, Sample)]
    gaps = _gaps(spool)
    assert sum(gap.lost for gap in gaps) == len(accepted) - len(kept) == spool.evicted
    assert {gap.origin for gap in gaps} == set(PROBES)
    assert len(gaps) == len(PROBES), "later gaps speak for the earlier ones too"
    thinned_to_ms = max(gap.to_ms for gap in gaps)
    lost = {(f.origin, f.taken_ms) for f in accepted} - {(f.origin, f.taken_ms) for f in kept}
    for gap in gaps:
        times = [taken_ms for origin, taken_ms in lost if origin == gap.origin]
        assert (gap.from_ms, gap.to_ms, gap.lost) == (min(times), max(times), len(times))
    for bucket in range(T0_MS // THIN_MS + 1, thinned_to_ms // THIN_MS - 1):
        for origin in PROBES:
            had = [f.micro_celsius or 0 for f in accepted if (f.origin, f.taken_ms // THIN_MS) == (origin, bucket)]
            has = [f.micro_celsius or 0 for f in kept if (f.origin, f.taken_ms // THIN_MS) == (origin, bucket)]
            assert (min(has), max(has)) == (min(had), max(had))
    assert max(f.taken_ms for f in kept) == max(f.taken_ms for f in accepted)


def test_events_outlive_samples_and_alarms_outlive_all(spool: Spool) -> None:
    first: list[Fact] = [alarm(T0_MS), event(T0_MS), sample(T0_MS)]
    spool.accept(first)
    at_ms = T0_MS
    while any(isinstance(fact, Sample) for fact in _facts(spool)):
        at_ms += 1
        spool.accept([event(at_ms, details={"note": "x" * 150})] * 40)
    assert any(isinstance(fact, DeviceEvent) and fact.taken_ms == T0_MS for fact in _facts(spool))
    while any(
        isinstance(f, DeviceEvent) and f.kind is EventKind.DOOR_OPENED and f.taken_ms == T0_MS for f in _facts(spool)
    ):
        at_ms += 1
        spool.accept([event(at_ms, details={"note": "x" * 150})] * 40)
    assert {gap.origin for gap in _gaps(spool)} >= {"fridge-1-door", "fridge-1-load"}
    assert spool.bytes_used() <= BYTES_MIN


def test_rows_that_are_on_their_way_are_left_alone_until_the_connection_is_gone(spool: Spool) -> None:
    spool.accept([tag(T0_MS + n) for n in range(100)])
    on_the_way = spool.next_batch(0, T0_MS + 200, UP_MS, items_max=60)
    picked = spool.pick_batch([81, 83], T0_MS + 200, UP_MS)
    assert (len(on_the_way.facts), len(picked.facts)) == (60, 2)
    _fill(spool)
    assert [seq for seq in seqs(spool) if seq <= 100] == [*range(1, 61), 81, 83]
    assert sum(gap.lost for gap in _gaps(spool) if gap.origin == "fridge-1-reader") == 38
    spool.nothing_on_its_way()
    before = spool.evicted
    while spool.evicted == before:
        spool.accept([sample(T0_MS + 10**8)] * 50)
    assert [seq for seq in seqs(spool) if seq <= 100] == []
    assert sum(gap.lost for gap in _gaps(spool) if gap.origin == "fridge-1-reader") == 100


def test_a_gap_that_is_on_its_way_is_not_taken_back(spool: Spool) -> None:
    _fill(spool)
    sent = _gaps(spool)
    spool.pick_batch([gap.seq for gap in sent], T0_MS + 10**9, UP_MS)
    before, at_ms = spool.evicted, T0_MS + 10**8
    while spool.evicted == before:
        at_ms += STEP_MS
        spool.accept([sample(at_ms, origin) for origin in PROBES])
    found = {gap.seq: gap for gap in _gaps(spool)}
    assert all(found[gap.seq] == gap for gap in sent)
    assert sum(gap.lost for gap in found.values()) == spool.evicted


def test_the_mark_goes_back_to_the_oldest_time_given_up_until_the_gap_is_sent(spool: Spool) -> None:
    _fill(spool)
    times = [gap.from_ms for gap in _gaps(spool)] + [fact.taken_ms for fact in _facts(spool)]
    assert spool.next_batch(0, T0_MS + 10**9, UP_MS, items_max=0).oldest_unsent_ms == min(times)


def test_what_could_not_be_committed_was_not_given_up(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(spool)
    before, evicted = _facts(spool), spool.evicted
    with monkeypatch.context() as full:
        full.setattr(spool_module, "DISK_BYTES_MIN", 2**60)
        full.setattr(spool, "_reserve", BYTES_MIN - spool.bytes_used() + 8_192)  # so that room has to be made
        with pytest.raises(SpoolFullError, match="disk"):
            spool.accept([sample(T0_MS)])
    assert (_facts(spool), spool.evicted) == (before, evicted)


def test_a_faulty_probes_time_keeps_one_answer_of_its_kind(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_evict, "EVICT_ROWS", 400)
    at_ms = T0_MS
    fault = Sample(seq=0, origin="p", taken_ms=0, boottime_ms=1, micro_celsius=None, quality=Quality.FAULT)
    while spool.evicted < 2_000:
        at_ms += STEP_MS
        spool.accept([replace(fault, taken_ms=at_ms)])
        spool.accept([sample(at_ms, "q")] * 20)
    gap = next(gap for gap in _gaps(spool) if gap.origin == "p")
    kept = [f.taken_ms for f in _facts(spool) if isinstance(f, Sample) and f.origin == "p"]
    buckets = range(gap.from_ms // THIN_MS, gap.to_ms // THIN_MS)
    assert len(buckets) > 1
    assert {taken_ms // THIN_MS for taken_ms in kept} >= set(buckets)


def test_what_is_acknowledged_makes_room_without_giving_anything_up(tmp_path: Path) -> None:
    with open_spool(tmp_path, bytes_max=2 * MIB) as spool:
        for n in range(300):
            spool.accept([sample(T0_MS + n * STEP_MS, origin) for origin in PROBES * 10])
            spool.settle(ack(spool, contiguous=max(0, spool.last_seq() - 3_000)))
        assert spool.evicted == 0


def _fill(spool: Spool) -> list[Sample]:
    """Readings of ten probes every 30 s until some were given up three times."""
    accepted: list[Sample] = []
    at_ms, times, before = T0_MS, 0, 0
    while times < 3:
        at_ms += STEP_MS
        drafts = [sample(at_ms, o, 4_000_000 + at_ms // STEP_MS * 7_919 % 997 * 1_000) for o in PROBES]
        spool.accept(drafts)
        accepted += drafts
        times += spool.evicted > before
        before = spool.evicted
    return accepted


def _facts(spool: Spool) -> list[Fact]:
    found: list[Fact] = []
    with spool._read() as db:
        last = db.execute("SELECT coalesce(max(seq), 0) FROM row").fetchone()[0]
    held = list(spool._on_their_way)
    while (batch := spool.next_batch(found[-1].seq if found else 0, T0_MS, UP_MS)).facts:
        found += batch.facts
    spool._on_their_way.clear()
    spool._on_their_way.extend(held)
    assert not found or found[-1].seq == last
    return found


def _events_at(spool: Spool, taken_ms: int) -> list[EventKind]:
    return [f.kind for f in _facts(spool) if isinstance(f, DeviceEvent) and f.taken_ms == taken_ms]


def _gaps(spool: Spool) -> list[Gap]:
    return [fact for fact in _facts(spool) if isinstance(fact, Gap)]
