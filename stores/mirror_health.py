"""What a snapshot says beside places: alarms that stand, gateways, intake, the centre itself, devices, stock."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from coldchain.alarms import Alarm
from coldchain.closed_loop import StockRow
from coldchain.facts import EventKind
from coldchain.ports import Session
from coldchain.wire import GatewayHealth
from stores.lines import Value
from stores.mirror_alarms import standing_lines
from stores.mirror_told import LEDGER_CURSOR, READINGS_CURSOR, Told
from stores.points import NONE, Setup, age_s
from stores.points_alarms import counted_lines
from stores.points_devices import CENTRE, GATEWAY_STATE, INGEST, REJECTED, device_line
from stores.points_stock import SiteStock, site_stock_line, stock_line

WAITING_MAX: Final = 1_000  # alarms that are over and wait for somebody, the newest; more are not counted
SAID_MAX: Final = 10_000  # kinds of stock that are remembered, to be said with 0 once they are gone
UNSET: Final = "unset"  # nobody said what is low
CENTRE_HOST: Final = "centre"
_COUNTED: Final = {
    "readings": "readings_total",
    "duplicates": "duplicates_total",
    "late": "late_total",
    "quarantined": "quarantined_total",
    "holes": "holes_closed_total",
}


_Kind: TypeAlias = tuple[str, str, str]  # place or site, component, group


def alarm_lines(session: Session, setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
    """Yield how many alarms stand, for each severity and site."""
    found = _standing(session)
    sites = {place.site for place in setup.places.values()} | {one.site for one in setup.gateways.values()}
    yield from counted_lines([(alarm, told.waits(alarm)) for alarm in found], sites, as_of_ms)


def alarm_list_lines(session: Session, _setup: Setup, told: Told, _as_of_ms: int) -> Iterator[bytes]:
    """Yield the alarms that stand, in the list of their site."""
    return standing_lines(session, told, _standing(session))


def _standing(session: Session) -> list[Alarm]:
    """Return the alarms that last or wait for somebody; of those that are over, at most WAITING_MAX."""
    return [*session.records.active_alarms(), *session.records.waiting_alarms(WAITING_MAX)]


def device_lines(session: Session, _setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
    """Yield the registry of devices."""
    return (device_line(one, as_of_ms) for one in told.devices(session, as_of_ms))


class _Said:
    """Kinds of stock that may stand on the server: a request that nobody answered may have arrived."""

    def __init__(self) -> None:
        self._there: set[_Kind] = set()
        self._now: set[_Kind] = set()

    def gone(self, now: Iterable[_Kind]) -> list[_Kind]:
        """Return what may stand there and is none of what is said now."""
        self._now = set(now)
        gone = sorted(self._there - self._now)
        self._there = set(sorted(self._there | self._now)[:SAID_MAX])
        return gone

    def sent(self) -> None:
        """Note that it was delivered: what was gone is said with nothing in it, and need not be said again."""
        self._there &= self._now


class StockLines:
    """Stock of places and sites; what was said and is gone is said once more, with nothing in it."""

    def __init__(self) -> None:
        self._places = _Said()
        self._sites = _Said()

    def lines(self, session: Session, setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
        """Yield the stock of every place and site."""
        rows = {(one.place, one.component, one.blood_group): one for one in told.stock(session, as_of_ms)}
        gone = [_no_stock(*key) for key in self._places.gone(rows)]
        for row in (*rows.values(), *gone):
            yield stock_line(row, setup.site_of_place(row.place), as_of_ms)
        sites = {(one.site, one.component, one.blood_group): one for one in told.site_stock(session, as_of_ms)}
        none_left = [_no_site_stock(*key) for key in self._sites.gone(sites)]
        yield from (site_stock_line(one, as_of_ms) for one in (*sites.values(), *none_left))

    def sent(self) -> None:
        """Note that what `lines` gave last was delivered."""
        self._places.sent()
        self._sites.sent()


def _no_stock(place: str, component: str, blood_group: str) -> StockRow:
    return StockRow(place=place, component=component, blood_group=blood_group, inside=0, released=0)


def _no_site_stock(site: str, component: str, blood_group: str) -> SiteStock:
    return SiteStock(
        site=site,
        component=component,
        blood_group=blood_group,
        released=0,
        waiting=0,
        aside=0,
        used=0,
        cover_tenths=None,
        level=UNSET,
        low=False,
        limit=None,
    )


def _gateways(session: Session, setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
    health = told.health()
    for gateway in setup.gateways:
        yield _gateway(session, setup, told, health.get(gateway), gateway, as_of_ms)


def _gateway(
    session: Session, setup: Setup, told: Told, health: GatewayHealth | None, gateway: str, as_of_ms: int
) -> bytes:
    horizon_ms = session.books.horizon(gateway)
    drift = session.records.last_event(gateway, as_of_ms + 1, {EventKind.CLOCK_DRIFT})
    battery = session.records.last_event(gateway, as_of_ms + 1, {EventKind.BATTERY})
    fields: dict[str, Value | None] = {
        "lag_s": age_s(as_of_ms, horizon_ms or None),
        "online": int(told.online(session.books.last_up(gateway), as_of_ms)),
        "clock_skew_ms": _number(drift.details.get("offset_ms") if drift else None),
        "battery_percent": _number(battery.details.get("percent") if battery else None),
    }
    if health is not None:
        oldest_ms = health.oldest_unsent_ms
        fields |= {
            "spool_rows": health.spool_rows,
            "oldest_unsent_s": 0 if oldest_ms is None else age_s(as_of_ms, oldest_ms),
            "clock_state": health.clock.value,
            "limits_version": health.limits_version,
        }
    return GATEWAY_STATE.point(GATEWAY_STATE.series(gateway, setup.site_of_gateway(gateway)), fields, as_of_ms)


def _intake(session: Session, setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
    counts: dict[tuple[str, str], int] = {}
    for (name, labels), value in told.counted().items():
        key = (name, dict(labels).get("gateway", NONE))
        counts[key] = counts.get(key, 0) + value
    refused: dict[str, int] = {}
    for gateway, _, number in session.books.refused_counts():
        refused[gateway] = refused.get(gateway, 0) + number
    for gateway in setup.gateways:
        fields: dict[str, Value | None] = {field: counts.get((name, gateway), 0) for field, name in _COUNTED.items()}
        fields |= {"waiting": session.books.quarantine_size(gateway), "refused": refused.get(gateway, 0)}
        yield INGEST.point(INGEST.series(gateway, setup.site_of_gateway(gateway)), fields, as_of_ms)


def _rejected(_session: Session, setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
    """Yield what was not taken as it came; what no gateway of ours sent is of none."""
    times: dict[tuple[str, str], int] = {}
    for (name, labels), value in told.counted().items():
        reason = _reason(name, dict(labels))
        if reason is not None:
            gateway = dict(labels).get("gateway", NONE)
            key = (gateway if gateway in setup.gateways else NONE, reason)
            times[key] = times.get(key, 0) + value
    for (gateway, reason), value in sorted(times.items()):
        series = REJECTED.series(gateway, reason, setup.site_of_gateway(gateway))
        yield REJECTED.point(series, {"times": value}, as_of_ms)


def _reason(name: str, labels: dict[str, str]) -> str | None:
    match name:
        case "quarantined_total" | "refused_total":
            return labels.get("reason")
        case "security_total":
            return labels.get("kind")
        case "scattered_total" | "clock_waits_total" | "stale_total":
            return name.removesuffix("_total").replace("_", "-")
        case _:
            return None


def _centre(session: Session, _setup: Setup, told: Told, as_of_ms: int) -> Iterator[bytes]:
    now, books, health = told.centre(), session.books, told.health().values()
    unsent = [0 if one.oldest_unsent_ms is None else age_s(as_of_ms, one.oldest_unsent_ms) for one in health]
    fields: dict[str, Value | None] = {
        "disk_free_bytes": now.disk_free_bytes,
        "store_bytes": now.store_bytes,
        "readings_behind": max(0, session.readings.last_admission() - books.cursor(READINGS_CURSOR)),
        "ledger_behind": max(0, session.ledger.next_seq() - 1 - books.cursor(LEDGER_CURSOR)),
        "spool_behind_s": max(unsent, default=None),
        "write_queue": now.write_queue,
        "uptime_s": now.uptime_s,
        "release": now.release,
    }
    yield CENTRE.point(CENTRE.series(CENTRE_HOST), fields, as_of_ms)


def _number(value: int | str | None) -> int | None:
    return value if isinstance(value, int) else None


MINUTELY: Final[Mapping[str, Callable[[Session, Setup, Told, int], Iterator[bytes]]]] = {
    "gateways": _gateways,
    "intake": _intake,
    "rejected": _rejected,
    "centre": _centre,
}
"""The parts of each minute: how gateways are, what came in and what did not, and how the centre is."""
