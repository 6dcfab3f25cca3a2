"""What the mirror says of the present: how places stand, how old everything is, what contacts say, what there is."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import structlog

from coldchain.entries import RecordedEvent
from coldchain.errors import StoreError
from coldchain.facts import EventKind
from coldchain.places import Contact
from coldchain.ports import Records, Session, Store
from stores.delivery import Pace
from stores.mirror_health import MINUTELY, StockLines, alarm_lines, alarm_list_lines, device_lines
from stores.mirror_told import Told
from stores.points import (
    CONTACT_EVENTS,
    GATEWAY_AGE,
    SITE_AGE,
    PlaceShown,
    Setup,
    Snapshot,
    age_s,
    contact_line,
    normal_line,
    place_line,
    probe_age_line,
    setup_of,
    state_line,
)

STOCK_MS: Final = 300_000
MINUTE_MS: Final = 60_000
SPEAKS_MIN: Final = 5  # minutes for which a reading shows that its gateway was awake
LATE_MS: Final = 12 * 3_600_000  # of what a gateway told late, the states of its contacts are said for so long back
log = structlog.get_logger("mirror")

SILENCES: Final = frozenset({EventKind.DEVICE_SILENT, EventKind.DEVICE_BACK})


class Tried:
    """The lines of a snapshot, made part by part: what fails is named, and the others stand."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.lines: list[bytes] = []
        self.faults = faults

    def part(self, name: str, made: Callable[[], Iterable[bytes]]) -> None:
        """Add a part, or name it with what is wrong. Raises StoreError."""
        try:
            self.lines += list(made())
        except StoreError:
            raise
        except Exception as error:
            log.exception("part_of_snapshot_failed", part=name)
            self.faults.append((name, f"{type(error).__name__}: {error}"))


class Lives:
    """Makes the lines of a snapshot: states each time, ages and contacts each minute, the registry each hour.

    With `told` also alarms each time, gateways and intake each minute, stock every five, devices and the list of the
    alarms that stand each hour.
    """

    def __init__(self, store: Store, pace: Pace, told: Told | None = None) -> None:
        self._store = store
        self._pace = pace
        self._told = told
        self._stock = StockLines()
        self._stock_due_ms = 0
        self._ages_due_ms = 0
        self._registry_due_ms = 0
        self.faults: list[tuple[str, str]] = []  # of our own in the last snapshot, as (part, reason)
        self._standing_ms: dict[str, int] = {}  # how far the standing states of a gateway's contacts have been said

    def forget(self) -> None:
        """Say everything again: the database is new."""
        self._ages_due_ms = self._registry_due_ms = self._stock_due_ms = 0
        self._standing_ms.clear()

    def lines(self, shown: Snapshot, boottime_ms: int) -> tuple[list[bytes], Callable[[], None]]:
        """Return the lines that are due, and what to call once they are delivered.

        A part that cannot be made is left out and named in `faults`; it is due again with the next ages, however
        rarely it is said else. Raises StoreError.
        """
        tried = Tried(list(shown.faults))
        registry = boottime_ms >= self._registry_due_ms
        ages = boottime_ms >= self._ages_due_ms
        stock = boottime_ms >= self._stock_due_ms
        for place in shown.places:
            tried.part(f"state of {place.standing.place}", partial(_of_place, place, registry=registry, ages=ages))
        horizons: dict[str, int] = {}
        if ages:
            tried.part("ages", lambda: self._read(lambda session, setup: _ages(session, setup, shown.as_of_ms)))
            tried.part("contacts", lambda: self._read(lambda session, setup: self._contacts(session, setup, horizons)))
        if self._told is not None:
            self._more(tried, self._told, shown.as_of_ms, ages=ages, registry=registry, stock=stock)
        self.faults = tried.faults
        failed = {name for name, _ in tried.faults}

        def sent() -> None:
            again_ms = self._pace.ages_ms
            if stock:
                self._stock_due_ms = boottime_ms + (again_ms if "stock" in failed else STOCK_MS)
            if stock and "stock" not in failed:
                self._stock.sent()
            if registry:
                self._registry_due_ms = boottime_ms + (again_ms if failed else self._pace.registry_ms)
            if ages:
                self._ages_due_ms = boottime_ms + again_ms
                self._standing_ms.update({} if "contacts" in failed else horizons)

        return tried.lines, sent

    def _more(self, tried: "Tried", told: Told, as_of_ms: int, *, ages: bool, registry: bool, stock: bool) -> None:
        """Add what only those can say who know rules, words and machines."""

        def part(name: str, made: Callable[[Session, Setup, Told, int], Iterable[bytes]]) -> None:
            tried.part(name, lambda: self._read(lambda session, setup: made(session, setup, told, as_of_ms)))

        part("alarms", alarm_lines)
        for name, made in MINUTELY.items() if ages else ():
            part(name, made)
        if registry:
            part("devices", device_lines)
            part("alarm list", alarm_list_lines)
        if stock:
            part("stock", self._stock.lines)

    def _read(self, made: Callable[[Session, Setup], Iterable[bytes]]) -> list[bytes]:
        """Return lines out of a look of their own: what fails in one must not be in the way of the next."""
        with self._store.reading() as session:
            return list(made(session, setup_of(session.records)))

    def _contacts(self, session: Session, setup: Setup, horizons: dict[str, int]) -> Iterator[bytes]:
        """Yield the standing state of each contact at the time up to which its gateway has told everything.

        Not at the present: what happened since then may still be on its way, and a point that said otherwise would
        stay. While a gateway is silent its contacts say nothing, and the boards show a gap.
        """
        horizons |= {name: session.books.horizon(name) for name in setup.gateways}
        for contact in setup.contacts.values():
            at_ms, before_ms = horizons.get(contact.gateway, 0), self._standing_ms.get(contact.gateway, 0)
            if at_ms <= before_ms:
                continue
            for instant in (*_told_late(session, setup, contact.gateway, before_ms, at_ms), at_ms):
                line = standing_line(session.records, setup, contact, instant)
                if line is not None:
                    yield line


def _told_late(session: Session, setup: Setup, gateway: str, before_ms: int, at_ms: int) -> Iterator[int]:
    """Yield the minutes of which a gateway told only now, where one of its probes shows that it was awake then.

    At most LATE_MS of them, the newest: a box that was out of reach for hours has its lid in the lanes all the same.
    """
    if not before_ms or at_ms - before_ms < 2 * MINUTE_MS:
        return
    from_ms = max(before_ms, at_ms - LATE_MS)
    probes = [probe.id for probe in setup.probes.values() if probe.gateway == gateway]
    awake = {
        int(taken_ms) // MINUTE_MS
        for probe in probes
        for taken_ms in session.readings.history(probe, from_ms, at_ms).taken_ms.tolist()
    }
    for minute in range(from_ms // MINUTE_MS + 1, at_ms // MINUTE_MS):
        if any(minute - back in awake for back in range(SPEAKS_MIN)):
            yield minute * MINUTE_MS


def _of_place(place: PlaceShown, *, registry: bool, ages: bool) -> Iterator[bytes]:
    yield state_line(place)
    if registry:
        yield place_line(place.standing)
    if ages:
        yield from (probe_age_line(place.standing, probe) for probe in place.standing.probes)


def standing_line(records: Records, setup: Setup, contact: Contact, at_ms: int) -> bytes | None:
    """Return what a contact's state is at at_ms; None if nobody knows, because its device was silent then.

    A gateway tells changes only: a contact that never said a word is in its normal state, as far as it was looked at.
    A silence that is over tells nothing: had the state changed meanwhile, the device would have said so coming back.
    """
    word = records.last_event(contact.id, at_ms + 1, CONTACT_EVENTS)
    silence = records.last_event(contact.id, at_ms + 1, SILENCES)
    silent = silence is not None and silence.kind == EventKind.DEVICE_SILENT
    if silent and (word is None or _order(word) < _order(silence)):
        return None
    if word is not None:
        return contact_line(setup, word, at_ms)
    return None if contact.kind is None else normal_line(setup, contact, at_ms)


def _order(event: RecordedEvent | None) -> tuple[int, str, str, int]:
    return (0, "", "", 0) if event is None else (event.taken_ms, event.gateway, event.epoch, event.seq)


def _ages(session: Session, setup: Setup, as_of_ms: int) -> Iterator[bytes]:
    """Yield how long ago each gateway was heard, and each site through whichever of its gateways was last."""
    heard = {gateway: session.books.last_up(gateway) for gateway in setup.gateways}
    for gateway, last_ms in heard.items():
        series = GATEWAY_AGE.series(gateway, setup.site_of_gateway(gateway))
        yield GATEWAY_AGE.point(series, {"age_s": age_s(as_of_ms, last_ms)}, as_of_ms)
    for site in sorted({gateway.site for gateway in setup.gateways.values()}):
        here = [heard[gateway.id] for gateway in setup.gateways.values() if gateway.site == site]
        youngest_s = min(age_s(as_of_ms, last_ms) for last_ms in here)
        yield SITE_AGE.point(SITE_AGE.series(site), {"age_s": youngest_s}, as_of_ms)
