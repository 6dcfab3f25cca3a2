"""What is known of all places, kept from look to look: each look reads only what may have changed since the last.

Everything but readings comes from the ledger: an entry that names a place makes it be read anew, one of the set-up all
of them. Readings come every few seconds everywhere, so the newest of each place are read in turn, the longest unread
first: of all of a small site at every look, of a large one a part (PART), which is enough for rules that count in
minutes. A few places a look are read anew from the ground up, whatever the ledger says of them (WHOLE_MS). What is
kept says nothing once the ledger behind it is another one.
"""

from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

import msgspec

from coldchain.alarms import Condition
from coldchain.arrival import Arrival
from coldchain.entries import Entry, EntryKind, Manifest, RecordedEvent
from coldchain.history import History
from coldchain.places import CONTAINERS, Place
from coldchain.ports import Session
from coldchain.standing import DARK
from coldchain.sums import Tally
from rules.conditions_temperature import Foreseen
from rules.limits import KineticLimit, ManualCheck
from rules.place_facts import Registered, registered
from rules.standing import PlaceFacts
from rules.trend import Worse

PART: Final = 64  # places whose newest readings are read at each look
WHOLE: Final = 4  # places that are read anew at each look beside those that the ledger names, each so often:
WHOLE_MS: Final = 600_000
SAID_MS: Final = 15_000  # what asked for nothing, and of which nothing new was read, is not looked at again before
OF_A_SITE: Final = "A06"  # the mains of a site; a word of its contact makes all of its places be read anew
TREND_EVERY_MS: Final = 6 * 3_600_000  # of one place; a month of readings is no small thing to read
TREND_APART_MS: Final = 30_000
BEHIND_MAX: Final = 2_000  # entries; after more of them everything is read anew
_SET_UP: Final = frozenset(
    {
        *(EntryKind.PLACE, EntryKind.PROBE, EntryKind.READER, EntryKind.CONTACT, EntryKind.GATEWAY),
        *(EntryKind.PROFILE, EntryKind.ERROR_DECLARATION),
    }
)
_NO_MATTER: Final = frozenset(
    {
        *(EntryKind.ALARM, EntryKind.ALARM_ACTION, EntryKind.NOTIFICATION, EntryKind.EXPOSURE, EntryKind.HOLD),
        *(EntryKind.BLOCK, EntryKind.GAP),
    }
)
_NAMES: Final = ("place", "other", "other_place", "box")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A packing list, when it is expected to arrive (None: unknown), and when its receiver signed (None: not yet)."""

    manifest: Manifest
    arrival: Arrival | None
    received_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A place as it was read at whole_ms, its newest readings at read_ms.

    `curves`: of each of its probes the last hours; `ahead`: where they lead. `rounds_ms`: when people read its display,
    the newest first. Of a box with units `leg`, its newest packing list, and `lid`, what its lid said since then.
    `kinetic`: of a place with medicines, by probe, each limit's window. `capacity`: that it is nearly full.
    """

    whole_ms: int
    read_ms: int
    facts: PlaceFacts
    curves: dict[str, History]
    ahead: list[Foreseen]
    rounds_ms: tuple[int, ...] = ()
    leg: Leg | None = None
    lid: tuple[RecordedEvent, ...] = ()
    capacity: Condition | None = None
    kinetic: tuple[tuple[str, KineticLimit, Tally], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of a place at at_ms. `unread`: people have to read its display by this, and never did."""

    at_ms: int
    conditions: tuple[Condition, ...]
    unread: ManualCheck | None


class Look:
    """What is kept. Used under its lock."""

    def __init__(self) -> None:
        self.lock: Final = Lock()
        self.known: Registered | None = None
        self.seen: dict[str, Seen | None] = {}
        self.worse: dict[str, tuple[int, list[Worse]]] = {}  # of a place when it was worked out, and what is worse
        self.said: dict[str, Said] = {}
        self._trend_ms = 0
        self._seq = 0
        self._hash = b""
        self._admission = 0
        self._ahead = 0, b"", 0

    def whole(self, session: Session, now_ms: int) -> list[Place]:
        """Return the places that are to be read from the ground up."""
        touched = self._touched(session)
        if touched is None or self.known is None:
            self.known, self.seen, self.worse, self.said = registered(session), {}, {}, {}
        fresh = [one for one in self.known.places if one.id not in self.seen or one.id in (touched or ())]
        old = [one for one in self.seen.values() if one is not None and not 0 <= now_ms - one.whole_ms < WHOLE_MS]
        old.sort(key=lambda one: (one.whole_ms, one.facts.place.id))
        rest = {one.facts.place.id: one.facts.place for one in old[:WHOLE]}
        return [*fresh, *(place for name, place in rest.items() if name not in {one.id for one in fresh})]

    def taken_in(self) -> None:
        """Go on from here at the next look: all that was to be read has been. Until then it is read again."""
        self._seq, self._hash, self._admission = self._ahead

    def part(self) -> list[Seen]:
        """Return the places whose newest readings are to be read."""
        kept = [one for one in self.seen.values() if one is not None]
        return sorted(kept, key=lambda one: (one.read_ms, one.facts.place.id))[:PART]

    def trend_due(self, now_ms: int) -> Seen | None:
        """Return the place whose trend was worked out the longest ago, if that is an hour; a box has none."""
        if 0 <= now_ms - self._trend_ms < TREND_APART_MS:
            return None
        asked = [one for one in self.seen.values() if one is not None and one.facts.place.kind not in CONTAINERS]
        when = {one.facts.place.id: self.worse.get(one.facts.place.id, (0, []))[0] for one in asked}
        next_one = min(asked, key=lambda one: (when[one.facts.place.id], one.facts.place.id), default=None)
        if next_one is None or now_ms - when[next_one.facts.place.id] < TREND_EVERY_MS:
            return None
        self._trend_ms = now_ms
        return next_one

    def at(self, session: Session, now_ms: int) -> list[Seen]:
        """Return what is known, as of now_ms, of the places of which something may be said anew."""
        heard: dict[str, tuple[int | None, int]] = {}
        found = []
        for name, one in self.seen.items():
            if one is None or self._still(name, now_ms):
                continue
            for gateway in one.facts.heard_ms.keys() - heard.keys():
                heard[gateway] = session.books.last_up(gateway), session.books.cursor(DARK + gateway)
            live = {gateway: heard[gateway] for gateway in one.facts.heard_ms}
            facts = replace(
                one.facts,
                now_ms=now_ms,
                heard_ms={gateway: last_ms for gateway, (last_ms, _) in live.items()},
                dark_ms={gateway: gone_ms for gateway, (_, gone_ms) in live.items()},
            )
            found.append(replace(one, facts=facts))
        return found

    def _still(self, name: str, now_ms: int) -> bool:
        """Tell whether nothing but a power cut was to be said of a place just now, and nothing new was read since."""
        said = self.said.get(name)
        return (
            said is not None
            and 0 <= now_ms - said.at_ms < SAID_MS
            and all(one.rule == OF_A_SITE and not one.place for one in said.conditions)
        )

    def _touched(self, session: Session) -> set[str] | None:
        """Return the places that new entries name, None if everything is to be read anew."""
        last = session.ledger.next_seq() - 1
        entries = session.ledger.entries(max(0, self._seq - 1), BEHIND_MAX + 1)
        admission = session.readings.last_admission()
        same = bool(entries) and entries[0].seq == self._seq and entries[0].hash == self._hash
        same = same and admission >= self._admission
        if entries and entries[-1].seq == last:
            self._ahead = last, entries[-1].hash, admission
        else:
            newest = session.ledger.entries(max(0, last - 1), 1)
            self._ahead = last, newest[0].hash if newest else b"", admission
            same = False
        if not same or any(entry.kind in _SET_UP for entry in entries[1:]):
            return None
        return {name for entry in entries[1:] if entry.kind not in _NO_MATTER for name in self._named(entry)}

    def _named(self, entry: Entry) -> set[str]:
        """Return the places that an entry names. A word of a site names all of its places, a box's own word the box.

        A signature names the box of its packing list.
        """
        payload = msgspec.json.decode(entry.payload)
        named = {payload[name] for name in _NAMES if isinstance(payload.get(name), str)}
        if entry.kind is EntryKind.HANDOVER:
            legs = {one.leg.manifest.id: name for name, one in self.seen.items() if one is not None and one.leg}
            return {legs[name] for name in [payload["manifest"]] if name in legs}
        if entry.kind is not EntryKind.DEVICE_EVENT or payload["place"] or self.known is None:
            return named
        of_site = {contact.id for contact in self.known.contacts.get("", ())}
        if payload["origin"] in of_site:
            return named | {place.id for place in self.known.places if place.site == entry.site}
        read = self.known.reads.get(payload["gateway"], set())
        return named | read if len(read) == 1 else named
