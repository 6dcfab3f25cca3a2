"""The parts of Grafana's dashboard JSON (v1, schema version 42) that our boards use, as types.

What a struct cannot say is not in our boards. Field names become camelCase; what is UNSET is left out of the JSON.
"""

from typing import Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

SCHEMA_VERSION: Final = 42
# Panels say which version made them, so that later ones bring them up to date and earlier ones do not take them for
# older still: the oldest Grafana that the boards must open in.
PLUGIN_VERSION: Final = "9.4.0"

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What all parts have in common."""


class Source(Part, frozen=True, kw_only=True):
    """A data source; ours is always the one that the board's variable names."""

    type: str = "influxdb"
    uid: str = "${ds}"


class Target(Part, frozen=True, kw_only=True):
    """One InfluxQL query of a panel, with the name that its series get. `result_format`: table or time_series."""

    ref_id: str
    query: str
    result_format: str
    alias: str = ""
    datasource: Source = Source()
    raw_query: bool = True


class GridPos(Part, frozen=True, kw_only=True):
    """Where a panel stands: 24 columns, rows of 38 pixels. On a phone panels follow each other from the top."""

    h: int
    w: int
    x: int
    y: int


class Shown(Part, frozen=True, kw_only=True):
    """What stands for a value: words, with a colour where the value is a state."""

    text: str
    index: int
    color: str | UnsetType = UNSET


class ValueMapping(Part, frozen=True, kw_only=True):
    """Words by exact value."""

    options: dict[str, Shown]
    type: str = "value"


class SpecialOptions(Part, frozen=True, kw_only=True):
    """Words for what is no value, e.g. `null`."""

    match: str
    result: Shown


class SpecialMapping(Part, frozen=True, kw_only=True):
    """Words for what is no value."""

    options: SpecialOptions
    type: str = "special"


class RegexOptions(Part, frozen=True, kw_only=True):
    """Words for texts that match /pattern/; `$1` in them is its first group."""

    pattern: str
    result: Shown


class RegexMapping(Part, frozen=True, kw_only=True):
    """Words for texts by pattern (JavaScript). What does not match stays as it is."""

    options: RegexOptions
    type: str = "regex"


class Tint(Part, frozen=True, kw_only=True):
    """A colour for a number that is written as it is."""

    color: str
    index: int


class RangeOptions(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Numbers from one to another, both included: written as they are in a colour, or words instead of them."""

    from_: int
    to: int
    result: Tint | Shown


class RangeMapping(Part, frozen=True, kw_only=True):
    """A colour or words by a range of numbers. Used for counts and for time that is left, never for a temperature."""

    options: RangeOptions
    type: str = "range"


Mapping: TypeAlias = ValueMapping | SpecialMapping | RegexMapping | RangeMapping


class Color(Part, frozen=True, kw_only=True):
    """How a field gets its colour."""

    mode: str
    fixed_color: str | UnsetType = UNSET


class Step(Part, frozen=True, kw_only=True):
    """A threshold. Ours have the base only: no colour of ours comes from a raw value."""

    color: str
    value: float | None = None


class Thresholds(Part, frozen=True, kw_only=True):
    """The thresholds of a field."""

    steps: tuple[Step, ...]
    mode: str = "absolute"


class DataLink(Part, frozen=True, kw_only=True):
    """Where a click on a value leads."""

    title: str
    url: str
    target_blank: bool = False


class Defaults(Part, frozen=True, kw_only=True):
    """What holds for every field of a panel."""

    unit: str
    no_value: str
    color: Color
    thresholds: Thresholds
    mappings: tuple[Mapping, ...] = ()
    decimals: int | UnsetType = UNSET
    min: int | UnsetType = UNSET
    links: tuple[DataLink, ...] = ()
    custom: dict[str, Json] = {}


class Matcher(Part, frozen=True, kw_only=True):
    """Which fields an override is for: byName or byRegexp."""

    id: str
    options: str


class Property(Part, frozen=True, kw_only=True):
    """One thing that is different for them."""

    id: str
    value: Json | Color | tuple[Mapping, ...] | tuple[DataLink, ...]


class Override(Part, frozen=True, kw_only=True):
    """What holds for some fields only."""

    matcher: Matcher
    properties: tuple[Property, ...]


class FieldConfig(Part, frozen=True, kw_only=True):
    """How the fields of a panel are shown."""

    defaults: Defaults
    overrides: tuple[Override, ...] = ()


class Transformation(Part, frozen=True, kw_only=True):
    """What happens to a panel's data before it is shown."""

    id: str
    options: dict[str, Json]


class Panel(Part, frozen=True, kw_only=True):
    """A panel with data. `interval` is the least time between two points that `$__interval` may stand for.

    `time_from`: the span that it shows, e.g. 30d, while the board shows another.
    """

    id: int
    type: str
    title: str
    description: str
    grid_pos: GridPos
    targets: tuple[Target, ...]
    field_config: FieldConfig
    options: dict[str, Json]
    transformations: tuple[Transformation, ...] = ()
    interval: str | UnsetType = UNSET
    time_from: str | UnsetType = UNSET
    datasource: Source = Source()
    plugin_version: str = PLUGIN_VERSION


class TextPanel(Part, frozen=True, kw_only=True):
    """A panel with words."""

    id: int
    title: str
    description: str
    grid_pos: GridPos
    options: dict[str, Json]
    type: str = "text"
    plugin_version: str = PLUGIN_VERSION


class Row(Part, frozen=True, kw_only=True):
    """A heading over the panels that follow it; with `repeat`, all of them once for each value of that variable."""

    id: int
    title: str
    grid_pos: GridPos
    repeat: str | UnsetType = UNSET
    collapsed: bool = False
    panels: tuple[str, ...] = ()
    type: str = "row"


AnyPanel: TypeAlias = Panel | TextPanel | Row


class SourceVariable(Part, frozen=True, kw_only=True):
    """The choice of the data source: any InfluxDB that this Grafana knows."""

    name: str
    label: str
    type: str = "datasource"
    query: str = "influxdb"
    hide: int = 0
    refresh: int = 1
    regex: str = ""
    include_all: bool = False
    multi: bool = False
    options: tuple[str, ...] = ()
    current: dict[str, Json] = {}


class QueryVariable(Part, frozen=True, kw_only=True):
    """A choice that is asked from the data source anew whenever the time range moves (`refresh` 2)."""

    name: str
    label: str
    query: str
    definition: str
    include_all: bool
    multi: bool
    current: dict[str, Json]
    type: str = "query"
    datasource: Source = Source()
    hide: int = 0
    refresh: int = 2
    regex: str = ""
    sort: int = 1
    options: tuple[str, ...] = ()


class ConstantVariable(Part, frozen=True, kw_only=True):
    """A text that the export puts in; it is not shown and no address can change it."""

    name: str
    label: str
    query: str
    current: dict[str, Json]
    type: str = "constant"
    hide: int = 2
    skip_url_sync: bool = True
    options: tuple[str, ...] = ()


Variable: TypeAlias = SourceVariable | QueryVariable | ConstantVariable


class AnnotationQuery(Part, frozen=True, kw_only=True):
    """The InfluxQL of an annotation and which of its columns are what."""

    query: str
    text_column: str
    tags_column: str
    time_end_column: str
    ref_id: str = "Anno"
    title_column: str = ""
    from_annotations: bool = True
    raw_query: bool = True
    result_format: str = "table"


class Annotation(Part, frozen=True, kw_only=True):
    """Marks over every chart. The query stands at the top for older Grafanas and in `target` for newer ones."""

    name: str
    icon_color: str
    query: str
    text_column: str
    tags_column: str
    time_end_column: str
    target: AnnotationQuery
    title_column: str = ""
    datasource: Source = Source()
    enable: bool = True
    hide: bool = False
    from_annotations: bool = True


class BoardLink(Part, frozen=True, kw_only=True):
    """A link at the top of a board."""

    title: str
    tooltip: str
    url: str
    target_blank: bool = False
    type: str = "link"
    icon: str = "external link"
    as_dropdown: bool = False
    include_vars: bool = False
    keep_time: bool = False
    tags: tuple[str, ...] = ()


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A list under the name that Grafana gives it."""

    list: tuple[Variable, ...] | tuple[Annotation, ...]


class TimeRange(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What a board shows when it is opened."""

    from_: str
    to: str = "now"


class Board(Part, frozen=True, kw_only=True):
    """A dashboard. `graph_tooltip` 1: all charts share one crosshair."""

    uid: str
    title: str
    description: str
    tags: tuple[str, ...]
    refresh: str
    time: TimeRange
    panels: tuple[AnyPanel, ...]
    templating: Listed
    annotations: Listed
    links: tuple[BoardLink, ...]
    id: None = None
    editable: bool = False
    graph_tooltip: int = 1
    schema_version: int = SCHEMA_VERSION
    style: str = "dark"
    timezone: str = "browser"
    version: int = 1
    week_start: str = ""
    fiscal_year_start_month: int = 0
    live_now: bool = False
    timepicker: dict[str, Json] = {}
