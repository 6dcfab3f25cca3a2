"""The curves of a place or box by its load and air probes, and the limits that lie over them."""

from typing import Final

from dashboards import queries
from dashboards.model import GridPos, Json, Override, Panel
from dashboards.panels import CELSIUS, CELSIUS_DECIMALS, curve, fixed, like, series_query
from dashboards.texts import Language, say

LOAD: Final = "#e08b00"
AIR: Final = "#8e9aa6"
LIMIT: Final = "#2f8f4e"
DASHED: Final[Json] = {"fill": "dash", "dash": [10, 8]}


def temperature(language: Language, panel_id: int, at: GridPos, key: str) -> Panel:
    """Return the extremes of every probe with the limits and the band between them. `key`: of the panel's title."""
    load, air = say(language, "role.load"), say(language, "role.air")
    low, high = say(language, "low"), say(language, "high")
    highest, lowest = say(language, "max"), say(language, "min")
    return curve(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=(
            series_query("A", queries.celsius("max", "load"), f"$tag_probe {load} {highest}"),
            series_query("B", queries.celsius("min", "load"), f"$tag_probe {load} {lowest}"),
            series_query("C", queries.celsius("max", "air"), f"$tag_probe {air} {highest}"),
            series_query("D", queries.celsius("min", "air"), f"$tag_probe {air} {lowest}"),
            series_query("E", queries.limit("low"), low),
            series_query("F", queries.limit("high"), high),
        ),
        no_value=say(language, "empty.chart"),
        unit=CELSIUS,
        decimals=CELSIUS_DECIMALS,
        interval="20s",
        overrides=(
            like(f"/ {load} /", color=fixed(LOAD)),
            like(f"/ {air} /", color=fixed(AIR), custom_lineWidth=1),
            limit_lines(language),
            like(f"/^{high}$/", custom_fillBelowTo=low, custom_fillOpacity=10),
        ),
    )


def limit_lines(language: Language) -> Override:
    """Return how the two limits of a curve are drawn."""
    low, high = say(language, "low"), say(language, "high")
    return like(f"/^({low}|{high})$/", color=fixed(LIMIT), custom_lineStyle=DASHED, custom_showPoints="never")
