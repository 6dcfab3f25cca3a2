"""Nobody measures (A05): a probe, contact or reader that does not answer, graver the longer it lasts. Pure.

Of a probe it counts from its last answer; in a box longer, because radio shadows are part of a road (catalogue, PROP).
Once nobody has measured for longer than the profile tolerates a finding stands for it, and says more. A probe that
answers with a fault is no silence (A30), and one whose readings do not count (commissioning) has a word of its own.
"""

from collections.abc import Sequence
from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.entries import RecordedEvent
from coldchain.places import ON_THE_ROAD
from coldchain.standing import PlaceState
from coldchain.units import FindingKind, FindingStatus
from rules.conditions import MINUTE_MS, Steps, graver, minutes
from rules.conditions_notices import empty_box
from rules.standing import PlaceFacts, ProbeFacts

IN_STORE: Final = (
    (5 * MINUTE_MS, Severity.MEDIUM),
    (15 * MINUTE_MS, Severity.HIGH),
    (60 * MINUTE_MS, Severity.CRITICAL),
)
IN_A_BOX: Final = (
    (10 * MINUTE_MS, Severity.MEDIUM),
    (30 * MINUTE_MS, Severity.HIGH),
    (60 * MINUTE_MS, Severity.CRITICAL),
)
UNWATCHED: Final = ((15 * MINUTE_MS, Severity.HIGH), (60 * MINUTE_MS, Severity.CRITICAL))  # PROP
OTHER_DEVICE: Final = ((0, Severity.MEDIUM), (15 * MINUTE_MS, Severity.HIGH))


def of_silence(facts: PlaceFacts) -> list[Condition]:
    """Return what does not answer in a place; nothing of one that is out of use, nor of an empty box."""
    if facts.unused_since_ms is not None or empty_box(facts):
        return []
    said = {event.origin: event for event in facts.silent}
    unwatched = _unwatched(facts)
    probes = [_of_probe(facts, one, said.get(one.probe.id)) for one in facts.probes]
    mine = {one.probe.id for one in facts.probes}
    devices = [_of_device(facts, event) for event in facts.silent if event.origin not in mine]
    return [*filter(None, [*probes, unwatched]), *devices]


def _unwatched(facts: PlaceFacts) -> Condition | None:
    """Return that units are in a place all of whose probes are under check, whatever end was planned for that."""
    reasons = [one.counted.why_not(facts.now_ms) for one in facts.probes]
    begun = [reason[1] for reason in reasons if reason is not None and reason[0] is PlaceState.UNDER_CHECK]
    inside = [begin for begin, end in facts.work.inside if begin <= facts.now_ms < end]
    if not begun or len(begun) < len(reasons) or not inside:
        return None
    since_ms = max(*begun, min(inside))
    due_ms = since_ms + UNWATCHED[0][0]
    if due_ms > facts.now_ms:
        return None
    severity = graver(UNWATCHED, since_ms, facts.now_ms)
    values: dict[str, int | str] = {"what": "unwatched", "minutes": minutes(since_ms, facts.now_ms)}
    return _condition(facts, (SubjectKind.PLACE, facts.place.id), severity, (since_ms, due_ms), values)


def _of_probe(facts: PlaceFacts, one: ProbeFacts, said: RecordedEvent | None) -> Condition | None:
    found = _has_finding(facts, one.probe.id)
    if found or one.counted.why_not(facts.now_ms) is not None:
        return None
    steps: Steps = IN_A_BOX if facts.place.kind in ON_THE_ROAD else IN_STORE
    heard_ms = one.probe.since_ms if one.taken_ms is None else one.taken_ms
    if heard_ms is None:  # never heard, and nobody knows since when it should have been
        since_ms = due_ms = facts.now_ms
        severity = Severity.HIGH
    else:
        since_ms, due_ms = heard_ms, heard_ms + steps[0][0]
        severity = graver(steps, since_ms, facts.now_ms)
    if said is not None and said.taken_ms > since_ms:
        due_ms = min(due_ms, said.taken_ms)  # its gateway has asked three times
    if due_ms > facts.now_ms:
        return None
    values: dict[str, int | str] = {"what": "never" if one.taken_ms is None else "probe", "probe": one.probe.id}
    values["role"] = one.probe.role.value
    if heard_ms is not None:
        values["minutes"] = minutes(since_ms, facts.now_ms)
    if one.micro_celsius is not None:
        values["micro_celsius"] = one.micro_celsius
    return _condition(facts, (SubjectKind.PROBE, one.probe.id), severity, (since_ms, due_ms), values)


def _of_device(facts: PlaceFacts, event: RecordedEvent) -> Condition:
    contact = next((one for one, _ in facts.contacts if one.id == event.origin), None)
    kind = SubjectKind.READER if contact is None else SubjectKind.CONTACT
    values: dict[str, int | str] = {
        "what": kind.value,
        "device": event.origin,
        "minutes": minutes(event.taken_ms, facts.now_ms),
    }
    severity = graver(OTHER_DEVICE, event.taken_ms, facts.now_ms)
    place = facts.place.id if contact is None else contact.place
    times = event.taken_ms, event.taken_ms
    return _condition(facts, (kind, event.origin), severity, times, values, place=place)


def _has_finding(facts: PlaceFacts, probe: str) -> bool:
    return any(
        one.probe == probe and one.kind is FindingKind.UNMEASURED and one.status is FindingStatus.OPEN
        for one in facts.findings
    )


def _condition(
    facts: PlaceFacts,
    subject: tuple[SubjectKind, str],
    severity: Severity,
    times: Sequence[int],
    values: dict[str, int | str],
    *,
    place: str | None = None,
) -> Condition:
    return Condition(
        rule="A05",
        severity=severity,
        subject_kind=subject[0],
        subject=subject[1],
        since_ms=times[0],
        due_ms=times[1],
        site=facts.place.site,
        place=facts.place.id if place is None else place,
        values=values,
    )
