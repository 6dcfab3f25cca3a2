"""Texts of custody: a unit's life, lineage, recalls, look-back."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


LINEAGE: Final[dict[str, Text]] = {
    "custody": _t("来源与去向", "Where it came from and went"),
    "custody.title": _t("血袋 {number} 的全过程", "The life of unit {number}"),
    "custody.steps": _t("经过，按发生时间", "What happened, in order of time"),
    "custody.none": _t("没有记录。", "Nothing is recorded."),
    "custody.from": _t("由什么制成", "Made from"),
    "custody.of": _t("制成了什么", "Made of it"),
    "custody.owner": _t("所有者", "Owner"),
    "custody.kind": _t("类别", "Kind"),
    "kind.blood": _t("血液", "blood"),
    "kind.sample": _t("标本", "sample"),
    "kind.reagent": _t("试剂", "reagent"),
    "custody.end": _t("终点", "End"),
    "custody.ended": _t("这袋血液已到终点：{how}（{at}）。", "This unit has come to its end: {how} ({at})."),
    "custody.recalled": _t("召回", "Recalled"),
    "custody.cut": _t("列表不完整：超出了上限。", "This list is not complete: it is longer than the limit."),
    "custody.at": _t("时间", "When"),
    "custody.what": _t("经过", "What"),
    "custody.where": _t("现在何处", "Where it is now"),
    "custody.by": _t("签名", "Signed"),
    "custody.hold": _t("暂停发放", "On hold"),
    "custody.errors": _t("已声明有误的记录（原记录仍保留）", "Declared an error (the old entry is kept)"),
    "custody.error": _t(
        "{of}（{at}，{object}）：{note}。{name}，{post}", "{of} of {at} ({object}): {note}. {name}, {post}"
    ),
    "custody.error.instead": _t("更正为：{unit}，{at}，{object}", "Instead: {unit}, {at}, {object}"),
    "error.placement": _t("放置", "Placement"),
    "error.binding": _t("标签绑定", "Binding of a tag"),
    "error.issue": _t("发出", "Issue"),
    "error.transformation": _t("加工", "Act"),
    "error.containment": _t("放入容器", "Containment"),
    "error.unit-end": _t("终点", "End"),
    "life.entered": _t("进入{place}{via}{possible}", "Into {place}{via}{possible}"),
    "life.left": _t("离开{place}{via}", "Out of {place}{via}"),
    "life.via": _t("（在容器 {container} 中）", " (in container {container})"),
    "life.possible": _t("（可能）", " (possibly)"),
    "life.issued": _t("发给{other}", "Handed out to {other}"),
    "life.bound": _t("绑定标签 {other}", "Tag {other} bound"),
    "life.owner": _t("归{other}所有", "Belongs to {other}"),
    "life.received": _t("验收入{place}（接收单 {other}）", "Received into {place} (receipt {other})"),
    "life.not-received": _t("应到未到：{place}（接收单 {other}）", "Listed but not read: {place} (receipt {other})"),
    "life.made.split": _t("由 {other} 分装而成", "Split from {other}"),
    "life.made.pool": _t("由 {other} 汇集而成", "Pooled from {other}"),
    "life.made.irradiate": _t("{other} 辐照后成为本袋", "Irradiated, before {other}"),
    "life.made.wash": _t("{other} 洗涤后成为本袋", "Washed, before {other}"),
    "life.made.thaw": _t("{other} 融化后成为本袋", "Thawed, before {other}"),
    "life.made.divide-aliquot": _t("从 {other} 分出", "Aliquot taken from {other}"),
    "life.made.filter": _t("{other} 过滤后成为本袋", "Filtered, before {other}"),
    "life.made.process-donation": _t("由献血 {other} 制备", "Prepared from donation {other}"),
    "life.used.split": _t("分装为 {other}", "Split into {other}"),
    "life.used.pool": _t("汇集入 {other}", "Pooled into {other}"),
    "life.used.irradiate": _t("辐照，成为 {other}", "Irradiated, now {other}"),
    "life.used.wash": _t("洗涤，成为 {other}", "Washed, now {other}"),
    "life.used.thaw": _t("融化，成为 {other}", "Thawed, now {other}"),
    "life.used.divide-aliquot": _t("分出 {other}", "Aliquot {other} taken"),
    "life.used.filter": _t("过滤，成为 {other}", "Filtered, now {other}"),
    "life.used.process-donation": _t("制备为 {other}", "Processed into {other}"),
    "life.transfused": _t("已输注", "Transfused"),
    "life.discarded": _t("已报废", "Discarded"),
    "life.returned-to-station": _t("已退回血站", "Returned to the station"),
    "life.expired-discarded": _t("过期报废", "Expired and discarded"),
    "stood.in-place": _t("在{place}", "in {place}"),
    "stood.in-box": _t("在运输箱{place}中", "in box {place}"),
    "stood.issued": _t("已发给{to}", "handed out to {to}"),
    "stood.away": _t("已离开，去向不明", "gone, nobody said where to"),
    "stood.transformed": _t("已加工成其他血袋", "used for other units"),
    "stood.never-existed": _t("登记有误，从未存在", "registered in error, it never existed"),
    "stood.transfused": _t("已输注", "transfused"),
    "stood.discarded": _t("已报废", "discarded"),
    "stood.returned-to-station": _t("已退回血站", "returned to the station"),
    "stood.expired-discarded": _t("过期报废", "expired and discarded"),
    "stood.never-seen": _t("从未见到", "never seen"),
    "who": _t("谁在这里待过", "Who was here"),
    "who.title": _t("{place}：谁在这里待过", "{place}: who was here"),
    "who.period": _t("{since} 至 {until}：{n} 次停留", "{since} to {until}: {n} stays"),
    "who.further": _t("{since} 至 {until}，接上页", "{since} to {until}, continued"),
    "who.next": _t("下一页", "Next page"),
    "who.back": _t("回到设备页面", "Back to the place"),
    "who.since": _t("从", "From"),
    "who.until": _t("至", "To"),
    "who.go": _t("查询", "Look back"),
    "who.stay": _t("停留", "Stay"),
    "who.open": _t("现在", "now"),
    "recalls": _t("召回", "Recalls"),
    "recalls.none": _t("没有召回。", "There are no recalls."),
    "recalls.new": _t("召回一次献血", "Recall a donation"),
    "recalls.donation": _t("献血码", "Donation number"),
    "recalls.issuer": _t("发码机构", "Issuer"),
    "custody.back": _t("回到血袋页面", "Back to the unit"),
    "recalls.scheme": _t("编码方案", "Scheme"),
    "recalls.reason": _t("原因", "Reason"),
    "recalls.name": _t("姓名", "Name"),
    "recalls.post": _t("岗位", "Post"),
    "recalls.go": _t("召回并暂停发放", "Recall and hold"),
    "recall.title": _t("召回 {of}", "Recall of {of}"),
    "recall.said": _t("{at}，{name}（{post}）：{reason}", "{at}, {name} ({post}): {reason}"),
    "recall.counts": _t(
        "涉及 {n} 袋，其中 {held} 袋暂停发放，{out} 袋已发出或已输注：请立即联系接收方。",
        "{n} units are reached, {held} of them on hold; {out} were handed out or transfused: call whoever has them.",
    ),
    "recall.counts.in": _t(
        "涉及 {n} 袋，其中 {held} 袋暂停发放；没有发出的，也没有已输注的。",
        "{n} {n:unit is|units are} reached, {held} of them on hold; none was handed out or transfused.",
    ),
    "recall.reaches.none": _t(
        "目前没有登记献血码为 {number} 的血液，没有血袋被暂停发放。"
        "请核对献血码、发码机构和编码方案；以后登记的会自动暂停发放。",
        "No unit of donation {number} is registered, and nothing is on hold. Check the number, issuer and scheme; "
        "a unit that is registered later is held then.",
    ),
    "recalls.how": _t(
        "献血码有无空格均可。已登记的献血码不必填写发码机构和编码方案；尚未到货的须填写。",
        "The donation number may have spaces. Issuer and scheme may stay empty for a number that is registered here; "
        "for one that has not arrived yet they are needed.",
    ),
    "recalls.unknown": _t(
        "没有登记献血码为 {asked} 的血液，没有召回任何血袋。请核对每个字符；"
        "要召回尚未到货的血液，请填写发码机构和编码方案。",
        "No unit with the donation number {asked} is registered, and nothing was recalled. Check every character; "
        "to recall blood that has not arrived yet, enter issuer and scheme too.",
    ),
    "recalls.several": _t(
        "献血码 {asked} 有多个来源，没有召回任何血袋。请填写发码机构和编码方案。",
        "Several sources use the donation number {asked}, and nothing was recalled. Enter issuer and scheme too.",
    ),
    "recall.why": _t("召回 {recall}：{reason}", "Recall {recall}: {reason}"),
    "hold.return": _t(
        "发出后又退回，按其限值方案不得再入库",
        "It was issued and is back, and its profile does not let it go back to stock",
    ),
    "hold.outing": _t(
        "离开受控储存的时间超过其限值方案允许的时长",
        "It was out of controlled storage for longer than its profile allows",
    ),
    "hold.wrong-place": _t(
        "曾放在温度要求与其不同的设备中", "It was in a place whose limits no temperature of its own suits"
    ),
    "hold.road": _t("在途时间超过其限值方案允许的时长", "It was on the road for longer than its profile allows"),
    "hold.box-time": _t(
        "运输箱的保温时间已过，血液仍在箱内", "It was in a box after the time for which the box was qualified had ended"
    ),
    "hold.receipt": _t(
        "到货清单上有这袋血，但有人查找后没有找到", "The list of a crate names it, and somebody looked for it in vain"
    ),
    "hold.again": _t(
        "不止一次偏离温度限值，须由质量负责人决定", "It left its limits more than once: a quality manager decides"
    ),
    "hold.budget": _t(
        "累计离限的时间或次数超过其限值方案允许的范围",
        "It was outside its limits for longer in all, or more often, than its profile allows",
    ),
    "hold.inspection": _t("接收时目视检查发现缺陷", "Visual defect at receiving"),
    "hold.inspection.why": _t(
        "接收时目视检查发现缺陷（{place}，{at}，{by}）：{note}",
        "A visual defect was seen at receiving ({place}, {at}, {by}): {note}",
    ),
    "expiry.to-be-confirmed": _t(
        "保存期待确认：所依据的时限尚未按现行标准核对，须由质量管理人员确认。",
        "To be confirmed: the shelf life behind this expiry is not yet checked against the standard in force; a "
        "quality manager has to confirm it.",
    ),
    "hold.via": _t(
        "暂停发放来自血袋 {via}，本袋由它制成。", "The hold comes from unit {via}, of which this one was made."
    ),
    "recall.unit": _t("血袋", "Unit"),
    "missing.recall": _t("这里没有编号为 {id} 的召回。", "There is no recall with the id {id} here."),
    "tags.kind.ended-seen": _t(
        "血袋已经用完或报废，{at} 标签却在{place}被读到。",
        "The unit has come to its end, and its tag was read in {place} at {at}.",
    ),
}
