"""What the mirror says of the present: how places stand, how old everything is, what contacts say, what there is."""

from collections.abc import Callable, Iterator
from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Contact
from coldchain.ports import Records, Session, Store
from stores.delivery import Pace
from stores.mirror_health import StockLines, alarm_lines, alarm_list_lines, device_lines, minute_lines
from stores.mirror_told import Told
from stores.points import (
    CONTACT_EVENTS,
    GATEWAY_AGE,
    SITE_AGE,
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
SILENCES: Final = frozenset({EventKind.DEVICE_SILENT, EventKind.DEVICE_BACK})


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
        self._standing_ms: dict[str, int] = {}  # how far the standing states of a gateway's contacts have been said

    def forget(self) -> None:
        """Say everything again: the database is new."""
        self._ages_due_ms = self._registry_due_ms = self._stock_due_ms = 0
        self._standing_ms.clear()

    def lines(self, shown: Snapshot, boottime_ms: int) -> tuple[list[bytes], Callable[[], None]]:
        """Return the lines that are due, and what to call once they are delivered."""
        lines = [state_line(place) for place in shown.places]
        registry = boottime_ms >= self._registry_due_ms
        ages = boottime_ms >= self._ages_due_ms
        horizons: dict[str, int] = {}
        if registry:
            lines += [place_line(place.standing) for place in shown.places]
        if ages:
            lines += [
                probe_age_line(place.standing, probe) for place in shown.places for probe in place.standing.probes
            ]
            with self._store.reading() as session:
                setup = setup_of(session.records)
                lines += _ages(session, setup, shown.as_of_ms)
                horizons = {name: session.books.horizon(name) for name in setup.gateways}
                lines += self._contacts(session, setup, horizons)
        stock = boottime_ms >= self._stock_due_ms
        if self._told is not None:
            lines += self._more(self._told, shown.as_of_ms, ages=ages, registry=registry, stock=stock)

        def sent() -> None:
            if stock:
                self._stock_due_ms = boottime_ms + STOCK_MS
                self._stock.sent()
            if registry:
                self._registry_due_ms = boottime_ms + self._pace.registry_ms
            if ages:
                self._ages_due_ms = boottime_ms + self._pace.ages_ms
                self._standing_ms.update(horizons)

        return lines, sent

    def _more(self, told: Told, as_of_ms: int, *, ages: bool, registry: bool, stock: bool) -> Iterator[bytes]:
        """Yield what only those can say who know rules, words and machines."""
        with self._store.reading() as session:
            setup = setup_of(session.records)
            yield from alarm_lines(session, setup, told, as_of_ms)
            if ages:
                yield from minute_lines(session, setup, told, as_of_ms)
            if registry:
                yield from device_lines(session, told, as_of_ms)
                yield from alarm_list_lines(session, told)
            if stock:
                yield from self._stock.lines(session, setup, told, as_of_ms)

    def _contacts(self, session: Session, setup: Setup, horizons: dict[str, int]) -> Iterator[bytes]:
        """Yield the standing state of each contact at the time up to which its gateway has told everything.

        Not at the present: what happened since then may still be on its way, and a point that said otherwise would
        stay. While a gateway is silent its contacts say nothing; Grafana goes on drawing their last state, and the
        board says so.
        """
        for contact in setup.contacts.values():
            at_ms = horizons.get(contact.gateway, 0)
            if at_ms > self._standing_ms.get(contact.gateway, 0):
                line = standing_line(session.records, setup, contact, at_ms)
                if line is not None:
                    yield line


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
