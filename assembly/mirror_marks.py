"""What an entry of the ledger gives to be drawn beside curves, as the record has it now: words in both languages."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from coldchain.calibration import Calibration, current
from coldchain.commission import Position, WorkKind, WorkWord
from coldchain.entries import Entry, EntryKind, RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Text
from coldchain.ports import Session
from coldchain.profiles import Approval, PlaceProfile, kept_in
from coldchain.temperature import celsius_text
from stores.points_devices import MarkShown

NONE: Final = "none"
_DEFROST: Final = f'"{EventKind.DEFROST_BEGAN.value}"'.encode()
_WORK: Final[Mapping[tuple[WorkKind, bool], Text]] = {
    (WorkKind.UNDER_CHECK, True): Text(zh="探头检测开始", en="probe under check"),
    (WorkKind.UNDER_CHECK, False): Text(zh="探头检测结束", en="probe no longer under check"),
    (WorkKind.OUT_OF_USE, True): Text(zh="停用", en="out of use"),
    (WorkKind.OUT_OF_USE, False): Text(zh="恢复使用", en="in use again"),
}


def marks_of(session: Session, entry: Entry) -> list[MarkShown]:
    """Return what an entry gives to be drawn."""
    known = _ASKED.get(entry.kind)
    if known is None or (entry.kind is EntryKind.DEVICE_EVENT and _DEFROST not in entry.payload):
        return []
    kind, ask = known
    return ask(session, msgspec.json.decode(entry.payload, type=kind))


def _calibration(session: Session, one: Calibration) -> list[MarkShown]:
    return _calibrations(session, one.serial, one.from_ms)


def _position(session: Session, one: Position) -> list[MarkShown]:
    """An instrument was hung elsewhere: its calibrations are to be seen where it was when each began to count."""
    return _calibrations(session, one.serial) if one.serial else []


def _calibrations(session: Session, serial: str, from_ms: int | None = None) -> list[MarkShown]:
    """Return the calibrations of an instrument, or one of them, in every place where it ever was."""
    positions = session.records.positions_of_serial(serial)
    registered = {probe.place for probe in session.records.probes() if probe.serial == serial}
    places = {one.place for one in positions} or registered
    found = []
    for one in current(session.records.calibrations_of_serial(serial)):
        if from_ms not in (None, one.from_ms):
            continue
        hung = [position.place for position in positions if position.from_ms <= one.from_ms][-1:]
        here = set(hung) or places  # none before it was first hung: it counts from then on
        text = celsius_text(one.offset_micro_celsius)
        title = Text(zh=f"校准修正 {text} °C（{serial}）", en=f"calibration {text} °C ({serial})")
        found += [
            MarkShown(
                kind="calibration",
                place=place,
                site=_site(session, place),
                subject=serial,
                at_ms=one.from_ms,
                title=title,
                stands=place in here,
            )
            for place in sorted(places)
        ]
    return found


def _profile(session: Session, one: PlaceProfile) -> list[MarkShown]:
    """Return all changes of the place: each may call off others that were to hold later. What stands comes last."""
    place = session.records.place(one.place)
    changes = session.records.place_profiles(one.place)
    kept = {(k.from_ms, k.profile, k.version) for k in kept_in(place, changes)} if place else set()
    site = _site(session, one.place)
    marks = [
        MarkShown(
            kind="profile",
            place=change.place,
            site=site,
            subject=change.profile,
            at_ms=change.from_ms,
            title=Text(
                zh=f"执行 {change.profile} 第 {change.version} 版",
                en=f"keeps {change.profile} edition {change.version}",
            ),
            stands=(change.from_ms, change.profile, change.version) in kept,
        )
        for change in changes
    ]
    return sorted(marks, key=lambda mark: mark.stands)


def _approval(_session: Session, one: Approval) -> list[MarkShown]:
    zh, en = ("已批准", "approved") if one.approved else ("未批准", "not approved")
    title = Text(zh=f"{one.profile} 第 {one.version} 版{zh}", en=f"{one.profile} edition {one.version} {en}")
    return [MarkShown(kind="profile", place=NONE, site=NONE, subject=one.profile, at_ms=one.at_ms, title=title)]


def _work(session: Session, one: WorkWord) -> list[MarkShown]:
    said = _WORK[one.kind, one.begins]
    what = f" {one.probe}" if one.probe else ""
    title = Text(zh=f"{said.zh}{what}", en=f"{said.en}{what}")
    site = _site(session, one.place)
    subject = one.probe or one.place
    return [MarkShown(kind="service", place=one.place, site=site, subject=subject, at_ms=one.at_ms, title=title)]


def _event(session: Session, one: RecordedEvent) -> list[MarkShown]:
    if one.kind != EventKind.DEFROST_BEGAN:
        return []
    place = one.place or NONE
    title = Text(zh="化霜开始", en="defrost begins")
    site = _site(session, place)
    return [MarkShown(kind="defrost", place=place, site=site, subject=one.origin, at_ms=one.taken_ms, title=title)]


def _site(session: Session, place: str) -> str:
    known = session.records.place(place)
    return known.site if known else NONE


_ASKED: Final[Mapping[EntryKind, tuple[type[msgspec.Struct], Callable[[Session, Any], list[MarkShown]]]]] = {
    EntryKind.CALIBRATION: (Calibration, _calibration),
    EntryKind.POSITION: (Position, _position),
    EntryKind.PLACE_PROFILE: (PlaceProfile, _profile),
    EntryKind.PROFILE_APPROVAL: (Approval, _approval),
    EntryKind.WORK_STATE: (WorkWord, _work),
    EntryKind.DEVICE_EVENT: (RecordedEvent, _event),
}
