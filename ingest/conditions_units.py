"""Conditions of units and of the closed loop: found in the table of units that live, judged by each unit's own story.

A turn reads at most PAGES pages of PAGE units of a kind through an index and goes on there in the next one; what was
said of a unit stands until it is looked at again, so that no number of ordinary units hides the one that matters. What
changes slowly (stock, plans, wrong places, expiry) is read every SLOW_MS. Only a fact ends a condition, no calendar.
"""

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Final

from coldchain.alarms import Condition
from coldchain.closed_loop import ClockName, LiveUnit, MemberKind, UnitClock
from coldchain.decisions import standing_holds
from coldchain.entries import Issue, Receipt, stay_of
from coldchain.lineage import UnitKind
from coldchain.places import ON_THE_ROAD, Place, PlaceKind
from coldchain.ports import Session
from coldchain.profiles import PlaceProfile, as_kept
from ingest.sweeps import PAGE, Sweep
from rules.clocks import clocks
from rules.closed_loop import Fit, fit, transfer_barred
from rules.conditions import DAY_MS, HOUR_MS, one_of_each
from rules.conditions_units import (
    UNSEEN_MS,
    clock_of,
    of_another,
    of_case,
    of_environment,
    of_expiry,
    of_exposures,
    of_handover,
    of_issue,
    of_mix,
    of_none_left,
    of_open,
    of_outing,
    of_plan,
    of_receipt,
    of_stock,
    of_together,
    of_transfer,
    of_transfusion,
    of_unseen,
    together,
)
from rules.issuable import kept_of
from rules.limits import Profile
from rules.stock import USE_DAYS, month_of, plan_states, stocks
from rules.unit_story import profile_at, profile_of_unit, story_of
from rules.waiting import stock_now
from rules.whereabouts import standing_issue

LOOK_MAX: Final = 200  # units of one profile in one wrong place, and cases, at a look
RECEIPTS_MAX: Final = 100  # the newest, looked at in every turn
UNSIGNED_MS: Final = 3 * DAY_MS  # how long a leg waits for signatures in a house in which nobody ever signed one
SLOW_MS: Final = 60_000


class UnitLook:
    """What one desk has seen of the units of its store: the sweeps, and the last word of what changes slowly."""

    def __init__(self) -> None:
        names = ("out", "today", "issued", "unseen", "exposed", "received", "signed")
        self._sweeps: Final = {name: Sweep() for name in names}
        self.zone: tzinfo = UTC  # in which the months of plans are
        self._slow: list[Condition] = []
        self._slow_ms: int | None = None

    @property
    def complete(self) -> bool:
        """Whether everything was looked at once."""
        return all(one.passes for one in self._sweeps.values())

    def __call__(self, session: Session, now_ms: int) -> list[Condition]:
        """Return what is to be said of units and of the closed loop; the next turn goes on from there."""
        if self._slow_ms is None or not 0 <= now_ms - self._slow_ms < SLOW_MS:
            self._slow, self._slow_ms = slow_conditions(session, now_ms, self.zone), now_ms
        return one_of_each([*self.quick(session, now_ms), *self._slow])

    def quick(self, session: Session, now_ms: int, *, whole: bool = False) -> list[Condition]:
        """Return what counts in minutes; `whole`: look at everything in this turn."""
        turn = _Turn(session, now_ms)
        records = session.records
        out = self._sweeps["out"].units(
            lambda after: records.live_out(after, now_ms + 1, PAGE), lambda one: one.left_ms, turn.out, whole=whole
        )
        spans = {"today": (now_ms - DAY_MS, now_ms + 1), "issued": (-1, now_ms - DAY_MS)}
        issued = []
        for name, span in spans.items():
            issued += self._sweeps[name].units(
                lambda after, span=span: records.live_issued(span, after, PAGE),  # type: ignore[misc]
                lambda one: one.issued_ms,
                turn.issued,
                whole=whole,
            )
        unseen = self._sweeps["unseen"].units(
            lambda after: records.live_unseen(after, now_ms - UNSEEN_MS + 1, PAGE),
            lambda one: one.unseen_ms,
            turn.unseen,
            whole=whole,
        )
        exposed = self._sweeps["exposed"].units(
            lambda after: records.live_exposed(after, PAGE), lambda one: one.exposed_ms, turn.exposed, whole=whole
        )
        grouped = [together(found, turn.places) for found in (out, unseen, exposed)]
        return [*issued, *(one for found in grouped for one in found), *self._received(turn, whole=whole)]

    def _received(self, turn: "_Turn", *, whole: bool) -> list[Condition]:
        records = turn.session.records
        newest = [one for receipt in records.receipts(RECEIPTS_MAX) for one in turn.received(receipt)]
        found = self._sweeps["received"].run(
            lambda after: records.receipts_after(after, PAGE),
            lambda one: (one.to_ms, one.id),
            turn.received,
            whole=whole,
        )
        signed = self._sweeps["signed"].run(
            lambda after: records.handovers_alone(after, PAGE),
            lambda one: (one.at_ms, one.manifest),
            lambda one: turn.handed(one.manifest, one.at_ms, ""),
            whole=whole,
        )
        return one_of_each([*newest, *found, *signed])


class _Turn:
    """One turn of looking: what all units of it share."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self.session: Final = session
        self.now_ms: Final = now_ms
        self.places: Final = {place.id: place for place in session.records.places()}
        self._boxes: Final = {name for name, place in self.places.items() if place.kind in ON_THE_ROAD}
        self._kinds: Final[dict[str, MemberKind]] = {one.site: one.kind for one in session.records.members()}
        first = session.records.handovers_after((-1, ""), 1)
        self._signed_ms: Final = min([now_ms - UNSIGNED_MS, *(one.at_ms for one in first)])

    def out(self, live: LiveUnit) -> list[Condition]:
        """A08."""
        issue = self._issue(live)
        clock = None if issue is not None else clock_of(self._clocks(live), ClockName.OUTING)
        place = self.places.get(live.place)
        return [] if clock is None else _kept([of_outing(live, issue, place, clock)])

    def issued(self, live: LiveUnit) -> list[Condition]:
        """A09, A16, A17 and A39."""
        issue, place = self._issue(live), self.places.get(live.place)
        if issue is None:
            return []
        holds = standing_holds(self.session.records.holds_of_unit(live.unit))
        found = [of_open(live, issue, place, self.now_ms), of_issue(live, issue, place, holds)]
        found.append(self._for_another(live, issue, place))
        if 2 * HOUR_MS <= self.now_ms - issue.at_ms < DAY_MS:
            clock = clock_of(self._clocks(live), ClockName.FOUR_HOURS)
            found.append(None if clock is None else of_transfusion(live, issue, place, clock))
        if place is not None:
            barred = transfer_barred(self._kinds, place.site, issue.to)
            found.append(of_transfer(live, issue, place, barred=barred))
        return _kept(found)

    def _for_another(self, live: LiveUnit, issue: Issue, place: Place | None) -> Condition | None:
        unit = self.session.records.unit(live.unit) if self.session.records.reserved(live.unit) else None
        its_own = unit is None or kept_of(self.session, unit).is_for(issue.patient)
        return of_another(live, issue, place, its_own=its_own)

    def unseen(self, live: LiveUnit) -> list[Condition]:
        """A38."""
        return _kept([of_unseen(live, self.places.get(live.place), self.now_ms)])

    def exposed(self, live: LiveUnit) -> list[Condition]:
        """A26 and A27."""
        return of_exposures(live, self.places.get(live.place), self._clocks(live), self.now_ms)

    def received(self, receipt: Receipt) -> list[Condition]:
        """A18 and A19: until what is missing or too many has come to its end, or is certainly somewhere since."""
        place = self.places.get(receipt.place)
        names = {*receipt.expected, *receipt.read, *receipt.scanned}
        odd = {*receipt.expected} ^ {*receipt.read, *receipt.scanned}
        manifest = self.session.records.manifest(receipt.manifest) if receipt.manifest and odd else None
        packed_ms = receipt.to_ms if manifest is None else min(manifest.packed_ms, receipt.to_ms)
        site = "" if place is None else place.site
        settled = {name for name in names & odd if self._settled(name, receipt.to_ms, site, packed_ms)}
        found = of_receipt(receipt, place, settled)
        if receipt.manifest and receipt.came_in and receipt.to_ms >= self._signed_ms:
            found += self.handed(receipt.manifest, receipt.to_ms, receipt.place)
        return found

    def handed(self, leg: str, at_ms: int, place: str) -> list[Condition]:
        """A18: until two have signed."""
        manifest = None if place else self.session.records.manifest(leg)
        name = place if manifest is None else manifest.box
        signed = self.session.records.handovers_of(leg)
        return _kept([of_handover(leg, self.places.get(name), at_ms, signed, self.now_ms)])

    def _settled(self, unit: str, since_ms: int, site: str, packed_ms: int) -> bool:
        """Tell whether a unit has ended, is somewhere since, or was put away here before its crate was received."""
        live = self.session.records.live_unit(unit)
        if live is None:
            return self.session.records.unit_end(unit) is not None
        if not live.inside or live.entered_ms is None:
            return False
        here = self.places.get(live.place)
        put_away = here is not None and here.site == site and here.id not in self._boxes
        return live.entered_ms > (packed_ms if put_away else since_ms)

    def _issue(self, live: LiveUnit) -> Issue | None:
        if live.issued_ms is None:
            return None
        records = self.session.records
        stays = [stay_of(one) for one in records.stays_of_unit(live.unit) if not one.withdrawn]
        return standing_issue(stays, records.issues_of_unit(live.unit), self._boxes, self.now_ms)

    def _clocks(self, live: LiveUnit) -> tuple[UnitClock, ...]:
        unit = self.session.records.unit(live.unit)
        return () if unit is None else clocks(story_of(self.session, unit, self.now_ms))


def unit_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return all that is to be said of units and of the closed loop: the provider. A desk asks its own UnitLook."""
    return one_of_each([*quick_conditions(session, now_ms), *slow_conditions(session, now_ms)])


def quick_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what counts in minutes: units that are out, issued, unseen or exposed, and hand-overs."""
    return UnitLook().quick(session, now_ms, whole=True)


def slow_conditions(session: Session, now_ms: int, zone: tzinfo = UTC) -> list[Condition]:
    """Return what changes slowly: wrong places, mixed loads, expiry, stock, plans, emergency cases."""
    found = [
        *_misplaced(session, now_ms),
        *_among_others(session, now_ms),
        *_expiring(session, now_ms),
        *_stock(session, now_ms, zone),
    ]
    cases = (of_case(case, now_ms) for case in session.records.emergencies_open(LOOK_MAX))
    return [*found, *_kept(cases)]


def _misplaced(session: Session, now_ms: int) -> list[Condition]:
    changes: dict[str, list[PlaceProfile]] = {}
    for change in session.records.place_profiles_since(0):
        changes.setdefault(change.place, []).append(change)
    places = {place.id: as_kept(place, changes.get(place.id, ()), now_ms) for place in session.records.places()}
    found: list[Condition] = []
    within: dict[str, list[tuple[str, Profile]]] = {}
    for mix in session.records.mixes():
        place = places.get(mix.place)
        own = None if place is None else profile_at(session, mix.profile, mix.profile_version, place.kind)
        if place is None or own is None:
            continue
        within.setdefault(place.id, []).append((mix.profile, own))
        limits = profile_at(session, place.profile, place.profile_version, place.kind)
        suits = Fit.FITS if limits is None else fit(own, limits)
        if suits is not Fit.FITS:
            units = session.records.live_of_profile(place.id, mix.profile, mix.profile_version, LOOK_MAX)
            found += _kept(of_environment(one, place, suits, now_ms) for one in units)
    found = together(found, places)
    for name, own_limits in sorted(within.items()):
        if places[name].kind is PlaceKind.BOX and _apart([profile for _, profile in own_limits]):
            found.append(of_mix(places[name], [profile for profile, _ in own_limits], now_ms))
    return found


def _among_others(session: Session, now_ms: int) -> list[Condition]:
    """A24: by the place or, where they stand in one, the container that bags share with those for one patient."""
    found: list[Condition] = []
    for name in session.records.places_of_reserved():
        place = session.records.place(name)
        inside = [one for one in session.records.stays_in_place(name, now_ms, now_ms + 1) if one.undoubted]
        kept = [one for one in inside if session.records.reserved(one.unit)]
        shared = {one.via for one in inside if one not in kept and _is_blood(session, one.unit)}
        mine = [one for one in kept if one.via in shared]
        since_ms = min((one.certain_from_ms or now_ms for one in mine), default=now_ms)
        if place is not None:
            found += _kept([of_together(place, [one.unit for one in mine], since_ms)])
    return found


def _is_blood(session: Session, name: str) -> bool:
    unit = session.records.unit(name)
    return unit is not None and unit.kind is UnitKind.BLOOD


def _apart(profiles: list[Profile]) -> bool:
    return any(fit(one, other) is Fit.WRONG for one in profiles for other in profiles)


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


def _stock(session: Session, now_ms: int, zone: tzinfo) -> list[Condition]:
    levels = session.records.stock_levels()
    found: list[Condition] = []
    places = session.records.places()
    boxes = [place.id for place in places if place.kind in ON_THE_ROAD]
    if levels or session.records.units_on_hold(1):
        sites = {place.id: place.site for place in places}
        used = session.records.used(now_ms - USE_DAYS * DAY_MS, now_ms + 1, boxes) if levels else ()
        every = stocks(stock_now(session, now_ms), used, levels, sites)
        found += _kept(of_stock(one, now_ms) for one in every)
        stations = {one.site for one in session.records.members() if one.kind is MemberKind.STATION}
        found += _kept(of_none_left(one, site, now_ms) for one in every for site in sorted({one.site, *stations}))
    month, begin_ms = month_of(now_ms, zone)
    plans = session.records.plans(month)
    if plans:
        states = plan_states(plans, session.records.used(begin_ms, now_ms + 1, boxes), now_ms, zone)
        found += _kept(of_plan(one, begin_ms) for one in states)
    return found


def _kept(found: Iterable[Condition | None]) -> list[Condition]:
    return [one for one in found if one is not None]
