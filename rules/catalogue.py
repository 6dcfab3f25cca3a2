"""The alert catalogue: what each rule is called, how grave it is at first, and what it does to units. Pure data.

Names, severities and effects follow the project's catalogue of alerts (PROP: project proposals unless a profile cites
a source for the number). A name never says "over temperature": too warm and too cold are different texts.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from coldchain.alarms import Severity
from coldchain.places import Text


class Effect(StrEnum):
    """What a rule does to units by itself."""

    NONE = "none"
    HOLD = "hold"
    BLOCK = "block"  # an act is refused, or a unit may not be used for something
    LIST = "list"  # units are named and not kept back


class CatalogueRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: its id, its names, its severity when nothing else is said, and its effect on units."""

    id: str
    name: Text
    severity: Severity
    effect: Effect


C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
_ROWS: Final = (
    ("A01", "储存温度越限", "Storage limit left", C, Effect.HOLD),
    ("A02", "危急限值", "Hard limit", C, Effect.HOLD),
    ("A03", "运输温度越限", "Transport limit left", C, Effect.HOLD),
    ("A04", "临界预警", "Close to a limit", H, Effect.NONE),
    ("A05", "数据中断", "Nobody measures", H, Effect.HOLD),
    ("A06", "断电", "Mains lost", H, Effect.LIST),
    ("A07", "预计越限", "Limit foreseen", H, Effect.LIST),
    ("A08", "离库时间过长", "Out of controlled storage too long", H, Effect.HOLD),
    ("A09", "四小时输注时限", "Four-hour transfusion clock", H, Effect.LIST),
    ("A10", "放错位置", "Wrong environment", C, Effect.HOLD),
    ("A11", "血小板振荡停止", "Platelet agitation stopped", H, Effect.LIST),
    ("A12", "疑似融化", "Frozen product may have thawed", C, Effect.HOLD),
    ("A13", "疑似冻结", "Cellular product may have frozen", C, Effect.HOLD),
    ("A14", "过期或近效期", "Expired or near expiry", H, Effect.BLOCK),
    ("A15", "隔离品异动", "Held unit in an available place", C, Effect.BLOCK),
    ("A16", "未放行品发出", "Unit sent out that is not released", C, Effect.BLOCK),
    ("A17", "违规调剂", "Movement that is not allowed", H, Effect.BLOCK),
    ("A18", "交接未双签", "Hand-over incomplete", H, Effect.NONE),
    ("A19", "收发不符", "Dispatch and receipt differ", H, Effect.HOLD),
    ("A20", "运输超时", "Leg overdue or box time exceeded", H, Effect.HOLD),
    ("A21", "偏航或滞留", "Off the route or standing still", M, Effect.NONE),
    ("A22", "中途开箱", "Box opened on the way", H, Effect.LIST),
    ("A23", "箱体未预冷", "Box not ready", M, Effect.BLOCK),
    ("A24", "混装", "Load that does not belong together", H, Effect.BLOCK),
    ("A25", "门未关", "Door open", M, Effect.NONE),
    ("A26", "再次越限", "Second excursion of a unit", H, Effect.HOLD),
    ("A27", "累计时间", "Cumulative exposure", H, Effect.HOLD),
    ("A28", "校准到期", "Calibration due", M, Effect.NONE),
    ("A29", "校准超差追溯", "Calibration failed: look back", C, Effect.LIST),
    ("A30", "传感器异常", "Sensor implausible", H, Effect.NONE),
    ("A31", "人工巡检漏检", "Manual check missed", M, Effect.NONE),
    ("A32", "报警未响应", "Alarm not acknowledged", C, Effect.NONE),
    ("A33", "报警测试到期", "Alarm test overdue", M, Effect.NONE),
    ("A34", "限值变更", "Limits changed", M, Effect.NONE),
    ("A35", "审计链断裂", "Audit chain broken", C, Effect.NONE),
    ("A36", "时钟漂移或重放", "Clock drift or replay", H, Effect.NONE),
    ("A37", "未知或重复标签", "Unknown or duplicate tag", M, Effect.NONE),
    ("A38", "库存不见", "Unit not found", H, Effect.LIST),
    ("A39", "未闭环", "Unit without a final state", M, Effect.NONE),
    ("A40", "库存预警", "Stock level", M, Effect.NONE),
    ("A41", "用血计划将超", "Plan will be exceeded", M, Effect.NONE),
    ("A42", "紧急用血未补录", "Emergency case open", M, Effect.LIST),
    ("A43", "设备劣化趋势", "Device getting worse", M, Effect.NONE),
    ("A44", "网关离线", "Gateway offline", H, Effect.NONE),
    ("A45", "低电量或弱信号", "Battery or signal low", L, Effect.NONE),
    ("A46", "环境温湿度", "Room too warm or humid", L, Effect.NONE),
    ("A47", "平均动力学温度越限", "Mean kinetic temperature", H, Effect.LIST),
    ("A48", "疫苗热或冻报警", "Vaccine heat or freeze alarm", C, Effect.LIST),
    ("A49", "人员资质过期", "Operator not qualified", M, Effect.NONE),
    ("A50", "库容", "Storage nearly full", L, Effect.NONE),
)

CATALOGUE: Final[Mapping[str, CatalogueRule]] = MappingProxyType(
    {
        id_: CatalogueRule(id=id_, name=Text(zh=zh, en=en), severity=severity, effect=effect)
        for id_, zh, en, severity, effect in _ROWS
    }
)
