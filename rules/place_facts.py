"""What is known of a place, read out of the record for rules.standing: one reading for screens and for alarms.

What is registered is read once for all places, so that a look at a thousand of them costs each only its own rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import msgspec

from coldchain.entries import RecordedEvent
from coldchain.equipment import Equipment
from coldchain.evidence import held_reading
from coldchain.facts import ALARM_KINDS, SILENCE_KINDS, EventKind, Quality
from coldchain.history import EMPTY, History
from coldchain.places import CONTAINERS, Contact, Place, PlaceKind, Probe, ProbeRole, Reader
from coldchain.ports import Session
from coldchain.rounds import ManualReading
from coldchain.standing import DARK
from coldchain.units import Finding, FindingStatus
from rules.boxes import AREA_KINDS, READINESS_KINDS, ROUTE_KINDS, STOP_KINDS, BoxWords
from rules.contacts import BATTERY_KINDS, CONTACT_KINDS, event_order
from rules.counted import ALL_COUNTS, Counted, counted_in, work_of
from rules.fold_state import FoldState, readable_state
from rules.limits import Profile
from rules.standing import PlaceFacts, ProbeFacts

NOT_CLEARED_MS: Final = 2 * 86_400_000  # how far back a closed finding is looked for whose alarm has not cleared
PAST_MS: Final = 2 * 86_400_000  # of the readings that are judged anew where no state after them is kept

Thing = TypeVar("Thing", Probe, Contact, Reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What is registered: by place, load probes first; `sites` by gateway, `beside`: contacts of whole sites."""

    places: Sequence[Place]
    probes: Mapping[str, Sequence[Probe]]
    contacts: Mapping[str, Sequence[Contact]]
    readers: Mapping[str, Sequence[Reader]]
    sites: Mapping[str, str]
    reads: Mapping[str, AbstractSet[str]]  # in which places the probes of a gateway are

    def contacts_beside(self, place: Place) -> list[Contact]:
        """Return the contacts of a place and, where it is no box, those of its whole site, by id."""
        own = list(self.contacts.get(place.id, ()))
        if place.kind not in CONTAINERS:
            own += [one for one in self.contacts.get("", ()) if self.sites.get(one.gateway) == place.site]
        return sorted(own, key=lambda one: one.id)

    def box_gateways(self, place: Place) -> list[str]:
        """Return the gateways that are this box: all that they read lies in it. None for what is no box."""
        if place.kind is not PlaceKind.BOX:
            return []
        near = {probe.gateway for probe in self.probes.get(place.id, ())}
        return sorted(gateway for gateway in near if self.reads[gateway] == {place.id})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How many units are certainly and possibly inside a place, and how many of both are on hold."""

    certain: int
    possible: int
    held: int


def registered(session: Session) -> Registered:
    """Read what is registered."""
    return _registered(session.records.equipment())


@lru_cache(maxsize=2)  # the same as long as nothing is set up anew
def _registered(here: Equipment) -> Registered:
    probes = sorted(here.probes.values(), key=lambda probe: (probe.role is not ProbeRole.LOAD, probe.id))
    reads: dict[str, set[str]] = {}
    for probe in probes:
        reads.setdefault(probe.gateway, set()).add(probe.place)
    return Registered(
        places=tuple(here.places.values()),
        probes=_by_place(probes),
        contacts=_by_place(here.contacts.values()),
        readers=_by_place(here.readers.values()),
        sites={gateway.id: gateway.site for gateway in here.gateways.values()},
        reads=reads,
    )


def place_facts(
    session: Session, known: Registered, place: Place, profile: Profile, inside: Inside, now_ms: int
) -> PlaceFacts:
    """Read all that decides how a place stands at now_ms; `profile` as it holds in its kind of place."""
    probes = known.probes.get(place.id, ())
    contacts = known.contacts_beside(place)
    work = work_of(session.records, place.id, probes)
    counted = counted_in(work)
    own = known.box_gateways(place)
    gateways = dict.fromkeys([*(probe.gateway for probe in probes), *(contact.gateway for contact in contacts)])
    return PlaceFacts(
        place=place,
        profile=profile,
        probes=[_probe_facts(session, probe, counted[probe.id], now_ms) for probe in probes],
        contacts=[(contact, session.records.last_event(contact.id, now_ms + 1, CONTACT_KINDS)) for contact in contacts],
        heard_ms={gateway: session.books.last_up(gateway) for gateway in gateways},
        dark_ms={gateway: session.books.cursor(DARK + gateway) for gateway in gateways},
        battery=last_word(session, own, BATTERY_KINDS, now_ms),
        findings=_standing_findings(session, place, now_ms),
        inside=inside.certain,
        possible=inside.possible,
        held=inside.held,
        now_ms=now_ms,
        silent=_silent(session, known, place, contacts, now_ms),
        work=work,
        crossings=session.records.crossings_of(place.id),
        tag_conflicts=session.records.tag_conflicts_in(place.id),
        ways_open=session.records.ways_open(place.id),
        box=words_of_box(session, own, probes, now_ms),
        display=latest_reading(session, place.id, profile.hold_ms, counted),
        count=next(iter(session.records.stock_counts(place.id, 1)), None),
    )


def last_word(session: Session, gateways: Sequence[str], kinds: AbstractSet[str], now_ms: int) -> RecordedEvent | None:
    """Return the last event of these kinds that a box said of itself."""
    said = [session.records.last_event(gateway, now_ms + 1, kinds) for gateway in gateways]
    return max((event for event in said if event), key=event_order, default=None)


def words_of_box(session: Session, gateways: Sequence[str], probes: Sequence[Probe], now_ms: int) -> BoxWords | None:
    """Read the last words of a box; None where the place is none."""
    if not gateways:
        return None
    alarms = [session.records.last_event(probe.id, now_ms + 1, ALARM_KINDS) for probe in probes]
    return BoxWords(
        gateway=gateways[0],
        readiness=last_word(session, gateways, READINESS_KINDS, now_ms),
        area=last_word(session, gateways, AREA_KINDS, now_ms),
        stop=last_word(session, gateways, STOP_KINDS, now_ms),
        route=last_word(session, gateways, ROUTE_KINDS, now_ms),
        alarms=[alarm for alarm in alarms if alarm is not None],
    )


def latest_reading(session: Session, place: str, hold_ms: int, counted: Mapping[str, Counted]) -> ManualReading | None:
    """Return the newest manual reading of a place, compared with what is known now of its minute."""
    last = next(iter(session.records.manual_readings(place, 1)), None)
    return None if last is None else as_known_now(session, last, hold_ms, counted)


def as_known_now(session: Session, one: ManualReading, hold_ms: int, counted: Mapping[str, Counted]) -> ManualReading:
    """Return a manual reading beside what its probe said, whichever of the two came first to the centre.

    `counted`: by probe of the place. What does not count is beside nothing; what does is corrected.
    """
    spoken = counted.get(one.probe, ALL_COUNTS).spoken
    held = held_reading(session, one.probe, one.at_ms, hold_ms, spoken) if one.probe else None
    probe_micro_celsius, probe_taken_ms = held or (None, None)
    return msgspec.structs.replace(one, probe_micro_celsius=probe_micro_celsius, probe_taken_ms=probe_taken_ms)


def _by_place(things: Iterable[Thing]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for one in things:
        found.setdefault(one.place, []).append(one)
    return found


def _silent(
    session: Session, known: Registered, place: Place, contacts: Sequence[Contact], now_ms: int
) -> list[RecordedEvent]:
    """Return what was said of devices of a place, or of its site, that do not answer their gateway now."""
    probes, readers = known.probes.get(place.id, ()), known.readers.get(place.id, ())
    devices = [one.id for group in (probes, contacts, readers) for one in group]
    said = [session.records.last_event(device, now_ms + 1, SILENCE_KINDS) for device in devices]
    return [event for event in said if event is not None and event.kind == EventKind.DEVICE_SILENT]


def _probe_facts(session: Session, probe: Probe, counted: Counted, now_ms: int) -> ProbeFacts:
    last = counted.corrected(session.readings.last_before(probe.id, now_ms + 1))
    head = session.books.head(probe.id)
    quality = Quality(int(last.quality[0])) if len(last) else None
    state: FoldState | None = readable_state(head.state) if head else None

    def every(from_ms: int, to_ms: int) -> History:
        return session.readings.history(probe.id, from_ms, to_ms)

    past = EMPTY
    if state is None and len(last):
        past = counted.judged(every)(int(last.taken_ms[0]) - PAST_MS, int(last.taken_ms[0]) + 1)
    return ProbeFacts(
        probe=probe,
        state=state,
        past=past,
        taken_ms=int(last.taken_ms[0]) if len(last) else None,
        micro_celsius=int(last.micro_celsius[0]) if quality is Quality.GOOD else None,
        quality=quality,
        horizon_ms=session.books.horizon(probe.gateway),
        counted=counted,
    )


def _standing_findings(session: Session, place: Place, now_ms: int) -> list[Finding]:
    """Return the findings that are open, and those that ended lately without their alarm having cleared."""
    still = session.records.findings(place=place.id, status=FindingStatus.OPEN)
    lately = session.records.findings(
        place=place.id, status=FindingStatus.CLOSED, overlapping=(now_ms - NOT_CLEARED_MS, now_ms + 1)
    )
    return [*still, *(finding for finding in lately if finding.cleared_ms is None)]
