"""Texts of the clocks of units, of returns, and of the stock page."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


STOCK: Final[dict[str, Text]] = {
    "stock": _t("库存", "Stock"),
    "stock.note": _t(
        "可用：未暂停发放且未过期、确定在场所内的血袋。数字不是输注许可。",
        "May be issued: certainly inside a place, not on hold, not expired. The figures permit no transfusion.",
    ),
    "stock.none": _t("没有确定在场所内的血袋。", "No unit is certainly inside a place."),
    "stock.site": _t("站点", "Site"),
    "stock.component": _t("品种", "Component"),
    "stock.group": _t("血型", "Group"),
    "stock.released": _t("可用", "May be issued"),
    "stock.aside": _t("暂停或过期", "On hold or expired"),
    "stock.used": _t("近 28 天发出", "Issued in 28 days"),
    "stock.cover": _t("可用天数", "Days of cover"),
    "stock.level": _t("预警", "Level"),
    "stock.level.red": _t("红色", "red"),
    "stock.level.orange": _t("橙色", "orange"),
    "stock.level.yellow": _t("黄色", "yellow"),
    "stock.level.blue": _t("蓝色", "blue"),
    "stock.level.enough": _t("高于预警线", "above all levels"),
    "stock.level.unset": _t("未设预警线", "no level is set"),
    "stock.plans": _t("本月用血计划", "Plans of this month"),
    "stock.plan": _t("计划", "Plan"),
    "stock.issued": _t("已发出", "Issued"),
    "stock.projected": _t("预计", "Foreseen"),
    "stock.over": _t("将超计划", "will be exceeded"),
    "clocks": _t("计时", "Clocks"),
    "clocks.clock": _t("计时项", "Clock"),
    "clocks.spent": _t("已用", "Spent"),
    "clocks.limit": _t("允许", "Allowed"),
    "clocks.since": _t("开始", "Since"),
    "clocks.source": _t("依据", "Source"),
    "clocks.most": _t("最多 {lasted}", "at most {lasted}"),
    "clocks.times": _t("{n} 次", "{n} {n:time|times}"),
    "clocks.outing": _t("离开受控储存（最近一次）", "Out of controlled storage, last occasion"),
    "clocks.outings": _t("离开受控储存（累计）", "Out of controlled storage, in all"),
    "clocks.four-hours": _t("离库至输注结束", "From storage to the end of the transfusion"),
    "clocks.issued": _t("发出至输注结束", "From the issue to the end of the transfusion"),
    "clocks.thawed": _t("融化后", "Since thawing"),
    "clocks.expiry": _t("有效期", "Expiry"),
    "clocks.agitation-gap": _t("最长停止振荡", "Longest time without agitation"),
    "clocks.agitation-gaps": _t("停止振荡（累计）", "Without agitation, in all"),
    "clocks.road": _t("途中", "On the road"),
    "clocks.excursions": _t("越限次数", "Excursions ever"),
    "clocks.budget": _t("累计离限", "Outside its limits, in all"),
    "clocks.state.over": _t("已超", "exceeded"),
    "clocks.state.possibly-over": _t("可能已超", "possibly exceeded"),
    "clocks.state.unknown": _t("未知", "unknown"),
    "clocks.state.warned": _t("将到", "nearly reached"),
    "clocks.state.within": _t("未到", "not reached"),
    "clocks.state.counted": _t("只计数，无限值", "counted, no limit"),
}
