"""The evidence pack of a unit: all that a person needs to decide on it, in one piece, with what the rules suggest.

It holds the temperature history of the unit around its findings (api.history_report: curve, stays, limits with their
version, calibration, exposures, holds), what was decided so far, who was called, what the issuing system was told, the
alarms and what people did, its custody and its clocks. It is recorded as an export like any report.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from api.as_known import NotRecorded, Seen, seen
from api.context import Context
from api.custody import Step, custody_of
from api.history_report import made_report, read_facts
from api.routes_units import require_unit
from api.watching import finding_profile, profile_of
from coldchain.alarms import Alarm, AlarmAction
from coldchain.canonical import canonical_json
from coldchain.closed_loop import UnitClock
from coldchain.decisions import Decision, Evidence
from coldchain.errors import ConflictError
from coldchain.evidence import exposures_against, present_evidence
from coldchain.exports import RecordExport
from coldchain.ports import Session
from coldchain.reports import Report, Subject, export_id, verification_code
from coldchain.tasks import HoldChange, IssuingReceipt, UrgentCall
from coldchain.units import FindingStatus, Hold, Unit
from rules.clocks import clocks
from rules.issuable import Bar, barred
from rules.report import REPORT_MS_MAX
from rules.suggestion import Suggestion, suggestions
from rules.unit_story import story_of
from rules.waiting import Wait, Waiting

AROUND_MS: Final = 6 * 3_600_000  # of the history before the first finding and after the last
DAY_MS: Final = 86_400_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a hold, as it went to the issuing system, and its receipt (None: not confirmed)."""

    change: HoldChange
    receipt: IssuingReceipt | None


class Alarmed(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm of a finding against the unit, and what people did about it."""

    alarm: Alarm
    actions: tuple[AlarmAction, ...]


class EvidencePack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that stands against a unit as of as_of_ms, and what stands beside it. `suggestions` decide nothing.

    `as_known_ms`: what the record knew at that record time (None: when it was made). `not_recorded`: on what it rests
    then that is in no entry.
    """

    unit: Unit
    as_of_ms: int
    barred: tuple[Bar, ...]
    waiting: tuple[Wait, ...]
    evidence: Evidence
    holds: tuple[Hold, ...]
    suggestions: tuple[Suggestion, ...]
    clocks: tuple[UnitClock, ...]
    decisions: tuple[Decision, ...]
    calls: tuple[UrgentCall, ...]
    told: tuple[Told, ...]
    alarms: tuple[Alarmed, ...]
    custody: tuple[Step, ...]
    report: Report
    as_known_ms: int | None = None
    not_recorded: tuple[NotRecorded, ...] = ()


class IssuedPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack as it was handed out. `sha256` is over the canonical JSON of `pack`, and stands in the ledger."""

    code: str
    export: str
    actor: str
    at_ms: int
    as_known_seq: int
    sha256: str
    pack: EvidencePack

    @property
    def report(self) -> Report:
        """The temperature history in the pack; its time is the export's."""
        return self.pack.report


def pack_of(at: Seen, unit: Unit, zone: ZoneInfo) -> EvidencePack:
    """Return the evidence pack of a unit. Raises InvalidValueError for more than a report may hold."""
    session, now_ms, records = at.session, at.now_ms, at.session.records
    exposures, holds = exposures_against(session, unit.id), records.holds_of_unit(unit.id)
    named = dict.fromkeys([*(one.finding for one in exposures), *(one.finding for one in holds)])
    findings = {name: found for name in named if (found := records.finding(name))}
    limits = {name: profile for name, one in findings.items() if (profile := finding_profile(session, one))}
    waits, story = Waiting(session, now_ms).of_unit(unit.id), story_of(session, unit, now_ms)
    own, running = profile_of(session, unit.profile, unit.profile_version), clocks(story)
    alarms = [alarm for name in findings for alarm in records.alarms_of_finding(name)]
    return EvidencePack(
        unit=unit,
        as_of_ms=now_ms,
        barred=tuple(barred(session, unit, waits, now_ms)),
        waiting=waits,
        evidence=present_evidence(session, unit),
        holds=tuple(holds),
        suggestions=suggestions(exposures, findings, limits, own, running),
        clocks=running,
        decisions=tuple(records.decisions_of_unit(unit.id)),
        calls=tuple(records.calls_of_unit(unit.id)),
        told=tuple(
            Told(change=one, receipt=records.issuing_receipt(one.number))
            for one in records.hold_changes_of_unit(unit.id)
        ),
        alarms=tuple(Alarmed(alarm=one, actions=tuple(records.actions_of_alarm(one.id))) for one in alarms),
        custody=tuple(custody_of(session, unit, now_ms).steps),
        report=_report(at, unit, zone),
        **at.told(NotRecorded.MARKS, NotRecorded.JUDGING),
    )


def _report(at: Seen, unit: Unit, zone: ZoneInfo) -> Report:
    facts = read_facts(at.session, Subject.UNIT, unit.id, _window(at.session, unit.id, at.now_ms), zone.key)
    return made_report(replace(facts, as_known_ms=at.as_known_ms))


def _window(session: Session, unit: str, now_ms: int) -> tuple[int, int]:
    """Return the interval of the history: around what was found of the unit; the last day where nothing was."""
    found = [one for one in exposures_against(session, unit) if not one.withdrawn]
    ends = [now_ms if one.to_ms is None else one.to_ms for one in found]
    statuses = {one.finding: session.records.finding(one.finding) for one in found}
    lasts = any(one is not None and one.status is FindingStatus.OPEN for one in statuses.values())
    end_ms = now_ms if lasts or not ends else min(now_ms, max(ends) + AROUND_MS)
    begin_ms = min((one.from_ms for one in found), default=end_ms - DAY_MS) - AROUND_MS
    return max(begin_ms, end_ms - REPORT_MS_MAX, 0), end_ms


def pack_bytes(value: EvidencePack | IssuedPack) -> bytes:
    """Return the one spelling of a pack."""
    data: Any = msgspec.to_builtins(value)
    return canonical_json(data)


def what_pack(unit: str) -> str:
    """Return how the ledger names the pack of a unit."""
    return f"evidence/unit/{unit}"


def pack_export_id(pack: EvidencePack, sha256: str, actor: str) -> str:
    """Return the id of the export of a pack with this hash to this person."""
    return export_id(what_pack(pack.unit.id), pack.report.from_ms, pack.report.to_ms, sha256, actor)


def hand_out_pack(given: Context, unit: str, actor: str, as_known_ms: int | None = None) -> IssuedPack:
    """Make a unit's pack and record that it is handed out. Raises UnknownThingError, InvalidValueError."""
    now_ms = given.clock.now_ms()
    with seen(given, as_known_ms) as at:
        pack = pack_of(at, require_unit(at.session, unit), given.zone)
        seq = at.session.ledger.next_seq() - 1
    sha256 = hashlib.sha256(pack_bytes(pack)).hexdigest()
    export = pack_export_id(pack, sha256, actor)
    fact = RecordExport(
        id=export,
        what=what_pack(unit),
        from_ms=pack.report.from_ms,
        to_ms=pack.report.to_ms,
        as_known_seq=seq,
        sha256=sha256,
        actor=actor,
        at_ms=now_ms,
    )
    with suppress(ConflictError):  # the same pack, asked for twice at the same instant: the first one stands
        given.recorder.record(fact)
    return IssuedPack(
        code=verification_code(export, sha256),
        export=export,
        actor=actor,
        at_ms=now_ms,
        as_known_seq=seq,
        sha256=sha256,
        pack=pack,
    )
