"""Texts of for whom a unit is: for anybody, or for one patient only. The patient's reference is never shown."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


INTENTS: Final[dict[str, Text]] = {
    "intent": _t("供给对象", "For whom"),
    "intent.allogeneic": _t("异体（任何患者）", "allogeneic (any patient)"),
    "intent.autologous": _t("自体：仅供其本人", "autologous: for its own patient only"),
    "intent.directed": _t("定向：仅供指定患者", "directed: for one named patient only"),
    "intent.unread": _t(
        "标签注明的献血类型无法识别：说明供给对象之前不得发放",
        "its label names a type of donation that is not known here: not to be issued until somebody says for whom",
    ),
    "intent.not-stated": _t("标签和记录均未说明", "neither its label nor anybody says"),
    "intent.by.label": _t("标签", "by its label"),
    "intent.by.stated": _t("已说明", "as stated"),
    "intent.by.made-from": _t("来自原料血袋", "from what it was made of"),
    "intent.unnamed": _t("尚未说明是哪一位患者", "for which one nobody has said"),
    "intent.named": _t("患者代号已登记（不显示）", "the patient's reference is recorded (not shown)"),
    "intent.say": _t("说明供给对象", "Say for whom it is"),
    "intent.patient": _t("患者代号（由发血系统给出，不填姓名）", "Patient's reference of the issuing system (no name)"),
    "intent.patient.again": _t(
        "患者代号不回显：如需填写，请重新输入。",
        "The patient's reference is never shown: type it again if it is needed.",
    ),
    "intent.reason": _t("原因（改供任何患者时必填）", "Reason (needed to give it to others)"),
    "stock.reserved": _t("（其中 {n} 袋专供一位患者）", "({n} of them for one patient)"),
}
