"""Conditions of units and of the closed loop: found in the table of units that live, judged by each unit's own story.

A look reads what is due through indexes and at most LOOK_MAX units of a kind, the newest first; what changes slowly
(stock, plans, wrong places, expiry) is read every SLOW_MS.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from coldchain.alarms import Condition
from coldchain.closed_loop import ClockName, LiveUnit, UnitClock
from coldchain.decisions import standing_holds
from coldchain.errors import InvalidValueError
from coldchain.places import Place, PlaceKind
from coldchain.ports import Session
from rules.clocks import clocks
from rules.closed_loop import Fit, fit, transfer_barred
from rules.conditions import DAY_MS, HOUR_MS, one_of_each
from rules.conditions_units import (
    UNSEEN_MS,
    clock_of,
    of_case,
    of_environment,
    of_expiry,
    of_exposures,
    of_handover,
    of_issue,
    of_mix,
    of_open,
    of_outing,
    of_plan,
    of_receipt,
    of_stock,
    of_transfer,
    of_transfusion,
    of_unseen,
    together,
)
from rules.limits import Profile
from rules.stock import USE_DAYS, month_of, plan_states, stocks
from rules.unit_story import profile_of_unit, story_of

LOOK_MAX: Final = 200  # units of one kind at a look
OUT_BACK_MS: Final = DAY_MS  # how long a unit that left storage is looked after as out of it
OPEN_BACK_MS: Final = 90 * DAY_MS  # how long an issue without a final state is asked for
RECEIPTS_MAX: Final = 100
RECEIPT_BACK_MS: Final = 3 * DAY_MS
SLOW_MS: Final = 60_000


class _Slow:
    """What is worked out every SLOW_MS, and what it came to last."""

    def __init__(self) -> None:
        self.lock: Final = Lock()
        self._said: list[Condition] = []
        self._seq = -1
        self._at_ms = 0

    def look(self, session: Session, now_ms: int) -> list[Condition]:
        """Return what is to be said; another ledger, or a clock that went back, is read at once."""
        seq = session.ledger.next_seq()
        with self.lock:
            fresh = 0 <= now_ms - self._at_ms < SLOW_MS and seq >= self._seq
            if self._seq < 0 or not fresh:
                self._said, self._seq, self._at_ms = slow_conditions(session, now_ms), seq, now_ms
            return list(self._said)


_SLOW: Final = _Slow()


def unit_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what is to be said of units and of the closed loop: the provider."""
    return one_of_each([*quick_conditions(session, now_ms), *_SLOW.look(session, now_ms)])


def quick_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what counts in minutes: units that are out, issued, unseen or exposed, and hand-overs."""
    found = [*_out(session, now_ms), *_issued(session, now_ms), *_unseen(session, now_ms)]
    return [*found, *_exposed(session, now_ms), *_received(session, now_ms)]


def slow_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what changes slowly: wrong places, mixed loads, expiry, stock, plans, emergency cases."""
    found = [*_misplaced(session, now_ms), *_expiring(session, now_ms), *_stock(session, now_ms)]
    cases = (of_case(case, now_ms) for case in session.records.emergencies_open(LOOK_MAX))
    return [*found, *_kept(cases)]


def _clocks(session: Session, live: LiveUnit, now_ms: int) -> tuple[UnitClock, ...]:
    unit = session.records.unit(live.unit)
    return () if unit is None else clocks(story_of(session, unit, now_ms))


def _by_clock(
    session: Session,
    units: Iterable[LiveUnit],
    name: ClockName,
    judge: Callable[[LiveUnit, Place | None, UnitClock], Condition | None],
    now_ms: int,
) -> list[Condition]:
    found = []
    for live in units:
        clock = clock_of(_clocks(session, live, now_ms), name)
        if clock is not None:
            found.append(judge(live, session.records.place(live.place), clock))
    return _kept(found)


def _out(session: Session, now_ms: int) -> list[Condition]:
    units = session.records.live_out(now_ms - OUT_BACK_MS, now_ms + 1, LOOK_MAX)
    waiting = [one for one in units if not one.issued and one.unseen_ms is None]
    return _by_clock(session, waiting, ClockName.OUTING, of_outing, now_ms)


def _issued(session: Session, now_ms: int) -> list[Condition]:
    records = session.records
    today = records.live_issued(now_ms - DAY_MS, now_ms - 2 * HOUR_MS, LOOK_MAX)
    found = _by_clock(session, [one for one in today if one.issued], ClockName.FOUR_HOURS, of_transfusion, now_ms)
    kinds = {one.site: one.kind for one in records.members()}
    for live in records.live_issued(now_ms - OPEN_BACK_MS, now_ms + 1, 5 * LOOK_MAX):
        place = records.place(live.place)
        holds = standing_holds(records.holds_of_unit(live.unit))
        found += _kept([of_open(live, place, now_ms), of_issue(live, place, holds)])
        if place is not None:
            barred = transfer_barred(kinds, place.site, live.issued_to)
            found += _kept([of_transfer(live, place, barred=barred)])
    return found


def _unseen(session: Session, now_ms: int) -> list[Condition]:
    units = session.records.live_unseen(now_ms - UNSEEN_MS + 1, LOOK_MAX)
    places = {place.id: place for place in session.records.places()}
    return together(_kept(of_unseen(one, places.get(one.place), now_ms) for one in units), places)


def _exposed(session: Session, now_ms: int) -> list[Condition]:
    found = []
    for live in session.records.live_exposed(LOOK_MAX):
        place = session.records.place(live.place)
        found += of_exposures(live, place, _clocks(session, live, now_ms), now_ms)
    return together(found, {place.id: place for place in session.records.places()})


def _received(session: Session, now_ms: int) -> list[Condition]:
    arrived: dict[str, tuple[int, str]] = {}
    found = []
    for receipt in session.records.receipts(RECEIPTS_MAX):
        if receipt.to_ms < now_ms - RECEIPT_BACK_MS:
            continue
        found += of_receipt(receipt, session.records.place(receipt.place))
        if receipt.manifest and receipt.came_in:
            arrived[receipt.manifest] = receipt.to_ms, receipt.place
    for signed in session.records.handovers_since(now_ms - RECEIPT_BACK_MS, LOOK_MAX):
        manifest = session.records.manifest(signed.manifest)
        arrived.setdefault(signed.manifest, (signed.at_ms, "" if manifest is None else manifest.box))
    for leg, (at_ms, place) in sorted(arrived.items()):
        signatures = session.records.handovers_of(leg)
        found += _kept([of_handover(leg, session.records.place(place), at_ms, signatures, now_ms)])
    return found


def _misplaced(session: Session, now_ms: int) -> list[Condition]:
    places = {place.id: place for place in session.records.places()}
    found: list[Condition] = []
    within: dict[str, list[tuple[str, Profile]]] = {}
    for mix in session.records.mixes():
        place = places.get(mix.place)
        own = None if place is None else _held_at(session, mix.profile, mix.profile_version, place.kind)
        if place is None or own is None:
            continue
        within.setdefault(place.id, []).append((mix.profile, own))
        limits = _held_at(session, place.profile, place.profile_version, place.kind)
        suits = Fit.FITS if limits is None else fit(own, limits)
        if suits is not Fit.FITS and len(found) < LOOK_MAX:
            units = session.records.live_of_profile(place.id, mix.profile, mix.profile_version, LOOK_MAX)
            found += _kept(of_environment(one, place, suits, now_ms) for one in units)
    for name, own_limits in sorted(within.items()):
        if places[name].kind is PlaceKind.BOX and _apart([profile for _, profile in own_limits]):
            found.append(of_mix(places[name], [profile for profile, _ in own_limits], now_ms))
    return found


def _apart(profiles: list[Profile]) -> bool:
    return any(fit(one, other) is Fit.WRONG for one in profiles for other in profiles)


def _held_at(session: Session, profile: str, version: int, kind: PlaceKind) -> Profile | None:
    found = profile_of_unit(session, profile, version)
    try:
        return None if found is None else found.at(kind)
    except InvalidValueError:
        return None


def _expiring(session: Session, now_ms: int) -> list[Condition]:
    found: list[Condition] = []
    due: dict[tuple[str, int], list[LiveUnit]] = {}
    for record in session.records.profiles():
        profile = profile_of_unit(session, record.id, record.version)
        warn_ms = 0 if profile is None else profile.units.expiry_warn_ms or 0
        for one in session.records.live_expiring(record.id, record.version, now_ms + warn_ms + 1, 10 * LOOK_MAX):
            due.setdefault((one.place, warn_ms), []).append(one)
    for (name, warn_ms), units in sorted(due.items()):
        place = session.records.place(name)
        if place is not None:
            found += of_expiry(place, units, warn_ms, now_ms)
    return found


def _stock(session: Session, now_ms: int) -> list[Condition]:
    levels = session.records.stock_levels()
    found: list[Condition] = []
    if levels:
        sites = {place.id: place.site for place in session.records.places()}
        used = session.records.used(now_ms - USE_DAYS * DAY_MS, now_ms + 1)
        found += _kept(of_stock(one, now_ms) for one in stocks(session.records.stock(now_ms), used, levels, sites))
    month, begin_ms = month_of(now_ms)
    plans = session.records.plans(month)
    if plans:
        states = plan_states(plans, session.records.used(begin_ms, now_ms + 1), now_ms)
        found += _kept(of_plan(one, begin_ms) for one in states)
    return found


def _kept(found: Iterable[Condition | None]) -> list[Condition]:
    return [one for one in found if one is not None]
