"""Texts of the pages of receiving a crate past a tunnel reader."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


_TAGS: Final[dict[str, Text]] = {
    "tags": _t("标签异常", "Tags that contradict the record"),
    "tags.none": _t("没有与记录矛盾的标签。", "No tag contradicts the record."),
    "tags.tag": _t("标签", "Tag"),
    "tags.unit": _t("血液", "Unit"),
    "tags.what": _t("矛盾", "What contradicts"),
    "tags.kind.clone": _t(
        "{at} 在{place}被读到，而 {other_at} 在{other}：没有人能这么快往返。可能有复制的标签，或网关时钟有误。",
        "It was read in {place} at {at}, and in {other} at {other_at}: nobody travels so fast. There may be a copy of "
        "the tag, or a gateway's clock is wrong.",
    ),
    "tags.kind.retired-seen": _t(
        "{at} 在{place}被读到，但该标签此前已停用。请找到它：可能贴在了别的血袋上。",
        "It was read in {place} at {at}, after it was taken out of use. Find it: it may be on another bag.",
    ),
    "tags.settle": _t("已查看：说明原因", "Looked at: say what it was"),
    "tags.settle.go": _t("记录", "record"),
    "tags.settle.failed": _t("未能记录：", "It could not be recorded: "),
    "notice.tag-conflict": _t("有标签与记录矛盾", "a tag contradicts the record"),
    "notice.tag-conflict.todo": _t(
        "打开“标签异常”页面，找到该标签和血液，查明后记录原因。",
        "Open the page of tags that contradict the record, find the tag and the unit, and record what it was.",
    ),
    "notice.crate-way": _t("有整箱血液通过门的方向待确认", "which way a crate went is open"),
    "notice.crate-way.todo": _t(
        "请当时在场的人在该入库单的页面上说明是进来还是出去；在此之前不入库。",
        "Somebody who was there says on the receipt's page whether it came in or went out; until then nothing is "
        "received.",
    ),
}

RECEIPTS: Final[dict[str, Text]] = _TAGS | {
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
    "receipt.do.which-way": _t(
        "门的两侧几乎同时读到标签，无法判断方向：请当时在场的人说明这箱血液是进来还是出去。在此之前不入库。",
        "Both sides of the portal read the tags at almost the same time: somebody who was there says whether the crate "
        "came in or went out. Until then nothing is received.",
    ),
    "receipt.do.went-out": _t(
        "这箱血液是出去的，没有入库。发出请用装箱单或发放登记。",
        "The crate went out, so nothing was received. Record what is sent with a packing list or an issue.",
    ),
    "receipt.way.open": _t("方向待确认", "which way is open"),
    "receipt.way.in": _t("进来", "It came in"),
    "receipt.way.out": _t("出去", "It went out"),
    "receipt.way.manual": _t("方向由人员确认", "the way was said by a person"),
    "receipt.way.once": _t("只能确认一次。", "This is recorded once and cannot be taken back."),
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
    "receipt.read": _t("读到标签的血液（未入库）", "Units whose tags were read (not received)"),
    "receipt.scan": _t("扫描献血码", "Scan a donation number"),
    "receipt.scan.go": _t("确认在箱内", "it is here"),
    "receipt.scan.absent": _t("不在箱内", "not here"),
    "receipt.scan.failed": _t("未能记录：", "It could not be recorded: "),
}
