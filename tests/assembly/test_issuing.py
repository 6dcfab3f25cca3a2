"""Every hold and lifting reaches the issuing system by the webhook: over refusals, lost receipts, kills and repeats."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import store_words as words
from support.hand_clock import HandClock
from support.issuing_system import SECRET, IssuingSystem
from support.memory_store import MemoryStore
from support.robot_services import NOW_MS, Robot

from assembly.issuing import Way, start_issuing
from assembly.issuing_settings import IssuingTable, issuing_problems
from assembly.senders.http import Answer
from assembly.senders.issuing import IssuingHook, receipt_of
from coldchain.entries import EntryKind
from coldchain.ports import Recorded, Store
from coldchain.tasks import ConfirmHold, SetTaskRules
from coldchain.units import PersonFact
from ingest.conditions_tasks import task_conditions
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.postgres import open_postgres
from stores.sqlite import open_store

MINUTE = 60_000


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = open_store(tmp_path / "hot.sqlite")
    elif request.param == "postgres":
        opened = open_postgres(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


class World:
    """A record with units, the centre's way in, and an issuing system on a loopback port."""

    def __init__(self, store: Store, robot: Robot) -> None:
        self.store, self.robot, self.clock = store, robot, HandClock(NOW_MS)
        self.pipeline = Pipeline(store, Counters())
        self.forget = False  # the process is killed after the system has answered and before that is recorded
        self.pipeline.record(SetTaskRules(issuing=True, name="a", post="b", actor="c", at_ms=NOW_MS), NOW_MS)
        self.restart()

    def restart(self) -> None:
        hook = IssuingHook(self.robot.url, SECRET, lambda: self.robot.now_ms)
        self.way = Way("HIS", hook, self.store, self, self.clock)

    def record(self, fact: PersonFact) -> Recorded:
        if self.forget:
            raise KeyboardInterrupt
        return self.pipeline.record(fact, self.clock.now_ms())

    def hold(self, *names: str, **changed: object) -> None:
        """Place a hold on each unit, or change it."""
        with self.store.writing() as session:
            fresh = [one for one in names if session.records.unit(one) is None]
            units = [words.unit(one, donation_number=f"d-{one}") for one in fresh]
            holds = [words.hold(f"h-{one}", one, **changed) for one in names]
            drafts = [words.draft(EntryKind.UNIT, one) for one in units]
            session.ledger.append([*drafts, *(words.draft(EntryKind.HOLD, one) for one in holds)], NOW_MS)

    def unconfirmed(self) -> list[str]:
        with self.store.reading() as session:
            return [one.unit for one in session.records.unconfirmed_changes(1_000)]

    def turns(self, most: int = 40) -> None:
        """Turn until nothing waits, a second after the other."""
        for _ in range(most):
            self.way.turn()
            self.clock.forward(1_000)


@pytest.fixture
def system() -> IssuingSystem:
    return IssuingSystem()


@pytest.fixture
def world(store: Store, system: IssuingSystem) -> Iterator[World]:
    with Robot(system.rule) as robot:
        yield World(store, robot)


def test_every_hold_and_every_lifting_goes_out_once_and_is_confirmed(world: World, system: IssuingSystem) -> None:
    world.hold("u-1", "u-2")
    assert world.way.turn() == 2
    assert (system.held, world.unconfirmed()) == ({"u-1": True, "u-2": True}, [])
    world.hold("u-1", lifted_by="d-1")
    assert world.way.turn() == 1
    assert system.held == {"u-1": False, "u-2": True}
    assert world.way.turn() == 0
    assert (len(system.seen), system.twice) == (2, 0)
    with world.store.reading() as session:
        (first, *_) = session.records.hold_changes(0, 1)
        receipt = session.records.issuing_receipt(first.number)
    assert receipt is not None
    assert (receipt.system, receipt.receipt[:4]) == ("HIS", "his-")
    label = system.seen[0]["units"][0]
    assert (label["donation_number"], label["on_hold"]) == ("d-u-1", True)


def test_killed_after_the_answer_the_same_numbers_come_again_and_nothing_is_lost(
    world: World, system: IssuingSystem
) -> None:
    world.hold("u-1", "u-2")
    world.forget = True
    with pytest.raises(KeyboardInterrupt):
        world.way.turn()
    assert world.unconfirmed() == ["u-1", "u-2"]
    world.forget = False
    world.restart()
    assert world.way.turn() == 2
    assert (system.twice, world.unconfirmed()) == (2, []), "known by their numbers"
    assert system.seen[0] == system.seen[1]


def test_a_lost_receipt_is_asked_for_again_under_the_same_key(world: World, system: IssuingSystem) -> None:
    world.hold("u-1")
    system.lose = True
    assert world.way.turn() == 0
    assert world.way.turn() == 0, "not at once"
    assert len(system.seen) == 1
    system.lose = False
    world.clock.forward(5_000)
    assert world.way.turn() == 1
    assert system.seen[0]["key"] == system.seen[1]["key"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        b"<html>sign in</html>",
        {"receipt": "r"},
        {"receipt": "", "confirmed": []},
        {"receipt": "r", "confirmed": "all"},
        {"receipt": "r", "confirmed": [True]},
        {"receipt": "r", "confirmed": [9_999]},
        {"receipt": "r", "confirmed": [], "error": "busy", "retry": True},
    ],
)
def test_a_200_that_is_no_receipt_for_this_confirms_nothing_and_is_tried_again(
    world: World, system: IssuingSystem, answer: object
) -> None:
    world.hold("u-1")
    system.answer = answer
    assert world.way.turn() == 0
    assert world.unconfirmed() == ["u-1"]
    assert world.way.health.failed_in_a_row == 1
    system.answer = None
    world.clock.forward(MINUTE)
    assert world.way.turn() == 1


def test_a_bag_that_it_does_not_know_holds_up_no_other_and_stays_an_alarm(world: World, system: IssuingSystem) -> None:
    system.strangers = {"u-2"}
    world.hold("u-1", "u-2", "u-3")
    world.turns()
    assert world.unconfirmed() == ["u-2"]
    assert system.held == {"u-1": True, "u-3": True}
    world.hold("u-4")
    world.way.turn()
    assert world.unconfirmed() == ["u-2"], "what is new goes first"
    with world.store.reading() as session:
        found = [one for one in task_conditions(session, NOW_MS + 2 * MINUTE) if one.rule == "A16"]
    assert [(one.finding, one.values["number"], one.due_ms) for one in found] == [
        ("issuing", 1, NOW_MS + 2 * MINUTE),
    ]
    system.strangers = set()
    world.clock.forward(10 * MINUTE)
    world.way.turn()
    assert world.unconfirmed() == []


def test_a_receipt_for_a_part_confirms_that_part_and_the_rest_comes_again(world: World, system: IssuingSystem) -> None:
    world.hold("u-1", "u-2")
    with world.store.reading() as session:
        first = session.records.hold_changes(0, 1)[0].number
    system.answer = {"receipt": "r-1", "confirmed": [first]}
    assert world.way.turn() == 1
    assert world.unconfirmed() == ["u-2"]
    system.answer = None
    world.turns(3)
    assert world.unconfirmed() == []


def test_a_receipt_that_passes_over_an_earlier_change_of_a_unit_is_none(world: World, system: IssuingSystem) -> None:
    world.hold("u-1")
    world.hold("u-1", certain=False)
    with world.store.reading() as session:
        last = session.records.hold_changes_of_unit("u-1")[-1].number
    system.answer = {"receipt": "r-1", "confirmed": [last]}
    assert world.way.turn() == 0
    assert world.unconfirmed() == ["u-1", "u-1"]
    system.answer = None
    world.clock.forward(MINUTE)
    world.turns(3)
    assert world.unconfirmed() == []


def test_what_was_asked_by_polling_is_not_sent_again(world: World, system: IssuingSystem) -> None:
    world.hold("u-1")
    with world.store.reading() as session:
        number = session.records.hold_changes(0, 1)[0].number
    world.record(ConfirmHold(changes=(number,), receipt="polled", system="HIS", at_ms=NOW_MS, actor="HIS"))
    assert world.way.turn() == 0
    assert system.seen == []


def test_a_wrong_secret_is_refused_and_said(world: World, system: IssuingSystem) -> None:
    world.way.hook = IssuingHook(world.robot.url, "another", lambda: NOW_MS)
    world.hold("u-1")
    assert world.way.turn() == 0
    assert "401" in world.way.health.last_detail
    assert world.unconfirmed() == ["u-1"]
    assert system.seen == []


def test_while_it_does_not_answer_it_is_asked_at_least_once_a_minute(world: World, system: IssuingSystem) -> None:
    world.hold("u-1")
    system.lose = True
    world.turns(600)
    assert 12 <= len(system.seen) <= 24


def test_the_thread_declares_that_there_is_an_issuing_system_and_ends(store: Store, system: IssuingSystem) -> None:
    with Robot(system.rule) as robot:
        clock = HandClock(NOW_MS)
        pipeline = Pipeline(store, Counters())

        class Recording:
            def record(self, fact: PersonFact) -> Recorded:
                return pipeline.record(fact, NOW_MS)

        end = start_issuing(IssuingTable(url=robot.url, secret=SECRET), store, Recording(), clock)
        end()
    with store.reading() as session:
        rules = session.records.task_rules()
    assert (rules.issuing, rules.name) == (True, "server.toml")
    start_issuing(IssuingTable(), store, Recording(), clock)()


def test_an_address_needs_a_secret_and_says_so_in_both_languages() -> None:
    assert issuing_problems(IssuingTable()) == []
    (problem,) = issuing_problems(IssuingTable(url="http://127.0.0.1/x"))
    assert problem.key.endswith("secret_file")
    assert problem.what.zh
    told = issuing_problems(IssuingTable(url="ftp://127.0.0.1/x", secret="s", secret_file=Path("x")))
    assert len(told) == 2


def test_what_an_error_means() -> None:
    assert receipt_of(Answer(200, {"error": "no", "receipt": "r", "confirmed": [1]}), [1]).confirmed == ()
    assert receipt_of(Answer(200, {"receipt": "r", "confirmed": [1, 1]}), [1, 2]).confirmed == (1,)
