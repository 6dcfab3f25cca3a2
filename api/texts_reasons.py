"""Texts of reasons: why a finding reaches a unit that was not certainly inside."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


REASONS: Final[dict[str, Text]] = {
    "why.entry-uncertain": _t("可能在内：放入时间不确定", "possibly inside: entry uncertain"),
    "why.exit-uncertain": _t("可能在内：取出时间不确定", "possibly inside: exit uncertain"),
    "why.clock-uncertain": _t(
        "可能在内：时钟误差使得无法确定当时是否在内",
        "possibly inside: the clocks may be so far off that it was there before or after",
    ),
    "why.expected": _t("可能在内：清单 {listed} 上有，未读到", "possibly inside: expected by list {listed}, not read"),
    "why.unseen-since": _t(
        "可能在内：{since} 人工放入后未再读到", "possibly inside: unseen since it was placed there at {since}"
    ),
    "why.box.unread": _t(
        "运输箱 {box} 的记录还没有读出：请把它接到读出口；读出之前不要发放。",
        "The record of box {box} was not read out yet: put it on the dock. Until then the unit is not to be issued.",
    ),
    "finding.clock": _t("时钟误差", "Clock of the readings"),
    "finding.clock.unknown": _t(
        "未知：网关没有说明其时钟的误差；以上时刻按读数所带的时间",
        "unknown: its gateway said nothing of how far its clock may be off; the times above are those of the readings",
    ),
    "finding.clock.begin": _t("开始于 {span} 之间", "began within {span}"),
    "finding.clock.end": _t("结束于 {span} 之间", "ended within {span}"),
    "finding.clock.lasted": _t("持续 {lasted}", "lasted {lasted}"),
    "finding.clock.possible": _t(
        "仅为可能：按时钟误差，持续时间未必达到规则的延时",
        "only possible: by these clocks it may have been shorter than the rule's delay",
    ),
    "by.list": _t("清单", "on a list"),
}
