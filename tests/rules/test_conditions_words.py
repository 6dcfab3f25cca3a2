"""What conditions say: every rule in both languages, values put in, and unknown called unknown."""

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.places import Text
from rules.catalogue import CATALOGUE
from rules.conditions_words import placeholders, said
from rules.texts_conditions import MESSAGES

BANNED = ("合格", "超温", "over temperature", " OK")


def condition(rule: str, **values: int | str) -> Condition:
    return Condition(
        rule=rule,
        severity=Severity.HIGH,
        subject_kind=SubjectKind.PLACE,
        subject="fridge-1",
        since_ms=0,
        due_ms=0,
        site="s",
        place="fridge-1",
        values=values,
    )


def test_every_text_is_of_a_rule_and_asks_for_the_same_values_in_both_languages() -> None:
    for key, text in MESSAGES.items():
        assert key.partition(".")[0] in CATALOGUE
        assert placeholders(text.zh) == placeholders(text.en), key
        assert not [word for word in BANNED if word in text.zh or word in text.en], key


def test_values_are_put_in_with_degrees_and_roles() -> None:
    one = condition(
        "A04",
        what="too-warm",
        probe="p-1",
        role="load",
        micro_celsius=5_600_000,
        limit_micro_celsius=6_000_000,
        minutes=12,
    )
    words = said(one, Text(zh="储血冰箱 1", en="Blood fridge 1"))
    assert words.en == "Blood fridge 1 is close to its upper limit: p-1 (load probe) 5.6 °C, limit 6.0 °C, for 12 min"
    assert words.zh == "储血冰箱 1接近上限：p-1（载荷探头）5.6 °C，上限 6.0 °C，已 12 分钟"


def test_what_is_not_known_is_called_unknown_and_a_rule_without_a_text_has_its_name() -> None:
    assert said(condition("A05", what="probe", probe="p-1")).en == (
        "p-1 (unknown) of fridge-1 has not measured for unknown min: unknown. Last reading unknown"
    )
    assert said(condition("A38")) == Text(zh="库存不见：fridge-1", en="Unit not found: fridge-1")
