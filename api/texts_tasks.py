"""Texts of tasks, calls and the issuing system."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


TASKS: Final[dict[str, Text]] = {
    "tasks": _t("待办", "Tasks"),
    "tasks.none": _t("没有待办。", "Nothing is to be done."),
    "tasks.isolate": _t("隔离 {n} 袋", "isolate {n} {n:bag|bags}"),
    "tasks.count": _t("越限后盘点", "count what is inside, after an excursion"),
    "tasks.due": _t("应在 {at} 前完成", "due {at}"),
    "tasks.overdue": _t("逾期", "overdue"),
    "tasks.done": _t("已隔离 {n} 袋", "{n} set aside"),
    "tasks.scan": _t("扫描血袋标签", "Scan the bag's label or tag"),
    "tasks.to": _t("放入的设备", "Put into"),
    "tasks.to.here": _t("原处单独存放", "apart where it is"),
    "tasks.tick": _t("已隔离", "Set aside"),
    "tasks.refused": _t("没有登记：", "Not recorded:"),
    "tasks.count.go": _t("去盘点", "Count it"),
    "urgent.call": _t("登记联系结果", "Record the call"),
    "urgent.called": _t("联系了谁", "Who was called"),
    "urgent.answer": _t("答复", "Their answer"),
    "urgent.closed": _t("{at} 已联系 {called}：{answer}（{name}）", "{called} called {at}: {answer} ({name})"),
    "issuing": _t("所属发血系统", "Issuing system"),
    "issuing.unknown": _t(
        "所属发血系统未确认暂停发放：请将血袋单独存放",
        "Hold NOT known to the issuing system: set the bags aside",
    ),
    "issuing.number": _t(
        "暂停发放 {held} 袋；另有 {lifted} 袋的解除未确认。",
        "{held} on hold; {lifted} of which a release is not known to it.",
    ),
    "issuing.left": _t(
        "本页未列出：暂停发放 {held} 袋，解除未确认 {lifted} 袋。",
        "Not listed here: {held} on hold, {lifted} of which a release is not known to it.",
    ),
    "issuing.none": _t("所有暂停发放均已确认。", "Every hold is confirmed."),
    "issuing.no-system": _t(
        "尚未连接发血系统：暂停发放须由人员告知。", "No issuing system is connected: people have to tell it of holds."
    ),
    "issuing.print": _t("打印本页，随血袋放置。", "Print this page and put it with the bags."),
    "issuing.held": _t("暂停发放", "on hold"),
    "issuing.lifted": _t("暂停发放已解除", "hold lifted"),
}
