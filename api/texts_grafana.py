"""Texts of what Grafana says, on the page of alarms."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


GRAFANA: Final[dict[str, Text]] = {
    "grafana": _t("Grafana 的提示", "Grafana says"),
    "grafana.note": _t(
        "来自 Grafana 自身的看门狗规则，仅供对照：不升级、不通知任何人，也不会回传给 Grafana。以上方的报警为准。",
        "From Grafana's own watchdog rules, to compare: it calls nobody and is not sent on. What counts are the alarms "
        "above.",
    ),
    "grafana.more": _t("另有 {n} 条未列出", "{n} more are not listed here"),
    "grafana.what": _t("内容", "What"),
    "grafana.where": _t("位置", "Where"),
    "grafana.state": _t("状态", "State"),
    "grafana.since": _t("开始", "Since"),
    "grafana.ours": _t("本系统报警", "Our alarm"),
    "grafana.ours.none": _t("本系统没有同一对象的报警：请查看", "no alarm of ours for the same: have a look"),
    "grafana.firing": _t("持续中", "goes on"),
    "grafana.quiet": _t("两天未再提示，情况未知", "not said again for two days: unknown"),
    "grafana.resolved": _t("已结束", "over"),
    "grafana.untitled": _t("未命名的规则", "a rule without a name"),
}
