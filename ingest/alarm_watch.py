"""What the alarm desk does every few seconds beside the intake: look, let time pass, and queue what people are told.

It reads in a session of its own and writes only if something has changed; the only writer of the store calls it.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

import msgspec

from coldchain.alarms import Alarm, Condition
from coldchain.duties import Duty, Escalation
from coldchain.entries import Draft
from coldchain.notifications import Notification
from coldchain.ports import Session, Store
from ingest.alarm_desk import Turn
from ingest.alarm_duties import duties_now, escalation_drafts
from ingest.alarm_sums import sum_message, together
from ingest.alarms import SETTINGS, reconciled
from ingest.conditions import Watch
from ingest.notifications import notification_drafts
from rules.alarm_around import beside
from rules.alarm_plain import plain_words

ID_CHARACTERS = 20


class AlarmWatch:
    """The desk between two transactions: what the providers said last, and since when something is gone."""

    def __init__(
        self, store: Store, note: Callable[[Sequence[Draft], int], None], failed: Callable[[int], None]
    ) -> None:
        self._store = store
        self._note = note
        self._failed = failed  # is told how many providers failed in a look
        self._gone: dict[tuple[str, str, str, str], int] = {}
        self._escalation = Escalation()
        self._zone: tzinfo = UTC  # until the settings say where the site is
        self._seen: dict[tuple[str, str, str, str], Condition] = {}
        self.conditions = Watch()
        self.changed = False  # an alarm of a finding, since people were told of alarms last

    def follow(self, escalation: Escalation, now_ms: int, zone: tzinfo = UTC) -> None:
        """Call people by this plan from now on; it is recorded, without addresses, if it has changed.

        `zone`: that of the site, in which messages say times.

        Raises StoreError.
        """
        self._escalation, self._zone = escalation, zone
        with self._store.reading() as session:
            drafts = escalation_drafts(session, escalation)
        if drafts:
            self._note(drafts, now_ms)

    def look(self, now_ms: int) -> int:
        """Raise, change and clear alarms, then queue the messages that are due; return how many entries that made.

        Raises StoreError.
        """
        with self._store.reading() as session:
            failures = self.conditions.failures
            seen = self.conditions.look(session, now_ms)
            self._failed(self.conditions.failures - failures)
            self._seen = {one.key: one for one in seen}
            turn = Turn(session, now_ms, SETTINGS)
            alarms = reconciled(turn, seen, self._gone, self.conditions.looked)
        if alarms:
            self._note(alarms, now_ms)
        return len(alarms) + self.tell(now_ms)

    def tell(self, now_ms: int) -> int:
        """Queue the messages that are due; return how many entries that made. Raises StoreError."""
        self.changed = False
        if not self._escalation.plans:
            return 0
        with self._store.reading() as session:
            due = duties_now(session, self._escalation, now_ms)
            drafts = notification_drafts(session, self._messages(session, due, now_ms))
        if drafts:
            self._note(drafts, now_ms)
        return len(drafts)

    def _messages(self, session: Session, due: Sequence[Duty], now_ms: int) -> list[Notification]:
        """Return the messages of duties that are not recorded yet."""
        names = {duty.alarm for duty in due}
        alarms = {name: one for name in sorted(names) if (one := session.records.alarm(name)) is not None}
        alone, groups = together(due, alarms, now_ms)
        messages = []
        for common, duties in groups.items():
            name = _name(common)
            if session.records.notification(name) is None:
                if len({duty.alarm for duty in duties}) == 1:
                    alone += duties
                else:
                    messages.append(sum_message(session, name, duties, alarms, now_ms, self._zone))
        return messages + [self._message(session, one, alarms.get(one.alarm), now_ms) for one in alone]

    def _message(self, session: Session, duty: Duty, alarm: Alarm | None, now_ms: int) -> Notification:
        """Return the message of a duty, with what is seen of its alarm now."""
        seen = self._seen.get(alarm.key) if alarm is not None and alarm.active else None
        if alarm is not None and seen is not None:
            alarm = msgspec.structs.replace(alarm, values=seen.values)
        return _message(session, alarm, duty, now_ms, self._zone)


def message_id(duty: Duty) -> str:
    """Return the id of the message of a duty: the same duty is the same message, and no address stands in it."""
    return _name(duty.key)


def _name(key: str) -> str:
    return f"m-{hashlib.sha256(key.encode()).hexdigest()[:ID_CHARACTERS]}"


def _message(session: Session, alarm: Alarm | None, duty: Duty, now_ms: int, zone: tzinfo) -> Notification:
    place = session.records.place(alarm.place) if alarm and alarm.place else None
    subject, text = plain_words(alarm, duty.kind, place.name if place else None) if alarm else (duty.alarm, duty.alarm)
    if alarm is not None and place is not None:
        under = beside(session, alarm, place, now_ms, zone)
        text = f"{text}\n{under.zh}\n{under.en}"
    return Notification(
        id=message_id(duty),
        version=1,
        alarm=duty.alarm,
        channel=duty.channel,
        to=duty.to,
        kind=duty.kind.value,
        level=duty.level,
        severity=duty.severity,
        site=duty.site,
        subject=subject,
        text=text,
        queued_ms=now_ms,
        next_ms=max(duty.due_ms, now_ms),
        data={"alarm": duty.alarm, "rule": alarm.rule if alarm else "", "person": duty.person},
    )
