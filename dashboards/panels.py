"""Builders of panels: tiles, tables, curves, state timelines, words. Options are those that Grafana 9.4 to 13 share."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import UNSET

from coldchain.facts import Quality
from dashboards.model import (
    Color,
    DataLink,
    Defaults,
    FieldConfig,
    GridPos,
    Json,
    Mapping,
    Matcher,
    Override,
    Panel,
    Property,
    RangeMapping,
    RangeOptions,
    RegexMapping,
    RegexOptions,
    Row,
    Shown,
    SpecialMapping,
    SpecialOptions,
    Step,
    Target,
    TextPanel,
    Thresholds,
    Tint,
    Transformation,
    ValueMapping,
)
from dashboards.queries import PLACES_MAX
from dashboards.texts import Language, say

COLUMNS: Final = 24
SPAN_NULLS_MS: Final = 300_000  # a reading speaks for five minutes at most; then a curve breaks
AXIS_WIDTH: Final = 100  # pixels, the same in curves and timelines, so that their time axes stand under each other

# Units of Grafana's list. `string` writes a number with all its digits; `dtdhms` never rounds a duration.
COUNT: Final = "none"
EXACT: Final = "string"
CELSIUS: Final = "celsius"
DURATION: Final = "dtdhms"
INSTANT: Final = "dateTimeAsIso"
INSTANT_TODAY: Final = "dateTimeAsIsoNoDateIfToday"
CELSIUS_DECIMALS: Final = 4  # of a curve's tooltip: finer than any probe that we know, so nothing is rounded

# Colours of the states, by level. They are told apart in grey as well, and words always stand beside them.
LEVEL_COLORS: Final = {
    0: "#2f8f4e",
    1: "#c29a00",
    2: "#8a6d3b",
    3: "#6f42a8",
    4: "#e06c00",
    5: "#a3297a",
    6: "#1f6feb",
    7: "#d1242f",
    8: "#9a6bd0",
    9: "#2b7a8c",
    -1: "#6e7681",
}
QUALITIES: Final = tuple(str(quality.value) for quality in Quality)  # what a probe may answer
DARK: Final = "#23262b"
CALM: Final = "#3d5a73"
UNUSUAL: Final = "#c29a00"
ON_HOLD: Final = "#ff6b6b"  # a number of bags that wait for a person's decision
PAINTED: Final[dict[str, Json]] = {  # of a column whose mapping paints it
    "custom_displayMode": "color-background-solid",  # for Grafana up to 9.4
    "custom_cellOptions": {"type": "color-background", "mode": "basic"},  # for later ones
}
COUNT_MAX: Final = 1_000_000
PLAIN: Final = Color(mode="fixed", fixed_color="text")
BY_NAME: Final = Color(mode="palette-classic")
BASE: Final = Thresholds(steps=(Step(color=DARK),))


def table_query(ref_id: str, query: str) -> Target:
    """Return a query whose answer is one table: time, tags, fields."""
    return Target(ref_id=ref_id, query=query, result_format="table")


def series_query(ref_id: str, query: str, alias: str) -> Target:
    """Return a query whose answer is curves, named by alias ($tag_x is the tag x of a series)."""
    return Target(ref_id=ref_id, query=query, result_format="time_series", alias=alias)


def words(texts: Sequence[tuple[str, str]], colors: Sequence[str] = ()) -> ValueMapping:
    """Return the words for values, in the order given, each with its colour if there are colours."""
    return ValueMapping(
        options={
            value: Shown(text=text, index=index, color=colors[index] if colors else UNSET)
            for index, (value, text) in enumerate(texts)
        }
    )


def missing(text: str, color: str | None = DARK) -> SpecialMapping:
    """Return the words for a value that is not there."""
    shown = Shown(text=text, index=99, color=UNSET if color is None else color)
    return SpecialMapping(options=SpecialOptions(match="null", result=shown))


def rewritten(pattern: str, text: str) -> RegexMapping:
    """Return the words for texts that match a pattern as a whole; `$1` in them is its first group."""
    return RegexMapping(options=RegexOptions(pattern=f"/^{pattern}$/", result=Shown(text=text, index=0)))


def some(color: str) -> RangeMapping:
    """Return the colour of a count that is not 0."""
    return RangeMapping(options=RangeOptions(from_=1, to=COUNT_MAX, result=Tint(color=color, index=0)))


def level_words(language: Language) -> tuple[Mapping, ...]:
    """Return words and colours of all states, and of none: the only place where a state gets its colour."""
    return _level_words(language, "level", "no-data")


def level_words_short(language: Language) -> tuple[Mapping, ...]:
    """Return the same in as few letters as a small tile has room for."""
    return _level_words(language, "short", "short.no-data")


def _level_words(language: Language, prefix: str, none: str) -> tuple[Mapping, ...]:
    levels = [str(level) for level in LEVEL_COLORS]
    return named(language, prefix, levels, tuple(LEVEL_COLORS.values())), missing(say(language, none))


def named(language: Language, prefix: str, values: Sequence[str], colors: Sequence[str] = ()) -> ValueMapping:
    """Return the words for values whose texts have the keys `prefix.value`."""
    return words([(value, say(language, f"{prefix}.{value}")) for value in values], colors)


def answer_words(language: Language) -> ValueMapping:
    """Return words and colours of what a probe answered: any answer but a temperature is unusual."""
    return named(language, "quality", QUALITIES, (CALM, *[UNUSUAL] * (len(QUALITIES) - 1)))


def fixed(color: str) -> Color:
    """Return a colour that no value changes."""
    return Color(mode="fixed", fixed_color=color)


def exactly(text: str) -> str:
    """Return the pattern of a text, for Grafana's matchers (JavaScript)."""
    return re.sub(r"([()\[\]{}.*+?^$|\\/])", r"\\\1", text)


def field(name: str, title: str, **properties: Json | Color | tuple[Mapping, ...] | tuple[DataLink, ...]) -> Override:
    """Return how one column or figure is called and shown. A property `custom_x` is Grafana's `custom.x`."""
    ids = ((key.replace("custom_", "custom.", 1), value) for key, value in properties.items())
    return Override(
        matcher=Matcher(id="byName", options=name),
        properties=(
            Property(id="displayName", value=title),
            *(Property(id=key, value=value) for key, value in ids),
        ),
    )


def like(pattern: str, **properties: Json | Color | tuple[Mapping, ...]) -> Override:
    """Return how all series are shown whose name matches a pattern."""
    ids = ((key.replace("custom_", "custom.", 1), value) for key, value in properties.items())
    return Override(
        matcher=Matcher(id="byRegexp", options=pattern),
        properties=tuple(Property(id=key, value=value) for key, value in ids),
    )


def tile(
    panel_id: int,
    at: GridPos,
    *,
    title: str,
    about: str,
    targets: tuple[Target, ...],
    no_value: str,
    fields: str = "",
    unit: str = COUNT,
    mappings: tuple[Mapping, ...] = (),
    overrides: tuple[Override, ...] = (),
    transformations: tuple[Transformation, ...] = (),
    links: tuple[DataLink, ...] = (),
    painted: bool = False,
    mode: Literal["value", "value_and_name"] = "value",
    every_row: bool = False,
) -> Panel:
    """Return a stat panel. `painted`: the background has the colour of the value's mapping, else there is no colour.

    `fields` is Grafana's pattern of the fields to show ("" means all numbers). `every_row`: a tile for each row, named
    by the row's texts; else one for each field, with its last value.
    """
    defaults = Defaults(
        unit=unit,
        no_value=no_value,
        color=Color(mode="thresholds") if painted else PLAIN,
        thresholds=BASE,
        mappings=mappings,
        links=links,
    )
    options: dict[str, Json] = {
        "colorMode": "background" if painted else "value",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": fields, "limit": PLACES_MAX, "values": every_row},
        "textMode": mode,
        "text": {},
        "wideLayout": True,
    }
    return Panel(
        id=panel_id,
        type="stat",
        title=title,
        description=about,
        grid_pos=at,
        targets=targets,
        field_config=FieldConfig(defaults=defaults, overrides=overrides),
        options=options,
        transformations=transformations,
    )


def sorted_by(column: str, *, down: bool = True) -> Transformation:
    """Return what sorts rows by a column, the greatest first unless `down` is False."""
    return Transformation(id="sortBy", options={"fields": {}, "sort": [{"field": column, "desc": down}]})


def only(*names: str) -> Transformation:
    """Return what leaves these columns and no other."""
    return Transformation(id="filterFieldsByName", options={"include": {"names": list(names)}})


def table(
    panel_id: int,
    at: GridPos,
    *,
    title: str,
    about: str,
    targets: tuple[Target, ...],
    no_value: str,
    columns: tuple[Override, ...],
    order: Sequence[str],
    hidden: Sequence[str] = (),
    sort: Transformation | Sequence[Transformation] = (),
) -> Panel:
    """Return a table with the columns in `order`; `hidden` are those of the answer that are not shown.

    The rows of several targets stand in one table. Of several steps of `sort` the last counts most, and where it finds
    rows alike they keep the order of the step before.
    """
    arranged: dict[str, Json] = {
        "excludeByName": dict.fromkeys(hidden, True),
        "indexByName": {name: index for index, name in enumerate(order)},
        "renameByName": {},
    }
    steps = [Transformation(id="merge", options={})] if len(targets) > 1 else []
    steps.extend([sort] if isinstance(sort, Transformation) else sort)
    steps.append(Transformation(id="organize", options=arranged))
    custom: dict[str, Json] = {"align": "left", "filterable": False, "inspect": False}
    return Panel(
        id=panel_id,
        type="table",
        title=title,
        description=about,
        grid_pos=at,
        targets=targets,
        field_config=FieldConfig(
            defaults=Defaults(unit=EXACT, no_value=no_value, color=PLAIN, thresholds=BASE, custom=custom),
            overrides=columns,
        ),
        options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}},
        transformations=tuple(steps),
    )


def curve(
    panel_id: int,
    at: GridPos,
    *,
    title: str,
    about: str,
    targets: tuple[Target, ...],
    no_value: str,
    overrides: tuple[Override, ...],
    unit: str,
    decimals: int,
    interval: str,
    stepped: bool = False,
) -> Panel:
    """Return curves over time. They break where nothing came for longer than SPAN_NULLS_MS."""
    custom: dict[str, Json] = {
        "drawStyle": "line",
        "lineInterpolation": "stepAfter" if stepped else "linear",
        "lineWidth": 2,
        "fillOpacity": 0,
        "gradientMode": "none",
        "spanNulls": SPAN_NULLS_MS,
        "showPoints": "auto",
        "pointSize": 3,
        "axisPlacement": "left",
        "axisLabel": "",
        "axisWidth": AXIS_WIDTH,
        "scaleDistribution": {"type": "linear"},
        "stacking": {"mode": "none", "group": "A"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        "thresholdsStyle": {"mode": "off"},
    }
    return Panel(
        id=panel_id,
        type="timeseries",
        title=title,
        description=about,
        grid_pos=at,
        targets=targets,
        field_config=FieldConfig(
            defaults=Defaults(
                unit=unit, no_value=no_value, color=BY_NAME, thresholds=BASE, decimals=decimals, custom=custom
            ),
            overrides=overrides,
        ),
        options={"legend": _legend(), "tooltip": {"mode": "multi", "sort": "desc"}},
        interval=interval,
    )


def timeline(
    panel_id: int,
    at: GridPos,
    *,
    title: str,
    about: str,
    targets: tuple[Target, ...],
    no_value: str,
    interval: str,
    mappings: tuple[Mapping, ...] = (),
    overrides: tuple[Override, ...] = (),
    axis_width: int = AXIS_WIDTH,
) -> Panel:
    """Return a state timeline: a lane for each series, words by mapping, nothing where nothing is known."""
    custom: dict[str, Json] = {
        "lineWidth": 0,
        "fillOpacity": 85,
        "spanNulls": False,
        "axisWidth": axis_width,
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    }
    return Panel(
        id=panel_id,
        type="state-timeline",
        title=title,
        description=about,
        grid_pos=at,
        targets=targets,
        field_config=FieldConfig(
            defaults=Defaults(
                unit=COUNT,
                no_value=no_value,
                color=Color(mode="thresholds"),
                thresholds=BASE,
                mappings=mappings,
                custom=custom,
            ),
            overrides=overrides,
        ),
        options={
            "mergeValues": True,
            "showValue": "auto",
            "alignValue": "left",
            "rowHeight": 0.85,
            "legend": _legend(),
            "tooltip": {"mode": "single", "sort": "none"},
        },
        interval=interval,
    )


def notes(panel_id: int, at: GridPos, *, title: str, about: str, markdown: str) -> TextPanel:
    """Return a panel with words."""
    return TextPanel(
        id=panel_id, title=title, description=about, grid_pos=at, options={"mode": "markdown", "content": markdown}
    )


def row(panel_id: int, y: int, *, title: str, repeat: str | None = None) -> Row:
    """Return a heading over the panels that follow."""
    at = GridPos(h=1, w=COLUMNS, x=0, y=y)
    return Row(id=panel_id, title=title, grid_pos=at, repeat=UNSET if repeat is None else repeat)


def _legend() -> dict[str, Json]:
    return {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
