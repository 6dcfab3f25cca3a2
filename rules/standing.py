"""How a place stands at an instant: one word, whose probe decides it, and what else needs a look. Pure.

Every screen, board and mirror shows exactly this (coldchain.standing says the words and their order).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coldchain.entries import RecordedEvent
from coldchain.facts import Quality
from coldchain.places import Contact, Place, Probe
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding
from coldchain.units import Finding, FindingStatus
from rules.excursion import FoldState
from rules.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFacts:
    """What is known of one probe: its fold, its last reading (None where it never gave one), its horizon.

    `state` is the one after the last reading (None: it was never folded), `horizon_ms` the time before which nothing
    of its gateway is on its way any more. `micro_celsius` is None where the last reading was no temperature.
    """

    probe: Probe
    state: FoldState | None
    taken_ms: int | None
    micro_celsius: int | None
    quality: Quality | None
    horizon_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """All that decides how a place stands at now_ms.

    `profile` as it holds in this kind of place: Profile.at(place.kind). `contacts`: each contact of the place and of
    its site (Contact.place "") with its last event, None if it never spoke. `heard_ms`: when each gateway of the
    place was last heard. `battery`: the last word on the battery of a box. `findings` of the place: at least those
    that are open. `inside`, `possible`: units certainly and possibly inside; `held`: how many of both are on hold.
    """

    place: Place
    profile: Profile
    probes: Sequence[ProbeFacts]
    contacts: Sequence[tuple[Contact, RecordedEvent | None]]
    heard_ms: Mapping[str, int | None]
    battery: RecordedEvent | None
    findings: Sequence[Finding]
    inside: int
    possible: int
    held: int
    now_ms: int


def place_standing(facts: PlaceFacts) -> PlaceStanding:
    """Return how a place stands: the gravest state of its probes and of what else needs a look decides."""
    probes = tuple(_probe(facts, one) for one in facts.probes)
    return PlaceStanding(
        place=facts.place.id,
        site=facts.place.site,
        kind=facts.place.kind,
        name=facts.place.name,
        as_of_ms=facts.now_ms,
        state=PlaceState.WITHIN if probes else PlaceState.SILENT,
        probe=probes[0].probe if probes else None,
        since_ms=None,
        due_ms=None,
        probes=probes,
        notices=(),
        findings_open=tuple(one.id for one in facts.findings if one.status is FindingStatus.OPEN),
        inside=facts.inside,
        possible=facts.possible,
        held=facts.held,
        profile=facts.profile.id,
        profile_version=facts.profile.version,
        confirmed=facts.profile.confirmed,
        low_micro_celsius=facts.profile.low_micro_celsius,
        high_micro_celsius=facts.profile.high_micro_celsius,
    )


def _probe(facts: PlaceFacts, one: ProbeFacts) -> ProbeStanding:
    silent = one.taken_ms is None or facts.now_ms - one.taken_ms >= facts.profile.hold_ms
    return ProbeStanding(
        probe=one.probe.id,
        role=one.probe.role,
        state=PlaceState.SILENT if silent else PlaceState.WITHIN,
        since_ms=None,
        due_ms=None,
        taken_ms=one.taken_ms,
        micro_celsius=one.micro_celsius,
        quality=one.quality,
    )
