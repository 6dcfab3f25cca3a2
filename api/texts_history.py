"""Texts of reports of a temperature history, on a page and in a PDF."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


_FRAME: Final[dict[str, Text]] = {
    "history": _t("温度历史", "Temperature history"),
    "history.title": _t("温度历史报告", "Temperature history report"),
    "history.subject.place": _t("储存设备", "Place"),
    "history.subject.probe": _t("探头", "Probe"),
    "history.subject.unit": _t("血液", "Unit"),
    "history.what": _t("查询对象", "What"),
    "history.id": _t("编号", "Id"),
    "history.from": _t("开始时间（{zone}）", "From ({zone})"),
    "history.to": _t("结束时间（{zone}）", "To ({zone})"),
    "history.show": _t("查看", "show"),
    "history.link": _t("温度历史报告", "Temperature history report"),
    "history.hint": _t(
        "时间格式：2026-03-12T02:10（当地时间）。最长 {days} 天。",
        "Times are site time, e.g. 2026-03-12T02:10. At most {days} days.",
    ),
    "history.failed.404": _t("没有登记编号为 {id} 的对象", "Nothing is registered under the id {id}"),
    "history.failed.422": _t(
        "未能生成报告：请检查编号、开始和结束时间（先后、不晚于现在、最长 {days} 天）。详情",
        "The report could not be made: check the id and both times (in order, not in the future, at most {days} days). "
        "Detail",
    ),
    "history.take": _t("导出（每次导出都记入账本）", "Hand out (each report handed out is recorded)"),
    "history.period": _t("时间段", "Period"),
    "history.site": _t("站点", "Site"),
    "history.zone": _t("时区", "Time zone"),
    "history.code": _t("核对码", "Verification code"),
    "history.actor": _t("导出人", "Handed out to"),
    "history.at.instant": _t("时刻", "Instant"),
    "history.at": _t("导出时间", "Handed out at"),
    "history.seq": _t("依据的账本条目", "As of ledger entry"),
    "history.sha": _t("数据的 SHA-256", "SHA-256 of the data"),
    "history.page.label": _t("页", "page"),
    "history.verify": _t(
        "核对：coldchain verify report 文件名 --url 服务器地址。数据中任何一个字节被改动都会被发现。",
        "To verify: coldchain verify report FILE --url SERVER. Any changed byte of the data is found.",
    ),
}

_FIGURES: Final[dict[str, Text]] = {
    "history.figures": _t("数据统计", "Figures"),
    "history.curve": _t("温度曲线", "Temperature curve"),
    "history.curve.none": _t("没有可画的读数。", "There are no readings to draw."),
    "history.curve.note": _t(
        "绿色为限值范围；灰色为未知时间；线断开处无人测量。每段保留最低和最高读数。",
        "Green: within the limits. Grey: unknown time. The line breaks where nobody measured. Of each stretch the "
        "lowest and the highest reading are drawn.",
    ),
    "history.readings": _t("读数", "Readings"),
    "history.faulty": _t("其中无温度", "of these without a temperature"),
    "history.uncounted": _t("其中不计入", "of these not counted"),
    "history.complete": _t("完整率", "Completeness"),
    "history.measured": _t("已测量", "Measured"),
    "history.unknown": _t("未知", "Unknown"),
    "history.awaited": _t("其中等待送达", "of these awaited"),
    "history.min": _t("最低", "Lowest"),
    "history.max": _t("最高", "Highest"),
    "history.mean": _t("时间加权平均", "Time-weighted mean"),
    "history.above": _t("偏高时间", "Too warm for"),
    "history.below": _t("偏低时间", "Too cold for"),
    "history.out": _t("超出限值", "Outside limits"),
    "history.totals": _t("这袋血液（取各处的主探头）", "This unit (by the deciding probe of each place)"),
    "history.counted": _t("自何时起计", "Counted from"),
    "history.unwatched": _t("不在受监测设备中", "In no watched place"),
    "history.away": _t("不在受监测设备中的时间", "Time in no watched place"),
    "history.probes.none": _t(
        "没有探头可供判断：该时间段的温度未知。", "No probe to judge by: the temperature is unknown."
    ),
    "history.kinetic": _t("平均动力学温度", "Mean kinetic temperature"),
    "history.kinetic.note": _t(
        "平均动力学温度（USP <1160>）仅供药品和试剂参考，不用于血液。",
        "The mean kinetic temperature (USP <1160>) is information on medicines and reagents, never on blood.",
    ),
    "history.seconds": _t("同一时刻的多个读数", "Several readings of one instant"),
    "history.seconds.n": _t(
        "{probe}：{n} 个时刻有多个读数", "{probe}: {n} {n:instant has|instants have} more than one reading"
    ),
    "history.seconds.counts": _t("计入", "Counts"),
    "history.seconds.beside": _t("保留但不计入", "Kept beside it"),
    "history.seconds.by": _t("规则", "By the rule"),
    "history.seconds.by.source-rank": _t("来源级别较小者优先", "lower source rank"),
    "history.seconds.by.quality": _t("来源级别相同，有温度者优先", "same source rank: a temperature before none"),
    "history.seconds.by.higher-value": _t("来源级别相同，取较高值", "same source rank: the higher value"),
    "history.seconds.by.same": _t("读数相同", "they say the same"),
    "history.seconds.reading": _t(
        "{value}（来源级别 {rank}，网关 {gateway}）", "{value} (source rank {rank}, gateway {gateway})"
    ),
    "history.seconds.no-value": _t("无温度", "no temperature"),
    "history.seconds.note": _t(
        "先后到达不影响取舍。数值为发送时的原值，未加校准修正。",
        "Which came first plays no part. Values are as sent, before calibration.",
    ),
    "history.seconds.more": _t("共 {n} 个时刻，列出前 {shown} 个。", "{n} instants, the first {shown} are listed."),
    "history.how": _t(
        "读数有效到下一个读数为止，最长 {hold}；此后为未知，未知不等于在限值内。平均值按已测量的时间加权。",
        "A reading holds until the next one, at most for {hold}; after that the time is unknown and does not count as "
        "within limits. The mean is weighted by measured time.",
    ),
}

_TABLES: Final[dict[str, Text]] = {
    "history.limits": _t("适用限值", "Limits in force"),
    "history.limits.line": _t("{limits}（{profile}）", "{limits} ({profile})"),
    "history.limits.since": _t("{at} 记入账本（条目 {seq}）", "recorded at {at} (ledger entry {seq})"),
    "history.limits.later": _t(
        "注意：记录时间晚于本时间段的开始。此前的时间也按此限值判断；各项异常注明其判断时的限值版本。",
        "Note: recorded after the interval began. The time before that is judged by these limits too; each finding "
        "names the version of the limits that it was judged by.",
    ),
    "history.limits.missing": _t(
        "{place}：没有可用的限值，未作判断。", "{place}: no limits are loaded; nothing is judged."
    ),
    "history.limits.unconfirmed": _t("待质量管理人员确认", "to be confirmed by the quality manager"),
    "history.findings": _t("异常", "Excursions and other findings"),
    "history.findings.none": _t("该时间段没有异常记录。", "No finding overlaps the interval."),
    "history.findings.note": _t(
        "数值属于整个异常，包括时间段以外的部分；仍在持续的，计到时间段结束。",
        "Figures are of the whole finding, also outside of the interval; of one that lasts, up to the interval's end.",
    ),
    "history.finding": _t("异常编号", "Finding"),
    "history.version": _t("版本", "Version"),
    "history.kind": _t("类型", "Kind"),
    "history.status": _t("状态", "Status"),
    "history.peak": _t("极值", "Extreme"),
    "history.profile": _t("限值版本", "Limits"),
    "history.exposures": _t("对这袋血液的影响", "What they mean for this unit"),
    "history.holds": _t("暂停发放", "Holds"),
    "history.decisions": _t("处置决定", "Decisions"),
    "history.decisions.none": _t("对这些暂停还没有处置决定。", "Nobody has decided on these holds yet."),
    "history.decisions.note": _t(
        "列出对上述暂停的全部决定，不论何时签名。每项决定只对所注证据版本有效。",
        "All decisions on these holds, whenever signed. Each counts for the version of the evidence that it names.",
    ),
    "history.via": _t("来自 {unit}", "came from {unit}"),
    "history.hold.lifted": _t("已由决定 {decision} 解除", "ended by decision {decision}"),
    "history.hold.stands": _t("依据成立", "basis stands"),
    "history.hold.withdrawn": _t("依据已撤回，仍须由人决定", "basis withdrawn; a person must decide"),
    "history.stays": _t("移入与移出", "Moves in and out"),
    "history.stays.none": _t("该时间段没有血液在内的记录。", "No stay overlaps the interval."),
    "history.in": _t("移入（最早 – 最晚）", "In (earliest – latest)"),
    "history.left": _t("移出（最早 – 最晚）", "Out (earliest – latest)"),
    "history.inside": _t("仍在内", "still inside"),
    "history.withdrawn": _t("已撤回", "withdrawn"),
    "history.evidence": _t("依据", "By"),
    "history.gaps": _t("未知时间与缺失", "Unknown time and gaps"),
    "history.gaps.none": _t("没有。", "None."),
    "history.gaps.more": _t("共 {n} 段，列出前 {shown} 段。", "{n} stretches, the first {shown} are listed."),
    "history.gap.awaited": _t("等待送达", "awaited"),
    "history.gap.never": _t("未测量", "never measured"),
    "history.gap.declared": _t("网关声明：{reason}，丢失 {lost}", "said by the gateway: {reason}, lost {lost}"),
    "history.positions": _t("探头、位置与确认", "Probes, positions and confirmations"),
    "history.position.since": _t("自", "since"),
    "history.serial": _t("序列号", "Serial"),
    "history.line": _t("线路 / 通道", "Line / channel"),
    "history.confirmed": _t(
        "{at} 由 {name}（{post}）确认，自 {since} 起计入", "confirmed at {at} by {name} ({post}), counts from {since}"
    ),
    "history.calibration": _t("校准证书", "Calibration certificates"),
    "history.calibration.none": _t(
        "没有登记这些探头的校准证书。", "No calibration certificate of these probes is recorded."
    ),
    "history.calibration.line": _t(
        "{serial}：证书 {number}（{lab}），校准 {at}，有效至 {due}",
        "{serial}: {number} ({lab}), calibrated {at}, due {due}",
    ),
    "history.calibration.failed": _t("收到时超出允许误差", "out of tolerance as found"),
    "history.work": _t("作业状态", "Work"),
    "history.work.begins": _t("开始", "begins"),
    "history.work.ends": _t("结束", "ends"),
    "history.work.under-check": _t("检定中", "under check"),
    "history.work.out-of-use": _t("停用", "out of use"),
    "history.events": _t("门、电源等事件次数", "Doors, mains and other events"),
    "history.unconfirmed": _t("未确认的内容", "Not confirmed"),
    "history.unconfirmed.limits": _t(
        "{profile} 的限值待质量管理人员确认。", "The limits of {profile} are to be confirmed by the quality manager."
    ),
    "history.unconfirmed.probe": _t(
        "探头 {probe} 没有现场确认的记录。", "Nobody has confirmed probe {probe} at the place."
    ),
    "history.unconfirmed.none": _t("没有。", "Nothing."),
}

HISTORY: Final[dict[str, Text]] = _FRAME | _FIGURES | _TABLES
