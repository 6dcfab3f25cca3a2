"""Alarms of the store in memory."""

from collections.abc import Callable
from typing import Any

import msgspec
from support.memory_state import Part

from coldchain.alarms import TEST, Alarm, AlarmAction
from coldchain.duties import Escalation
from coldchain.entries import EntryKind


class MemoryAlarms(Part):
    """The port AlarmRecords by filtering and sorting everything."""

    def _alarms(self, keep: Callable[[Alarm], bool]) -> tuple[Alarm, ...]:
        found: list[Any] = [one for one in self.state.things[EntryKind.ALARM].values() if keep(one)]
        return tuple(sorted(found, key=lambda one: (one.raised_ms, one.id)))

    def _acted(self, keep: Callable[[AlarmAction], bool]) -> tuple[AlarmAction, ...]:
        found: list[Any] = [one for one in self.state.things[EntryKind.ALARM_ACTION].values() if keep(one)]
        return tuple(sorted(found, key=lambda one: (one.at_ms, one.alarm, one.action, one.name)))

    def alarm(self, alarm: str) -> Alarm | None:
        return self.state.things[EntryKind.ALARM].get((alarm,))

    def alarm_versions(self, alarm: str) -> tuple[Alarm, ...]:
        entries = [entry for entry in self.state.entries if entry.kind is EntryKind.ALARM]
        decoded = [msgspec.json.decode(entry.payload, type=Alarm) for entry in entries]
        return tuple(one for one in decoded if one.id == alarm)

    def alarm_of(self, key: tuple[str, str, str, str]) -> Alarm | None:
        return next(iter(self._alarms(lambda one: one.key == key)[::-1]), None)

    def alarms_of_finding(self, finding: str) -> tuple[Alarm, ...]:
        return self._alarms(lambda one: one.finding == finding)

    def active_alarms(self) -> tuple[Alarm, ...]:
        return self._alarms(lambda one: one.active)

    def waiting_alarms(self, limit: int) -> tuple[Alarm, ...]:
        return self._alarms(lambda one: one.waits and not one.active)[::-1][:limit]

    def alarms(self, limit: int, place: str = "") -> tuple[Alarm, ...]:
        return self._alarms(lambda one: place in ("", one.place))[::-1][:limit]

    def alarms_raised(self, from_ms: int, to_ms: int, limit: int) -> tuple[Alarm, ...]:
        return self._alarms(lambda one: from_ms <= one.raised_ms < to_ms)[:limit]

    def alarms_of_subject(self, rule: str, subject: str, from_ms: int) -> tuple[Alarm, ...]:
        return self._alarms(lambda one: (one.rule, one.subject) == (rule, subject) and one.raised_ms >= from_ms)

    def alarm_tests(self, limit: int) -> tuple[Alarm, ...]:
        return self._alarms(lambda one: one.rule == TEST)[::-1][:limit]

    def escalation(self) -> Escalation | None:
        kept: list[Any] = list(self.state.things[EntryKind.ESCALATION].values())
        return max(kept, key=lambda one: one.version, default=None)

    def actions_of_alarm(self, alarm: str) -> tuple[AlarmAction, ...]:
        return self._acted(lambda one: one.alarm == alarm)

    def alarm_actions(self, from_ms: int, to_ms: int, limit: int) -> tuple[AlarmAction, ...]:
        return self._acted(lambda one: from_ms <= one.at_ms < to_ms)[:limit]
