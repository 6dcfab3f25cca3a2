"""Texts of receiving bags: the form, what became of each row, rows that were not taken."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


RECEIVE: Final[dict[str, Text]] = {
    "receive": _t("入库登记", "Receive bags"),
    "receive.one": _t("扫描一袋", "Scan one bag"),
    "receive.place": _t("放入", "Into"),
    "receive.label": _t("血袋标签（献血码）", "Label of the bag (donation number)"),
    "receive.tag": _t("电子标签（没有则留空）", "Tag (empty if it has none)"),
    "receive.visual": _t("外观检查", "Visual check"),
    "receive.visual.intact": _t("完好", "intact"),
    "receive.visual.defect": _t("有缺陷", "defect"),
    "receive.visual.not-checked": _t("未检查", "not checked"),
    "receive.note": _t("备注（有缺陷时必填）", "Note (needed for a defect)"),
    "receive.temperature": _t("开箱温度（°C，没有测量则留空）", "Temperature on opening (°C; empty if not measured)"),
    "receive.more": _t("新血袋另填（已登记的血袋不必填写）", "For a new unit also (not for one that is registered)"),
    "receive.component": _t("品种", "Component"),
    "receive.group": _t("血型", "Blood group"),
    "receive.product": _t("产品码", "Product code"),
    "receive.issuer": _t("采血机构", "Issuer"),
    "receive.division": _t("分袋号", "Division"),
    "receive.expires": _t(
        "标签上的失效时间（标签没有钟点则填 23:59；不清楚则留空）",
        "Expiry on the label (23:59 where it says no time; empty if not known)",
    ),
    "receive.go": _t("登记", "Receive"),
    "receive.list": _t("批量导入（CSV）", "A list (CSV)"),
    "receive.list.note": _t(
        "第一行为列名：{columns}。至少要有 label；从文件复制粘贴，或选择文件。",
        "The first line names the columns: {columns}. label is needed; paste the file's text, or choose the file.",
    ),
    "receive.file": _t("选择文件", "Choose a file"),
    "receive.answers": _t("本次结果", "What became of each row"),
    "receive.row": _t("行", "Row"),
    "receive.outcome": _t("结果", "Outcome"),
    "receive.outcome.accepted": _t("已登记", "accepted"),
    "receive.outcome.already-known": _t("此前已登记", "already known"),
    "receive.outcome.refused": _t("未登记", "refused"),
    "receive.why": _t("原因", "Why"),
    "receive.unit": _t("血液", "Unit"),
    "receive.download": _t("下载未登记的行（CSV）", "Download the refused rows (CSV)"),
    "receive.refused": _t("没有登记：", "Nothing was taken:"),
    "receive.refusals": _t("未登记的行", "Rows that were not taken"),
    "receive.refusals.n": _t("{n} 行", "{n} {n:row|rows}"),
    "receive.last": _t("最近入库", "Received last"),
    "receive.none": _t("还没有入库登记。", "Nothing received yet."),
    "receive.at": _t("时间", "When"),
    "by.scanned": _t("人工扫码", "scanned"),
}
