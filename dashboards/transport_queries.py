"""What the transport board asks the mirror: boxes, their positions and journeys.

A box is a place and a gateway of its own, both with one id (examples/server.toml): that joins a position to a state.
"""

from typing import Final

from coldchain.places import ON_THE_ROAD
from dashboards.queries import FROM, NEWEST, OF_SITE, RECORDS, UNTIL

KINDS: Final = "|".join(sorted(kind.value for kind in ON_THE_ROAD))
OF_BOXES: Final = f'{OF_SITE} AND "kind" =~ /^({KINDS})$/'
OF_BOX: Final = f'{OF_SITE} AND "gateway" =~ /^${{place:regex}}$/'
TO: Final = "${__to}"
DOTS_MAX: Final = 5_000  # positions of one box that a map draws; one a minute for three days

BOXES: Final = f'SHOW TAG VALUES FROM "place" WITH KEY = "place" WHERE {OF_BOXES}'


def positions_now() -> str:
    """Return the query of the last position that each gateway told in the chosen time, by the id of the box."""
    where = f'WHERE {OF_SITE} AND $timeFilter GROUP BY "gateway" {NEWEST}'
    return f'SELECT "latitude", "longitude", "gateway" AS "place" FROM "position" {where}'


def way() -> str:
    """Return the query of the positions of the chosen box in the order of time, the newest DOTS_MAX of them."""
    newest = f'FROM "position" WHERE {OF_BOX} AND $timeFilter ORDER BY time DESC LIMIT {DOTS_MAX}'
    return f'SELECT "latitude", "longitude" {newest}'


def trips_open() -> str:
    """Return the query of the journeys that go on of boxes that said how long their packing keeps the cold."""
    left = f'("qualified_until_ms" - {TO}) / 1000 AS "left_s"'
    return _trips(left, f'"open" = 1 AND "qualified_until_ms" > 0 AND time <= {UNTIL}')


def trips_open_untold() -> str:
    """Return the query of the journeys that go on of boxes that never said it."""
    return _trips("", f'"open" = 1 AND "qualified_until_ms" = 0 AND time <= {UNTIL}')


def trips_over() -> str:
    """Return the query of the journeys that are over and were on their way, or packed, in the chosen time."""
    overlaps = f'("arrived_ms" >= {FROM} OR "packed_ms" >= {FROM})'
    return _trips('"qualified_left_s" AS "left_s"', f'"open" = 0 AND {overlaps} AND time <= {UNTIL}')


def trip_marks() -> str:
    """Return the query of the journeys of the chosen box, to be marked on its curve.

    One that is open has 0 as its end: Grafana then draws its beginning alone.
    """
    return (
        f'SELECT "destination" AS "text", "arrived_ms" AS "timeEnd", "id" AS "tags" FROM "trip" '
        f'WHERE {OF_SITE} AND "box" =~ /^${{place:regex}}$/ AND time > now() - {RECORDS} AND time <= {UNTIL} '
        f'AND ("open" = 1 OR "arrived_ms" >= {FROM} OR "packed_ms" >= {FROM})'
    )


def _trips(left: str, which: str) -> str:
    ends = '"box", "site" AS "origin", "destination", "status", "packed_ms", "departed_ms", "arrived_ms"'
    figures = '"min_celsius", "max_celsius", "measured_s", "out_s", "unknown_s", "qualified_until_ms", "units"'
    columns = ", ".join(part for part in (ends, figures, left) if part)
    return (
        f'SELECT {columns} FROM "trip" WHERE {OF_SITE} AND {which} AND time > now() - {RECORDS} '
        f"ORDER BY time DESC LIMIT 200"
    )
