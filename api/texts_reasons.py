"""Texts of reasons: why a finding reaches a unit that was not certainly inside."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


REASONS: Final[dict[str, Text]] = {
    "why.entry-uncertain": _t("可能在内：放入时间不确定", "possibly inside: entry uncertain"),
    "why.exit-uncertain": _t("可能在内：取出时间不确定", "possibly inside: exit uncertain"),
    "why.expected": _t("可能在内：清单 {listed} 上有，未读到", "possibly inside: expected by list {listed}, not read"),
    "why.unseen-since": _t(
        "可能在内：{since} 人工放入后未再读到", "possibly inside: unseen since it was placed there at {since}"
    ),
    "why.box.unread": _t(
        "运输箱 {box} 的记录还没有读出：请把它接到读出口；读出之前不要发放。",
        "The record of box {box} was not read out yet: put it on the dock. Until then the unit is not to be issued.",
    ),
    "by.list": _t("清单", "on a list"),
}
