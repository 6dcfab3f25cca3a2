"""Texts of courier's boxes: ready or not, qualification, areas, stops, and what to do about them."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


BOX: Final[dict[str, Text]] = {
    "box.says": _t("运血箱状态", "What the box says"),
    "box.expected": _t("预计到达 {at}（装箱人所填）", "expected {at}, as who packed it said"),
    "box.expected.moved": _t(
        "预计到达 {at}（装箱后改过 {n} 次）", "expected {at}, moved {n} {n:time|times} since it was packed"
    ),
    "box.expected.earlier": _t(
        "预计到达 {at}（按以往 {n} 次相同路线的运输用时，取中位数）",
        "expected {at}, from {n} earlier {n:journey|journeys} between the same two places (the middle one)",
    ),
    "box.expected.unknown": _t(
        "预计到达时间未知：装箱时没有填写，也没有以往的运输可参考",
        "when it should arrive is unknown: nobody said it, and there is no earlier journey to go by",
    ),
    "box.expected.short": _t(
        "保温验证时间在预计到达前 {lasted} 结束：请提前送达，或换箱",
        "its qualified time ends {lasted} before it is expected: bring it there earlier, or change the box",
    ),
    "packing.title": _t("{box}：登记装箱单", "{box}: record a packing list"),
    "packing.link": _t("登记装箱单", "record a packing list"),
    "packing.note": _t(
        "自装箱时间起，所列血袋都在这个箱子里。", "From the time of packing on, every bag of the list is in this box."
    ),
    "packing.units": _t("装入的血袋，每行一袋（扫描）", "Bags that were put in, one a line (scan them)"),
    "packing.to": _t("送往", "Where it goes"),
    "packing.courier": _t(
        "送血员（值班表中的编号，可不填）", "Courier: the id under which he is called (may be left out)"
    ),
    "packing.at": _t("装箱时间（不填则为现在）", "Packed at (left out: now)"),
    "packing.expected": _t("预计到达时间（可不填）", "Expected there at (may be left out)"),
    "packing.expected.note": _t(
        "不填时，按相同路线以往运输用时的中位数估计；没有以往运输则为未知。填写的时间过后 20 分钟仍无人签收，将报警。",
        "Left out, it is the middle one of how long earlier journeys of the same way took; without any it is unknown. "
        "20 minutes after a time that was filled in an alarm is raised unless the receiver has signed.",
    ),
    "eta.title": _t("{box}：更改预计到达时间", "{box}: give a new expected time"),
    "eta.link": _t("更改预计到达时间", "give a new expected time"),
    "eta.note": _t(
        "送血员、调度员或收血人都可以更改，并写明原因；原来的时间和每次更改都保留在记录中，以最后说出的为准。",
        "The courier, the dispatcher or the receiver may say it anew, with the reason. The first time and each later "
        "one stay in the record; what was said last is in force.",
    ),
    "eta.alarm": _t(
        "新时间过后 20 分钟仍无人签收，将报警。箱体的保温验证时间和最长路上时间不因此改变，照常报警。",
        "20 minutes after the new time an alarm is raised unless the receiver has signed. The qualified time of the "
        "box and the longest time on the road do not move with it: their alarms stay.",
    ),
    "eta.at": _t("新的预计到达时间", "New expected time"),
    "eta.why": _t("原因（例如堵车、先送另一站、改道）", "Why (traffic, another stop first, another way …)"),
    "eta.said": _t("何时得知（不填则为现在）", "Said at (left out: now)"),
    "eta.none": _t("这个箱子没有装箱单", "this box has no packing list"),
    "eta.arrived": _t("收血人已签收：箱子已到达", "its receiver has signed: the box has arrived"),
    "eta.all": _t("预计到达时间的更改", "How the expected time was moved"),
    "eta.first": _t("装箱人所填：{at}", "who packed it said {at}"),
    "eta.first.none": _t("装箱时没有填写", "nobody said it when it was packed"),
    "eta.one": _t("{said} 改为 {at}：{why}（{name}，{post}）", "at {said}: expected {at}. {why} ({name}, {post})"),
    "packing.newest": _t("{n} 袋，{packed} 装箱，送往 {to}", "{n} {n:unit|units}, packed {packed}, to {to}"),
    "box.left": _t("保温验证时间还剩", "qualification left"),
    "box.preconditioning": _t("预冷中，{since} 开始", "cooling down since {since}"),
    "box.ready": _t("已就绪，可以装箱（{since}）", "ready to be packed since {since}"),
    "box.not-ready": _t("未就绪：{why}（{since}）", "not ready: {why} (since {since})"),
    "box.not-ready.no-reading": _t("有探头没有读数", "a probe gives no temperature"),
    "box.not-ready.too-warm": _t("箱内偏高", "too warm inside"),
    "box.not-ready.too-cold": _t("箱内偏低", "too cold inside"),
    "box.not-ready.lid-open": _t("箱盖开着", "the lid is open"),
    "box.not-ready.lid-unknown": _t("箱盖状态不明", "nobody knows how the lid stands"),
    "box.not-ready.battery-low": _t("电池电量低", "battery low"),
    "box.not-ready.time": _t("在限值内的时间还不够", "not long enough within limits yet"),
    "box.packed-until": _t("{since} 装箱完毕，保温验证时间到 {until}", "packed at {since}, qualified until {until}"),
    "box.over": _t("保温验证时间已于 {until} 用完", "its qualification ended at {until}"),
    "box.beeps": _t("箱子自 {since} 起鸣响报警", "the box beeps since {since}"),
    "box.area": _t("在区域 {area} 内（{since} 进入）", "in the area {area} since {since}"),
    "box.stands": _t("自 {since} 起停留不动", "stands still since {since}"),
    "box.astray": _t("自 {since} 起偏离路线", "beside its route since {since}"),
    "notice.box-not-ready": _t("箱子未就绪却已装血", "packed although the box was not ready"),
    "notice.box-not-ready.todo": _t(
        "不要发车：把血液放回储存设备，等箱子就绪后再装。",
        "Do not send it out: put the blood back into a watched place and pack again when the box is ready.",
    ),
    "notice.qualification-ending": _t("保温验证时间已用 80 %", "80 % of its qualification time is used"),
    "notice.qualification-ending.todo": _t(
        "联系送血员：在此之前送到，或把血液转入储存设备或另一只就绪的箱子。",
        "Call the courier: it must arrive before, or the blood goes into a watched place or another box that is ready.",
    ),
    "notice.qualification-over": _t("保温验证时间已用完，箱内仍有血液", "qualification over with units still inside"),
    "notice.qualification-over.todo": _t(
        "立即把血液转入储存设备；箱内温度以读数为准，通知质量管理人员。",
        "Move the blood into a watched place now; go by the readings inside, and tell the quality manager.",
    ),
    "notice.stood-still": _t("途中停留过久", "stands still on its way"),
    "notice.stood-still.todo": _t("联系送血员，问明原因。", "Call the courier and ask why."),
    "notice.route-left": _t("偏离路线", "route left"),
    "notice.route-left.todo": _t("联系送血员，问明去向。", "Call the courier and ask where it goes."),
}
