"""What the transport board asks the mirror: boxes, their positions and journeys.

A box is a place and a gateway of its own, both with one id (examples/server.toml): that joins a position to a state.
"""

from collections.abc import Sequence
from typing import Final

from coldchain.places import ON_THE_ROAD
from dashboards.queries import FROM, NEWEST, OF_SITE, RECORDS, UNTIL

KINDS: Final = "|".join(sorted(kind.value for kind in ON_THE_ROAD))
OF_BOXES: Final = f'{OF_SITE} AND "kind" =~ /^({KINDS})$/'
OF_BOX: Final = f'{OF_SITE} AND "gateway" =~ /^${{place:regex}}$/'
TO: Final = "${__to}"
TRIPS_MAX: Final = 200  # journeys that are listed, those that go on before those that are over
SAID: Final = (">", "=")  # known, unknown: an instant that nobody said is 0
OVERLAPS: Final = f'("arrived_ms" >= {FROM} OR "packed_ms" >= {FROM})'
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


def trips_open() -> tuple[str, ...]:
    """Return the queries of the journeys that go on, one for each of what may be unknown.

    It is whether the box said how long its packing keeps the cold, and when it is expected: of what is unknown there is
    no column, so that nothing is reckoned from it.
    """
    left = (f'("qualified_until_ms" - {TO}) / 1000 AS "left_s"', "")
    to_go = (f'("eta_ms" - {TO}) / 1000 AS "to_go_s"', "")
    return tuple(
        _trips(
            (left[untold], to_go[unknown], "" if untold or unknown else '"eta_spare_s"'),
            f'"open" = 1 AND "qualified_until_ms" {SAID[untold]} 0 AND "eta_ms" {SAID[unknown]} 0 AND time <= {UNTIL}',
        )
        for untold in (0, 1)
        for unknown in (0, 1)
    )


def trips_over() -> str:
    """Return the query of the journeys that are over and were on their way, or packed, in the chosen time."""
    return _trips(('"qualified_left_s" AS "left_s"',), f'"open" = 0 AND {OVERLAPS} AND time <= {UNTIL}')


def trips_more() -> str:
    """Return the query of how many journeys of both kinds there are beyond the TRIPS_MAX that are listed."""
    which = f'("open" = 1 OR {OVERLAPS}) AND time <= {UNTIL}'
    where = f"WHERE {OF_SITE} AND {which} AND time > now() - {RECORDS}"
    return f'SELECT count("packed_ms") - {TRIPS_MAX} AS "more" FROM "trip" {where}'


def trip_marks() -> str:
    """Return the query of the journeys of the chosen box, to be marked on its curve.

    One that is open has 0 as its end: Grafana then draws its beginning alone.
    """
    return (
        f'SELECT "destination" AS "text", "arrived_ms" AS "timeEnd", "id" AS "tags" FROM "trip" '
        f'WHERE {OF_SITE} AND "box" =~ /^${{place:regex}}$/ AND time > now() - {RECORDS} AND time <= {UNTIL} '
        f'AND ("open" = 1 OR "arrived_ms" >= {FROM} OR "packed_ms" >= {FROM})'
    )


def _trips(more: Sequence[str], which: str) -> str:
    ends = '"box", "site" AS "origin", "destination", "status", "open", "packed_ms", "departed_ms", "arrived_ms"'
    figures = '"min_celsius", "max_celsius", "measured_s", "out_s", "unknown_s", "qualified_until_ms", "units"'
    expected = '"eta_ms", "eta_by", "eta_journeys"'
    columns = ", ".join(part for part in (ends, figures, expected, *more) if part)
    return (
        f'SELECT {columns} FROM "trip" WHERE {OF_SITE} AND {which} AND time > now() - {RECORDS} '
        f"ORDER BY time DESC LIMIT {TRIPS_MAX}"
    )
