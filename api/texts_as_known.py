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
    "as-known.title": _t("过去", "Past"),
    "as-known.past": _t("过去的记录，不是现在", "THE PAST, not how it stands now"),
    "as-known.not-recorded": _t(
        "网关的数据到达界线何时推进、当时哪些读数尚未判定，记录中没有：当时可能还有血袋在等待记录。",
        "When the marks of gateways moved, and which readings were not judged yet, is not recorded: "
        "units may have waited for that beside.",
    ),
    "as-known.device": _t("当时何时收到过其消息，未记录", "when it was heard by then is not recorded"),
    "as-known.no-form": _t(
        "此处仅供查看过去的记录，不能操作；请返回当前后再操作。",
        "Nothing can be done on a view of the past: go back to now first.",
    ),
    "as-known.refused": _t(
        "未采用所填的记录时间（不是日期，或尚未到来）；此页为当前状态。",
        "The record time was not taken: it is no date, or has not come yet. This page shows how it stands now.",
    ),
    "as-known.not-here": _t(
        "此页不能按过去某时的记录显示；此页为当前状态。",
        "This page cannot be shown as known earlier. It shows how it stands now.",
    ),
    "as-known.missing": _t("当时记录中尚无 {id}。", "The record did not know {id} then."),
    "as-known.future": _t("该记录时间尚未到来。", "This record time has not come yet."),
    "as-known.before": _t(
        "该时间早于记录的第一条：当时尚无任何记录。",
        "This lies before the first entry of the record: nothing was known yet.",
    ),
    "as-known.too-much": _t(
        "截至该时间的记录过多，无法在此整理；请使用记录的副本。",
        "There are too many entries up to then to be looked through here: use a copy of the record.",
    ),
}
