"""Keys and values of profile files in words: what a number is about, with its unit, in both languages."""

from typing import Final

from api.wording import Words
from coldchain.places import Text
from rules.profile_diff import Value


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


SECTIONS: Final[dict[str, Text]] = {
    "storage": _t("储存限值", "storage limits"),
    "transport": _t("运输限值", "transport limits"),
    "hard_limit": _t("危急限值", "hard limit"),
    "delay": _t("报警延时", "delay"),
    "excuse": _t("开门与化霜宽限", "excuse of doors and defrosts"),
    "near_limit": _t("临界预警", "warning near a limit"),
    "product": _t("品种", "product"),
    "outing": _t("离库与退库", "out of storage, return to stock"),
    "four_hours": _t("四小时输注时限", "four-hour rule"),
    "issued": _t("发出后时限", "time from the issue"),
    "thawed": _t("解冻后时限", "time from thawing"),
    "opened": _t("开放后时限", "time from opening"),
    "expiry": _t("保存期", "shelf life"),
    "budget": _t("累计暴露限额", "cumulative budget"),
    "agitation": _t("振荡", "agitation"),
    "kinetic": _t("平均动力学温度", "mean kinetic temperature"),
    "vaccine": _t("疫苗热冻报警", "vaccine heat and freeze alarm"),
    "dead_band": _t("回差", "dead band"),
    "hold": _t("读数有效时间", "hold time of a reading"),
    "gap": _t("数据中断容许", "tolerance of a gap"),
    "sensor_fault": _t("探头故障", "sensor fault"),
    "plausibility": _t("探头可信性", "plausibility of a probe"),
    "manual_check": _t("人工巡检", "manual checks"),
    "record_interval": _t("记录间隔", "interval of records"),
    "retention": _t("记录保存年限", "years of records"),
}
KEYS: Final[dict[str, Text]] = {
    "low_celsius": _t("下限", "lower limit"),
    "high_celsius": _t("上限", "upper limit"),
    "low_inclusive": _t("等于下限算在限内", "the lower limit itself is inside"),
    "high_inclusive": _t("等于上限算在限内", "the upper limit itself is inside"),
    "at_or_below_celsius": _t("等于或低于", "at or below"),
    "below_celsius": _t("低于", "below"),
    "at_or_above_celsius": _t("等于或高于", "at or above"),
    "above_celsius": _t("高于", "above"),
    "air_s": _t("空气探头延时", "delay of an air probe"),
    "load_s": _t("负载探头延时", "delay of a load probe"),
    "delay_s": _t("延时", "delay"),
    "max_hours": _t("最长时间", "longest time"),
    "door_recovery_s": _t("关门后恢复", "recovery after a door"),
    "defrost_recovery_s": _t("化霜后恢复", "recovery after a defrost"),
    "at_most_s": _t("最多", "at most"),
    "margin_celsius": _t("距限值", "distance from the limit"),
    "kind": _t("类别", "kind"),
    "frozen": _t("冰冻保存", "kept frozen"),
    "thawed_above_celsius": _t("高于此温度疑似融化", "may have thawed above"),
    "frozen_at_or_below_celsius": _t("等于或低于此温度疑似冻结", "may have frozen at or below"),
    "returns": _t("退库", "return to stock"),
    "limit_min": _t("时限", "limit"),
    "limit_hours": _t("时限", "limit"),
    "warn_min": _t("预警", "warning after"),
    "occasions": _t("次数", "occasions"),
    "back_hours": _t("再次发出前在库", "back in storage before the next issue"),
    "warn_days": _t("到期前预警", "warning before the expiry"),
    "required": _t("须振荡", "required"),
    "forbidden": _t("禁止振荡", "forbidden"),
    "stopped_s": _t("允许停止", "may stand still for"),
    "single_min": _t("单次", "at a time"),
    "total_min": _t("累计", "in all"),
    "warn_percent": _t("预警比例", "warning at"),
    "itself": _t("等于该值也计", "the number itself counts"),
    "window_hours": _t("时间窗", "window"),
    "excursion_low_celsius": _t("偏离下限", "lowest excursion"),
    "excursion_high_celsius": _t("偏离上限", "highest excursion"),
    "excursion_hours": _t("偏离时限", "excursion for at most"),
    "transient_celsius": _t("瞬时上限", "highest for a short time"),
    "transient_hours": _t("瞬时时限", "that for at most"),
    "heat_above_celsius": _t("热报警高于", "heat alarm above"),
    "heat_min": _t("持续", "heat for"),
    "freeze_at_or_below_celsius": _t("冻报警等于或低于", "freeze alarm at or below"),
    "freeze_min": _t("持续", "freeze for"),
    "celsius": _t("温差", "difference"),
    "hold_s": _t("时间", "time"),
    "tolerance_s": _t("时间", "time"),
    "after_s": _t("时间", "time"),
    "flat_celsius": _t("不变：变化不超过", "flat: changes by no more than"),
    "flat_s": _t("不变：时间", "flat for"),
    "jump_celsius_per_min": _t("跳变（每分钟）", "jump in a minute"),
    "siblings_celsius": _t("两探头相差", "two probes apart by"),
    "siblings_s": _t("相差时间", "apart for"),
    "per_day": _t("每日次数", "times a day"),
    "apart_hours": _t("间隔至少", "apart by at least"),
    "unrecorded_hours": _t("无自动记录时最长间隔", "apart at most where nothing records by itself"),
    "storage_s": _t("储存", "in storage"),
    "transport_s": _t("运输", "in transport"),
    "outside_s": _t("超限时", "while outside"),
    "years": _t("年", "years"),
    "longest_days": _t("最长", "longest"),
    "status": _t("确认状态", "status"),
    "source": _t("出处", "source"),
    "evidence": _t("依据等级", "evidence"),
}
VALUES: Final[dict[str, Text]] = {
    "true": _t("是", "yes"),
    "false": _t("否", "no"),
    "never": _t("不得退回", "never"),
    "within-limit": _t("时限内可退回", "within the limit"),
    "proven": _t("有全程温度证明方可退回", "only with proof of its temperature"),
    "cells": _t("血细胞", "cells"),
    "plasma": _t("血浆", "plasma"),
    "vaccine": _t("疫苗", "vaccine"),
    "medicine": _t("药品", "medicine"),
    "reagent": _t("试剂", "reagent"),
    "tissue": _t("组织", "tissue"),
    "sample": _t("标本", "sample"),
    "to-be-confirmed": _t("待确认", "to be confirmed"),
    "confirmed": _t("已确认", "confirmed"),
    "none": _t("（无）", "(nothing)"),
}
_UNITS: Final = {"_s": "unit.s", "_min": "unit.min", "_hours": "unit.h", "_days": "unit.d"}


def section_text(name: str, words: Words) -> str:
    """Return what a section is called, with its number if there are several: "budget.2"."""
    section, _, number = name.partition(".")
    text = words.pick(SECTIONS[section]) if section in SECTIONS else section
    return f"{text} {number}" if number else text


def key_text(key: str, words: Words) -> str:
    """Return a whole key in words: "storage.high_celsius", "budget.2.total_min", "expiry.longest_days.CPD"."""
    parts = key.split(".")
    shown = [words.pick(SECTIONS[parts[0]])] if parts[0] in SECTIONS else []
    rest = parts[1:] if shown else parts
    return " · ".join([*shown, *(words.pick(KEYS[part]) if part in KEYS else part for part in rest)])


def value_text(key: str, value: Value | None, words: Words) -> str:
    """Return a value with its unit; None: the file says nothing."""
    if value is None:
        return words.pick(VALUES["none"])
    if isinstance(value, bool):
        return words.pick(VALUES["true" if value else "false"])
    if isinstance(value, str) and value in VALUES:
        return words.pick(VALUES[value])
    return f"{value}{_unit(key, words)}"


def _unit(key: str, words: Words) -> str:
    if key.endswith(("celsius", "celsius_per_min")):
        return " °C"
    if key.endswith("percent"):
        return " %"
    if "longest_days" in key:
        return f" {words.say('unit.d')}"
    unit = next((unit for end, unit in _UNITS.items() if key.endswith(end)), None)
    return "" if unit is None else f" {words.say(unit)}"
