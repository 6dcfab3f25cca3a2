"""What is known of a place at an instant, made by the rules from readings: for tests of how it stands."""

from collections.abc import Sequence
from typing import Final

from support.histories import Reading, history_of
from support.rule_words import GATEWAY, PLACE, at, shipped

from coldchain.entries import RecordedEvent
from coldchain.facts import Quality
from coldchain.places import Contact, ContactKind, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.standing import PlaceStanding, PlaceState
from coldchain.units import Finding
from rules.excursion import Watch, beginning, fold, standing
from rules.excuses import excused_by
from rules.identity import Subject, finding_of
from rules.limits import Profile
from rules.standing import PlaceFacts, ProbeFacts

RBC: Final = shipped("cn-rbc-2")
DOOR: Final = Contact(id="fridge-1-door", place=PLACE, gateway=GATEWAY, kind=ContactKind.DOOR)


def place(kind: PlaceKind = PlaceKind.FRIDGE) -> Place:
    return Place(
        id=PLACE,
        site="storage-1",
        name=Text(zh="储血冰箱 1", en="Blood fridge 1"),
        profile="cn-rbc",
        profile_version=2,
        kind=kind,
    )


def probe_at(
    readings: Sequence[Reading],
    now_min: float,
    *,
    role: ProbeRole = ProbeRole.LOAD,
    events: Sequence[RecordedEvent] = (),
    profile: Profile = RBC,
    since_ms: int | None = None,
) -> tuple[ProbeFacts, list[Finding]]:
    """Return what a centre knows of a probe at now, and its findings, with everything judged up to then."""
    probe = Probe(id=f"fridge-1-{role}", place=PLACE, gateway=GATEWAY, role=role, since_ms=since_ms)
    watch = Watch(
        profile=profile, role=role, horizon_ms=at(now_min), since_ms=since_ms, excused=excused_by(events, profile)
    )
    past = [reading for reading in readings if reading[0] <= at(now_min)]
    folded = fold(beginning(watch, past[0][0] if past else None), history_of(past), watch)
    episodes = folded.episodes + standing(folded.state, watch)
    subject = Subject(probe=probe, profile=profile)
    findings = [finding_of(subject, episode, f"f-{role}-{n}", 1) for n, episode in enumerate(episodes)]
    last_ms, value = past[-1] if past else (None, None)
    quality = None if last_ms is None else Quality.GOOD if value is not None else Quality.NO_SENSOR
    facts = ProbeFacts(
        probe=probe, state=folded.state, taken_ms=last_ms, micro_celsius=value, quality=quality, horizon_ms=at(now_min)
    )
    return facts, findings


def facts_of(*probes: tuple[ProbeFacts, list[Finding]], now_min: float, profile: Profile = RBC) -> PlaceFacts:
    return PlaceFacts(
        place=place(),
        profile=profile,
        probes=[probe for probe, _ in probes],
        contacts=[],
        heard_ms={GATEWAY: at(now_min) - 5_000},
        battery=None,
        findings=[finding for _, findings in probes for finding in findings],
        inside=3,
        possible=1,
        held=2,
        now_ms=at(now_min),
    )


def said(standing: PlaceStanding) -> tuple[PlaceState, str | None, int | None, int | None]:
    return standing.state, standing.probe, standing.since_ms, standing.due_ms
