"""The wall: what a technician sees from the other side of the room. Nothing has to be clicked.

It must not stay bright when we are dead: nothing in its tiles is older than the silence limit, and what is missing
says so. A place that is registered later appears by itself: in the overview at once, as a row of its own when the
variable is asked again, which each refresh does.
"""

from typing import Final

from dashboards import queries
from dashboards.alarms_board import alarm_counts
from dashboards.frame import (
    TAG,
    board_link,
    console_variable,
    finding_links,
    place_links,
    place_variable,
    site_variable,
    source_variable,
)
from dashboards.model import Board, GridPos, Listed, Panel, TimeRange, Transformation
from dashboards.panels import (
    DURATION,
    INSTANT_TODAY,
    ON_HOLD,
    field,
    level_words,
    level_words_short,
    row,
    series_query,
    some,
    sorted_by,
    table,
    table_query,
    tile,
)
from dashboards.texts import Language, say
from dashboards.tiles import never_heard, place_tiles

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
            _overview(language, 1),
            alarm_counts(language, ALARMS, GridPos(h=OVERVIEW_H, w=ALARMS_W, x=24 - ALARMS_W, y=0), oldest=True),
            _needs(language, 2),
            _findings(language, 3),
            _holds(language, 4),
            _held(language, 5),
            _gateways(language, 6),
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
        links=(
            board_link(say(language, "link.site"), f"/d/cc-site-{language}?${{ds:queryparam}}&${{site:queryparam}}"),
            board_link(
                say(language, "link.alarms"), f"/d/cc-alarms-{language}?${{ds:queryparam}}&${{site:queryparam}}"
            ),
            board_link(
                say(language, "link.transport"), f"/d/cc-transport-{language}?${{ds:queryparam}}&${{site:queryparam}}"
            ),
            board_link(say(language, "link.console"), "${console:raw}/", blank=True),
        ),
    )


def _overview(language: Language, panel_id: int) -> Panel:
    """Return a tile for every registered place, also those of which nothing was heard.

    The registry has the names, the states come beside them where there are any.
    """
    return tile(
        panel_id,
        GridPos(h=OVERVIEW_H, w=24 - ALARMS_W, x=0, y=0),
        title="",
        about=say(language, "wall.overview.about"),
        targets=(table_query("A", queries.names(language)), table_query("B", queries.levels_now())),
        no_value=say(language, "no-data"),
        fields="/^level$/",
        mappings=level_words_short(language),
        transformations=(
            _only("place", "name", "level", "rank"),
            Transformation(id="merge", options={}),
            sorted_by("rank"),
            _only("name", "level"),
        ),
        painted=True,
        mode="value_and_name",
        every_row=True,
    )


def _needs(language: Language, panel_id: int) -> Panel:
    state = field(
        "level",
        say(language, "state"),
        mappings=level_words(language),
        custom_displayMode="color-background-solid",  # for Grafana up to 9.4
        custom_cellOptions={"type": "color-background", "mode": "basic"},  # for later ones
        custom_width=190,
    )
    return table(
        panel_id,
        GridPos(h=STRIP_H, w=10, x=0, y=OVERVIEW_H),
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
        GridPos(h=STRIP_H, w=7, x=10, y=OVERVIEW_H),
        title=say(language, "wall.findings"),
        about=say(language, "wall.findings.about"),
        targets=(table_query("A", queries.open_findings(language)),),
        no_value=say(language, "empty"),
        columns=(
            field("Time", say(language, "start"), unit=INSTANT_TODAY, custom_width=160),
            field("place", say(language, "place"), custom_width=100),
            field("title", say(language, "title")),
            field("id", say(language, "id"), links=finding_links(language), custom_width=80),
        ),
        order=("Time", "place", "title", "id"),
    )


def _holds(language: Language, panel_id: int) -> Panel:
    return table(
        panel_id,
        GridPos(h=STRIP_H, w=4, x=17, y=OVERVIEW_H),
        title=say(language, "wall.holds"),
        about=say(language, "wall.holds.about"),
        targets=(table_query("A", queries.holds()),),
        no_value=say(language, "empty"),
        columns=(
            field("place", say(language, "place")),
            field("units", say(language, "units"), custom_width=70),
            field("finding", say(language, "id"), links=finding_links(language), custom_width=80),
        ),
        order=("place", "units", "finding"),
        hidden=("Time",),
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


def _gateways(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=STRIP_H - 2, w=3, x=21, y=OVERVIEW_H + 2),
        title=say(language, "wall.gateways"),
        about=say(language, "wall.gateways.about"),
        targets=(series_query("A", queries.gateway_ages(), "$tag_gateway"),),
        no_value=say(language, "no-data"),
        unit=DURATION,
        mappings=(never_heard(language),),
        mode="value_and_name",
    )


def _only(*names: str) -> Transformation:
    return Transformation(id="filterFieldsByName", options={"include": {"names": list(names)}})
