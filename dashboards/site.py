"""The site board: one place in full, then the whole site. The first panels are the ones that a phone shows first."""

from typing import Final

from dashboards import place_queries, queries
from dashboards.charts import over
from dashboards.cut import beyond
from dashboards.findings import findings_table
from dashboards.frame import (
    TAG,
    board_link,
    console_link,
    console_variable,
    device_link,
    ingest_link,
    place_links,
    place_variable,
    probe_links,
    site_variable,
    source_variable,
    wall_link,
)
from dashboards.hours import cooling, minutes
from dashboards.marks import place_marks
from dashboards.model import Board, GridPos, Listed, Panel, TimeRange
from dashboards.panels import (
    CALM,
    COUNT,
    DURATION,
    INSTANT,
    ON_HOLD,
    QUALITIES,
    UNUSUAL,
    answer_words,
    curve,
    exactly,
    field,
    fixed,
    level_words,
    like,
    missing,
    named,
    notes,
    series_query,
    some,
    sorted_by,
    table,
    table_query,
    timeline,
)
from dashboards.place_curve import temperature
from dashboards.registry import edition_table
from dashboards.texts import Language, say
from dashboards.tiles import place_tiles
from dashboards.units import DATE, PLAIN_INK

HELD: Final = "#d1242f"
INSIDE: Final = "#8e9aa6"
STOCK_LEVELS: Final = ("red", "orange", "yellow", "blue", "enough", "unset")
# Kinds of contacts by lane; in all of them 1 is the unusual state.
LANES: Final = {"door": "door|lid", "defrost": "defrost", "mains": "mains", "ups": "ups", "motion": "motion"}


def site(language: Language, console_url: str) -> Board:
    """Return the site board of a language. `console_url`: where its links into the console lead, without a slash."""
    return Board(
        uid=f"cc-site-{language}",
        title=say(language, "site.title"),
        description=say(language, "site.about"),
        tags=(TAG, language.value),
        refresh="30s",
        time=TimeRange(from_="now-24h"),
        panels=(
            *place_tiles(language, 1, y=0, h=4, links=(device_link(language), *place_links(language)[1:])),
            temperature(language, 11, GridPos(h=11, w=24, x=0, y=4), "site.curve"),
            _contacts(language, 12, y=15),
            _findings(language, 13, y=22),
            beyond(
                language,
                23,
                GridPos(h=8, w=2, x=22, y=22),
                key="site.findings.more",
                query=queries.findings_more(),
            ),
            minutes(
                language,
                20,
                GridPos(h=8, w=10, x=0, y=30),
                "day.minutes",
                place_queries.day_minutes,
                empty="empty.days",
            ),
            _days(language, 21, y=30),
            cooling(language, 19, GridPos(h=7, w=6, x=0, y=38)),
            _bags(language, 14, y=38),
            _probes(language, 15, y=38),
            _states(language, 16, y=45),
            _stock(language, 22, y=51),
            edition_table(language, 17, GridPos(h=7, w=16, x=0, y=58)),
            notes(
                18,
                GridPos(h=7, w=8, x=16, y=58),
                title=say(language, "site.notes"),
                about=say(language, "site.notes.about"),
                markdown=say(language, "site.notes.text"),
            ),
        ),
        templating=Listed(
            list=(
                source_variable(language),
                site_variable(language),
                place_variable(language, every=False),
                console_variable(language, console_url),
            )
        ),
        annotations=Listed(list=place_marks(language)),
        links=(
            wall_link(language),
            board_link(device_link(language).title, device_link(language).url),
            ingest_link(language),
            console_link(language),
        ),
    )


def _contacts(language: Language, panel_id: int, *, y: int) -> Panel:
    """Return the lanes under the curve: one kind of contact a query, so that each has words of its own.

    A lane is called by its kind: a place has one contact of a kind. The others are the probes.
    """
    names = {kind: say(language, f"contact.{kind}") for kind in LANES}
    lanes = (
        like(f"/^{names[kind]}$/", mappings=(named(language, kind, ("0", "1"), (CALM, UNUSUAL)),)) for kind in LANES
    )
    return timeline(
        panel_id,
        GridPos(h=7, w=24, x=0, y=y),
        title=say(language, "site.contacts"),
        about=say(language, "site.contacts.about"),
        targets=(
            *(
                series_query(ref_id, queries.contact(kinds), names[kind])
                for ref_id, (kind, kinds) in zip("ABCDE", LANES.items(), strict=True)
            ),
            series_query("F", queries.readings(), "$tag_probe"),
        ),
        no_value=say(language, "empty.chart"),
        interval="2m",
        mappings=(answer_words(language),),
        overrides=tuple(lanes),
    )


def _findings(language: Language, panel_id: int, *, y: int) -> Panel:
    return findings_table(
        language,
        panel_id,
        GridPos(h=8, w=22, x=0, y=y),
        key="site.findings",
        asked=(queries.findings_open(language), queries.findings_over(language)),
        order=(
            *("Time", "end_ms", "title", "kind", "direction", "probe", "peak_celsius"),
            *("out_s", "unknown_s", "status", "version", "id"),
        ),
        hidden=("open",),
        most=queries.PLACE_FINDINGS_MAX,
    )


def _days(language: Language, panel_id: int, *, y: int) -> Panel:
    nothing = (missing("—", None),)
    whole = named(language, "complete", ("0", "1"), (UNUSUAL, PLAIN_INK))
    drawn = table(
        panel_id,
        GridPos(h=8, w=14, x=10, y=y),
        title=say(language, "day.table"),
        about=say(language, "day.table.about"),
        targets=(table_query("A", place_queries.days()), table_query("B", place_queries.day_celsius())),
        no_value=say(language, "empty.days"),
        columns=(
            field("Time", say(language, "day"), unit=DATE, custom_width=110),
            field("out_s", say(language, "out"), unit=DURATION),
            field("unknown_s", say(language, "unknown"), unit=DURATION),
            field("min_celsius", say(language, "lowest"), mappings=nothing),
            field("max_celsius", say(language, "highest"), mappings=nothing),
            field("occasions", say(language, "occasions")),
            field("door_openings", say(language, "openings")),
            field("door_s", say(language, "door.open"), unit=DURATION),
            field("complete", say(language, "complete"), mappings=(whole,)),
        ),
        order=(
            *("Time", "out_s", "unknown_s", "min_celsius", "max_celsius", "occasions"),
            *("door_openings", "door_s", "complete"),
        ),
        sort=sorted_by("Time"),
    )
    return over(drawn)


def _bags(language: Language, panel_id: int, *, y: int) -> Panel:
    figures = (("A", "inside", "inside"), ("B", "possible", "possible"), ("C", "on_hold", "on-hold"))
    return curve(
        panel_id,
        GridPos(h=7, w=8, x=6, y=y),
        title=say(language, "site.bags"),
        about=say(language, "site.bags.about"),
        targets=tuple(
            series_query(ref_id, queries.bags(column), say(language, text)) for ref_id, column, text in figures
        ),
        no_value=say(language, "empty.chart"),
        unit=COUNT,
        decimals=0,
        interval="1m",
        stepped=True,
        overrides=(
            like(f"/^{exactly(say(language, 'inside'))}$/", color=fixed(INSIDE)),
            like(f"/^{exactly(say(language, 'on-hold'))}$/", color=fixed(HELD)),
        ),
    )


def _probes(language: Language, panel_id: int, *, y: int) -> Panel:
    return table(
        panel_id,
        GridPos(h=7, w=10, x=14, y=y),
        title=say(language, "site.probes"),
        about=say(language, "site.probes.about"),
        targets=tuple(table_query(ref_id, query) for ref_id, query in zip("AB", queries.last_readings(), strict=True)),
        no_value=say(language, "empty.chart"),
        columns=(
            field("probe", say(language, "probe"), links=probe_links(language)),
            field("role", say(language, "role"), mappings=(named(language, "role", ("load", "air")),), custom_width=80),
            field("celsius", say(language, "celsius"), mappings=(missing("—", None),), custom_width=90),
            field("quality", say(language, "quality"), mappings=(named(language, "quality", QUALITIES),)),
            field("Time", say(language, "taken"), unit=INSTANT, custom_width=160),
        ),
        order=("probe", "role", "celsius", "quality", "Time"),
        sort=sorted_by("role"),
    )


def _stock(language: Language, panel_id: int, *, y: int) -> Panel:
    none = (missing("—", None),)
    return table(
        panel_id,
        GridPos(h=7, w=24, x=0, y=y),
        title=say(language, "site.stock"),
        about=say(language, "site.stock.about"),
        targets=(table_query("A", place_queries.site_stock()), table_query("B", place_queries.site_low())),
        no_value=say(language, "empty.site-stock"),
        columns=(
            field("component", say(language, "component")),
            field("blood_group", say(language, "group"), mappings=(named(language, "group", ("none",)),)),
            field(
                "stock_level", say(language, "stock.level"), mappings=(named(language, "stock.level", STOCK_LEVELS),)
            ),
            field("released", say(language, "released")),
            field("minimum", say(language, "stock.minimum"), mappings=none),
            field("waiting", say(language, "stock.waiting")),
            field("aside", say(language, "aside"), mappings=(some(ON_HOLD),)),
            field("used_28d", say(language, "stock.used")),
        ),
        order=("component", "blood_group", "stock_level", "released", "minimum", "waiting", "aside", "used_28d"),
        hidden=("Time", "low"),
        sort=sorted_by("component", down=False),
    )


def _states(language: Language, panel_id: int, *, y: int) -> Panel:
    return timeline(
        panel_id,
        GridPos(h=6, w=24, x=0, y=y),
        title=say(language, "site.states"),
        about=say(language, "site.states.about"),
        targets=(series_query("A", queries.levels(), "$tag_place"),),
        no_value=say(language, "empty.chart"),
        interval="1m",
        mappings=level_words(language),
    )
