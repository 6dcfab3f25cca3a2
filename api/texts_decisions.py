"""Texts of decisions on units on hold: the evidence, what can be decided, signatures."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


DECISIONS: Final[dict[str, Text]] = {
    "decisions": _t("处置决定", "Decisions"),
    "decisions.none": _t("还没有处置决定。", "No decisions yet."),
    "decisions.open": _t("等待处置决定：{n} 袋", "Waiting for a decision: {n} {n:unit|units}"),
    "decisions.open.none": _t("没有等待处置决定的血液。", "No unit waits for a decision."),
    "decisions.last": _t("最近的处置决定", "Latest decisions"),
    "decisions.since": _t("暂停发放自", "On hold since"),
    "decisions.holds": _t("暂停发放", "Holds"),
    "decisions.holds.n": _t("{n} 项", "{n} {n:hold|holds}"),
    "decisions.unit": _t("血液", "Unit"),
    "decisions.decision": _t("决定", "Decision"),
    "decisions.reason": _t("原因", "Reason"),
    "decisions.signed": _t("签名", "Signed"),
    "decisions.by": _t("{name}（{post}）", "{name} ({post})"),
    "decisions.at": _t("时间", "When"),
    "decisions.evidence": _t("证据版本", "Version of the evidence"),
    "decisions.evidence.present": _t("当前证据版本", "Present version of the evidence"),
    "decisions.state": _t("状态", "State"),
    "decisions.stands": _t("有效", "stands"),
    "decisions.overtaken": _t(
        "{at} 起被新证据超越（{finding}），重新暂停发放",
        "overtaken at {at} by evidence that grew ({finding}); on hold again",
    ),
    "decisions.overtaken.kept": _t(
        "{at} 起被新证据超越（{finding}），须重新决定",
        "overtaken at {at} by evidence that grew ({finding}); decide anew",
    ),
    "decision.release-hold": _t("解除暂停", "end the hold"),
    "decision.keep": _t("继续暂停", "keep on hold"),
    "decision.discard": _t("报废", "discard"),
    "decision.return-to-station": _t("退回血站", "return to the blood station"),
    "decision.meaning.release-hold": _t(
        "签名含义：已查看该版证据，解除所列暂停", "signed for: having seen this evidence, the holds named are ended"
    ),
    "decision.meaning.keep": _t(
        "签名含义：已查看该版证据，继续暂停", "signed for: having seen this evidence, it stays on hold"
    ),
    "decision.meaning.discard": _t(
        "签名含义：已查看该版证据，应予报废", "signed for: having seen this evidence, it is to be discarded"
    ),
    "decision.meaning.return-to-station": _t(
        "签名含义：已查看该版证据，退回血站", "signed for: having seen this evidence, it goes back to the station"
    ),
    "decisions.about": _t("所见异常", "Findings seen"),
    "decide": _t("作出处置决定", "Decide"),
    "decide.title": _t("处置决定：血液 {number}", "Decide on unit {number}"),
    "decide.back": _t("返回该袋血液", "Back to the unit"),
    "decide.evidence.note": _t(
        "决定只对这一版证据有效。证据变化后须重新查看；证据增多时，决定自动作废并重新暂停发放。",
        "A decision counts for this version of the evidence only. If it has changed, look again; if it grows later, "
        "the decision is overtaken and the unit is on hold again.",
    ),
    "decide.choose": _t("针对以下暂停", "About these holds"),
    "decide.what": _t("决定", "Decision"),
    "decide.what.choose": _t("请选择", "choose"),
    "decide.release.note": _t(
        "只有“解除暂停”会结束暂停；其他决定不改变暂停状态。",
        "Only “end the hold” ends a hold; any other decision leaves the unit on hold.",
    ),
    "decide.reason": _t("原因", "Reason"),
    "decide.second": _t("复核人（可不填）", "Second signature (may stay empty)"),
    "decide.second.name": _t("复核人姓名", "Name of the second person"),
    "decide.second.post": _t("复核人岗位", "Post of the second person"),
    "decide.sign": _t("签名并提交", "Sign and send"),
    "decide.refused": _t("没有记录：", "Not recorded:"),
    "decide.nothing": _t("这袋血液没有须决定的暂停。", "No hold of this unit waits for a decision."),
    "holds.lifted": _t("已由决定 {decision} 解除", "ended by decision {decision}"),
    "holds.state": _t("状态", "State"),
    "holds.open": _t("暂停中", "on hold"),
}
