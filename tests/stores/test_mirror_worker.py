"""The mirror's worker: cursors move after the server has it, and nothing that happens ends the thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import store_words as words
from support.hand_clock import HandClock
from support.influx_stand_in import Points
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_world import MIRRORED, START_MS, DirectCursors, Story, assert_mirrors, title_of
from support.standings import shown, standing
from support.waiting import until

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Store
from stores.delivery import Pace
from stores.influx import Answer, Verdict
from stores.mirror import EDITION, EDITION_NOW, LEDGER, READINGS, TARGET, Mirror
from stores.points import NEVER_S, Snapshot

QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=2, hold_ms=1)


class World:
    """A store with a story, a sink in memory, and mirrors that come and go."""

    def __init__(self, seed: int = 1) -> None:
        self.store: Store = MemoryStore()
        self.story = Story(self.store, seed)
        self.sink = MemorySink()
        self.clock = HandClock(START_MS + 100_000_000)
        self.snapshots: Callable[[int], Snapshot] | None = None
        self.cursors = DirectCursors(self.store)

    def mirror(self, **more: Any) -> Mirror:
        return Mirror(
            self.store,
            more.pop("cursors", self.cursors),
            self.sink,
            self.clock,
            titles=more.pop("titles", title_of),
            snapshots=self.snapshots,
            pace=QUICK,
            **more,
        )

    @contextmanager
    def running(self, **more: Any) -> Iterator[Mirror]:
        mirror, stop = self.mirror(**more), threading.Event()
        thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield mirror
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()

    def cursor(self, name: str) -> int:
        with self.store.reading() as session:
            return session.books.cursor(name)

    def mirrored(self) -> Points:
        return {key: fields for key, fields in self.sink.points.items() if key[0] in MIRRORED}


def level(mirror: Mirror) -> bool:
    status = mirror.status()
    return status.readings_behind == status.ledger_behind == 0


def assert_level(world: World, mirror: Mirror) -> None:
    until(lambda: level(mirror))
    with world.store.reading() as session:
        assert_mirrors(world.mirrored(), session)


def test_it_follows_while_things_happen_and_its_cursors_say_how_far_it_is() -> None:
    world = World()
    world.sink.exists = False
    with world.running() as mirror:
        for _ in range(5):
            world.story.tell(10)
            assert_level(world, mirror)
        assert (mirror.status().behind_s, mirror.status().rebuilds) == (0, 0)
    with world.store.reading() as session:
        assert world.cursor(READINGS) == session.readings.last_admission()
        assert world.cursor(LEDGER) == session.ledger.next_seq() - 1
    assert world.sink.closed


def test_the_next_run_goes_on_where_the_last_one_was() -> None:
    world = World()
    world.story.tell(20)
    with world.running() as mirror:
        assert_level(world, mirror)
    world.sink.bodies.clear()
    with world.running() as mirror:
        assert_level(world, mirror)
        world.story.tell(1)
        assert_level(world, mirror)
        assert mirror.status().rebuilds == 0
    assert sum(body.count(b"\n") + 1 for body in world.sink.bodies) < 400


def test_a_program_that_shows_more_of_the_ledger_sends_it_again_and_the_readings_not() -> None:
    world = World()
    world.story.tell(20)
    with world.running() as mirror:
        assert_level(world, mirror)
    readings, ledger = world.cursor(READINGS), world.cursor(LEDGER)
    assert world.cursor(EDITION) == EDITION_NOW
    world.cursors.move(EDITION, EDITION_NOW - 1)  # an earlier program: it knew no signals and no list of alarms
    world.sink.points = {key: fields for key, fields in world.sink.points.items() if key[0] != "signal"}
    with world.running() as mirror:
        until(lambda: world.cursor(EDITION) == EDITION_NOW)
        assert_level(world, mirror)
        assert mirror.status().rebuilds == 0
    assert (world.cursor(READINGS), world.cursor(LEDGER)) == (readings, ledger)
    assert any(name == "signal" for name, _, _ in world.sink.points)


def test_while_the_server_is_down_no_cursor_moves_and_one_batch_is_in_memory() -> None:
    world = World()
    with world.running() as mirror:
        assert_level(world, mirror)
        before = (world.cursor(READINGS), world.cursor(LEDGER))
        sent = mirror.status().points
        world.sink.down = True
        world.sink.bodies.clear()
        with world.store.writing() as session:
            session.readings.append_samples(words.samples([START_MS], [4_000_000], epoch="x"))
        until(lambda: mirror.status().retries > 0)
        world.story.tell(40)
        until(lambda: mirror.status().retries > 20)
        assert (world.cursor(READINGS), world.cursor(LEDGER)) == before
        assert len(set(world.sink.bodies)) == 1
        world.clock.forward(61_000)
        status = mirror.status()
        assert (status.waiting, status.behind_s, status.points) == ("down", 61, sent)
        assert status.readings_behind > 0
        world.sink.down = False
        assert_level(world, mirror)
        assert (mirror.status().waiting, mirror.status().last_error) == ("", "down")


class LostCursors:
    """Says yes and moves nothing: what a crash before the transaction leaves."""

    def move(self, name: str, value: int) -> None:
        """Forget it."""


def test_a_crash_before_the_cursor_was_moved_sends_again_and_changes_nothing() -> None:
    world = World()
    world.story.tell(30)
    with world.running(cursors=LostCursors()) as mirror:
        assert_level(world, mirror)
    before = world.mirrored()
    assert world.cursor(READINGS) == 0
    with world.running() as mirror:
        assert_level(world, mirror)
    assert world.mirrored() == before


def test_a_database_that_vanishes_is_made_again_and_filled_from_the_beginning() -> None:
    world = World()
    world.story.tell(30)
    with world.running() as mirror:
        assert_level(world, mirror)
        world.sink.wipe()
        world.story.tell(1)
        until(lambda: mirror.status().rebuilds == 1)
        assert_level(world, mirror)
    assert world.sink.exists


def test_before_a_database_is_made_the_cursors_are_back_durably() -> None:
    """A crash right after the database was made must find cursors that say that nothing is in it."""
    world = World()
    world.story.tell(10)
    seen: list[tuple[int, int]] = []

    class Watched(MemorySink):
        def create(self) -> Answer:
            seen.append((world.cursor(READINGS), world.cursor(LEDGER)))
            return super().create()

    world.sink = Watched()
    with world.running() as mirror:
        assert_level(world, mirror)
        world.sink.wipe()
        world.story.tell(1)
        until(lambda: world.sink.exists)
    assert seen[-1] == (0, 0)


def test_where_databases_are_made_by_people_it_waits_for_them_with_advice() -> None:
    world = World()
    world.sink.exists = world.sink.creates = False
    world.story.tell(10)
    with world.running() as mirror:
        until(lambda: mirror.status().retries > 5)
        until(lambda: mirror.status().advice == "make the bucket")
        assert (world.cursor(READINGS), world.sink.points) == (0, {})
        world.sink.exists = True
        assert_level(world, mirror)


def test_another_server_or_bucket_gets_everything_from_the_beginning() -> None:
    world = World()
    world.story.tell(20)
    with world.running() as mirror:
        assert_level(world, mirror)
    assert world.cursor(TARGET) == world.sink.identity
    world.sink = MemorySink(identity=8)
    with world.running() as mirror:
        until(lambda: world.cursor(TARGET) == 8)
        assert_level(world, mirror)


def test_being_asked_to_rebuild_it_sends_everything_again() -> None:
    world = World()
    world.story.tell(20)
    with world.running() as mirror:
        assert_level(world, mirror)
        world.sink.points.clear()
        mirror.rebuild()
        until(lambda: mirror.status().rebuilds == 1)
        assert_level(world, mirror)


def test_a_bad_line_becomes_a_dead_letter_and_the_cursor_goes_on(tmp_path: Path) -> None:
    world = World()
    world.story.tell(3)
    letters = tmp_path / "letters.jsonl"
    bad = words.event(10_000, origin="box-1", gateway="box-1", kind="battery", details={"percent": "full"})
    with world.store.writing() as session:
        session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, bad)], START_MS)
    with world.running(dead_letters=letters) as mirror:
        until(lambda: level(mirror))
        status = mirror.status()
    assert (status.dead_letters, status.faults) == (1, 1)
    assert "percent" in letters.read_text(encoding="utf-8")


def test_a_store_that_cannot_be_read_for_a_while_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.story.tell(10)
    reading, broken = world.store.reading, threading.Event()
    broken.set()

    def sometimes() -> Any:
        if broken.is_set():
            raise StoreError("the disk is gone")
        return reading()

    monkeypatch.setattr(world.store, "reading", sometimes)
    with world.running() as mirror:
        until(lambda: mirror._count.now.faults > 3)
        broken.clear()
        assert_level(world, mirror)
        assert mirror.status().last_error == "the disk is gone"


def present(now_ms: int) -> Snapshot:
    return Snapshot(as_of_ms=now_ms, places=(shown(standing=standing(as_of_ms=now_ms)),))


def said(world: World, name: str) -> dict[int, dict[str, object]]:
    return {at_ms: dict(fields) for (measurement, _, at_ms), fields in world.sink.points.items() if measurement == name}


def test_every_ten_seconds_it_says_how_places_stand_every_minute_ages_every_hour_the_registry() -> None:
    world = World()
    world.snapshots = present
    start_ms = world.clock.now_ms()
    with world.running() as mirror:
        for number in range(1, 14):
            until(lambda n=number: mirror.status().snapshots >= n)  # type: ignore[misc]
            world.clock.forward(10_000)
        until(lambda: mirror.status().snapshots == 14)
        world.clock.forward(3_600_000)
        until(lambda: mirror.status().snapshots >= 15)
    states = sorted(said(world, "place_state"))
    assert states[:13] == [start_ms + 10_000 * i for i in range(13)]
    assert sorted(said(world, "probe_age"))[:3] == [start_ms, start_ms + 60_000, start_ms + 120_000]
    registry = sorted(said(world, "place"))
    assert registry[0] == start_ms
    assert len(registry) == 2
    assert registry[1] >= start_ms + 3_600_000


def test_a_snapshot_that_cannot_be_sent_is_left_out_and_keeps_nothing_back() -> None:
    world = World()
    world.snapshots = present
    later = Answer(verdict=Verdict.RETRY, reason="HTTP 503")
    world.sink.script.append(later)
    world.story.tell(10)
    with world.running() as mirror:
        assert_level(world, mirror)
        assert (mirror.status().snapshots, mirror.status().snapshots_missed) == (0, 1)
        world.clock.forward(10_000)
        until(lambda: mirror.status().snapshots == 1)
    assert len(said(world, "place")) == 1  # the registry was not said, so it is still due


def test_words_that_fail_leave_the_record_going() -> None:
    world = World()

    def failing(now_ms: int) -> Snapshot:
        raise LookupError("no words for this")

    world.snapshots = failing
    world.story.tell(10)
    with world.running() as mirror:
        assert_level(world, mirror)
        status = mirror.status()
    assert (status.snapshots_missed, status.faults, status.last_error) == (1, 1, "LookupError: no words for this")


def test_a_place_whose_state_cannot_be_said_is_named_and_the_others_are_said() -> None:
    world = World()

    def half(now_ms: int) -> Snapshot:
        whole = present(now_ms)
        return Snapshot(as_of_ms=now_ms, places=whole.places, faults=(("state of fridge-9", "KeyError: 'x'"),))

    world.snapshots = half
    with world.running() as mirror:
        until(lambda: mirror.status().snapshots == 1)
        status = mirror.status()
    assert (status.snapshots_missed, status.faults) == (0, 1)
    assert status.last_error == "snapshot without state of fridge-9: KeyError: 'x'"
    assert said(world, "place_state")


def test_titles_that_fail_become_dead_letters_and_the_rest_goes_on() -> None:
    world = World()
    world.story.tell(20)

    def failing(*_: object) -> Any:
        raise LookupError("no title")

    with world.running(titles=failing) as mirror:
        until(lambda: level(mirror))
    assert mirror.status().dead_letters > 0
    assert {name for name, _, _ in world.sink.points} >= {"temperature", "contact", "hold"}


def test_a_gateway_that_was_never_heard_has_an_age_all_the_same_and_a_site_that_of_its_youngest() -> None:
    world = World()
    world.snapshots = present
    with world.store.writing() as session:
        session.books.raise_horizon("gw-1", world.clock.now_ms() - 5_000, world.clock.now_ms() - 4_000)
    with world.running() as mirror:
        until(lambda: mirror.status().snapshots == 1)
    ages = {tags: fields["age_s"] for (name, tags, _), fields in world.sink.points.items() if name == "gateway_age"}
    assert ages == {
        (("gateway", "box-1"), ("site", "storage-1")): NEVER_S,
        (("gateway", "gw-1"), ("site", "storage-1")): 4,
    }
    assert [fields["age_s"] for fields in said(world, "site_age").values()] == [4]


def test_it_stops_at_once_in_the_middle_of_an_outage() -> None:
    world = World()
    world.sink.script.extend([Answer(verdict=Verdict.RETRY, reason="HTTP 503", retry_after_s=120.0)] * 9)
    world.story.tell(5)
    with world.running() as mirror:
        until(lambda: mirror._count.now.retries == 1)
    assert world.cursor(READINGS) == 0
