"""What conditions say: every rule in both languages, values put in, and unknown called unknown."""

import msgspec

from coldchain.alarms import CHATTER, OF_A_FINDING, Alarm, Condition, Severity, SubjectKind
from coldchain.duties import DutyKind
from coldchain.places import Text
from rules.alarm_life import raised
from rules.alarm_plain import plain_words
from rules.catalogue import CATALOGUE
from rules.conditions_words import placeholders, said, text_of
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


def test_a_message_of_an_alarm_says_what_its_condition_says_and_a_finding_by_its_direction() -> None:
    said_now = condition("A25", what="door", contact="d-1", minutes=3)
    alarm = Alarm(
        id="a-1",
        version=1,
        rule="A25",
        subject_kind=SubjectKind.CONTACT,
        subject="d-1",
        site="s",
        place="fridge-1",
        severity=Severity.MEDIUM,
        now=Severity.MEDIUM,
        since_ms=0,
        raised_ms=0,
        values=said_now.values,
    )
    subject, text = plain_words(alarm, DutyKind.RAISED, Text(zh="储血冰箱 1", en="Blood fridge 1"))
    assert "The door of Blood fridge 1 (d-1) has been open for 3 min" in subject
    assert "储血冰箱 1的门（d-1）已开 3 分钟" in text
    assert text_of("A01", {"finding_kind": "excursion", "direction": "too-cold"}) == MESSAGES["A01.too-cold"]
    assert text_of("A05", {"finding_kind": "unmeasured"}) == MESSAGES["A05.unmeasured"]
    assert text_of("A38", {}) is None


def test_what_only_tells_itself_from_others_by_a_finding_keeps_its_text_in_messages() -> None:
    place = Text(zh="储血冰箱 1", en="Blood fridge 1")

    def subject(rule: str, finding: str, **values: int | str) -> str:
        seen = msgspec.structs.replace(condition(rule, **values), finding=finding)
        return plain_words(raised(seen, "a-1", 5), DutyKind.RAISED, place)[0]

    late = subject("A15", "t-1", what="isolate-overdue", number=4, task="t-1")
    assert "Blood fridge 1: 4 bags were not set aside in time" in late
    assert "储血冰箱 1：还有 4 袋未按时隔离" in late
    unknown = subject("A16", "issuing", what="not-known", number=4)
    assert "Hold NOT known to the issuing system (4 units): set the bags aside" in unknown
    assert "3 units in Blood fridge 1" in subject("A26", "again-several", what="again-several", number=3)


def test_a_finding_and_what_comes_and_goes_say_their_rule() -> None:
    found = condition("A01", direction="too-cold", **{OF_A_FINDING: "excursion"})
    comes = msgspec.structs.replace(condition("A25", what="door", contact="d-1", raises=5), finding=CHATTER)
    said_now = [plain_words(raised(one, "a-1", 5), DutyKind.RAISED, None)[0] for one in (found, comes)]
    assert "too cold" in said_now[0]
    assert "comes and goes: 5 times" in said_now[1]
