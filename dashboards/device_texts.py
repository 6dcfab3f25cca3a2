"""The texts of the device board, and those of the days and marks that it shares with the site board."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


DEVICE_TEXTS: Final[dict[str, Text]] = {
    # Choices and links
    "var.probe": _t("探头", "Probe"),
    "var.gateway": _t("网关", "Gateway"),
    "link.device": _t("设备详情", "Device in detail"),
    "link.ingest": _t("接收与网关", "Ingest and gateways"),
    # Days, on the site board
    "day.minutes": _t("每日超出限值与未知（分钟）", "Minutes outside or unknown, each day"),
    "day.minutes.about": _t(
        "由系统逐日算出，每根柱自当地零点起为一天。未知的分钟不算在限值内。今天尚未结束。",
        "Worked out day by day by the rules; a bar begins at the midnight of the site. Unknown minutes are not within "
        "limits. Today is not over yet.",
    ),
    "day.table": _t("每日数据", "Day by day"),
    "day.table.about": _t(
        "超出限值与未知为时:分:秒；极值为校准修正后的数值，未取整。“未完成”表示当天尚未结束，或网关还有数据没有送到。",
        "Outside and unknown in hours:minutes:seconds; extremes with the calibration applied, not rounded. Not yet "
        "complete: the day goes on, or a gateway has not told everything of it.",
    ),
    "day": _t("日期", "Day"),
    "lowest": _t("最低 °C", "Lowest °C"),
    "highest": _t("最高 °C", "Highest °C"),
    "occasions": _t("偏离次数", "Excursions"),
    "openings": _t("开门次数", "Door openings"),
    "door.open": _t("开门时间", "Door open"),
    "complete": _t("是否完整", "Complete"),
    "complete.0": _t("未完成", "not yet"),
    "complete.1": _t("完整", "complete"),
    "empty.days": _t("没有已算出的日数据，情况未知", "No day has been worked out: unknown"),
    # The stock of the site, on the site board
    "site.stock": _t("全站库存与预警", "Stock of the site, and what is low"),
    "site.stock.about": _t(
        "在库可发放的血液与登记的预警线，每 5 分钟更新。预警的颜色词是登记的级别，与设备状态的颜色无关。",
        "What is released beside the levels that people have declared, every 5 minutes. The words for a level are the "
        "declared ones; they have nothing to do with the colours of the places.",
    ),
    "empty.site-stock": _t("没有库存数据", "No word of the stock"),
    "stock.level": _t("预警", "Level"),
    "stock.level.red": _t("红色", "red"),
    "stock.level.orange": _t("橙色", "orange"),
    "stock.level.yellow": _t("黄色", "yellow"),
    "stock.level.blue": _t("蓝色", "blue"),
    "stock.level.enough": _t("高于预警线", "above all levels"),
    "stock.level.unset": _t("未设预警线", "no level is set"),
    "stock.waiting": _t("记录未齐，不可发放", "Record not complete"),
    "stock.minimum": _t("低于", "Below"),
    "stock.used": _t("近 28 天发出", "Issued in 28 days"),
    # Marks over the curves
    "mark.alarms": _t("报警", "Alarms"),
    "mark.defrost": _t("除霜记录", "Defrosts"),
    "mark.book": _t("校准、限值与维修", "Calibration, limits, service"),
    # The board
    "device.title": _t("冷链 · 设备", "Cold chain · Device"),
    "device.about": _t(
        "一台设备的一个探头：原始读数、每小时汇总、校准、制冷、网关与电池，以及箱内的血液。",
        "One probe of one place: readings as measured, hours, calibration, cooling, gateway and battery, and what is "
        "inside.",
    ),
    "device.probe": _t("探头 · ${probe}", "Probe · ${probe}"),
    "device.probe.about": _t(
        "5 分钟内的最近一次读数，未取整；更早的不显示。读数距今为时:分:秒。",
        "The newest reading of the last 5 minutes, not rounded; an older one is not shown. Its age is in "
        "hours:minutes:seconds.",
    ),
    "device.calibration": _t("校准 · ${probe}", "Calibration · ${probe}"),
    "device.calibration.about": _t(
        "最近一次校准、下次到期与修正值，以及安装位置是否经人确认。“—”即没有登记。",
        "The last calibration, when the next is due, the correction, and whether somebody has confirmed where it is. "
        "A dash: not registered.",
    ),
    "calibrated": _t("校准日期", "Calibrated"),
    "due": _t("到期", "Due"),
    "due.word": _t("到期事项", "What is due"),
    "due_word.calibration": _t("校准", "calibration"),
    "due_word.qualification": _t("验证", "qualification"),
    "offset": _t("修正值 °C", "Correction °C"),
    "device.limits": _t("限值", "Limits of the place"),
    "device.limits.about": _t(
        "此设备所用的限值文件与版次。“尚未确认”表示质量管理者尚未按现行版本批准。",
        "The profile and edition that this place keeps. Not yet confirmed: no quality manager has approved it against "
        "the edition in force.",
    ),
    "device.raw": _t("原始读数 · ${probe}", "As measured · ${probe}"),
    "device.raw.about": _t(
        "每小段的最高与最低，未经校准修正，不取平均。放大到一小时以内，即可看到每一次读数。"
        "没有测得的时间超过 5 分钟即断开。"
        "虚线为现行限值。",
        "Highest and lowest of each small span, without the calibration, never a mean. Zoom in to an hour and each "
        "reading is there. A line breaks where nothing was measured for more than 5 minutes. Dashed: the limits that "
        "hold now.",
    ),
    "device.states": _t("设备状态与读数 · ${probe}", "State and answers · ${probe}"),
    "device.states.about": _t(
        "状态由系统规则判定，每小段取最严重者。空白为没有，即未知。",
        "The state as the rules gave it, the gravest of each small span. Where a lane is empty there was none: "
        "unknown.",
    ),
    "lane.state": _t("状态", "State"),
    "lane.reading": _t("探头", "Probe"),
    "device.hours": _t("每小时汇总（校准后） · ${probe}", "By the hour, corrected · ${probe}"),
    "device.hours.about": _t(
        "每小时的最高、最低与按时间加权的平均值，由系统算出并含校准修正。缺少的小时断开。",
        "Highest, lowest and time-weighted mean of each hour, worked out by the rules with the calibration applied. A "
        "missing hour is a break.",
    ),
    "mean": _t("平均", "mean"),
    "device.kinetic": _t("平均动力学温度（每小时）", "Mean kinetic temperature, by the hour"),
    "device.kinetic.about": _t(
        "只用于药品、试剂与疫苗的限值；血液成分从不使用。",
        "Only for medicines, reagents and vaccines whose profile uses it; never for blood.",
    ),
    "empty.kinetic": _t("此限值文件不使用平均动力学温度", "The profile of this place does not use it"),
    "mkt": _t("平均动力学温度", "mean kinetic"),
    "device.hour-minutes": _t("每小时超出限值与未知（分钟）", "Minutes outside or unknown, each hour"),
    "device.hour-minutes.about": _t(
        "由系统逐小时算出。未知的分钟不算在限值内。",
        "Worked out hour by hour by the rules. Unknown minutes are not within limits.",
    ),
    "device.duty": _t("制冷占比（每日）", "Cooling: share of each day"),
    "device.duty.about": _t(
        "压缩机制冷时间的占比，由规则从空气温度的起伏估算，不是压缩机的电信号。逐日上升说明设备在变差，请检查冷凝器与门封。"
        "少于 8 个循环的日子不估算。",
        "The share of time in which the compressor cools, as the rules estimate it from the swing of the air: no "
        "signal of the compressor itself. If it rises from day to day the device gets worse: look at condenser and "
        "door seal. None for a day with fewer than 8 cycles.",
    ),
    "device.cycles": _t("制冷循环（每日）", "Cooling cycles of each day"),
    "device.cycles.about": _t("由空气温度的起伏数出。", "Counted in the swing of the air."),
    "empty.cooling": _t(
        "这段时间没有估算（只估算冰箱与冷冻箱）", "No estimate in this time. It is made for fridges and freezers only"
    ),
    "device.stock": _t("箱内现有血液", "What is inside now"),
    "device.stock.about": _t(
        "确定在内的血液，按品种与血型，每 5 分钟更新；最早到期的在前。11 分钟内没有更新即为空。",
        "What is undoubtedly inside, by component and group, every 5 minutes; what expires first is at the top. Empty "
        "if nothing came for 11 minutes.",
    ),
    "empty.stock": _t(
        "近 10 分钟没有清单（每 5 分钟一次）；袋数以上方各格为准，变暗则是没有数据",
        "No list of the last minutes (there is one every 5). The tiles above count; if they are dark there is no data",
    ),
    "component": _t("品种", "Component"),
    "group": _t("血型", "Group"),
    "group.none": _t("—", "—"),
    "expire.soon": _t("24 小时内到期", "Expire in 24 h"),
    "expiry.first": _t("最早到期", "First expiry"),
    "released": _t("可发放", "Released"),
    "aside": _t("暂停发放或过期", "On hold or expired"),
    "device.registry": _t("登记的设备", "Registered devices"),
    "device.registry.about": _t(
        "此处登记的探头、触点与读写器，每小时更新。修正值为现行校准的修正。",
        "Probes, contacts and readers that are registered here, every hour. The correction is that of the calibration.",
    ),
    "empty.registry": _t("没有登记数据，请到现场查看", "No word of the registry: go and look"),
    "device": _t("编号", "Id"),
    "device.kind": _t("类别", "Kind"),
    "device-kind.gateway": _t("网关", "gateway"),
    "device-kind.probe": _t("探头", "probe"),
    "device-kind.reader": _t("读写器", "reader"),
    "device-kind.contact": _t("触点", "contact"),
    "device-kind.box": _t("运血箱", "box"),
    "gateway": _t("网关", "Gateway"),
    "serial": _t("序列号", "Serial"),
    "device.confirmed": _t("安装", "Installed"),
    "installed.confirmed": _t("已确认", "confirmed"),
    "installed.not-confirmed": _t("尚未确认，读数不作数", "not yet confirmed: readings do not count"),
    "installed.nobody": _t("无人确认，按登记计", "nobody confirmed it"),
    "installed.not-applicable": _t("不适用", "not applicable"),
    "device.power": _t("网关：通信、时钟与电池", "Gateways: heard, clock, battery"),
    "device.power.about": _t(
        "此设备的探头经由的网关，每分钟更新。没有电池的网关不报告电池。",
        "The gateways that the probes of this place speak through, every minute. One without a battery tells of none.",
    ),
    "online": _t("通信", "Heard"),
    "online.0": _t("无通信", "not heard"),
    "online.1": _t("有通信", "heard"),
    "lag": _t("延迟", "Lag"),
    "spool": _t("待发行数", "Spool rows"),
    "local.limits": _t("本地限值版本", "Local limits"),
    "local.0": _t("没有，不会本地报警", "none: sounds no alarm"),
    "device.battery": _t("网关电池", "Battery of the gateway"),
    "device.battery.about": _t("每小段的最低值，百分比。", "The lowest of each small span, in percent."),
    "empty.battery": _t("没有上报电池：有的网关没有电池", "No battery was told: some gateways have none"),
    "device.signals": _t("现在的信号强度", "Signal now"),
    "device.signals.about": _t(
        "无线设备自己上报的信号强度，每半小时一次，系统不据此判定。dBm 越接近 0 越强；LQI 由设备自定，0 到 255。"
        "超过一个半小时没有上报的不再列出：情况未知。",
        "As radio devices say it themselves, every half hour; nothing is judged by it. dBm: nearer to 0 is stronger. "
        "LQI is the radio's own measure, 0 to 255. What was not said for an hour and a half is not listed: unknown.",
    ),
    "device.signal": _t("信号强度", "Signal over time"),
    "device.signal.about": _t(
        "每小段的最弱值，dBm。没有点的时间情况未知。只报 LQI 的设备见表。",
        "The weakest of each small span, dBm. Where no point is nobody knows. What says LQI alone is in the list.",
    ),
    "signal": _t("信号", "Signal"),
    "signal.told": _t("上报时间", "Told at"),
    "empty.signal": _t(
        "没有上报信号强度，情况未知：有线设备不报告", "No signal was told: unknown. What is wired tells none"
    ),
    "device.lag": _t("网关数据延迟", "Lag of the gateway"),
    "device.lag.about": _t(
        "网关已送齐的数据距当时多久，每小段的最大值，时:分:秒。",
        "How far back the gateway had told everything, the longest of each span, in hours:minutes:seconds.",
    ),
    "empty.lag": _t("没有网关数据，情况未知", "Nothing of a gateway: unknown"),
    "device.readings": _t("逐次读数 · ${probe}", "One by one · ${probe}"),
    "device.readings.about": _t(
        "所选时间内最新的 200 次读数，以及最新的 200 次没有温度的应答；原始值，未取整。",
        "The newest 200 readings of the chosen time, as measured, not rounded, and the newest 200 answers without a "
        "temperature.",
    ),
    "device.notes": _t("怎样读此设备的图", "How to read this device"),
    "device.notes.about": _t("图中各数的来源。", "Where the figures come from."),
    "device.notes.text": _t(
        "- **原始读数** 未经修正；**每小时** 与 **每日** 的数由系统算出，含校准修正。\n"
        "- **未知不等于在限值内。** 断开与空白都是没有测得。\n"
        "- **颜色** 只来自系统判定的状态；温度本身不着色。\n"
        "- 迟到的数据与校准会改写已显示的小时；证据在管理页面。",
        "- **As measured** is not corrected; **hours** and **days** are worked out by the rules, calibration applied.\n"
        "- **Unknown is not within limits.** A break or an empty lane is time that nobody measured.\n"
        "- **Colour** comes only from the state that the rules gave; a temperature has none.\n"
        "- Late readings and calibrations rewrite hours that were shown. Evidence is in the console.",
    ),
}
