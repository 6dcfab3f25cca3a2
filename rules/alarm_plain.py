"""A plain text of an alarm in both languages: what, where, how grave. What to do first is written by another module.

Words can do harm: too warm and too cold are different words, and a test says that it is one.
"""

from typing import Final

from coldchain.alarms import CHATTER, FLOOD, OF_A_FINDING, TEST, Alarm, Severity
from coldchain.duties import DutyKind
from coldchain.places import Text
from rules.catalogue import CATALOGUE
from rules.conditions_words import message, text_of

OWN_NAMES: Final = {
    FLOOD: Text(zh="报警过多，已合并", en="Many alarms at once"),
    TEST: Text(zh="报警测试", en="Alarm test"),
}
_DIRECTIONS: Final = {"too-warm": Text(zh="偏高", en="too warm"), "too-cold": Text(zh="偏低", en="too cold")}
_SEVERITIES: Final = {
    Severity.CRITICAL: Text(zh="危急", en="critical"),
    Severity.HIGH: Text(zh="高", en="high"),
    Severity.MEDIUM: Text(zh="中", en="medium"),
    Severity.LOW: Text(zh="低", en="low"),
}
_KINDS: Final = {
    DutyKind.RAISED: Text(zh="报警", en="Alarm"),
    DutyKind.ESCALATED: Text(zh="报警无人响应", en="Alarm that nobody has acknowledged"),
    DutyKind.AGAIN: Text(zh="报警仍在持续", en="Alarm that lasts"),
    DutyKind.CLEARED: Text(zh="报警已解除（血袋状态不变）", en="Alarm has cleared (what is on hold stays on hold)"),
    DutyKind.SUMMARY: Text(zh="报警汇总", en="Alarms in sum"),
    DutyKind.TEST: Text(zh="测试", en="TEST"),
}
_WITHDRAWN: Final = Text(zh="报警已撤回：后到的数据表明不成立", en="Alarm withdrawn: later data took its basis away")


def rule_name(rule: str) -> Text:
    """Return what a rule is called."""
    known = CATALOGUE.get(rule)
    return known.name if known else OWN_NAMES.get(rule, Text(zh=rule, en=rule))


def plain_words(alarm: Alarm, kind: DutyKind, place: Text | None) -> tuple[str, str]:
    """Return (subject, text) of a message about an alarm, Chinese before English."""
    said = _WITHDRAWN if alarm.withdrawn and kind is DutyKind.CLEARED else _KINDS[kind]
    what = where_and_what(alarm, place)
    zh = f"{said.zh}：{what.zh}（{_SEVERITIES[alarm.now].zh}）"
    en = f"{said.en}: {what.en} ({_SEVERITIES[alarm.now].en})"
    lines = [zh, en, f"{alarm.rule} · {alarm.id} · {alarm.site}"]
    if alarm.values.get("probe"):
        lines.append(f"探头 / probe {alarm.values['probe']}")
    return f"{zh} / {en}", "\n".join(lines)


def bare_words(alarm: str, rule: str, site: str, severity: Severity) -> tuple[str, str]:
    """Return (subject, text) of a message whose text cannot be made: that there is an alarm, and which one."""
    word = _SEVERITIES[severity]
    zh = f"报警 {rule} {alarm}（{word.zh}），站点 {site}：详情无法生成，请立即查看报警页面"
    en = f"Alarm {rule} {alarm} ({word.en}) at site {site}: its details cannot be given, see the page of alarms now"
    return f"{zh} / {en}", f"{zh}\n{en}"


def where_and_what(alarm: Alarm, place: Text | None) -> Text:
    """Return where and what: the text of a condition with its values, else the rule's name behind the place's.

    That a condition has a `finding` says nothing: many only tell themselves from others of their rule by it.
    """
    own = "what" in alarm.values and OF_A_FINDING not in alarm.values
    of_finding = OF_A_FINDING in alarm.values and "minutes" in alarm.values  # older ones have no figures
    if (own or of_finding) and alarm.finding != CHATTER and text_of(alarm.rule, alarm.values):
        return message(alarm.rule, alarm.values, place, alarm.subject)
    where, what = place or Text(zh=alarm.subject, en=alarm.subject), _what(alarm)
    return Text(zh=f"{where.zh} {what.zh}", en=f"{where.en}, {what.en}")


def _what(alarm: Alarm) -> Text:
    name = rule_name(alarm.rule)
    direction = _DIRECTIONS.get(str(alarm.values.get("direction", "")))
    zh, en = (f"{name.zh}：{direction.zh}", f"{name.en}: {direction.en}") if direction else (name.zh, name.en)
    if alarm.rule == FLOOD:
        n = alarm.values.get("alarms", 0)
        return Text(zh=f"{n} 个报警", en=f"{n} alarms at site {alarm.site}")
    if alarm.finding == CHATTER:
        n = alarm.values.get("raises", 0)
        return Text(zh=f"{zh}，反复出现 {n} 次", en=f"{en}, comes and goes: {n} times")
    return Text(zh=zh, en=en)
