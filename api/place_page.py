"""What the page of one place says: how it stands, what to do first, its curve, what was inside when, its devices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.answers import DAY_MS, WINDOW_MS_MAX
from api.first import Beside, Entry, all_entries
from api.hanging import Hanging, Work, hanging, work_now
from api.inside import InsideKind, InsideUnit, units_inside
from api.local_alarms import LocalAlarm, Stored, of_place, stored_of
from api.overview import place_beside, probe_roles
from api.running import FindingView, finding_view
from api.second_values import ProbeLog, probe_log
from api.signals import signals_of
from api.standings import box_gateways, contacts_beside, standings
from api.watching import measure_of, place_profile, watched_probes
from api.whereabouts import UnitWhere, where_is
from api.wording import Words
from coldchain.arrival import Arrival, arrival_of
from coldchain.closed_loop import Party
from coldchain.entries import Manifest, RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Contact, Place, Probe, Reader
from coldchain.ports import Session
from coldchain.standing import PlaceStanding
from coldchain.units import Unit
from rules.contacts import BATTERY_KINDS, CONTACT_KINDS, POSITION_KINDS
from rules.exposure import Durations
from rules.limits import Profile
from rules.place_facts import last_word

INSIDE_LISTED_MAX: Final = 300
FINDINGS_MAX: Final = 20
HOUR_MS: Final = 3_600_000
RANGES: Final = ((6, "trace.hours", 6), (24, "trace.hours", 24), (168, "trace.days", 7))
HOURS_DEFAULT: Final = 24
PLACE_CHART_KEYS: Final = (
    *("within", "too-warm", "too-cold", "never-measured", "awaited", "certain", "possible", "unknown"),
    *("role.load", "role.air", "findings"),
    *(f"lane.{kind}" for kind in ("door", "lid", "mains", "ups", "defrost", "motion")),
    *(f"unusual.{kind}" for kind in ("door", "lid", "mains", "ups", "defrost", "motion")),
    *("finding.too-warm", "finding.too-cold", "finding.unmeasured", "finding.sensor-fault"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What was inside at a moment. `chosen`: somebody chose the moment; otherwise it is now and moves on."""

    place: str
    at_ms: int
    chosen: bool
    units: Sequence[tuple[InsideUnit, Unit | None]]
    certain: int
    possible: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """What is known of a box beside its temperatures. `arrival`: when its newest packing list is expected."""

    manifest: Manifest | None
    arrival: Arrival | None
    received: bool
    units: Sequence[UnitWhere]
    position: RecordedEvent | None
    battery: RecordedEvent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceKnown:
    """What the record says of a place, read in one session."""

    place: Place
    profile: Profile | None
    names: Mapping[str, Place]
    roles: Mapping[str, str]
    standing: PlaceStanding
    beside: Beside
    others: Sequence[PlaceStanding]
    day: Sequence[tuple[Probe, Durations]]
    log: Mapping[str, ProbeLog]
    contacts: Sequence[tuple[Contact, RecordedEvent | None]]
    readers: Sequence[tuple[Reader, RecordedEvent | None]]
    gateways: Sequence[tuple[str, int | None]]
    findings: Sequence[FindingView]
    findings_all: int
    trip: Trip | None
    hanging: Sequence[Hanging]
    work: Sequence[Work]
    now_ms: int
    local: Sequence[LocalAlarm] = ()
    stored: Sequence[Stored] = ()
    signals: Mapping[str, RecordedEvent] = field(default_factory=dict)


def read_place(session: Session, place: Place, now_ms: int) -> PlaceKnown:
    """Read all that the page of a place needs, beside what is inside."""
    every = standings(session, now_ms)
    standing = next(one for one in every if one.place == place.id)
    watched = watched_probes(session, place, now_ms)
    contacts = contacts_beside(session, place)
    readers = [reader for reader in session.records.readers() if reader.place == place.id]
    gateways = {one.probe.gateway for one in watched} | {one.gateway for one in contacts}
    gateways |= {one.gateway for one in readers}
    findings = session.records.findings(place=place.id)[::-1]
    return PlaceKnown(
        place=place,
        profile=place_profile(session, place, now_ms),
        names={one.id: one for one in session.records.places()},
        roles=probe_roles(session),
        standing=standing,
        beside=place_beside(session, standing, now_ms),
        others=every,
        day=[(one.probe, measure_of(session, one)(now_ms - DAY_MS, now_ms)) for one in watched],
        log={one.probe.id: probe_log(session, one, now_ms - DAY_MS, now_ms) for one in watched},
        contacts=[(one, session.records.last_event(one.id, now_ms + 1, CONTACT_KINDS)) for one in contacts],
        readers=[(one, session.records.last_event(one.id, now_ms + 1, {EventKind.INVENTORY})) for one in readers],
        gateways=[(gateway, session.books.last_up(gateway)) for gateway in sorted(gateways)],
        findings=[finding_view(session, finding, now_ms) for finding in findings[:FINDINGS_MAX]],
        findings_all=len(findings),
        trip=_trip(session, place, now_ms),
        hanging=hanging(session, place, now_ms),
        work=work_now(session, place.id, now_ms),
        now_ms=now_ms,
        local=of_place(session, place, sorted(gateways), now_ms),
        stored=stored_of(session, [one.probe.id for one in watched], now_ms),
        signals=signals_of(session, [*(one.probe.id for one in watched), *sorted(gateways)], now_ms),
    )


def read_inside(session: Session, place: str, at_ms: int, *, chosen: bool) -> Inside:
    """Read what was inside a place at a moment."""
    inside = units_inside(session, place, at_ms)
    certain = sum(one.how is InsideKind.CERTAIN for one in inside)
    return Inside(
        place=place,
        at_ms=at_ms,
        chosen=chosen,
        units=[(one, session.records.unit(one.unit)) for one in inside[:INSIDE_LISTED_MAX]],
        certain=certain,
        possible=len(inside) - certain,
    )


def place_entries(known: PlaceKnown, words: Words) -> list[Entry]:
    """Return what is to be done about this place first; places to move blood to are looked for among all."""
    entries = all_entries(known.others, (), known.beside, words)
    return [entry for entry in entries if known.place.id in entry.places]


def place_window(hours: int, until_ms: int | None, now_ms: int) -> tuple[int, int]:
    """Return what the chart shows: so many hours up to now, or up to an earlier moment."""
    end = now_ms if until_ms is None else min(max(until_ms, hours * HOUR_MS), now_ms)
    return max(0, end - min(hours * HOUR_MS, WINDOW_MS_MAX)), end


def stored_text(stored: Stored, words: Words) -> str:
    """Return the extremes that a controller kept by itself; it does not know when they were."""
    low, high = (
        words.say("unknown") if value is None else f"{words.celsius(value)} °C"
        for value in (stored.min_micro_celsius, stored.max_micro_celsius)
    )
    return words.say("stored", low=low, high=high, told=words.when(stored.told_ms))


def contact_text(event: RecordedEvent | None, words: Words) -> str:
    """Return a contact's last word."""
    if event is None:
        return words.say("device.never")
    return words.say(f"said.{event.kind}") if words.knows(f"said.{event.kind}") else event.kind


def position_text(event: RecordedEvent | None) -> str:
    """Return a position in decimal degrees, exact to 1e-7, latitude first (WGS 84)."""
    if event is None:
        return ""
    parts = [event.details.get(name) for name in ("latitude_e7", "longitude_e7")]
    known = [_degrees(part) for part in parts if isinstance(part, int)]
    return ", ".join(known) if len(known) == len(parts) else ""


def battery_text(event: RecordedEvent | None) -> str:
    """Return how full a battery is; nothing where the box did not say so."""
    percent = None if event is None else event.details.get("percent")
    return f"{percent} %" if isinstance(percent, int) else ""


def place_chart_words(words: Words) -> dict[str, str]:
    """Return the words that the chart writes."""
    named = {name: words.say(f"trace.{name}") for name in ("empty.place", "failed")}
    return {"empty": named["empty.place"], "failed": named["failed"]} | {
        key: words.say(key) for key in PLACE_CHART_KEYS
    }


def _degrees(value_e7: int) -> str:
    whole, rest = divmod(abs(value_e7), 10_000_000)
    return f"{'-' if value_e7 < 0 else ''}{whole}.{rest:07d}"


def _trip(session: Session, place: Place, now_ms: int) -> Trip | None:
    gateways = box_gateways(session, place)
    lists = session.records.manifests(place.id)
    if not gateways and not lists:
        return None
    newest = lists[-1] if lists else None
    signed = session.records.handovers_of(newest.id) if newest else ()
    return Trip(
        manifest=newest,
        arrival=None if newest is None else arrival_of(session, newest),
        received=any(one.party is Party.RECEIVER for one in signed),
        units=[where_is(session, unit, now_ms) for unit in newest.units] if newest else [],
        position=last_word(session, gateways, POSITION_KINDS, now_ms),
        battery=last_word(session, gateways, BATTERY_KINDS, now_ms),
    )
