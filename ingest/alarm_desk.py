"""One turn at the alarm desk: alarms as they stand, what is raised, changed and cleared, and the entries of that.

A turn belongs to one transaction. Nothing is written before `drafts`, which gives each changed alarm one version.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

import msgspec

from coldchain.alarms import (
    CHATTER,
    FLOOD,
    GRAVE,
    OF_A_FINDING,
    RANK,
    TEST,
    Alarm,
    Condition,
    Severity,
    SubjectKind,
)
from coldchain.commission import WorkKind, WorkWord
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from ingest.known import ACTOR
from ingest.notifications import overtaken_drafts
from rules.alarm_groups import (
    GATEWAY_LOST,
    children,
    gravest,
    may_be_under,
    may_explain,
    parent_of,
    stands_for_many,
)
from rules.alarm_life import (
    AlarmSettings,
    at_work,
    cleared,
    explained,
    followed,
    over_on_arrival,
    passed,
    raised,
    versioned,
)
from rules.counted import lasted, planned_end_ms

RAISED_MAX: Final = 1_000  # of the last minute that are looked at: beyond that a flood is a flood


class Turn:
    """What happens to alarms in one transaction."""

    def __init__(self, session: Session, now_ms: int, settings: AlarmSettings) -> None:
        self.session = session
        self.now_ms = now_ms
        self.settings = settings
        self._before: dict[str, Alarm | None] = {}
        self._after: dict[str, Alarm] = {}
        self._made = 0
        self._sites: set[str] = set()  # in which something was raised or cleared, so that causes are looked for anew
        self._work: dict[str, tuple[WorkWord, ...]] = {}

    @cached_property
    def active(self) -> dict[str, Alarm]:
        """Return the active alarms as the store has them, by id."""
        return {one.id: one for one in self.session.records.active_alarms()}

    def present(self) -> list[Alarm]:
        """Return the active alarms as this turn leaves them, by (raised_ms, id)."""
        now = {**self.active, **self._after}
        return sorted((one for one in now.values() if one.active), key=lambda one: (one.raised_ms, one.id))

    def now(self, alarm: Alarm) -> Alarm:
        """Return an alarm as this turn leaves it."""
        return self._after.get(alarm.id, alarm)

    def put(self, before: Alarm, after: Alarm) -> None:
        """Note what an alarm becomes.

        A grave one of a flood that is over waits on its own: the flood's end answers for no blood.
        """
        if not after.active and not after.withdrawn and after.severity in GRAVE and self._in_a_flood(after):
            after = msgspec.structs.replace(after, parent="")
        if after == self.now(before):
            return
        self._before.setdefault(before.id, before)
        self._after[before.id] = after
        if (before.active, before.rule, before.now) != (after.active, after.rule, after.now):
            self._sites.add(after.site)

    def raise_(self, condition: Condition, over_ms: int | None = None) -> Alarm:
        """Raise an alarm of a condition. One that is over since over_ms is raised and cleared in one step."""
        alarm = raised(condition, f"a-{self.session.ledger.next_seq() + self._made}", self.now_ms)
        return self.add(alarm if over_ms is None else cleared(alarm, over_ms))

    def add(self, alarm: Alarm) -> Alarm:
        """Take a new alarm, and see whether it is one of many that come now; one that is over already is none."""
        self._made += 1
        self._before[alarm.id] = None
        self._after[alarm.id] = alarm
        self._sites.add(alarm.site)
        if alarm.active and may_be_under(alarm):
            parent = self._chattering(alarm) or self._flooding(alarm)
            self._after[alarm.id] = msgspec.structs.replace(alarm, parent=parent)
        return self._after[alarm.id]

    def follow(self, alarm: Alarm, condition: Condition) -> None:
        """Go on with an alarm whose condition lasts."""
        self.put(alarm, followed(self.now(alarm), condition, self.now_ms))

    def clear(self, alarm: Alarm, at_ms: int, *, withdrawn: bool = False) -> None:
        """Clear an alarm."""
        self.put(alarm, cleared(self.now(alarm), at_ms, withdrawn=withdrawn))

    def drafts(self) -> list[Draft]:
        """Return the entries of this turn: those that explain each other are put together first."""
        for site in sorted(self._sites):
            self.regroup(site)
        found = []
        for name, after in self._after.items():
            before = self._before[name]
            one = after if before is None else versioned(before, after, self.now_ms)
            if one is not None:
                found.append(Draft(kind=EntryKind.ALARM, actor=ACTOR, site=one.site, payload=one))
            if before is not None and before.sounds and not after.sounds:
                found += overtaken_drafts(self.session, name, self.now_ms)
        return found

    def regroup(self, site: str) -> None:
        """Put the alarms of a site under those that explain them, or on their own again."""
        for alarm in self._here(site):
            self.put(alarm, at_work(self.now(alarm), self.now_ms, works=self._at_work(alarm)))
        self._lift(site)
        here = self._here(site)
        causes = [one for one in here if may_explain(one)]
        gateways = self._gateways if any(one.rule == GATEWAY_LOST for one in here) else {}
        for alarm in here:
            self.put(alarm, explained(self.now(alarm), parent_of(alarm, causes, gateways), self.now_ms))

    def _here(self, site: str) -> list[Alarm]:
        return [one for one in self.present() if one.site == site]

    def _lift(self, site: str) -> None:
        """Make each alarm that stands for many as grave as what stands under it now."""
        here = self._here(site)
        for many in here:
            if stands_for_many(many):
                severity = gravest(many, children(many.id, here))
                self.put(many, followed(many, _condition(many, severity, many.values), self.now_ms))

    def pass_time(self) -> None:
        """Let time pass for all active alarms: shelves, silence after an acknowledgement, and what stands for many."""
        for alarm in self.present():
            self.put(alarm, passed(self.now(alarm), self.now_ms, self.settings))
            if stands_for_many(alarm):
                self._stand_for_many(alarm)
            if alarm.test and self.now_ms - alarm.raised_ms >= self.settings.test_ms_max:
                self.clear(alarm, self.now_ms)
        self._sites |= {alarm.site for alarm in self.present()}

    @cached_property
    def _gateways(self) -> Mapping[str, str]:
        return {probe.id: probe.gateway for probe in self.session.records.probes()}

    def _at_work(self, alarm: Alarm) -> bool:
        """Tell whether somebody works on the place or the probe of an alarm, and has not overrun the planned end."""
        if not alarm.place:
            return False
        if alarm.place not in self._work:
            self._work[alarm.place] = self.session.records.work_in(alarm.place)
        words = self._work[alarm.place]
        probe = str(alarm.values.get("probe", alarm.subject if alarm.subject_kind is SubjectKind.PROBE else ""))
        return self._works(words, WorkKind.OUT_OF_USE, "") or self._works(words, WorkKind.UNDER_CHECK, probe)

    def _works(self, words: Iterable[WorkWord], kind: WorkKind, probe: str) -> bool:
        now_ms = self.now_ms
        if not any(begin <= now_ms < end for begin, end in lasted(words, kind, probe)):
            return False
        until_ms = planned_end_ms(words, kind, probe, now_ms)
        return until_ms is not None and now_ms < until_ms

    def _chattering(self, alarm: Alarm) -> str:
        """Return the id of the alarm that stands for those of this rule and subject, if there are too many."""
        since_ms = self.now_ms - self.settings.chatter_ms
        known = self.session.records.alarms_of_subject(alarm.rule, alarm.subject, since_ms)
        came = [one for one in (*known, *self._after.values()) if _of(one, alarm) and one.finding != CHATTER]
        names = {one.id for one in came if not over_on_arrival(self.now(one))}
        if len(names) < self.settings.chatter_raises:
            return ""
        values = {**alarm.values, "raises": len(names)}
        values.pop(OF_A_FINDING, None)
        return self._one_for_many(
            msgspec.structs.replace(alarm, finding=CHATTER, since_ms=since_ms, values=values),
        )

    def _flooding(self, alarm: Alarm) -> str:
        """Return the id of the alarm that stands for those of this site, if more come than anybody can answer."""
        since_ms = self.now_ms - self.settings.flood_ms
        known = self.session.records.alarms_raised(since_ms, self.now_ms + 1, RAISED_MAX)
        names = {one.id for one in (*known, *self._after.values()) if self._floods(one, alarm.site, since_ms)}
        if len(names) <= self.settings.flood_raises:
            return ""
        many = Alarm(
            id="",
            version=1,
            rule=FLOOD,
            subject_kind=SubjectKind.SITE,
            subject=alarm.site,
            site=alarm.site,
            place="",
            severity=alarm.severity,
            now=alarm.now,
            since_ms=since_ms,
            raised_ms=self.now_ms,
            values={"alarms": len(names)},
        )
        return self._one_for_many(many)

    def _in_a_flood(self, alarm: Alarm) -> bool:
        cause = self._after.get(alarm.parent) or self.active.get(alarm.parent) if alarm.parent else None
        return cause is not None and cause.rule == FLOOD

    def _floods(self, one: Alarm, site: str, since_ms: int) -> bool:
        late = over_on_arrival(self.now(one))
        return one.site == site and one.raised_ms >= since_ms and may_be_under(one) and not late

    def _one_for_many(self, many: Alarm) -> str:
        """Return the id of the active alarm with this key, raised if there is none, and as grave as this one."""
        known = next((one for one in self.present() if one.key == many.key), None)
        if known is None:
            self._made += 1
            name = f"a-{self.session.ledger.next_seq() + self._made - 1}"
            waiting = {"id": name, "raised_ms": self.now_ms, "waiting_ms": self.now_ms, "changed_ms": self.now_ms}
            self._before[name] = None
            self._after[name] = msgspec.structs.replace(many, version=1, parent="", **waiting)
            return name
        if many.rule == FLOOD:  # each that comes counts, however fast they come
            more = {**known.values, "alarms": max(int(known.values["alarms"]) + 1, int(many.values["alarms"]))}
            self.put(known, msgspec.structs.replace(known, values=more))
            known, many = self.now(known), msgspec.structs.replace(many, values=more)
        graver = many.now if RANK[many.now] > RANK[known.now] else known.now
        self.follow(known, _condition(known, graver, {**known.values, **_counts(many)}))
        return known.id

    def _stand_for_many(self, alarm: Alarm) -> None:
        """Clear an alarm that stands for many once they are few, or have not come for a while."""
        if alarm.rule == FLOOD:
            few = len(children(alarm.id, self.present())) <= self.settings.flood_raises
            over = few and self.now_ms - alarm.raised_ms >= self.settings.flood_ms
        else:
            since_ms = self.now_ms - self.settings.chatter_ms
            again = self.session.records.alarms_of_subject(alarm.rule, alarm.subject, since_ms)
            over = all(one.finding == CHATTER or over_on_arrival(one) for one in again)
        if over:
            self.clear(alarm, self.now_ms)


def managed(alarm: Alarm) -> bool:
    """Whether an alarm comes from a provider of conditions, so that it clears when none sees it any more."""
    return alarm.rule != TEST and not stands_for_many(alarm) and OF_A_FINDING not in alarm.values


def _of(one: Alarm, alarm: Alarm) -> bool:
    return (one.rule, one.subject) == (alarm.rule, alarm.subject)


def _counts(many: Alarm) -> dict[str, int | str]:
    return {name: value for name, value in many.values.items() if name in ("raises", "alarms")}


def _condition(alarm: Alarm, severity: Severity, values: dict[str, int | str]) -> Condition:
    return Condition(
        rule=alarm.rule,
        severity=severity,
        subject_kind=alarm.subject_kind,
        subject=alarm.subject,
        since_ms=alarm.since_ms,
        due_ms=alarm.since_ms,
        site=alarm.site,
        place=alarm.place,
        finding=alarm.finding,
        values=values,
    )
