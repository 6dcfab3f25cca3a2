"""What is recorded of alarms and of what people did with them: a part of the port Records."""

from typing import Protocol

from coldchain.alarms import Alarm, AlarmAction
from coldchain.duties import Escalation


class AlarmRecords(Protocol):
    """Answers as of a session."""

    def alarm(self, alarm: str) -> Alarm | None:
        """One alarm, its newest version."""

    def alarm_versions(self, alarm: str) -> tuple[Alarm, ...]:
        """All of one alarm, by version."""

    def alarm_of(self, key: tuple[str, str, str, str]) -> Alarm | None:
        """The newest with a key, by (raised_ms, id)."""

    def alarms_of_finding(self, finding: str) -> tuple[Alarm, ...]:
        """Those that name a finding, by (raised_ms, id)."""

    def active_alarms(self) -> tuple[Alarm, ...]:
        """Those whose condition lasts, by (raised_ms, id)."""

    def waiting_alarms(self, limit: int) -> tuple[Alarm, ...]:
        """Those that are over and wait for somebody, the newest first: by (raised_ms, id) from the last back."""

    def alarms(self, limit: int, place: str = "") -> tuple[Alarm, ...]:
        """The newest ones, of a place or of all, by (raised_ms, id) from the last back."""

    def alarms_raised(self, from_ms: int, to_ms: int, limit: int) -> tuple[Alarm, ...]:
        """Those with from_ms <= raised_ms < to_ms, by (raised_ms, id)."""

    def alarms_of_subject(self, rule: str, subject: str, from_ms: int) -> tuple[Alarm, ...]:
        """Those of a rule and a subject with raised_ms >= from_ms, by (raised_ms, id)."""

    def alarm_tests(self, limit: int) -> tuple[Alarm, ...]:
        """Test alarms, by (raised_ms, id) from the last back."""

    def escalation(self) -> Escalation | None:
        """How alarms call people, the newest version; without addresses."""

    def actions_of_alarm(self, alarm: str) -> tuple[AlarmAction, ...]:
        """By (at_ms, action, name)."""

    def alarm_actions(self, from_ms: int, to_ms: int, limit: int) -> tuple[AlarmAction, ...]:
        """Those with from_ms <= at_ms < to_ms, by (at_ms, alarm, action, name)."""
