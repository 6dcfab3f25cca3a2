"""What the rules see of tasks and of the issuing system: overdue work, held units in reach, holds nobody confirmed."""

from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.entries import stay_of
from coldchain.ports import Session
from coldchain.tasks import TaskKind
from ingest.tasks import recorded_ms
from rules.tasks import kept_apart, last_release_ms, not_known, set_aside

LOOKED_AT: Final = 500  # units of one look; what is beyond comes once these are done
IN_REACH: Final = "A15"
NOT_KNOWN: Final = "issuing"  # the finding by which the condition of the issuing system is told from that of a place
LIFTING_NOT_KNOWN: Final = "issuing-lifted"


def task_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return overdue tasks, units on hold within reach, and holds that the issuing system has not confirmed."""
    return [*_overdue(session, now_ms), *_in_reach(session, now_ms), *_unconfirmed(session)]


def _overdue(session: Session, now_ms: int) -> list[Condition]:
    rules = session.records.task_rules()
    found = []
    for task in session.records.open_tasks():
        due_ms = rules.due_ms(task)
        if due_ms > now_ms:
            continue
        done = {one.unit for one in session.records.ticks_of_task(task.id)}
        left = len(set(task.units) - done)
        found.append(
            Condition(
                rule=IN_REACH if task.kind is TaskKind.ISOLATE else "A38",
                severity=Severity.CRITICAL if task.kind is TaskKind.ISOLATE else Severity.HIGH,
                subject_kind=SubjectKind.PLACE,
                subject=task.place,
                since_ms=due_ms,
                due_ms=due_ms,
                site=task.site,
                place=task.place,
                finding=task.id,
                values={"what": f"{task.kind.value}-overdue", "number": left, "task": task.id},
            )
        )
    return found


def _in_reach(session: Session, now_ms: int) -> list[Condition]:
    """Return the units on hold that stand in an available place although nobody is still setting them aside."""
    places = {one.id: one for one in session.records.places()}
    apart = kept_apart(session.records.place_uses())
    waiting = {unit for task in session.records.open_tasks() for unit in task.units}
    found = []
    for held in session.records.units_on_hold(LOOKED_AT):
        ticks = session.records.ticks_of_unit(held.unit)
        if held.unit in waiting or not ticks:
            continue
        released_ms = last_release_ms(session.records.decisions_of_unit(held.unit))
        for record in session.records.stays_of_unit(held.unit):
            place = places.get(record.place)
            again = record.undoubted and record.certain_from_ms is not None and record.certain_from_ms <= now_ms
            if place is None or not again or place.id in apart or set_aside(stay_of(record), ticks, released_ms):
                continue
            since_ms = record.possible_from_ms
            values: dict[str, int | str] = {"what": "in-reach", "unit": held.unit}
            found.append(
                Condition(
                    rule=IN_REACH,
                    severity=Severity.CRITICAL,
                    subject_kind=SubjectKind.UNIT,
                    subject=held.unit,
                    since_ms=since_ms,
                    due_ms=since_ms,
                    site=place.site,
                    place=place.id,
                    values=values,
                )
            )
    return found


def _unconfirmed(session: Session) -> list[Condition]:
    """Return that holds, or liftings, are not known to the issuing system, each once and since the oldest of them.

    All are counted: a unit on hold while anything of it is not confirmed, one whose holds are lifted beside it.
    """
    rules = session.records.task_rules()
    if not rules.issuing:
        return []
    waiting = {
        NOT_KNOWN: not_known(session.records.held_not_known()),
        LIFTING_NOT_KNOWN: not_known(session.records.liftings_not_known()),
    }
    found = []
    for name, units in waiting.items():
        if not units:
            continue
        since_ms = recorded_ms(session, min(units.values()))
        found.append(
            Condition(
                rule="A16",
                severity=Severity.CRITICAL,
                subject_kind=SubjectKind.SYSTEM,
                subject=NOT_KNOWN,
                since_ms=since_ms,
                due_ms=since_ms + rules.confirm_seconds * 1_000,
                site="",
                finding=name,
                values={"what": "not-known" if name == NOT_KNOWN else "lifting-not-known", "number": len(units)},
            )
        )
    return found
