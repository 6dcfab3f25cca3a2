"""Alarms of which people could be told in bare words only, by a fault of ours: that is an alarm of the whole system.

One text that cannot be made must not silence the others, nor its own alarm.
"""

from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from ingest.conditions import OWN
from rules.alarm_life import MINUTE_MS

SAID_FOR_MS: Final = 15 * MINUTE_MS  # PROP: after the last one; a message is made only once
RULES_MAX: Final = 100  # of which it is remembered; there are fewer in the catalogue


class Unsaid:
    """Of which rules messages could not be made: since when, and when last."""

    def __init__(self) -> None:
        self._times: dict[str, tuple[int, int]] = {}

    def note(self, rule: str, now_ms: int) -> None:
        """Remember that a message of this rule could not be made."""
        if rule in self._times or len(self._times) < RULES_MAX:
            since_ms, _ = self._times.get(rule, (now_ms, now_ms))
            self._times[rule] = since_ms, now_ms

    def conditions(self, now_ms: int) -> list[Condition]:
        """Return one condition for each rule of which that was so lately."""
        self._times = {rule: one for rule, one in self._times.items() if 0 <= now_ms - one[1] < SAID_FOR_MS}
        return [
            Condition(
                rule="A32",
                severity=Severity.HIGH,
                subject_kind=SubjectKind.SYSTEM,
                subject=f"{OWN}message-{rule}",
                since_ms=since_ms,
                due_ms=since_ms,
                site="",
                values={"what": "message", "of_rule": rule},
            )
            for rule, (since_ms, _) in sorted(self._times.items())
        ]
