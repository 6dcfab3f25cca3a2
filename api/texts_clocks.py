"""Texts of the clocks of a unit."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


CLOCKS: Final[dict[str, Text]] = {
    "clocks": _t("计时", "Clocks"),
    "clocks.what": _t("计时项目", "What is counted"),
    "clocks.state": _t("状态", "State"),
    "clocks.so-far": _t("已计", "So far"),
    "clocks.limit": _t("限值", "Limit"),
    "clocks.due": _t("到限时间", "Limit is reached"),
    "clocks.source": _t("依据", "Source"),
    "clocks.running": _t("正在计时", "running"),
    "clocks.occasions": _t("{n} 次", "{n} ×"),
    "clocks.to-be-confirmed": _t("依据待质量负责人确认", "to be confirmed by the quality manager"),
    "clocks.note": _t(
        "至少为确定的时间；至多把未知时间也计入。“可能已超”：未知时间若都在外，即已超。",
        "At least: certain. At most: with all unknown time. Possibly over: over, if it was outside for all of the "
        "unknown time.",
    ),
    "clocks.none": _t("没有可显示的计时。", "There is no clock to show."),
    "clock.outing": _t("离开受控储存（最近一次）", "Out of controlled storage, the last time"),
    "clock.outings": _t("离开受控储存（累计）", "Out of controlled storage, all together"),
    "clock.four-hours": _t("离开储存后四小时", "Four hours from leaving storage"),
    "clock.issued": _t("发出后", "Since the issue"),
    "clock.thawed": _t("融化后", "Since the thawing"),
    "clock.expiry": _t("到期", "Expiry"),
    "clock.agitation-gap": _t("停止振摇（最长一次）", "Without agitation, the longest time"),
    "clock.agitation-gaps": _t("停止振摇（累计）", "Without agitation, all together"),
    "clock.road": _t("运输中", "On the road"),
    "clock.excursions": _t("温度异常", "Excursions that met it"),
    "clock.budget": _t("累计离限时间", "Time outside that adds up"),
    "clock.over": _t("已超", "over"),
    "clock.possibly-over": _t("可能已超", "possibly over"),
    "clock.unknown": _t("未知", "unknown"),
    "clock.warned": _t("接近限值", "near the limit"),
    "clock.within": _t("未超", "not over"),
    "clock.counted": _t("仅计数（无限值）", "counted only, there is no limit"),
    "clock.allowed.none": _t("没有发生；允许 {most} 次", "none so far; {most} {most:is|are} allowed"),
    "clock.allowed.left": _t("已用 {n} 次，允许 {most} 次", "{n} of {most} that are allowed"),
    "clock.allowed.used": _t(
        "允许的 {most} 次已用完，再有一次即超",
        "{most:the one|all {most}} that {most:is|are} allowed {most:is|are} used up: one more is over",
    ),
}
