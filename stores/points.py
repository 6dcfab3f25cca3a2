"""The frozen schema of the mirror (docs/influx.md), and how the words of the field become its points.

Names and types here never change their meaning: boards, alert rules and other people's queries are built on them. A
test holds this file and the document together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind, Quality
from coldchain.history import History
from coldchain.places import CONTACT_WORDS, ON_THE_ROAD, Contact, ContactKind, Gateway, Place, Probe, Text
from coldchain.ports import Records
from coldchain.radio import signal_of, strength_text
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding
from coldchain.units import Finding, FindingStatus
from stores.lines import MICRO_PLACES, Measurement, Real, micro_real, real_text
from stores.points_alarms import OF_ALARMS
from stores.points_devices import OF_DEVICES
from stores.points_rollups import OF_ROLLUPS
from stores.points_stock import OF_STOCK

E7_PLACES: Final = 7  # 1e-7 degrees of latitude and longitude
NEVER_S: Final = 999_999_999  # age of what was never heard: a number, so that an alert rule notices it
SITE: Final = "site"  # in the tag `place` of a contact: the site itself, its mains and UPS
NONE: Final = "none"  # in the tag `direction` of a finding that has none, and where nothing is registered

TEMPERATURE: Final = Measurement(
    "temperature",
    ("place", "probe", "role", "site"),
    {"celsius": Real, "quality": int},
    frozenset({"celsius"}),
)
CONTACT: Final = Measurement("contact", ("contact", "kind", "place", "site"), {"active": int})
FINDING: Final = Measurement(
    "finding",
    ("direction", "kind", "place", "probe", "site"),
    {
        "id": str,
        "version": int,
        "rule": str,
        "status": str,
        "open": int,
        "holds": int,
        "end_ms": int,
        "condition_ms": int,
        "peak_celsius": Real,
        "out_s": int,
        "unknown_s": int,
        "title_zh": str,
        "title_en": str,
    },
    frozenset({"end_ms", "peak_celsius", "out_s", "unknown_s"}),
)
PLACE_STATE: Final = Measurement(
    "place_state",
    ("kind", "place", "site"),
    {
        "state": str,
        "level": int,
        "rank": int,
        "since_ms": int,
        "due_ms": int,
        "text_zh": str,
        "text_en": str,
        "value_text": str,
        "celsius": Real,
        "age_s": int,
        "inside": int,
        "possible": int,
        "on_hold": int,
        "low_celsius": Real,
        "high_celsius": Real,
        "profile": str,
        "profile_version": int,
        "confirmed": int,
    },
    frozenset({"since_ms", "due_ms", "celsius", "age_s", "low_celsius", "high_celsius"}),
)
PLACE: Final = Measurement(
    "place",
    ("kind", "place", "site"),
    {
        "name_zh": str,
        "name_en": str,
        "profile": str,
        "profile_version": int,
        "confirmed": int,
        "low_celsius": Real,
        "high_celsius": Real,
    },
    frozenset({"low_celsius", "high_celsius"}),
)
GATEWAY_AGE: Final = Measurement("gateway_age", ("gateway", "site"), {"age_s": int})
PROBE_AGE: Final = Measurement("probe_age", ("place", "probe", "site"), {"age_s": int})
SITE_AGE: Final = Measurement("site_age", ("site",), {"age_s": int})
HOLD: Final = Measurement("hold", ("finding", "place", "site"), {"units": int})
POSITION: Final = Measurement("position", ("gateway", "site"), {"latitude": Real, "longitude": Real})
BATTERY: Final = Measurement("battery", ("gateway", "site"), {"percent": int})
SIGNAL: Final = Measurement(
    "signal",
    ("device", "gateway", "place", "site"),
    {"text": str, "rssi_dbm": int, "lqi": int},
    frozenset({"rssi_dbm", "lqi"}),
)

SCHEMA: Final[tuple[Measurement, ...]] = (
    TEMPERATURE,
    CONTACT,
    FINDING,
    PLACE_STATE,
    PLACE,
    GATEWAY_AGE,
    PROBE_AGE,
    SITE_AGE,
    HOLD,
    POSITION,
    BATTERY,
    SIGNAL,
    *OF_ROLLUPS,
    *OF_ALARMS,
    *OF_DEVICES,
    *OF_STOCK,
)

# A state keeps its number for ever, so the numbers of later ones say nothing of gravity; `rank` does (see RANKS).
LEVELS: Final = {
    PlaceState.OUT_OF_USE: -1,
    PlaceState.WITHIN: 0,
    PlaceState.ATTENTION: 1,
    PlaceState.SENSOR_FAULT: 2,
    PlaceState.SILENT: 3,
    PlaceState.OUTSIDE: 4,
    PlaceState.UNMEASURED: 5,
    PlaceState.TOO_COLD: 6,
    PlaceState.TOO_WARM: 7,
    PlaceState.NOT_CONFIRMED: 8,
    PlaceState.UNDER_CHECK: 9,
}
RANKS: Final = {state: rank for rank, state in enumerate(reversed(PlaceState))}  # the gravest state has the highest

# What each event says of its contact: whether its state is the unusual one, and the kind where none is registered.
_ACTIVE: Final = {
    event: (on is not words.normal)
    for words in CONTACT_WORDS.values()
    for event, on in ((words.on, True), (words.off, False))
}
_KINDS: Final = {event: kind for kind, words in reversed(CONTACT_WORDS.items()) for event in (words.on, words.off)}
CONTACT_EVENTS: Final = frozenset(_ACTIVE)


class PlaceShown(msgspec.Struct, frozen=True, kw_only=True):
    """How a place stands, with the words for it: one state and one next step.

    `value_text` is the exact last value with °C and which probe it is of (load or air), or words that there is none;
    `value_probe` is that probe (None: there is none).
    """

    standing: PlaceStanding
    text_zh: str
    text_en: str
    value_text: str
    value_probe: str | None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How everything stands at one instant; what the composition root hands over (rules and wording are not ours).

    `faults`: (part, reason) of what could not be said and is left out, by a fault of ours.
    """

    as_of_ms: int
    places: tuple[PlaceShown, ...]
    faults: tuple[tuple[str, str], ...] = ()


Titles: TypeAlias = Callable[[Finding], Text]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is registered, by id: it gives points their tags."""

    places: dict[str, Place]
    probes: dict[str, Probe]
    contacts: dict[str, Contact]
    gateways: dict[str, Gateway]

    def site_of_place(self, place: str) -> str:
        """Return the site of a place."""
        return self.places[place].site if place in self.places else NONE

    def site_of_gateway(self, gateway: str) -> str:
        """Return the site of a gateway."""
        return self.gateways[gateway].site if gateway in self.gateways else NONE


def setup_of(records: Records) -> Setup:
    """Return what is registered now."""
    return Setup(
        places={place.id: place for place in records.places()},
        probes={probe.id: probe for probe in records.probes()},
        contacts={contact.id: contact for contact in records.contacts()},
        gateways={gateway.id: gateway for gateway in records.gateways()},
    )


def temperature_lines(setup: Setup, probe: str, history: History) -> Iterator[bytes]:
    """Yield a line for each reading; one without a temperature has its quality only."""
    known = setup.probes.get(probe)
    place, role = (known.place, known.role.value) if known else (NONE, NONE)
    series = TEMPERATURE.series(place, probe, role, setup.site_of_place(place))
    # As TEMPERATURE.point would write it; written out, because most lines of the mirror are made here.
    good = int(Quality.GOOD)
    columns = zip(history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist(), strict=True)
    for taken_ms, micro, quality in columns:
        if quality == good:
            yield b"%scelsius=%s,quality=%di %d" % (series, real_text(micro, MICRO_PLACES).encode(), quality, taken_ms)
        else:
            yield b"%squality=%di %d" % (series, quality, taken_ms)


def event_line(setup: Setup, event: RecordedEvent) -> bytes | None:
    """Return the point of a contact, position, battery or signal; None for events that the mirror does not show."""
    match event.kind:
        case EventKind.POSITION:
            at = (event.details.get("latitude_e7"), event.details.get("longitude_e7"))
            series = POSITION.series(event.gateway, setup.site_of_gateway(event.gateway))
            fields = {"latitude": _e7(at[0]), "longitude": _e7(at[1])}
            return POSITION.point(series, fields, event.taken_ms)
        case EventKind.BATTERY:
            series = BATTERY.series(event.gateway, setup.site_of_gateway(event.gateway))
            return BATTERY.point(series, {"percent": event.details.get("percent")}, event.taken_ms)
        case EventKind.SIGNAL:
            return _signal_line(setup, event)
        case kind if kind in _ACTIVE:
            return contact_line(setup, event, event.taken_ms)
        case _:
            return None


def _signal_line(setup: Setup, event: RecordedEvent) -> bytes | None:
    """Return how strongly a device was heard; None where the event says no strength that there can be."""
    dbm, lqi = signal_of(event.details)
    if dbm is None and lqi is None:
        return None
    site = setup.site_of_gateway(event.gateway)
    series = SIGNAL.series(event.origin, event.gateway, event.place or SITE, site)
    return SIGNAL.point(series, {"text": strength_text(dbm, lqi), "rssi_dbm": dbm, "lqi": lqi}, event.taken_ms)


def contact_line(setup: Setup, event: RecordedEvent, at_ms: int) -> bytes | None:
    """Return the state that a contact's event says, at an instant; None if the event is not one of a contact."""
    kind = EventKind(event.kind)
    if kind not in _ACTIVE:
        return None
    known = setup.contacts.get(event.origin)
    what = (known.kind if known else None) or _kind_of(setup, kind, event.place)
    series = CONTACT.series(event.origin, what.value, event.place or SITE, setup.site_of_gateway(event.gateway))
    return CONTACT.point(series, {"active": int(_ACTIVE[kind])}, at_ms)


def normal_line(setup: Setup, contact: Contact, at_ms: int) -> bytes:
    """Return that a contact of a known kind is in its normal state."""
    kind = contact.kind.value if contact.kind else NONE
    series = CONTACT.series(contact.id, kind, contact.place or SITE, setup.site_of_gateway(contact.gateway))
    return CONTACT.point(series, {"active": 0}, at_ms)


def finding_line(site: str, finding: Finding, title: Text, ended: Finding | None = None) -> bytes:
    """Return the point of a finding at its start.

    InfluxDB cannot take a field back. `ended` is what last stood at this point with an end, if anything did: where the
    finding is open again, its end is overwritten with 0, and the figures are those that were known then.
    """
    direction = finding.direction.value if finding.direction else NONE
    figures = finding if finding.end_ms is not None or ended is None else ended
    return FINDING.point(
        FINDING.series(direction, finding.kind.value, finding.place, finding.probe, site),
        {
            "id": finding.id,
            "version": finding.version,
            "rule": finding.rule,
            "status": finding.status.value,
            "open": int(finding.status is FindingStatus.OPEN),
            "holds": int(finding.holds),
            "end_ms": finding.end_ms if figures is finding else 0,
            "condition_ms": finding.condition_ms,
            "peak_celsius": micro_real(figures.peak_micro_celsius),
            "out_s": _seconds(figures.out_ms),
            "unknown_s": _seconds(figures.unknown_ms),
            "title_zh": title.zh,
            "title_en": title.en,
        },
        finding.start_ms,
    )


def hold_line(site: str, place: str, finding: str, units: int, at_ms: int) -> bytes:
    """Return how many units are on hold because of a finding, at the record time of the change."""
    return HOLD.point(HOLD.series(finding, place, site), {"units": units}, at_ms)


def state_line(shown: PlaceShown) -> bytes:
    """Return how a place stands."""
    standing = shown.standing
    spoken = _probe(standing, shown.value_probe)
    taken_ms = spoken.taken_ms if spoken else None
    return PLACE_STATE.point(
        PLACE_STATE.series(standing.kind, standing.place, standing.site),
        {
            "state": standing.state.value,
            "level": LEVELS[standing.state],
            "rank": RANKS[standing.state],
            "since_ms": standing.since_ms,
            "due_ms": standing.due_ms,
            "text_zh": shown.text_zh,
            "text_en": shown.text_en,
            "value_text": shown.value_text,
            "celsius": micro_real(spoken.micro_celsius if spoken else None),
            "age_s": None if taken_ms is None else age_s(standing.as_of_ms, taken_ms),
            "inside": standing.inside,
            "possible": standing.possible,
            "on_hold": standing.held,
            "low_celsius": micro_real(standing.low_micro_celsius),
            "high_celsius": micro_real(standing.high_micro_celsius),
            "profile": standing.profile,
            "profile_version": standing.profile_version,
            "confirmed": int(standing.confirmed),
        },
        standing.as_of_ms,
    )


def place_line(standing: PlaceStanding) -> bytes:
    """Return the registry row of a place, so that one that is silent does not vanish from the boards' lists."""
    return PLACE.point(
        PLACE.series(standing.kind, standing.place, standing.site),
        {
            "name_zh": standing.name.zh,
            "name_en": standing.name.en,
            "profile": standing.profile,
            "profile_version": standing.profile_version,
            "confirmed": int(standing.confirmed),
            "low_celsius": micro_real(standing.low_micro_celsius),
            "high_celsius": micro_real(standing.high_micro_celsius),
        },
        standing.as_of_ms,
    )


def probe_age_line(standing: PlaceStanding, probe: ProbeStanding) -> bytes:
    """Return how old the last reading of a probe is."""
    series = PROBE_AGE.series(standing.place, probe.probe, standing.site)
    return PROBE_AGE.point(series, {"age_s": age_s(standing.as_of_ms, probe.taken_ms)}, standing.as_of_ms)


def age_s(now_ms: int, then_ms: int | None) -> int:
    """Return whole seconds since then, at least 0; NEVER_S if there was none."""
    return NEVER_S if then_ms is None else max(0, now_ms - then_ms) // 1_000


def _kind_of(setup: Setup, event: EventKind, place: str) -> ContactKind:
    """Return what kind of contact speaks so; a door's words in a box are its lid's."""
    kind = _KINDS[event]
    in_box = place in setup.places and setup.places[place].kind in ON_THE_ROAD
    return ContactKind.LID if kind is ContactKind.DOOR and in_box else kind


def _probe(standing: PlaceStanding, probe: str | None) -> ProbeStanding | None:
    return next((one for one in standing.probes if one.probe == probe), None)


def _e7(value: int | str | None) -> Real | None:
    return Real(value, E7_PLACES) if isinstance(value, int) else None


def _seconds(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else milliseconds // 1_000
