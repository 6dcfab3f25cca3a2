"""Holds and excursions open tasks at places, in the transaction that recorded them; what is done closes them.

Every entry of a hold is looked at once, in its order: the cursor moves in the same transaction, so that a kill leaves
neither a hold without its task nor a task without its hold.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from coldchain.decisions import standing_holds
from coldchain.entries import Draft, EntryKind, stay_of
from coldchain.places import ON_THE_ROAD, Place
from coldchain.ports import Session
from coldchain.tasks import Task, TaskKind
from coldchain.units import Finding, FindingKind, FindingStatus
from ingest.known import ACTOR
from rules.tasks import kept_apart, last_release_ms, set_aside, task_id

CURSOR: Final = "tasks:holds"
AT_ONCE: Final = 5_000  # entries of holds looked at in one transaction; the rest comes with the next one


def follow_tasks(session: Session, findings: Iterable[str], units: Iterable[str], now_ms: int) -> None:
    """Open, change and close the tasks that new entries of holds, these findings and moved units ask for."""
    changes = session.records.hold_changes(session.books.cursor(CURSOR), AT_ONCE)
    drafts = isolate_drafts(session, {one.unit for one in changes} | set(units), now_ms)
    drafts += _count_drafts(session, findings, now_ms)
    session.ledger.append(drafts, now_ms)
    if changes:
        session.books.set_cursor(CURSOR, changes[-1].number)


def isolate_drafts(session: Session, units: Iterable[str], now_ms: int) -> list[Draft]:
    """Return the tasks that the holds of these units open or change: one for each place that has any of them inside."""
    wanted: dict[str, set[str]] = {}
    touched = sorted(units)
    if not touched:
        return []
    places = {one.id: one for one in session.records.places() if one.kind not in ON_THE_ROAD}
    apart = kept_apart(session.records.place_uses())
    for unit in touched:
        for place in _to_isolate(session, unit, now_ms):
            if place in places and place not in apart:
                wanted.setdefault(place, set()).add(unit)
    known = {one.place: one for one in session.records.open_tasks() if one.kind is TaskKind.ISOLATE}
    looked = set(touched)
    drafts = []
    for name in sorted(known.keys() | wanted.keys()):
        task, inside = known.get(name), wanted.get(name, set())
        if task is None:
            drafts.append(task_draft(_new(session, places[name], inside, now_ms)))
            continue
        changed = _changed(session, task, inside, looked)
        drafts += [] if changed == task else [task_draft(closed_if_done(session, changed, now_ms))]
    return drafts


def _to_isolate(session: Session, unit: str, now_ms: int) -> list[str]:
    """Return the places in which a unit on hold is, or may be, and was not set aside."""
    if not standing_holds(session.records.holds_of_unit(unit)) or session.records.unit_end(unit) is not None:
        return []
    ticks = session.records.ticks_of_unit(unit)
    stays = [one for one in session.records.stays_of_unit(unit) if not one.withdrawn and one.possible_to_ms is None]
    released_ms = last_release_ms(session.records.decisions_of_unit(unit))
    here = [one for one in stays if one.possible_from_ms <= now_ms]
    return [one.place for one in here if not set_aside(stay_of(one), ticks, released_ms)]


def _changed(session: Session, known: Task, wanted: set[str], looked: set[str]) -> Task:
    """Return the task of a place as it is to be. A bag that was ticked off stays on it."""
    ticked = {one.unit for one in session.records.ticks_of_task(known.id)}
    units = tuple(sorted((set(known.units) - looked) | wanted | (set(known.units) & ticked)))
    return known if units == known.units else replace(known, version=known.version + 1, units=units)


def _new(session: Session, place: Place, wanted: set[str], now_ms: int) -> Task:
    # The entry's number makes it another one than the task that was opened and closed here within this millisecond.
    return Task(
        id=task_id(TaskKind.ISOLATE, place.id, now_ms, str(session.ledger.next_seq())),
        version=1,
        kind=TaskKind.ISOLATE,
        place=place.id,
        site=place.site,
        opened_ms=now_ms,
        units=tuple(sorted(wanted)),
    )


def closed_if_done(session: Session, task: Task, now_ms: int, fresh: Iterable[str] = ()) -> Task:
    """Return a task for bags, closed if none is left; `fresh`: units whose ticks are not recorded yet."""
    done = {tick.unit for tick in session.records.ticks_of_task(task.id)} | set(fresh)
    if not task.units:
        return replace(task, closed_ms=now_ms, closed_by="nothing-left")
    return replace(task, closed_ms=now_ms, closed_by="scans") if set(task.units) <= done else task


def _count_drafts(session: Session, findings: Iterable[str], now_ms: int) -> list[Draft]:
    """Return the counts that storage excursions open, and the end of those whose excursion was withdrawn.

    Another excursion of that place may have waited for the same count: then it is asked for that one.
    """
    ended: dict[str, Task] = {}
    opened: dict[str, Task] = {}
    for name in sorted(findings):
        finding = session.records.finding(name)
        place = session.records.place(finding.place) if finding else None
        if finding is None or place is None or finding.kind is not FindingKind.EXCURSION or not finding.holds:
            continue
        known = session.records.task(task_id(TaskKind.COUNT, name))
        if finding.status is FindingStatus.WITHDRAWN:
            if known is not None and known.open:
                ended[place.id] = replace(known, version=known.version + 1, closed_ms=now_ms, closed_by="withdrawn")
            continue
        waits = any(one.kind is TaskKind.COUNT for one in session.records.open_tasks(place.id))
        if known is None and not waits and place.kind not in ON_THE_ROAD and not _counted_since(session, finding):
            opened.setdefault(place.id, _new_count(place.id, place.site, name, now_ms))
    for name, task in ended.items():
        other = _waited_too(session, task)
        if other is not None:
            opened.setdefault(name, _new_count(task.place, task.site, other.id, now_ms))
    return [task_draft(tasks[name]) for tasks in (ended, opened) for name in sorted(tasks)]


def _counted_since(session: Session, finding: Finding) -> bool:
    """Tell whether people have counted a place since an excursion of it was told: two probes of one fridge ask once."""
    told = session.records.alarms_of_finding(finding.id)
    counts = session.records.stock_counts(finding.place, 1)
    return bool(told and counts) and counts[0].at_ms >= min(one.raised_ms for one in told)


def _waited_too(session: Session, task: Task) -> Finding | None:
    """Return the first standing excursion of a place that became known while this count was open, None if none did.

    Those that had a count of their own are done. In doubt it is counted once more: one count too many harms nobody.
    """
    first = session.records.finding(task.finding)
    from_ms = first.condition_ms if first else task.opened_ms
    for one in session.records.findings(place=task.place):
        stands = one.kind is FindingKind.EXCURSION and one.holds and one.status is not FindingStatus.WITHDRAWN
        if not stands or session.records.task(task_id(TaskKind.COUNT, one.id)) is not None:
            continue
        alarms = session.records.alarms_of_finding(one.id)
        if one.condition_ms >= from_ms or (alarms and alarms[0].raised_ms >= task.opened_ms):
            return one
    return None


def _new_count(place: str, site: str, finding: str, now_ms: int) -> Task:
    name = task_id(TaskKind.COUNT, finding)
    return Task(id=name, version=1, kind=TaskKind.COUNT, place=place, site=site, opened_ms=now_ms, finding=finding)


def counted_drafts(session: Session, place: str, at_ms: int, now_ms: int) -> list[Draft]:
    """Return the end of the counts of a place that one at at_ms fulfils: those that were open by then."""
    tasks = session.records.open_tasks(place)
    done = [one for one in tasks if one.kind is TaskKind.COUNT and one.opened_ms <= at_ms]
    return [task_draft(replace(one, version=one.version + 1, closed_ms=now_ms, closed_by="count")) for one in done]


def task_draft(task: Task) -> Draft:
    """Return the entry of a task."""
    return Draft(kind=EntryKind.TASK, actor=ACTOR, site=task.site, payload=task)


def recorded_ms(session: Session, change: int) -> int:
    """Return when a change of a hold was recorded."""
    return session.ledger.entries(change - 1, 1)[0].record_ms
