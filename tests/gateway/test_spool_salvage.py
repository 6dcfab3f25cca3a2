"""A damaged spool is put aside, what can be read goes on under its numbers, and what was lost is said."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from support.hand_clock import HandClock
from support.lossy_centre import World
from support.spools import MIB, T0_MS, UP_MS, ack, event, open_spool, sample, seqs, tag

from coldchain.errors import StoreError
from coldchain.facts import DeviceEvent, EventKind, Fact, Gap
from gateway import spool_salvage
from gateway.counters import Counters
from gateway.intake import Intake
from gateway.repair_watch import DAMAGED, RepairWatch
from gateway.spool import Spool
from gateway.spool_rows import UnreadableRowError
from gateway.spool_salvage import REPAIRS, Repair, repairs_of

ROWS = 3_000
PAGE = 4_096


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_cost_what_they_hit_and_nothing_else(tmp_path: Path, seed: int) -> None:
    written = _written(tmp_path)
    chance, path = random.Random(seed), tmp_path / "spool.db"
    raw = bytearray(path.read_bytes())
    pages = len(raw) // PAGE
    hit = chance.sample(range(1, pages), 3) if seed % 3 else [0, chance.randrange(1, pages)]
    for page in hit:
        for _ in range(chance.choice([1, 40, PAGE])):
            raw[page * PAGE + chance.randrange(PAGE)] ^= chance.randrange(1, 256)
    path.write_bytes(raw)
    with open_spool(tmp_path) as spool:
        saved = _readable(spool)
        for seq, fact in saved.items():
            assert fact == written[seq], "a row that the disk has changed was taken for whole"
        assert spool.accept([sample()]) == [spool.last_seq()]
        repairs = repairs_of(spool.state(REPAIRS))
        if repairs:
            (repair,) = repairs
            assert (tmp_path / repair.file).read_bytes() == raw
            assert repair.rows_saved == len(saved)
            if saved:  # else the tree's root was hit
                assert ROWS - len(saved) <= repair.rows_lost + 1
        else:
            assert ROWS - len(saved) <= 3 * PAGE // 100, "a check sum or nothing was hit"


def test_a_page_that_is_overwritten_costs_its_rows_only(tmp_path: Path) -> None:
    written = _written(tmp_path)
    path = tmp_path / "spool.db"
    raw = bytearray(path.read_bytes())
    leaf = next(at for at in range(20 * PAGE, len(raw), PAGE) if raw[at] == 13)  # 13: a leaf of a table
    raw[leaf : leaf + PAGE] = b"\xff" * PAGE
    path.write_bytes(raw)
    with open_spool(tmp_path) as spool:
        saved = _readable(spool)
        (repair,) = repairs_of(spool.state(REPAIRS))
        assert (spool.epoch, spool.last_seq(), spool.state("presence")) == (_EPOCH[0], ROWS, b"here")
        assert ROWS - 60 < len(saved) < ROWS
        assert repair.rows_lost == ROWS - len(saved)
        missing = [written[seq].taken_ms for seq in written if seq not in saved]
        assert repair.from_ms < min(missing) <= max(missing) < repair.to_ms
        assert repair.to_ms - repair.from_ms == max(missing) - min(missing) + 2


@pytest.mark.parametrize("keep", [0, 100, 20 * PAGE, 41 * PAGE + 7])
def test_a_truncated_file_goes_on_with_what_is_left(tmp_path: Path, keep: int) -> None:
    written = _written(tmp_path)
    path = tmp_path / "spool.db"
    path.write_bytes(path.read_bytes()[:keep])
    with open_spool(tmp_path) as spool:
        assert all(fact == written[seq] for seq, fact in _readable(spool).items())
        assert len(repairs_of(spool.state(REPAIRS))) == 1
        spool.accept([sample()])
    assert (tmp_path / "spool.db.damaged-1").stat().st_size == keep


def test_a_file_that_never_was_a_database_is_put_aside_and_kept(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"this was never a database" * 100)
    with open_spool(tmp_path) as spool:
        assert spool.accept([sample()]) == [1]
    assert (tmp_path / "spool.db.damaged-1").read_bytes() == b"this was never a database" * 100
    (tmp_path / "spool.db").write_bytes(b"nor this" * 1_000)
    with open_spool(tmp_path) as spool:
        assert spool.depth() == 0
    assert (tmp_path / "spool.db.damaged-2").exists()


@pytest.mark.parametrize("seed", range(4))
def test_garbage_in_the_write_ahead_log_is_survived(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with open_spool(tmp_path) as spool:
        written = {seq: sample(T0_MS + seq) for seq in spool.accept([sample(T0_MS + n) for n in range(1, 501)])}
        wal = (tmp_path / "spool.db-wal").read_bytes()
        main = (tmp_path / "spool.db").read_bytes()
    raw = bytearray(wal)
    for _ in range(200):
        raw[chance.randrange(len(raw))] ^= 0xFF
    (tmp_path / "spool.db-wal").write_bytes(raw)
    (tmp_path / "spool.db").write_bytes(main)
    with open_spool(tmp_path) as spool:
        for seq, fact in _readable(spool).items():
            assert fact.taken_ms == written[seq].taken_ms
        spool.accept([sample()])


def test_a_page_that_goes_bad_under_a_running_gateway_is_mended_and_the_centre_ends_with_the_rest(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, items_max=50)
    for n in range(200):
        world.spool.accept([sample(world.clock.now_ms() + n * 20 + i) for i in range(20)])
    before = {fact.taken_ms for fact in _readable(world.spool).values()}
    world.spool._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.spool._writer.execute("PRAGMA cache_size = 1")
    path = tmp_path / "spool.db"
    raw = path.read_bytes()
    leaves = [at for at in range(10 * PAGE, len(raw), PAGE) if raw[at] == 13]
    with path.open("r+b") as file:
        for at in leaves[10:13]:
            file.seek(at)
            file.write(b"\x00" * PAGE)
    for connection in (world.spool._writer, world.spool._reader):
        connection.execute("PRAGMA shrink_memory")
    world.connect()
    for _ in range(100):
        _through(world)
        if world.spool.generation:
            break
        world.clock.forward(ms=5_001)
    assert world.spool.generation == 1
    world.settle_down()
    watch = RepairWatch(world.spool, Intake(world.spool, world.clock, Counters(), "gw-1"), world.clock, "gw-1")
    watch.tick()
    watch.tick()
    world.settle_down()
    at_centre = world.at_centre()
    said = [f for f in world.centre.facts.values() if isinstance(f, DeviceEvent) and f.kind is EventKind.SPOOL_REPAIRED]
    (gap,) = [gap for gap in world.gaps() if gap.reason == DAMAGED]
    assert len(said) == 1
    assert before - at_centre, "nothing was hit"
    assert len(before - at_centre) <= gap.lost <= 150
    assert all(gap.from_ms <= taken_ms <= gap.to_ms for taken_ms in before - at_centre)
    world.spool.close()


@pytest.mark.parametrize("step", ["journal", "aside", "build", "rename"])
def test_a_kill_in_the_middle_of_a_repair_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    _written(tmp_path)
    path = tmp_path / "spool.db"
    raw = bytearray(path.read_bytes())
    raw[30 * PAGE : 31 * PAGE] = b"\xee" * PAGE
    path.write_bytes(raw)
    cut = {"journal": "_mend", "aside": "_build", "build": "_name_it", "rename": "_sync"}[step]
    real, calls = getattr(spool_salvage, cut), [0]

    def killed(*args: object) -> object:
        calls[0] += 1
        if step != "rename" or calls[0] == 3:
            raise _KilledError
        return real(*args)

    with monkeypatch.context() as dying:
        dying.setattr(spool_salvage, cut, killed)
        with pytest.raises(_KilledError):
            open_spool(tmp_path)
    with open_spool(tmp_path) as spool:
        assert ROWS - 60 < spool.depth() <= ROWS
        assert (spool.epoch, spool.last_seq()) == (_EPOCH[0], ROWS)
        assert repairs_of(spool.state(REPAIRS))
    assert (tmp_path / "spool.db.damaged-1").read_bytes() == raw
    assert not (tmp_path / "spool.db.mending").exists()


def test_a_repair_is_said_once_and_outlives_a_kill_before_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"rubbish" * 1_000)
    open_spool(tmp_path).close()
    clock = HandClock()
    for expected in (1, 1):
        with open_spool(tmp_path) as spool:
            watch = RepairWatch(spool, Intake(spool, clock, Counters(), "gw-1"), clock, "gw-1")
            watch.tick()
            watch.tick()
            facts = spool.next_batch(0, T0_MS, UP_MS).facts
            assert len(facts) == expected
            assert isinstance(facts[0], DeviceEvent)
            assert facts[0].details == {"file": "spool.db.damaged-1", "rows_saved": 0, "rows_lost": 0}


def test_a_lost_row_is_a_gap_of_the_gateway_itself(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        repair = Repair(file="spool.db.damaged-1", rows_saved=5, rows_lost=3, from_ms=T0_MS, to_ms=T0_MS + 9)
        spool.accept([], {REPAIRS: msgspec.json.encode((repair,))})
        clock = HandClock()
        RepairWatch(spool, Intake(spool, clock, Counters(), "gw-1"), clock, "gw-1").tick()
        _, gap = spool.next_batch(0, T0_MS, UP_MS).facts
        assert isinstance(gap, Gap)
        assert (gap.origin, gap.from_ms, gap.to_ms, gap.lost) == ("gw-1", T0_MS, T0_MS + 9, 3)
        assert repairs_of(spool.state(REPAIRS)) == ()


def test_numbers_that_cannot_be_read_begin_a_new_epoch(tmp_path: Path) -> None:
    _written(tmp_path)
    path = tmp_path / "spool.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE sqlite_sequence SET seq = 17 WHERE name = 'row'")
        db.commit()
    raw = bytearray(path.read_bytes())
    raw[30 * PAGE : 31 * PAGE] = b"\xee" * PAGE
    path.write_bytes(raw)
    with open_spool(tmp_path) as spool:
        assert spool.epoch != _EPOCH[0]
        assert spool.last_seq() == ROWS
        assert spool.accept([sample()]) == [ROWS + 1]


def test_a_newer_programs_spool_is_left_alone(tmp_path: Path) -> None:
    _written(tmp_path)
    with closing(sqlite3.connect(tmp_path / "spool.db")) as db:
        db.execute("PRAGMA user_version = 3")
    with pytest.raises(StoreError, match="not a spool of this program's version"):
        open_spool(tmp_path)


def test_a_file_of_the_layout_before_is_brought_up_to_date(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample(), tag(), event()])
    with closing(sqlite3.connect(tmp_path / "spool.db", isolation_level=None)) as db:
        db.execute("DROP INDEX row_by_rank")
        db.execute("ALTER TABLE row DROP COLUMN rank")
        db.execute("ALTER TABLE row DROP COLUMN crc")
        db.execute("PRAGMA user_version = 1")
    with open_spool(tmp_path) as spool:
        spool.accept([event()])
        assert seqs(spool) == [1, 2, 3, 4]
        assert spool.urgent(0, 9) == [1, 4]  # an old event may be one of custody, which keeps its order
        spool.settle(ack(spool, contiguous=4))


_EPOCH = [""]


class _KilledError(BaseException):
    """The process dies here."""


def _written(folder: Path) -> dict[int, Fact]:
    """A spool of 3,000 rows, one millisecond after the other, closed and in one file."""
    with open_spool(folder, bytes_max=64 * MIB) as spool:
        for at in range(0, ROWS, 100):
            spool.accept(
                [sample(T0_MS + n, micro_celsius=n * 1_000) for n in range(at, at + 100)], {"presence": b"here"}
            )
        _EPOCH[0] = spool.epoch
        return _readable(spool)


def _readable(spool: Spool) -> dict[int, Fact]:
    """All rows that come back, by number; a row whose check sum is wrong is put aside as the uplink does it."""
    found: dict[int, Fact] = {}
    after = 0
    while True:
        try:
            facts = spool.next_batch(after, T0_MS, UP_MS).facts
        except UnreadableRowError as error:
            after = error.seq
            continue
        except StoreError:
            spool.mend()
            found, after = {}, 0
            continue
        if not facts:
            return found
        found.update({fact.seq: fact for fact in facts})
        after = facts[-1].seq


def _through(world: World) -> None:
    while world.up or world.acks:
        try:
            if world.up:
                world.deliver_up(0)
            if world.acks:
                world.deliver_ack(0)
        except StoreError:  # the uplink's thread counts it and goes on with its next round
            continue
    try:
        world.forward(1)
    except StoreError:
        return
