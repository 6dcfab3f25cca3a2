"""The transport board: where every box is and how it stands, all journeys, then the chosen box in full."""

from typing import Final

from coldchain.arrival import ExpectedBy
from dashboards import queries, transport_queries
from dashboards.box_panels import box_column, lid, way_map, where
from dashboards.cut import at_most, beyond
from dashboards.frame import (
    TAG,
    alarms_link,
    box_links,
    console_link,
    console_variable,
    place_links,
    site_variable,
    source_variable,
    wall_link,
)
from dashboards.geomap import dots, geomap
from dashboards.marks import finding_marks, mark
from dashboards.model import (
    Board,
    GridPos,
    Listed,
    Mapping,
    Override,
    Panel,
    QueryVariable,
    RangeMapping,
    RangeOptions,
    Shown,
    TimeRange,
    Transformation,
)
from dashboards.panels import (
    DURATION,
    INSTANT_TODAY,
    field,
    level_words,
    missing,
    named,
    notes,
    only,
    row,
    sorted_by,
    table,
    table_query,
    words,
)
from dashboards.place_curve import temperature
from dashboards.registry import edition_table
from dashboards.texts import Language, say
from dashboards.tiles import overview, place_tiles

JOURNEY: Final = "#1f6feb"
ETA_BY: Final = tuple(by.value for by in ExpectedBy)
STAGES: Final = ("packed", "on-the-road", "arrived", "ended")
LONGEST_S: Final = 1_000_000_000


def transport(language: Language, console_url: str) -> Board:
    """Return the board of a language. `console_url`: where its links into the console lead, without a slash."""
    return Board(
        uid=f"cc-transport-{language}",
        title=say(language, "transport.title"),
        description=say(language, "transport.about"),
        tags=(TAG, language.value),
        refresh="30s",
        time=TimeRange(from_="now-24h"),
        panels=(
            overview(language, 1, GridPos(h=3, w=22, x=0, y=0), "transport.boxes.about", transport_queries.OF_BOXES),
            beyond(
                language,
                18,
                GridPos(h=3, w=2, x=22, y=0),
                key="places.more",
                query=queries.places_more(transport_queries.OF_BOXES),
            ),
            _map(language, 2),
            _positions(language, 3),
            _trips(language, 4),
            _more(language, 17),
            row(5, 22, title=say(language, "transport.chosen")),
            *place_tiles(language, 6, y=23, h=3, links=place_links(language)),
            way_map(language, 12),
            temperature(language, 13, GridPos(h=11, w=14, x=10, y=26), "transport.curve"),
            lid(language, 14),
            edition_table(
                language,
                15,
                GridPos(h=8, w=14, x=0, y=43),
                key="transport.limits",
                which=transport_queries.OF_BOXES,
                place=box_column(language),
            ),
            notes(
                16,
                GridPos(h=8, w=10, x=14, y=43),
                title=say(language, "transport.notes"),
                about=say(language, "transport.notes.about"),
                markdown=say(language, "transport.notes.text"),
            ),
        ),
        templating=Listed(
            list=(
                source_variable(language),
                site_variable(language),
                box_variable(language),
                console_variable(language, console_url),
            )
        ),
        annotations=Listed(
            list=(
                mark(say(language, "trip.mark"), JOURNEY, transport_queries.trip_marks(), end="timeEnd"),
                finding_marks(language),
            )
        ),
        links=(wall_link(language), alarms_link(language), console_link(language)),
    )


def box_variable(language: Language) -> QueryVariable:
    """Return the choice of a box. It is called `place`, as on the other boards: a link takes the choice along."""
    return QueryVariable(
        name="place",
        label=say(language, "var.box"),
        query=transport_queries.BOXES,
        definition=transport_queries.BOXES,
        include_all=False,
        multi=False,
        current={},
    )


def _map(language: Language, panel_id: int) -> Panel:
    """Return the map of all boxes: their position beside their state, by their id."""
    return geomap(
        panel_id,
        GridPos(h=11, w=16, x=0, y=3),
        title=say(language, "transport.map"),
        about=say(language, "transport.map.about"),
        targets=(
            table_query("A", transport_queries.positions_now()),
            table_query("B", queries.levels_now(transport_queries.OF_BOXES)),
        ),
        no_value=say(language, "transport.map.none"),
        background=say(language, "transport.map.background"),
        layers=(dots(say(language, "transport.map.layer"), size=10, painted_by="level", named_by="place"),),
        mappings=level_words(language),
        overrides=where(language),
        transformations=(only("place", "latitude", "longitude", "level"), Transformation(id="merge", options={})),
    )


def _positions(language: Language, panel_id: int) -> Panel:
    return table(
        panel_id,
        GridPos(h=11, w=8, x=16, y=3),
        title=say(language, "transport.positions"),
        about=say(language, "transport.positions.about"),
        targets=(table_query("A", transport_queries.positions_now()),),
        no_value=say(language, "transport.map.none"),
        columns=(
            box_column(language),
            field("Time", say(language, "told"), unit=INSTANT_TODAY),
            field("latitude", say(language, "latitude"), custom_width=110),
            field("longitude", say(language, "longitude"), custom_width=110),
        ),
        order=("place", "Time", "latitude", "longitude"),
        hidden=("gateway",),
        sort=sorted_by("Time"),
    )


def _trips(language: Language, panel_id: int) -> Panel:
    untold = (words([("0", say(language, "trip.untold"))]),)
    unsigned = (words([("0", say(language, "trip.unsigned"))]),)
    none = (missing(say(language, "trip.unmeasured"), None),)
    nothing = (words([("0", say(language, "trip.nothing"))]),)
    return table(
        panel_id,
        GridPos(h=8, w=22, x=0, y=14),
        title=say(language, "transport.trips"),
        about=say(language, "transport.trips.about"),
        targets=(
            *(table_query(ref, query) for ref, query in zip("ABCD", transport_queries.trips_open(), strict=True)),
            table_query("E", transport_queries.trips_over()),
        ),
        no_value=say(language, "empty"),
        columns=(
            field("box", say(language, "box"), links=box_links(language), custom_width=70),
            field("origin", say(language, "from"), custom_width=90),
            field("destination", say(language, "to"), custom_minWidth=120),
            field("status", say(language, "trip.status"), mappings=(named(language, "trip.status", STAGES),)),
            field("packed_ms", say(language, "trip.packed"), unit=INSTANT_TODAY, custom_width=150),
            field("departed_ms", say(language, "trip.departed"), unit=INSTANT_TODAY, mappings=unsigned),
            field("arrived_ms", say(language, "trip.arrived"), unit=INSTANT_TODAY, mappings=unsigned),
            field("min_celsius", say(language, "trip.min"), mappings=none, custom_width=90),
            field("max_celsius", say(language, "trip.max"), mappings=none, custom_width=90),
            field("measured_s", say(language, "trip.measured"), unit=DURATION, mappings=nothing, custom_width=110),
            field("out_s", say(language, "out"), unit=DURATION, custom_width=100),
            field("unknown_s", say(language, "unknown"), unit=DURATION, custom_width=100),
            field("qualified_until_ms", say(language, "trip.until"), unit=INSTANT_TODAY, mappings=untold),
            field("left_s", say(language, "trip.left"), unit=DURATION, mappings=_left(language), custom_width=130),
            field("units", say(language, "units"), custom_width=60),
            *_expected(language),
        ),
        order=(
            *("box", "origin", "destination", "eta_ms", "to_go_s", "eta_by", "eta_journeys", "left_s", "eta_spare_s"),
            *("min_celsius", "max_celsius", "measured_s", "out_s", "unknown_s", "status", "qualified_until_ms"),
            *("units", "packed_ms", "departed_ms", "arrived_ms"),
        ),
        hidden=("Time", "open"),
        sort=(sorted_by("packed_ms"), sorted_by("open"), at_most(transport_queries.TRIPS_MAX)),
    )


def _expected(language: Language) -> tuple[Override, ...]:
    """Return the columns of when a box is expected, whence that is known, and whether the cold lasts until then."""
    unknown = (words([("0", say(language, "trip.eta.unknown"))]),)
    late, short = (Shown(text=say(language, f"trip.{one}"), index=0) for one in ("late", "short"))
    none = (missing("—", None),)
    return (
        field("eta_ms", say(language, "trip.eta"), unit=INSTANT_TODAY, mappings=unknown, custom_width=130),
        field(
            "to_go_s", say(language, "trip.to-go"), unit=DURATION, mappings=(_below_0(late), *none), custom_width=110
        ),
        field("eta_by", say(language, "trip.eta-by"), mappings=(named(language, "trip.eta-by", ETA_BY),)),
        field("eta_journeys", say(language, "trip.journeys"), mappings=(words([("0", "—")]),), custom_width=90),
        field("eta_spare_s", say(language, "trip.spare"), unit=DURATION, mappings=(_below_0(short), *none)),
    )


def _below_0(shown: Shown) -> RangeMapping:
    return RangeMapping(options=RangeOptions(from_=-LONGEST_S, to=-1, result=shown))


def _more(language: Language, panel_id: int) -> Panel:
    return beyond(
        language,
        panel_id,
        GridPos(h=8, w=2, x=22, y=14),
        key="transport.more",
        query=transport_queries.trips_more(),
    )


def _left(language: Language) -> tuple[Mapping, ...]:
    """Return the words for a qualified time that is over, and for one that nobody knows."""
    over = Shown(text=say(language, "trip.over"), index=0)
    return (
        RangeMapping(options=RangeOptions(from_=-LONGEST_S, to=0, result=over)),
        missing(say(language, "trip.untold"), None),
    )
