"""Texts of the pages of places, findings and the urgent list."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


PLACES: Final[dict[str, Text]] = {
    # The page of a place
    "place.about": _t("关于这台设备", "About this place"),
    "place.inside": _t("现在", "Now"),
    "place.transport": _t("（运输限值）", "(transport limits)"),
    "place.finding": _t("查看这项异常", "see the finding"),
    "place.day": _t("最近 24 小时", "The last 24 hours"),
    "place.day.note": _t(
        "未测量和等待记录的时间不算作在限值内。时间取整到秒：在限值内向下，其余向上。",
        "Time that was not measured, or is still awaited, does not count as within limits. In whole seconds: time "
        "within limits rounded down, all others up.",
    ),
    "place.day.line": _t(
        "最近 24 小时：在限值内 {within}，超出限值 {out}，未知 {unknown}",
        "last 24 h: within limits {within}, outside {out}, unknown {unknown}",
    ),
    "local": _t("网关的现场报警（最近 7 天）", "Local alarms of the gateway (last 7 days)"),
    "local.none": _t("没有现场报警", "no local alarm"),
    "local.gateway": _t("网关 {gateway} 现场报警", "gateway {gateway} alarmed"),
    "local.over": _t("{raised} 报警：{what}，{until} 解除", "alarmed at {raised}: {what}, cleared at {until}"),
    "local.stands": _t("{raised} 报警：{what}，尚未解除", "alarmed at {raised}: {what}, not cleared yet"),
    "local.unlinked": _t("中心没有对应的异常记录", "no finding of the centre belongs to it"),
    "local.too-warm": _t("偏高", "too warm"),
    "local.too-cold": _t("偏低", "too cold"),
    "local.unmeasured": _t("长时间没有测量", "nobody measured for long"),
    "local.sensor-fault": _t("探头故障", "sensor fault"),
    "local.excursion": _t("超出限值", "outside the limits"),
    "local.door-open": _t("门开得太久", "door open for long"),
    "local.mains-lost": _t("市电断电", "mains lost"),
    "local.ups-on-battery": _t("UPS 由电池供电", "UPS on battery"),
    "local.agitation-stopped": _t("振荡已停止", "agitation stopped"),
    "local.device-silent": _t("设备不应答", "device does not answer"),
    "local.": _t("现场报警", "local alarm"),
    "stored": _t(
        "控制器自存：最低 {low}，最高 {high}（{told} 读出；发生时间不明）",
        "kept by the controller: lowest {low}, highest {high} (told at {told}; when they were is not known)",
    ),
    "place.devices": _t("设备上的探头和触点", "Probes, contacts and gateways"),
    "device": _t("器件", "Device"),
    "device.id": _t("编号", "Id"),
    "device.said": _t("最后的消息", "Last word"),
    "device.when": _t("时间", "When"),
    "device.contact": _t("触点", "contact"),
    "device.site": _t("全站", "whole site"),
    "device.gateway": _t("网关", "gateway"),
    "device.heard": _t("最近一次通信", "last heard"),
    "device.no-count": _t("没有盘点记录", "no count recorded"),
    "said.inventory": _t("完成一次盘点", "finished a count"),
    "device.never": _t("从未有消息", "never said anything"),
    "device.signal": _t("信号 {strength}", "signal {strength}"),
    "device.signal.old": _t("信号现在未知，上次 {strength}", "signal unknown now, it was {strength}"),
    "inside.at": _t("{at} 箱内的血液", "Inside at {at}"),
    "inside.now": _t("回到现在", "back to now"),
    "inside.none": _t("当时没有登记的血液在内。", "No registered unit was inside then."),
    "inside.choose": _t(
        "选择时刻（在曲线上点按、拖动，或移动滑块）：当时在内的血液列在下面",
        "Choose a moment (press or drag on the chart, or move the slider): what was inside then is listed below",
    ),
    "inside.show": _t("显示", "show"),
    "box.position": _t("最后位置（北纬, 东经）", "Last position (latitude, longitude)"),
    "box.battery": _t("电池", "Battery"),
    "box.signal": _t("信号", "Signal"),
    "box.list": _t("装箱单 {manifest}", "Packing list {manifest}"),
    "box.packed": _t(
        "{n} 袋，{packed} 装箱，送往 {to}；各袋现在的位置：",
        "{n} {n:unit|units}, packed {packed}, to {to}; where each of them is now:",
    ),
    "trace.earlier": _t("← 更早", "← earlier"),
    "trace.later": _t("更晚 →", "later →"),
    "trace.now": _t("现在", "now"),
    "trace.limits.text": _t("限值范围 {limits}", "limits {limits}"),
    "trace.label.place": _t(
        "这台设备的温度曲线，下方为门、除霜、电源、振荡和异常", "Temperature of this place, with doors and power below"
    ),
    "trace.empty.place": _t("这台设备没有探头，或限值文件未载入。", "No probe is here, or its limits are not loaded."),
    "lane.door": _t("门", "door"),
    "lane.lid": _t("箱盖", "lid"),
    "lane.mains": _t("市电", "mains"),
    "lane.ups": _t("UPS", "UPS"),
    "lane.defrost": _t("化霜", "defrost"),
    "lane.motion": _t("振荡", "agitator"),
    "unusual.door": _t("开", "open"),
    "unusual.lid": _t("开", "open"),
    "unusual.mains": _t("断电", "lost"),
    "unusual.ups": _t("电池供电", "on battery"),
    "unusual.defrost": _t("化霜", "defrosting"),
    "unusual.motion": _t("停止", "stopped"),
    "finding.too-warm": _t("偏高", "too warm"),
    "finding.too-cold": _t("偏低", "too cold"),
    "finding.unmeasured": _t("未测量", "not measured"),
    "finding.sensor-fault": _t("传感器故障", "sensor fault"),
    "said.door-opened": _t("打开", "opened"),
    "said.door-closed": _t("已关闭", "closed"),
    "said.mains-lost": _t("断电", "mains lost"),
    "said.mains-restored": _t("供电正常", "mains present"),
    "said.ups-on-battery": _t("电池供电", "on battery"),
    "said.ups-on-mains": _t("市电供电", "on mains"),
    "said.defrost-began": _t("开始化霜", "defrost began"),
    "said.defrost-ended": _t("化霜结束", "defrost ended"),
    "said.agitation-stopped": _t("停止", "stopped"),
    "said.agitation-resumed": _t("运行", "moving"),
    # The page of a finding
    "finding.title": _t("异常 {id}", "Finding {id}"),
    "finding.basis": _t("依据", "What it rests on"),
    "finding.period": _t("时间", "Period"),
    "finding.limit": _t("限值", "Limit"),
    "finding.out": _t("超出限值", "Outside limits"),
    "finding.samples": _t("超出的读数个数", "Readings outside"),
    "finding.condition": _t("达到报警条件", "Condition met"),
    "finding.cleared": _t("报警解除", "Alarm cleared"),
    "finding.not-cleared": _t("尚未解除", "not yet"),
    "finding.version": _t("版本", "Version"),
    "finding.recorded": _t("记录时间", "Recorded"),
    "finding.versions": _t("各版本", "Versions"),
    "finding.versions.note": _t(
        "后来到达的数据会形成新版本；旧版本保留，不会被修改。",
        "Data that comes later makes a new version; the earlier ones stay as they were.",
    ),
    "finding.holds": _t("对血液", "For blood"),
    "finding.holds.yes": _t("受影响的血液暂停发放", "what it touches is put on hold"),
    "finding.touches": _t("涉及 {n} 袋", "touches {n} {n:unit|units}"),
    "finding.units": _t("受影响的血液（{n} 袋），不论现在在哪里", "Units that it touches ({n}), wherever they are now"),
    "finding.units.none": _t("没有血液受这项异常影响。", "It touches no unit."),
    "finding.units.withdrawn": _t(
        "另有 {n} 袋的影响已撤回（后来到达的数据表明当时不在内）。",
        "For {n} more {n:unit|units} it was withdrawn: data that came later says {n:it was|they were} not inside.",
    ),
    "finding.where": _t("现在在哪里", "Where it is now"),
    "findings.count": _t("共 {n} 项。", "{n} {n:finding|findings} in all."),
    "findings.older": _t("更早的", "older ones"),
    "all": _t("全部", "all"),
    "filter": _t("筛选", "filter"),
    "colon": _t("：", ": "),
    "profile.to-be-confirmed.list": _t(
        "判定所依据的限值文件凡标注“尚未按现行版本确认”的，须由质量管理人员核对后才算生效；每项异常的页面注明其限值文件和版本。",
        "Limits that are marked “not yet confirmed against the edition in force” have to be confirmed by a quality "
        "manager; the page of each finding names its profile and version.",
    ),
    "where.in-place": _t("{place}（自 {since}）", "{place} (since {since})"),
    "where.in-box": _t("在途：{place}（自 {since}）", "on the road: {place} (since {since})"),
    "where.possible": _t("可能在 {place}（自 {since}）", "possibly in {place} (since {since})"),
    "where.issued": _t("已发出：{to}（{since}）", "issued to {to} ({since})"),
    "where.away": _t("{since} 起不在受监测的设备中", "in no watched place since {since}"),
    "where.never-seen": _t("从未出现在受监测的设备中", "never seen in a watched place"),
    "where.possibly": _t("；也可能在 {places}", "; possibly in {places}"),
    "where.unknown": _t("位置不明", "place unknown"),
    "step.call": _t(
        "立即打电话给 {to}：{number}（{at} 发出）停止输注，保留血袋。",
        "Call {to} at once: do not transfuse {number} (issued {at}), keep the bag.",
    ),
    "step.move": _t(
        "把还在内的血液移到{places}（在限值内，{limits}），移动时扫描登记；不要发放。",
        "Move what is still inside to {places} (within limits, {limits}) and scan it on the way; issue none of it.",
    ),
    "step.move.none": _t(
        "没有执行同一限值（{limits}）、在限值内且自身无需查看的其他设备：按应急预案转移，不要发放。",
        "No other place with the same limits ({limits}) is within them without needing a look itself: follow the "
        "emergency plan; issue none of it.",
    ),
    "step.isolate": _t(
        "隔离 {n} 袋并贴上隔离标识，不要发放：{places}。",
        "Put {n} {n:unit|units} into quarantine, mark {n:it|them}, issue none: {places}.",
    ),
    "step.isolate.at": _t("{place}：{n} 袋", "{place}: {n}"),
    "step.possible": _t(
        "其中 {n} 袋只是可能在内：逐袋核对是否在内，扫描登记。",
        "{n} of them {n:was|were} only possibly inside: look for each and scan it.",
    ),
    "step.measure": _t(
        "用经校准的温度计人工测量并记录。", "Measure by hand with a calibrated thermometer; write it down."
    ),
    "step.cause": _t("查明设备原因，处理并记录。", "Find the cause at the place, resolve it and write it down."),
    "step.decide": _t(
        "把异常编号 {finding} 告知质量管理人员：由其查看证据，决定这些血液怎么处理。",
        "Tell the quality manager and name the finding {finding}: it is for them to look at the evidence and decide.",
    ),
    "step.withdrawn": _t(
        "依据已撤回：后来到达的数据改变了这项异常。已暂停发放的血液仍暂停发放。",
        "Basis withdrawn: data that came later took it back. Units that are on hold for it stay on hold.",
    ),
    "step.sensor": _t(
        "检查或更换探头及其接线；这是传感器故障，不是温度异常，不因此暂停发放。",
        "Check or replace the probe and its line: the sensor failed, not the cold, and no unit is held for it.",
    ),
    "step.sensor.other": _t(
        "同一设备的另一支探头仍在测量；在修复之前多看一眼。",
        "The other probe of the place still measures; look at it more often until this one is mended.",
    ),
    "step.sensor.tell": _t(
        "记录更换，告知质量管理人员：{finding}。", "Record it and tell the quality manager: {finding}."
    ),
    # The urgent list
    "urgent.to": _t("打电话给", "Call"),
    "urgent.at": _t("发出时间", "Issued"),
    "urgent.why": _t("暂停发放的原因", "On hold because of"),
    "urgent.none": _t("没有须追回的已发出血液。", "No unit that was issued is on hold."),
    "urgent.note": _t(
        "血液发出后才发现的异常也列在这里；在有人作出决定之前不会消失。",
        "What was found only after the issue is listed too; nothing leaves this list before a person decides.",
    ),
}
