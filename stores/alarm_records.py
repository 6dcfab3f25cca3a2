"""Alarms and what people did with them, read back; a part of SqlRecords."""

from typing import Final

import msgspec

from coldchain.alarms import TEST, Alarm, AlarmAction
from coldchain.duties import Escalation
from stores.projections_alarms import ACTIVE, WAITING
from stores.sql import Params, Sql

_ALARMS: Final = msgspec.json.Decoder(Alarm)
_ACTIONS: Final = msgspec.json.Decoder(AlarmAction)
_ESCALATIONS: Final = msgspec.json.Decoder(Escalation)
_NEWEST: Final = "ORDER BY raised_ms DESC, id DESC LIMIT ?"


class SqlAlarmRecords:
    """The port AlarmRecords over one transaction."""

    _sql: Sql

    def alarm(self, alarm: str) -> Alarm | None:
        """One alarm, its newest version."""
        return next(iter(self._alarms("alarms WHERE id = ?", (alarm,))), None)

    def alarm_versions(self, alarm: str) -> tuple[Alarm, ...]:
        """All of one alarm, by version."""
        return self._alarms("alarm_versions WHERE alarm = ? ORDER BY version", (alarm,))

    def alarm_of(self, key: tuple[str, str, str, str]) -> Alarm | None:
        """The newest with a key, by (raised_ms, id)."""
        rule, kind, subject, finding = (str(part) for part in key)
        where = f"alarms WHERE rule = ? AND subject = ? AND kind = ? AND finding = ? {_NEWEST}"
        return next(iter(self._alarms(where, (rule, subject, kind, finding, 1))), None)

    def alarms_of_finding(self, finding: str) -> tuple[Alarm, ...]:
        """Those that name a finding, by (raised_ms, id)."""
        return self._alarms("alarms WHERE finding = ? ORDER BY raised_ms, id", (finding,))

    def active_alarms(self) -> tuple[Alarm, ...]:
        """Those whose condition lasts, by (raised_ms, id)."""
        return self._alarms("alarms WHERE state = ? ORDER BY raised_ms, id", (ACTIVE,))

    def waiting_alarms(self, limit: int) -> tuple[Alarm, ...]:
        """Those that are over and wait for somebody, the newest first: by (raised_ms, id) from the last back."""
        return self._alarms(f"alarms WHERE state = ? {_NEWEST}", (WAITING, limit))

    def alarms(self, limit: int, place: str = "") -> tuple[Alarm, ...]:
        """The newest ones, of a place or of all, by (raised_ms, id) from the last back."""
        if not place:
            return self._alarms(f"alarms {_NEWEST}", (limit,))
        return self._alarms(f"alarms WHERE place = ? {_NEWEST}", (place, limit))

    def alarms_raised(self, from_ms: int, to_ms: int, limit: int) -> tuple[Alarm, ...]:
        """Those with from_ms <= raised_ms < to_ms, by (raised_ms, id)."""
        where = "alarms WHERE raised_ms >= ? AND raised_ms < ? ORDER BY raised_ms, id LIMIT ?"
        return self._alarms(where, (from_ms, to_ms, limit))

    def alarms_of_subject(self, rule: str, subject: str, from_ms: int) -> tuple[Alarm, ...]:
        """Those of a rule and a subject with raised_ms >= from_ms, by (raised_ms, id)."""
        where = "alarms WHERE rule = ? AND subject = ? AND raised_ms >= ? ORDER BY raised_ms, id"
        return self._alarms(where, (rule, subject, from_ms))

    def alarm_tests(self, limit: int) -> tuple[Alarm, ...]:
        """Test alarms, by (raised_ms, id) from the last back."""
        return self._alarms(f"alarms WHERE rule = ? {_NEWEST}", (TEST, limit))

    def escalation(self) -> Escalation | None:
        """How alarms call people, the newest version; without addresses."""
        row = self._sql.first("SELECT body FROM escalations ORDER BY version DESC LIMIT 1", ())
        return None if row is None else _ESCALATIONS.decode(row[0])

    def actions_of_alarm(self, alarm: str) -> tuple[AlarmAction, ...]:
        """By (at_ms, action, name)."""
        return self._done("alarm_actions WHERE alarm = ? ORDER BY at_ms, action, name", (alarm,))

    def alarm_actions(self, from_ms: int, to_ms: int, limit: int) -> tuple[AlarmAction, ...]:
        """Those with from_ms <= at_ms < to_ms, by (at_ms, alarm, action, name)."""
        where = "alarm_actions WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms, alarm, action, name LIMIT ?"
        return self._done(where, (from_ms, to_ms, limit))

    def _alarms(self, source: str, params: Params) -> tuple[Alarm, ...]:
        return tuple(_ALARMS.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))

    def _done(self, source: str, params: Params) -> tuple[AlarmAction, ...]:
        return tuple(_ACTIONS.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
