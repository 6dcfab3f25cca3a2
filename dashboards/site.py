"""The site board: one place in full, then the whole site. The first panels are the ones that a phone shows first."""

from typing import Final

from dashboards import queries
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
from dashboards.model import Annotation, AnnotationQuery, Board, GridPos, Json, Listed, Panel, TimeRange
from dashboards.panels import (
    CALM,
    CELSIUS,
    CELSIUS_DECIMALS,
    COUNT,
    DURATION,
    INSTANT,
    UNUSUAL,
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
    sorted_by,
    table,
    table_query,
    timeline,
)
from dashboards.texts import Language, say
from dashboards.tiles import place_tiles

LOAD: Final = "#e08b00"
AIR: Final = "#8e9aa6"
LIMIT: Final = "#2f8f4e"
HELD: Final = "#d1242f"
INSIDE: Final = "#8e9aa6"
DASHED: Final[Json] = {"fill": "dash", "dash": [10, 8]}
KINDS: Final = ("excursion", "unmeasured", "sensor-fault")
DIRECTIONS: Final = ("too-warm", "too-cold", "none")
STATUSES: Final = ("open", "closed", "withdrawn")
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
            *place_tiles(language, 1, y=0, h=4, links=place_links(language)[1:]),
            _temperature(language, 11, y=4),
            _contacts(language, 12, y=15),
            _findings(language, 13, y=22),
            _bags(language, 14, y=30),
            _probes(language, 15, y=30),
            _states(language, 16, y=37),
            _limits(language, 17, y=43),
            notes(
                18,
                GridPos(h=6, w=8, x=16, y=43),
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
        annotations=Listed(list=(_marks(language),)),
        links=(
            board_link(say(language, "link.wall"), f"/d/cc-wall-{language}?${{ds:queryparam}}&${{site:queryparam}}"),
            board_link(say(language, "link.console"), "${console:raw}/", blank=True),
        ),
    )


def _marks(language: Language) -> Annotation:
    asked = AnnotationQuery(
        query=queries.marks(language), text_column="text", tags_column="tags", time_end_column="timeEnd"
    )
    return Annotation(
        name=say(language, "site.findings"),
        icon_color=HELD,
        query=asked.query,
        text_column=asked.text_column,
        tags_column=asked.tags_column,
        time_end_column=asked.time_end_column,
        target=asked,
    )


def _temperature(language: Language, panel_id: int, *, y: int) -> Panel:
    load, air = say(language, "role.load"), say(language, "role.air")
    low, high = say(language, "low"), say(language, "high")
    highest, lowest = say(language, "max"), say(language, "min")
    return curve(
        panel_id,
        GridPos(h=11, w=24, x=0, y=y),
        title=say(language, "site.curve"),
        about=say(language, "site.curve.about"),
        targets=(
            series_query("A", queries.celsius("max", "load"), f"$tag_probe {load} {highest}"),
            series_query("B", queries.celsius("min", "load"), f"$tag_probe {load} {lowest}"),
            series_query("C", queries.celsius("max", "air"), f"$tag_probe {air} {highest}"),
            series_query("D", queries.celsius("min", "air"), f"$tag_probe {air} {lowest}"),
            series_query("E", queries.limit("low"), low),
            series_query("F", queries.limit("high"), high),
        ),
        no_value=say(language, "empty.chart"),
        unit=CELSIUS,
        decimals=CELSIUS_DECIMALS,
        interval="20s",
        overrides=(
            like(f"/ {load} /", color=fixed(LOAD)),
            like(f"/ {air} /", color=fixed(AIR), custom_lineWidth=1),
            like(f"/^({low}|{high})$/", color=fixed(LIMIT), custom_lineStyle=DASHED, custom_showPoints="never"),
            like(f"/^{high}$/", custom_fillBelowTo=low, custom_fillOpacity=10),
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
    qualities = named(language, "quality", ("0", "1", "2"), (CALM, UNUSUAL, UNUSUAL))
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
        mappings=(qualities,),
        overrides=tuple(lanes),
    )


def _findings(language: Language, panel_id: int, *, y: int) -> Panel:
    going_on = (named(language, "end", ("0",)), missing(say(language, "end.open"), None))
    nothing = (missing("—", None),)
    return table(
        panel_id,
        GridPos(h=8, w=24, x=0, y=y),
        title=say(language, "site.findings"),
        about=say(language, "site.findings.about"),
        targets=(
            table_query("A", queries.findings_open(language)),
            table_query("B", queries.findings_over(language)),
        ),
        no_value=say(language, "empty"),
        columns=(
            field("Time", say(language, "start"), unit=INSTANT, custom_width=160),
            field("end_ms", say(language, "end"), unit=INSTANT, mappings=going_on, custom_width=160),
            field("title", say(language, "title"), custom_minWidth=240),
            field("kind", say(language, "kind"), mappings=(named(language, "kind", KINDS),), custom_width=110),
            field(
                "direction",
                say(language, "direction"),
                mappings=(named(language, "direction", DIRECTIONS),),
                custom_width=90,
            ),
            field("probe", say(language, "probe"), custom_width=140),
            field("peak_celsius", say(language, "peak"), mappings=nothing, custom_width=90),
            field("out_s", say(language, "out"), unit=DURATION, mappings=nothing, custom_width=110),
            field("unknown_s", say(language, "unknown"), unit=DURATION, mappings=nothing, custom_width=110),
            field("status", say(language, "status"), mappings=(named(language, "status", STATUSES),), custom_width=90),
            field("version", say(language, "version"), custom_width=70),
            field("id", say(language, "id"), links=finding_links(language), custom_width=140),
        ),
        order=(
            *("Time", "end_ms", "title", "kind", "direction", "probe", "peak_celsius"),
            *("out_s", "unknown_s", "status", "version", "id"),
        ),
        sort=sorted_by("Time"),
    )


def _bags(language: Language, panel_id: int, *, y: int) -> Panel:
    figures = (("A", "inside", "inside"), ("B", "possible", "possible"), ("C", "on_hold", "on-hold"))
    return curve(
        panel_id,
        GridPos(h=7, w=12, x=0, y=y),
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
        GridPos(h=7, w=12, x=12, y=y),
        title=say(language, "site.probes"),
        about=say(language, "site.probes.about"),
        targets=(table_query("A", queries.last_readings()),),
        no_value=say(language, "empty.chart"),
        columns=(
            field("probe", say(language, "probe")),
            field("role", say(language, "role"), mappings=(named(language, "role", ("load", "air")),), custom_width=80),
            field("celsius", say(language, "celsius"), mappings=(missing("—", None),), custom_width=90),
            field("quality", say(language, "quality"), mappings=(named(language, "quality", ("0", "1", "2")),)),
            field("Time", say(language, "taken"), unit=INSTANT, custom_width=160),
        ),
        order=("probe", "role", "celsius", "quality", "Time"),
        sort=sorted_by("role"),
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


def _limits(language: Language, panel_id: int, *, y: int) -> Panel:
    none = (missing("—", None),)
    return table(
        panel_id,
        GridPos(h=6, w=16, x=0, y=y),
        title=say(language, "site.limits"),
        about=say(language, "site.limits.about"),
        targets=(table_query("A", queries.limits(language)),),
        no_value=say(language, "empty"),
        columns=(
            field("place", say(language, "place"), custom_width=110),
            field("name", say(language, "name")),
            field("profile", say(language, "profile"), custom_width=110),
            field("profile_version", say(language, "edition"), custom_width=80),
            field("low_celsius", say(language, "low.table"), mappings=none, custom_width=90),
            field("high_celsius", say(language, "high.table"), mappings=none, custom_width=90),
            field("confirmed", say(language, "limits"), mappings=(named(language, "confirmed", ("0", "1")),)),
        ),
        order=("place", "name", "profile", "profile_version", "low_celsius", "high_celsius", "confirmed"),
        hidden=("Time",),
        sort=sorted_by("place", down=False),
    )
