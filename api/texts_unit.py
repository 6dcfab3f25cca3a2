"""Texts of the page of one unit."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


UNIT: Final[dict[str, Text]] = {
    # How a unit stands
    "unit.title": _t("血液 {number}", "Unit {number}"),
    "standing.held": _t("已暂停发放", "On hold: do not issue"),
    "standing.held.issued": _t("已发给 {to}，且暂停发放", "On hold, and already issued to {to}"),
    "standing.awaiting": _t("等待记录，暂不可发放", "Waiting for the record: not to be issued yet"),
    "standing.awaiting.unknown": _t(
        "未知 {unknown}，其余等待记录，暂不可发放",
        "Unknown for {unknown}, and waiting for the record: not to be issued yet",
    ),
    "standing.not-measured": _t("无测量记录，未知 {unmeasured}", "Not measured: unknown for {unmeasured}"),
    "standing.no-record": _t("没有温度记录", "No temperature record"),
    "standing.outside-without-finding": _t(
        "曾短时超出限值 {out}，未知 {unknown}", "Outside limits for {out}, unknown {unknown}"
    ),
    "standing.outside-without-finding.unknown": _t(
        "未知 {unknown}，另曾短时超出限值 {out}", "Unknown for {unknown}, outside limits for {out}"
    ),
    "standing.released": _t(
        "暂停发放已由人解除；超出限值 {out}，未知 {unknown}",
        "Hold ended by a person; outside limits for {out}, unknown {unknown}",
    ),
    "standing.within.unknown": _t(
        "未知 {unknown}；其余已测得的在限值内",
        "Unknown for {unknown}; within limits only while measured",
    ),
    "standing.held.unknown": _t("未知 {unknown}", "unknown {unknown}"),
    "standing.within": _t(
        "自 {since} 起在限值内（其间未知 {unknown}），此前未知",
        "Within limits since {since} (unknown {unknown}), before that unknown",
    ),
    "standing.elsewhere": _t(
        "曾存放在执行其他限值的设备中：按其自身限值的情况未知",
        "Kept under other limits than its own: by its own limits it is unknown",
    ),
    "why": _t("原因", "Why"),
    "next": _t("下一步", "What to do next"),
    "why.excursion": _t(
        "{place} 的{role}测得温度{direction}，{period}，{peak_name} {peak} °C（{limit}），设备共超出限值 {out}。",
        "{place}: the {role} was {direction}, {period}; {peak_name} {peak} °C ({limit}); "
        "the place was outside for {out}.",
    ),
    "why.unmeasured": _t(
        "{place} 的{role}没有测得温度，{period}，共 {unknown} 未知。未知不等于在限值内。",
        "{place}: the {role} measured nothing, {period}; {unknown} are unknown and do not count as within limits.",
    ),
    "why.sensor-fault": _t(
        "{place} 的{role}发生故障，{period}，共 {unknown} 没有可信读数。",
        "{place}: the {role} failed, {period}; {unknown} without a reading that can be believed.",
    ),
    "why.certain": _t(
        "这袋血液当时确定在内，超出限值 {out}。", "This unit was certainly inside: outside limits for {out}."
    ),
    "why.possible": _t(
        "这袋血液当时可能在内（未能确认），超出限值 {out}。",
        "This unit was possibly inside (nobody could tell): outside limits for {out}.",
    ),
    "why.unknown": _t("另有 {unknown} 未知。", "Unknown for {unknown}."),
    "why.basis": _t(
        "依据已撤回：后来到达的数据改变了这项异常。暂停发放仍然有效，须由人决定。",
        "Basis withdrawn: data that came later took this finding back. The hold stays until a person decides.",
    ),
    "why.no-record": _t(
        "这袋血液从未出现在受监测的储存设备中，其温度情况未知。",
        "This unit was never seen in a watched place. Nothing is known of its temperature.",
    ),
    "why.not-measured": _t(
        "在设备中期间没有任何测量记录：旁边没有探头，或探头从未上报。未知不等于在限值内。",
        "Nothing was measured while it was in our places: no probe is there, or none has reported. "
        "Unknown does not count as within limits.",
    ),
    "why.awaiting": _t(
        "网关中还有 {awaited} 的记录没有送达；送达之前，无法判断这袋血液的情况。",
        "A gateway still keeps {awaited} of its record. Until that is here, nobody can tell how the unit fared.",
    ),
    "why.outside-without-finding": _t(
        "超出限值共 {out}，没有达到形成异常记录的条件（延时）。",
        "Outside limits for {out} in all; the delay that the profile gives was not reached, so there is no finding.",
    ),
    "why.released": _t(
        "{at}，{name}（{post}）解除了暂停发放：{reason}",
        "{name} ({post}) ended the hold at {at}: {reason}",
    ),
    "why.released.findings": _t("（异常记录 {findings} 仍在。）", "(The findings remain: {findings}.)"),
    "why.within": _t(
        "已测得的 {within} 全部在限值内；{unknown} 没有测量，不能算作在限值内。",
        "The {within} that were measured all lie within limits; {unknown} were not measured and do not count.",
    ),
    "why.elsewhere": _t(
        "{places} 执行的限值不是这袋血液要求的限值；那里的判定不说明这袋血液的情况。",
        "{places}: the limits kept there are not those that this unit needs; what was judged there says nothing of it.",
    ),
    "why.expired": _t("这袋血液已过期（{at}），不得发放。", "This unit expired at {at}: do not issue it."),
    "why.away": _t(
        "自 {since} 起不在受监测的设备中，此后的温度未知。",
        "In no watched place since {since}: its temperature since then is unknown.",
    ),
    "why.issued": _t(
        "已发给 {to}（{at}），此后的温度未知。", "Issued to {to} at {at}: its temperature since then is unknown."
    ),
    "why.profile": _t(
        "{place} 执行的限值（{kept}）与这袋血液要求的（{needed}）不同，请核对存放位置。",
        "{place} keeps {kept}, but this unit needs {needed}: check whether it belongs there.",
    ),
    "max": _t("最高", "highest"),
    "min": _t("最低", "lowest"),
    "limit.high": _t("上限", "upper limit"),
    "limit.low": _t("下限", "lower limit"),
    "next.held.1": _t(
        "不要发放、不要输注：移到隔离区（{limits}），并贴上隔离标识。",
        "Do not issue or transfuse it: put it in quarantine ({limits}) and mark it.",
    ),
    "next.held.1.plain": _t(
        "不要发放、不要输注：移到隔离区，并贴上隔离标识。",
        "Do not issue or transfuse it: put it in quarantine and mark it.",
    ),
    "next.held.open": _t(
        "设备现在仍不在限值内：先把血液转移到在限值内的设备。",
        "The place is still not within limits: first move the blood to a place that is.",
    ),
    "next.held.possible": _t(
        "打开设备核对这袋血液是否在内，并扫描登记。", "Look whether the unit really is inside, and scan it."
    ),
    "next.held.call": _t(
        "立即打电话给 {to}：停止输注，保留血袋。", "Call {to} at once: do not transfuse it, keep the bag."
    ),
    "next.issued": _t("已经发出，不得退回库存。", "It was issued: it does not come back into stock."),
    "next.held.2": _t(
        "通知质量管理人员，并告知异常编号：{findings}。", "Tell the quality manager, and name the finding: {findings}."
    ),
    "next.held.2.plain": _t("通知质量管理人员。", "Tell the quality manager."),
    "next.held.3": _t("查明设备异常原因，处理并记录。", "Find the cause at the fridge, resolve it and write it down."),
    "next.awaiting.1": _t(
        "记录送达之前不要发放。网关恢复连接后会自动补传。",
        "Do not issue it before the record is here. It comes by itself once the gateway is connected again.",
    ),
    "next.awaiting.2": _t(
        "如长时间未送达，请检查网关的电源和网络：{gateways}。",
        "If it does not come, look at the gateway's power and network: {gateways}.",
    ),
    "next.not-measured.1": _t("不要发放；询问质量管理人员。", "Do not issue it; ask the quality manager."),
    "next.not-measured.2": _t(
        "移到有探头上报的设备，并检查这台设备的探头、接线和网关。",
        "Move it to a place whose probes report, and look at the probes, the line and the gateway of this one.",
    ),
    "next.elsewhere": _t(
        "不要发放；移到执行其自身限值的设备，并询问质量管理人员。",
        "Do not issue it; move it to a place that keeps its own limits, and ask the quality manager.",
    ),
    "next.unknown": _t(
        "未知时间超出限值文件允许的范围：在质量管理人员判断之前不要发放。",
        "More time is unknown than its limits tolerate: do not issue it before the quality manager has judged that.",
    ),
    "next.no-record.1": _t(
        "不要发放。绑定标签并放入受监测的设备，或登记存放位置；此前的情况请询问质量管理人员。",
        "Do not issue it. Bind its tag and put it into a watched place, or record where it is; "
        "ask the quality manager about the time before.",
    ),
    "next.outside-without-finding.1": _t(
        "发放前请按本单位规定核对超出限值的时间；有疑问时询问质量管理人员。",
        "Check the time outside against your site's rules before it is issued; if in doubt, ask the quality manager.",
    ),
    "next.within.1": _t("温度方面目前无需处理。", "Nothing to do about its temperature now."),
    "next.within.away": _t(
        "查明它现在在哪里；未经质量管理人员同意，不要放回库存，也不要发放。",
        "Find out where it is; do not put it back into stock or issue it without the quality manager.",
    ),
    "next.within.2": _t(
        "未知时间请按本单位规定判断；有疑问时询问质量管理人员。",
        "Judge the unknown time by your site's rules; if in doubt, ask the quality manager.",
    ),
    # Identity
    "identity": _t("标识", "Identity"),
    "id.number": _t("献血码", "Donation number"),
    "id.own": _t("本系统编号", "Our id"),
    "id.check": _t("校验字符", "check character"),
    "id.product": _t("产品码", "Product code"),
    "id.component": _t("品种", "Component"),
    "id.group": _t("血型", "Blood group"),
    "id.expires": _t("失效时间", "Expires"),
    "id.issuer": _t("采供血机构", "Issuer"),
    "id.where": _t("现在位置", "Where it is now"),
    "id.where.none": _t("不在受监测的设备中", "in no watched place"),
    "id.profile": _t("执行限值", "Limits"),
    "id.list": _t("装箱单", "Packing list"),
    "id.list.text": _t("{manifest}：{packed} 装入 {box}", "{manifest}: packed {packed} into {box}"),
    "id.issue": _t("发出", "Issued"),
    "id.issue.text": _t("{to}，{at}", "{to}, {at}"),
    "id.tags": _t("标签", "Tags"),
    "profile.name": _t("{id} 第 {version} 版", "{id} version {version}"),
    "profile.limits": _t("{low}–{high} °C", "{low} to {high} °C"),
    "profile.to-be-confirmed": _t(
        "尚未按现行版本确认：这些限值须由质量管理人员核对后才算生效。",
        "Not yet confirmed against the edition in force: a quality manager has to confirm these limits.",
    ),
    "profile.to-be-confirmed.short": _t("尚未按现行版本确认", "not yet confirmed against the edition in force"),
    "profile.missing": _t(
        "限值文件 {profile} 未载入，无法判断。", "The limits {profile} are not loaded: nothing can be judged."
    ),
    "profile.sources": _t("限值来源", "Where the limits come from"),
    "evidence.V": _t("取自规范原文", "from the text of the rule"),
    "evidence.V2": _t("取自二手资料，待核对", "from a secondary source, to be checked"),
    "evidence.K": _t("专业知识，无引文", "professional knowledge, not cited"),
    "evidence.PROP": _t("本项目建议值，无权威依据", "proposed by this project, no authority behind it"),
    "section.storage": _t("储存限值", "storage limits"),
    "section.transport": _t("运输限值", "transport limits"),
    "section.excuse": _t("开门和化霜的宽限", "what doors and defrosts excuse"),
    "section.agitation": _t("振荡", "agitation"),
    "section.hard_limit": _t("立即报警限值", "limits without delay"),
    "section.delay": _t("延时", "delay"),
    "section.dead_band": _t("解除回差", "dead band"),
    "section.hold": _t("读数有效时间", "how long a reading counts"),
    "section.gap": _t("数据中断", "gaps"),
    "section.sensor_fault": _t("传感器故障", "sensor faults"),
    # Figures
    "figures": _t("在受监测设备中的时间", "Time in watched places"),
    "figures.note": _t(
        "自 {since} 起计。时间取整到秒：最短值向下，其余向上；毫秒值见接口。",
        "Counted since {since}. In whole seconds: least times rounded down, all others up; the API has milliseconds.",
    ),
    "figures.probe": _t("探头", "Probe"),
    "figures.decides": _t("判定以此为准", "decides"),
    "figures.extremes": _t("最低–最高", "Lowest to highest"),
    "figures.unwatched": _t("其间不在受监测设备中：{lasted}", "Of this time in no watched place: {lasted}"),
    # Trace
    "trace": _t("温度曲线", "Temperature"),
    "trace.hours": _t("{n} 小时", "{n} h"),
    "trace.days": _t("{n} 天", "{n} {n:day|days}"),
    "trace.from": _t("曲线自 {since} 至 {until}", "From {since} to {until}"),
    "trace.nojs": _t(
        "曲线需要 JavaScript；下面的表格内容相同。", "The chart needs JavaScript; the tables below say the same."
    ),
    "trace.failed": _t("曲线数据暂时无法取得。", "The data of the chart cannot be fetched now."),
    "trace.away": _t("未受监测", "not watched"),
    "trace.empty": _t("这段时间内旁边没有探头。", "No probe was beside this unit in this time."),
    "trace.label": _t("这袋血液旁边探头的温度曲线", "Temperature at the probes beside this unit"),
    "trace.stays": _t("存放", "Stays"),
    "trace.doors": _t("开门、断电", "Door, mains"),
    "mains-lost": _t("断电", "mains lost"),
    # Tables
    "stays": _t("存放记录", "Stays"),
    "stays.none": _t("没有存放记录。", "No stays."),
    "stays.place": _t("设备", "Place"),
    "stays.certain": _t("确定在内", "Certainly inside"),
    "stays.possible": _t("可能在内", "Possibly inside"),
    "stays.evidence": _t("依据", "Evidence"),
    "stays.in": _t("进入：{by}", "in: {by}"),
    "stays.out": _t("离开：{by}", "out: {by}"),
    "stays.unseen": _t("自 {at} 起未被读到，门未开过", "not read since {at}, although no door opened"),
    "stays.withdrawn": _t("已撤回", "withdrawn"),
    "stays.never": _t("从未确定", "never certain"),
    "by.reader": _t("读写器", "reader"),
    "by.person": _t("人工登记", "recorded by a person"),
    "by.person-and-reader": _t("人工登记，读写器已确认", "recorded by a person, confirmed by the reader"),
    "open": _t("至今", "until now"),
    "running": _t("持续中", "still going on"),
    "exposures": _t("异常对这袋血液的影响", "What the findings mean for this unit"),
    "exposures.none": _t("没有异常涉及这袋血液。", "No finding touches this unit."),
    "exposures.finding": _t("异常", "Finding"),
    "exposures.period": _t("时间", "Period"),
    "exposures.out": _t("超出限值（最短–最长）", "Outside limits (least to most)"),
    "exposures.unknown": _t("未知（最长）", "Unknown (most)"),
    "exposures.peak": _t("极值", "Peak"),
    "exposures.how": _t("是否在内", "Inside"),
    "exposures.withdrawn": _t("已撤回，不再计入", "withdrawn, counts no more"),
    "findings": _t("异常记录", "Findings"),
    "findings.rule": _t("规则与限值", "Rule and limits"),
    "findings.status": _t("状态", "Status"),
    "findings.figures": _t("数值", "Figures"),
    "findings.samples": _t("{n} 个读数超出限值", "{n} {n:reading|readings} outside"),
    "findings.condition": _t("{at} 达到报警条件", "condition met at {at}"),
    "findings.no-hold": _t("不暂停血液发放", "holds no unit"),
    "findings.held": _t("暂停发放 {n} 袋", "holds {n} {n:unit|units}"),
    "findings.version": _t("第 {n} 版", "version {n}"),
    "kind.excursion": _t("温度{direction}", "{direction}"),
    "kind.unmeasured": _t("未测量", "never measured"),
    "kind.sensor-fault": _t("传感器故障", "sensor fault"),
    "finding.detail.cumulative": _t("温度{direction}（累计）", "{direction}, added up"),
    "finding.detail.sparse": _t("数据过于稀疏，大部分时间未知", "data too sparse: most of the time is unknown"),
    "finding.detail.stuck": _t("读数长时间完全不变", "sensor stuck: its value never changes"),
    "finding.detail.jump": _t("读数突跳后又回来", "value jumped and came back"),
    "finding.detail.siblings": _t("与探头 {probe} 长时间不一致", "disagrees with probe {probe}"),
    "finding.certainty": _t("不确定度", "Uncertainty"),
    "finding.possible": _t(
        "可能超限：按不确定度最有利的读数，超限 {out}",
        "possible: outside for {out} with every reading at its better end",
    ),
    "finding.sure": _t(
        "确定超限：按不确定度最有利的读数，仍超限 {out}",
        "certain: outside for {out} even with every reading at its better end",
    ),
    "finding.calibrations": _t("修正值", "Corrected by"),
    "finding.calibration": _t(
        "{serial}，证书 {certificate} 第 {version} 版：{offset} °C",
        "{serial}, certificate {certificate} v{version}: {offset} °C",
    ),
    "rule.A01": _t("A01 超出储存限值（延时后）", "A01 storage limit, after the delay"),
    "rule.A02": _t("A02 超出紧急限值（无延时）", "A02 hard limit, no delay"),
    "rule.A03": _t("A03 超出运输限值（延时后）", "A03 transport limit, after the delay"),
    "rule.A05": _t("A05 数据中断", "A05 nobody measured"),
    "rule.A12": _t("A12 冰冻血浆类可能融化（立即）", "A12 a frozen product may have thawed, no delay"),
    "rule.A13": _t("A13 细胞类血液可能冻结（立即）", "A13 cells may have frozen, no delay"),
    "rule.A27": _t("A27 累计超限时间", "A27 time outside, added up"),
    "rule.A30": _t("A30 传感器异常", "A30 sensor fault"),
    "status.open": _t("持续中", "going on"),
    "status.closed": _t("已结束", "ended"),
    "status.withdrawn": _t("已撤回", "withdrawn"),
    "holds": _t("暂停发放记录", "Holds"),
    "holds.none": _t("没有暂停发放记录。", "No holds."),
    "holds.placed": _t("开始", "Placed"),
    "holds.id": _t("编号", "Id"),
    "holds.basis": _t("依据", "Basis"),
    "holds.stands": _t("依据成立", "basis stands"),
    "holds.fallen": _t("依据已撤回，仍暂停发放", "basis withdrawn, still on hold"),
}
