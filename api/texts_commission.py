"""Texts of commissioning and work states: which probe hangs where, who confirmed it, what is being worked on."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


COMMISSION: Final[dict[str, Text]] = {
    "not-confirmed": _t("未确认", "not confirmed"),
    "under-check": _t("检测中", "under check"),
    "out-of-use": _t("停用", "out of use"),
    "first.confirm.todo": _t(
        "到设备旁用手焐热这支探头，在该设备页面上确认并签名；在此之前读数不作数。",
        "At the place, warm this probe by hand and confirm it on its page; until then its readings do not count.",
    ),
    "notice.work-overrun": _t("检测或停用已超过计划时间", "a check or time out of use is past its planned end"),
    "notice.work-overrun.todo": _t(
        "结束检测或停用；确需延长时，重新填写计划时间和原因。",
        "End it, or begin it anew with another planned end and the reason.",
    ),
    "notice.unit-in-unused": _t("停用的设备内发现血液", "blood in a place that is out of use"),
    "notice.unit-in-unused.todo": _t(
        "立即把血液移到在用的设备并扫描登记；通知质量管理人员。",
        "Move the blood to a place that is in use at once and scan it; tell the quality manager.",
    ),
    "notice.probes-crossed": _t("探头可能接反（与另一台设备）", "probes crossed? (with another place)"),
    "notice.probes-crossed.todo": _t(
        "逐支用手焐热核对探头和通道；改正后在两台设备的页面上重新确认。",
        "Warm each probe by hand and see which channel moves; correct it and confirm the probes of both places anew.",
    ),
    # On the page of a place
    "hang": _t("探头的位置与确认", "Where the probes hang, and who confirmed it"),
    "hang.serial": _t("序列号", "Serial number"),
    "hang.unsequenced": _t("丢失无法计数", "its losses cannot be counted"),
    "hang.where": _t("接线", "Plugged in"),
    "hang.since": _t("自", "Since"),
    "hang.confirmed": _t("确认", "Confirmed"),
    "hang.by": _t("{name}（{post}），{at}", "{name} ({post}), {at}"),
    "hang.counts-from": _t("自 {from} 起作数", "counts from {from} on"),
    "hang.by-registration": _t("仅凭登记，未在设备旁确认", "by registration, not at the fridge"),
    "hang.not": _t("未确认，读数不作数", "not confirmed: its readings do not count"),
    "hang.do": _t("确认探头", "confirm probes"),
    "hang.earlier": _t("较早的位置：{n} 个", "{n} earlier {n:position|positions}"),
    "hang.serial.none": _t("未填写", "not given"),
    "work": _t("检测与停用", "Checks and time out of use"),
    "work.none": _t("目前没有。", "None at present."),
    "work.do": _t("登记检测或停用", "begin or end a check or time out of use"),
    "work.line": _t(
        "{what}，{period}，计划到 {until}，原因：{reason}；{name}（{post}）",
        "{what}, {period}, planned until {until}, because: {reason}; {name} ({post})",
    ),
    "work.what.probe": _t("{probe} 检测中", "{probe} under check"),
    "work.what.place": _t("整台设备停用", "the whole place out of use"),
    # The page on which a probe is confirmed
    "commission.title": _t("确认探头：{place}", "Confirm the probes of {place}"),
    "commission.choose": _t("选择要确认的探头", "Choose the probe to confirm"),
    "commission.steps": _t("做法", "How"),
    "commission.step.1": _t(
        "关好各台设备的门，等 5 分钟；这台设备旁只有你一个人操作。",
        "Shut the doors of all places and wait 5 min; nobody else works on them.",
    ),
    "commission.step.2": _t(
        "选择探头并开始；把这支探头（甘油瓶连瓶）握在手中，直到数值上升 2 °C 以上。",
        "Choose the probe and begin; keep it (with its bottle) in the hand until its value has risen by 2 degrees.",
    ),
    "commission.step.3": _t(
        "看下面是哪个通道动了；是这支就签名确认，不是就查接线和设置。",
        "See below which channel moved; if it is this one, sign; if not, look at the wiring and the settings.",
    ),
    "commission.begin": _t("开始：现在握住探头", "Begin: take the probe into the hand now"),
    "commission.again": _t("重新开始", "begin again"),
    "commission.for": _t("正在确认：{probe}", "Confirming: {probe}"),
    "commission.began": _t("开始于 {at}", "begun at {at}"),
    "commission.rises": _t("各通道自开始以来的变化", "How far each channel has risen since"),
    "commission.rise": _t("上升", "Risen"),
    "commission.last": _t("最后读数", "Last reading"),
    "commission.rise.none": _t("无基准或无新读数", "no baseline, or no new reading"),
    "commission.verdict.none": _t("还没有通道上升 2 °C：继续握住。", "No channel has risen by 2 degrees yet: hold on."),
    "commission.verdict.ambiguous": _t(
        "不止一个通道上升，无法判断：关好门，等 5 分钟，再试一次。",
        "Ambiguous: more than one channel rose. Shut the doors, wait 5 min and try again.",
    ),
    "commission.verdict.this": _t("动的是 {probe}：就是这支。", "It is {probe} that moved: this one."),
    "commission.verdict.other": _t(
        "动的是 {probe}，不是要确认的这支：探头可能接反，请查接线和设置。",
        "It is {probe} that moved, not the one to confirm: they may be crossed. Look at the wiring and the settings.",
    ),
    "commission.sign": _t("我在设备旁，确认这支探头在这里", "I am at the place and confirm that this probe is here"),
    "commission.from": _t("自何时起作数", "From when on it counts"),
    "commission.from.now": _t("从现在起", "from now on"),
    "commission.from.position": _t("从 {at}（接在这里）起", "from {at}, when it was put here"),
    "commission.reason": _t("追溯的理由（从较早时间起作数时必填）", "Why from earlier on (needed then)"),
    "commission.refused": _t(
        "没有记录：请按上面的说明再做一次。", "Not recorded: read what stands above, then try again."
    ),
    "sign.name": _t("姓名", "Name"),
    "sign.post": _t("岗位", "Post"),
    "sign.note": _t(
        "目前没有登录：姓名按填写记录，未经身份验证。",
        "There is no sign-in yet: the name is recorded as it is written, not authenticated.",
    ),
    # The page of work states
    "work.title": _t("检测与停用：{place}", "Checks and time out of use: {place}"),
    "work.begin.check": _t("开始检测一支探头", "Begin a check of a probe"),
    "work.begin.check.note": _t(
        "检测期间这支探头的读数是校准数据，不作判定；由同一设备的另一支探头看护，没有另一支时情况未知。",
        "While it lasts its readings are calibration data and not judged; the place's other probe watches. Without "
        "another one nothing is known.",
    ),
    "work.begin.unused": _t("停用整台设备", "Take the place out of use"),
    "work.begin.unused.note": _t(
        "只有清点为空时才能停用；停用期间不作判定，其间发现血液会报警。",
        "Only when it was counted empty. While it lasts nothing is judged; blood that is seen inside raises an alarm.",
    ),
    "work.probe": _t("探头", "Probe"),
    "work.reason": _t("原因", "Reason"),
    "work.hours": _t("计划时长", "Planned for"),
    "work.hours.n": _t("{n} 小时", "{n} {n:hour|hours}"),
    "work.days.n": _t("{n} 天", "{n} {n:day|days}"),
    "work.empty": _t("我已打开查看并清点：里面没有血液", "I have looked inside and counted: there is no blood"),
    "work.begin": _t("开始", "begin"),
    "work.end": _t("结束", "End it"),
    "work.end.note": _t("结束后读数重新作数。", "From its end on readings count again."),
    "work.inside": _t(
        "记录中有 {n} 袋在内或可能在内：先移出并扫描登记，才能停用。",
        "The record has {n} {n:unit|units} inside, or possibly: move {n:it|them} out and scan first.",
    ),
    "work.refused": _t("没有记录：{detail}", "Not recorded: {detail}"),
    "back.place": _t("回到设备页面", "back to the place"),
}
