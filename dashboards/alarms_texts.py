"""Texts of the board of alarms and excursions in Chinese and English, by key. Words of alarms are the console's."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


ALARMS_TEXTS: Final[dict[str, Text]] = {
    "alarms.title": _t("冷链 · 报警与异常", "Cold chain · Alarms and excursions"),
    "alarms.about": _t(
        "无人响应的报警在最前；下方为持续中的报警、异常记录和响应所用的时间。响应在管理页面进行。",
        "First the alarms that nobody has acknowledged; below, those that last, findings, and how long people took. "
        "Alarms are acknowledged in the console.",
    ),
    "link.alarms": _t("报警与异常", "Alarms and excursions"),
    "link.alarm": _t("在管理页面响应此报警", "Acknowledge this alarm in the console"),
    "link.alarm-list": _t("管理页面的报警列表", "Alarms in the console"),
    "severity": _t("级别", "Severity"),
    "severity.critical": _t("危急", "critical"),
    "severity.high": _t("高", "high"),
    "severity.medium": _t("中", "medium"),
    "severity.low": _t("低", "low"),
    "alarms.waiting": _t("等待响应的报警", "Alarms that wait for somebody"),
    "alarms.waiting.about": _t(
        "各级别中无人响应的报警数，含已自行解除而无人看过的。60 秒内没有新数据即写明。测试与由其他报警引起的不计。",
        "How many alarms of each severity nobody has acknowledged, also when they are over. Says so when nothing came "
        "within 60 s. Tests, and what another alarm explains, are not counted.",
    ),
    "alarms.open": _t("持续中的报警", "Alarms that last"),
    "alarms.open.about": _t(
        "各级别中情况仍在持续的报警数，无论是否有人响应。",
        "How many alarms of each severity have a condition that lasts, acknowledged or not.",
    ),
    "alarms.oldest": _t("最久的一个已等待", "The oldest waits for"),
    "alarms.oldest.short": _t("最久", "oldest"),
    "alarms.oldest.about": _t(
        "无人响应的报警中最久的一个已等待多久（时:分:秒）。",
        "For how long the oldest of them waits (hours:minutes:seconds).",
    ),
    "alarms.oldest.0": _t("无", "none"),
    "alarms.list": _t("无人响应，级别高者在前", "Not acknowledged, the gravest first"),
    "alarms.list.about": _t(
        "还没有人看过的报警。列表为空不说明一切正常：请看上方是否有数字。点编号在管理页面响应。",
        "Alarms that nobody has looked at. An empty list proves nothing: see whether there are figures above. A click "
        "on the number opens the alarm in the console, where it is acknowledged.",
    ),
    "alarms.list.empty": _t(
        "没有无人响应的报警；若上方没有数字，则是没有数据，请到现场查看",
        "No alarm waits. If there are no figures above there is no data: go and look",
    ),
    "alarms.seen": _t("持续中，已有人响应或不再鸣响", "Lasting, acknowledged or silent"),
    "alarms.seen.about": _t(
        "情况仍在持续而已有人响应、搁置、维护中，或由其他报警引起的报警，以及响应的人。",
        "Alarms whose condition lasts and which somebody has acknowledged, shelved or put out of service, or which "
        "another explains; and who acknowledged.",
    ),
    "alarm.state": _t("处理状态", "Stands"),
    "alarm.state.active": _t("未响应", "not acknowledged"),
    "alarm.state.acknowledged": _t("已响应，仍持续", "acknowledged, lasts"),
    "alarm.state.on-site": _t("人员已到现场，仍持续", "somebody is on site, lasts"),
    "alarm.state.cleared": _t("已解除，无人响应", "cleared, nobody acknowledged"),
    "alarm.state.over": _t("已结束", "over"),
    "alarm.state.withdrawn": _t("已撤回", "withdrawn"),
    "alarm.state.suppressed": _t("由其他报警引起", "explained by another"),
    "alarm.state.shelved": _t("搁置", "shelved"),
    "alarm.state.out-of-service": _t("维护中", "out of service"),
    "alarm": _t("报警", "Alarm"),
    "alarm.id": _t("编号，点击响应", "Acknowledge"),
    "alarm.age": _t("已过", "Age"),
    "alarm.raised": _t("发出", "Raised"),
    "alarm.rule": _t("规则", "Rule"),
    "alarm.units": _t("涉及袋数", "Bags affected"),
    "alarm.units.none": _t("见设备", "see place"),
    "alarm.acked": _t("响应时间", "Acknowledged"),
    "alarm.by": _t("响应人", "By"),
    "alarm.nobody": _t("无人", "nobody"),
    "alarm.ended": _t("解除", "Cleared"),
    "alarm.lasts": _t("仍持续", "lasts"),
    "alarm.test": _t("测试", "Test"),
    "alarm.test.0": _t("—", "—"),
    "alarm.test.1": _t("测试报警", "test alarm"),
    "alarm.place.site": _t("整个站点", "whole site"),
    "alarms.curve": _t("等待响应的报警数", "Alarms that wait for somebody, over time"),
    "alarms.curve.about": _t(
        "每小段内最多时的个数。断开处没有数据，即未知。",
        "The most of each span. Where it breaks nothing came: unknown.",
    ),
    "alarms.raised": _t("所选时间内发出", "Raised in the time"),
    "alarms.raised.about": _t(
        "所选时间内发出的报警数，不含测试与已撤回的。没有出现的级别即没有报警。",
        "Alarms raised in the chosen time, without tests and withdrawn ones. A severity that is missing had none.",
    ),
    "alarms.median": _t("响应用时，中位数", "Time to acknowledge, median"),
    "alarms.median.about": _t(
        "从发出到最后一次响应（时:分:秒），只计已有人响应的；还在等待的见上方。",
        "From raising to the last acknowledgement (hours:minutes:seconds), of those that somebody has acknowledged; "
        "those that still wait are above.",
    ),
    "alarms.longest": _t("响应用时，最长", "Time to acknowledge, longest"),
    "alarms.unseen": _t("其中至今无人响应", "Of these, not acknowledged yet"),
    "alarms.unseen.about": _t(
        "所选时间内发出而至今无人响应的。", "Of those raised in the chosen time, how many nobody has acknowledged."
    ),
    "alarms.none": _t("没有", "none"),
    "alarms.findings": _t("异常记录", "Findings and excursions"),
    "alarms.findings.about": _t(
        "全站与所选时间重叠的异常记录。持续中的记录，极值与时长以管理页面为准。",
        "Findings of all places that overlap the chosen time. Peak and durations of those that go on are in the "
        "console.",
    ),
    "alarms.history": _t("所选时间内的全部报警", "All alarms of the time"),
    "alarms.history.about": _t(
        "所选时间内发出的报警，最新的在前，最多 500 个。",
        "Alarms raised in the time, the newest first, 500 at most.",
    ),
    "alarms.notes": _t("怎样读这块看板", "How to read this board"),
    "alarms.notes.about": _t("说明。", "Notes."),
    "alarms.notes.text": _t(
        "- **响应在管理页面进行**：点编号，写明所见、姓名和岗位。这里不能响应。\n"
        "- **列表为空不等于没有报警。** 上方写着“无数据”时，系统没有送来数据，请到现场查看。\n"
        "- **报警解除不会放行血液。** 暂停发放的血液仍须质量管理者处理。\n"
        "- 严重的报警解除后，仍会等待有人响应。",
        "- **Alarms are acknowledged in the console**: click on the number, say what you saw, with name and post.\n"
        "- **An empty list is not the absence of alarms.** If it says no data above, the system sent nothing: go and "
        "look.\n"
        "- **That an alarm clears frees no bag.** Bags on hold stay so until a quality manager has decided.\n"
        "- A grave alarm that is over waits until somebody has acknowledged it.",
    ),
}
