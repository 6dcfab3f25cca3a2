"""The messages about alarms that were over before the centre heard of them: those of one time and address go as one."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from coldchain.alarms import Alarm
from coldchain.duties import Duty, DutyKind
from coldchain.notifications import Notification
from coldchain.places import Text
from coldchain.ports import Session
from rules.alarm_sums import collecting, gravest_of, sum_words, summed_with
from rules.alarm_time import at_site


def together(
    duties: Sequence[Duty], alarms: Mapping[str, Alarm], now_ms: int
) -> tuple[list[Duty], dict[str, list[Duty]]]:
    """Return the duties that go out alone now, and by what they have in common those that go out as one.

    Those to which others may still come wait until that time is over: a minute at most.
    """
    alone: list[Duty] = []
    groups: dict[str, list[Duty]] = {}
    for duty in duties:
        alarm = alarms.get(duty.alarm)
        common = summed_with(alarm, duty) if alarm is not None else ""
        if alarm is None or not common:
            alone.append(duty)
        elif not collecting(alarm, now_ms):
            groups.setdefault(common, []).append(duty)
    return alone, groups


def sum_message(
    session: Session, name: str, duties: Sequence[Duty], alarms: Mapping[str, Alarm], now_ms: int, zone: tzinfo
) -> Notification:
    """Return the one message of these duties, times in the zone of the site.

    An acknowledgement of one of its alarms does not end it.
    """
    names = dict.fromkeys(duty.alarm for duty in duties)
    mine = sorted((alarms[one] for one in names), key=lambda one: (one.since_ms, one.id))
    first = duties[0]

    def place(place: str) -> Text | None:
        known = session.records.place(place) if place else None
        return None if known is None else known.name

    subject, text = sum_words(mine, place, lambda at_ms: at_site(at_ms, zone))
    return Notification(
        id=name,
        version=1,
        alarm=mine[0].id,
        channel=first.channel,
        to=first.to,
        kind=DutyKind.CLEARED.value,
        level=first.level,
        severity=gravest_of(mine),
        site=first.site,
        subject=subject,
        text=text,
        queued_ms=now_ms,
        next_ms=now_ms,
        data={"alarm": mine[0].id, "rule": mine[0].rule, "person": first.person, "alarms": len(mine)},
    )
