"""Delivery: nothing is lost while a server cannot or will not, and a line that it never takes keeps no other back."""

import json
import random
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs
from support.memory_sink import DONE, MemorySink

from stores.delivery import (
    LETTERS_ADVICE,
    LETTERS_BYTES_MAX,
    LETTERS_PER_BATCH_MAX,
    LINE_SHOWN_MAX,
    LINES_HALVED_MIN,
    TRIES_PER_SIZE,
    Count,
    DeadLetters,
    Delivery,
    Outcome,
    Pace,
)
from stores.influx import Answer, Verdict
from stores.lines import body_of

PACE = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=2, hold_ms=1)
LATER = Answer(verdict=Verdict.RETRY, reason="HTTP 503")
NO = Answer(verdict=Verdict.HELD, reason="HTTP 401", advice="give the mirror a token")


class StopAfter(Event):
    """Says stop once it was waited for so often; keeps for how long."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.left = waits
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        self.left -= 1
        if self.left <= 0:
            self.set()
        return self.is_set()


class Bench:
    """A delivery into memory."""

    def __init__(self, folder: Path | None = None, pace: Pace = PACE) -> None:
        self.sink = MemorySink()
        self.count = Count()
        self.path = None if folder is None else folder / "letters.jsonl"
        self.now_ms = 0
        letters = DeadLetters(self.path, self.count)
        self.delivery = Delivery(self.sink, letters, self.count, pace, lambda: self.now_ms)

    def times(self) -> list[int]:
        return sorted(at_ms for _, _, at_ms in self.sink.points)

    def letters(self) -> list[dict[str, str]]:
        assert self.path is not None
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]


def lines(n: int, start: int = 0) -> list[bytes]:
    return [b"m,t=a i=%di %d" % (i, i) for i in range(start, start + n)]


def test_a_batch_goes_in_one_request() -> None:
    bench = Bench()
    assert bench.delivery.deliver(lines(500), Event()) is Outcome.DELIVERED
    assert (bench.sink.bodies, bench.count.now.points) == ([body_of(lines(500))], 500)


def test_nothing_is_sent_for_an_empty_batch() -> None:
    bench = Bench()
    assert bench.delivery.deliver([], Event()) is Outcome.DELIVERED
    assert bench.sink.bodies == []


def test_what_the_server_cannot_take_now_is_sent_until_it_can() -> None:
    bench = Bench()
    bench.sink.script.extend([LATER, NO, LATER, Answer(verdict=Verdict.RETRY, reason="no answer")])
    assert bench.delivery.deliver(lines(3), StopAfter(99)) is Outcome.DELIVERED
    assert bench.sink.bodies == [body_of(lines(3))] * 5
    tally = bench.count.now
    assert (tally.retries, tally.points, tally.waiting, tally.last_error) == (4, 3, "", "no answer")


def test_being_told_to_stop_ends_the_waiting_and_says_that_it_is_not_delivered() -> None:
    bench = Bench()
    bench.sink.down = True
    assert bench.delivery.deliver(lines(3), StopAfter(2)) is Outcome.STOPPED
    assert (bench.count.now.waiting, bench.count.now.points) == ("down", 0)


def test_the_pause_doubles_up_to_its_limit_is_spread_and_starts_again_after_a_success() -> None:
    bench = Bench(pace=Pace(retry_first_ms=500, retry_max_ms=30_000))
    bench.sink.down = True
    stop = StopAfter(12)
    bench.delivery.deliver(lines(1), stop)
    for number, waited in enumerate(stop.waited):
        longest = min(30.0, 0.5 * 2**number)
        assert longest / 2 - 0.001 <= waited <= longest
    bench.sink.down = False
    bench.delivery.deliver(lines(1), Event())
    bench.sink.down = True
    stop = StopAfter(1)
    bench.delivery.deliver(lines(1), stop)
    assert stop.waited[0] <= 0.5


def test_a_server_that_says_how_long_to_wait_is_believed() -> None:
    bench = Bench()
    bench.sink.script.append(Answer(verdict=Verdict.RETRY, reason="HTTP 429", retry_after_s=7.0))
    stop = StopAfter(2)
    assert bench.delivery.deliver(lines(1), stop) is Outcome.DELIVERED
    assert stop.waited == [7.0]


def test_one_bad_line_becomes_a_dead_letter_with_its_reason_and_all_others_arrive(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    batch = [*lines(700), b"m,t=a nonsense", *lines(300, 700)]
    assert bench.delivery.deliver(batch, Event()) is Outcome.DELIVERED
    assert bench.times() == list(range(1_000))
    (letter,) = bench.letters()
    assert letter["line"] == "m,t=a nonsense"
    assert "unable to parse" in letter["reason"]
    assert (bench.count.now.dead_letters, bench.count.now.points) == (1, 1_000)
    assert len(bench.sink.bodies) <= 2 * 10 + 1


def test_several_bad_lines_are_each_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    dice = random.Random(3)
    batch = lines(400)
    bad = sorted(dice.sample(range(400), 20))
    for i in bad:
        batch[i] = b"bad-%d" % i
    assert bench.delivery.deliver(batch, Event()) is Outcome.DELIVERED
    assert [letter["line"] for letter in bench.letters()] == [f"bad-{i}" for i in bad]
    assert bench.times() == [i for i in range(400) if i not in bad]


def test_a_server_that_refuses_everything_holds_the_mirror_instead_of_emptying_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    batch = [b"bad-%d" % i for i in range(200)] + lines(5)
    assert bench.delivery.deliver(batch, StopAfter(3)) is Outcome.STOPPED
    assert len(bench.letters()) == LETTERS_PER_BATCH_MAX
    assert bench.count.now.advice == LETTERS_ADVICE
    assert bench.times() == list(range(5))  # the server had taken these at the first try


def test_what_is_too_large_is_halved_until_it_fits_and_a_single_line_becomes_a_dead_letter(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.sink.body_bytes_max = 200
    huge = b'm,t=a s="%s" 1000' % (b"x" * 300)
    assert bench.delivery.deliver([*lines(50), huge, *lines(50, 50)], Event()) is Outcome.DELIVERED
    assert bench.times() == list(range(100))
    assert [letter["reason"] for letter in bench.letters()] == ["too large"]


def test_a_server_that_is_too_slow_for_a_batch_gets_smaller_ones_but_never_single_lines() -> None:
    bench = Bench()
    bench.sink.script.extend([LATER] * (TRIES_PER_SIZE * 40))
    assert bench.delivery.deliver(lines(8_000), StopAfter(999)) is Outcome.DELIVERED
    sizes = [body.count(b"\n") + 1 for body in bench.sink.bodies]
    assert sizes[:TRIES_PER_SIZE] == [8_000] * TRIES_PER_SIZE
    assert LINES_HALVED_MIN // 2 <= min(sizes) < LINES_HALVED_MIN
    assert bench.times() == list(range(8_000))


def test_parts_arrive_in_the_order_of_the_batch() -> None:
    bench = Bench()
    bench.sink.body_bytes_max = 100
    bench.delivery.deliver(lines(60), Event())
    accepted = [body for body in bench.sink.bodies if len(body) <= 100]
    assert b"\n".join(accepted) == body_of(lines(60))


def test_a_missing_database_is_told_at_once() -> None:
    bench = Bench()
    bench.sink.exists = False
    assert bench.delivery.deliver(lines(2), Event()) is Outcome.MISSING
    assert bench.count.now.waiting == "database not found"


def test_points_beyond_the_servers_retention_are_counted_and_no_reason_to_wait() -> None:
    bench = Bench()
    bench.sink.oldest_ms = 4
    assert bench.delivery.deliver(lines(10), Event()) is Outcome.DELIVERED
    assert (bench.count.now.beyond_retention, bench.count.now.points) == (4, 6)


@pytest.mark.parametrize("answer", [LATER, NO])
def test_an_offer_is_tried_once_and_never_waits(answer: Answer) -> None:
    bench = Bench()
    bench.sink.script.append(answer)
    assert bench.delivery.offer(lines(5)) is Outcome.NOT_NOW
    assert len(bench.sink.bodies) == 1
    assert bench.delivery.offer(lines(5)) is Outcome.DELIVERED
    assert bench.count.now.waiting == ""


def test_an_offer_with_a_bad_line_still_brings_the_others(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.delivery.offer([b"bad", *lines(5)]) is Outcome.DELIVERED
    assert bench.times() == list(range(5))
    assert len(bench.letters()) == 1


def test_dead_letters_never_take_more_than_two_files(tmp_path: Path) -> None:
    count = Count()
    letters = DeadLetters(tmp_path / "letters.jsonl", count)
    n = 3 * LETTERS_BYTES_MAX // LINE_SHOWN_MAX
    for i in range(n):
        letters.add("refused", b"%d-" % i + b"x" * 2 * LINE_SHOWN_MAX)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["letters.jsonl", "letters.jsonl.old"]
    assert all(path.stat().st_size <= LETTERS_BYTES_MAX for path in tmp_path.iterdir())
    assert count.now.dead_letters == n
    last = json.loads((tmp_path / "letters.jsonl").read_text().splitlines()[-1])
    assert last["line"].startswith(f"{n - 1}-")


def test_a_disk_that_takes_no_dead_letter_stops_nothing(tmp_path: Path) -> None:
    count = Count()
    DeadLetters(tmp_path / "no-such-folder" / "letters.jsonl", count).add("refused", b"x")
    assert count.now.dead_letters == 1


def test_what_is_waited_for_is_said_when_it_changes_and_every_ten_minutes() -> None:
    bench, said = Bench(), list[str]()
    for now_ms, answer in [
        (0, LATER),
        (1, LATER),
        (2, NO),
        (599_999, NO),
        (600_003, NO),
        (600_004, DONE),
        (600_005, NO),
    ]:
        bench.now_ms = now_ms
        bench.sink.script.append(answer)
        with capture_logs() as logs:
            bench.delivery.offer(lines(1))
        said += [one["event"] for one in logs]
    assert said == ["mirror_waits", "mirror_is_held", "mirror_is_held", "mirror_goes_on", "mirror_is_held"]
