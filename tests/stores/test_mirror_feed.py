"""The feed: a mirror shows the record, whatever arrived in which order, and one that is built anew is the same."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import store_words as words
from support.memory_records import MemoryRecords
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_world import START_MS, Story, assert_mirrors, site_drafts, title_of

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Session, Store
from coldchain.units import FindingStatus, Hold
from stores import mirror_feed, mirror_findings
from stores.influx import Verdict
from stores.lines import body_of
from stores.mirror_feed import BATCH_BYTES_MAX, ENTRIES_MAX, LedgerFeed, readings_after
from stores.sqlite import SqliteStore


class Reader:
    """Reads a store into a sink as the mirror does, without thread or trouble."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sink = MemorySink()
        self.feed = LedgerFeed(title_of)
        self.readings = self.ledger = 0
        self.faults: list[tuple[str, bytes]] = []

    def catch_up(self) -> None:
        while self.step():
            pass

    def step(self) -> bool:
        before = (self.readings, self.ledger)
        readings, ledger = readings_after(self.store, self.readings), self.feed.after(self.store, self.ledger)
        for batch in (readings, ledger):
            self.faults += batch.faults
            assert not batch.lines or self.sink.write(body_of(batch.lines)).verdict is Verdict.DONE
        self.readings, self.ledger = readings.upto, ledger.upto
        return before != (self.readings, self.ledger)


def anew(store: Store) -> Reader:
    reader = Reader(store)
    reader.catch_up()
    return reader


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_a_mirror_that_kept_up_and_one_that_is_built_anew_are_the_record(seed: int, pauses: list[int]) -> None:
    store = MemoryStore()
    story, kept_up = Story(store, seed), Reader(store)
    for steps in pauses:
        story.tell(steps)
        kept_up.catch_up()
    with store.reading() as session:
        assert_mirrors(kept_up.sink.points, session)
    assert anew(store).sink.points == kept_up.sink.points
    assert kept_up.faults == []


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_mirror_that_forgets_all_it_remembers_shows_the_same(seed: int, steps: int) -> None:
    """A restart empties what is remembered of findings; the ledger is asked instead."""
    store = MemoryStore()
    story, forgetful = Story(store, seed), Reader(store)
    for _ in range(steps):
        story.tell(1)
        forgetful.feed = LedgerFeed(title_of)
        forgetful.catch_up()
    assert anew(store).sink.points == forgetful.sink.points


@pytest.mark.parametrize("limits", [(1, 1, 1), (7, 3, 500)])
def test_the_size_of_batches_changes_nothing(limits: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    Story(store, 11).tell(60)
    expected = anew(store).sink.points
    rows, entries, size = limits
    monkeypatch.setattr(mirror_feed, "ROWS_MAX", rows)
    monkeypatch.setattr(mirror_feed, "ENTRIES_MAX", entries)
    monkeypatch.setattr(mirror_feed, "BATCH_BYTES_MAX", size)
    monkeypatch.setattr(mirror_findings, "RECENT_MAX", 2)
    monkeypatch.setattr(mirror_findings, "CHUNK", 3)
    assert anew(store).sink.points == expected


def test_the_store_on_disk_gives_the_same_points_as_the_one_in_memory(store: SqliteStore) -> None:
    memory = MemoryStore()
    for where in (store, memory):
        Story(where, 5).tell(80)
    on_disk = anew(store)
    assert on_disk.sink.points == anew(memory).sink.points
    assert len(on_disk.sink.points) > 500
    with store.reading() as session:
        assert_mirrors(on_disk.sink.points, session)


def test_of_two_readings_of_one_instant_the_one_that_counts_is_shown_in_either_order() -> None:
    shown = []
    for values in ([4_000_000, 4_500_000], [4_500_000, 4_000_000], [None, 4_500_000], [4_500_000, None]):
        store = MemoryStore()
        with store.writing() as session:
            session.ledger.append(site_drafts(), START_MS)
        reader = Reader(store)
        for number, value in enumerate(values):
            with store.writing() as session:
                session.readings.append_samples(words.samples([START_MS], [value], epoch=f"e{number}"))
            reader.catch_up()
        shown += [fields for (name, _, _), fields in reader.sink.points.items() if name == "temperature"]
    assert [str(fields["celsius"]) for fields in shown] == ["4.5"] * 4
    assert [fields["quality"] for fields in shown][:2] == [0, 0]


def test_two_findings_that_merge_show_the_one_that_is_left_and_not_the_withdrawn_one() -> None:
    """Late readings fill what lay between: the second takes over the start of the first, which is withdrawn."""
    store = MemoryStore()
    first = words.finding("f-1", start_ms=START_MS, status=FindingStatus.CLOSED, end_ms=START_MS + 9)
    second = words.finding("f-2", start_ms=START_MS + 60_000)
    merged = msgspec.structs.replace(second, version=2, start_ms=START_MS)
    gone = msgspec.structs.replace(first, version=2, status=FindingStatus.WITHDRAWN)
    for findings in ([first, second], [merged, gone]):
        with store.writing() as session:
            session.ledger.append([words.draft(EntryKind.FINDING, finding) for finding in findings], START_MS)
    shown = {ms: fields for (_, _, ms), fields in anew(store).sink.points.items()}
    assert (shown[START_MS]["id"], shown[START_MS]["open"], shown[START_MS]["end_ms"]) == ("f-2", 1, 0)
    assert (shown[START_MS + 60_000]["status"], shown[START_MS + 60_000]["open"]) == ("withdrawn", 0)


def test_an_entry_that_cannot_be_told_keeps_no_other_back_and_is_kept_with_its_reason() -> None:
    store = MemoryStore()
    story = Story(store, 3)
    bad = words.event(999, origin="box-1", gateway="box-1", kind="position", details={"latitude_e7": 1})
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, bad)], START_MS)
    story.tell(20)
    reader = anew(store)
    ((reason, payload),) = reader.faults
    assert "lacks ['longitude']" in reason
    assert msgspec.json.decode(payload)["seq"] == 999
    assert any(name == "finding" for name, _, _ in reader.sink.points)


def test_a_store_that_cannot_be_read_is_no_reason_to_skip_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    Story(store, 3).tell(20)

    def broken(*_: object, **__: object) -> list[bytes]:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(mirror_findings.FindingPoints, "lines", broken)
    with pytest.raises(StoreError, match="the disk is gone"):
        LedgerFeed(title_of).after(store, 0)


def test_a_batch_has_a_limit_in_bytes_and_in_entries() -> None:
    store = MemoryStore()
    with store.writing() as session:
        session.ledger.append(site_drafts(), START_MS)
        for row in range(60):
            times = [START_MS + row * 5_000_000 + 10_000 * i for i in range(500)]
            session.readings.append_samples(words.samples(times, [-40_062_500] * 500, epoch=f"e{row}"))
        events = [words.event(i) for i in range(1_200)]
        session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, event) for event in events], START_MS)
    readings, ledger = readings_after(store, 0), LedgerFeed(title_of).after(store, 0)
    assert BATCH_BYTES_MAX // 3 < len(body_of(readings.lines)) <= BATCH_BYTES_MAX
    assert ledger.upto == ENTRIES_MAX
    with store.reading() as session:
        assert_mirrors(anew(store).sink.points, session)


def test_tag_summaries_and_people_move_the_cursors_and_show_nothing() -> None:
    store = MemoryStore()
    with store.writing() as session:
        session.readings.append_tags(words.tags(words.tag(1_000)))
        drafts = [words.draft(EntryKind.UNIT, words.unit()), words.draft(EntryKind.PROFILE, words.profile())]
        session.ledger.append(drafts, START_MS)
    reader = anew(store)
    assert (reader.readings, reader.ledger, reader.sink.bodies) == (1, 2, [])


def test_a_cursor_goes_past_tags_only_when_all_samples_before_them_are_in_the_batch() -> None:
    store = MemoryStore()

    def fill(session: Session) -> None:
        for i in range(5):
            session.readings.append_samples(words.samples([START_MS + i], [4_000_000], epoch=f"e{i}"))
            session.readings.append_tags(words.tags(words.tag(START_MS + i)))

    with store.writing() as session:
        session.ledger.append(site_drafts(), START_MS)
        fill(session)
    assert readings_after(store, 0).upto == 10
    assert readings_after(store, 10).upto == 10


def test_a_full_room_on_hold_is_asked_for_once_and_not_once_for_each_of_its_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, units = MemoryStore(), 200
    with store.writing() as session:
        session.ledger.append(site_drafts(), START_MS)
        names = [f"u-{n:03d}" for n in range(units)]
        exposures = [words.exposure(name) for name in names]
        holds = [words.hold(f"h-{name}", name, placed_ms=START_MS) for name in names]
        drafts = [words.draft(EntryKind.EXPOSURE, one) for one in exposures]
        drafts += [words.draft(EntryKind.HOLD, one) for one in holds]
        session.ledger.append(drafts, START_MS)
    asked = 0
    ask = MemoryRecords.holds_of_unit

    def counted(self: MemoryRecords, unit: str) -> tuple[Hold, ...]:
        nonlocal asked
        asked += 1
        return ask(self, unit)

    monkeypatch.setattr(MemoryRecords, "holds_of_unit", counted)
    reader = anew(store)
    assert [fields["units"] for (name, *_), fields in reader.sink.points.items() if name == "hold"] == [units]
    assert asked == units
