"""Tables out of the registry that several boards have: the limits with their edition, devices, gateways."""

from collections.abc import Sequence
from typing import Final

from coldchain.facts import ClockState
from dashboards import place_queries, queries
from dashboards.frame import place_choice_links, probe_links
from dashboards.model import GridPos, Mapping, Override, Panel
from dashboards.panels import CALM, DURATION, UNUSUAL, field, missing, named, sorted_by, table, table_query
from dashboards.texts import Language, say
from dashboards.tiles import never_heard
from dashboards.units import DATE, PLAIN_INK

KINDS: Final = ("gateway", "probe", "reader", "contact", "box")
CLOCKS: Final = tuple(state.value for state in ClockState)
INSTALLED: Final = ("confirmed", "not-confirmed", "nobody", "not-applicable")  # stores.points_devices.Installed
DUE_WORDS: Final = ("calibration", "qualification")


def edition_table(
    language: Language,
    panel_id: int,
    at: GridPos,
    *,
    key: str = "site.limits",
    which: str = queries.OF_SITE,
    place: Override | None = None,
) -> Panel:
    """Return the limits of all places, or of those that `which` says: profile, edition, and if they are approved.

    `key`: of the panel's title; `place`: the column of their ids, if it has another name or leads elsewhere.
    """
    none = (missing("—", None),)
    return table(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=(table_query("A", queries.limits(language, which)),),
        no_value=say(language, "empty"),
        columns=(
            place_column(language) if place is None else place,
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


def place_column(language: Language) -> Override:
    """Return the column of ids of places; a click leads to the place."""
    return field("place", say(language, "place"), links=place_choice_links(language), custom_width=110)


def place_limits_table(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the limits of the chosen place, in one line."""
    none = (missing("—", None),)
    approved = named(language, "confirmed", ("0", "1"), (UNUSUAL, CALM))
    return table(
        panel_id,
        at,
        title=say(language, "device.limits"),
        about=say(language, "device.limits.about"),
        targets=(table_query("A", place_queries.place_limits()),),
        no_value=say(language, "no-data"),
        columns=(
            field("profile", say(language, "profile")),
            field("profile_version", say(language, "edition"), custom_width=70),
            field("low_celsius", say(language, "low.table"), mappings=none, custom_width=80),
            field("high_celsius", say(language, "high.table"), mappings=none, custom_width=80),
            field("confirmed", say(language, "limits"), mappings=(approved,)),
        ),
        order=("profile", "profile_version", "low_celsius", "high_celsius", "confirmed"),
        hidden=("Time",),
    )


def device_columns(language: Language, *, probes: bool = False) -> tuple[tuple[Override, ...], tuple[str, ...]]:
    """Return the columns of a table of devices and their order; with `probes` an id leads to the probe's board."""
    none = (missing("—", None),)
    kinds = (named(language, "device-kind", KINDS),)
    installed = (named(language, "installed", INSTALLED), *none)
    columns = (
        field("device", say(language, "device"), **({"links": probe_links(language)} if probes else {})),
        field("kind", say(language, "device.kind"), mappings=kinds, custom_width=80),
        field("name", say(language, "name")),
        field("place", say(language, "place")),
        field("gateway", say(language, "gateway"), mappings=none),
        field("serial", say(language, "serial"), mappings=none),
        field("calibrated_ms", say(language, "calibrated"), unit=DATE, mappings=none, custom_width=110),
        field("due_word", say(language, "due.word"), mappings=(named(language, "due_word", DUE_WORDS), *none)),
        field("due_ms", say(language, "due"), unit=DATE, mappings=none, custom_width=110),
        field("offset_celsius", say(language, "offset"), mappings=none, custom_width=90),
        field("installed", say(language, "device.confirmed"), mappings=installed),
    )
    order = ("device", "kind", "name", "due_word", "due_ms", "calibrated_ms", "offset_celsius", "installed")
    return columns, (*order, "place", "gateway", "serial")


def gateway_columns(language: Language, names: Sequence[str]) -> tuple[Override, ...]:
    """Return the columns of a table of how gateways stand now: those of these names, in the order given."""
    none = (missing("—", None),)
    late = (never_heard(language), *none)
    limits = (named(language, "local", ("0",)), *none)
    columns = (
        field("gateway", say(language, "gateway")),
        field("online", say(language, "online"), mappings=(heard_words(language),)),
        field("lag_s", say(language, "lag"), unit=DURATION, mappings=late),
        field("spool_rows", say(language, "spool"), mappings=none),
        field("oldest_unsent_s", say(language, "unsent"), unit=DURATION, mappings=none),
        field("clock_skew_ms", say(language, "skew.ms"), mappings=none),
        field("clock_state", say(language, "clock"), mappings=(named(language, "clock", CLOCKS), *none)),
        field("battery_percent", say(language, "battery.percent"), mappings=none),
        field("limits_version", say(language, "local.limits"), mappings=limits),
    )
    known = {column.matcher.options: column for column in columns}
    return tuple(known[name] for name in names)


def heard_words(language: Language) -> Mapping:
    """Return the words for whether a gateway is heard."""
    return named(language, "online", ("0", "1"), (UNUSUAL, PLAIN_INK))
