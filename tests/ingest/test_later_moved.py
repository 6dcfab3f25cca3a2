"""A record is saved, checked or moved while readings of a backlog wait to be judged: they are judged where it went."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from support.intake import END, PLACE, START, message, pipeline_on, sample, send, unit, verdicts

from assembly.verifying import verify
from coldchain.units import PlaceUnit, RegisterUnit
from coldchain.wire import Lane, Up, decode_up, encode
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.waiting import Waiting
from stores.copying import copy_all
from stores.postgres import PostgresStore
from stores.readonly import open_read_only
from stores.session import SqlStore
from stores.sqlite import SqliteStore, copy_file, open_store

MINUTE = 60_000


def judged_later(pipeline: Pipeline) -> None:
    while pipeline.later.turn(END, lambda: 0):
        pass


@pytest.fixture
def waiting_file(tmp_path: Path) -> Path:
    """A record in which an hour beyond the limits is stored and acknowledged, and not judged."""
    path = tmp_path / "hot.sqlite"
    store = open_store(path)
    pipeline = pipeline_on(store)
    pipeline.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=START, actor="tech"), END)
    send(pipeline, [sample(n, START + n * MINUTE, 4_000_000) for n in range(1, 31)])
    sent = message([sample(n, START + n * MINUTE, 9_000_000) for n in range(31, 91)])
    up = decode_up(sent.payload)
    assert isinstance(up, Up)
    pipeline.process([replace(sent, payload=encode(msgspec.structs.replace(up, lane=Lane.BACKFILL)))], END)
    store.close()
    return path


def moved(path: Path, target: SqlStore) -> SqlStore:
    source = open_store(path)
    with source.reading_sql() as sql:
        copy_all(sql, target)
    source.close()
    return target


def saved(path: Path, target: Path) -> SqliteStore:
    copy_file(path, target)
    copy = open_read_only(target)
    assert not verify(copy, projections=True).faults
    copy.close()
    return open_store(target)


@pytest.mark.parametrize("way", ["stays", "backup", "postgres"])
def test_what_waits_to_be_judged_waits_wherever_the_record_goes(
    way: str, waiting_file: Path, tmp_path: Path, postgres_store: PostgresStore
) -> None:
    ways: dict[str, Callable[[], SqlStore]] = {
        "stays": lambda: open_store(waiting_file),
        "backup": lambda: saved(waiting_file, tmp_path / "backup.sqlite"),
        "postgres": lambda: moved(waiting_file, postgres_store),
    }
    store = ways[way]()
    with store.reading() as session:
        assert Waiting(session, END).of_unit("u-1"), "nothing of it looks fine"
    assert not [one for one in verdicts(store)[0] if one.direction]
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    judged_later(Pipeline(store, Counters()))
    assert [(one.kind, one.direction) for one in verdicts(store)[0] if one.direction] == [("excursion", "too-warm")]
    with store.reading() as session:
        assert Waiting(session, END).of_unit("u-1") == ()
        assert "u-1" in {one.unit for one in session.records.holds_of_unit("u-1")}
        assert session.books.cursors("judge-later") == {}
    store.close()
