"""Texts of the register: certificates, mapping studies, qualifications, and the look-back."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


REGISTER: Final[dict[str, Text]] = {
    "register": _t("计量与验证台账", "Register of calibration and qualification"),
    "register.due": _t("到期一览", "What is due"),
    "register.overdue.n": _t("逾期或缺失：{n} 项", "overdue or missing: {n}"),
    "register.kind": _t("类别", "Kind"),
    "register.kind.instrument": _t("校准（探头）", "calibration (instrument)"),
    "register.kind.place": _t("温度分布测试（设备）", "mapping study (place)"),
    "register.kind.box": _t("保温箱验证", "qualification (box)"),
    "register.subject": _t("对象", "Of"),
    "register.number": _t("编号", "Number"),
    "register.done": _t("完成日期", "Done"),
    "register.next": _t("下次到期", "Due"),
    "register.state": _t("状态", "State"),
    "register.state.none": _t("缺失", "none yet"),
    "register.state.overdue": _t("已逾期", "overdue"),
    "register.state.soon": _t("30 天内到期", "due within 30 days"),
    "register.state.valid": _t("有效期内", "in its term"),
    "register.failed": _t("送检时超差", "off by too much as found"),
    "register.look-back": _t("追溯", "look back"),
    "register.certificate": _t("校准证书", "Calibration certificate"),
    "register.certificates": _t("校准证书", "Calibration certificates"),
    "register.serial": _t("序列号", "Serial number"),
    "register.lab": _t("校准机构", "Laboratory"),
    "register.points": _t(
        "各点偏差（°C）：点 送检时 调整后，每行一点，无则写 -",
        "Deviations (°C), a point a line: point, as found, as left; - for none",
    ),
    "register.points.head": _t("点：送检时 / 调整后（°C）", "Point: as found / as left (°C)"),
    "register.tolerance": _t("允许偏差（°C）", "Tolerance (°C)"),
    "register.mapping": _t("温度分布测试", "Mapping study"),
    "register.place": _t("设备", "Place"),
    "register.load": _t("装载情况", "Load"),
    "register.warmest": _t("最暖处", "Warmest at"),
    "register.coldest": _t("最冷处", "Coldest at"),
    "register.conclusion": _t("结论", "Conclusion"),
    "register.qualification": _t("保温箱验证", "Qualification of a box"),
    "register.box": _t("保温箱", "Box"),
    "register.profile": _t("适用方案", "For profile"),
    "register.lasts": _t("可保温（分钟）", "Keeps for (minutes)"),
    "register.enter": _t("签名登记", "Sign and enter"),
    "register.refused": _t("没有登记：", "Not entered:"),
    "register.none": _t("还没有登记。", "Nothing entered yet."),
    "register.note": _t(
        "证书只作登记，不改变任何读数。另行登记的修正值会计入超限判定、血液暴露和页面、报告中的数值；"
        "原始读数始终原样保存。网关的本地报警仍按原始读数判断。",
        "A certificate is kept as it is written; it changes no reading. An offset recorded beside it counts in "
        "findings, exposures and all values on pages and in reports; the raw readings are kept as they were sent. "
        "A gateway's local alarm judges raw values.",
    ),
    "look-back.title": _t("追溯：探头 {serial}", "Look-back: instrument {serial}"),
    "look-back.why": _t(
        "证书 {number} 显示送检时超差；此前它监测过的设备和血液如下。",
        "Certificate {number} says how far it was off as found; this is what it watched before.",
    ),
    "look-back.since": _t("自证书 {number}（{at}）起", "since certificate {number} ({at})"),
    "look-back.since.none": _t(
        "此前没有调整后偏差在允许范围内的证书：追溯到最初",
        "no earlier certificate left it within its tolerance: since it was first hung",
    ),
    "look-back.until": _t("至 {at}", "until {at}"),
    "look-back.watched": _t("监测过的设备", "Places that it watched"),
    "look-back.none": _t("这段时间它没有监测任何设备。", "It watched no place in that time."),
    "look-back.period": _t("时间", "When"),
    "look-back.units": _t("血液：{n} 袋", "{n} {n:unit|units}"),
    "missing.certificate": _t("没有登记证书 {id}。", "No certificate {id} is registered."),
    "hang.calibration.overdue": _t("校准已逾期（{at}）", "calibration overdue since {at}"),
    "hang.calibration.none": _t("没有校准证书", "no calibration certificate"),
}
