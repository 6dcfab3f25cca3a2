"""Texts that every page shares: the frame, conditions, what is missing."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


FRAME: Final[dict[str, Text]] = {
    # The frame of every page
    "app": _t("血液冷链", "Coldchain"),
    "lang.other": _t("English", "中文"),
    "nav.start": _t("总览", "Overview"),
    "nav.findings": _t("异常记录", "Findings"),
    "nav.urgent": _t("紧急名单", "Urgent list"),
    "nav.main": _t("页面", "Pages"),
    "nav.more": _t("更多", "More"),
    "find": _t("查找血液", "Find a unit"),
    "find.field": _t("献血码", "donation number"),
    "find.go": _t("查找", "find"),
    "find.how": _t(
        "输入血袋上的献血码（有无空格均可），或本系统编号。",
        "Enter the donation number as it is on the bag, with or without spaces, or our own id.",
    ),
    "find.none": _t(
        "没有登记献血码或编号为 {asked} 的血液。请核对每个字符，包括方框内的校验字符；或先登记这袋血液。",
        "No unit with the donation number or id {asked} is registered. Check every character, also the one in the box; "
        "or register the unit first.",
    ),
    "find.several": _t("献血码 {asked} 有 {n} 袋血液：", "{n} {n:unit has|units have} the donation number {asked}:"),
    "find.full": _t("仅列出前 {n} 袋。", "Only the first {n} are listed."),
    "skip": _t("跳到内容", "Skip to the content"),
    "zone": _t("时间：{zone}（{offset}）", "Times: {zone} ({offset})"),
    "as_of": _t("页面时间 {at}", "Page of {at}"),
    "last_data": _t("最新数据 {at}", "Last data {at}"),
    "last_data.none": _t("尚无数据", "No data yet"),
    "stale": _t("页面暂时无法更新，显示的是较早的内容。", "This page cannot be refreshed now; what you see is older."),
    "foot": _t(
        "本页只说明测得的情况。血液能否发放，由人决定并签字；系统不会自动放行，也不会自动报废。",
        "This page says what was measured. People decide whether a unit may be issued, and sign for it; "
        "nothing is released or discarded by itself.",
    ),
    "none": _t("无", "None"),
    "unit.d": _t("天", "d"),
    "unit.h": _t("小时", "h"),
    "unit.min": _t("分", "min"),
    "unit.s": _t("秒", "s"),
    "and": _t("，", " and "),
    "comma": _t("、", ", "),
    "limits.at-least": _t("不低于 {celsius} °C", "at least {celsius} °C"),
    "limits.above": _t("高于 {celsius} °C", "above {celsius} °C"),
    "limits.at-most": _t("不高于 {celsius} °C", "at most {celsius} °C"),
    "limits.below": _t("低于 {celsius} °C", "below {celsius} °C"),
    "limits.strict": _t("{limit}（不含）", "{limit}, itself outside"),
    "unknown": _t("未知", "unknown"),
    "more": _t("仅列出前 {n} 项，共 {all} 项。", "The first {n} of {all} are listed."),
    # A missing thing
    "wrong.title": _t("网址有误", "This address is not understood"),
    "wrong.value": _t("此页面不接受 {name} = “{value}”。", "This page does not take {name} = “{value}”."),
    "wrong.todo": _t(
        "没有显示任何数据。请改正网址，或打开不带条件的页面。",
        "Nothing is shown. Correct the address, or open the page without it.",
    ),
    "wrong.again": _t("打开此页面", "Open the page"),
    "wrong.404": _t("这个网址没有页面。", "There is no page under this address."),
    "wrong.404.todo": _t("请核对网址，或从总览进入。", "Check the address, or begin at the overview."),
    "wrong.405": _t(
        "这个网址只接收表单，不能直接打开。", "This address takes a form that is sent to it, and is no page by itself."
    ),
    "wrong.405.todo": _t(
        "请从总览进入。刚才若提交过表单，请先查看是否已登记，再重新提交。",
        "Begin at the overview. If you have just sent a form, look whether it was recorded before you send it again.",
    ),
    "wrong.refused": _t("没有完成", "This was not done"),
    "wrong.refused.todo": _t(
        "请返回上一页，先查看已登记的内容，再试一次；若一直如此，请把本页给管理服务器的人看。",
        "Go back, look at what is recorded, and try again; if it goes on, show this page to whoever runs the server.",
    ),
    "wrong.413": _t(
        "一次提交的内容过多（最多 16 KiB，约 1800 个汉字），没有登记任何内容。",
        "That is too much at once (16 KiB at most): nothing was recorded.",
    ),
    "wrong.413.todo": _t(
        "请返回上一页（填写的内容仍在），缩短文字，或把清单分几次提交。",
        "Go back, where what you filled in still stands, and shorten it, or send a list in parts.",
    ),
    "missing.title": _t("没有找到", "Not found"),
    "missing.unit": _t(
        "这里没有登记编号为 {id} 的血液。请核对编号，或先登记这袋血液。",
        "No unit with the id {id} is registered here. Check the id, or register the unit first.",
    ),
    "missing.place": _t("这里没有登记编号为 {id} 的储存设备。", "No place with the id {id} is registered here."),
    "missing.finding": _t("这里没有编号为 {id} 的异常。", "There is no finding with the id {id} here."),
    # Conditions and directions
    "within": _t("在限值内", "within limits"),
    "too-warm": _t("偏高", "too warm"),
    "too-cold": _t("偏低", "too cold"),
    "never-measured": _t("未测量", "never measured"),
    "awaited": _t("等待记录", "waiting for the record"),
    "quality.1": _t("无传感器", "no sensor"),
    "quality.2": _t("读数不可信", "implausible reading"),
    "quality.3": _t("传感器故障", "sensor fault"),
    "role.load": _t("载荷探头", "load probe"),
    "role.air": _t("空气探头", "air probe"),
    "role.none": _t("没有探头", "no probe"),
    "certain": _t("确定在内", "certainly inside"),
    "possible": _t("可能在内", "possibly inside"),
}
