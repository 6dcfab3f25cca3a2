"""Profiles as pages and the interface show them: who approved what, where it holds, what a change would do."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from api.problems import missing
from api.watching import Watched, kept_here, watched_probes
from coldchain.entries import RecordedEvent, stay_of
from coldchain.errors import InvalidValueError
from coldchain.places import Place, ProbeRole, ProfileRecord, Text
from coldchain.ports import Session
from coldchain.profiles import Approval, Kept, PlaceProfile, Proposal
from coldchain.units import Stay
from rules.excursion import Watch
from rules.excuses import BEGINS, ENDS, Excused, excused_by, nothing_excused, reach_ms
from rules.impact import Effect, FindingImpact, Impact, PlaceImpact, ProbeFacts, UnitImpact, place_impact, total
from rules.limits import Profile
from rules.profile import load_profile
from rules.profile_diff import Difference, Section, differences, sections
from rules.watch import loaded_from
from rules.watches import Watches

DAY_MS: Final = 86_400_000
PERIOD_MS_MAX: Final = 366 * DAY_MS
PROBE_DAYS_MAX: Final = 8_000  # of one preview: some twenty probes for a year, or a city for a month
LISTED_MAX: Final = 500  # findings and units named in one answer; how many there are is said beside them


class State(StrEnum):
    """How far a version has come here."""

    LOADED = "loaded"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """One version: its numbers in short, how far it has come, and the places that have to keep it now.

    `confirmed`: whether its file says that its numbers were confirmed against the rule in force. `evidence`: the
    weakest mark of its limits of storage and transport.
    """

    id: str
    version: int
    name: Text
    sha256: str
    confirmed: bool
    evidence: str
    state: State
    low_micro_celsius: int | None
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool
    places: list[str]


class ProfileDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One version with all that it says, the words on it, and what differs from `against` (None: there is no other)."""

    view: ProfileView
    sections: list[Section]
    proposals: list[Proposal]
    approvals: list[Approval]
    against: str | None
    differences: list[Difference]
    toml: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What would change if places had kept a version in a period: by place, in all, and one by one up to a number."""

    profile: str
    version: int
    from_ms: int
    to_ms: int
    total: PlaceImpact
    places: list[PlaceImpact]
    findings: list[FindingImpact]
    findings_changed: int
    units: list[UnitImpact]
    units_changed: int


def profile_views(session: Session, now_ms: int) -> list[ProfileView]:
    """Return all versions, by id and version."""
    records = session.records
    proposals, approvals = records.profile_proposals(), records.profile_approvals()
    kept = {place.id: kept_here(session, place, now_ms) for place in records.places()}
    return [
        _view(record, proposals, approvals, [place for place, one in kept.items() if _keeps(record, one)])
        for record in records.profiles()
    ]


def profile_view(session: Session, profile: str, version: int, now_ms: int) -> ProfileView:
    """Return one version. Raises UnknownThingError."""
    found = [one for one in profile_views(session, now_ms) if (one.id, one.version) == (profile, version)]
    if not found:
        raise missing("profile", f"{profile} {version}")
    return found[0]


def profile_detail(
    session: Session, profile: str, version: int, against: tuple[str, int] | None, now_ms: int
) -> ProfileDetail:
    """Return one version with all it says, and what differs from another: the version before it if none is named."""
    view = profile_view(session, profile, version, now_ms)
    record = record_of(session, profile, version)
    other = record_of(session, *against) if against else _before(session, record)
    return ProfileDetail(
        view=view,
        sections=sections(record.toml),
        proposals=[one for one in session.records.profile_proposals() if _of(record, one)],
        approvals=[one for one in session.records.profile_approvals() if _of(record, one)],
        against=None if other is None else f"{other.id} {other.version}",
        differences=[] if other is None else differences(other.toml, record.toml),
        toml=record.toml,
    )


def record_of(session: Session, profile: str, version: int) -> ProfileRecord:
    """Return a version as it is in the ledger. Raises UnknownThingError."""
    record = session.records.profile(profile, version)
    if record is None:
        raise missing("profile", f"{profile} {version}")
    return record


def changes_of(session: Session, places: Sequence[Place]) -> list[PlaceProfile]:
    """Return what places have had to keep, the newest first."""
    found = [change for place in places for change in session.records.place_profiles(place.id)]
    return sorted(found, key=lambda one: (-one.at_ms, one.place))


def preview(
    session: Session, proposed: ProfileRecord, places: Sequence[Place], window: tuple[int, int], now_ms: int
) -> Preview:
    """Fold the places' past under a version and say what would change.

    Raises InvalidValueError for a period or a number of probes that is too long for one preview.
    """
    from_ms, to_ms = window
    profile = load_profile(proposed.toml.encode())
    watched = [(place, watched_probes(session, place, now_ms)) for place in places]
    _require_bounded(sum(len(probes) for _, probes in watched), window)
    impact = Impact(from_ms=from_ms, to_ms=to_ms)
    for place, probes in watched:
        facts = [_facts(session, place, one, profile.at(place.kind), window) for one in probes]
        place_impact(impact, place.id, facts, _stays(session, place, window))
    changed = [one for one in impact.findings if one.effect is not Effect.SAME]
    return Preview(
        profile=proposed.id,
        version=proposed.version,
        from_ms=from_ms,
        to_ms=to_ms,
        total=total(impact.places),
        places=impact.places,
        findings=changed[:LISTED_MAX],
        findings_changed=len(changed),
        units=impact.units[:LISTED_MAX],
        units_changed=len(impact.units),
    )


def places_like(session: Session, profile: str, now_ms: int) -> list[Place]:
    """Return the places that keep some version of a profile now: whom a new version of it would concern."""
    return [place for place in session.records.places() if kept_here(session, place, now_ms).profile == profile]


def _require_bounded(probes: int, window: tuple[int, int]) -> None:
    from_ms, to_ms = window
    if not from_ms < to_ms <= from_ms + PERIOD_MS_MAX:
        msg = "choose a period that begins before its end and is a year long at most"
        raise InvalidValueError(msg)
    days = -(-(to_ms - from_ms) // DAY_MS)
    if probes * days > PROBE_DAYS_MAX:
        msg = (
            f"{probes} probes for {days} days are {probes * days} probe-days, at most {PROBE_DAYS_MAX} go into one "
            "preview: choose a shorter period or fewer places"
        )
        raise InvalidValueError(msg)


def _facts(session: Session, place: Place, one: Watched, proposed: Profile, window: tuple[int, int]) -> ProbeFacts:
    kept = one.kept or ((0, one.profile),)
    loaded_ms = loaded_from(probe for probe in session.records.probes() if probe.place == place.id)
    watches = [(at_ms, _watch(session, place, one, profile, window, loaded_ms)) for at_ms, profile in kept]
    last = session.readings.last_before(one.probe.id, window[1])
    return ProbeFacts(
        probe=one.probe,
        kept=watches[0][1] if len(watches) == 1 else Watches(spans=tuple(watches)),
        proposed=_watch(session, place, one, proposed, window, loaded_ms),
        counted=one.counted,
        read=lambda begin_ms, end_ms: session.readings.history(one.probe.id, begin_ms, end_ms),
        last_ms=int(last.taken_ms[0]) if len(last) else None,
    )


def _watch(
    session: Session, place: Place, one: Watched, profile: Profile, window: tuple[int, int], loaded_ms: int | None
) -> Watch:
    air = one.probe.role is ProbeRole.AIR and profile.excuse.most_ms > 0
    return Watch(
        profile=profile,
        role=one.probe.role,
        horizon_ms=one.horizon_ms,
        since_ms=one.probe.since_ms,
        excused=_excused(session, place, profile, window) if air else nothing_excused,
        loaded_from_ms=loaded_ms,
    )


def _excused(session: Session, place: Place, profile: Profile, window: tuple[int, int]) -> Excused:
    """Return what contacts of a place excuse in a period: their words in it, and the last ones before."""
    since_ms = window[0] - reach_ms(profile)
    words: list[RecordedEvent] = []
    for contact in session.records.contacts():
        if contact.place == place.id:
            pairs = [(begin, end) for end, begin in ENDS.items()]
            before = [session.records.last_event(contact.id, since_ms, pair) for pair in pairs]
            words += [event for event in before if event is not None]
            words += session.records.events_of(contact.id, since_ms, window[1])
    return excused_by([word for word in words if word.kind in BEGINS or word.kind in ENDS], profile)


def _stays(session: Session, place: Place, window: tuple[int, int]) -> dict[str, list[Stay]]:
    found: dict[str, list[Stay]] = {}
    for record in session.records.stays_in_place(place.id, *window):
        found.setdefault(record.unit, []).append(stay_of(record))
    return found


def _view(
    record: ProfileRecord, proposals: Sequence[Proposal], approvals: Sequence[Approval], places: list[str]
) -> ProfileView:
    profile = load_profile(record.toml.encode())
    return ProfileView(
        id=record.id,
        version=record.version,
        name=profile.name,
        sha256=record.sha256,
        confirmed=profile.confirmed,
        evidence=profile.evidence,
        state=_state(record, proposals, approvals),
        low_micro_celsius=profile.low_micro_celsius,
        high_micro_celsius=profile.high_micro_celsius,
        low_inclusive=profile.low_inclusive,
        high_inclusive=profile.high_inclusive,
        places=places,
    )


def _state(record: ProfileRecord, proposals: Sequence[Proposal], approvals: Sequence[Approval]) -> State:
    proposed = [one.at_ms for one in proposals if _of(record, one)]
    words = [one for one in approvals if _of(record, one) and one.sha256 == record.sha256]
    if not proposed:
        return State.LOADED
    if not words or (not words[-1].approved and proposed[-1] > words[-1].at_ms):
        return State.PROPOSED
    return State.APPROVED if words[-1].approved else State.REFUSED


def _keeps(record: ProfileRecord, kept: Kept) -> bool:
    return (record.id, record.version) == (kept.profile, kept.version)


def _of(record: ProfileRecord, word: Proposal | Approval) -> bool:
    return (word.profile, word.version) == (record.id, record.version)


def _before(session: Session, record: ProfileRecord) -> ProfileRecord | None:
    older = [one for one in session.records.profiles() if one.id == record.id and one.version < record.version]
    return older[-1] if older else None
