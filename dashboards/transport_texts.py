"""Texts of the transport board in Chinese and English, by key."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


TRANSPORT_TEXTS: Final[dict[str, Text]] = {
    "transport.title": _t("冷链 · 运输", "Cold chain · Transport"),
    "transport.about": _t(
        "运血箱在哪里、处于什么状态、运输记录；下方为所选运血箱的温度与开箱。",
        "Where the boxes are, how they stand, their journeys; below, temperature and lid of the chosen box.",
    ),
    "var.box": _t("运血箱", "Box"),
    "link.box": _t("此运血箱的路线与温度", "Way and temperature of this box"),
    "link.transport": _t("运输", "Transport"),
    "transport.boxes.about": _t(
        "每个登记的运血箱一格，状态最严重的在前。60 秒内没有新状态的，变暗并写明。",
        "A tile for each registered box, the gravest state first. One without a new state within 60 s goes dark.",
    ),
    "transport.map": _t("各箱最后报告的位置", "Where each box was last"),
    "transport.map.about": _t(
        "所选时间内最后一次报告的位置，颜色为该箱现在的状态，暗色表示没有状态。位置可能已是几小时前的，时间见右侧列表。"
        "没有街道底图也能使用：底图为空白网格，不访问外部地图服务。",
        "The last place that each box told in the chosen time, in the colour of its state now; dark: there is none. "
        "It may be hours old: see the list beside it. The background is an empty grid: no outside map server is asked.",
    ),
    "transport.map.layer": _t("运血箱", "Boxes"),
    "transport.map.background": _t("空白网格", "Empty grid"),
    "transport.map.none": _t("这段时间没有收到位置", "No position came in this time"),
    "transport.way": _t("所选运血箱的路线", "The way of the chosen box"),
    "transport.way.about": _t(
        "点为报告的位置（最多最新的 5,000 个），线按时间连接，箭头为前进方向。两点之间没有报告：实际走过的路不得而知。",
        "Dots are the positions that came (the newest 5,000 at most), joined in order of time; the arrow points "
        "onwards. Between two dots nothing was told: the road that it took is not known.",
    ),
    "transport.way.line": _t("路线", "Way"),
    "transport.way.dots": _t("报告的位置", "Positions told"),
    "transport.positions": _t("最后报告的位置", "Last positions"),
    "transport.positions.about": _t(
        "所选时间内每个运血箱最后报告的位置及其时间，WGS 84。", "The last position of each box in the time, WGS 84."
    ),
    "told": _t("报告时间", "Told at"),
    "latitude": _t("纬度", "Latitude"),
    "longitude": _t("经度", "Longitude"),
    "transport.trips": _t("运输记录", "Journeys"),
    "transport.trips.about": _t(
        "进行中的与所选时间内的运输。最低、最高、超出限值与未知时间取自装箱起的探头读数，取最不利的探头。"
        "“预计到达”为装箱时或途中最后所填；未填时，为相同两地以往运输用时的中位数（自装箱至签收），并写明依据几次，否则未知。"
        "“最迟”是箱体按其验证能保冷到的时刻，“剩余”为此刻起还有多久，“到达时剩余”为预计到达时还剩多久。"
        "最多列出 200 次，进行中的在前；其余的次数见右侧。",
        "Journeys that go on, and those of the chosen time. Lowest, highest, time outside and unknown are of the "
        "probes since packing, of the worst of them. Expected is what was said last, at packing or since; where nobody "
        "did, the middle one of how long earlier journeys between the same two places lasted from packing to receipt, "
        "with how many that rests on; else unknown. No later than is the instant up to which the box keeps the cold as "
        "qualified, Time left counts down to it, Left on arrival is what is left of it when it is expected. At most "
        "200 are listed, those that go on first; beside the list stands how many more there are.",
    ),
    "transport.more": _t("未列出", "Not listed"),
    "transport.more.about": _t(
        "左侧列表最多列出 200 次运输；这里是没有列出的次数。",
        "The list beside shows at most 200 journeys; this is how many it has no room for.",
    ),
    "trip.eta": _t("预计到达", "Expected"),
    "trip.eta.unknown": _t("未知", "unknown"),
    "trip.to-go": _t("距预计到达", "To go"),
    "trip.late": _t("已晚于预计", "later than expected"),
    "trip.eta-by": _t("依据", "By"),
    "trip.eta-by.said": _t("装箱人所填", "who packed it"),
    "trip.eta-by.moved": _t("装箱后改过", "moved since packing"),
    "trip.eta-by.earlier": _t("以往运输的中位数", "earlier journeys, median"),
    "trip.eta-by.none": _t("无人填写，也无以往运输", "nobody, and no earlier journey"),
    "trip.journeys": _t("以往次数", "Journeys"),
    "trip.spare": _t("到达时剩余", "Left on arrival"),
    "trip.short": _t("到达前验证时间已过", "qualified time ends before"),
    "box": _t("运血箱", "Box"),
    "from": _t("自", "From"),
    "to": _t("至", "To"),
    "trip.status": _t("阶段", "Stage"),
    "trip.status.packed": _t("已装箱，未交出", "packed, not handed over"),
    "trip.status.on-the-road": _t("在途", "on the road"),
    "trip.status.arrived": _t("已签收", "received"),
    "trip.status.ended": _t("已重新装箱，无人签收", "packed anew, nobody signed"),
    "trip.packed": _t("装箱", "Packed"),
    "trip.departed": _t("交出", "Handed over"),
    "trip.arrived": _t("签收", "Received"),
    "trip.unsigned": _t("无人签字", "nobody signed"),
    "trip.min": _t("最低 °C", "Lowest °C"),
    "trip.max": _t("最高 °C", "Highest °C"),
    "trip.unmeasured": _t("未测得", "not measured"),
    "trip.measured": _t("已测得", "Measured"),
    "trip.nothing": _t("未测得，温度不计", "nothing: no temperature counts"),
    "trip.until": _t("最迟", "No later than"),
    "trip.left": _t("剩余", "Time left"),
    "trip.over": _t("已超出验证时间", "qualified time is over"),
    "trip.untold": _t("箱体未报告", "the box never said"),
    "trip.mark": _t("运输", "Journey"),
    "transport.chosen": _t("所选运血箱 ${place}", "The chosen box ${place}"),
    "transport.curve": _t("箱内温度与运输限值", "Temperature in the box and transport limits"),
    "transport.curve.about": _t(
        "每个探头在每一小段内的最高与最低值，不取平均。虚线为现行限值。没有测得的时间超过 5 分钟即断开。"
        "底色为运输时段。",
        "Highest and lowest of each probe in each small span, never a mean. Dashed: the limits that hold now. A line "
        "breaks where nothing was measured for more than 5 minutes. Shaded: journeys.",
    ),
    "transport.lid": _t("箱盖与探头", "Lid and probes"),
    "transport.lid.about": _t(
        "与上图同一时间轴。每一小段内箱盖打开过的，画为打开。空白表示未知：箱子没有报告，或晚了 12 小时以上才到；"
        "箱盖的开合记录仍在管理页面。",
        "The same time axis as above. A small span in which the lid was opened is drawn as open. An empty lane is "
        "unknown: the box said nothing, or told it more than 12 hours late; every opening stands in the console.",
    ),
    "contact.lid": _t("箱盖", "Lid"),
    "lid.0": _t("盖好", "shut"),
    "lid.1": _t("打开", "open"),
    "transport.limits": _t("运输限值", "Transport limits"),
    "transport.limits.about": _t(
        "各运血箱所用的限值。“尚未确认”表示质量管理者尚未按现行版本批准。",
        "The limits that each box keeps. Not yet confirmed: no quality manager has approved them against the edition "
        "in force.",
    ),
    "transport.notes": _t("怎样读这块看板", "How to read this board"),
    "transport.notes.about": _t("说明。", "Notes."),
    "transport.notes.text": _t(
        "- **在途的箱子可能几小时没有消息。** 没有消息不等于在限值内：数据在到达后补上，运输记录随之更新。\n"
        "- **“未知”时间** 是没有人测得的时间，到达时须由人判断。\n"
        "- **限值** 标为“尚未确认”的，尚未按现行版本批准。\n"
        "- 这里是镜像，供查看；证据、签收与处理在管理页面。",
        "- **A box on its way may be silent for hours.** Silence is not within limits: what it measured comes when it "
        "arrives, and the journey is said anew.\n"
        "- **Unknown** is time that nobody measured; on arrival a person has to judge it.\n"
        "- **Limits** marked as not yet confirmed have not been approved against the edition in force.\n"
        "- This is a mirror to look at. Evidence, signatures and decisions are in the console.",
    ),
}
