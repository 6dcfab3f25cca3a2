"""The tiles and tables of the device board."""

from dashboards import place_queries
from dashboards.model import GridPos, Panel
from dashboards.panels import (
    DURATION,
    EXACT,
    INSTANT,
    ON_HOLD,
    UNUSUAL,
    field,
    missing,
    named,
    some,
    sorted_by,
    table,
    table_query,
    tile,
)
from dashboards.registry import device_columns
from dashboards.texts import Language, say
from dashboards.tiles import never_heard
from dashboards.units import PLAIN_INK, SHARE

QUALITIES = ("0", "1", "2", "3")


def probe_now(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the newest reading of the chosen probe, exact, with its age."""
    return tile(
        panel_id,
        at,
        title=say(language, "device.probe"),
        about=say(language, "device.probe.about"),
        targets=(
            table_query("A", place_queries.probe_reading()),
            table_query("B", place_queries.probe_age()),
        ),
        no_value=say(language, "no-data"),
        mode="value_and_name",
        overrides=(
            field("celsius", say(language, "celsius"), unit=EXACT, mappings=(missing("—", None),)),
            field("quality", say(language, "quality"), mappings=(named(language, "quality", QUALITIES),)),
            field("age_s", say(language, "age"), unit=DURATION, mappings=(never_heard(language),)),
        ),
    )


def calibration(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return when the chosen probe was calibrated, when that is due again, and its correction."""
    return tile(
        panel_id,
        at,
        title=say(language, "device.calibration"),
        about=say(language, "device.calibration.about"),
        targets=(table_query("A", place_queries.probe_calibration()),),
        no_value=say(language, "no-data"),
        mode="value_and_name",
        overrides=(
            field("calibrated_ms", say(language, "calibrated"), unit=INSTANT, mappings=(missing("—", None),)),
            field("due_ms", say(language, "due"), unit=INSTANT, mappings=(missing("—", None),)),
            field("offset_celsius", say(language, "offset"), unit=EXACT, mappings=(missing("—", None),)),
        ),
    )


def cooling_now(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the cooling of the last hour and how its share changes each day."""
    return tile(
        panel_id,
        at,
        title=say(language, "device.trend"),
        about=say(language, "device.trend.about"),
        targets=(table_query("A", place_queries.cooling_trend()),),
        no_value=say(language, "empty.cooling"),
        mode="value_and_name",
        overrides=(
            field("duty", say(language, "duty"), unit=SHARE, decimals=1),
            field("cycles", say(language, "cycles")),
            field("trend_per_day", say(language, "trend"), unit=SHARE, decimals=2),
        ),
    )


def stock(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return what is inside now, by component and group; what expires first stands at the top."""
    none = (missing("—", None),)
    low = named(language, "low", ("0", "1"), (PLAIN_INK, UNUSUAL))
    return table(
        panel_id,
        at,
        title=say(language, "device.stock"),
        about=say(language, "device.stock.about"),
        targets=(table_query("A", place_queries.stock()),),
        no_value=say(language, "empty.stock"),
        columns=(
            field("component", say(language, "component")),
            field("group", say(language, "group"), mappings=(named(language, "group", ("none",)),)),
            field("units", say(language, "inside")),
            field("possible", say(language, "possible")),
            field("on_hold", say(language, "on-hold"), mappings=(some(ON_HOLD),)),
            field("first_expiry_ms", say(language, "expiry.first"), unit=INSTANT, mappings=none, custom_minWidth=160),
            field("expire_24h", say(language, "expire.soon")),
            field("minimum", say(language, "minimum"), mappings=none),
            field("low", say(language, "low.stock"), mappings=(low,)),
        ),
        order=(
            *("component", "group", "units", "possible", "on_hold"),
            *("first_expiry_ms", "expire_24h", "minimum", "low"),
        ),
        hidden=("Time",),
        sort=sorted_by("first_expiry_ms", down=False),
    )


def devices(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the registered devices of the place; a probe's id chooses it."""
    columns, order = device_columns(language, probes=True)
    return table(
        panel_id,
        at,
        title=say(language, "device.registry"),
        about=say(language, "device.registry.about"),
        targets=(table_query("A", place_queries.devices(language)),),
        no_value=say(language, "empty.registry"),
        columns=columns,
        order=order,
        hidden=("Time",),
        sort=sorted_by("kind"),
    )


def power_now(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return how the gateways of the place stand."""
    none = (missing("—", None),)
    heard = named(language, "online", ("0", "1"), (UNUSUAL, PLAIN_INK))
    late = (never_heard(language), *none)
    return table(
        panel_id,
        at,
        title=say(language, "device.power"),
        about=say(language, "device.power.about"),
        targets=(table_query("A", place_queries.power_now()),),
        no_value=say(language, "no-data"),
        columns=(
            field("gateway", say(language, "gateway")),
            field("online", say(language, "online"), mappings=(heard,)),
            field("battery_percent", say(language, "battery.percent"), mappings=none),
            field("signal_dbm", say(language, "signal.dbm"), mappings=none),
            field("lag_s", say(language, "lag"), unit=DURATION, mappings=late),
            field("spool_rows", say(language, "spool"), mappings=none),
            field("clock_skew_ms", say(language, "skew.ms"), mappings=none),
        ),
        order=("gateway", "online", "battery_percent", "signal_dbm", "lag_s", "spool_rows", "clock_skew_ms"),
        hidden=("Time",),
    )


def readings(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the newest readings of the chosen probe, one by one, exact."""
    return table(
        panel_id,
        at,
        title=say(language, "device.readings"),
        about=say(language, "device.readings.about"),
        targets=(table_query("A", place_queries.raw_readings()),),
        no_value=say(language, "empty.chart"),
        columns=(
            field("Time", say(language, "taken"), unit=INSTANT),
            field("celsius", say(language, "celsius"), mappings=(missing("—", None),)),
            field("quality", say(language, "quality"), mappings=(named(language, "quality", QUALITIES),)),
        ),
        order=("Time", "celsius", "quality"),
    )
