"""The board of alarms and excursions: what waits for somebody first, then what lasts, then how it went.

Grafana cannot acknowledge: the number of an alarm leads to its page in the console. The counts at the top say when
nothing comes any more; the lists below could not, for an empty list looks like peace.
"""

from typing import Final

from dashboards import alarms_queries, queries
from dashboards.alarm_columns import SEVERITY_COLORS, WAITING, columns
from dashboards.frame import (
    TAG,
    board_link,
    console_variable,
    finding_links,
    place_choice_links,
    site_variable,
    source_variable,
)
from dashboards.model import Board, GridPos, Listed, Panel, Target, TimeRange
from dashboards.panels import (
    COUNT,
    DURATION,
    INSTANT,
    curve,
    field,
    fixed,
    like,
    missing,
    named,
    notes,
    series_query,
    some,
    sorted_by,
    table,
    table_query,
    tile,
)
from dashboards.registry import edition_table
from dashboards.texts import Language, say

FINDING_KINDS: Final = ("excursion", "unmeasured", "sensor-fault")
DIRECTIONS: Final = ("too-warm", "too-cold", "none")
STATUSES: Final = ("open", "closed", "withdrawn")


def alarms(language: Language, console_url: str) -> Board:
    """Return the board of a language. `console_url`: where its links into the console lead, without a slash."""
    chosen = "${ds:queryparam}&${site:queryparam}"
    return Board(
        uid=f"cc-alarms-{language}",
        title=say(language, "alarms.title"),
        description=say(language, "alarms.about"),
        tags=(TAG, language.value),
        refresh="10s",
        time=TimeRange(from_="now-24h"),
        panels=(
            alarm_counts(language, 1, GridPos(h=4, w=9, x=0, y=0)),
            _open(language, 2),
            _oldest(language, 3),
            _waiting(language, 4),
            _seen(language, 5),
            _over_time(language, 6),
            _holds(language, 7),
            *_response(language, 8),
            _findings(language, 12),
            _history(language, 13),
            edition_table(language, 14, GridPos(h=8, w=14, x=0, y=51)),
            notes(
                15,
                GridPos(h=8, w=10, x=14, y=51),
                title=say(language, "alarms.notes"),
                about=say(language, "alarms.notes.about"),
                markdown=say(language, "alarms.notes.text"),
            ),
        ),
        templating=Listed(
            list=(source_variable(language), site_variable(language), console_variable(language, console_url))
        ),
        annotations=Listed(list=()),
        links=(
            board_link(say(language, "link.wall"), f"/d/cc-wall-{language}?{chosen}"),
            board_link(say(language, "link.transport"), f"/d/cc-transport-{language}?{chosen}"),
            board_link(say(language, "link.alarm-list"), "${console:raw}/alarms", blank=True),
        ),
    )


def by_severity(language: Language, query_of: dict[str, str]) -> tuple[Target, ...]:
    """Return a query for each severity, its answer named in words: a tile or a curve each, the gravest first."""
    return tuple(
        series_query(ref_id, query, say(language, f"severity.{severity}"))
        for ref_id, (severity, query) in zip("ABCD", query_of.items(), strict=True)
    )


def alarm_counts(language: Language, panel_id: int, at: GridPos, *, oldest: bool = False) -> Panel:
    """Return the tiles that say how many alarms wait for somebody, by severity; with `oldest`, also for how long.

    The wall has them all in one panel: so the longest of its words keeps its figures smaller than the temperatures.
    """
    asked = {severity: alarms_queries.now("unacknowledged", severity) for severity in alarms_queries.SEVERITIES}
    waits = say(language, "alarms.oldest.short")
    none = named(language, "alarms.oldest", ("0",))
    return tile(
        panel_id,
        at,
        title=say(language, "alarms.waiting"),
        about=say(language, "alarms.waiting.about"),
        targets=(
            *by_severity(language, asked),
            *((series_query("E", alarms_queries.oldest(), waits),) if oldest else ()),
        ),
        no_value=say(language, "no-data"),
        mappings=(some(WAITING),),
        overrides=(like(f"/^{waits}$/", unit=DURATION, mappings=(none,)),) if oldest else (),
        mode="value_and_name",
    )


def _oldest(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=4, w=6, x=18, y=0),
        title=say(language, "alarms.oldest"),
        about=say(language, "alarms.oldest.about"),
        targets=(table_query("A", alarms_queries.oldest()),),
        no_value=say(language, "no-data"),
        unit=DURATION,
        mappings=(named(language, "alarms.oldest", ("0",)),),
    )


def _open(language: Language, panel_id: int) -> Panel:
    asked = {severity: alarms_queries.now("open", severity) for severity in alarms_queries.SEVERITIES}
    return tile(
        panel_id,
        GridPos(h=4, w=9, x=9, y=0),
        title=say(language, "alarms.open"),
        about=say(language, "alarms.open.about"),
        targets=by_severity(language, asked),
        no_value=say(language, "no-data"),
        mode="value_and_name",
    )


def _waiting(language: Language, panel_id: int) -> Panel:
    order = ("level", "id", "age_s", "title", "units", "place", "state", "Time", "rule", "test")
    return table(
        panel_id,
        GridPos(h=10, w=24, x=0, y=4),
        title=say(language, "alarms.list"),
        about=say(language, "alarms.list.about"),
        targets=_tables(alarms_queries.waiting(language)),
        no_value=say(language, "alarms.list.empty"),
        columns=columns(language, order),
        order=order,
        sort=sorted_by("level"),
    )


def _seen(language: Language, panel_id: int) -> Panel:
    order = ("level", "id", "age_s", "title", "units", "state", "acked_by", "acked_ms", "place", "Time", "rule", "test")
    return table(
        panel_id,
        GridPos(h=8, w=24, x=0, y=14),
        title=say(language, "alarms.seen"),
        about=say(language, "alarms.seen.about"),
        targets=_tables(alarms_queries.seen(language)),
        no_value=say(language, "empty"),
        columns=columns(language, order),
        order=order,
        sort=sorted_by("level"),
    )


def _tables(asked: tuple[str, ...]) -> tuple[Target, ...]:
    return tuple(table_query(ref_id, query) for ref_id, query in zip("ABC", asked, strict=True))


def _over_time(language: Language, panel_id: int) -> Panel:
    asked = {severity: alarms_queries.over_time(severity) for severity in alarms_queries.SEVERITIES}
    return curve(
        panel_id,
        GridPos(h=7, w=16, x=0, y=22),
        title=say(language, "alarms.curve"),
        about=say(language, "alarms.curve.about"),
        targets=by_severity(language, asked),
        no_value=say(language, "empty.chart"),
        unit=COUNT,
        decimals=0,
        interval="1m",
        stepped=True,
        overrides=tuple(
            like(f"/^{say(language, f'severity.{severity}')}$/", color=fixed(color))
            for severity, color in SEVERITY_COLORS.items()
        ),
    )


def _holds(language: Language, panel_id: int) -> Panel:
    return table(
        panel_id,
        GridPos(h=7, w=8, x=16, y=22),
        title=say(language, "wall.holds"),
        about=say(language, "wall.holds.about"),
        targets=(table_query("A", queries.holds()),),
        no_value=say(language, "empty"),
        columns=(
            field("place", say(language, "place")),
            field("units", say(language, "units"), custom_width=70),
            field("finding", say(language, "id"), links=finding_links(language), custom_width=120),
        ),
        order=("place", "units", "finding"),
        hidden=("Time",),
    )


def _response(language: Language, first_id: int) -> tuple[Panel, ...]:
    """Return four panels of tiles by severity: raised, of these unseen, and how long people took."""
    figures = (
        ("alarms.raised", "alarms.raised.about", alarms_queries.raised, COUNT),
        ("alarms.unseen", "alarms.unseen.about", alarms_queries.unseen, COUNT),
        ("alarms.median", "alarms.median.about", lambda one: alarms_queries.took("median", one), DURATION),
        ("alarms.longest", "alarms.median.about", lambda one: alarms_queries.took("max", one), DURATION),
    )
    return tuple(
        tile(
            first_id + at,
            GridPos(h=4, w=6, x=6 * at, y=29),
            title=say(language, title),
            about=say(language, about),
            targets=by_severity(language, {one: query(one) for one in alarms_queries.SEVERITIES}),
            no_value=say(language, "alarms.none"),
            unit=unit,
            mode="value_and_name",
        )
        for at, (title, about, query, unit) in enumerate(figures)
    )


def _findings(language: Language, panel_id: int) -> Panel:
    going_on = (named(language, "end", ("0",)), missing(say(language, "end.open"), None))
    nothing = (missing("—", None),)
    directions = (named(language, "direction", DIRECTIONS),)
    return table(
        panel_id,
        GridPos(h=8, w=24, x=0, y=33),
        title=say(language, "alarms.findings"),
        about=say(language, "alarms.findings.about"),
        targets=(
            table_query("A", alarms_queries.findings_open(language)),
            table_query("B", alarms_queries.findings_over(language)),
        ),
        no_value=say(language, "empty"),
        columns=(
            field("Time", say(language, "start"), unit=INSTANT, custom_width=160),
            field("end_ms", say(language, "end"), unit=INSTANT, mappings=going_on, custom_width=160),
            field("place", say(language, "place"), links=place_choice_links(language), custom_width=110),
            field("title", say(language, "title"), custom_minWidth=240),
            field("kind", say(language, "kind"), mappings=(named(language, "kind", FINDING_KINDS),), custom_width=110),
            field("direction", say(language, "direction"), mappings=directions, custom_width=90),
            field("peak_celsius", say(language, "peak"), mappings=nothing, custom_width=90),
            field("out_s", say(language, "out"), unit=DURATION, mappings=nothing, custom_width=110),
            field("unknown_s", say(language, "unknown"), unit=DURATION, mappings=nothing, custom_width=110),
            field("status", say(language, "status"), mappings=(named(language, "status", STATUSES),), custom_width=90),
            field("id", say(language, "id"), links=finding_links(language), custom_width=140),
        ),
        order=(
            *("Time", "end_ms", "place", "title", "kind", "direction"),
            *("peak_celsius", "out_s", "unknown_s", "status", "id"),
        ),
        hidden=("probe",),
        sort=sorted_by("Time"),
    )


def _history(language: Language, panel_id: int) -> Panel:
    order = (
        *("Time", "level", "id", "title", "units", "state", "acked_ms", "acked_by"),
        *("cleared_ms", "place", "rule", "test"),
    )
    return table(
        panel_id,
        GridPos(h=10, w=24, x=0, y=41),
        title=say(language, "alarms.history"),
        about=say(language, "alarms.history.about"),
        targets=(table_query("A", alarms_queries.history(language)),),
        no_value=say(language, "empty"),
        columns=columns(language, order),
        order=order,
        sort=sorted_by("Time"),
    )
