"""What is removed by policy goes by the one way that two signatures open, and verification tells it from a loss."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.retention import CONFIRM, NOW, PROPOSE, Centre, centre_on

from assembly.verifying import told, verify
from coldchain import verifying as v
from stores.readonly import open_read_only
from stores.sqlite import open_store


@pytest.fixture
def centre(path: Path) -> Iterator[Centre]:
    """A record with readings whose time is over, sealed and not removed yet."""
    with closing(open_store(path)) as store:
        yield centre_on(store)


def removed(centre: Centre) -> None:
    disposal = centre.propose()
    centre.record(msgspec.structs.replace(CONFIRM, sha256=disposal.sha256))
    assert centre.pipeline.dispose(NOW) == 3


def verdict_on(path: Path) -> Any:
    with closing(open_read_only(path)) as store:
        return verify(store, projections=True)


def test_verification_says_removed_by_policy_by_whom_and_not_missing(centre: Centre, path: Path) -> None:
    removed(centre)
    verdict = verdict_on(path)
    assert verdict.faults == ()
    lines = [line for line in told(verdict) if "removed by policy" in line]
    assert len(lines) == 1
    assert all(name in lines[0] for name in (PROPOSE.name, PROPOSE.post, CONFIRM.name, CONFIRM.post, "2 probes"))


def test_a_removal_without_such_an_entry_is_found(centre: Centre, path: Path) -> None:
    removed(centre)
    with closing(sqlite3.connect(path)) as line:
        for table in ("block_bodies", "block_rests"):
            line.execute(f"DROP TRIGGER {table}_no_delete")
            line.execute(f"DELETE FROM {table} WHERE seq = (SELECT MAX(seq) FROM {table})")
        line.commit()
    verdict = verdict_on(path)
    assert [fault.kind for fault in verdict.faults] == [v.BLOCK]
    assert "missing" in verdict.faults[0].detail


def test_the_database_lets_nothing_go_that_the_newest_entry_does_not_name(centre: Centre, path: Path) -> None:
    disposal = centre.propose()
    named = "SELECT seq, 'x', 0, 1, 'd-1', lower(hex(hash)), (SELECT MAX(seq) FROM ledger)"
    with closing(sqlite3.connect(path)) as line:
        line.execute(f"INSERT INTO removed_blocks {named} FROM block_bodies")
        for table in ("block_bodies", "block_rests"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                line.execute(f"DELETE FROM {table}")
    assert disposal.blocks == 3


@pytest.mark.parametrize("sql", ["UPDATE block_bodies SET hash = X'00'", "UPDATE block_rests SET rest = X'00'"])
def test_blocks_still_cannot_be_changed(centre: Centre, path: Path, sql: str) -> None:
    removed(centre)
    with closing(sqlite3.connect(path)) as line, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        line.execute(sql)


def test_projections_are_the_same_when_they_are_made_anew_after_a_removal(centre: Centre) -> None:
    removed(centre)
    before = centre.store.projection_dump()
    centre.store.rebuild_projections()
    assert centre.store.projection_dump() == before
