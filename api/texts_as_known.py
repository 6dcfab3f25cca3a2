"""Texts of what was known earlier."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


AS_KNOWN: Final[dict[str, Text]] = {
    "as-known": _t("当时所知", "As known earlier"),
    "as-known.at": _t("记录时间", "Record time"),
    "as-known.show": _t("查看", "Show"),
    "as-known.banner": _t(
        "此页为 {at} 时记录所知的内容，并非当前状态；此后到达的数据显示为未测量。",
        "This is what the record knew at {at}, not how it stands now. What came later shows as not measured.",
    ),
    "as-known.report": _t(
        "{at} 时记录所知的内容；此后到达的读数、决定和更正不在其中。",
        "What the record knew at {at}. Readings, decisions and corrections that came later are not in it.",
    ),
    "as-known.now": _t("返回当前", "Back to now"),
    "as-known.refused": _t(
        "未采用所填的记录时间（不是日期，或尚未到来）；此页为当前状态。",
        "The record time was not taken: it is no date, or has not come yet. This page shows how it stands now.",
    ),
    "as-known.unknown": _t("当时记录中尚无此血袋。", "The record did not know this unit then."),
}
