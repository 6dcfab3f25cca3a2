"""What the board of ingest and gateways asks: all of it is written every minute, for every registered gateway."""

from collections.abc import Sequence
from typing import Final

from dashboards.place_queries import MINUTELY
from dashboards.queries import NEWEST, OF_SITE, PER_SPAN

BY_GATEWAY: Final = f'AND $timeFilter {PER_SPAN}, "gateway" fill(null)'
GROWING: Final = ("readings", "duplicates", "late", "quarantined", "holes")  # they fall to 0 when the centre starts
STANDING_COUNTS: Final = ("waiting", "refused")  # of now
BEHIND: Final = ("readings_behind", "ledger_behind", "spool_behind_s", "write_queue")
HOST: Final = ("uptime_s", "disk_free_bytes", "store_bytes")
STANDING: Final = (
    *("online", "lag_s", "spool_rows", "oldest_unsent_s", "clock_skew_ms", "clock_state"),
    *("battery_percent", "limits_version"),
)


def online() -> str:
    """Return the query of whether each gateway is heard."""
    return f'SELECT "online" FROM "gateway_state" WHERE {OF_SITE} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def standing() -> str:
    """Return the query of everything that each gateway told of itself last."""
    columns = _columns(STANDING)
    return f'SELECT {columns} FROM "gateway_state" WHERE {OF_SITE} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def centre(columns: Sequence[str]) -> str:
    """Return the query of how the centre stands."""
    return f'SELECT {_columns(columns)} FROM "centre" WHERE {MINUTELY} {NEWEST}'


def release() -> str:
    """Return the query of the version of the centre's program."""
    return f'SELECT "release" FROM "centre" WHERE {MINUTELY} {NEWEST}'


def heard() -> str:
    """Return the query of whether each gateway was heard over time: the worst of each span."""
    return f'SELECT min("online") FROM "gateway_state" WHERE {OF_SITE} {BY_GATEWAY}'


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


def grown(counter: str) -> str:
    """Return the query of by how much a counter grew in the chosen time, also over a start of the centre.

    One counter a query: several in one sub-query take InfluxDB twenty times as long. Sums over the chosen time are
    dated at its start, so all of them stand in one row.
    """
    inner = f'SELECT non_negative_difference("{counter}") AS "more" FROM "ingest"'
    where = f'WHERE {OF_SITE} AND $timeFilter GROUP BY "gateway"'
    return f'SELECT sum("more") AS "{counter}" FROM ({inner} {where}) WHERE $timeFilter GROUP BY "gateway"'


def totals() -> str:
    """Return the query of what waits and what was noted as refused now, and of the counters as they stand."""
    columns = _columns((*STANDING_COUNTS, *GROWING))
    return f'SELECT {columns} FROM "ingest" WHERE {OF_SITE} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def rejected_grown() -> str:
    """Return the query of by how much the rejections of each reason grew in the chosen time."""
    grown = 'SELECT non_negative_difference("times") AS "grown" FROM "rejected"'
    return (
        f'SELECT sum("grown") AS "recent" FROM ({grown} WHERE {OF_SITE} AND $timeFilter GROUP BY "gateway", "reason") '
        'WHERE $timeFilter GROUP BY "gateway", "reason"'
    )


def rejected() -> str:
    """Return the query of the rejections of each reason since the centre's start, as they stood in the chosen time.

    Two selectors are dated at the start of the time that is asked for, as the sums are: so both stand in one row.
    """
    figures = 'last("times") AS "times", count("times") AS "minutes"'
    return f'SELECT {figures} FROM "rejected" WHERE {OF_SITE} AND $timeFilter GROUP BY "gateway", "reason"'


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
