"""Units that were kept wrongly are on hold: too long out (A08) or on the road (A20), misplaced (A10), not found (A19).

Also a second excursion of one unit (A26), and more time outside than one unit may bear (A27).

Derived from the record as it stands, in any order of arrival. A hold stays until a person decides; if what it stands on
falls, it says so. One that was released stands again once it turns out that it lasted longer than was known then.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from coldchain.canonical import canonical_json
from coldchain.entries import Receipt, RecordedEvent, StayRecord
from coldchain.places import ON_THE_ROAD, Place
from coldchain.ports import Session
from coldchain.profiles import kept_in
from coldchain.units import OF_AGAIN, OF_BOX_TIME, OF_BUDGET, OF_OUTING, OF_PLACE, OF_RECEIPT, OF_ROAD, Hold, Unit
from ingest.decisions import kept_up
from rules.boxes import READINESS_KINDS, times_over
from rules.contacts import event_order
from rules.intervals import Interval
from rules.keeping import Around, Crate, Kept, Wrong, due_ms, wrongly_kept
from rules.limits import Profile
from rules.place_facts import Registered, registered
from rules.unit_story import profile_at, story_of
from rules.unit_time import FOREVER_MS, Story, possible_of

ID_CHARACTERS: Final = 16
BASES: Final = {
    Wrong.OUT_TOO_LONG: OF_OUTING,
    Wrong.WRONG_PLACE: OF_PLACE,
    Wrong.ROAD_TOO_LONG: OF_ROAD,
    Wrong.BOX_OVER: OF_BOX_TIME,
    Wrong.AGAIN: OF_AGAIN,
    Wrong.OVER_BUDGET: OF_BUDGET,
    Wrong.NOT_IN_CRATE: OF_RECEIPT,
}
DUE: Final = "keeping-due:"  # cursor of a unit: when time alone makes it kept wrongly (A20)


def judge_keeping(session: Session, units: Iterable[str], now_ms: int) -> set[str]:
    """Bring holds of how units were kept up to the record; return the units of changed holds."""
    shelves = _Shelves(session, now_ms)
    return {unit for unit in sorted(units) if _judge(session, shelves, unit, now_ms)}


def _judge(session: Session, shelves: "_Shelves", name: str, now_ms: int) -> bool:
    unit = session.records.unit(name)
    if unit is None:
        return False
    own = {
        one.finding: one for one in session.records.holds_of_unit(name) if one.basis in BASES.values() and not one.via
    }
    story = story_of(session, unit, FOREVER_MS - 1)
    around = Around(limits=lambda stay: shelves.limits(unit, stay), over=shelves.over, crates=shelves.crates(name))
    wrong = {_name(name, one): one for one in wrongly_kept(story, around, now_ms)}
    fresh = [_hold(name, key, wrong[key], now_ms) for key in sorted(wrong.keys() - own.keys())]
    grown = [one for key, one in sorted(own.items()) if key in wrong and _outgrown(one, wrong[key])]
    drafts = kept_up(session, own, fresh, grown, lambda one: _as_judged(one, wrong.get(one.finding)), now_ms)
    session.ledger.append(drafts, now_ms)
    _note_due(session, shelves, story, now_ms)
    return bool(drafts)


def _note_due(session: Session, shelves: "_Shelves", story: Story, now_ms: int) -> None:
    """Write down when the unit is to be judged again although nothing happens: no fact comes at the end of a time."""
    if not any(kind in ON_THE_ROAD for kind in story.kinds.values()):
        return
    due = due_ms(story, shelves.over, now_ms) or 0
    if session.books.cursor(DUE + story.unit.id) != due:
        session.books.set_cursor(DUE + story.unit.id, due)


def _hold(unit: str, key: str, kept: Kept, now_ms: int) -> Hold:
    basis = BASES[kept.wrong]
    return Hold(
        id=f"h{key}", unit=unit, finding=key, placed_ms=now_ms, certain=True, basis=basis, spent_ms=kept.spent_ms
    )


def _outgrown(hold: Hold, kept: Kept) -> bool:
    """Tell whether it lasted longer than what a person released the unit on. What shrinks never is."""
    return hold.lifted_by != "" and hold.spent_ms is not None and kept.spent_ms > hold.spent_ms


def _as_judged(hold: Hold, kept: Kept | None) -> Hold:
    """Return a hold by what is recorded now; one that is lifted keeps the time that it was lifted on."""
    spent_ms = hold.spent_ms if kept is None or hold.lifted_by else kept.spent_ms
    return replace(hold, basis_stands=kept is not None, spent_ms=spent_ms)


class _Shelves:
    """What places have to keep, each read once for all units of a transaction."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self._now_ms = now_ms
        self._places: dict[str, tuple[Place, list[tuple[Interval, Profile | None]]] | None] = {}
        self._over: dict[tuple[str, int, int | None], list[Interval]] = {}
        self._known: Registered | None = None

    def limits(self, unit: Unit, stay: StayRecord) -> tuple[Profile | None, list[tuple[Interval, Profile | None]]]:
        """Return a unit's own limits in the place of a stay, and the place's with the stretches for which they hold."""
        if stay.place not in self._places:
            self._places[stay.place] = self._place(stay.place)
        known = self._places[stay.place]
        if known is None:
            return None, []
        return profile_at(self._session, unit.profile, unit.profile_version, known[0].kind), known[1]

    def over(self, stay: StayRecord) -> list[Interval]:
        """Return when, in a stay in a box, the time for which the box was qualified was over."""
        key = stay.place, stay.possible_from_ms, stay.possible_to_ms
        if key not in self._over:
            self._known = self._known or registered(self._session)
            place = self._session.records.place(stay.place)
            gateways = () if place is None else self._known.box_gateways(place)
            self._over[key] = times_over(self._words(gateways, stay))
        return self._over[key]

    def crates(self, unit: str) -> list[Crate]:
        """Return the crates that were received of which a list names a unit, and somebody looked for it in vain."""
        records = self._session.records
        found = [records.receipt(name) for name in records.receipts_of_unit(unit)]
        return [self._crate(one) for one in found if one is not None and unit in one.absent]

    def _crate(self, receipt: Receipt) -> Crate:
        records = self._session.records
        places = {one.id: one for one in records.places() if one.kind not in ON_THE_ROAD}
        here = records.place(receipt.place)
        manifest = records.manifest(receipt.manifest) if receipt.manifest else None
        return Crate(
            receipt=receipt,
            packed_ms=receipt.to_ms if manifest is None else manifest.packed_ms,
            shelves=frozenset(name for name, one in places.items() if here is not None and one.site == here.site),
        )

    def _words(self, gateways: Sequence[str], stay: StayRecord) -> list[RecordedEvent]:
        begin_ms, end_ms = stay.possible_from_ms, possible_of(stay)[1]
        records = self._session.records
        before = [records.last_event(name, begin_ms, READINESS_KINDS) for name in gateways]
        said = [one for name in gateways for one in records.events_of(name, begin_ms, end_ms)]
        words = [one for one in (*before, *said) if one is not None and one.kind in READINESS_KINDS]
        return sorted(words, key=event_order)

    def _place(self, name: str) -> tuple[Place, list[tuple[Interval, Profile | None]]] | None:
        place = self._session.records.place(name)
        if place is None:
            return None
        changes = kept_in(place, self._session.records.place_profiles(name))
        kept = [one for one in changes if one.from_ms <= self._now_ms]  # what is to come has kept nobody wrongly yet
        ends = [*(one.from_ms for one in kept[1:]), FOREVER_MS]
        return place, [
            ((one.from_ms, end), profile_at(self._session, one.profile, one.version, place.kind))
            for one, end in zip(kept, ends, strict=True)
        ]


def _name(unit: str, kept: Kept) -> str:
    known_by = [kept.number] if kept.number else [kept.place, kept.from_ms]
    said = [unit, kept.wrong.value, *known_by]
    return f"kept-{hashlib.sha256(canonical_json(said)).hexdigest()[:ID_CHARACTERS]}"
