"""Panels of the chosen box: its way and its lid; and how a box stands in a list."""

from dashboards import queries, transport_queries
from dashboards.frame import box_links
from dashboards.geomap import dots, geomap, way
from dashboards.model import GridPos, Override, Panel
from dashboards.panels import (
    CALM,
    EXACT,
    INSTANT,
    UNUSUAL,
    answer_words,
    field,
    like,
    named,
    series_query,
    sorted_by,
    table_query,
    timeline,
)
from dashboards.texts import Language, say


def box_column(language: Language) -> Override:
    """Return the column of ids of boxes in a list."""
    return field("place", say(language, "box"), links=box_links(language), custom_width=110)


def where(language: Language) -> tuple[Override, ...]:
    """Return what the columns of a position are called when somebody points at a dot."""
    return (
        field("Time", say(language, "told"), unit=INSTANT),
        field("place", say(language, "box")),
        field("level", say(language, "state")),
        field("latitude", say(language, "latitude"), unit=EXACT),
        field("longitude", say(language, "longitude"), unit=EXACT),
    )


def way_map(language: Language, panel_id: int) -> Panel:
    """Return the map with the way of the chosen box."""
    return geomap(
        panel_id,
        GridPos(h=11, w=10, x=0, y=26),
        title=say(language, "transport.way"),
        about=say(language, "transport.way.about"),
        targets=(table_query("A", transport_queries.way()),),
        no_value=say(language, "transport.map.none"),
        background=say(language, "transport.map.background"),
        layers=(way(say(language, "transport.way.line")), dots(say(language, "transport.way.dots"), size=3)),
        overrides=where(language),
        transformations=(sorted_by("Time", down=False),),
    )


def lid(language: Language, panel_id: int) -> Panel:
    """Return the lanes under the curve: the lid, and what each probe answered."""
    name = say(language, "contact.lid")
    return timeline(
        panel_id,
        GridPos(h=6, w=24, x=0, y=37),
        title=say(language, "transport.lid"),
        about=say(language, "transport.lid.about"),
        targets=(
            series_query("A", queries.contact("lid|door"), name),
            series_query("B", queries.readings(), "$tag_probe"),
        ),
        no_value=say(language, "empty.chart"),
        interval="2m",
        mappings=(answer_words(language),),
        overrides=(like(f"/^{name}$/", mappings=(named(language, "lid", ("0", "1"), (CALM, UNUSUAL)),)),),
    )
