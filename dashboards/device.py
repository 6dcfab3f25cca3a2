"""The device board: one probe of one place, as measured and by the hour, and what keeps it alive."""

from typing import Final

from dashboards import place_queries, queries
from dashboards.charts import from_zero, hourly, over
from dashboards.device_panels import (
    calibration,
    devices,
    power_now,
    probe_now,
    readings,
    signals,
    stock,
)
from dashboards.frame import (
    TAG,
    console_link,
    console_variable,
    gateway_variable,
    ingest_link,
    place_links,
    place_variable,
    probe_variable,
    site_link,
    site_variable,
    source_variable,
    wall_link,
)
from dashboards.hours import cooling, cycles, minutes
from dashboards.marks import place_marks
from dashboards.model import Board, GridPos, Listed, Override, Panel, TimeRange
from dashboards.panels import (
    CELSIUS,
    CELSIUS_DECIMALS,
    DURATION,
    answer_words,
    curve,
    fixed,
    level_words,
    like,
    notes,
    series_query,
    timeline,
)
from dashboards.place_curve import limit_lines
from dashboards.registry import place_limits_table
from dashboards.texts import Language, say
from dashboards.tiles import place_tiles
from dashboards.units import DBM, PERCENT

WARMEST: Final = "#e08b00"
COLDEST: Final = "#5794f2"
MEAN: Final = "#c7ccd1"
HOUR: Final = "1h"


def device(language: Language, console_url: str) -> Board:
    """Return the device board of a language. `console_url`: where its links into the console lead, without a slash."""
    return Board(
        uid=f"cc-device-{language}",
        title=say(language, "device.title"),
        description=say(language, "device.about"),
        tags=(TAG, language.value),
        refresh="30s",
        time=TimeRange(from_="now-24h"),
        panels=(
            *place_tiles(language, 1, y=0, h=4, links=place_links(language)),
            probe_now(language, 40, GridPos(h=3, w=9, x=0, y=4)),
            calibration(language, 7, GridPos(h=3, w=7, x=9, y=4)),
            place_limits_table(language, 8, GridPos(h=3, w=8, x=16, y=4)),
            _raw(language, 9, y=7),
            _states(language, 10, y=17),
            stock(language, 11, GridPos(h=7, w=24, x=0, y=21)),
            _hours(language, 12, y=28),
            _kinetic(language, 13, y=28),
            minutes(language, 14, GridPos(h=7, w=12, x=0, y=36), "device.hour-minutes", place_queries.hour_minutes),
            cooling(language, 15, GridPos(h=7, w=7, x=12, y=36)),
            cycles(language, 16, GridPos(h=7, w=5, x=19, y=36)),
            power_now(language, 17, GridPos(h=5, w=15, x=0, y=43)),
            signals(language, 23, GridPos(h=5, w=9, x=15, y=43)),
            _gateways(language, 18, GridPos(h=6, w=8, x=0, y=48), "battery", place_queries.battery(), PERCENT),
            _gateways(language, 19, GridPos(h=6, w=8, x=8, y=48), "lag", place_queries.lag(), DURATION),
            _signal(language, 24, GridPos(h=6, w=8, x=16, y=48)),
            devices(language, 20, GridPos(h=6, w=24, x=0, y=54)),
            readings(language, 21, GridPos(h=8, w=14, x=0, y=60)),
            notes(
                22,
                GridPos(h=8, w=10, x=14, y=60),
                title=say(language, "device.notes"),
                about=say(language, "device.notes.about"),
                markdown=say(language, "device.notes.text"),
            ),
        ),
        templating=Listed(
            list=(
                source_variable(language),
                site_variable(language),
                place_variable(language, every=False),
                probe_variable(language),
                gateway_variable(language),
                console_variable(language, console_url),
            )
        ),
        annotations=Listed(list=place_marks(language)),
        links=(wall_link(language), site_link(language), ingest_link(language), console_link(language)),
    )


def _raw(language: Language, panel_id: int, *, y: int) -> Panel:
    low, high = say(language, "low"), say(language, "high")
    highest, lowest = say(language, "max"), say(language, "min")
    return curve(
        panel_id,
        GridPos(h=10, w=24, x=0, y=y),
        title=say(language, "device.raw"),
        about=say(language, "device.raw.about"),
        targets=(
            series_query("A", place_queries.probe_celsius("max"), highest),
            series_query("B", place_queries.probe_celsius("min"), lowest),
            series_query("C", queries.limit("low"), low),
            series_query("D", queries.limit("high"), high),
        ),
        no_value=say(language, "empty.chart"),
        unit=CELSIUS,
        decimals=CELSIUS_DECIMALS,
        interval="10s",
        overrides=(
            *_band(language),
            limit_lines(language),
        ),
    )


def _band(language: Language) -> tuple[Override, ...]:
    highest, lowest = say(language, "max"), say(language, "min")
    return (
        like(f"/^{highest}$/", color=fixed(WARMEST), custom_fillBelowTo=lowest, custom_fillOpacity=25),
        like(f"/^{lowest}$/", color=fixed(COLDEST)),
    )


def _states(language: Language, panel_id: int, *, y: int) -> Panel:
    reading = say(language, "lane.reading")
    return timeline(
        panel_id,
        GridPos(h=4, w=24, x=0, y=y),
        title=say(language, "device.states"),
        about=say(language, "device.states.about"),
        targets=(
            series_query("A", place_queries.place_level(), say(language, "lane.state")),
            series_query("B", place_queries.probe_quality(), reading),
        ),
        no_value=say(language, "empty.chart"),
        interval="1m",
        mappings=level_words(language),
        overrides=(like(f"/^{reading}$/", mappings=(answer_words(language),)),),
    )


def _hours(language: Language, panel_id: int, *, y: int) -> Panel:
    mean = say(language, "mean")
    drawn = curve(
        panel_id,
        GridPos(h=8, w=16, x=0, y=y),
        title=say(language, "device.hours"),
        about=say(language, "device.hours.about"),
        targets=(
            series_query("A", place_queries.hour_celsius("max"), say(language, "max")),
            series_query("B", place_queries.hour_celsius("min"), say(language, "min")),
            series_query("C", place_queries.hour_celsius("mean"), mean),
        ),
        no_value=say(language, "empty.chart"),
        unit=CELSIUS,
        decimals=CELSIUS_DECIMALS,
        interval=HOUR,
        overrides=(*_band(language), like(f"/^{mean}$/", color=fixed(MEAN), custom_lineWidth=1)),
    )
    return over(hourly(drawn))


def _kinetic(language: Language, panel_id: int, *, y: int) -> Panel:
    drawn = curve(
        panel_id,
        GridPos(h=8, w=8, x=16, y=y),
        title=say(language, "device.kinetic"),
        about=say(language, "device.kinetic.about"),
        targets=(series_query("A", place_queries.hour_celsius("mkt"), say(language, "mkt")),),
        no_value=say(language, "empty.kinetic"),
        unit=CELSIUS,
        decimals=CELSIUS_DECIMALS,
        interval=HOUR,
        overrides=(),
    )
    return over(hourly(drawn))


def _gateways(language: Language, panel_id: int, at: GridPos, name: str, query: str, unit: str) -> Panel:
    drawn = curve(
        panel_id,
        at,
        title=say(language, f"device.{name}"),
        about=say(language, f"device.{name}.about"),
        targets=(series_query("A", query, "$tag_gateway"),),
        no_value=say(language, f"empty.{name}"),
        unit=unit,
        decimals=0,
        interval="1m",
        overrides=(),
    )
    return from_zero(drawn)


def _signal(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the strength of each device of the place, by the half hour; the line breaks where one was not said."""
    drawn = curve(
        panel_id,
        at,
        title=say(language, "device.signal"),
        about=say(language, "device.signal.about"),
        targets=(series_query("A", place_queries.signal(), "$tag_device"),),
        no_value=say(language, "empty.signal"),
        unit=DBM,
        decimals=0,
        interval="30m",
        overrides=(),
    )
    return hourly(drawn)
