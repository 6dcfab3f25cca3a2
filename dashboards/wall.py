"""The wall: what a technician sees from the other side of the room. Nothing has to be clicked.

It must not stay bright when we are dead: nothing in its tiles is older than the silence limit, and what is missing
says so. A place that is registered later appears by itself: in the overview at once, as a row of its own when the
variable is asked again, which each refresh does.
"""

from typing import Final

from dashboards import queries
from dashboards.alarms_board import alarm_counts
from dashboards.cut import at_most, beyond
from dashboards.findings import holds_table
from dashboards.frame import (
    TAG,
    alarms_link,
    console_link,
    console_variable,
    finding_links,
    place_links,
    place_variable,
    site_link,
    site_variable,
    source_variable,
    transport_link,
)
from dashboards.model import Board, GridPos, Listed, Panel, TimeRange
from dashboards.panels import (
    INSTANT_TODAY,
    ON_HOLD,
    PAINTED,
    field,
    level_words,
    row,
    some,
    sorted_by,
    table,
    table_query,
    tile,
)
from dashboards.texts import Language, say
from dashboards.tiles import gateway_ages, overview, place_tiles

OVERVIEW_H: Final = 4
STRIP_H: Final = 5
TILE_H: Final = 3
FIRST_TILE: Final = 8  # id of the first panel in the repeated row
ALARMS: Final = 20  # id of the counts of alarms
ALARMS_W: Final = 7


def wall(language: Language, console_url: str) -> Board:
    """Return the wall board of a language. `console_url`: where its links into the console lead, without a slash."""
    strip = OVERVIEW_H + STRIP_H
    return Board(
        uid=f"cc-wall-{language}",
        title=say(language, "wall.title"),
        description=say(language, "wall.about"),
        tags=(TAG, language.value),
        refresh="10s",
        time=TimeRange(from_="now-6h"),
        panels=(
            overview(language, 1, GridPos(h=OVERVIEW_H, w=22 - ALARMS_W, x=0, y=0), "wall.overview.about"),
            beyond(
                language,
                21,
                GridPos(h=OVERVIEW_H, w=2, x=22 - ALARMS_W, y=0),
                key="places.more",
                query=queries.places_more(),
            ),
            alarm_counts(language, ALARMS, GridPos(h=OVERVIEW_H, w=ALARMS_W, x=24 - ALARMS_W, y=0), oldest=True),
            _needs(language, 2),
            _findings(language, 3),
            beyond(
                language,
                22,
                GridPos(h=STRIP_H, w=2, x=16, y=OVERVIEW_H),
                key="wall.findings.more",
                query=queries.open_findings_more(),
            ),
            holds_table(language, 4, GridPos(h=STRIP_H, w=3, x=18, y=OVERVIEW_H), id_width=80),
            _held(language, 5),
            gateway_ages(language, 6, GridPos(h=STRIP_H - 2, w=3, x=21, y=OVERVIEW_H + 2), "wall.gateways"),
            row(FIRST_TILE - 1, strip, title=say(language, "wall.row"), repeat="place"),
            *place_tiles(language, FIRST_TILE, y=strip + 1, h=TILE_H, links=place_links(language)),
        ),
        templating=Listed(
            list=(
                source_variable(language),
                site_variable(language),
                place_variable(language, every=True),
                console_variable(language, console_url),
            )
        ),
        annotations=Listed(list=()),
        links=(site_link(language), alarms_link(language), transport_link(language), console_link(language)),
    )


def _needs(language: Language, panel_id: int) -> Panel:
    state = field(
        "level",
        say(language, "state"),
        mappings=level_words(language),
        **PAINTED,
        custom_width=150,
    )
    return table(
        panel_id,
        GridPos(h=STRIP_H, w=9, x=0, y=OVERVIEW_H),
        title=say(language, "wall.needs"),
        about=say(language, "wall.needs.about"),
        targets=(table_query("A", queries.needs(language)),),
        no_value=say(language, "empty.needs"),
        columns=(
            field("place", say(language, "place"), custom_width=100),
            state,
            field("text", say(language, "text")),
            field("since_ms", say(language, "since"), unit=INSTANT_TODAY, custom_width=160),
        ),
        order=("place", "level", "text", "since_ms", "rank"),
        hidden=("Time", "rank"),
        sort=sorted_by("rank"),
    )


def _findings(language: Language, panel_id: int) -> Panel:
    return table(
        panel_id,
        GridPos(h=STRIP_H, w=7, x=9, y=OVERVIEW_H),
        title=say(language, "wall.findings"),
        about=say(language, "wall.findings.about"),
        targets=tuple(
            table_query(ref, query) for ref, query in zip("ABCD", queries.open_findings(language), strict=True)
        ),
        no_value=say(language, "empty"),
        columns=(
            field("title", say(language, "title")),
            field("Time", say(language, "start"), unit=INSTANT_TODAY, custom_width=150),
            field("place", say(language, "place"), custom_width=80),
            field("id", say(language, "id"), links=finding_links(language), custom_width=80),
        ),
        order=("title", "Time", "place", "id", "rank"),
        hidden=("rank",),
        sort=(sorted_by("Time"), sorted_by("rank"), at_most(queries.FINDINGS_MAX)),
    )


def _held(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=2, w=3, x=21, y=OVERVIEW_H),
        title=say(language, "wall.held"),
        about=say(language, "wall.held.about"),
        targets=(table_query("A", queries.held_now()),),
        no_value=say(language, "no-data"),
        mappings=(some(ON_HOLD),),
    )
