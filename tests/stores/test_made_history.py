"""The stores that figures are measured on are what the program itself would have written, and pass all its checks."""

from itertools import islice
from pathlib import Path

import pytest

from benchmarks import made_readings, make_history
from rules.interval import sums_of
from stores.checking import check
from stores.sqlite import open_store

DONATIONS = 120


def test_what_is_written_in_bulk_is_what_the_ledger_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_history, "BATCH", 500)
    dumps, entries = [], []
    for bulk in (False, True):
        store = open_store(tmp_path / f"{bulk}.sqlite")
        make_history.fill(store, make_history.Donations(DONATIONS, 365, 3), bulk=bulk)
        dumps.append(store.projection_dump())
        with store.reading() as session:
            entries.append(session.ledger.entries(0, 10**6))
        store.rebuild_projections()
        assert store.projection_dump() == dumps[-1]
        store.close()
    assert entries[0] == entries[1]
    assert dumps[0] == dumps[1]
    assert {entry.kind for entry in entries[0]} >= {"unit", "stay", "transformation", "finding", "hold", "decision"}


def test_the_same_seed_says_the_same() -> None:
    first, second = (list(make_history.Donations(20, 365, 3)) for _ in range(2))
    assert first == second
    assert [at for at, _ in first] == sorted(at for at, _ in first)
    assert len({part.unit for _, (_, part) in islice(first, 50) if hasattr(part, "unit")}) > 3


def test_copied_blocks_pass_every_check_and_read_as_their_template_does(tmp_path: Path) -> None:
    path = tmp_path / "hot.sqlite"
    make_history.make(path, 40, 3, 3, bulk=True).close()
    store = open_store(path)
    assert check(store).readings == 3 * 3 * 1_440
    probes = [made_readings.load_probe(number) for number in range(3)]
    with store.reading() as session:
        found = [session.readings.history(probe, 0, 2**50) for probe in probes]
        assert all(one.taken_ms.tolist() == found[0].taken_ms.tolist() for one in found)
        assert [len(one) for one in found] == [3 * 1_440] * 3
        profile = make_history.PROFILE
        sums = [sums_of(session.readings.tally(probe, 0, 2**50, profile.hold_ms), profile) for probe in probes]
        assert sums[1] == sums[0] == sums[2]
        admitted = [admission for admission, _ in session.readings.samples_after(0, 1_000)]
    assert admitted == sorted(set(admitted))
    store.close()
