"""Curves of hours and days that the site and the device board share: minutes outside and unknown, cooling."""

from collections.abc import Callable
from typing import Final

from dashboards import place_queries
from dashboards.charts import bars, from_zero, over
from dashboards.model import GridPos, Panel
from dashboards.panels import COUNT, curve, fixed, like, series_query
from dashboards.texts import Language, say
from dashboards.units import SHARE

OUT: Final = "#e06c00"  # as the states: outside limits, and no data
UNKNOWN: Final = "#6f42a8"
MINUTE_DECIMALS: Final = 2  # one second is 0.02 minutes: nothing becomes 0


def minutes(
    language: Language, panel_id: int, at: GridPos, key: str, query: Callable[[str], str], *, empty: str = "empty.chart"
) -> Panel:
    """Return bars of the minutes outside limits and of those that nobody measured, for 30 days.

    `key`: of the panel's title; `query` gives the query of `out` and of `unknown`.
    """
    out, unknown = say(language, "out"), say(language, "unknown")
    drawn = curve(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=(series_query("A", query("out"), out), series_query("B", query("unknown"), unknown)),
        no_value=say(language, empty),
        unit=COUNT,
        decimals=MINUTE_DECIMALS,
        interval="1h",
        overrides=(like(f"/^{out}$/", color=fixed(OUT)), like(f"/^{unknown}$/", color=fixed(UNKNOWN))),
    )
    return over(bars(from_zero(drawn)))


def cooling(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the share of each of 30 days in which the place was cooled: where it rises, the device gets worse."""
    return _days(language, panel_id, at, "duty", place_queries.cooling_share(), SHARE, decimals=1)


def cycles(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the cooling cycles of each of 30 days."""
    return _days(language, panel_id, at, "cycles", place_queries.cooling_cycles(), COUNT, decimals=0)


def _days(language: Language, panel_id: int, at: GridPos, key: str, query: str, unit: str, *, decimals: int) -> Panel:
    drawn = curve(
        panel_id,
        at,
        title=say(language, f"device.{key}"),
        about=say(language, f"device.{key}.about"),
        targets=(series_query("A", query, "$tag_probe"),),
        no_value=say(language, "empty.cooling"),
        unit=unit,
        decimals=decimals,
        interval="1h",
        overrides=(),
    )
    return over(bars(from_zero(drawn), stacked=False))
