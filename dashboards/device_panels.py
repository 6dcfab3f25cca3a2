"""The tiles and tables of the device board."""

from dashboards import place_queries
from dashboards.model import GridPos, Panel
from dashboards.panels import (
    DURATION,
    EXACT,
    INSTANT,
    INSTANT_TODAY,
    ON_HOLD,
    QUALITIES,
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
from dashboards.registry import INSTALLED, device_columns, gateway_columns
from dashboards.texts import Language, say
from dashboards.tiles import never_heard
from dashboards.units import DATE, PLAIN_INK


def probe_now(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the newest reading of the chosen probe, exact, with its age."""
    return tile(
        panel_id,
        at,
        title=say(language, "device.probe"),
        about=say(language, "device.probe.about"),
        targets=(
            table_query("A", place_queries.probe_reading()),
            table_query("B", place_queries.probe_answer()),
            table_query("C", place_queries.probe_age()),
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
    """Return when the chosen probe was calibrated, when that is due again, its correction, and if it is confirmed."""
    installed = named(language, "installed", INSTALLED, (PLAIN_INK, UNUSUAL, UNUSUAL, PLAIN_INK))
    return tile(
        panel_id,
        at,
        title=say(language, "device.calibration"),
        about=say(language, "device.calibration.about"),
        targets=(table_query("A", place_queries.probe_calibration()),),
        no_value=say(language, "no-data"),
        fields="/^(calibrated_ms|due_ms|offset_celsius|installed)$/",
        mode="value_and_name",
        overrides=(
            field("calibrated_ms", say(language, "calibrated"), unit=DATE, mappings=(missing("—", None),)),
            field("due_ms", say(language, "due"), unit=DATE, mappings=(missing("—", None),)),
            field("offset_celsius", say(language, "offset"), unit=EXACT, mappings=(missing("—", None),)),
            field("installed", say(language, "device.confirmed"), mappings=(installed,)),
        ),
    )


def stock(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return what is inside now, by component and group; what expires first stands at the top."""
    none = (missing("—", None),)
    return table(
        panel_id,
        at,
        title=say(language, "device.stock"),
        about=say(language, "device.stock.about"),
        targets=(table_query("A", place_queries.stock()),),
        no_value=say(language, "empty.stock"),
        columns=(
            field("component", say(language, "component"), custom_minWidth=160),
            field("blood_group", say(language, "group"), mappings=(named(language, "group", ("none",)),)),
            field("units", say(language, "inside")),
            field("released", say(language, "released")),
            field("waiting", say(language, "stock.waiting")),
            field("aside", say(language, "aside"), mappings=(some(ON_HOLD),)),
            field("first_expiry_ms", say(language, "expiry.first"), unit=INSTANT, mappings=none, custom_minWidth=160),
            field("expire_24h", say(language, "expire.soon")),
        ),
        order=("component", "blood_group", "units", "first_expiry_ms", "expire_24h", "released", "waiting", "aside"),
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
    order = ("gateway", "online", "lag_s", "spool_rows", "clock_skew_ms", "battery_percent", "limits_version")
    return table(
        panel_id,
        at,
        title=say(language, "device.power"),
        about=say(language, "device.power.about"),
        targets=(table_query("A", place_queries.power_now()),),
        no_value=say(language, "no-data"),
        columns=gateway_columns(language, order),
        order=order,
        hidden=("Time",),
    )


def signals(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return how strongly the devices of the place were heard last. No strength has a colour: nobody judges it."""
    return table(
        panel_id,
        at,
        title=say(language, "device.signals"),
        about=say(language, "device.signals.about"),
        targets=(table_query("A", place_queries.signal_now()),),
        no_value=say(language, "empty.signal"),
        columns=(
            field("device", say(language, "device")),
            field("text", say(language, "signal")),
            field("Time", say(language, "signal.told"), unit=INSTANT_TODAY),
        ),
        order=("device", "text", "Time"),
        hidden=("gateway",),
    )


def readings(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the newest readings of the chosen probe, one by one, exact."""
    return table(
        panel_id,
        at,
        title=say(language, "device.readings"),
        about=say(language, "device.readings.about"),
        targets=tuple(
            table_query(ref_id, query) for ref_id, query in zip("AB", place_queries.raw_readings(), strict=True)
        ),
        no_value=say(language, "empty.chart"),
        columns=(
            field("Time", say(language, "taken"), unit=INSTANT),
            field("celsius", say(language, "celsius"), mappings=(missing("—", None),)),
            field("quality", say(language, "quality"), mappings=(named(language, "quality", QUALITIES),)),
        ),
        order=("Time", "celsius", "quality"),
        sort=sorted_by("Time"),
    )
