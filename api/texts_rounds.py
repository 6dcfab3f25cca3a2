"""Texts of manual rounds and physical counts."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


ROUNDS: Final[dict[str, Text]] = {
    "rounds": _t("人工巡检", "Manual rounds"),
    "rounds.title": _t("人工巡检与盘点：{place}", "Manual rounds and counts: {place}"),
    "rounds.every": _t("每 {hours} 小时一次", "every {hours} {hours:hour|hours}"),
    "rounds.every.then": _t(
        "当时设置的间隔没有记录；按每次巡检所记的间隔计算",
        "the setting of then is in no entry: counted by what each reading says of itself",
    ),
    "rounds.place": _t("设备", "Place"),
    "rounds.last": _t("上次巡检", "Last reading"),
    "rounds.never": _t("从未巡检", "never read"),
    "rounds.due": _t("下次应在", "Next one due"),
    "rounds.due.now": _t("现在", "now"),
    "rounds.overdue": _t("逾期", "overdue"),
    "rounds.display": _t("显示屏", "Display"),
    "rounds.display.typed": _t("显示屏温度（°C）", "Temperature on the display (°C)"),
    "rounds.probe": _t("当时探头", "Probe at that minute"),
    "rounds.probe.none": _t("当时没有可用读数", "no reading that held"),
    "rounds.probe.later": _t("登记后收到", "arrived after it was recorded"),
    "rounds.difference": _t("差值", "Difference"),
    "rounds.differs": _t("差值过大（允许 {allowed} °C）", "too far apart (allowed {allowed} °C)"),
    "rounds.note": _t("备注", "Note"),
    "rounds.go": _t("签名登记", "Sign and record"),
    "rounds.add": _t("登记显示屏读数", "Record what the display shows"),
    "rounds.none": _t("还没有人工巡检。", "No manual reading yet."),
    "rounds.refused": _t("没有登记：", "Not recorded:"),
    "rounds.history": _t("巡检记录", "Manual readings"),
    "counts": _t("盘点", "Counts"),
    "counts.add": _t("登记盘点", "Record a count"),
    "counts.counted": _t("点数", "Counted"),
    "counts.counted.typed": _t("数出的袋数（扫描时可不填）", "How many bags (may stay empty if you scan)"),
    "counts.scans": _t("扫描的标签，每行一个（可不填）", "Scanned labels, one a line (may stay empty)"),
    "counts.recorded": _t("记录", "Recorded"),
    "counts.recorded.possible": _t("另有 {n} 袋可能在内", "{n} more possibly inside"),
    "counts.read": _t("读写器", "Reader"),
    "counts.read.none": _t("无读写器", "no reader"),
    "counts.differences": _t("差异", "Differences"),
    "counts.same": _t("一致", "none"),
    "counts.number": _t("数量不一致", "the numbers differ"),
    "counts.missing": _t("记录在内、未扫到", "recorded inside, not scanned"),
    "counts.unexpected": _t("扫到或读到、记录不在内", "scanned or read, not recorded inside"),
    "counts.unread": _t("读写器未读到", "not heard by the reader"),
    "counts.unknown": _t("无法识别的标签", "scans that name no unit"),
    "counts.none": _t("还没有盘点。", "No count yet."),
    "notice.display-differs": _t("显示屏与探头差值过大", "display and probe are too far apart"),
    "notice.count-differs": _t("盘点与记录或读写器不一致", "count, record and reader differ"),
    "notice.count-differs.todo": _t(
        "在人工巡检页查看差异：找到缺少的血袋，登记多出的，更换读不到的标签，然后重新盘点。",
        "See what differs on the page of rounds: look for what is missing, scan in what is there, replace tags that "
        "are not read; then count anew.",
    ),
    "notice.round-overdue": _t("人工巡检超期", "manual reading is overdue"),
    "notice.round-overdue.todo": _t(
        "到设备前读取显示屏温度，并在人工巡检页登记、签名。",
        "Read the display at the fridge, and enter and sign it on the page of rounds.",
    ),
    "notice.display-differs.todo": _t(
        "用标准温度计核对探头与显示屏；确认偏差后安排校准，再做一次人工巡检。",
        "Check both against a reference thermometer; have the one that is off adjusted, then read anew.",
    ),
}
