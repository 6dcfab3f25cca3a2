"""The board of alarms and excursions: what waits for somebody first, then what lasts, then how it went.

Grafana cannot acknowledge: the number of an alarm leads to its page in the console. The counts at the top say when
nothing comes any more; the lists below could not, for an empty list looks like peace.
"""

from dashboards import alarms_queries
from dashboards.alarm_columns import SEVERITY_COLORS, WAITING, columns
from dashboards.findings import findings_table, holds_table
from dashboards.frame import (
    TAG,
    board_link,
    console_variable,
    site_variable,
    source_variable,
    transport_link,
    wall_link,
)
from dashboards.model import Board, GridPos, Listed, Panel, Target, TimeRange
from dashboards.panels import (
    COUNT,
    DURATION,
    curve,
    fixed,
    like,
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


def alarms(language: Language, console_url: str) -> Board:
    """Return the board of a language. `console_url`: where its links into the console lead, without a slash."""
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
            holds_table(language, 7, GridPos(h=7, w=8, x=16, y=22), id_width=120),
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
            wall_link(language),
            transport_link(language),
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
    return findings_table(
        language,
        panel_id,
        GridPos(h=8, w=24, x=0, y=33),
        key="alarms.findings",
        asked=(alarms_queries.findings_open(language), alarms_queries.findings_over(language)),
        order=(
            *("Time", "end_ms", "place", "title", "kind", "direction"),
            *("peak_celsius", "out_s", "unknown_s", "status", "id"),
        ),
        hidden=("probe",),
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
