"""The registry of devices with their names, for the mirror: every one that is registered, whether it speaks or not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from coldchain.calibration import Applied
from coldchain.places import ContactKind, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.ports import Session
from coldchain.register import BoxQualification, Certificate
from rules.counted import Counted
from stores.points_devices import DeviceShown, Installed

SITE: Final = "site"  # in the tag `place` of what stands in none
NONE: Final = "none"
_ROLES: Final = {
    ProbeRole.LOAD: Text(zh="载荷探头", en="load probe"),
    ProbeRole.AIR: Text(zh="空气探头", en="air probe"),
}
_CONTACTS: Final = {
    ContactKind.DOOR: Text(zh="门", en="door"),
    ContactKind.LID: Text(zh="箱盖", en="lid"),
    ContactKind.MAINS: Text(zh="市电", en="mains"),
    ContactKind.UPS: Text(zh="不间断电源", en="UPS"),
    ContactKind.DEFROST: Text(zh="化霜信号", en="defrost signal"),
    ContactKind.MOTION: Text(zh="振荡", en="agitation"),
    None: Text(zh="触点", en="contact"),
}
_GATEWAY: Final = Text(zh="网关", en="gateway")
_READER: Final = Text(zh="读写器", en="tag reader")

CountedIn = Callable[[str], Mapping[str, Counted]]


def every_device(session: Session, now_ms: int, counted_in: CountedIn) -> list[DeviceShown]:
    """Return every registered device, by (kind, id)."""
    places = {place.id: place for place in session.records.places()}
    return [
        *_boxes(session, places),
        *_contacts(session, places),
        *_gateways(session, places),
        *_probes(session, places, now_ms, counted_in),
        *_readers(session, places),
    ]


def _boxes(session: Session, places: Mapping[str, Place]) -> Iterator[DeviceShown]:
    newest: dict[str, BoxQualification] = {}
    for one in sorted(session.records.qualifications(), key=lambda one: (one.done_ms, one.number)):
        newest[one.box] = one
    for box in (place for place in places.values() if place.kind is PlaceKind.BOX):
        last = newest.get(box.id)
        yield DeviceShown(
            device=box.id,
            kind="box",
            place=box.id,
            site=box.site,
            name=box.name,
            calibrated_ms=last.done_ms if last else None,
            due_ms=last.due_ms if last else None,
            due_word="qualification" if last else "",
        )


def _contacts(session: Session, places: Mapping[str, Place]) -> Iterator[DeviceShown]:
    sites = {gateway.id: gateway.site for gateway in session.records.gateways()}
    for one in session.records.contacts():
        place = places.get(one.place)
        yield DeviceShown(
            device=one.id,
            kind="contact",
            place=one.place or SITE,
            site=place.site if place else sites.get(one.gateway, NONE),
            name=_named(place, _CONTACTS[one.kind], one.id),
            gateway=one.gateway,
        )


def _gateways(session: Session, places: Mapping[str, Place]) -> Iterator[DeviceShown]:
    """Yield them; one that reads a single box, and nothing else, is in that box."""
    reads: dict[str, set[str]] = {}
    for probe in session.records.probes():
        reads.setdefault(probe.gateway, set()).add(probe.place)
    for one in session.records.gateways():
        near = [places[name] for name in reads.get(one.id, ()) if name in places]
        box = near[0] if len(near) == 1 and near[0].kind is PlaceKind.BOX else None
        yield DeviceShown(
            device=one.id,
            kind="gateway",
            place=box.id if box else SITE,
            site=one.site,
            name=_named(box, _GATEWAY, one.id),
        )


def _probes(session: Session, places: Mapping[str, Place], now_ms: int, counted_in: CountedIn) -> Iterator[DeviceShown]:
    newest: dict[str, Certificate] = {one.serial: one for one in session.records.certificates()}
    for one in session.records.probes():
        place, last = places.get(one.place), newest.get(one.serial) if one.serial else None
        counted = counted_in(one.place).get(one.id, Counted())
        applied = _applied(counted, now_ms)
        confirmed = not any(begin <= now_ms < end for begin, end in counted.unconfirmed)
        yield DeviceShown(
            device=one.id,
            kind="probe",
            place=one.place,
            site=place.site if place else NONE,
            name=_named(place, _ROLES[one.role], one.id),
            gateway=one.gateway,
            serial=one.serial,
            calibrated_ms=last.calibrated_ms if last else None,
            due_ms=last.due_ms if last else None,
            due_word="calibration" if last else "",
            offset_micro_celsius=applied.offset_micro_celsius if applied and applied.version else None,
            confirmed=confirmed,
            installed=_installed(session, one, now_ms) if confirmed else Installed.NOT_CONFIRMED,
        )


def _installed(session: Session, probe: Probe, now_ms: int) -> Installed:
    """Return whether a person confirmed a probe as it hangs now, of one whose readings count."""
    hung = [one.from_ms for one in session.records.positions_in(probe.place) if one.probe == probe.id]
    since_ms = max((ms for ms in hung if ms <= now_ms), default=0)
    said = [one for one in session.records.commissionings_in(probe.place) if one.probe == probe.id]
    return Installed.CONFIRMED if any(since_ms <= one.at_ms <= now_ms for one in said) else Installed.NOBODY


def _readers(session: Session, places: Mapping[str, Place]) -> Iterator[DeviceShown]:
    for one in session.records.readers():
        place = places.get(one.place)
        yield DeviceShown(
            device=one.id,
            kind="reader",
            place=one.place or SITE,
            site=place.site if place else NONE,
            name=_named(place, _READER, one.id),
            gateway=one.gateway,
        )


def _applied(counted: Counted, now_ms: int) -> Applied | None:
    return next((one for one in reversed(counted.applied) if one.from_ms <= now_ms), None)


def _named(place: Place | None, what: Text, device: str) -> Text:
    """Return a device's name: where it is and what it is, with its own id where it stands nowhere."""
    if place is None:
        return Text(zh=f"{what.zh} {device}", en=f"{what.en} {device}")
    return Text(zh=f"{place.name.zh} {what.zh}", en=f"{place.name.en}, {what.en}")
