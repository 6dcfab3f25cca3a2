"""Lists that have no room for everything: which rows stand in them, and how many do not."""

from typing import Final

import msgspec

from dashboards.model import GridPos, Panel, RangeMapping, RangeOptions, Shown, Transformation
from dashboards.panels import COUNT_MAX, ON_HOLD, some, table_query, tile
from dashboards.texts import Language, say

LETTERS: Final = 32  # pixels: it must not outshine the last value of a place
NOTHING_CAME: Final = "—"


def at_most(rows: int) -> Transformation:
    """Return what leaves the first rows."""
    return Transformation(id="limit", options={"limitField": rows})


def beyond(language: Language, panel_id: int, at: GridPos, *, key: str, query: str) -> Panel:
    """Return how many rows there are that a list beside has no room for; `query` asks for it, and none is 0 or less.

    `key`: of its title and description. Where nothing comes there are no rows at all, or a mirror that knows of none:
    nobody can say that all are listed.
    """
    all_listed = Shown(text=say(language, "more.none"), index=0)
    drawn = tile(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=(table_query("A", query),),
        no_value=NOTHING_CAME,
        mappings=(RangeMapping(options=RangeOptions(from_=-COUNT_MAX, to=0, result=all_listed)), some(ON_HOLD)),
    )
    return msgspec.structs.replace(drawn, options=drawn.options | {"text": {"valueSize": LETTERS}})
