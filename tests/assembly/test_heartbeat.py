"""The dead-man signal: it comes while the centre does its work, and stays away when any part of it is stuck."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs
from support.hand_clock import HandClock
from support.intake import END, START, message, pipeline_on, sample
from support.memory_store import MemoryStore
from support.waiting import until
from support.watcher import PATH, Watcher

from assembly.heartbeat import (
    AGAIN_MS,
    PROOF,
    TURN_MS_MAX,
    UNJUDGED_MS_MAX,
    Check,
    Heartbeat,
    HeartbeatCollector,
    MirrorWorks,
    RulesWork,
    WriterWorks,
    caller,
    intake_trouble,
)
from assembly.senders.base import Sent, failed
from assembly.senders.http import Answer
from coldchain.errors import StoreError
from coldchain.wire import Ack
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.writer import QUEUE_MAX, Writer

EVERY_MS = 60_000
CYCLE_MS = 66_000  # as long as a beat may take to be due, with its jitter
WORKS: dict[str, Check] = {"writer": lambda: ""}


def heartbeat(
    checks: dict[str, Check], call: Callable[[], Answer | Sent], clock: HandClock, seed: int = 1
) -> Heartbeat:
    return Heartbeat(checks, call, clock, every_ms=EVERY_MS, dice=random.Random(seed))


def cycle(beat: Heartbeat, clock: HandClock) -> None:
    """Let a beat become due, and turn once."""
    clock.forward(CYCLE_MS)
    beat.turn()


@dataclass(slots=True)
class HandWriter:
    """The writer's thread in the hands of a test: it commits what was asked of it when it is told to turn."""

    store: MemoryStore
    clock: HandClock
    alive: bool = True
    store_error: str | None = None
    unjudged: int = 0
    turned_ms: int = 0
    moves: dict[str, int] = field(default_factory=dict)

    def move(self, name: str, value: int) -> None:
        self.moves[name] = value

    def turn(self, *, commits: bool = True) -> None:
        self.turned_ms = self.clock.boottime_ms()
        if commits:
            with self.store.writing() as session:
                for name, value in self.moves.items():
                    session.books.set_cursor(name, value)
            self.moves.clear()


@pytest.fixture
def hand() -> HandWriter:
    store, clock = MemoryStore(), HandClock()
    return HandWriter(store, clock, turned_ms=clock.boottime_ms())


def test_a_beat_comes_once_a_minute_while_everything_works() -> None:
    clock = HandClock()
    with Watcher() as watcher:
        beat = heartbeat(WORKS, caller(watcher.url, "get", "0.6.0"), clock)
        beat.turn()
        assert watcher.beats == [], "none before it is due"
        for _ in range(600):
            clock.forward(1_000)
            beat.turn()
        assert watcher.beats == [("GET", b"")] * len(watcher.beats)
    assert 9 <= len(watcher.beats) <= 11
    assert beat.tally.sent == len(watcher.beats)


def test_many_centres_do_not_call_in_the_same_second() -> None:
    first = set()
    for seed in range(20):
        clock = HandClock()
        beat = heartbeat(WORKS, lambda: Answer(200), clock, seed)
        while not beat.tally.sent:
            clock.forward(1_000)
            beat.turn()
        first.add(clock.boottime_ms() - 1_000)
    assert len(first) > 5
    assert all(54_000 <= one <= 67_000 for one in first)


def test_a_post_says_which_program_works_and_nothing_of_places_or_units() -> None:
    clock = HandClock()
    with Watcher() as watcher:
        beat = heartbeat(WORKS, caller(watcher.url, "post", "0.6.0"), clock)
        cycle(beat, clock)
    assert watcher.beats == [("POST", b'{"coldchain": "0.6.0", "works": true}')]


@pytest.mark.parametrize("part", ["writer", "intake", "rules", "outbox", "mirror"])
def test_one_part_that_does_not_work_keeps_the_beat_back_and_is_named(part: str) -> None:
    clock, why = HandClock(), {"now": "it is stuck"}
    checks: dict[str, Check] = {one: (lambda: "") for one in ("writer", "intake", "rules", "outbox", "mirror")}
    checks[part] = lambda: why["now"]
    with Watcher() as watcher:
        beat = heartbeat(checks, caller(watcher.url, "get", "0.6.0"), clock)
        with capture_logs() as said:
            cycle(beat, clock)
        assert watcher.beats == []
        assert [(line["event"], line["part"], line["why"]) for line in said] == [
            ("heartbeat_withheld", part, "it is stuck")
        ]
        why["now"] = ""
        cycle(beat, clock)
        assert len(watcher.beats) == 1
    assert beat.tally.withheld == {part: 1}


def test_a_check_that_fails_itself_does_not_count_as_working() -> None:
    clock = HandClock()

    def broken() -> str:
        raise StoreError("the disk is gone")

    def worse() -> str:
        raise ZeroDivisionError

    calls: list[int] = []

    def call() -> Answer:
        calls.append(1)
        return Answer(200)

    beat = heartbeat({"writer": broken, "rules": worse}, call, clock)
    with capture_logs() as said:
        cycle(beat, clock)
    assert calls == []
    assert beat.tally.withheld == {"writer": 1, "rules": 1}
    assert "the disk is gone" in {line.get("why") for line in said}


@pytest.mark.parametrize("status", [302, 404, 410, 429, 500, 503])
def test_only_a_2xx_is_a_beat_that_was_taken_and_the_next_try_comes_soon(status: int) -> None:
    clock = HandClock()
    with Watcher(status=status) as watcher:
        beat = heartbeat(WORKS, caller(watcher.url, "get", "0.6.0"), clock)
        with capture_logs() as said:
            cycle(beat, clock)
        assert (beat.tally.sent, beat.tally.failed, watcher.strays) == (0, 1, [])
        assert "is the address in [heartbeat] right" in said[0]["advice"]
        assert PATH not in str(said), "the address is a secret"
        watcher.status = 200
        clock.forward(AGAIN_MS)
        beat.turn()
        assert (beat.tally.sent, beat.tally.failed) == (1, 1)


def test_a_watcher_that_does_not_answer_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assembly.senders.http.ANSWER_S", 0.2)
    clock = HandClock()
    with Watcher(silent=Event()) as watcher:
        beat = heartbeat(WORKS, caller(watcher.url, "post", "0.6.0"), clock)
        cycle(beat, clock)
    assert (beat.tally.sent, beat.tally.failed) == (0, 1)


def test_a_writer_that_turns_and_commits_what_is_asked_of_it_works(hand: HandWriter) -> None:
    check = WriterWorks(hand, hand.store, hand.clock, EVERY_MS)
    for _ in range(5):
        hand.turn()
        hand.clock.forward(30_000)
        hand.turn()
        hand.clock.forward(30_000)
        assert check() == ""


def test_a_writer_that_does_not_come_round_is_stuck(hand: HandWriter) -> None:
    check = WriterWorks(hand, hand.store, hand.clock, EVERY_MS)
    hand.turn()
    hand.clock.forward(TURN_MS_MAX)
    assert check() == ""
    hand.clock.forward(1_000)
    assert check() == "it has not come round for 61 s"


def test_a_writer_that_turns_and_commits_nothing_is_stuck(hand: HandWriter) -> None:
    check = WriterWorks(hand, hand.store, hand.clock, EVERY_MS)
    said = []
    for _ in range(4):
        hand.turn(commits=False)
        hand.clock.forward(50_000)
        said.append(check())
    assert said == ["", "", "", "nothing that was asked for was committed for 200 s"]
    hand.turn()
    assert check() == "nothing that was asked for was committed for 200 s"


def test_a_commit_counts_from_when_it_was_asked_for_whatever_the_wall_clock_does(hand: HandWriter) -> None:
    check = WriterWorks(hand, hand.store, hand.clock, EVERY_MS)
    numbers = []
    for step_ms in (0, -3_600_000, 0, 7_200_000, 0):
        hand.turn()
        with hand.store.reading() as session:
            numbers.append(session.books.cursor(PROOF))
        hand.clock.forward(50_000)
        hand.clock.step_wall(step_ms)
        assert check() == ""
    assert len(set(numbers)) == len(numbers)


def test_a_store_that_takes_nothing_and_a_thread_that_has_ended_are_named(hand: HandWriter) -> None:
    check = WriterWorks(hand, hand.store, hand.clock, EVERY_MS)
    hand.store_error = "the disk is full"
    assert check() == "the store takes nothing: the disk is full"
    hand.alive = False
    assert check() == "its thread has ended"


def test_rules_that_failed_since_the_last_beat_keep_it_back_once(hand: HandWriter) -> None:
    counters = Counters()
    counters.add("chore_failures_total", chore="alarms")  # before the heartbeat began
    check = RulesWork(hand, counters.total, hand.clock)
    assert check() == ""
    counters.add("chore_failures_total", chore="alarms")
    assert check() == "faults of the centre: chore_failures"
    assert check() == ""
    counters.add("judge_failures_total")
    assert check() == "faults of the centre: judge_failures"


def test_facts_that_wait_long_to_be_judged_keep_the_beat_back(hand: HandWriter) -> None:
    check = RulesWork(hand, Counters().total, hand.clock)
    hand.unjudged = 3
    assert check() == ""
    hand.clock.forward(UNJUDGED_MS_MAX - 1)
    assert check() == ""
    hand.clock.forward(1)
    assert check() == "3 facts wait to be judged"
    hand.unjudged = 0
    assert check() == ""
    hand.unjudged = 1
    assert check() == ""


@pytest.mark.parametrize(
    ("line", "room", "why"),
    [
        ("", QUEUE_MAX, ""),
        ("the broker is not there", QUEUE_MAX, "the broker is not there"),
        ("", 0, "its queue is full"),
    ],
)
def test_an_intake_needs_its_broker_and_room(line: str, room: int, why: str) -> None:
    assert intake_trouble(line=line, room=room) == why


@dataclass(slots=True)
class Shown:
    """A mirror's figures."""

    behind_s: int = 0
    waiting: str = ""
    snapshots: int = 0


@dataclass(slots=True)
class HandMirror:
    """A mirror in the hands of a test."""

    now: Shown = field(default_factory=Shown)
    alive: bool = True

    def status(self) -> Shown:
        return self.now


def test_a_mirror_works_while_it_shows_the_present() -> None:
    mirror = HandMirror()
    check = MirrorWorks(mirror)
    assert check() == "it has shown nothing since the last beat"
    mirror.now = Shown(snapshots=6, behind_s=300)
    assert check() == ""
    mirror.now = Shown(snapshots=12, behind_s=301)
    assert check() == "it is 301 s behind"
    mirror.now = Shown(snapshots=18, waiting="401")
    assert check() == "InfluxDB takes nothing: 401"
    mirror.alive = False
    assert check() == "its thread has ended"


class Stuck(Pipeline):
    """A pipeline that hangs in a message until it is let go."""

    let_go = Event()
    held = Event()

    def process(self, messages: Sequence[Message], now_ms: int) -> list[Ack]:
        self.held.set()
        self.let_go.wait(60)
        return super().process(messages, now_ms)


@pytest.fixture
def writer_and_clock() -> Iterator[tuple[Writer, MemoryStore, HandClock]]:
    store, clock, counters = MemoryStore(), HandClock(END), Counters()
    pipeline_on(store)
    writer = Writer(Stuck(store, counters), clock, counters, lambda: (), lambda: 0)
    writer.start(lambda ack: None)
    yield writer, store, clock
    Stuck.let_go.set()
    writer.stop()


def test_the_real_writer_beats_until_it_hangs_and_again_when_it_goes_on(
    writer_and_clock: tuple[Writer, MemoryStore, HandClock],
) -> None:
    writer, store, clock = writer_and_clock
    check = WriterWorks(writer, store, clock, EVERY_MS)

    def came_round() -> bool:
        with store.reading() as session:
            committed = session.books.cursor(PROOF)
        return writer.turned_ms == clock.boottime_ms() and committed == check._asked[0]

    with Watcher() as watcher:
        beat = heartbeat({"writer": check}, caller(watcher.url, "get", "0.6.0"), clock)
        for beats in (1, 2):
            clock.forward(CYCLE_MS)
            until(came_round)
            beat.turn()
            assert len(watcher.beats) == beats
        writer.offer(message([sample(1, START, 4_000_000)]))
        assert Stuck.held.wait(60)
        cycle(beat, clock)
        cycle(beat, clock)
        assert len(watcher.beats) == 2, "a writer that hangs in a message is no centre that works"
        assert beat.tally.withheld == {"writer": 2}
        Stuck.let_go.set()
        for beats in (2, 3):  # what was asked for long ago proves nothing; the next commit does
            clock.forward(CYCLE_MS)
            until(came_round)
            beat.turn()
            assert len(watcher.beats) == beats


def test_metrics_say_what_was_sent_what_failed_and_what_was_held_back_by_which_part() -> None:
    clock = HandClock()
    answers: list[Answer | Sent] = [Answer(200), failed("no answer")]
    why = {"mirror": ""}
    beat = heartbeat({"mirror": lambda: why["mirror"]}, lambda: answers.pop(0), clock)
    registry = CollectorRegistry()
    registry.register(HeartbeatCollector(beat, clock, ["mirror"]))
    assert "coldchain_heartbeat_last_age_seconds" not in generate_latest(registry).decode()
    cycle(beat, clock)
    cycle(beat, clock)
    why["mirror"] = "down"
    cycle(beat, clock)
    text = generate_latest(registry).decode()
    assert "coldchain_heartbeat_sent_total 1.0" in text
    assert "coldchain_heartbeat_failed_total 1.0" in text
    assert 'coldchain_heartbeat_withheld_total{part="mirror"} 1.0' in text
    assert f"coldchain_heartbeat_last_age_seconds {2 * CYCLE_MS / 1_000}" in text
