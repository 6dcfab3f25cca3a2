"""Texts of the overview: what needs somebody first, places, units on hold, what the intake keeps aside."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


OVERVIEW: Final[dict[str, Text]] = {
    # Start page
    "start.title": _t("储血点总览", "Storage point"),
    "start.places": _t("储存设备", "Places"),
    "start.inside": _t(
        "在内 {certain} 袋，可能在内 {possible} 袋", "{certain} {certain:unit|units} inside, {possible} possibly"
    ),
    "start.held.inside": _t("在内血液中仍有 {n} 袋暂停发放", "{n} of the units inside {n:stays|stay} on hold"),
    "start.held": _t("已暂停发放的血液（{n} 袋）", "Units on hold ({n})"),
    "start.held.none": _t("没有暂停发放的血液。", "No unit is on hold."),
    "start.findings": _t("异常记录", "Findings"),
    "start.findings.none": _t("没有异常记录。", "No findings."),
    "start.findings.open": _t("{n} 项异常仍在持续", "{n} {n:finding|findings} still going on"),
    "start.places.none": _t("还没有登记储存设备。", "No place is registered yet."),
    "start.profile.missing": _t("限值文件未载入", "its limits are not loaded"),
    "start.group": _t("{n} 袋", "{n} {n:unit|units}"),
    # What the intake keeps aside
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
    "aside.tags": _t(
        "{n} 个标签没有对应的血液：把标签绑定到血液；不属于血液的标签请移出设备。",
        "{n} {n:tag|tags} that nobody knows: bind {n:it|them} to {n:its unit|their units}, or take "
        "{n:it|them} out of the place.",
    ),
}
