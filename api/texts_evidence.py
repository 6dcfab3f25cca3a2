"""Texts of the evidence pack of a unit, and of what the rules suggest: a suggestion is never a disposition."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


EVIDENCE: Final[dict[str, Text]] = {
    "pack.title": _t("证据包", "Evidence pack"),
    "pack.link": _t("证据包（PDF）", "Evidence pack (PDF)"),
    "pack.barred": _t("不得发放的原因", "Why it may not be issued"),
    "pack.barred.none": _t("没有记录在案的原因；这不是发放许可", "nothing that is recorded; that is no permission"),
    "pack.bar.ended": _t("已终结", "it came to its end"),
    "pack.bar.on-hold": _t("暂停发放", "on hold"),
    "pack.bar.expired": _t("已过期", "expired"),
    "pack.bar.reserved": _t("为一位患者保留（或供给对象不明）", "kept for one patient (or nobody knows for whom)"),
    "pack.bar.waiting": _t("等待记录", "waiting for the record"),
    "pack.waiting": _t("等待记录", "Waiting for the record"),
    "pack.waiting.none": _t("没有等待中的记录。", "No record is awaited."),
    "pack.waiting.part": _t(
        "{place}：{since} 至 {until} 的记录尚未送达", "{place}: the record of {since} to {until} is not here"
    ),
    "pack.waiting.box": _t("运输箱须先读出。", "The box has to be read out."),
    "pack.waiting.note": _t(
        "记录送达后自动结束；等待不是暂停发放，但此前不得发放。",
        "It ends by itself once the record is here. It is no hold, and the unit is not to be issued before.",
    ),
    "pack.suggestions": _t(
        "规则提示（建议，不是处置决定）", "What the rules suggest (a suggestion, not a disposition)"
    ),
    "pack.suggestions.note": _t(
        "以下仅为依据限值方案的提示；处置由有权限的人员决定并签名。",
        "These are points from the profile with their sources. The disposition is for a person to decide and sign.",
    ),
    "pack.suggestions.none": _t("规则没有提示。", "The rules suggest nothing."),
    "pack.suggestion": _t("建议", "Suggestion"),
    "pack.stands": _t("有效", "stands"),
    "pack.overtaken": _t("{at} 因证据增加失效（{finding}）", "overtaken at {at} by {finding}"),
    "pack.told": _t("通知与联系", "Who was told"),
    "pack.change": _t("发血系统通知 {number}（{finding}）", "To the issuing system, {number} ({finding})"),
    "pack.receipt": _t("{system} 于 {at} 确认，回执 {receipt}", "confirmed by {system} at {at}, receipt {receipt}"),
    "pack.receipt.none": _t("未确认", "not confirmed"),
    "pack.verify": _t(
        "附件 evidence.json 含全部数据；其 pack 的 SHA-256 记入账本；用 coldchain verify report 核对本文件。",
        "The attached evidence.json has all of the data; the SHA-256 of its pack stands in the ledger. "
        "coldchain verify report checks this file.",
    ),
    "suggest.beyond-hard-limit": _t(
        "极值 {peak_micro_celsius} °C，已到极限值 {limit_micro_celsius} °C：方案没有容许规定，倾向于不再使用。",
        "The extreme of {peak_micro_celsius} °C is at or beyond the hard limit of {limit_micro_celsius} °C, for which "
        "the profile knows no concession: this speaks against use.",
    ),
    "suggest.may-have-frozen": _t(
        "曾到 {peak_micro_celsius} °C，不高于 {limit_micro_celsius} °C：细胞推定已受冻害，倾向于不再使用。",
        "It was at {peak_micro_celsius} °C, at or below {limit_micro_celsius} °C: cells are presumed damaged, which "
        "speaks against use.",
    ),
    "suggest.may-have-thawed": _t(
        "曾到 {peak_micro_celsius} °C，高于 {limit_micro_celsius} °C：可能已融化，倾向于不再使用。",
        "It was at {peak_micro_celsius} °C, above {limit_micro_celsius} °C: it may have thawed, which speaks against "
        "use.",
    ),
    "suggest.outside-limits": _t(
        "超出限值 {out_ms}，极值 {peak_micro_celsius} °C。",
        "Outside the limits for {out_ms}, extreme {peak_micro_celsius} °C.",
    ),
    "suggest.no-concession": _t(
        "方案对超出限值没有容许规定：能否使用由质量管理人员依现行规定判断。",
        "The profile names no concession for time outside its limits: whether it can be used is for the quality "
        "manager and the rules in force.",
    ),
    "suggest.within-concession": _t(
        "未超出方案的容许规定：每次至多 {single_ms}，合计至多 {total_ms}，至多 {occasions} 次；"
        "至今 {so_far_ms}，{so_often} 次。是否适用由质量管理人员判断。",
        "The concession of the profile is kept so far: at most {single_ms} at a time, {total_ms} in all, {occasions} "
        "occasions; so far {so_far_ms}, {so_often} occasions. Whether it applies is for the quality manager.",
    ),
    "suggest.beyond-concession": _t(
        "已超出方案的容许规定：每次至多 {single_ms}，合计至多 {total_ms}，至多 {occasions} 次；"
        "至今 {so_far_ms}，{so_often} 次。",
        "The concession of the profile is exceeded: at most {single_ms} at a time, {total_ms} in all, {occasions} "
        "occasions; so far {so_far_ms}, {so_often} occasions.",
    ),
    "suggest.concession-unsure": _t(
        "不能说遵守了方案的容许规定：每次至多 {single_ms}，合计至多 {total_ms}，至多 {occasions} 次。"
        "部分时间未知或仍在持续，或已到极限值。",
        "Nobody can say that the concession of the profile was kept: at most {single_ms} at a time, {total_ms} in all, "
        "{occasions} occasions. Part of the time is unknown or lasts, or a hard limit was reached.",
    ),
    "suggest.not-measured": _t(
        "{unknown_ms} 未测得（方案容许 {limit_ms}）：请寻找其他依据，例如显示屏读数。",
        "{unknown_ms} were not measured (the profile tolerates {limit_ms}): look for other evidence, as readings of "
        "the display.",
    ),
    "suggest.sensor-fault": _t(
        "探头故障，{unknown_ms} 无可信读数：这说的是探头，不是血液。",
        "The sensor failed, {unknown_ms} without a reading to be believed: this speaks of the sensor, not of the unit.",
    ),
    "suggest.basis-withdrawn": _t(
        "依据已撤回：后到的数据改变了这项异常；暂停发放仍须由人解除。",
        "Its basis was withdrawn by data that came later; the hold still needs a person to end it.",
    ),
    "suggest.source": _t(
        "依据 {profile} [{section}]：{source}（{mark}）", "By {profile} [{section}]: {source} ({mark})"
    ),
    "suggest.no-source": _t("方案未注明出处", "the profile cites none"),
}
