"""Texts of reasons: why a finding reaches a unit that was not certainly inside."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


REASONS: Final[dict[str, Text]] = {
    "reason.entry-uncertain": _t("可能在内：放入时间不确定", "possibly inside: entry uncertain"),
    "reason.exit-uncertain": _t("可能在内：取出时间不确定", "possibly inside: exit uncertain"),
    "reason.expected": _t(
        "可能在内：清单 {listed} 上有，未读到", "possibly inside: expected by list {listed}, not read"
    ),
    "reason.unseen-since": _t(
        "可能在内：{since} 人工放入后未再读到", "possibly inside: unseen since it was placed there at {since}"
    ),
    "by.list": _t("清单", "on a list"),
}
