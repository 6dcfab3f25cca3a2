"""The outbox: what the ledger says is waiting goes out once by its key, over failures, restarts and storms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from assembly.outbox import DIGEST_FROM, Channel, Outbox, grouped, letter_of
from assembly.senders.base import Letter, Outcome, Sent, failed, refused
from coldchain.alarms import Severity
from coldchain.entries import Draft, EntryKind
from coldchain.errors import StoreError
from coldchain.notifications import ATTEMPTS_MAX, WAIT_MS_MAX, NoteAttempt, Notification, NotificationState
from coldchain.ports import Recorded
from coldchain.units import PersonFact
from ingest.counters import Counters
from ingest.notifications import notification_drafts, overtaken_drafts
from ingest.pipeline import Pipeline

START_MS = 1_800_000_000_000


@dataclass
class Service:
    """A sender that answers what it is told to and keeps what it took."""

    answer: Callable[[Letter], Sent]
    per_minute_max: int = 1_000
    asked: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> Sent:
        self.asked.append(letter)
        return self.answer(letter)


def takes(_letter: Letter) -> Sent:
    return Sent(outcome=Outcome.ACCEPTED, receipt="r-1")


class World:
    """A record, the centre's way in, and one channel."""

    def __init__(self, service: Service) -> None:
        self.store, self.clock, self.service = MemoryStore(), HandClock(START_MS), service
        self.pipeline = Pipeline(self.store, Counters())
        self.restart()

    def restart(self) -> None:
        self.channel = Channel("sms", self.service, self.store, self, self.clock)

    def record(self, fact: PersonFact) -> Recorded:
        return self.pipeline.record(fact, self.clock.now_ms())

    def ask(self, *messages: Notification) -> None:
        with self.store.writing() as session:
            session.ledger.append(notification_drafts(session, messages), self.clock.now_ms())

    def one(self, id_: str) -> Notification:
        with self.store.reading() as session:
            found = session.records.notification(id_)
        assert found is not None
        return found

    def entries(self) -> int:
        with self.store.reading() as session:
            return session.ledger.next_seq() - 1


def message(id_: str, **changed: Any) -> Notification:
    made = Notification(
        id=id_,
        version=1,
        alarm="a-1",
        channel="sms",
        to="13800138000",
        kind="raised",
        level=1,
        severity=Severity.HIGH,
        site="site-a",
        subject=f"偏高 too warm {id_}",
        text="6.4 °C",
        queued_ms=START_MS,
        next_ms=START_MS,
    )
    return msgspec.structs.replace(made, **changed)


def test_a_message_goes_out_once_and_its_receipt_is_kept() -> None:
    world = World(Service(takes))
    world.ask(message("n-1"))
    assert [world.channel.turn(), world.channel.turn()] == [1, 0]
    one = world.one("n-1")
    assert (one.state, one.receipt, one.attempts, one.version) == (NotificationState.ACCEPTED, "r-1", 1, 2)
    assert [letter.key for letter in world.service.asked] == ["n-1"]


def test_the_same_duty_asked_for_again_is_one_message() -> None:
    world = World(Service(takes))
    world.ask(message("n-1"))
    world.channel.turn()
    world.ask(message("n-1"), message("n-1"))
    assert world.entries() == 2
    assert world.channel.turn() == 0


def test_failures_are_tried_again_ever_later_and_then_given_up() -> None:
    world = World(Service(lambda _letter: failed("busy")))
    world.ask(message("n-1"))
    asked_ms = []
    before = world.entries()
    while world.one("n-1").waiting:
        tried = len(world.service.asked)
        world.channel.turn()
        if len(world.service.asked) > tried:
            asked_ms.append(world.clock.now_ms())
        world.clock.forward(1_000)
    waits = [after - before for before, after in pairwise(asked_ms)]
    assert waits[:4] == [5_000, 10_000, 20_000, 40_000]
    assert max(waits) == WAIT_MS_MAX
    assert len(asked_ms) == world.one("n-1").attempts == ATTEMPTS_MAX
    assert world.one("n-1").state is NotificationState.GIVEN_UP
    assert world.one("n-1").failed
    assert world.entries() - before == 7  # after 1, 2, 4, 8, 16, 32 and 40 attempts


def test_a_restart_counts_on_from_what_is_recorded() -> None:
    world = World(Service(lambda _letter: failed("busy")))
    world.ask(message("n-1"))
    for _ in range(3):
        world.channel.turn()
        world.clock.forward(WAIT_MS_MAX)
    assert world.one("n-1").attempts == 2
    world.restart()
    world.channel.turn()
    assert len(world.service.asked) == 4
    assert world.one("n-1").attempts == 2  # the third is made anew, and the fourth will be an entry


def test_a_store_that_takes_nothing_makes_no_phone_ring_twice() -> None:
    class Full(World):
        full = True

        def record(self, fact: PersonFact) -> Recorded:
            if self.full:
                msg = "no space left"
                raise StoreError(msg)
            return super().record(fact)

    world = Full(Service(takes))
    world.ask(message("n-1"))
    for _ in range(5):
        with pytest.raises(StoreError):
            world.channel.turn()
        world.clock.forward(1_000)
    assert len(world.service.asked) == 1
    world.full = False
    assert world.channel.turn() == 0
    assert world.one("n-1").state is NotificationState.ACCEPTED
    assert len(world.service.asked) == 1


def test_a_day_that_a_service_asks_for_is_not_waited() -> None:
    world = World(Service(lambda _letter: failed("come back tomorrow", 86_400_000)))
    world.ask(message("n-1"))
    world.channel.turn()
    assert world.one("n-1").next_ms == world.clock.now_ms() + WAIT_MS_MAX


def test_a_key_never_stands_for_two_contents() -> None:
    world = World(Service(lambda _letter: failed("the answer was lost")))
    world.ask(message("n-0"))
    world.channel.turn()
    world.ask(*(message(f"n-{i}") for i in range(1, 5)))
    world.clock.forward(5_000)
    world.channel.turn()
    world.clock.forward(10_000)
    world.channel.turn()
    contents = {(letter.key, letter.subject, letter.text) for letter in world.service.asked}
    assert len({key for key, _, _ in contents}) == len(contents) == 2


def test_what_a_service_asks_for_is_waited_for() -> None:
    world = World(Service(lambda _letter: failed("slow down", 60_000)))
    world.ask(message("n-1"))
    world.channel.turn()
    assert world.one("n-1").next_ms == world.clock.now_ms() + 60_000


def test_a_refused_message_is_not_tried_again() -> None:
    world = World(Service(lambda _letter: refused("no such number")))
    world.ask(message("n-1"))
    world.channel.turn()
    world.clock.forward(WAIT_MS_MAX)
    assert world.channel.turn() == 0
    assert (world.one("n-1").state, world.one("n-1").detail) == (NotificationState.REFUSED, "no such number")


def test_a_centre_killed_between_sending_and_recording_sends_again_under_the_same_key() -> None:
    class Killed(BaseException):
        pass

    class Dies(World):
        dies = True

        def record(self, fact: PersonFact) -> Recorded:
            if self.dies:
                raise Killed
            return super().record(fact)

    world = Dies(Service(takes))
    world.ask(message("n-1"))
    with pytest.raises(Killed):
        world.channel.turn()
    world.dies = False
    world.restart()
    world.channel.turn()
    assert [letter.key for letter in world.service.asked] == ["n-1", "n-1"]
    assert world.one("n-1").attempts == 1


def test_a_sender_that_breaks_is_a_failure_and_not_the_end() -> None:
    def breaks(_letter: Letter) -> Sent:
        msg = "a fault of ours"
        raise RuntimeError(msg)

    world = World(Service(breaks))
    world.ask(message("n-1"))
    assert world.channel.turn() == 1
    assert "a fault of ours" in world.one("n-1").detail
    assert world.one("n-1").waiting


def test_no_more_goes_out_in_a_minute_than_the_service_takes_and_the_gravest_first() -> None:
    world = World(Service(takes, per_minute_max=2))
    world.ask(*(message(f"n-{i}", to=str(i)) for i in range(4)), message("n-9", to="9", severity=Severity.CRITICAL))
    assert world.channel.turn() == 2
    assert [letter.key for letter in world.service.asked] == ["n-9", "n-0"]
    assert world.channel.turn() == 0
    world.clock.forward(60_000)
    assert world.channel.turn() == 2


def test_in_a_storm_one_letter_speaks_for_all_of_an_address() -> None:
    world = World(Service(takes))
    ids = [f"n-{i:02}" for i in range(30)]
    world.ask(*(message(id_, severity=Severity.CRITICAL if id_ == "n-07" else Severity.HIGH) for id_ in ids))
    world.ask(message("n-99", to="another"))
    assert world.channel.turn() == 31
    storm, alone = world.service.asked
    assert (storm.key.startswith("digest-"), storm.critical, alone.key) == (True, True, "n-99")
    assert "30" in storm.subject
    assert "10 more" in storm.text
    assert all(not world.one(id_).waiting for id_ in ids)


def test_what_was_acknowledged_does_not_go_out_but_what_was_on_its_way_is_recorded() -> None:
    world = World(Service(takes))
    world.ask(message("n-1"), message("n-2"), message("n-3", kind="cleared"))
    with world.store.writing() as session:
        session.ledger.append(overtaken_drafts(session, "a-1", world.clock.now_ms()), world.clock.now_ms())
    assert world.one("n-1").state is NotificationState.OVERTAKEN
    assert world.channel.turn() == 1
    assert [letter.key for letter in world.service.asked] == ["n-3"]
    late = NoteAttempt(notification="n-1", version=1, state=NotificationState.DELIVERED, at_ms=START_MS, receipt="r")
    world.record(late)
    assert world.one("n-1").state is NotificationState.DELIVERED
    world.record(
        NoteAttempt(notification="n-2", version=1, state=NotificationState.WAITING, at_ms=START_MS, detail="busy")
    )
    assert world.one("n-2").state is NotificationState.OVERTAKEN


def test_threads_send_by_themselves_and_end() -> None:
    world = World(Service(takes))
    world.ask(message("n-1"))
    outbox = Outbox([world.channel])
    outbox.close()
    assert world.one("n-1").state is NotificationState.ACCEPTED


def test_drafts_name_the_site() -> None:
    store = MemoryStore()
    with store.writing() as session:
        drafts = notification_drafts(session, [message("n-1")])
    assert [(draft.kind, draft.site) for draft in drafts] == [(EntryKind.NOTIFICATION, "site-a")]
    assert isinstance(drafts[0], Draft)


@given(st.lists(st.tuples(st.sampled_from(list(Severity)), st.integers(0, 3)), max_size=40))
def test_every_message_is_in_exactly_one_letter(asked: list[tuple[Severity, int]]) -> None:
    messages = [message(f"n-{i}", severity=severity, to=str(to)) for i, (severity, to) in enumerate(asked)]
    groups = grouped(messages)
    assert sorted(one.id for group in groups for one in group) == sorted(one.id for one in messages)
    assert all(len({one.to for one in group}) == 1 for group in groups)
    assert all(len(group) == 1 or len(group) >= DIGEST_FROM for group in groups)
    assert all(letter_of(group).critical == any(one.severity is Severity.CRITICAL for one in group) for group in groups)
