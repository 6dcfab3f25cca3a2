"""The words of the gateway's own page, Chinese and English."""

from typing import Final

LANGUAGES: Final = ("zh", "en")
_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("网关 {gateway}（{site}）", "Gateway {gateway} of {site}"),
    "asof": ("截至 {time}，每 15 秒自动刷新", "as of {time}, refreshed every 15 s"),
    "lead": (
        "本页只显示本网关自己看到的，不代替中心系统的记录。",
        "This page shows what this gateway itself sees. It does not stand in for the record of the centre.",
    ),
    "other": ("English", "中文"),
    "alarms": ("现场报警", "Local alarms"),
    "alarms.none": ("当前没有现场报警", "no local alarm stands"),
    "alarms.muted": ("已静音，到 {time}", "muted until {time}"),
    "alarms.sounding": ("正在鸣响", "sounding"),
    "nolimits": (
        "还没有从中心收到限值：本网关不会报警！请检查与中心的连接。",
        "No limits have come from the centre yet: this gateway raises no alarm! Check the line to the centre.",
    ),
    "limits": ("限值第 {version} 版，中心生成于 {time}", "limits version {version}, made by the centre at {time}"),
    "output.failing": ("报警输出故障：{name}", "an alarm output fails: {name}"),
    "since": ("自 {time} 起", "since {time}"),
    "limit": ("限值 {value}", "limit {value}"),
    "too-warm": ("偏高", "too warm"),
    "too-cold": ("偏低", "too cold"),
    "unmeasured": ("长时间没有测量", "nobody measured for long"),
    "sensor-fault": ("探头故障", "sensor fault"),
    "excursion": ("超出限值", "outside the limits"),
    "door-open": ("门开得太久", "door open for long"),
    "mains-lost": ("市电断电", "mains lost"),
    "ups-on-battery": ("UPS 由电池供电", "UPS on battery"),
    "agitation-stopped": ("振荡已停止", "agitation stopped"),
    "device-silent": ("设备不应答", "device does not answer"),
    "probe": ("探头", "probe"),
    "load": ("血液侧", "load"),
    "air": ("空气侧", "air"),
    "contact": ("触点", "contact"),
    "reader": ("读写器", "reader"),
    "never": ("尚未收到", "not heard yet"),
    "ago": ("{age}前", "{age} ago"),
    "silent": ("不应答", "does not answer"),
    "novalue": ("无温度（探头无有效值）", "no temperature (the probe gives none)"),
    "stale": ("数据已旧", "old"),
    "range": ("限值 {low} 至 {high}", "limits {low} to {high}"),
    "range.high": ("限值：不高于 {high}", "limit: not above {high}"),
    "unconfirmed": ("限值尚未经质量管理人员确认", "limits not yet confirmed by a quality manager"),
    "bags": (
        "箱内 {inside} 袋，另有可能 {possible} 袋（中心，{time}）",
        "{inside} bags inside, {possible} more possibly (the centre, {time})",
    ),
    "bags.reader": ("读写器现认为箱内有 {n} 个标签", "the reader now holds {n} tags to be inside"),
    "bags.list": ("血袋清单", "list of bags"),
    "bags.possibly": ("可能", "possibly"),
    "site": ("全站", "whole site"),
    "elsewhere": ("其他设备", "other devices"),
    "upkeep": ("网关", "Gateway"),
    "link": ("与中心的连接", "line to the centre"),
    "link.offline": ("断开，数据存于本网关", "down; the data are kept here"),
    "link.asking": ("等待中心答复", "waiting for the centre's answer"),
    "link.sending": ("正常", "up"),
    "spool": ("待上传", "waiting to go up"),
    "spool.rows": ("{rows} 条，最早 {time}", "{rows} rows, the oldest of {time}"),
    "spool.none": ("没有积压", "nothing"),
    "clock": ("时钟", "clock"),
    "clock.trusted": ("可信", "believed"),
    "clock.unset": ("未校时：时间不可信", "never set: its times are not believed"),
    "port.absent": ("端口不存在：{port}", "port is not there: {port}"),
    "door-opened": ("打开", "open"),
    "door-closed": ("关闭", "shut"),
    "mains-restored": ("市电正常", "mains present"),
    "ups-on-mains": ("UPS 由市电供电", "UPS on mains"),
    "defrost-began": ("化霜中", "defrosting"),
    "defrost-ended": ("未化霜", "not defrosting"),
    "agitation-resumed": ("振荡中", "moving"),
}
_ROWS: Final = {name: dict(zip(LANGUAGES, texts, strict=True)) for name, texts in _TEXTS.items()}


def say(language: str, text: str, /, **values: object) -> str:
    """Return a text in a language; a name that has none is shown as it is."""
    texts = _ROWS.get(text)
    return text if texts is None else texts[language].format(**values)


def age(language: str, ms: int) -> str:
    """Return a length of time in words, rounded down."""
    seconds = max(0, ms) // 1_000
    if seconds < 120:
        return f"{seconds} 秒" if language == "zh" else f"{seconds} s"
    if seconds < 7_200:
        return f"{seconds // 60} 分钟" if language == "zh" else f"{seconds // 60} min"
    return f"{seconds // 3_600} 小时" if language == "zh" else f"{seconds // 3_600} h"
