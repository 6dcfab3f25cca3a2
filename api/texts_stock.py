"""Texts of the stock page."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


STOCK: Final[dict[str, Text]] = {
    "stock": _t("库存", "Stock"),
    "stock.note": _t(
        "可用：未暂停发放、未过期、不在等待记录、不专供一位患者、确定在场所内的血袋。等待记录的，记录送达后自动计入。数字不是输注许可。",
        "On the shelf: certainly inside a place, not on hold, not expired, not waiting for the record, not for one "
        "patient only. What waits is counted again once its record is here. The figures permit no transfusion.",
    ),
    "stock.none": _t("没有确定在场所内的血袋。", "No unit is certainly inside a place."),
    "stock.site": _t("站点", "Site"),
    "stock.component": _t("品种", "Component"),
    "stock.group": _t("血型", "Group"),
    "stock.released": _t("在库可用", "On the shelf"),
    "stock.none-left": _t("{n} 袋暂停发放后已无可用", "none left: {n} on hold"),
    "stock.waiting": _t("等待记录", "Waiting for the record"),
    "stock.aside": _t("暂停、过期或专供", "On hold, expired or for one patient"),
    "stock.used": _t("近 28 天发出", "Issued in 28 days"),
    "stock.cover": _t("可用天数", "Days of cover"),
    "stock.level": _t("预警", "Level"),
    "stock.level.red": _t("红色", "red"),
    "stock.level.orange": _t("橙色", "orange"),
    "stock.level.yellow": _t("黄色", "yellow"),
    "stock.level.blue": _t("蓝色", "blue"),
    "stock.level.enough": _t("高于预警线", "above all levels"),
    "stock.level.unset": _t("未设预警线", "no level is set"),
    "stock.picks": _t("取血顺序", "Pick list"),
    "stock.picks.note": _t(
        "近效期先出：先到期的在前；不含暂停发放、已过期、等待记录、专供一位患者或在运输箱内的血袋。",
        "First expired, first out. Without units that are on hold, expired, waiting for the record, for one patient "
        "only or in boxes on the road.",
    ),
    "stock.picks.none": _t("没有可取的血袋。", "There is no unit to take."),
    "stock.picks.more": _t("还有更多，未列出。", "There are more than are listed."),
    "stock.unit": _t("血袋", "Unit"),
    "stock.place": _t("所在场所", "Place"),
    "stock.expires": _t("到期", "Expires"),
    "stock.plans": _t("本月用血计划", "Plans of this month"),
    "stock.plan": _t("计划", "Plan"),
    "stock.issued": _t("已发出", "Issued"),
    "stock.projected": _t("预计", "Foreseen"),
    "stock.over": _t("将超计划", "will be exceeded"),
}
