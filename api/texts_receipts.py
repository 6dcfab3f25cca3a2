"""Texts of the pages of receiving a crate past a tunnel reader."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


RECEIPTS: Final[dict[str, Text]] = {
    "receipts": _t("批量入库", "Crates received"),
    "receipts.none": _t("尚未经通道读写器入库。", "No crate has been received past a tunnel reader yet."),
    "receipts.list": _t("入库单", "Receipt"),
    "receipts.when": _t("通过时间", "At the tunnel"),
    "receipts.where": _t("入库位置", "Put into"),
    "receipts.how": _t("结果", "Result"),
    "missing.receipt": _t("这里没有编号为 {id} 的入库单。", "There is no receipt with the id {id} here."),
    "receipt.title": _t("入库单 {id}", "Receipt {id}"),
    "receipt.count": _t("清单 {all} 袋，已收到 {n} 袋", "{n} of {all} listed units received"),
    "receipt.open": _t("{n} 袋未读到", "{n} not read"),
    "receipt.gone": _t("{n} 袋经查找不在箱内", "{n} looked for and not found"),
    "receipt.verified": _t("清单已逐袋核对", "every unit of the list is accounted for"),
    "receipt.do.nothing": _t("没有待核对的血液。", "Nothing of the list is open."),
    "receipt.do.run-again": _t(
        "本次通过时间太短，读得到的标签也可能漏读：请让整箱再通过一次，再核对余下的。",
        "This pass was so short that tags which can be read may have been missed: send the crate past once more.",
    ),
    "receipt.do.scan": _t(
        "打开箱子，逐袋扫描下列血液；找不到的请标为不在箱内。再通过一次无助于读到它们。",
        "Open the crate and scan the units below; say of those that you cannot find that they are not there. Another "
        "pass will hardly read them.",
    ),
    "receipt.do.look-for": _t(
        "下列血液很可能不在箱内：立即查找，并联系发出方。",
        "The units below are probably not in the crate: look for them now, and call the sender.",
    ),
    "receipt.model": _t(
        "{cycles} 个完整周期，每周期读到率 {rate}。“可能缺失”由读到率、以往漏读和缺失的比例推算，不是测量值。",
        "{cycles} complete cycles, each reading {rate} of the tags. How likely a unit is missing follows from that "
        "rate and from how often units were unread or missing before; it is not a measurement.",
    ),
    "receipt.unread": _t("未读到的血液", "Units not read"),
    "receipt.missing": _t("可能缺失", "Probably missing"),
    "receipt.absent": _t("经查找不在箱内", "Looked for and not found"),
    "receipt.unexpected": _t("清单以外的血液", "Units that are not on the list"),
    "receipt.unexpected.note": _t(
        "读到了标签，但不在清单上，未入库：可能放在通道旁。若在箱内，请扫描并告知发出方。",
        "Their tags were read and they are not on the list. They were not moved: they may lie beside the tunnel. If "
        "they are in the crate, scan them and tell the sender.",
    ),
    "receipt.tags": _t("未绑定血液的标签", "Tags that stand for no unit"),
    "receipt.got": _t("已收到的血液", "Units received"),
    "receipt.by-scan": _t("扫描", "scanned"),
    "receipt.by-tag": _t("读到标签", "tag read"),
    "receipt.scan": _t("扫描献血码", "Scan a donation number"),
    "receipt.scan.go": _t("确认在箱内", "it is here"),
    "receipt.scan.absent": _t("不在箱内", "not here"),
    "receipt.scan.failed": _t("未能记录：", "It could not be recorded: "),
}
