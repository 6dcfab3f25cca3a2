"""Tables of findings that several boards have: all of them with their figures, and what each keeps on hold."""

from collections.abc import Sequence
from typing import Final

from coldchain.units import Direction, FindingKind, FindingStatus
from dashboards import queries
from dashboards.cut import at_most
from dashboards.frame import finding_links
from dashboards.model import GridPos, Override, Panel
from dashboards.panels import DURATION, INSTANT, field, missing, named, sorted_by, table, table_query
from dashboards.registry import place_column
from dashboards.texts import Language, say

KINDS: Final = tuple(kind.value for kind in FindingKind)
DIRECTIONS: Final = (*(direction.value for direction in Direction), "none")
STATUSES: Final = tuple(status.value for status in FindingStatus)


def findings_table(
    language: Language,
    panel_id: int,
    at: GridPos,
    *,
    key: str,
    asked: Sequence[str],
    order: Sequence[str],
    hidden: Sequence[str] = (),
    most: int | None = None,
) -> Panel:
    """Return the findings that go on and those that are over, which `asked` asks for. `key`: of the panel's title.

    With `most` so many are listed, those that go on before the others; `asked` then has to ask for `open`.
    """
    cut = () if most is None else (sorted_by("open"), at_most(most))
    known = {column.matcher.options: column for column in _columns(language)}
    return table(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=tuple(table_query(ref_id, query) for ref_id, query in zip("AB", asked, strict=True)),
        no_value=say(language, "empty"),
        columns=tuple(known[name] for name in order),
        order=order,
        hidden=hidden,
        sort=(sorted_by("Time"), *cut),
    )


def holds_table(language: Language, panel_id: int, at: GridPos, *, id_width: int) -> Panel:
    """Return how many units each finding keeps on hold."""
    return table(
        panel_id,
        at,
        title=say(language, "wall.holds"),
        about=say(language, "wall.holds.about"),
        targets=(table_query("A", queries.holds()),),
        no_value=say(language, "empty"),
        columns=(
            field("place", say(language, "place")),
            field("units", say(language, "units"), custom_width=70),
            field("finding", say(language, "id"), links=finding_links(language), custom_width=id_width),
        ),
        order=("place", "units", "finding"),
        hidden=("Time",),
    )


def _columns(language: Language) -> tuple[Override, ...]:
    going_on = (named(language, "end", ("0",)), missing(say(language, "end.open"), None))
    nothing = (missing("—", None),)
    directions = (named(language, "direction", DIRECTIONS),)
    return (
        field("Time", say(language, "start"), unit=INSTANT, custom_width=160),
        field("end_ms", say(language, "end"), unit=INSTANT, mappings=going_on, custom_width=160),
        place_column(language),
        field("title", say(language, "title"), custom_minWidth=240),
        field("kind", say(language, "kind"), mappings=(named(language, "kind", KINDS),), custom_width=110),
        field("direction", say(language, "direction"), mappings=directions, custom_width=90),
        field("probe", say(language, "probe"), custom_width=140),
        field("peak_celsius", say(language, "peak"), mappings=nothing, custom_width=90),
        field("out_s", say(language, "out"), unit=DURATION, mappings=nothing, custom_width=110),
        field("unknown_s", say(language, "unknown"), unit=DURATION, mappings=nothing, custom_width=110),
        field("status", say(language, "status"), mappings=(named(language, "status", STATUSES),), custom_width=90),
        field("version", say(language, "version"), custom_width=70),
        field("id", say(language, "id"), links=finding_links(language), custom_width=140),
    )
