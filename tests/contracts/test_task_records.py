"""Tasks, calls and messages to the issuing system, as every store keeps them."""

import msgspec
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.ports import Store
from coldchain.tasks import IssuingReceipt, PlaceUse, PlaceUseKind, Task, TaskKind, TaskRules, TaskTick, UrgentCall


def task(name: str, version: int = 1, **changed: object) -> Task:
    made = Task(
        id=name, version=version, kind=TaskKind.ISOLATE, place="fridge-1", site="s", opened_ms=5, units=("u-1",)
    )
    return msgspec.structs.replace(made, **changed)


def test_tasks_are_open_until_a_later_version_closes_them(store: Store) -> None:
    done = task("t-1", 2, closed_ms=9, closed_by="scans")
    other = task("t-2", opened_ms=6, place="fridge-2")
    with store.writing() as session:
        said = [task("t-1"), other, done]
        session.ledger.append([words.draft(EntryKind.TASK, one) for one in said], 5)
        tick = TaskTick(task="t-1", unit="u-1", at_ms=8, name="李华", post="technician")
        session.ledger.append([words.draft(EntryKind.TASK_TICK, tick)], 8)
    with store.reading() as session:
        records = session.records
        assert (records.task("t-1"), records.task("t-9")) == (done, None)
        assert records.open_tasks() == (other,)
        assert records.open_tasks("fridge-1") == ()
        assert records.tasks_of_place("fridge-1", 5) == (done,)
        assert records.ticks_of_task("t-1") == records.ticks_of_unit("u-1") == (tick,)
        assert records.ticks_of_task("t-2") == ()


def test_the_newest_rules_and_uses_count_and_calls_are_kept(store: Store) -> None:
    rules = [TaskRules(version=1, isolate_minutes=20), TaskRules(version=2, issuing=True)]
    uses = [
        PlaceUse(place="fridge-1", use=use, at_ms=at_ms, name="李华", post="technician")
        for at_ms, use in enumerate((PlaceUseKind.RESCUE, PlaceUseKind.AVAILABLE))
    ]
    call = UrgentCall(unit="u-1", at_ms=4, against=("f-1:certain",), called="a", answer="b", name="c", post="d")
    with store.reading() as session:
        assert session.records.task_rules() == TaskRules()
    with store.writing() as session:
        drafts = [words.draft(EntryKind.TASK_RULES, one) for one in rules]
        drafts += [words.draft(EntryKind.PLACE_USE, one) for one in uses]
        session.ledger.append([*drafts, words.draft(EntryKind.URGENT_CALL, call)], 5)
    with store.reading() as session:
        assert session.records.task_rules() == rules[1]
        assert session.records.place_uses() == (uses[1],)
        assert session.records.calls_of_unit("u-1") == (call,)
        assert session.records.calls_of_unit("u-2") == ()


def test_every_entry_of_a_hold_is_a_message_and_a_receipt_confirms_it_also_after_a_rebuild(store: Store) -> None:
    hold = words.hold()
    lifted = msgspec.structs.replace(hold, lifted_by="d-1")
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.HOLD, one) for one in (hold, words.hold("h-2", "u-2"), lifted)], 5)
        receipt = IssuingReceipt(change=1, receipt="r", at_ms=6, system="his")
        session.ledger.append([words.draft(EntryKind.ISSUING_RECEIPT, receipt)], 6)
    for _ in range(2):
        with store.reading() as session:
            records = session.records
            assert [(one.number, one.stands, one.confirmed) for one in records.hold_changes(0, 9)] == [
                (1, True, True),
                (2, True, False),
                (3, False, False),
            ]
            assert [one.number for one in records.hold_changes_of_unit(hold.unit)] == [1, 3]
            assert [one.number for one in records.unconfirmed_changes(1)] == [2]
            assert records.hold_changes(3, 9) == ()
            assert records.issuing_receipt(1) == receipt
            assert records.issuing_receipt(2) is None
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before


def test_what_the_issuing_system_does_not_know_is_told_from_what_never_was_its_business(store: Store) -> None:
    """Old holds that were lifted before there was a system are no news for it; what is on hold is, however old."""

    def say(*holds: tuple[str, str, str]) -> None:
        drafts = [words.draft(EntryKind.HOLD, words.hold(name, unit, lifted_by=by)) for name, unit, by in holds]
        with store.writing() as session:
            session.ledger.append(drafts, 5)

    def rule(version: int, *, issuing: bool) -> None:
        with store.writing() as session:
            said = TaskRules(version=version, issuing=issuing)
            session.ledger.append([words.draft(EntryKind.TASK_RULES, said)], 5)

    def known() -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        with store.reading() as session:
            records = session.records
            found = records.held_not_known(), records.liftings_not_known()
        held, lifted = ([(one.unit, one.number) for one in changes] for changes in found)
        return held, lifted

    say(("h-1", "u-old", ""), ("h-1", "u-old", "d-1"), ("h-2", "u-1", ""), ("h-3", "u-1", ""), ("h-3", "u-1", "d-2"))
    assert known() == ([("u-1", 3), ("u-1", 4), ("u-1", 5)], []), "it stands on hold by h-2"
    rule(1, issuing=True)
    assert known() == ([("u-1", 3), ("u-1", 4), ("u-1", 5)], [])
    rule(2, issuing=False)
    say(("h-2", "u-1", "d-3"), ("h-4", "u-2", ""))
    assert known() == ([("u-2", 9)], [])
    with store.writing() as session:
        receipt = IssuingReceipt(change=3, receipt="r", at_ms=6, system="his")
        session.ledger.append([words.draft(EntryKind.ISSUING_RECEIPT, receipt)], 6)
    rule(3, issuing=True)
    rule(4, issuing=True)
    say(("h-4", "u-2", "d-4"))
    told = [("u-1", 4), ("u-1", 5), ("u-1", 8), ("u-2", 13)]
    assert known() == ([], told), "it confirmed a hold of u-1; that of u-2 was lifted before its eyes"
