"""Tiles that several boards have: the line of one place (name, state, last value, figures), all places, gateways."""

from collections.abc import Iterator
from typing import Final

from dashboards import queries
from dashboards.model import (
    DataLink,
    GridPos,
    Mapping,
    Panel,
    SpecialMapping,
    Transformation,
    ValueMapping,
)
from dashboards.panels import (
    CALM,
    COUNT,
    DURATION,
    EXACT,
    INSTANT_TODAY,
    ON_HOLD,
    QUALITIES,
    UNUSUAL,
    field,
    level_words,
    level_words_short,
    missing,
    named,
    only,
    rewritten,
    series_query,
    some,
    sorted_by,
    table_query,
    tile,
    words,
)
from dashboards.place_queries import NEVER_S
from dashboards.texts import Language, say

WIDTHS: Final = (3, 4, 7, 3, 3, 4)


def place_tiles(language: Language, first_id: int, *, y: int, h: int, links: tuple[DataLink, ...]) -> tuple[Panel, ...]:
    """Return the six tiles of the place that the variable `place` names, as one line of height h at y.

    Value and figures have no heading: so nothing in the line is written larger than the value.
    """
    boxes = [GridPos(h=h, w=w, x=sum(WIDTHS[:index]), y=y) for index, w in enumerate(WIDTHS)]
    return (
        tile(
            first_id,
            boxes[0],
            title=say(language, "place"),
            about=say(language, "tile.name.about"),
            targets=(table_query("A", queries.name(language)),),
            no_value="—",
            fields="/^name$/",
            unit=EXACT,
        ),
        tile(
            first_id + 1,
            boxes[1],
            title=say(language, "state"),
            about=say(language, "tile.state.about"),
            targets=(table_query("A", queries.level()),),
            no_value=say(language, "no-data"),
            mappings=level_words(language),
            links=links,
            painted=True,
        ),
        tile(
            first_id + 2,
            boxes[2],
            title="",
            about=say(language, "tile.value.about"),
            targets=(table_query("A", queries.value()),),
            no_value=say(language, "no-data"),
            fields="/^value$/",
            unit=EXACT,
            mappings=tuple(_value_words(language)),
        ),
        _bags(language, first_id + 3, boxes[3]),
        _standing(language, first_id + 4, boxes[4]),
        _edition(language, first_id + 5, boxes[5]),
    )


def _value_words(language: Language) -> Iterator[Mapping]:
    """Yield the words of a value in the language of the board.

    The mirror has one text, in one language or in both: number and probe are taken over from it, exactly. What none of
    these patterns matches is shown as it came.
    """
    both = tuple(Language)
    last = "最后读数|上次|last"  # as the console says it, and as here
    for role in ("load", "air"):
        of_role = f".*(?:{'|'.join(say(one, f'role.{role}') for one in both)}).*"
        probe = say(language, f"value.{role}")
        yield rewritten(f"(?:{last}) (-?[0-9.]+ °C){of_role}", f"{say(language, 'value.last')} $1{probe}")
        yield rewritten(f"(-?[0-9.]+ °C){of_role}", f"$1{probe}")
        for none in (*(f"quality.{one}" for one in QUALITIES if one != "0"), "value.none"):
            words_for_none = "|".join(say(one, none) for one in both)
            yield rewritten(f"(?:{words_for_none}){of_role}", f"{say(language, none)}{probe}")
    no_probe = "|".join(say(one, "value.no-probe") for one in both)
    yield rewritten(f"(?:{no_probe}).*", say(language, "value.no-probe"))


def overview(language: Language, panel_id: int, at: GridPos, about: str, which: str = queries.OF_SITE) -> Panel:
    """Return a tile for every registered place, or for those that `which` says, also those of which nothing was heard.

    The registry has the names, the states come beside them where there are any. `about`: the key of its description.
    """
    return tile(
        panel_id,
        at,
        title="",
        about=say(language, about),
        targets=(
            table_query("A", queries.names(language, which)),
            table_query("B", queries.levels_now(which)),
        ),
        no_value=say(language, "no-data"),
        fields="/^level$/",
        mappings=level_words_short(language),
        transformations=(
            only("place", "name", "level", "rank"),
            Transformation(id="merge", options={}),
            sorted_by("rank"),
            only("name", "level"),
        ),
        painted=True,
        mode="value_and_name",
        every_row=True,
    )


def gateway_ages(language: Language, panel_id: int, at: GridPos, key: str) -> Panel:
    """Return a tile for each gateway: how long ago it was heard. `key`: of the panel's title."""
    return tile(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=(series_query("A", queries.gateway_ages(), "$tag_gateway"),),
        no_value=say(language, "no-data"),
        unit=DURATION,
        mappings=(never_heard(language),),
        mode="value_and_name",
    )


def never_heard(language: Language) -> ValueMapping:
    """Return the word for the age of what was never heard."""
    return words([(str(NEVER_S), say(language, "never"))])


def _bags(language: Language, panel_id: int, at: GridPos) -> Panel:
    return tile(
        panel_id,
        at,
        title="",
        about=say(language, "tile.bags.about"),
        targets=(table_query("A", queries.counts()),),
        no_value=say(language, "no-data"),
        mode="value_and_name",
        unit=COUNT,
        overrides=(
            field("inside", say(language, "inside.short")),
            field("possible", say(language, "possible.short")),
            field("on_hold", say(language, "on-hold.short"), mappings=(some(ON_HOLD),)),
        ),
    )


def _standing(language: Language, panel_id: int, at: GridPos) -> Panel:
    return tile(
        panel_id,
        at,
        title="",
        about=say(language, "tile.standing.about"),
        targets=(table_query("A", queries.standing()),),
        no_value=say(language, "no-data"),
        fields="/^(age_s|since_ms)$/",
        mode="value_and_name",
        overrides=(
            field("age_s", say(language, "age"), unit=DURATION, mappings=(never_heard(language), _dash())),
            field("since_ms", say(language, "since"), unit=INSTANT_TODAY, mappings=(_dash(),)),
        ),
    )


def _edition(language: Language, panel_id: int, at: GridPos) -> Panel:
    approved = named(language, "approved", ("0", "1"), (UNUSUAL, CALM))
    return tile(
        panel_id,
        at,
        title="",
        about=say(language, "tile.edition.about"),
        targets=(table_query("A", queries.edition()),),
        no_value=say(language, "no-data"),
        fields="/^(profile|profile_version|confirmed)$/",
        mode="value_and_name",
        overrides=(
            field("profile", say(language, "profile")),
            field("profile_version", say(language, "edition")),
            field("confirmed", say(language, "limits"), mappings=(approved,)),
        ),
    )


def _dash() -> SpecialMapping:
    return missing("—", None)
