"""The columns that tables of alarms have, by the name of the field, and the colours of severities."""

from collections.abc import Sequence
from typing import Final

from dashboards.model import DataLink, Override, ValueMapping
from dashboards.panels import DURATION, INSTANT, INSTANT_TODAY, field, named, words
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
    return tuple(_column(language, name) for name in names)


def _column(language: Language, name: str) -> Override:
    nobody = words([("", say(language, "alarm.nobody"))])
    match name:
        case "level":
            return field(
                name,
                say(language, "severity"),
                mappings=(severity_words(language),),
                custom_displayMode="color-background-solid",  # for Grafana up to 9.4
                custom_cellOptions={"type": "color-background", "mode": "basic"},  # for later ones
                custom_width=80,
            )
        case "age_s":
            return field(name, say(language, "alarm.age"), unit=DURATION, custom_width=130)
        case "title":
            return field(name, say(language, "alarm"), custom_minWidth=240)
        case "id":
            return field(name, say(language, "alarm.id"), links=alarm_links(language), custom_width=150)
        case "units":
            return field(name, say(language, "alarm.units"), custom_width=80)
        case "place":
            whole = words([("site", say(language, "alarm.place.site"))])
            return field(name, say(language, "place"), mappings=(whole,), custom_width=110)
        case "state":
            return field(name, say(language, "alarm.state"), mappings=(named(language, "alarm.state", STATES),))
        case "Time":
            return field(name, say(language, "alarm.raised"), unit=INSTANT_TODAY, custom_width=160)
        case "rule":
            return field(name, say(language, "alarm.rule"), custom_width=60)
        case "test":
            return field(name, say(language, "alarm.test"), mappings=(named(language, "alarm.test", ("0", "1")),))
        case "acked_by":
            return field(name, say(language, "alarm.by"), mappings=(nobody,), custom_width=140)
        case "acked_ms":
            never = words([("0", say(language, "alarm.nobody"))])
            return field(name, say(language, "alarm.acked"), unit=INSTANT_TODAY, mappings=(never,), custom_width=160)
        case "cleared_ms":
            lasts = words([("0", say(language, "alarm.lasts"))])
            return field(name, say(language, "alarm.ended"), unit=INSTANT, mappings=(lasts,), custom_width=160)
        case other:
            msg = f"no table of alarms has a column {other}"
            raise ValueError(msg)
