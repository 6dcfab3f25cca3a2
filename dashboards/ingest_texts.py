"""The texts of the board of ingest and gateways."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


INGEST_TEXTS: Final[dict[str, Text]] = {
    "ingest.title": _t("冷链 · 接收与网关", "Cold chain · Ingest and gateways"),
    "ingest.about": _t(
        "网关是否有通信、数据是否迟到、重复或被拒收，镜像与中心是否跟得上。",
        "Are the gateways heard, is anything late, double or rejected, do mirror and centre keep up.",
    ),
    "ingest.online": _t("网关通信", "Gateways"),
    "ingest.online.about": _t(
        "每个登记的网关一格，按最近一次通信判定。150 秒内没有数据即变暗。",
        "A tile for each registered gateway, by when it was last heard. Dark if nothing came for 150 s.",
    ),
    "ingest.heard": _t("距上次通信", "Last heard"),
    "ingest.heard.about": _t(
        "时:分:秒。在途的运血箱本来就可能长时间没有通信。",
        "Hours:minutes:seconds. A courier's box on its way may well be silent for hours.",
    ),
    "ingest.mirror": _t("落后", "Behind"),
    "ingest.mirror.about": _t(
        "镜像还没有送出的读数（行）与记录（条）、网关里等待最久的读数、中心的写入队列。150 秒内没有数据即变暗。",
        "Readings (rows) and ledger entries that the mirror has not sent, the oldest row that waits at a gateway, the "
        "queue of the centre's writer. Dark if nothing came for 150 s.",
    ),
    "readings.short": _t("读数", "Readings"),
    "ledger.short": _t("记录", "Ledger"),
    "ingest.centre": _t("中心", "Centre"),
    "ingest.centre.about": _t(
        "运行时间、磁盘剩余与数据库大小。150 秒内没有数据即变暗。",
        "Uptime, what is free on the disk, size of the store. Dark if nothing came for 150 s.",
    ),
    "readings.behind": _t("读数落后（行）", "Readings behind (rows)"),
    "ledger.behind": _t("记录落后（条）", "Ledger behind (entries)"),
    "spool.behind": _t("网关", "Gateways"),
    "write.queue": _t("写入队列", "Queue"),
    "uptime": _t("已运行", "Uptime"),
    "disk.free": _t("磁盘剩余", "Disk free"),
    "store.size": _t("数据库大小", "Store"),
    "program": _t("程序版本", "Program version"),
    "ingest.gateways": _t("各网关现状", "Each gateway now"),
    "ingest.gateways.about": _t(
        "延迟：已送齐的数据距今多久，时:分:秒。待发行数：网关里还没有送到的。时钟偏差：网关上次与中心时钟的差。",
        "Lag: how long ago the time is up to which it has told everything, hours:minutes:seconds. Spool rows: not yet "
        "delivered. Clock skew: what it last measured against the clock of the centre.",
    ),
    "unsent": _t("最早未发", "Oldest unsent"),
    "skew.ms": _t("时钟偏差（毫秒）", "Clock skew (ms)"),
    "clock": _t("时钟", "Clock"),
    "clock.trusted": _t("可信", "trusted"),
    "clock.unset": _t("未校时", "not set"),
    "clock.anchored": _t("由中心推算", "worked out"),
    "battery.percent": _t("电池（%）", "Battery (%)"),
    "ingest.lanes": _t("通信时间轴", "Heard over time"),
    "ingest.lanes.about": _t(
        "每小段取最差。空白为没有数据，情况未知。",
        "The worst of each small span. Where a lane is empty nothing came: unknown.",
    ),
    "ingest.lag": _t("延迟", "Lag over time"),
    "ingest.lag.about": _t(
        "每小段的最大值，时:分:秒。从未有读数的网关不在图中。",
        "The longest of each span, hours:minutes:seconds. A gateway that was never heard is not here.",
    ),
    "ingest.spool": _t("网关待发行数", "Spool of the gateways"),
    "ingest.spool.about": _t("每小段的最大值。", "The most of each small span."),
    "ingest.skew": _t("网关时钟偏差（毫秒）", "Clock skew of the gateways (ms)"),
    "ingest.skew.about": _t("每小段的最大与最小值。", "The greatest and the least of each small span."),
    "ingest.disk": _t("中心的磁盘", "Disk of the centre"),
    "ingest.disk.about": _t("剩余空间与数据库大小。", "What is free, and the size of the store."),
    "ingest.behind": _t("镜像落后与写入队列", "Mirror behind, queue of writes"),
    "ingest.behind.about": _t("每小段的最大值，单位为行或条。", "The most of each small span, in rows or entries."),
    "ingest.rate": _t("每分钟接收的读数", "Readings a minute"),
    "ingest.rate.about": _t("由计数器的增量算出，按网关。", "From the growth of the counters, by gateway."),
    "ingest.counts": _t("所选时间内的计数", "Counts in the chosen time"),
    "ingest.counts.about": _t(
        "由计数器的增量相加。重复：已收到过的；迟到：读数后 15 分钟以上才到的；待核实：时钟或设备存疑；"
        "缺号：没有内容的编号。",
        "The growth of the counters. Duplicates were there already; late ones came more than 15 minutes after they "
        "were taken; of those set aside the clock or device was in doubt; holes are numbers without an item.",
    ),
    "ingest.totals": _t("现在，以及中心启动以来", "Now, and since the centre started"),
    "ingest.totals.about": _t(
        "等待核实与拒收为现在的数；其余自中心启动起计数，每分钟更新。",
        "Waiting and refused are of now; the others count since the centre started. Every minute.",
    ),
    "count.waiting": _t("等待核实", "Waiting"),
    "count.refused": _t("拒收", "Refused"),
    "count.readings": _t("接收", "Admitted"),
    "count.duplicates": _t("重复", "Duplicates"),
    "count.late": _t("迟到", "Late"),
    "count.quarantined": _t("待核实", "Set aside"),
    "count.holes": _t("缺号", "Holes"),
    "ingest.rejected": _t("拒收与待核实，按原因", "Rejected and set aside, by reason"),
    "ingest.rejected.about": _t(
        "“所选时间内”为增加的件数。列表为空表示没有拒收过，或没有数据：请看上方网关格是否变暗。",
        "In the chosen time: by how many they grew. An empty list: none, or no data: see whether the tiles above are "
        "dark.",
    ),
    "empty.rejected": _t(
        "没有拒收记录；若上方各格变暗，则是没有数据", "None rejected. If the tiles above are dark there is no data"
    ),
    "gateway.none": _t("未知网关", "not known"),
    "rejected.times": _t("中心启动以来", "Since the start"),
    "rejected.recent": _t("所选时间内", "In the chosen time"),
    "reason": _t("原因", "Reason"),
    "reason.too-large": _t("消息过大", "too large"),
    "reason.not-json": _t("不是有效的消息", "not a message of ours"),
    "reason.unknown-version": _t("未知的格式版本", "unknown version"),
    "reason.not-the-format": _t("格式不符", "not the format"),
    "reason.wrong-topic": _t("主题与网关不符", "wrong topic"),
    "reason.not-registered": _t("网关未登记", "gateway not registered"),
    "reason.quarantine-full": _t("待核实区已满", "no room to set aside"),
    "reason.bad-signature": _t("签名无效", "bad signature"),
    "reason.failed-here": _t("中心自身故障", "fault of the centre"),
    "reason.future": _t("时间在未来", "dated ahead"),
    "reason.clock-wrong": _t("时钟错误", "clock wrong"),
    "reason.clock-unset": _t("时钟未校", "clock not set"),
    "reason.unknown-device": _t("设备未登记", "device not registered"),
    "reason.impossible-time": _t("不可能的时间", "impossible time"),
    "ingest.registry": _t("登记的网关与读写器", "Registered gateways and readers"),
    "ingest.registry.about": _t(
        "每小时更新。到期事项为运血箱的下一次验证。",
        "Every hour. What is due is the next qualification of a box.",
    ),
    "ingest.notes": _t("怎样读接收看板", "How to read these figures"),
    "ingest.notes.about": _t("说明与去处。", "Notes, and where to go."),
    "ingest.notes.text": _t(
        "- **变暗** 说明镜像或中心没有送来数据，不说明网关正常。\n"
        "- **待核实** 的读数已保存，未被相信；请在管理页面登记设备或校准时钟。\n"
        "- **重复** 是重新发送的结果，不影响记录。\n"
        "- 落后的镜像会自行追上；证据以中心的记录为准。",
        "- **Dark** means that mirror or centre sent nothing; it does not say that a gateway is well.\n"
        "- **Set aside** readings are kept and not believed: register the device or set the clock in the console.\n"
        "- **Duplicates** come of sending again and change nothing.\n"
        "- A mirror that is behind catches up by itself. The record of the centre is the evidence.",
    ),
}
