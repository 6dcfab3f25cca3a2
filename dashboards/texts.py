"""Every text of the boards in Chinese and English, by key.

The words for states are those of the console. Cold is never called too warm, and no text calls a place or a unit good.
"""

from enum import StrEnum
from typing import Final

from coldchain.places import Text
from dashboards.alarms_texts import ALARMS_TEXTS
from dashboards.device_texts import DEVICE_TEXTS
from dashboards.ingest_texts import INGEST_TEXTS
from dashboards.transport_texts import TRANSPORT_TEXTS


class Language(StrEnum):
    """The language of a set of boards; it is the end of their uids."""

    ZH = "zh"
    EN = "en"


def say(language: Language, key: str) -> str:
    """Return a text. A key that is not there is our mistake: KeyError."""
    text = TEXTS[key]
    return text.zh if language is Language.ZH else text.en


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


TEXTS: Final[dict[str, Text]] = {
    # What stands where nothing came
    "no-data": _t("无数据，请到现场查看", "No data: go and look"),
    "more.none": _t("无遗漏", "nothing left out"),
    "empty": _t("列表为空", "The list is empty"),
    "empty.needs": _t(
        "没有需要处理的设备；若上方各格变暗，则是没有数据，请到现场查看",
        "No place needs you. If the tiles above are dark there is no data: go and look",
    ),
    "empty.chart": _t("这段时间没有数据，情况未知", "No data in this time: unknown"),
    "never": _t("从未", "never"),
    # How a place stands (coldchain.standing.PlaceState, by the mirror's level)
    "level.0": _t("在限值内", "within limits"),
    "level.1": _t("需查看", "needs a look"),
    "level.2": _t("探头故障", "probe failed"),
    "level.3": _t("没有数据，情况未知", "no data: unknown"),
    "level.4": _t("超出限值，延时计时中", "outside limits, delay running"),
    "level.5": _t("未测量", "not measured"),
    "level.6": _t("偏低", "too cold"),
    "level.7": _t("偏高", "too warm"),
    "level.8": _t("未确认", "not confirmed"),
    "level.9": _t("探头检测中", "probe under check"),
    "level.-1": _t("停用", "out of use"),
    # The same in as few letters as a small tile has room for
    "short.0": _t("在限值内", "within limits"),
    "short.1": _t("需查看", "needs a look"),
    "short.2": _t("探头故障", "probe failed"),
    "short.3": _t("情况未知", "unknown"),
    "short.4": _t("超出限值", "outside"),
    "short.5": _t("未测量", "not measured"),
    "short.6": _t("偏低", "too cold"),
    "short.7": _t("偏高", "too warm"),
    "short.8": _t("未确认", "not confirmed"),
    "short.9": _t("检测中", "under check"),
    "short.-1": _t("停用", "out of use"),
    "short.no-data": _t("无数据", "no data"),
    # Names of figures
    "place": _t("设备", "Place"),
    "name": _t("名称", "Name"),
    "state": _t("状态", "State"),
    "value.last": _t("上次", "last"),
    "value.none": _t("尚无读数", "no reading yet"),
    "value.no-probe": _t("没有探头", "no probe"),
    "value.load": _t(" 载荷", " load"),
    "value.air": _t(" 空气", " air"),
    "age": _t("读数距今", "Reading age"),
    "since": _t("状态始于", "Since"),
    "inside": _t("箱内（袋）", "Bags inside"),
    "possible": _t("可能在内（袋）", "Possibly inside"),
    "on-hold": _t("暂停发放（袋）", "Bags on hold"),
    "inside.short": _t("箱内", "inside"),
    "possible.short": _t("可能在内", "possibly"),
    "on-hold.short": _t("暂停发放", "on hold"),
    "limits": _t("限值", "Limits"),
    "confirmed.0": _t("尚未确认", "not yet confirmed"),
    "confirmed.1": _t("已批准", "approved"),
    "approved.0": _t("尚未确认", "unconfirmed"),
    "approved.1": _t("已批准", "approved"),
    "text": _t("情况和下一步", "What it is, what to do"),
    "start": _t("开始", "Start"),
    "end": _t("结束", "End"),
    "end.0": _t("仍在持续", "going on"),
    "end.open": _t("仍在持续", "going on"),
    "direction": _t("偏离", "Direction"),
    "direction.too-warm": _t("偏高", "too warm"),
    "direction.too-cold": _t("偏低", "too cold"),
    "direction.none": _t("—", "—"),
    "kind": _t("类别", "Kind"),
    "kind.excursion": _t("温度偏离", "excursion"),
    "kind.unmeasured": _t("长时间未测量", "not measured"),
    "kind.sensor-fault": _t("探头故障", "sensor fault"),
    "status": _t("记录状态", "Status"),
    "status.open": _t("持续中", "open"),
    "status.closed": _t("已结束", "ended"),
    "status.withdrawn": _t("已撤回", "withdrawn"),
    "peak": _t("极值 °C", "Peak °C"),
    "out": _t("超出限值", "Outside"),
    "unknown": _t("未知", "Unknown"),
    "version": _t("版本", "Version"),
    "title": _t("异常", "Finding"),
    "id": _t("记录编号", "Record"),
    "units": _t("袋数", "Bags"),
    "probe": _t("探头", "Probe"),
    "role": _t("位置", "Where"),
    "role.load": _t("载荷", "load"),
    "role.air": _t("空气", "air"),
    "taken": _t("读数时间", "Taken"),
    "celsius": _t("温度 °C", "°C"),
    "quality": _t("读数", "Reading"),
    "quality.0": _t("已测得", "measured"),
    "quality.1": _t("无传感器", "no sensor"),
    "quality.2": _t("读数不可信", "implausible reading"),
    "quality.3": _t("传感器故障", "sensor fault"),
    "profile": _t("限值文件", "Profile"),
    "edition": _t("版次", "Edition"),
    "low": _t("下限", "Low limit"),
    "high": _t("上限", "High limit"),
    "low.table": _t("下限 °C", "Low °C"),
    "high.table": _t("上限 °C", "High °C"),
    "max": _t("最高", "highest"),
    "min": _t("最低", "lowest"),
    # Contacts: 1 is the unusual state
    "contact.door": _t("门", "Door"),
    "contact.mains": _t("市电", "Mains"),
    "contact.ups": _t("UPS", "UPS"),
    "contact.defrost": _t("除霜", "Defrost"),
    "contact.motion": _t("振荡", "Agitation"),
    "door.0": _t("关", "closed"),
    "door.1": _t("开", "open"),
    "mains.0": _t("有电", "present"),
    "mains.1": _t("断电", "lost"),
    "ups.0": _t("市电供电", "on mains"),
    "ups.1": _t("电池供电", "on battery"),
    "defrost.0": _t("未除霜", "not defrosting"),
    "defrost.1": _t("除霜中", "defrosting"),
    "motion.0": _t("振荡中", "moving"),
    "motion.1": _t("停止", "stopped"),
    # Choices at the top of a board, and links
    "var.ds": _t("数据源", "Data source"),
    "var.site": _t("站点", "Site"),
    "var.place": _t("设备", "Place"),
    "var.console": _t("管理页面地址", "Address of the console"),
    "link.site": _t("站点详情", "Site in detail"),
    "link.wall": _t("墙面看板", "Wall"),
    "link.console": _t("打开管理页面", "Open the console"),
    "link.place": _t("在管理页面查看此设备", "This place in the console"),
    "link.finding": _t("在管理页面查看此记录", "This finding in the console"),
    # The wall
    "wall.title": _t("冷链 · 墙面看板", "Cold chain · Wall"),
    "wall.about": _t(
        "每台设备一行。颜色只来自系统判定的状态；60 秒内没有新状态即变暗。",
        "One row for each place. Colour comes only from the state that the rules give; dark after 60 s without one.",
    ),
    "wall.row": _t("设备 ${place}", "Place ${place}"),
    "wall.overview.about": _t(
        "每台登记的设备一格，状态最严重的在前。60 秒内没有新状态的，变暗并写明请到现场查看。",
        "A tile for each registered place, the gravest state first. One without a new state within 60 s goes dark and "
        "says go and look.",
    ),
    "wall.needs": _t("现在需要处理", "Needs you now"),
    "wall.needs.about": _t(
        "状态不是“在限值内”的设备。列表为空并不说明系统正常：请看设备格是否变暗。",
        "Places in any other state than within limits. An empty list does not prove that the system is alive: "
        "see whether the tiles are dark.",
    ),
    "wall.findings": _t("持续中的异常", "Open findings"),
    "wall.findings.about": _t(
        "尚未结束的异常记录，一年以内，最严重的在前（危险限值、其他限值、未测量、传感器），各类中最新的在前，"
        "最多 100 项；其余的数量见右侧。",
        "Findings that have not ended, of the last year, the gravest first (hard limits, other limits, time that "
        "nobody measured, sensors), of each the newest; at most 100, and beside the list stands how many more there "
        "are. Holds outlast them.",
    ),
    "wall.findings.more": _t("另有", "More of these"),
    "wall.findings.more.about": _t(
        "左侧列表最多列出 100 项；这里是没有列出的数量。",
        "The list beside shows at most 100; this is how many it has no room for.",
    ),
    "places.more": _t("未画出", "Not drawn"),
    "places.more.about": _t(
        "左侧最多画 100 格；这里是没有画出的设备数量，包括没有数据的。",
        "At most 100 tiles are drawn beside; this is how many places have none, silent ones among them.",
    ),
    "site.findings.more": _t("未列出", "Not listed"),
    "site.findings.more.about": _t(
        "左侧列表最多列出 500 项；这里是没有列出的数量。",
        "The list beside shows at most 500; this is how many it has no room for.",
    ),
    "wall.holds": _t("暂停发放，按异常", "On hold, by finding"),
    "wall.holds.about": _t(
        "每项异常使多少袋血液暂停发放，包括已离开设备的；异常结束后仍然有效，须由人决定。同一袋可能涉及多项异常。",
        "How many bags each finding keeps on hold, also those that have left. It stays after the finding, until a "
        "person decides. One bag may be in several findings.",
    ),
    "wall.held": _t("设备内暂停发放", "On hold in the places"),
    "wall.held.about": _t(
        "各设备内（含可能在内）暂停发放的袋数之和。", "Bags on hold that are inside or possibly inside, all places."
    ),
    "wall.gateways": _t("网关：距上次通信", "Gateways: last heard"),
    "wall.gateways.about": _t(
        "时:分:秒。在途的运血箱本来就可能长时间没有通信。",
        "Hours:minutes:seconds. A courier's box on its way may well be silent for hours.",
    ),
    # Tiles of one place
    "tile.name.about": _t("设备名称。", "The name of the place."),
    "tile.state.about": _t(
        "由系统规则判定的状态。60 秒内没有新状态即变暗。", "The state that the rules give. Dark after 60 s without one."
    ),
    "tile.value.about": _t(
        "最近一次读数，未取整，并注明载荷探头或空气探头。",
        "The last reading, not rounded, and whether it is of the load or the air probe.",
    ),
    "tile.bags.about": _t(
        "确定在内、可能在内的袋数，以及其中暂停发放的袋数。",
        "Bags certainly inside, possibly inside, and how many of both are on hold.",
    ),
    "tile.standing.about": _t(
        "最近读数距今（时:分:秒）、状态开始的时间。",
        "Age of the last reading (hours:minutes:seconds), and since when the state holds.",
    ),
    "tile.edition.about": _t(
        "所用限值文件、版次，以及是否经质量管理者批准。",
        "Whose limits hold here, their edition, and whether a quality manager has approved them.",
    ),
    # The site board
    "site.title": _t("冷链 · 站点与冷藏设备", "Cold chain · Site and cold room"),
    "site.about": _t(
        "一台设备的温度、门、电源与异常；下方为全站状态与限值。",
        "Temperature, door, power and findings of one place; below, the states and limits of the whole site.",
    ),
    "site.curve": _t("温度与限值", "Temperature and limits"),
    "site.curve.about": _t(
        "每个探头在每一小段内的最高与最低值，不取平均。虚线为现行限值，中间为限值范围。"
        "没有测得的时间超过 5 分钟即断开。",
        "Highest and lowest of each probe in each small span, never a mean. Dashed: the limits that hold now, and the "
        "band between them. A line breaks where nothing was measured for more than 5 minutes.",
    ),
    "site.contacts": _t("门、除霜、电源、振荡与探头", "Door, defrost, power, agitation, probes"),
    "site.contacts.about": _t(
        "与上图同一时间轴。每一小段内出现过异常状态的，画异常状态。空白为未知：网关没有报告，或晚 12 小时以上才到。",
        "The same time axis as above. Of a small span in which a contact was in its unusual state, that is drawn. An "
        "empty lane is unknown: its gateway said nothing, or told it more than 12 hours late.",
    ),
    "site.findings": _t("异常记录", "Findings"),
    "site.findings.about": _t(
        "与所选时间重叠的异常记录，持续中的在前，最多 500 项。持续中的记录，极值与时长以管理页面为准。",
        "Findings that overlap the chosen time, those that go on first, at most 500. Peak and durations of those that "
        "go on are in the console.",
    ),
    "site.bags": _t("箱内与暂停发放的血液", "Bags inside and on hold"),
    "site.bags.about": _t(
        "袋数。只在系统运行时记录；断开处为未知。", "Bags. Recorded while the system runs; a break is unknown."
    ),
    "site.probes": _t("探头的最近读数", "Last reading of each probe"),
    "site.probes.about": _t(
        "所选时间内的最近一次，未取整。没有温度时写明原因。",
        "The last one in the chosen time, not rounded. Where it is no temperature, why.",
    ),
    "site.states": _t("全站设备状态", "States of all places"),
    "site.states.about": _t(
        "由系统规则判定，每小段取最严重者。空白为没有状态，即未知。",
        "As the rules gave them, the gravest of each small span. Where it is empty there was none: unknown.",
    ),
    "site.limits": _t("限值文件与版次", "Profiles and editions"),
    "site.limits.about": _t(
        "各设备所用的限值。“尚未确认”表示质量管理者尚未按现行版本批准。",
        "The limits that each place keeps. Not yet confirmed: no quality manager has approved them against the edition "
        "in force.",
    ),
    "site.notes": _t("怎样读这块看板", "How to read this board"),
    "site.notes.about": _t("说明。", "Notes."),
    "site.notes.text": _t(
        "- **未知不等于在限值内。** 曲线断开、状态空白，都是没有测得。\n"
        "- **系统只暂停发放，由人决定。** 温度恢复后，已暂停发放的血液仍须质量管理者处理。\n"
        "- **限值** 标为“尚未确认”的，尚未按现行版本批准。\n"
        "- 这里是镜像，供查看；证据、处理与签字在管理页面。",
        "- **Unknown is not within limits.** Where a curve breaks or a state is empty, nothing was measured.\n"
        "- **The system holds, people decide.** When the cold is back, bags on hold stay so until a quality manager "
        "has decided.\n"
        "- **Limits** marked as not yet confirmed have not been approved against the edition in force.\n"
        "- This is a mirror to look at. Evidence, decisions and signatures are in the console.",
    ),
    **TRANSPORT_TEXTS,
    **ALARMS_TEXTS,
    **DEVICE_TEXTS,
    **INGEST_TEXTS,
}
