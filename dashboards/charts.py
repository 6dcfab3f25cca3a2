"""Variants of curves: bars of a day, points of an hour, and a panel with a time span of its own.

A day or an hour that is missing stays empty: nothing is drawn across it.
"""

from typing import Final

import msgspec

from dashboards.model import Json, Panel

MONTH: Final = "30d"  # what panels of hours and days show while the board shows less


def hourly(panel: Panel) -> Panel:
    """Return a curve of one point an hour: it breaks wherever an hour is missing."""
    return _drawn(panel, {"spanNulls": False})


def bars(panel: Panel, *, stacked: bool = True) -> Panel:
    """Return bars that reach from the time of their point to the right; `stacked`: they stand on each other."""
    how: dict[str, Json] = {"drawStyle": "bars", "barAlignment": 1, "fillOpacity": 70, "lineWidth": 1}
    stacking: Json = {"mode": "normal" if stacked else "none", "group": "A"}
    return _drawn(panel, how | {"showPoints": "never", "spanNulls": False, "stacking": stacking})


def over(panel: Panel, span: str = MONTH) -> Panel:
    """Return a panel that shows a span of its own; where a person chose two dates, Grafana shows these."""
    return msgspec.structs.replace(panel, time_from=span)


def from_zero(panel: Panel) -> Panel:
    """Return curves whose axis begins at 0, for counts and shares."""
    return _with_defaults(panel, min=0)


def _drawn(panel: Panel, how: dict[str, Json]) -> Panel:
    return _with_defaults(panel, custom=panel.field_config.defaults.custom | how)


def _with_defaults(panel: Panel, **changed: int | dict[str, Json]) -> Panel:
    defaults = msgspec.structs.replace(panel.field_config.defaults, **changed)
    config = msgspec.structs.replace(panel.field_config, defaults=defaults)
    return msgspec.structs.replace(panel, field_config=config)
