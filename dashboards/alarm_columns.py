"""The columns that tables of alarms have, by the name of the field, and the colours of severities."""

from collections.abc import Sequence
from typing import Final

from dashboards.model import DataLink, Override, ValueMapping
from dashboards.panels import DURATION, INSTANT_TODAY, PAINTED, field, named, words
from dashboards.texts import Language, say

# Severities as the rules gave them (coldchain.alarms); words always stand beside the colour.
SEVERITY_COLORS: Final = {"critical": "#d1242f", "high": "#e06c00", "medium": "#c29a00", "low": "#3d5a73"}
WAITING: Final = "#ff6b6b"  # a number of alarms that wait for a person
# Words of rules.alarm_life.state_of, as the console has them.
STATES: Final = (
    *("active", "acknowledged", "on-site", "cleared", "over", "withdrawn"),
    *("suppressed", "shelved", "out-of-service"),
)


def severity_words(language: Language) -> ValueMapping:
    """Return words and colours of the field `level`: 3 is the gravest."""
    ranked = list(enumerate(reversed(SEVERITY_COLORS.items())))
    return words(
        [(str(level), say(language, f"severity.{name}")) for level, (name, _) in ranked],
        [color for _, (_, color) in ranked],
    )


def alarm_links(language: Language) -> tuple[DataLink, ...]:
    """Return the link from the number of an alarm to its page in the console, where it is acknowledged."""
    url = "${console:raw}/alarms/${__value.raw:percentencode}"
    return (DataLink(title=say(language, "link.alarm"), url=url, target_blank=True),)


def columns(language: Language, names: Sequence[str]) -> tuple[Override, ...]:
    """Return how the columns of these names are called and shown, in the order given."""
    known = _what(language) | _who(language)
    return tuple(known[name] for name in names)


def _what(language: Language) -> dict[str, Override]:
    whole = words([("site", say(language, "alarm.place.site"))])
    columns_ = (
        field(
            "level",
            say(language, "severity"),
            mappings=(severity_words(language),),
            **PAINTED,
            custom_width=80,
        ),
        field("age_s", say(language, "alarm.age"), unit=DURATION, custom_width=130),
        field("title", say(language, "alarm"), custom_minWidth=240),
        field("id", say(language, "alarm.id"), links=alarm_links(language), custom_width=100),
        field(
            "units",
            say(language, "alarm.units"),
            mappings=(words([("-1", say(language, "alarm.units.none"))]),),
            custom_width=80,
        ),
        field("place", say(language, "place"), mappings=(whole,), custom_width=110),
        field("state", say(language, "alarm.state"), mappings=(named(language, "alarm.state", STATES),)),
        field("rule", say(language, "alarm.rule"), custom_width=60),
        field("test", say(language, "alarm.test"), mappings=(named(language, "alarm.test", ("0", "1")),)),
    )
    return {column.matcher.options: column for column in columns_}


def _who(language: Language) -> dict[str, Override]:
    """Return the columns that say when something was done, and who did it. An instant that is none is 0."""
    nobody, lasts = say(language, "alarm.nobody"), say(language, "alarm.lasts")
    instants = (("acked_ms", "alarm.acked", nobody), ("cleared_ms", "alarm.ended", lasts))
    columns_ = (
        field("Time", say(language, "alarm.raised"), unit=INSTANT_TODAY, custom_width=160),
        field("acked_by", say(language, "alarm.by"), mappings=(words([("", nobody)]),), custom_width=140),
        *(
            field(name, say(language, title), unit=INSTANT_TODAY, mappings=(words([("0", none)]),), custom_width=160)
            for name, title, none in instants
        ),
    )
    return {column.matcher.options: column for column in columns_}
