"""Something of every kind that the record holds, as it was at first and what came later, for views as known then."""

from typing import Any

import msgspec
from msgspec.structs import replace
from support import store_words as words
from support.histories import cn_rbc_toml
from support.intake import END, GATEWAY, HOUR, PLACE, START, unit

from coldchain.alarms import Alarm, AlarmAction, AlarmActionKind, Severity, SubjectKind
from coldchain.calibration import Calibration
from coldchain.capacity import Capacity
from coldchain.commission import Position
from coldchain.entries import EntryKind, Expected
from coldchain.exports import ExportRecord
from coldchain.facts import ClockState
from coldchain.grafana_alerts import GrafanaAlert, GrafanaStatus
from coldchain.places import Probe
from coldchain.ports import Quarantined, RefusedPayload, Store
from coldchain.receiving import Reception, ReceptionRefusal, RefusedRow, Visual
from coldchain.register import BoxQualification, CalibrationPoint, Certificate, MappingStudy
from coldchain.retention import HoldScope, Kept, LegalHold, RetentionPolicy
from coldchain.rounds import ManualReading, StockCount
from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent, SecurityKind
from rules.profile import profile_record

DAY, MINUTE = 24 * HOUR, 60_000
KNOWN, LATE = END + 1_000, END + 60_000
SIGNED: dict[str, Any] = {"name": "王敏", "post": "quality manager"}
SERIAL, PROBE = "s-1", "fridge-1-load"
EXPORT = "0123456789abcdef"
Noted = tuple[EntryKind, msgspec.Struct]


def first() -> list[Noted]:
    """What was recorded before KNOWN."""
    return [*_place_first(), *_boxes(1), *_people(1), *_trust(1), (EntryKind.ALARM, alarm(1))]


def later() -> list[Noted]:
    """What was recorded after KNOWN: more of everything, and other versions of what there was."""
    return [
        *_place_later(),
        *_boxes(2),
        *_people(2),
        *_trust(2),
        (EntryKind.ALARM, replace(alarm(2), cleared_ms=END)),
        (EntryKind.ALARM_ACTION, _acknowledged()),
    ]


def note(store: Store, things: list[Noted], at_ms: int) -> None:
    """Record them."""
    with store.writing() as session:
        session.ledger.append([words.draft(kind, thing) for kind, thing in things], at_ms)


def keep_aside(store: Store, nth: int, at_ms: int) -> None:
    """Keep an item and a payload aside, and let a reader's summaries come."""
    item = Quarantined(
        id=0,
        reason="unknown-device",
        gateway=GATEWAY,
        epoch="e1",
        seq=nth,
        origin="fridge-9-load",
        received_ms=at_ms,
        clock=ClockState.TRUSTED,
        boot="b1",
        body=b"no fact",
    )
    payload = RefusedPayload(
        sha256=f"{nth}" * 64, gateway=GATEWAY, epoch="e1", reason="not-json", detail="line 1", received_ms=at_ms
    )
    with store.writing() as session:
        session.books.quarantine(item)
        session.books.refuse(payload, 10)
        heard = replace(words.tags(words.tag(START + nth * MINUTE, seq=nth)), received_ms=at_ms)
        session.readings.append_tags(heard)


def alarm(version: int) -> Alarm:
    """An alarm of the fridge."""
    return Alarm(
        id="a-1",
        version=version,
        rule="A1",
        subject_kind=SubjectKind.PLACE,
        subject=PLACE,
        site="storage-1",
        place=PLACE,
        severity=Severity.HIGH,
        now=Severity.HIGH,
        since_ms=START + HOUR,
        raised_ms=START + HOUR,
        changed_ms=START + HOUR + version,
    )


def _acknowledged() -> AlarmAction:
    said = {"comment": "seen", "seen_version": 1, **SIGNED}
    return AlarmAction(alarm="a-1", action=AlarmActionKind.ACKNOWLEDGE, at_ms=START + 2 * HOUR, **said)


def _place_first() -> list[Noted]:
    position = Position(
        probe=PROBE, place=PLACE, gateway=GATEWAY, role=words.probe().role, from_ms=START, required=True, serial=SERIAL
    )
    return [
        (EntryKind.PROBE, Probe(id=PROBE, place=PLACE, gateway=GATEWAY, role=words.probe().role, serial=SERIAL)),
        (EntryKind.POSITION, position),
        (EntryKind.CALIBRATION_CERTIFICATE, certificate("C-1", START + HOUR)),
        (EntryKind.CALIBRATION, _calibration(1)),
        (EntryKind.CAPACITY, Capacity(place=PLACE, slots=10, at_ms=START, **SIGNED)),
        (EntryKind.MANUAL_READING, _round(START + HOUR)),
        (EntryKind.STOCK_COUNT, _count(START + HOUR)),
        (EntryKind.MAPPING_STUDY, _study("M-1", START)),
        (EntryKind.RETENTION_POLICY, _policy(20)),
    ]


def _place_later() -> list[Noted]:
    moved = Position(
        probe=PROBE,
        place=PLACE,
        gateway=GATEWAY,
        role=words.probe().role,
        from_ms=START + HOUR // 2,
        required=True,
        serial="s-2",
    )
    return [
        (EntryKind.POSITION, moved),
        (EntryKind.CALIBRATION_CERTIFICATE, certificate("C-2", START + 2 * HOUR)),
        (EntryKind.CALIBRATION, _calibration(2)),
        (EntryKind.CAPACITY, Capacity(place=PLACE, slots=4, at_ms=START, **SIGNED)),
        (EntryKind.MANUAL_READING, _round(START + 3 * HOUR)),
        (EntryKind.STOCK_COUNT, _count(START + 3 * HOUR)),
        (EntryKind.MAPPING_STUDY, _study("M-2", START + HOUR)),
        (EntryKind.BOX_QUALIFICATION, _qualified()),
        (EntryKind.RETENTION_POLICY, _policy(30)),
        (EntryKind.LEGAL_HOLD, _legal_hold()),
        (EntryKind.WORK_STATE, words.work(END, reason="torn door")),
        (EntryKind.PROFILE, profile_record(cn_rbc_toml().replace(b"version = 1\n", b"version = 7\n"))),
    ]


def certificate(number: str, calibrated_ms: int) -> Certificate:
    """A certificate of an instrument that was off by more than it may be."""
    return Certificate(
        serial=SERIAL,
        number=number,
        lab="CNAS L0000",
        calibrated_ms=calibrated_ms,
        due_ms=calibrated_ms + 365 * DAY,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=900_000),),
        tolerance_micro_celsius=500_000,
        **SIGNED,
    )


def _calibration(version: int) -> Calibration:
    offset = 100_000 * version
    return Calibration(
        serial=SERIAL, from_ms=START, version=version, offset_micro_celsius=offset, certificate="C-1", **SIGNED
    )


def _round(at_ms: int) -> ManualReading:
    return ManualReading(
        place=PLACE,
        at_ms=at_ms,
        micro_celsius=4_100_000,
        probe=PROBE,
        probe_micro_celsius=None,
        probe_taken_ms=None,
        allowed_micro_celsius=1_000_000,
        **SIGNED,
    )


def _count(at_ms: int) -> StockCount:
    inside = ("u-1",)
    return StockCount(
        place=PLACE,
        at_ms=at_ms,
        counted=1,
        scanned=(),
        unknown=(),
        certain=inside,
        possible=(),
        read=None,
        **SIGNED,
    )


def _study(number: str, done_ms: int) -> MappingStudy:
    due_ms = done_ms + 365 * DAY
    found = {"load": "full", "warmest": "top", "coldest": "bottom", "conclusion": "fit"}
    return MappingStudy(place=PLACE, number=number, done_ms=done_ms, due_ms=due_ms, **found, **SIGNED)


def _qualified() -> BoxQualification:
    return BoxQualification(
        box="box-1",
        number="Q-1",
        profile="cn-rbc",
        done_ms=START,
        due_ms=START + 365 * DAY,
        lasts_minutes=600,
        conclusion="fit",
        **SIGNED,
    )


def _policy(years: int) -> RetentionPolicy:
    return RetentionPolicy(what=Kept.READINGS, profile="", years=years, source="house rule", at_ms=START, **SIGNED)


def _legal_hold() -> LegalHold:
    return LegalHold(id="h-1", scope=HoldScope.EVERYTHING, subject="", reason="court", at_ms=START, **SIGNED)


def _boxes(version: int) -> list[Noted]:
    """A crate, a packing list, a tag with its conflicts, and where a bag of the list is."""
    epc = f"{version:024X}"
    late = Expected(expected_ms=9_000, reason="堵车", at_ms=2_000, name="赵敏", post="送血员")
    amended = [(EntryKind.MANIFEST_AMENDMENT, words.manifest("list-1", moved=(late,)))] if version > 1 else []
    left: dict[str, Any] = {} if version == 1 else {"certain_to_ms": 9_000, "possible_to_ms": 9_500, "left_by": "left"}
    return [
        (EntryKind.RECEIPT, words.receipt(version=version, read=("unit-1", "unit-2")[:version])),
        (EntryKind.MANIFEST, words.manifest(f"list-{version}")),
        *amended,
        (EntryKind.STAY, words.stay(**left)),
        (EntryKind.HOLD, words.hold(f"hold-{version}", f"unit-{3 - version}")),
        (EntryKind.BINDING, words.binding(unit_id=f"unit-{version}", from_ms=version * 1_000)),
        (EntryKind.TAG_CONFLICT, words.tag_conflict(at_ms=5_000 + version)),
        (EntryKind.DEVICE_EVENT, words.event(version, kind="arrived", origin="fridge-1-reader", epc=epc)),
    ]


def _people(nth: int) -> list[Noted]:
    """A bag that was received, one row that was not, and what was handed out."""
    row = RefusedRow(row=nth, sent={"label": "?"}, why=f"no label ({nth})")
    export = ExportRecord(
        id=EXPORT if nth == 1 else "f" * 16,
        what="/api/history/place/fridge-1",
        from_ms=START,
        to_ms=END,
        as_known_seq=3,
        sha256="a" * 64,
        at_ms=END + nth,
    )
    reception = Reception(
        unit=f"u-{nth}", place=PLACE, at_ms=START, epc="", visual=Visual.INTACT, note="", micro_celsius=None, **SIGNED
    )
    return [
        (EntryKind.UNIT, replace(unit(f"u-{nth}", "01607260297"), division=f"0{nth}")),
        (EntryKind.RECEPTION, reception),
        (
            EntryKind.RECEPTION_REFUSAL,
            ReceptionRefusal(id=f"rows-{nth}", at_ms=nth, place=PLACE, rows=(row,), **SIGNED),
        ),
        (EntryKind.EXPORT, export),
    ]


def _trust(nth: int) -> list[Noted]:
    """A claim, a key, a command, a security event, and what Grafana says."""
    event = SecurityEvent(id=f"e-{nth}", kind=SecurityKind.BAD_SIGNATURE, gateway=GATEWAY, at_ms=END, detail="no key")
    command = CommandRecord(
        id=f"c-{nth}", gateway=GATEWAY, command="restart", args={}, issued_ms=END, expires_ms=LATE - 1
    )
    said = GrafanaAlert(
        fingerprint="f",
        starts_ms=START,
        version=nth,
        status=GrafanaStatus.FIRING if nth == 1 else GrafanaStatus.RESOLVED,
        title="No data",
        summary="Nothing came",
        labels={"site": "storage-1"},
        received_ms=END,
    )
    claim = ClaimRecord(id="claim-1", gateway=GATEWAY, token_sha256="b" * 64, serial="", expires_ms=LATE)
    return [
        (EntryKind.CLAIM, claim if nth == 1 else replace(claim, used_ms=LATE)),
        (EntryKind.GATEWAY_KEY, GatewayKey(gateway=GATEWAY, key=f"{nth}" * 64, from_ms=END)),
        (EntryKind.COMMAND, command),
        (EntryKind.SECURITY_EVENT, event),
        (EntryKind.GRAFANA_ALERT, said),
    ]
