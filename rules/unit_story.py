"""What decides a unit's clocks, read out of the record: one reading for pages, for alarms and for what is refused."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from coldchain.entries import RecordedEvent, StayRecord
from coldchain.errors import InvalidValueError
from coldchain.lineage import Act
from coldchain.places import CONTACT_WORDS, ContactKind, Place, PlaceKind
from coldchain.ports import Session
from coldchain.units import Exposure, FindingKind, Unit
from rules.intervals import Interval, common
from rules.limits import Profile
from rules.profile import load_profile
from rules.rolling import CUMULATIVE
from rules.unit_time import FOREVER_MS, Story

PROFILES_KEPT: Final = 128
MOTION: Final = CONTACT_WORDS[ContactKind.MOTION]


@lru_cache(PROFILES_KEPT)
def _loaded(toml: str) -> Profile:
    return load_profile(toml.encode())


def profile_of_unit(session: Session, profile: str, version: int) -> Profile | None:
    """Return the profile that a unit was registered with; None: it is not loaded."""
    record = session.records.profile(profile, version)
    return None if record is None else _loaded(record.toml)


def profile_at(session: Session, profile: str, version: int, kind: PlaceKind) -> Profile | None:
    """Return a profile as it holds in a kind of place; None: it is not loaded, or says nothing of transport there."""
    found = profile_of_unit(session, profile, version)
    try:
        return None if found is None else found.at(kind)
    except InvalidValueError:
        return None


def story_of(session: Session, unit: Unit, now_ms: int) -> Story:
    """Read what decides the clocks of a unit at now_ms."""
    records = session.records
    stays = records.stays_of_unit(unit.id)
    profile = profile_of_unit(session, unit.profile, unit.profile_version)
    places = {name: records.place(name) for name in dict.fromkeys(stay.place for stay in stays)}
    kinds = {name: place.kind for name, place in places.items() if place is not None}
    agitated = profile is not None and profile.agitation_stopped_ms is not None
    words = _motion(session, places, stays, now_ms) if agitated else {}
    end = records.unit_end(unit.id)
    issues = [one.at_ms for one in records.issues_of_unit(unit.id)]
    excursions, sums = _excursions(session, unit.id)
    return Story(
        unit=unit,
        profile=profile,
        stays=stays,
        now_ms=now_ms,
        issued_ms=[at_ms for at_ms in issues if at_ms <= now_ms],
        end_ms=None if end is None else end.at_ms,
        thawed_ms=_thawed_ms(session, unit.id),
        kinds=kinds,
        moving={name: stretches(said, moving=True) for name, said in words.items()},
        still={name: stretches(said, moving=False) for name, said in words.items()},
        excursions=excursions,
        sums=sums,
    )


def stretches(words: Sequence[RecordedEvent], *, moving: bool) -> list[Interval]:
    """Return when an agitator moved (or stood) by its contact's words, which come in order of time."""
    kind = MOTION.on if moving else MOTION.off
    found: list[Interval] = []
    for number, word in enumerate(words):
        if word.kind == kind:
            end = words[number + 1].taken_ms if number + 1 < len(words) else FOREVER_MS
            found.append((word.taken_ms, end))
    return found


def _motion(
    session: Session, places: Mapping[str, Place | None], stays: Sequence[StayRecord], now_ms: int
) -> dict[str, list[RecordedEvent]]:
    """Return the words of the motion contacts of the agitators that a unit was in, from before its first stay on."""
    begin_ms = min((stay.possible_from_ms for stay in stays), default=now_ms)
    agitators = {name for name, place in places.items() if place is not None and place.kind is PlaceKind.AGITATOR}
    contacts = [one for one in session.records.contacts() if one.place in agitators and one.kind is ContactKind.MOTION]
    kinds = (MOTION.on, MOTION.off)
    said: dict[str, list[RecordedEvent]] = {}
    for contact in contacts:
        before = session.records.last_event(contact.id, begin_ms, kinds)
        later = [one for one in session.records.events_of(contact.id, begin_ms, now_ms + 1) if one.kind in kinds]
        said.setdefault(contact.place, []).extend(([before] if before else []) + later)
    return said


def _thawed_ms(session: Session, unit: str) -> int | None:
    acts = [session.records.transformation(edge.act) for edge in session.records.made_from(unit)]
    thaws = [act.thawed_ms if act.thawed_ms is not None else act.at_ms for act in acts if act and act.act is Act.THAW]
    return max(thaws, default=None)


def _excursions(session: Session, unit: str) -> tuple[list[Exposure], list[Exposure]]:
    """Return what findings of the cold mean for a unit, the hard limit's beside its storage limit's only once.

    Apart, what findings do that only add up time of others that are there: an excursion is none more for its sum, and
    two are none fewer. Which of them was found first is nothing.
    """
    kept: dict[tuple[str, int], Exposure] = {}
    sums: list[tuple[str, Exposure]] = []
    for one in session.records.exposures_of_unit(unit):
        finding = None if one.withdrawn else session.records.finding(one.finding)
        if finding is None or finding.kind is not FindingKind.EXCURSION:
            continue
        if finding.detail == CUMULATIVE:
            sums.append((finding.probe, one))
            continue
        key = finding.probe, finding.start_ms
        if key not in kept or one.finding < kept[key].finding:
            kept[key] = one
    of_probe: dict[str, list[Exposure]] = {}
    for probe, start_ms in sorted(kept):
        of_probe.setdefault(probe, []).append(kept[probe, start_ms])
    over = {one.finding for probe, one in sums if any(_adds_up(one, each) for each in of_probe.get(probe, ()))}
    alone = [one for _, one in sums if one.finding not in over]
    rests = [_rest(one, of_probe[probe]) for probe, one in sums if one.finding in over]
    return [*(one for found in of_probe.values() for one in found), *alone], rests


def _adds_up(total: Exposure, one: Exposure) -> bool:
    """Tell whether a sum counts the time of an excursion that is as certain as the sum is."""
    return (one.certain or not total.certain) and bool(common([_time_of(total)], [_time_of(one)]))


def _rest(total: Exposure, found: Sequence[Exposure]) -> Exposure:
    """Return a sum with the time at most that the excursions of its probe which lie in it do not count themselves."""
    if total.out_ms_max is None:
        return total
    inside = [one for one in found if common([_time_of(total)], [_time_of(one)]) == [_time_of(one)]]
    return replace(total, out_ms_max=max(0, total.out_ms_max - sum(one.out_ms_max or 0 for one in inside)))


def _time_of(one: Exposure) -> Interval:
    return one.from_ms, FOREVER_MS if one.to_ms is None else one.to_ms
