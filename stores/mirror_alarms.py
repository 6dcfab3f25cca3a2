"""Points of alarms: each entry that speaks of one makes it be said anew, under its tags now and those it had before.

An entry need not be of the alarm itself: who acknowledged it is said by an action, how many units it affects by the
exposures of its finding. What a batch of entries touches is said once, as the record has it then.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import structlog

from coldchain.alarms import Alarm, AlarmAction, AlarmActionKind, SubjectKind
from coldchain.entries import Entry, EntryKind
from coldchain.errors import ColdchainError, StoreError
from coldchain.ports import Records, Session
from coldchain.units import Exposure, Finding
from stores.mirror_told import Told
from stores.points_alarms import NOT_COUNTED, Key, alarm_key, alarm_line, alarm_list_line

TWINS_MAX: Final = 5_000  # alarms of one millisecond: what a turn of the rules can raise at once
KNOWN_MAX: Final = 10_000  # alarms whose tags are remembered; of others all versions are read once

log = structlog.get_logger("mirror")


class AlarmPoints:
    """Turns what the ledger says of alarms, in its order, into lines."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._known: OrderedDict[str, set[Key]] = OrderedDict()
        self._alarms: dict[str, None] = {}
        self._findings: dict[str, None] = {}

    def begin(self) -> None:
        """Begin a batch of entries."""
        self._alarms.clear()
        self._findings.clear()

    def take(self, entry: Entry) -> None:
        """Note which alarms an entry speaks of."""
        match entry.kind:
            case EntryKind.ALARM:
                alarm = msgspec.json.decode(entry.payload, type=Alarm)
                self._alarms[alarm.id] = None
                if alarm.version == 1:
                    self._remember(alarm.id, {alarm_key(alarm)})
                elif alarm.id in self._known:
                    self._known[alarm.id].add(alarm_key(alarm))
            case EntryKind.ALARM_ACTION:
                self._alarms[msgspec.json.decode(entry.payload, type=AlarmAction).alarm] = None
            case EntryKind.EXPOSURE:
                self._findings[msgspec.json.decode(entry.payload, type=Exposure).finding] = None
            case EntryKind.FINDING:
                self._findings[msgspec.json.decode(entry.payload, type=Finding).id] = None
            case _:
                pass

    def end(self, session: Session) -> tuple[list[bytes], list[tuple[str, bytes]]]:
        """Return the lines of all alarms that were spoken of, and faults of our own as (reason, what)."""
        for finding in self._findings:
            self._alarms |= {one.id: None for one in session.records.alarms_of_finding(finding)}
        lines: list[bytes] = []
        faults: list[tuple[str, bytes]] = []
        units, twins = _Units(session.records), _Twins(session.records)
        for name in self._alarms:
            try:
                alarm = session.records.alarm(name)
                if alarm is not None:
                    lines += self._lines(session, alarm, units, twins.of(alarm))
            except StoreError:
                raise
            except Exception as error:  # one alarm that cannot be told must not keep the others back
                if not faults:
                    log.exception("alarm_not_mirrored", alarm=name)
                faults.append((f"alarm {name}: {type(error).__name__}: {error}", name.encode()))
        return lines, faults

    def _lines(self, session: Session, alarm: Alarm, units: "_Units", twin: int) -> Iterator[bytes]:
        said = self._told.alarm(session, alarm)
        acked_by = _acked_by(session.records, alarm)
        keys = sorted(self._keys(session.records, alarm))
        for key in keys:
            yield alarm_line(alarm, said, acked_by, units.of(alarm), key)
        for site in sorted({site for _, _, _, site, _ in keys}):
            yield alarm_list_line(alarm, said, acked_by, units.of(alarm), twin, site)

    def _keys(self, records: Records, alarm: Alarm) -> set[Key]:
        """Return the tags that an alarm has and had."""
        if alarm.id not in self._known:
            before = records.alarm_versions(alarm.id) if alarm.version > 1 else ()
            self._remember(alarm.id, {alarm_key(one) for one in before})
        self._known[alarm.id].add(alarm_key(alarm))
        self._known.move_to_end(alarm.id)
        return self._known[alarm.id]

    def _remember(self, alarm: str, keys: set[Key]) -> None:
        self._known.setdefault(alarm, set()).update(keys)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)


def standing_lines(session: Session, told: Told, alarms: Iterable[Alarm]) -> Iterator[bytes]:
    """Yield the points of alarms in the list of their site, as the record has them now.

    The list is newer than the mirrors that are fed. Said now and then, what stands is in it without a rebuild.
    """
    units, twins = _Units(session.records), _Twins(session.records)
    for alarm in alarms:
        try:
            acked_by, said = _acked_by(session.records, alarm), told.alarm(session, alarm)
            yield alarm_list_line(alarm, said, acked_by, units.of(alarm), twins.of(alarm))
        except StoreError:
            raise
        except Exception:  # that it cannot be told was a fault when the ledger spoke of it; the others are listed
            log.exception("alarm_not_mirrored", alarm=alarm.id)


class _Twins:
    """The how-manieth of those raised in its millisecond an alarm is, from 0: nearly always 0. Asked once a batch.

    Ids are numbers of the ledger, so they grow: who is made later in that millisecond stands behind, and no number
    moves.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[int, dict[str, int]] = {}

    def of(self, alarm: Alarm) -> int:
        """Raise ColdchainError beyond TWINS_MAX: of two that shared a point one would be seen by nobody."""
        raised_ms = alarm.raised_ms
        if raised_ms not in self._known:
            beside = self._records.alarms_raised(raised_ms, raised_ms + 1, TWINS_MAX + 1)
            if len(beside) > TWINS_MAX:
                msg = f"more than {TWINS_MAX} alarms were raised in one millisecond: the mirror cannot list them"
                raise ColdchainError(msg)
            names = sorted((one.id for one in beside), key=lambda name: (len(name), name))
            self._known[raised_ms] = {name: number for number, name in enumerate(names)}
        return self._known[raised_ms][alarm.id]


class _Units:
    """How many units the finding of an alarm affects, counted once a batch: a full room has thousands.

    NOT_COUNTED where an alarm is of no finding and no unit: how many lie in its place changes without a word of it.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._counts: dict[str, int] = {}

    def of(self, alarm: Alarm) -> int:
        if alarm.subject_kind is SubjectKind.UNIT:
            return 1
        if alarm.finding not in self._counts:
            exposures = self._records.exposures_of_finding(alarm.finding) if alarm.finding else ()
            known = bool(exposures) or (bool(alarm.finding) and self._records.finding(alarm.finding) is not None)
            self._counts[alarm.finding] = sum(not one.withdrawn for one in exposures) if known else NOT_COUNTED
        return self._counts[alarm.finding]


def _acked_by(records: Records, alarm: Alarm) -> str:
    """Return who acknowledged an alarm, as they signed; "" while nobody has since it was raised or rose again."""
    if alarm.acknowledged_ms is None:
        return ""
    acts = (AlarmActionKind.ACKNOWLEDGE, AlarmActionKind.ON_SITE)
    done = [one for one in records.actions_of_alarm(alarm.id) if one.action in acts]
    before = [one for one in done if one.at_ms <= alarm.acknowledged_ms] or done
    return f"{before[-1].name}, {before[-1].post}" if before else ""
