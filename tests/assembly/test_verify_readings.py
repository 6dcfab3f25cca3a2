"""Verification finds an edited sum, and an edited reading long before its day is sealed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from support import store_words as words
from support.retention import CONFIRM, HOLD_MS, NOW, OLD, PROBE, PROPOSE, Centre, centre_on
from support.sealing import seal_all

from assembly.verifying import Verdict, told, verify
from coldchain import verifying as v
from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from ingest import retention
from ingest.digesting import DIGEST_EVERY_MS, DIGEST_ROWS_MAX
from stores.readonly import open_read_only
from stores.sqlite import open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hot.sqlite"


@pytest.fixture
def centre(path: Path) -> Iterator[Centre]:
    with closing(open_store(path)) as store:
        yield centre_on(store)


def verdict_on(path: Path, budget_days: int | None = None) -> Verdict:
    with closing(open_read_only(path)) as store:
        return verify(store, budget_days=budget_days)


def edited(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as line:
        for statement in statements:
            line.execute(statement)
        line.commit()


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
def test_an_edited_sum_is_found_and_named(centre: Centre, path: Path, level: int) -> None:
    assert verdict_on(path).faults == ()
    where = (
        f"probe = '{PROBE}' AND level = {level} AND number = (SELECT MIN(number) FROM block_sums WHERE level = {level})"
    )
    another = f"SELECT sums FROM block_sums WHERE probe = '{PROBE}' AND level = 0 ORDER BY number DESC LIMIT 1"
    edited(path, f"UPDATE block_sums SET sums = ({another}) WHERE {where}")
    (fault,) = verdict_on(path).faults
    assert (fault.kind, PROBE in fault.detail) == (v.SUMS, True)


@pytest.mark.parametrize("level", [0, 3])
def test_a_sum_that_is_gone_or_of_no_block_is_found(centre: Centre, path: Path, level: int) -> None:
    edited(path, f"DELETE FROM block_sums WHERE probe = '{PROBE}' AND level = {level}")
    assert [one.kind for one in verdict_on(path).faults] == [v.SUMS]
    centre.store.writing()
    with centre.store.writing() as session:
        session.readings.build_sums(PROBE, 600_000)
    assert verdict_on(path).faults == ()


def test_with_a_budget_a_part_is_added_up_and_the_figure_says_so(centre: Centre, path: Path) -> None:
    verdict = verdict_on(path, budget_days=1)
    assert verdict.looked.sum_days <= 3
    assert verdict.looked.chunks <= verdict.looked.chunks_of
    assert verdict_on(path, budget_days=0).looked.chunks == 0
    assert any("parts" in line for line in told(verdict))


def test_a_reading_that_is_edited_before_its_day_is_sealed_is_found(centre: Centre, path: Path) -> None:
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([NOW - 9_000], [4_000_000]))
        session.readings.append_samples(words.samples([NOW - 8_000], [9_000_000]))
    assert centre.pipeline.digest(NOW) == 2
    assert verdict_on(path).faults == ()
    body = "(SELECT body FROM hot_readings ORDER BY admission DESC LIMIT 1)"
    newest = "(SELECT MAX(admission) FROM hot_readings)"
    ends = ("first_taken_ms", "last_taken_ms")
    times = ", ".join(f"{end} = (SELECT MAX({end}) FROM hot_readings)" for end in ends)
    edited(
        path,
        "DROP TRIGGER hot_readings_no_update",
        f"UPDATE hot_readings SET body = {body}, {times} WHERE admission = {newest} - 1",
    )
    (fault,) = verdict_on(path).faults
    assert fault.kind == v.READINGS
    assert "hash differs" in fault.detail


@pytest.mark.parametrize("how", ["made anew", "left out"])
def test_an_edited_reading_is_found_though_the_table_of_hashes_agrees_with_it(
    centre: Centre, path: Path, how: str
) -> None:
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([NOW - 9_000], [4_000_000]))
    assert centre.pipeline.digest(NOW) == 1
    with centre.store.reading() as session:
        (known,) = session.records.reading_digests()
    edited(path, "DROP TRIGGER hot_readings_no_update", "UPDATE hot_readings SET received_ms = received_ms + 1")
    with centre.store.reading() as session:
        forged = session.readings.digest(known.after, 9)
    assert forged is not None
    assert forged.sha256 != known.sha256
    if how == "left out":
        edited(path, "DELETE FROM reading_digests")
    else:
        edited(path, f"UPDATE reading_digests SET body = replace(body, '{known.sha256}', '{forged.sha256}')")
    (fault,) = verdict_on(path).faults
    assert "hash differs" in fault.detail


def test_hashes_hold_when_days_are_sealed_and_when_others_are_removed(centre: Centre, path: Path) -> None:
    with centre.store.writing() as session:
        for i in range(3):
            session.readings.append_samples(words.samples([NOW - 20 * DAY_MS + i * 1_000], [4_000_000]))
            session.readings.append_tags(words.tags(words.tag(NOW - 20 * DAY_MS)))
    with centre.store.reading() as session:
        made_first = session.readings.digest(0, 10)  # of a record that had hashes from its first row on
    assert made_first is not None
    centre.note(EntryKind.READING_DIGEST, made_first)
    assert centre.pipeline.digest(NOW) == 0
    with centre.store.writing() as session:
        assert seal_all(session, PROBE, 20_000, [600_000]) >= 1
    assert verdict_on(path).faults == ()
    made = centre.propose()
    centre.record(replace(CONFIRM, sha256=made.sha256))
    assert centre.pipeline.dispose(NOW) == 3
    verdict = verdict_on(path)
    assert verdict.faults == ()
    assert (verdict.looked.digests, verdict.looked.digests_removed) == (1, 0)


def test_rows_come_under_a_hash_every_hour_or_when_there_are_many(centre: Centre) -> None:
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([NOW - 5], [4_000_000]))
    assert centre.pipeline.digest(NOW) == 1
    assert centre.pipeline.digest(NOW) == 0
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([NOW], [4_000_000]))
    assert centre.pipeline.digest(NOW + DIGEST_EVERY_MS - 1) == 0
    assert centre.pipeline.digest(NOW + DIGEST_EVERY_MS) == 1
    with centre.store.writing() as session:
        for i in range(DIGEST_ROWS_MAX + 1):
            session.readings.append_samples(words.samples([NOW + i], [4_000_000]))
    assert centre.pipeline.digest(NOW + DIGEST_EVERY_MS + 1) == DIGEST_ROWS_MAX
    with centre.store.reading() as session:
        spans = [(one.after, one.upto) for one in session.records.reading_digests()]
    assert spans == [(4, 5), (5, 6), (6, 6 + DIGEST_ROWS_MAX)]


def test_the_first_hash_begins_behind_what_lies_in_blocks_and_nowhere_later(centre: Centre, path: Path) -> None:
    assert centre.pipeline.digest(NOW) == 0
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([NOW - 5], [4_000_000]))
        session.readings.append_samples(words.samples([NOW - 4], [4_000_000]))
        late = session.readings.digest(5, 9)
    assert late is not None
    assert late.rows == 1
    centre.note(EntryKind.READING_DIGEST, late)
    (fault,) = verdict_on(path).faults
    assert fault.detail == "rows 1 to 5 are under no hash of the ledger"


def rows_that_share_a_hash(centre: Centre) -> None:
    """Let rows of today, not sealed, share a hash with late rows of a day that goes."""
    with centre.store.writing() as session:
        session.readings.append_samples(words.samples([NOW - 7_200_000 + i for i in range(3)], [4_000_000] * 3))
        session.readings.append_samples(words.samples([OLD * DAY_MS + 900_000], [4_000_000]))
        session.readings.append_tags(words.tags(words.tag(NOW - 3_600_000)))
        session.readings.append_samples(words.samples([NOW - 3_600_000 + i for i in range(3)], [9_000_000] * 3))
    assert centre.pipeline.digest(NOW) == 4
    with centre.store.writing() as session:
        assert seal_all(session, PROBE, OLD + 1, [HOLD_MS]) == 1


def confirmed_removal(centre: Centre) -> None:
    made = centre.propose()
    centre.record(replace(CONFIRM, sha256=made.sha256))


OF_ANOTHER = ", ".join(
    f"{name} = (SELECT {name} FROM hot_readings WHERE admission = 8)"
    for name in ("body", "first_taken_ms", "last_taken_ms")
)
WARMER = (
    "DROP TRIGGER IF EXISTS hot_readings_no_update",
    f"UPDATE hot_readings SET {OF_ANOTHER} WHERE admission = 5",
)


def test_a_row_that_is_edited_after_a_removal_of_its_neighbours_is_found(centre: Centre, path: Path) -> None:
    rows_that_share_a_hash(centre)
    confirmed_removal(centre)
    assert centre.pipeline.dispose(NOW) == 4
    verdict = verdict_on(path)
    assert verdict.faults == ()
    assert (verdict.looked.digests, verdict.looked.digests_removed) == (1, 0)
    edited(path, *WARMER)
    (fault,) = verdict_on(path).faults
    assert "hash differs" in fault.detail


def test_what_a_removal_left_is_compared_when_it_is_sealed_later(centre: Centre, path: Path) -> None:
    rows_that_share_a_hash(centre)
    confirmed_removal(centre)
    assert centre.pipeline.dispose(NOW) == 4
    with centre.store.writing() as session:
        assert seal_all(session, PROBE, 20_001, [HOLD_MS]) == 1
    verdict = verdict_on(path)
    assert verdict.faults == ()
    assert verdict.looked.digests_removed == 0


def test_a_row_that_was_edited_before_stops_the_removal_that_would_hide_it(centre: Centre, path: Path) -> None:
    rows_that_share_a_hash(centre)
    confirmed_removal(centre)
    edited(path, *WARMER)
    assert centre.pipeline.dispose(NOW) == 0
    assert centre.state() == "withdrawn"
    with centre.store.reading() as session:
        known = session.records.disposal("d-1")
    assert known is not None
    assert "hash differs" in known.why_not
    assert centre.kept() == (OLD, OLD + 1, 19_990)


def test_one_removal_touches_no_more_hashes_than_can_be_made_anew(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    with centre.store.reading() as session:
        for after in range(3):
            one = session.readings.digest(after, 1)
            assert one is not None
            centre.note(EntryKind.READING_DIGEST, one)
    monkeypatch.setattr(retention, "DISPOSAL_DIGESTS_MAX", 2)
    assert centre.propose().blocks == 2
    assert centre.propose(replace(PROPOSE, id="d-2")).blocks == 1


def record_of_before_there_were_hashes(path: Path, *, removed: bool) -> Centre:
    """A record with tag reads from its first row on, years in blocks, of which some were removed, and no hash yet.

    Tag reads are never sealed, so that the first hash goes over everything, also over blocks and what went from among
    them.
    """
    store = open_store(path)
    with store.writing() as session:
        session.readings.append_tags(words.tags(words.tag(OLD * DAY_MS)))
    centre = centre_on(store)
    with store.writing() as session:
        session.readings.append_tags(words.tags(words.tag(NOW - DAY_MS)))
        session.readings.append_samples(words.samples([NOW - DAY_MS], [4_000_000]))
    if removed:
        confirmed_removal(centre)
        assert centre.pipeline.dispose(NOW) == 3
    return centre


@pytest.mark.parametrize(("removed", "rows"), [(False, 7), (True, 4)])
def test_a_first_hash_that_begins_low_for_tag_reads_holds_and_finds_an_edit(
    path: Path, removed: bool, rows: int
) -> None:
    centre = record_of_before_there_were_hashes(path, removed=removed)
    with closing(centre.store):
        assert centre.pipeline.digest(NOW) == rows
        verdict = verdict_on(path)
        assert verdict.faults == ()
        assert verdict.looked.skipped == ()
        edited(
            path,
            "DROP TRIGGER IF EXISTS hot_readings_no_update",
            "UPDATE hot_readings SET received_ms = received_ms + 1 WHERE admission = 1",
        )
        (fault,) = verdict_on(path).faults
        assert "hash differs" in fault.detail


def test_a_hash_that_was_made_after_a_removal_survives_the_next_one(path: Path) -> None:
    centre = record_of_before_there_were_hashes(path, removed=True)
    with closing(centre.store):
        assert centre.pipeline.digest(NOW) == 4
        with centre.store.writing() as session:
            session.readings.append_samples(words.samples([OLD * DAY_MS + 900_000], [4_000_000]))
            assert seal_all(session, PROBE, OLD + 1, [HOLD_MS]) == 1
        assert centre.pipeline.digest(NOW + DIGEST_EVERY_MS) == 1
        made = centre.propose(replace(PROPOSE, id="d-2"))
        centre.record(replace(CONFIRM, id="d-2", sha256=made.sha256))
        assert centre.pipeline.dispose(NOW) == 1
        verdict = verdict_on(path)
        assert verdict.faults == ()
        assert verdict.looked.skipped == ()
