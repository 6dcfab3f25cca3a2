"""What the board of ingest and gateways asks: all of it is written every minute, for every registered gateway."""

from collections.abc import Sequence
from typing import Final

from dashboards.place_queries import MINUTELY
from dashboards.queries import NEWEST, OF_SITE, PER_SPAN
from dashboards.tiles import NEVER_S

BY_GATEWAY: Final = f'AND $timeFilter {PER_SPAN}, "gateway" fill(null)'
COUNTERS: Final = ("readings", "duplicates", "late", "conflicts", "quarantined", "refused")
CENTRE: Final = (
    *("readings_behind", "ledger_behind", "spool_behind_s", "write_queue"),
    *("uptime_s", "disk_free_bytes", "store_bytes"),
)
STANDING: Final = (
    *("online", "lag_s", "spool_rows", "oldest_unsent_s", "clock_skew_ms", "clock_state"),
    *("disk_free_bytes", "battery_percent", "signal_dbm"),
)


def online() -> str:
    """Return the query of whether each gateway is heard."""
    return f'SELECT "online" FROM "gateway_state" WHERE {OF_SITE} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def standing() -> str:
    """Return the query of everything that each gateway told of itself last."""
    columns = _columns(STANDING)
    return f'SELECT {columns} FROM "gateway_state" WHERE {OF_SITE} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def centre() -> str:
    """Return the query of how the centre stands."""
    return f'SELECT {_columns(CENTRE)} FROM "centre" WHERE {MINUTELY} {NEWEST}'


def version() -> str:
    """Return the query of the version of the centre's program."""
    return f'SELECT "version" FROM "centre" WHERE {MINUTELY} {NEWEST}'


def heard() -> str:
    """Return the query of whether each gateway was heard over time: the worst of each span."""
    return f'SELECT min("online") FROM "gateway_state" WHERE {OF_SITE} {BY_GATEWAY}'


def lag() -> str:
    """Return the query of the longest lag of each span, without gateways that never sent a reading."""
    return f'SELECT max("lag_s") FROM "gateway_state" WHERE {OF_SITE} AND "lag_s" < {NEVER_S} {BY_GATEWAY}'


def most(figure: str) -> str:
    """Return the query of the greatest value of each span of a figure of the gateways."""
    return f'SELECT max("{figure}") FROM "gateway_state" WHERE {OF_SITE} {BY_GATEWAY}'


def least(figure: str) -> str:
    """Return the query of the least value of each span of a figure of the gateways."""
    return f'SELECT min("{figure}") FROM "gateway_state" WHERE {OF_SITE} {BY_GATEWAY}'


def centre_most(figure: str) -> str:
    """Return the query of the greatest value of each span of a figure of the centre."""
    return f'SELECT max("{figure}") FROM "centre" WHERE $timeFilter {PER_SPAN} fill(null)'


def centre_least(figure: str) -> str:
    """Return the query of the least value of each span of a figure of the centre."""
    return f'SELECT min("{figure}") FROM "centre" WHERE $timeFilter {PER_SPAN} fill(null)'


def rate() -> str:
    """Return the query of how many readings a minute came, from the growth of the counters."""
    where = f'WHERE {OF_SITE} AND $timeFilter {PER_SPAN}, "gateway"'
    return f'SELECT non_negative_derivative(max("readings"), 1m) FROM "ingest" {where}'


def counts() -> str:
    """Return the query of by how much each counter grew in the chosen time, by gateway."""
    return f'SELECT {_each("spread")} FROM "ingest" WHERE {OF_SITE} AND $timeFilter GROUP BY "gateway"'


def totals() -> str:
    """Return the query of the counters as they stand."""
    return f'SELECT {_columns(COUNTERS)} FROM "ingest" WHERE {OF_SITE} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def rejected() -> str:
    """Return the query of what was rejected, by reason: in all, and by how much it grew in the chosen time."""
    figures = 'max("count") AS "in_all", spread("count") AS "recent"'
    return f'SELECT {figures} FROM "rejected" WHERE {OF_SITE} AND $timeFilter GROUP BY "gateway", "reason"'


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _each(function: str) -> str:
    return ", ".join(f'{function}("{name}") AS "{name}"' for name in COUNTERS)
