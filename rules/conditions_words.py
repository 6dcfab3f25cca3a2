"""A condition in words: its rule's text with its values put in. Pure; alarm desk and pages show what this returns."""

import string
from collections.abc import Mapping
from typing import Final

from coldchain.alarms import Condition
from coldchain.places import ProbeRole, Text
from coldchain.temperature import celsius_text
from rules.catalogue import CATALOGUE
from rules.texts_conditions import MESSAGES

UNKNOWN: Final = Text(zh="未知", en="unknown")
_SAID_BY: Final = ("what", "detail", "direction", "finding_kind")
_ROLES: Final[Mapping[str, Text]] = {
    ProbeRole.LOAD: Text(zh="载荷探头", en="load probe"),
    ProbeRole.AIR: Text(zh="空气探头", en="air probe"),
}


def message(rule: str, values: Mapping[str, int | str], place: Text | None, subject: str) -> Text:
    """Return what an alarm or a condition says; `place`: the name of its place, else its subject stands for it.

    A rule that has no text for its `what` is called by its name in the catalogue, so that nothing is ever silent.
    """
    text = text_of(rule, values)
    if text is None:
        name = CATALOGUE[rule].name
        return Text(zh=f"{name.zh}：{subject}", en=f"{name.en}: {subject}")
    name = place or Text(zh=subject, en=subject)
    return Text(
        zh=_filled(text.zh, {**_shown(values, chinese=True), "place": name.zh, "subject": subject}, UNKNOWN.zh),
        en=_filled(text.en, {**_shown(values, chinese=False), "place": name.en, "subject": subject}, UNKNOWN.en),
    )


def text_of(rule: str, values: Mapping[str, int | str]) -> Text | None:
    """Return the text of a rule for what it says: the word `what`, else what a finding has instead of it."""
    said_by = (values[name] for name in _SAID_BY if values.get(name))
    return next((MESSAGES[key] for word in said_by if (key := f"{rule}.{word}") in MESSAGES), None)


def said(condition: Condition, place: Text | None = None) -> Text:
    """Return what a condition says."""
    return message(condition.rule, condition.values, place, condition.subject)


def placeholders(text: str) -> set[str]:
    """Return the names of values that a text needs."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _shown(values: Mapping[str, int | str], *, chinese: bool) -> dict[str, str]:
    shown = {}
    for name, value in values.items():
        if name.endswith("micro_celsius") and isinstance(value, int):
            shown[name] = f"{celsius_text(value)} °C"
        elif name == "role" and value in _ROLES:
            role = _ROLES[str(value)]
            shown[name] = role.zh if chinese else role.en
        elif value != "":
            shown[name] = str(value)
    return shown


def _filled(text: str, shown: Mapping[str, str], unknown: str) -> str:
    return text.format_map({name: shown.get(name, unknown) for name in placeholders(text)})
