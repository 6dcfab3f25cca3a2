"""What the rules see of places: their notices, silence, and where their temperature goes, read out of the record."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from coldchain.alarms import Condition
from coldchain.arrival import arrival_of
from coldchain.capacity import Capacity
from coldchain.closed_loop import Party
from coldchain.entries import RecordedEvent
from coldchain.errors import InvalidValueError
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.places import CONTAINERS, ON_THE_ROAD, Place, ProbeRole, Text
from coldchain.ports import Session
from coldchain.sums import Tally
from ingest.conditions_look import Leg, Look, Said, Seen
from ingest.counted_tally import counted_tally
from ingest.known import profile_of
from rules.boxes import box_standing
from rules.conditions import DAY_MS, HOUR_MS, MINUTE_MS, one_of_each
from rules.conditions_capacity import of_capacity
from rules.conditions_drugs import of_kinetic, of_vaccine
from rules.conditions_notices import of_notices
from rules.conditions_road import of_leg, of_opening, packed_since
from rules.conditions_rounds import READ_BACK, never_read, of_rounds
from rules.conditions_silence import of_silence
from rules.conditions_temperature import RECENT_MS, USUAL_MS, Foreseen, foreseen_of, of_temperature, with_forecast
from rules.conditions_trend import of_trend, openings_of
from rules.limits import KineticLimit, ManualCheck, Profile
from rules.place_facts import Inside, Registered, place_facts
from rules.standing import PlaceFacts, ProbeFacts, place_notices
from rules.trend import BASELINE_DAYS, Worse, worse

NOBODY: Final = Inside(certain=0, possible=0, held=0)
CURVE_MS: Final = RECENT_MS + USUAL_MS
KEPT_MS: Final = 12 * HOUR_MS  # of a curve that is read on
NEED_NO_LIMIT: Final = frozenset({"A05", "A06", "A25", "A44"})
NO_LIMIT: Final = 10_000 * 1_000_000  # no place on earth is so warm
UNJUDGED: Final = Profile(
    id="",
    version=0,
    status="",
    name=Text(zh="限值未载入", en="limits not loaded"),
    low_micro_celsius=None,
    high_micro_celsius=NO_LIMIT,
    low_inclusive=True,
    high_inclusive=True,
    hard_low_micro_celsius=None,
    hard_high_micro_celsius=None,
    hard_low_counts=False,
    hard_high_counts=False,
    hard_air_ms=0,
    load_delay_ms=0,
    air_delay_ms=0,
    dead_band_micro_celsius=0,
    hold_ms=5 * MINUTE_MS,  # of what is said here nothing depends on it
    gap_tolerance_ms=0,
    sensor_fault_ms=0,
    citations=(),
)
"""Stands for limits that are not loaded; no temperature is ever compared with it."""

_LOOK: Final = Look()


def place_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what is to be said of every place; of one whose limits are not loaded, only what needs none."""
    with _LOOK.lock:
        _read(session, _LOOK, now_ms)
        for seen in _LOOK.at(session, now_ms):
            worse_ms, found = _LOOK.worse.get(seen.facts.place.id, (0, []))
            slow = None if seen.facts.profile is UNJUDGED else of_trend(seen.facts, worse_ms, found)
            said = [*of_place(seen), *filter(None, [slow])]
            _LOOK.said[seen.facts.place.id] = Said(at_ms=now_ms, conditions=tuple(said), unread=_unread(seen))
        known = [one for one in _LOOK.seen.values() if one is not None]
        every = [condition for said in _LOOK.said.values() for condition in said.conditions]
        every += _never_read(_LOOK, now_ms)
    return [_foreseen(one, known, now_ms) if one.rule == "A06" else one for one in one_of_each(every)]


def _read(session: Session, look: Look, now_ms: int) -> None:
    """Read what may have changed since the last look."""
    capacities = {one.place: one for one in session.records.capacities()}
    for place in look.whole(session, now_ms):
        facts = _facts(session, look.known, place, now_ms) if look.known else None
        look.seen[place.id] = None if facts is None else _seen(session, facts, capacities.get(place.id))
        look.said.pop(place.id, None)
    look.taken_in()
    for seen in look.part():
        after = _read_on(session, seen, now_ms)
        look.seen[seen.facts.place.id] = after
        if after.facts is not seen.facts:
            look.said.pop(seen.facts.place.id, None)
    slow = look.trend_due(now_ms)
    if slow is not None:
        look.worse[slow.facts.place.id] = now_ms, _worse(session, slow.facts, now_ms)


def _read_on(session: Session, seen: Seen, now_ms: int) -> Seen:
    """Read what the probes of a place measured since it was read last; what came late is read with the whole place."""
    curves, probes = dict(seen.curves), []
    for one in seen.facts.probes:
        name, last_ms = one.probe.id, 0 if one.taken_ms is None else one.taken_ms
        new = session.readings.history(name, max(last_ms + 1, now_ms - CURVE_MS), now_ms + 1)
        if len(new):
            curves[name] = _joined(curves[name], one.counted.spoken(new))
            one = _with_last(one, one.counted.corrected(new))
        probes.append(one)
    if all(after is before for after, before in zip(probes, seen.facts.probes, strict=True)):
        return replace(seen, read_ms=now_ms)
    facts = replace(seen.facts, probes=probes, now_ms=now_ms)
    return replace(seen, read_ms=now_ms, facts=facts, curves=curves, ahead=_ahead(facts, curves))


def _ahead(facts: PlaceFacts, curves: dict[str, History]) -> list[Foreseen]:
    return [] if facts.profile is UNJUDGED else foreseen_of(facts, curves)


def _joined(before: History, after: History) -> History:
    """Return what is kept of a curve and what followed it, if anything of that counts."""
    if not len(after):
        return before
    kept = before.since(int(after.taken_ms[-1]) - KEPT_MS)
    return History(
        taken_ms=np.concatenate([kept.taken_ms, after.taken_ms]),
        micro_celsius=np.concatenate([kept.micro_celsius, after.micro_celsius]),
        quality=np.concatenate([kept.quality, after.quality]),
    )


def _with_last(one: ProbeFacts, new: History) -> ProbeFacts:
    quality = Quality(int(new.quality[-1]))
    value = int(new.micro_celsius[-1]) if quality is Quality.GOOD else None
    return replace(one, taken_ms=int(new.taken_ms[-1]), micro_celsius=value, quality=quality)


def _unread(seen: Seen) -> ManualCheck | None:
    """Return the check of a place that has to be read by people and never was."""
    facts = seen.facts
    check = facts.profile.manual_check
    display = facts.place.kind not in CONTAINERS and facts.unused_since_ms is None
    return check if check is not None and check.per_day and display and not seen.rounds_ms else None


def _never_read(look: Look, now_ms: int) -> list[Condition]:
    """Return, of each site, how many places have to be read by people and never were."""
    found: dict[str, list[ManualCheck]] = {}
    for name, said in look.said.items():
        seen = look.seen.get(name)
        if seen is not None and said.unread is not None:
            found.setdefault(seen.facts.place.site, []).append(said.unread)
    return [never_read(site, len(checks), checks[0], now_ms) for site, checks in sorted(found.items())]


def of_place(seen: Seen) -> list[Condition]:
    """Return what is to be said of one place."""
    facts = seen.facts
    if facts.profile is UNJUDGED:
        known = [*of_notices(facts, place_notices(facts)), *of_silence(facts)]
        return [*(one for one in known if one.rule in NEED_NO_LIMIT), *filter(None, [_of_leg(seen)])]
    found = [
        *of_notices(facts, place_notices(facts)),
        *of_silence(facts),
        *of_temperature(facts, seen.curves, seen.ahead),
    ]
    if facts.unused_since_ms is not None:
        return found
    found += filter(None, [_round(seen), seen.capacity, *_on_the_road(seen)])
    return [*found, *_of_drugs(seen)]


def _round(seen: Seen) -> Condition | None:
    facts = seen.facts
    measured = [one.taken_ms for one in facts.probes if one.taken_ms is not None and one.micro_celsius is not None]
    measured_ms = max(measured, default=None)
    return of_rounds(facts.place, facts.profile.manual_check, seen.rounds_ms, measured_ms, facts.now_ms)


def _on_the_road(seen: Seen) -> list[Condition | None]:
    facts = seen.facts
    opened = None if facts.box is None else of_opening(facts, box_standing(facts.box, facts.now_ms), seen.lid)
    return [opened, _of_leg(seen)]


def _of_leg(seen: Seen) -> Condition | None:
    leg = seen.leg
    return None if leg is None else of_leg(seen.facts, leg.manifest, leg.arrival, leg.received_ms)


def _of_drugs(seen: Seen) -> list[Condition]:
    facts, found = seen.facts, []
    for one in facts.probes:
        if facts.profile.vaccine is not None:
            found += of_vaccine(facts, one, facts.profile.vaccine, seen.curves[one.probe.id])
        windows = [(limit, tally) for probe, limit, tally in seen.kinetic if probe == one.probe.id]
        found += filter(None, (of_kinetic(facts, one, limit, tally) for limit, tally in windows))
    return found


def _foreseen(cut: Condition, known: Sequence[Seen], now_ms: int) -> Condition:
    """Return a power cut with the first limit that it leads to in the places that it concerns; a box has no mains."""
    places = [(one.facts.place, one) for one in known if one.facts.place.kind not in CONTAINERS]
    near = [one for place, one in places if place.id == cut.place or (not cut.place and place.site == cut.site)]
    return with_forecast(cut, [(one.facts, ahead) for one in near for ahead in one.ahead], now_ms)


def _seen(session: Session, facts: PlaceFacts, capacity: Capacity | None) -> Seen:
    now_ms, vaccine = facts.now_ms, facts.profile.vaccine
    back_ms = CURVE_MS if vaccine is None else max(CURVE_MS, vaccine.heat_ms + HOUR_MS, vaccine.freeze_ms + HOUR_MS)
    curves = {one.probe.id: _measured(session, one, now_ms - back_ms, now_ms + 1) for one in facts.probes}
    rounds = session.records.manual_readings(facts.place.id, READ_BACK) if facts.display else ()
    in_a_box = facts.place.kind in ON_THE_ROAD and facts.inside + facts.possible > 0
    return Seen(
        whole_ms=now_ms,
        read_ms=now_ms,
        facts=facts,
        curves=curves,
        ahead=_ahead(facts, curves),
        rounds_ms=tuple(one.at_ms for one in rounds),
        leg=_leg(session, facts.place) if in_a_box else None,
        lid=_lid_words(session, facts) if in_a_box else (),
        capacity=None if capacity is None else _nearly_full(session, facts, capacity),
        kinetic=tuple(
            (one.probe.id, limit, _window(session, facts, one, limit))
            for limit in facts.profile.kinetic
            for one in facts.probes
        ),
    )


def _leg(session: Session, box: Place) -> Leg | None:
    newest = next(iter(session.records.manifests(box.id)[-1:]), None)
    if newest is None:
        return None
    signed = {one.party: one.at_ms for one in session.records.handovers_of(newest.id)}
    return Leg(manifest=newest, arrival=arrival_of(session, newest), received_ms=signed.get(Party.RECEIVER))


def _measured(session: Session, one: ProbeFacts, from_ms: int, to_ms: int) -> History:
    """Return the readings of a probe that count, corrected: what is said here is judged on nothing else."""

    def every(begin_ms: int, end_ms: int) -> History:
        return session.readings.history(one.probe.id, begin_ms, end_ms)

    return one.counted.measured(every)(from_ms, to_ms)


def _window(session: Session, facts: PlaceFacts, one: ProbeFacts, limit: KineticLimit) -> Tally:
    from_ms, hold_ms = facts.now_ms - limit.window_ms, facts.profile.hold_ms
    return counted_tally(session.readings, one.probe.id, from_ms, facts.now_ms, hold_ms, one.counted)


def _nearly_full(session: Session, facts: PlaceFacts, capacity: Capacity) -> Condition | None:
    stays = session.records.stays_in_place(facts.place.id, facts.now_ms, facts.now_ms + 1)
    since = {
        stay.unit: stay.certain_from_ms
        for stay in stays
        if stay.certain_from_ms is not None
        and stay.certain_from_ms <= facts.now_ms
        and (stay.certain_to_ms is None or stay.certain_to_ms > facts.now_ms)
    }
    return of_capacity(facts.place, capacity, len(since), max(since.values(), default=facts.now_ms))


def _worse(session: Session, facts: PlaceFacts, now_ms: int) -> list[Worse]:
    """Read a month of a place's air, and of its door, and return what got worse."""
    air = next((one for one in facts.probes if one.probe.role is ProbeRole.AIR), None)
    if air is None:
        return []
    from_ms = now_ms - (BASELINE_DAYS + 1) * DAY_MS
    doors = [contact.id for contact, _ in facts.contacts if contact.place == facts.place.id]
    words = [event for door in doors for event in session.records.events_of(door, from_ms, now_ms)]
    return worse(_measured(session, air, from_ms, now_ms + 1), openings_of(words), now_ms)


def _lid_words(session: Session, facts: PlaceFacts) -> tuple[RecordedEvent, ...]:
    since_ms = packed_since(None if facts.box is None else box_standing(facts.box, facts.now_ms))
    if since_ms is None:
        return ()
    lids = [contact.id for contact, _ in facts.contacts if contact.place == facts.place.id]
    return tuple(event for lid in lids for event in session.records.events_of(lid, since_ms, facts.now_ms + 1))


def _facts(session: Session, known: Registered, place: Place, now_ms: int) -> PlaceFacts | None:
    """Read what is known of a place; where its limits are not loaded (UNJUDGED) only what needs no limit is said.

    How many units are inside is read of boxes only, where it decides; whoever tells people of an alarm asks anew.
    """
    profile = profile_in(session, place, now_ms)
    inside = _inside_box(session, place, now_ms) if place.kind in ON_THE_ROAD else NOBODY
    if profile is None and place.kind in CONTAINERS and not inside.possible:
        return None  # an empty box has no limits, and asks for nobody
    return place_facts(session, known, place, profile or UNJUDGED, inside, now_ms)


def profile_in(session: Session, place: Place, now_ms: int) -> Profile | None:
    """Return the profile that holds in a place now; None if there is none, or none for a box."""
    try:
        return profile_of(session, place.id, now_ms)
    except (LookupError, InvalidValueError):
        return None


def _inside_box(session: Session, place: Place, now_ms: int) -> Inside:
    units = {stay.unit for stay in session.records.stays_in_place(place.id, now_ms, now_ms + 1)}
    return Inside(certain=0, possible=len(units), held=0)
