"""Tables out of the registry that several boards have: the limits with their edition, and the devices."""

from typing import Final

from dashboards import place_queries, queries
from dashboards.frame import place_choice_links, probe_links
from dashboards.model import GridPos, Override, Panel
from dashboards.panels import CALM, UNUSUAL, field, missing, named, sorted_by, table, table_query
from dashboards.texts import Language, say
from dashboards.units import DATE

KINDS: Final = ("gateway", "probe", "reader", "contact", "box")
DUE_WORDS: Final = ("calibration", "qualification")


def edition_table(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the limits of all places of the site: profile, edition, and whether they are approved."""
    none = (missing("—", None),)
    return table(
        panel_id,
        at,
        title=say(language, "site.limits"),
        about=say(language, "site.limits.about"),
        targets=(table_query("A", queries.limits(language)),),
        no_value=say(language, "empty"),
        columns=(
            field("place", say(language, "place"), links=place_choice_links(language), custom_width=110),
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
        field("confirmed", say(language, "device.confirmed"), mappings=(named(language, "installed", ("0", "1")),)),
    )
    order = ("device", "kind", "name", "due_word", "due_ms", "calibrated_ms", "offset_celsius", "confirmed")
    return columns, (*order, "place", "gateway", "serial")
