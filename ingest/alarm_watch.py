"""What the alarm desk does every few seconds beside the intake: look, let time pass, and queue what people are told.

It reads in a session of its own and writes only if something has changed; the only writer of the store calls it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo

import msgspec
import structlog

from coldchain.alarms import OF_A_FINDING, Alarm, Condition
from coldchain.duties import Duty, Escalation
from coldchain.entries import Draft
from coldchain.errors import StoreError
from coldchain.notifications import Notification
from coldchain.ports import Session, Store
from ingest.alarm_desk import Turn
from ingest.alarm_duties import duties_now, escalation_drafts
from ingest.alarm_listening import Listening, as_heard
from ingest.alarm_sums import sum_message, together
from ingest.alarm_unsaid import Unsaid
from ingest.alarm_values import finding_values
from ingest.alarms import SETTINGS, reconciled
from ingest.conditions import Watch
from ingest.notifications import notification_drafts
from rules.alarm_around import beside
from rules.alarm_plain import bare_words, plain_words

ID_CHARACTERS = 20

log = structlog.get_logger("ingest")


class AlarmWatch:
    """The desk between two transactions: what the providers said last, and since when something is gone."""

    def __init__(
        self, store: Store, note: Callable[[Sequence[Draft], int], None], failed: Callable[[str, int], None]
    ) -> None:
        self._store = store
        self._note = note
        self._failed = failed  # counts faults of ours, by the name of a counter
        self._gone: dict[tuple[str, str, str, str], int] = {}
        self._escalation = Escalation()
        self._zone: tzinfo = UTC  # until the settings say where the site is
        self._seen: dict[tuple[str, str, str, str], Condition] = {}
        self._unsaid = Unsaid()
        self._listening = Listening()
        self.conditions = Watch()
        self.changed = False  # an alarm of a finding, since people were told of alarms last
        self.on_told: Callable[[], None] = _nobody_waits  # called once messages are queued, in the writer's thread

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

    def look(self, now_ms: int, listening_ms: int | None = None) -> int:
        """Raise, change and clear alarms, then queue the messages that are due; return how many entries that made.

        `listening_ms`: for how long the centre has been able to hear gateways without a break; None: it always was.
        Raises StoreError.
        """
        with self._store.reading() as session:
            failures = self.conditions.failures
            seen = self.conditions.look(session, now_ms)
            self._failed("provider_failures_total", self.conditions.failures - failures)
            turn = Turn(session, now_ms, SETTINGS)
            if listening_ms is not None:
                seen = as_heard(session, seen, turn.active.values(), now_ms, listening_ms)
                seen += self._listening.conditions(session, now_ms, listening_ms)
            seen = [*seen, *self._unsaid.conditions(now_ms)]
            self._seen = {one.key: one for one in seen}
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
            due = duties_now(session, self._escalation, now_ms, lambda one: self._not_said(one, now_ms))
            drafts = notification_drafts(session, self._messages(session, due, now_ms))
        if drafts:
            self._note(drafts, now_ms)
            self.on_told()
        return len(drafts)

    def _messages(self, session: Session, due: Sequence[Duty], now_ms: int) -> list[Notification]:
        """Return the messages of duties that are not recorded yet."""
        records = session.records
        due = [one for one in due if records.notification(message_id(one)) is None]
        alarms = {name: one for name in sorted({one.alarm for one in due}) if (one := records.alarm(name)) is not None}
        alone, groups = together(due, alarms, now_ms)
        messages = []
        for common, duties in groups.items():
            name = _name(common)
            if records.notification(name) is not None:
                continue
            summed = self._sum(session, name, duties, alarms, now_ms)
            alone += duties if summed is None else []
            messages += [] if summed is None else [summed]
        return messages + [self._said(session, one, alarms.get(one.alarm), now_ms) for one in alone]

    def _sum(
        self, session: Session, name: str, duties: Sequence[Duty], alarms: Mapping[str, Alarm], now_ms: int
    ) -> Notification | None:
        """Return the message in which several alarms go out, None if each goes out by itself."""
        if len({duty.alarm for duty in duties}) == 1:
            return None
        try:
            return sum_message(session, name, duties, alarms, now_ms, self._zone)
        except StoreError:
            raise
        except Exception:
            log.exception("sum_not_made", alarm=duties[0].alarm)
            self._not_said(alarms[duties[0].alarm], now_ms)
            return None

    def _said(self, session: Session, duty: Duty, alarm: Alarm | None, now_ms: int) -> Notification:
        """Return the message of a duty; in bare words if a fault of ours keeps it from being made in full."""
        try:
            return self._message(session, duty, alarm, now_ms)
        except StoreError:
            raise
        except Exception:
            log.exception("message_not_made", alarm=duty.alarm)
            self._not_said(alarm, now_ms)
            words = bare_words(duty.alarm, alarm.rule if alarm else "", duty.site, duty.severity)
            return _notification(duty, alarm, words, now_ms)

    def _not_said(self, alarm: Alarm | None, now_ms: int) -> None:
        self._unsaid.note(alarm.rule if alarm else "", now_ms)
        self._failed("message_failures_total", 1)

    def _message(self, session: Session, duty: Duty, alarm: Alarm | None, now_ms: int) -> Notification:
        """Return the message of a duty, with what is seen of its alarm now."""
        seen = self._seen.get(alarm.key) if alarm is not None and alarm.active else None
        if alarm is not None and seen is not None:
            alarm = msgspec.structs.replace(alarm, values=seen.values)
        if alarm is not None and OF_A_FINDING in alarm.values:
            found = session.records.finding(alarm.finding)
            fresh = {} if found is None else finding_values(session, found, now_ms)
            alarm = msgspec.structs.replace(alarm, values={**alarm.values, **fresh})
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
    return _notification(duty, alarm, (subject, text), now_ms)


def _notification(duty: Duty, alarm: Alarm | None, words: tuple[str, str], now_ms: int) -> Notification:
    subject, text = words
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


def _nobody_waits() -> None:
    """Who sends messages looks for them now and then."""
