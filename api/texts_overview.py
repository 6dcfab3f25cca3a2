"""Texts of the overview: what needs somebody first, places, units on hold, what the intake keeps aside."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


OVERVIEW: Final[dict[str, Text]] = {
    # Overview
    "start.title": _t("储血点总览", "Storage point"),
    "start.places": _t("储存设备", "Places"),
    "start.inside": _t(
        "箱内 {certain} 袋，可能在内 {possible} 袋", "{certain} {certain:unit|units} inside, {possible} possibly"
    ),
    "start.held": _t("已暂停发放的血液（{n} 袋）", "Units on hold ({n})"),
    "start.held.none": _t("没有暂停发放的血液。", "No unit is on hold."),
    "start.held.why": _t(
        "为什么暂停、下一步是什么：按原因分组。暂停发放不会自动解除。",
        "Why they are kept back and what comes next, by cause. No hold ends by itself.",
    ),
    "start.findings": _t("最近的异常记录", "Latest findings"),
    "start.findings.none": _t("没有异常记录。", "No findings."),
    "start.findings.all": _t("全部异常记录", "all findings"),
    "start.places.none": _t("还没有登记储存设备。", "No place is registered yet."),
    "start.profile.missing": _t("限值文件未载入", "its limits are not loaded"),
    "start.group": _t("{n} 袋", "{n} {n:unit|units}"),
    "start.group.possible": _t("其中可能在内 {n} 袋", "{n} of them possibly"),
    "start.group.list": _t("列出 {n} 袋", "list {n} {n:unit|units}"),
    "start.next.still": _t(
        "下一步：先让设备恢复或把血液移走；移出的血液放隔离区。暂停发放继续有效，由质量管理人员决定。",
        "Next: mend the place or move the blood; what is moved goes into quarantine. The hold goes on, and the "
        "quality manager decides.",
    ),
    "start.next.over": _t(
        "异常已结束，这 {n} 袋仍暂停发放。下一步：隔离存放，不要发放，由质量管理人员决定。",
        "The condition has ended, and {n} {n:unit stays|units stay} on hold. Next: keep {n:it|them} in quarantine, do "
        "not issue {n:it|them}; the quality manager decides.",
    ),
    "start.next.kept": _t(
        "下一步：这 {n} 袋隔离存放，不要发放，由质量管理人员决定。",
        "Next: keep {n:it|them} in quarantine, do not issue {n:it|them}; the quality manager decides.",
    ),
    "live.on": _t("实时更新", "live"),
    "live.slow": _t(
        "实时连接中断：页面每 10 秒重新读取一次。", "The live stream is cut: this page reads itself anew every 10 s."
    ),
    "live.stale": _t(
        "页面没有更新：显示的是 {at} 的旧内容。请到现场查看，并检查网络和服务器。",
        "This page is not up to date: what you see is of {at}. Go and look, and check network and server.",
    ),
    "live.nojs": _t(
        "未启用 JavaScript：本页每 30 秒重新载入。", "Without JavaScript this page loads itself anew every 30 s."
    ),
    "ago": _t("{lasted}前", "{lasted} ago"),
    # What needs somebody first
    "first": _t("优先处理", "What needs you first"),
    "first.none": _t("现在没有需要先处理的事项。", "Nothing needs you first at the moment."),
    "first.title": _t("{place}：{what}", "{place}: {what}"),
    "first.site": _t("全站（{n} 台设备）", "The whole site ({n} places)"),
    "first.held": _t("，其中 {n} 袋暂停发放", ", {n} of them on hold"),
    "first.since": _t("自 {since} 起", "since {since}"),
    "first.unknown": _t("未知不等于在限值内", "unknown does not count as within limits"),
    "first.value": _t("{value}，{limit}，自 {since} 起{peak}", "{value}, {limit}, since {since}{peak}"),
    "first.peak": _t("，{name} {peak} °C", ", {name} {peak} °C"),
    "first.todo": _t("先做", "First"),
    "first.rescue": _t(
        "把血液移到{places}（在限值内，执行同一限值），移动时扫描登记；不要发放；再查设备原因。",
        "Move the blood to {places} (within limits, same profile) and scan it on the way; issue none of it; then "
        "look at the place.",
    ),
    "first.rescue.none": _t(
        "没有执行同一限值、在限值内且自身无需查看的其他设备：通知质量管理人员，按应急预案转移；不要发放。",
        "No other place with the same profile is within limits without needing a look itself: tell the quality "
        "manager and follow the emergency plan; issue none of it.",
    ),
    "first.empty.todo": _t("设备内没有登记的血液：检查设备原因。", "No registered unit is inside: look at the place."),
    "first.box.todo": _t(
        "不要发放箱内血液；核对装箱单，通知质量管理人员。",
        "Issue nothing that is in the box; check its packing list and tell the quality manager.",
    ),
    "first.unmeasured.todo": _t(
        "用经校准的温度计人工测量并记录；检查探头、接线和网关（{gateways}）。",
        "Measure by hand with a calibrated thermometer and write it down; look at probes, line and gateway "
        "({gateways}).",
    ),
    "first.outside.todo": _t(
        "看门是否关好、设备是否在运转；读数回到限值内会自行结束。",
        "Look whether the door is shut and the place is running; it ends by itself when readings are back within.",
    ),
    "first.silent.todo": _t(
        "检查探头、接线、网关（{gateways}）的电源和网络。",
        "Look at probes, line, and power and network of the gateway ({gateways}).",
    ),
    "first.box.list": _t(
        "装箱单 {manifest}：{n} 袋，{packed} 装箱，送往 {to}",
        "packing list {manifest}: {n} {n:unit|units}, packed {packed}, to {to}",
    ),
    "first.box.awaited.todo": _t(
        "记录送达之前不要发放这些血液；箱子到达后恢复其网络或接到交接台读出。",
        "Do not issue these units before the record is here; when the box arrives, give it a network or read it out at "
        "the counter.",
    ),
    "first.sensor.other": _t("其余探头：{value}", "what is measured still: {value}"),
    "first.sensor.todo": _t(
        "检查或更换这支探头及其接线；这是传感器故障，不是温度异常。",
        "Check or replace this probe and its line: the sensor failed, not the cold.",
    ),
    "first.urgent": _t("{n} 袋已发出的血液须立即追回（已暂停使用）", "{n} issued {n:unit is|units are} on hold"),
    "first.urgent.unit": _t("{number} {what} → {to}（{at} 发出）", "{number} {what} → {to} (issued {at})"),
    "first.urgent.todo": _t(
        "立即打电话给接收方：停止输注，保留血袋；通知质量管理人员。",
        "Call whoever has it at once: do not transfuse, keep the bag; tell the quality manager.",
    ),
    "first.words": _t("{what}。先做：{todo}", "{what}. First: {todo}"),
    "semicolon": _t("；", "; "),
    "first.excused.door.todo": _t(
        "关好门；载荷探头仍在限值内时只需观察，长时间不恢复就查看设备。",
        "Shut the door; while the load probe is within limits, watch it, and look at the place if it does not recover.",
    ),
    "first.excused.defrost.todo": _t(
        "正在化霜：观察载荷探头；化霜结束后空气不恢复，就查看压缩机。",
        "A defrost is on: watch the load probe; if the air does not recover after it, look at the compressor.",
    ),
    "first.excused.shut.todo": _t(
        "门已关，空气仍未恢复：查看压缩机和载荷探头。",
        "The door is shut and the air has not recovered: look at the compressor and the load probe.",
    ),
    "first.on-hold": _t("{n} 袋血液暂停发放", "{n} {n:unit is|units are} on hold"),
    "first.on-hold.cause": _t("{n} 袋：{place} {what}，{period}", "{n}: {place} {what}, {period}"),
    "first.on-hold.where": _t(
        "设备内 {inside} 袋（可能在两台设备内的只计一次），已发出 {issued} 袋，去向不明 {lost} 袋",
        "{inside} in watched places (one that may be in two counts once), {issued} issued, {lost} nobody knows where",
    ),
    "first.on-hold.lost": _t("{n} 袋去向不明，请查找", "{n} of them: nobody knows where; look for {n:it|them}"),
    "first.on-hold.todo": _t(
        "隔离存放，不要发放；由质量管理人员决定。原因和清单见下方。",
        "Keep them apart and do not issue them; the quality manager decides. Causes and lists stand below.",
    ),
    "first.due.alarm": _t("报警倒计时", "alarm in"),
    "first.due.unmeasured": _t("记为未测量倒计时", "counts as not measured in"),
    "first.due.look": _t("需查看倒计时", "needs a look in"),
    "due.now": _t("时间已到，等待下一次判定", "due now, judged with the next data"),
    "first.more": _t("另有 {n} 项没有列在这里", "{n} more {n:is|are} not listed here"),
    "first.more.todo": _t("逐台查看下面的设备。", "Look at each place below."),
    # The centre itself
    "centre": _t(
        "系统中心没有正常工作，本页内容可能不完整",
        "The centre does not do all of its work: this page may lack something",
    ),
    "anew": _t("判定规则已更新，正在重新判定", "The rules are new: what was found is judged anew"),
    "anew.waiting": _t(
        "{n} 个探头等待重新判定；在此之前，其异常仍是旧规则的结论，新读数尚未判定",
        "{n} {n:probe waits|probes wait} for {n:its|their} turn; until then the findings are those of the rules "
        "before, and new readings are not judged yet",
    ),
    "anew.todo": _t(
        "无需操作，会自行完成；在此期间，相关血液视为等待记录。",
        "Nothing is to be done, it ends by itself; meanwhile the units there wait for the record.",
    ),
    "centre.unjudged": _t(
        "程序故障：{n} 个探头或血袋没有得到判定，异常和暂停发放可能缺失",
        "a fault of the program: {n} {n:probe or unit is|probes or units are} not judged, findings and holds may be "
        "missing",
    ),
    "centre.store": _t("数据库无法写入：新的读数没有收入", "the store cannot be written: no new reading is taken in"),
    "centre.mqtt": _t(
        "与消息服务器没有连接：新的读数没有送达，仍在网关中",
        "no connection to the message broker: new readings do not arrive, the gateways keep them",
    ),
    "centre.queue": _t("接收队列已满：新的读数要等待", "the intake queue is full: new readings have to wait"),
    "centre.todo": _t(
        "通知系统维护人员；在此期间以设备现场的温度显示为准，不要只凭本页发放血液。",
        "Tell whoever looks after the system; meanwhile go by the displays at the places, and issue nothing on the "
        "word of this page alone.",
    ),
    # Notices
    "notice.since": _t("{what}，自 {since} 起", "{what} since {since}"),
    "notice.door-open": _t("门开着", "door open"),
    "notice.door-open.todo": _t("关好门；确认没有物品卡住。", "Shut the door; see that nothing keeps it open."),
    "notice.mains-lost": _t("市电断电", "mains lost"),
    "notice.mains-lost.todo": _t(
        "不要开门；查明停电原因和预计恢复时间，准备转移。",
        "Keep the doors shut; find out why and for how long, and get ready to move the blood.",
    ),
    "notice.ups-on-battery": _t("UPS 由电池供电", "UPS on battery"),
    "notice.ups-on-battery.todo": _t(
        "查看 UPS 剩余时间；优先恢复市电。", "See how long the UPS lasts; bring the mains back first."
    ),
    "notice.agitation-stopped": _t("振荡已停止", "agitation stopped"),
    "notice.agitation-stopped.todo": _t(
        "重新启动振荡；记录停止的时间，通知质量管理人员。",
        "Start the agitator again; write down how long it stood still and tell the quality manager.",
    ),
    "notice.defrosting": _t("化霜中（控制器信号）", "defrosting (the controller's signal)"),
    "notice.gateway-silent": _t("网关没有消息", "gateway silent"),
    "notice.gateway-dark": _t("网关的连接刚刚中断", "the gateway's connection has just broken"),
    "notice.gateway-dark.todo": _t(
        "整个站点可能断电或断网：打电话或到现场看；数据保存在网关中，恢复后自动补传。",
        "The whole site may be without power or network: call or go and look; the gateway keeps the data meanwhile.",
    ),
    "notice.gateway-silent.todo": _t(
        "检查网关的电源和网络；数据保存在网关中，恢复后自动补传。",
        "Look at the gateway's power and network; it keeps the data and sends it when it is back.",
    ),
    "notice.device-silent": _t("有探头或触点不应答", "a probe or contact does not answer"),
    "notice.device-silent.todo": _t(
        "检查转换器、接线和采集器的电源；在此期间温度未知，请到现场看温度显示。",
        "Look at the adapter, the line and the collectors' power; meanwhile nothing is known: go and read the display.",
    ),
    "notice.battery-low": _t("电池电量低", "battery low"),
    "notice.battery-low.todo": _t("给箱子充电；充满之前不要再发车。", "Charge the box; do not send it out before."),
    "notice.alarm-not-cleared": _t("已回到限值内，报警尚未解除", "back within limits, alarm not cleared yet"),
    "notice.alarm-not-cleared.todo": _t(
        "继续观察到完全恢复；受影响的血液仍暂停发放。",
        "Watch it until it has recovered; the blood that it touched stays on hold.",
    ),
    # Tiles
    "tile.held": _t("仍有 {n} 袋暂停发放", "{n} {n:unit stays|units stay} on hold"),
    "tile.inside": _t("箱内", "inside"),
    "tile.possible": _t("可能在内", "possibly"),
    "tile.on-hold": _t("暂停发放", "on hold"),
    "tile.since": _t("自 {since} 起", "since {since}"),
    "kind.fridge": _t("储血冰箱", "fridge"),
    "kind.freezer": _t("低温冰箱", "freezer"),
    "kind.agitator": _t("振荡保存箱", "agitator"),
    "kind.box": _t("运血箱", "transport box"),
    "kind.crate": _t("周转箱", "crate"),
    "kind.basket": _t("血篮", "basket"),
    "kind.vehicle": _t("运血车", "vehicle"),
    # What the intake keeps aside
    "start.past": _t(
        "记录中没有：服务器当时的运行情况，以及后来已收入或已忘记的待处理数据（其数量为“至少”）。",
        "In no entry: how the server itself did then, and what was kept aside then and taken in or "
        "forgotten since: those numbers are the least that there was.",
    ),
    "aside": _t("待处理", "Kept aside"),
    "aside.note": _t(
        "这些内容已保存，但没有计入判定。", "All of this is stored, but it takes no part in any verdict yet."
    ),
    "aside.details": _t("明细", "details"),
    "aside.unknown-device": _t(
        "{n} 条数据来自未登记的设备（网关 {gateways}）：在 server.toml 中登记并重启服务器，数据会自动收入。",
        "{n} {n:item|items} of devices that nobody registered (gateway {gateways}): register them in server.toml and "
        "restart the server; what was kept is then taken in.",
    ),
    "aside.clock": _t(
        "{n} 条数据的时间不可信（网关 {gateways}）：校准网关时钟并设置时间源；能够确认的数据会自动收入，其余继续保留。",
        "{n} {n:item|items} stamped by a clock that was wrong (gateway {gateways}): set the gateway's clock and give "
        "it a time source; what a right clock confirms is taken in, the rest stays here.",
    ),
    "aside.other": _t(
        "{n} 条数据因其他原因未收入（网关 {gateways}）：原因见明细。",
        "{n} {n:item|items} for another reason (gateway {gateways}): the details name it.",
    ),
    "aside.refused": _t(
        "{n} 个数据包被拒收（网关 {gateways}）：请核对网关与服务器的版本；数据仍保存在网关中。",
        "{n} refused {n:payload|payloads} (gateway {gateways}): compare the versions of gateway and server; "
        "the gateway still keeps the data.",
    ),
    "aside.security": _t(
        "近 7 天有 {n} 次安全事件（网关 {gateways}）：签名错误、序号内容不符，"
        "或令牌、密钥、签字被拒；请查看明细并核实设备和人员。",
        "{n} security {n:event|events} in the last 7 days (gateway {gateways}): a wrong signature, a number with other "
        "content, or a token, secret or second signature that was refused; read the details and look at the device.",
    ),
    "aside.tags": _t(
        "{n} 个标签没有对应的血液：把标签绑定到血液；不属于血液的标签请移出设备。",
        "{n} {n:tag|tags} that nobody knows: bind {n:it|them} to {n:its unit|their units}, or take "
        "{n:it|them} out of the place.",
    ),
}
