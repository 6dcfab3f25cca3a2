"""What the end of an alarm calls for is worked out once, and again only if it was not recorded or the plan is new."""

from support.intake import SITE, START
from support.memory_store import MemoryStore

from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.duties import Address, Escalation, Level, Plan
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Store
from ingest.alarm_duties import Ends, duties_now

MINUTE = 60_000
PLAN = Escalation(
    plans=(Plan(site="", zone="UTC", levels=(Level(after_ms=0, addresses=(Address(channel="sms", to="+861"),)),)),)
)


def alarm(name: str, cleared_ms: int | None, version: int = 1) -> Alarm:
    return Alarm(
        id=name,
        version=version,
        rule="A25",
        subject_kind=SubjectKind.CONTACT,
        subject="door-1",
        site=SITE,
        place="",
        severity=Severity.HIGH,
        now=Severity.HIGH,
        since_ms=START,
        raised_ms=START,
        waiting_ms=START,
        cleared_ms=cleared_ms,
        changed_ms=START if cleared_ms is None else cleared_ms,
    )


def keep(store: Store, *alarms: Alarm) -> None:
    with store.writing() as session:
        drafts = [Draft(kind=EntryKind.ALARM, actor="rules", site=SITE, payload=one) for one in alarms]
        session.ledger.append(drafts, START)


def due(store: Store, ends: Ends, now_ms: int) -> list[tuple[str, str]]:
    ends.begin()
    with store.reading() as session:
        return [(one.alarm, one.kind.value) for one in duties_now(session, PLAN, now_ms, None, ends)]


def test_what_is_recorded_of_an_end_is_not_worked_out_again_and_what_lasts_is() -> None:
    store, ends = MemoryStore(), Ends()
    keep(store, alarm("a-1", START + MINUTE), alarm("a-2", None))
    every = due(store, ends, START + 2 * MINUTE)
    assert ("a-1", "cleared") in every
    assert ("a-2", "raised") in every
    assert due(store, ends, START + 3 * MINUTE) == every, "a look that was not recorded says it again"
    ends.recorded()
    assert {name for name, _ in due(store, ends, START + 4 * MINUTE)} == {"a-2"}
    ends.recorded()
    keep(store, alarm("a-1", START + 5 * MINUTE, version=2), alarm("a-2", START + 5 * MINUTE, version=2))
    assert {name for name, _ in due(store, ends, START + 6 * MINUTE)} == {"a-1", "a-2"}, (
        "it came back, and is over again"
    )
    ends.recorded()
    assert due(store, ends, START + 7 * MINUTE) == []


def test_a_new_plan_is_asked_of_ends_as_well() -> None:
    store, ends = MemoryStore(), Ends()
    keep(store, alarm("a-1", START + MINUTE))
    first = due(store, ends, START + 2 * MINUTE)
    ends.recorded()
    assert due(store, ends, START + 2 * MINUTE) == []
    ends.forget()
    assert due(store, ends, START + 2 * MINUTE) == first != []
