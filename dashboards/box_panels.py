"""Panels of the chosen box: its way and lid, and the limits of all boxes."""

from dashboards import queries, transport_queries
from dashboards.frame import place_choice_links
from dashboards.geomap import dots, geomap, way
from dashboards.model import DataLink, GridPos, Override, Panel
from dashboards.panels import (
    CALM,
    EXACT,
    INSTANT,
    UNUSUAL,
    answer_words,
    field,
    like,
    missing,
    named,
    series_query,
    sorted_by,
    table,
    table_query,
    timeline,
)
from dashboards.texts import Language, say


def box_links(language: Language) -> tuple[DataLink, ...]:
    """Return the links from the id of a box in a list: to this board with the box chosen, and on from there."""
    url = f"/d/cc-transport-{language}?${{ds:queryparam}}&${{site:queryparam}}&var-place=${{__value.raw:percentencode}}"
    return (DataLink(title=say(language, "link.box"), url=url), *place_choice_links(language))


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


def limits_table(language: Language, panel_id: int) -> Panel:
    """Return the limits of all boxes: profile, edition, and whether they are approved."""
    none = (missing("—", None),)
    return table(
        panel_id,
        GridPos(h=8, w=14, x=0, y=43),
        title=say(language, "transport.limits"),
        about=say(language, "transport.limits.about"),
        targets=(table_query("A", transport_queries.limits(language)),),
        no_value=say(language, "empty"),
        columns=(
            field("place", say(language, "box"), links=box_links(language), custom_width=110),
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
