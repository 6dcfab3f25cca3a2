"""Curves of hours and days that the site and the device board share: minutes outside and unknown, cooling."""

from collections.abc import Callable
from typing import Final

from dashboards import place_queries
from dashboards.charts import bars, from_zero, hourly, over
from dashboards.model import GridPos, Panel
from dashboards.panels import COUNT, curve, fixed, like, series_query
from dashboards.texts import Language, say
from dashboards.units import SHARE

OUT: Final = "#e06c00"  # as the states: outside limits, and no data
UNKNOWN: Final = "#6f42a8"
COOLING: Final = "#5794f2"
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


def duty(language: Language, panel_id: int, at: GridPos) -> Panel:
    """Return the share of each hour in which the compressor cools."""
    drawn = curve(
        panel_id,
        at,
        title=say(language, "device.duty"),
        about=say(language, "device.duty.about"),
        targets=(series_query("A", place_queries.cooling("duty"), say(language, "duty")),),
        no_value=say(language, "empty.cooling"),
        unit=SHARE,
        decimals=1,
        interval="1h",
        overrides=(like(f"/^{say(language, 'duty')}$/", color=fixed(COOLING)),),
    )
    return hourly(from_zero(drawn))
