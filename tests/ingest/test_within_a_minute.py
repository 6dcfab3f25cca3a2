"""Whatever the way of a day's facts, in whatever lanes: a minute after the last one all that is true is found and told.

The clock is handed in. After the last fact comes what really comes: turns of the writer, one sign of life of the
gateway, looks of the alarm desk.
"""

import random
from dataclasses import replace
from typing import Final

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.alarm_scene import alarms_of_findings
from support.intake import END, a_day, message, people, pipeline_on, verdicts
from support.memory_store import MemoryStore

from coldchain.alarms import OF_A_FINDING
from coldchain.facts import Fact
from coldchain.units import FindingStatus
from coldchain.wire import Lane, Up, decode_up, encode
from ingest.batches import Message
from ingest.later import FROM
from ingest.pipeline import Pipeline

SECOND: Final = 1_000
LIFE_MS: Final = 15 * SECOND  # the gateway's sign of life
TURNS_A_SECOND: Final = 4  # far fewer than the writer's
PAUSES: Final = (0, 0, 200, SECOND, 40 * 60 * SECOND)
LANES: Final = (None, Lane.LIVE, Lane.BACKFILL, Lane.BACKFILL)


def of_lane(sent: Message, lane: Lane | None) -> Message:
    up = decode_up(sent.payload)
    assert isinstance(up, Up)
    return replace(sent, payload=encode(msgspec.structs.replace(up, lane=lane)))


def pieces(facts: list[Fact], chance: random.Random) -> list[list[Fact]]:
    """Cut a day anywhere, some of it twice, in any order."""
    parts = []
    while facts:
        size = chance.choice([1, 7, 60, 250])
        parts.append(facts[:size])
        facts = facts[size:]
    parts += chance.sample(parts, k=min(4, len(parts)))
    chance.shuffle(parts)
    return parts


class Centre:
    """A pipeline that is driven as the writer does, by a clock of ours."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.pipeline: Pipeline = pipeline_on(self.store)
        self.now_ms = END

    def take(self, part: list[Fact], mark_ms: int | None, lane: Lane | None) -> None:
        sent = of_lane(message(part, mark_ms=mark_ms, sent_ms=self.now_ms), lane)
        assert self.pipeline.process([sent], self.now_ms)

    def turn(self) -> bool:
        return self.pipeline.later.turn(self.now_ms, lambda: self.now_ms)

    def live_on(self, until_ms: int) -> None:
        """Let time pass second by second."""
        while self.now_ms < until_ms:
            self.now_ms += SECOND
            for _ in range(TURNS_A_SECOND):
                self.turn()
            if self.now_ms % (5 * SECOND) == 0:
                self.pipeline.catch_up(self.now_ms)
                self.pipeline.alarms.look(self.now_ms)


def in_order(facts: list[Fact], now_ms: int) -> Centre:
    """Return a centre that was told everything at once, in order."""
    centre = Centre()
    for word in people():
        centre.pipeline.record(word, END)
    centre.now_ms = now_ms
    for at in range(0, len(facts), 250):
        rest = [fact.taken_ms for fact in facts[at + 250 :]]
        centre.take(facts[at : at + 250], min(rest, default=None), None)
    return centre


def any_way(facts: list[Fact], chance: random.Random) -> Centre:
    """Return a centre that was told the same in pieces, some of them live, some of a backlog."""
    centre, said = Centre(), people()
    missing = {fact.seq: fact.taken_ms for fact in facts}
    parts = pieces(facts, chance)
    told = sorted(chance.randrange(len(parts)) for _ in said)
    for number, part in enumerate(parts):
        centre.now_ms += chance.choice(PAUSES)
        while told and told[0] <= number:
            told.pop(0)
            centre.pipeline.record(said.pop(0), centre.now_ms)
        for fact in part:
            missing.pop(fact.seq, None)
        centre.take(part, min(missing.values(), default=None), chance.choice(LANES))
        for _ in range(chance.choice([0, 0, 1, 3])):
            centre.turn()
    return centre


@settings(max_examples=15)
@example(4, 1)  # an excursion over whose alarm the next one took, until that one began elsewhere after all
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_nothing_that_is_true_in_the_end_is_missing_a_minute_after_its_last_fact(day: int, seed: int) -> None:
    facts = a_day(day)
    centre = any_way(facts, random.Random(seed))
    last_ms = centre.now_ms
    centre.live_on(last_ms + LIFE_MS)
    centre.take([], None, None)
    said_ms = centre.now_ms
    centre.live_on(last_ms + 60 * SECOND)
    plain = in_order(facts, said_ms)
    assert verdicts(centre.store) == verdicts(plain.store)
    assert verdicts(plain.store)[0]
    assert alarms_of_findings(centre.store).keys() >= alarms_of_findings(plain.store).keys()


@settings(max_examples=10)
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_a_minute_after_the_last_fact_what_lasts_is_an_alarm_that_is_open(day: int, seed: int) -> None:
    facts = a_day(day)
    facts = facts[: random.Random(seed).randrange(20, len(facts))]  # it breaks off anywhere
    centre = any_way(facts, random.Random(seed))
    centre.live_on(centre.now_ms + 60 * SECOND)
    with centre.store.reading() as session:
        lasting = session.records.findings(status=FindingStatus.OPEN)
        sounding = {one.finding for one in session.records.active_alarms() if OF_A_FINDING in one.values}
        assert not session.books.cursors(FROM)
    assert {one.id for one in lasting} <= sounding


@settings(max_examples=10)
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_a_backlog_that_waits_to_be_judged_is_time_that_is_awaited(day: int, seed: int) -> None:
    """As long as readings wait, the mark stays before them; then it stands where the gateway has said."""
    facts, chance = a_day(day), random.Random(seed)
    centre = Centre()
    for at in range(0, len(facts), 100):
        rest = [fact.taken_ms for fact in facts[at + 100 :]]
        centre.take(facts[at : at + 100], min(rest, default=None), Lane.BACKFILL)
        if chance.random() < 0.5:
            centre.turn()
        with centre.store.reading() as session:
            waiting = [ms - 1 for ms in session.books.cursors(FROM).values() if ms < END]
            assert session.books.horizon("gw-1") <= min(waiting, default=END)
    while centre.turn():
        pass
    with centre.store.reading() as session:
        assert session.books.horizon("gw-1") == END
