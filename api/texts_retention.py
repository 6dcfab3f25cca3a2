"""Texts of retention: how long readings are kept, legal holds, and removals that two people sign."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


RETENTION: Final[dict[str, Text]] = {
    "retention": _t("保存期限与销毁", "Retention and removal"),
    "retention.policies": _t("保存期限", "How long it is kept"),
    "retention.what": _t("内容", "What"),
    "retention.what.readings": _t("温度读数（自读数当日起）", "readings, from their own day"),
    "retention.what.unit-records": _t(
        "血液在库期间的读数（自最后在库、发出、终结或失效起）",
        "readings that a unit's record needs, from when it was last there, was issued, ended or expired",
    ),
    "retention.what.ledger": _t(
        "账本：血液、出入库、异常、决定、导出、签名", "ledger: units, moves, findings, decisions, exports, signatures"
    ),
    "retention.what.unsealed": _t("未封存的读数、标签读数", "readings that are not sealed, tag readings"),
    "retention.never": _t("永不销毁", "never removed"),
    "retention.profile": _t("适用方案", "Profile"),
    "retention.every-profile": _t("全部", "all"),
    "retention.years": _t("年", "Years"),
    "retention.years.n": _t("{n} 年", "{n} {n:year|years}"),
    "retention.source": _t("依据", "Source"),
    "retention.default": _t("默认", "by default"),
    "retention.floors": _t("限值方案要求的最短期限", "Shortest periods that profiles ask for"),
    "retention.floors.note": _t(
        "对使用该方案的场所和血液，两类期限均不短于此，签名不能缩短；方案各版本取最长者。",
        "Where a profile holds, both periods are at least as long, and no signature shortens that. Of all its versions "
        "the longest counts.",
    ),
    "retention.set": _t("签名设定期限", "Sign and set"),
    "retention.shorter": _t(
        "缩短期限须由第二人签署；延长无需。", "A shorter period needs a second person; a longer one does not."
    ),
    "retention.second-name": _t("第二签名人", "Second person"),
    "retention.second-post": _t("第二签名人岗位", "Post of the second person"),
    "retention.past": _t("已过保存期限", "Past its time"),
    "retention.past.none": _t("没有已过保存期限的读数。", "No readings are past their time."),
    "retention.probe": _t("探头", "Probe"),
    "retention.days": _t("日期（UTC）", "Days (UTC)"),
    "retention.days.n": _t("{n} 天", "{n} {n:day|days}"),
    "retention.held": _t("状态", "State"),
    "retention.held.none": _t("可提议销毁", "may be proposed for removal"),
    "retention.held.legal-hold": _t("法律保全 {which}", "legal hold {which}"),
    "retention.held.unit": _t("血袋 {which} 的记录仍需保存", "the record of unit {which} still needs it"),
    "retention.shown": _t("只显示前 {n} 段", "the first {n} spans are shown"),
    "retention.propose": _t("提议销毁（第一签名）", "Propose a removal (first signature)"),
    "retention.propose.go": _t("签名提议", "Sign and propose"),
    "retention.every-probe": _t("全部探头", "all probes"),
    "retention.reason": _t("理由", "Reason"),
    "retention.id": _t("编号", "Id"),
    "retention.disposals": _t("销毁记录", "Removals"),
    "retention.disposals.none": _t("没有销毁记录。", "Nothing was removed or proposed."),
    "retention.state.proposed": _t("已提议，待另一人确认", "proposed: another person must confirm"),
    "retention.state.confirmed": _t("已确认，即将执行", "confirmed: done within a minute"),
    "retention.state.removed": _t("已销毁", "removed"),
    "retention.state.withdrawn": _t("已撤回：{why}", "withdrawn: {why}"),
    "retention.blocks": _t("数据块 / 读数", "Blocks / readings"),
    "retention.hash": _t("核对码", "Hash"),
    "retention.first": _t("提议", "Proposed"),
    "retention.second": _t("确认", "Confirmed"),
    "retention.confirm": _t("确认销毁（第二签名，须另一人、另一岗位）", "Confirm (another person in another post)"),
    "retention.confirm.go": _t("签名确认，不可撤销", "Sign and confirm: it cannot be undone"),
    "retention.withdraw": _t("撤回", "Withdraw"),
    "retention.withdraw.go": _t("签名撤回", "Sign and withdraw"),
    "retention.holds": _t("法律保全", "Legal holds"),
    "retention.holds.none": _t("没有法律保全。", "There is no legal hold."),
    "retention.scope": _t("范围", "Covers"),
    "retention.scope.everything": _t("全部", "everything"),
    "retention.scope.place": _t("设备", "place"),
    "retention.scope.probe": _t("探头", "probe"),
    "retention.scope.unit": _t("血袋", "unit"),
    "retention.subject": _t("对象编号（全部时留空）", "Its id (empty for everything)"),
    "retention.stands": _t("生效中", "stands"),
    "retention.ended": _t("{at} 由 {name}（{post}）解除：{reason}", "ended {at} by {name} ({post}): {reason}"),
    "retention.hold.go": _t("签名保全", "Sign and hold"),
    "retention.end": _t("解除保全", "End a hold"),
    "retention.end.go": _t("签名解除", "Sign and end"),
    "retention.refused": _t("没有登记：", "Not recorded:"),
    "retention.note": _t(
        "销毁的是已封存的读数；账本条目永远保留，写明由谁、何时、依据什么销毁了哪些数据块。"
        "已销毁的时间显示为“已按期限销毁”，既不是“未知”，也绝不算作在限值内。"
        "两个签名的姓名只与登录一样可信：访问控制启用之前，系统无法证明签名人身份。",
        "What goes are sealed readings. Ledger entries stay for ever and say who removed which blocks, when and why. "
        "Removed time is shown as removed by policy: that is not unknown, and never within limits. "
        "The two names are as trustworthy as the logins behind them: until there is access control, they prove nobody.",
    ),
    "history.checkpoint": _t("账本检查点", "Checkpoint of the ledger"),
    "history.checkpoint.told": _t("前 {size} 条，签名于 {at}，根：", "first {size} entries, signed {at}, root:"),
    "history.checkpoint.key": _t("签名密钥", "signed by key"),
    "history.removed": _t("已按期限销毁", "Removed by policy"),
    "history.removed.told": _t(
        "{days}：{at} 由 {proposed} 提议、{confirmed} 确认，按保存期限销毁（{disposal}）；"
        "该时间的温度无从得知，不算在限值内。",
        "{days}: removed by policy on {at}, proposed by {proposed}, confirmed by {confirmed} ({disposal}); "
        "nothing can be said of this time, and it does not count as within limits.",
    ),
}
