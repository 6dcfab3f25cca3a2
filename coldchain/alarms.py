"""Alarms: what the rules say of a subject while it lasts, the alarm that stands for it, and what people do with it.

A *condition* is what a rule sees now; an *alarm* is the record of one episode of it, after ISA-18.2: active or cleared
by itself, acknowledged or not by a person, and beside that shelved, out of service or suppressed by its cause.
"""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec


class Severity(StrEnum):
    """How grave an alarm is (alert catalogue: C, H, M, L)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


GRAVE: Final = frozenset({Severity.HIGH, Severity.CRITICAL})  # somebody has to look, also once it is over
RANK: Final = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2, Severity.CRITICAL: 3}


class SubjectKind(StrEnum):
    """What an alarm is about; its id stands beside it."""

    PLACE = "place"
    PROBE = "probe"
    UNIT = "unit"
    GATEWAY = "gateway"
    SITE = "site"
    LEG = "leg"  # a packing list on its way
    TAG = "tag"
    READER = "reader"
    CONTACT = "contact"
    MEMBER = "member"  # a hospital of the federation
    PERSON = "person"
    PROFILE = "profile"
    SYSTEM = "system"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule of the catalogue says of one subject: it lasts since `since_ms` and is an alarm from `due_ms` on.

    Of one (rule, subject_kind, subject, finding) there is at most one condition at a time. `finding` is the id of the
    finding that it stands for, "" where there is none. `values` are what the text needs: integers with their unit in
    the name (`micro_celsius`, `limit_micro_celsius`, `percent`, `minutes`), ids and words of the field (`direction`,
    `probe`). `site` and `place` are where somebody has to go ("" nowhere).
    """

    rule: str
    severity: Severity
    subject_kind: SubjectKind
    subject: str
    since_ms: int
    due_ms: int
    site: str
    place: str = ""
    finding: str = ""
    values: dict[str, int | str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By what an alarm is found again while its condition lasts."""
        return self.rule, self.subject_kind, self.subject, self.finding


FLOOD: Final = "flood"  # the rule of an alarm that stands for many of one site
TEST: Final = "test"  # the rule of a test alarm
CHATTER: Final = "chatter"  # the finding of an alarm that stands for those of one rule and subject that come and go
OF_A_FINDING: Final = "finding_kind"  # a value that only alarms of findings have; any condition may have a `finding`


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of a condition, from `raised_ms` (when it was due and the centre knew) until it has cleared.

    A higher version replaces. `parent`: the alarm that explains it, "" none; it is then suppressed: said, not sounded.
    `severity` is the gravest that it had, `now` what it has. `cleared_ms` None: it is active.
    `acknowledged_ms`, `on_site_ms`: when a person said so, None if nobody did since it was raised or rose again.
    `acknowledged_number`: how many it was of when a person said so (the value `number`), None if it is of none.
    `shelved_until_ms`: it sounds no more until then. `out_of_service`: nor while work on its place lasts.
    `waiting_ms`: since when it waits for somebody: raised, risen, on its own again after its cause, back from the
    shelf or from work, sounded again. `agains`: how often it sounded again after somebody had acknowledged it.
    `withdrawn`: it cleared because facts that came later took its basis away. `changed_ms`: when this version was made.
    """

    id: str
    version: int
    rule: str
    subject_kind: SubjectKind
    subject: str
    site: str
    place: str
    severity: Severity
    now: Severity
    since_ms: int
    raised_ms: int
    cleared_ms: int | None = None
    finding: str = ""
    parent: str = ""
    acknowledged_ms: int | None = None
    acknowledged_number: int | None = None
    on_site_ms: int | None = None
    shelved_until_ms: int | None = None
    out_of_service: bool = False
    waiting_ms: int = 0
    agains: int = 0
    withdrawn: bool = False
    changed_ms: int = 0
    test: bool = False
    values: dict[str, int | str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By what it is found again while its condition lasts."""
        return self.rule, self.subject_kind, self.subject, self.finding

    @property
    def active(self) -> bool:
        """Whether its condition lasts."""
        return self.cleared_ms is None

    @property
    def sounds(self) -> bool:
        """Whether it calls somebody: active, not acknowledged, and nothing explains, shelves or silences it."""
        quiet = self.parent or self.shelved_until_ms is not None or self.out_of_service
        return self.active and self.acknowledged_ms is None and not quiet

    @property
    def waits(self) -> bool:
        """Whether somebody still has to look at it: it is active, or was grave and nobody has acknowledged it."""
        unseen = self.acknowledged_ms is None and not self.parent and not self.withdrawn
        return self.active or (unseen and self.severity in GRAVE)


class AlarmActionKind(StrEnum):
    """What a person does with an alarm."""

    ACKNOWLEDGE = "acknowledge"
    ON_SITE = "on-site"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    COMMENT = "comment"


class ActOnAlarm(msgspec.Struct, frozen=True, kw_only=True, tag="act-on-alarm"):
    """A person does something with an alarm at at_ms. A comment or reason is always given; `name` and `post` sign it.

    `until_ms`: of shelving. `scanned`: the code at the fridge was scanned, of being on site.
    """

    alarm: str
    action: AlarmActionKind
    at_ms: int
    comment: str
    name: str
    post: str
    actor: str
    until_ms: int | None = None
    scanned: bool = False


class AlarmAction(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with an alarm, as it is recorded. `seen_version`: the alarm's version at that time."""

    alarm: str
    action: AlarmActionKind
    at_ms: int
    comment: str
    name: str
    post: str
    seen_version: int
    until_ms: int | None = None
    scanned: bool = False


class StartAlarmTest(msgspec.Struct, frozen=True, kw_only=True, tag="start-alarm-test"):
    """A person starts a test alarm of a site, or of one place of it, at at_ms: it goes the whole way, as a test."""

    site: str
    at_ms: int
    name: str
    post: str
    actor: str
    place: str = ""


OfAlarms: TypeAlias = ActOnAlarm | StartAlarmTest
