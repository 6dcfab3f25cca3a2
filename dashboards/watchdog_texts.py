"""What the watchdog of Grafana says, in both languages at once: nobody knows who reads the mail at night.

What stands in `{{ }}` is put in by Grafana (Go's templates): the place, or other words where the rule found no data.
"""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


def _of(label: str, known: str, none: str) -> str:
    """Return words about what a label names, else others. Grafana leaves the label out where there was no data."""
    return f'{{{{ with index .Labels "{label}" }}}}{known}{{{{ else }}}}{none}{{{{ end }}}}'


_LOOK: Final = _t(
    "到现场查看各设备的显示和温度，人工记录；再检查服务器、InfluxDB 和网络。",
    "Go and look at the displays of all places and write the temperatures down; then see to server, InfluxDB, network.",
)

WATCHDOG_TEXTS: Final[dict[str, Text]] = {
    "centre.title": _t("冷链：中心没有消息", "Cold chain: the centre is silent"),
    "centre.summary": _t(
        "三分钟没有收到冷链系统的任何消息：系统、镜像或 InfluxDB 已停止，没有人在监测。",
        "Nothing came from the cold chain system for three minutes: it, the mirror or InfluxDB has stopped. "
        "Nobody watches.",
    ),
    "centre.advice": _LOOK,
    "states.title": _t("冷链：没有设备状态", "Cold chain: no states of places"),
    "states.summary": _t(
        "一分钟没有收到任何设备的状态：规则不再判定，墙面看板是暗的。",
        "No state of any place came for a minute: the rules no longer judge, and the wall is dark.",
    ),
    "states.advice": _LOOK,
    "mirror.title": _t("冷链：镜像落后", "Cold chain: the mirror lags"),
    "mirror.summary": _t(
        "镜像积压 5000 条以上未送出已 10 分钟：看板所示不是现在的情况。",
        "The mirror has had more than 5000 items to send for 10 minutes: what boards show is not how it is now.",
    ),
    "mirror.advice": _t(
        "查看服务器日志中的 mirror_is_held 和 dead_letter；以管理页面为准。",
        "Look for mirror_is_held and dead_letter in the log of the server. The console is right, the boards are not.",
    ),
    "site.title": _t("冷链：站点没有数据", "Cold chain: no data from a site"),
    "site.summary": _t(
        _of("site", "站点 {{ . }} 的所有网关 15 分钟没有消息。", "看不到任何站点的网关。"),
        _of("site", "No gateway of site {{ . }} was heard for 15 minutes.", "Nothing is known of any site."),
    ),
    "site.advice": _t(
        "到现场查看各设备的显示和温度，人工记录；检查该站点的网络、电源和网关。",
        "Go and look at the displays of the site and write the temperatures down; see to network, power and gateways.",
    ),
    "probe.title": _t("冷链：探头没有读数", "Cold chain: no readings of a probe"),
    "probe.summary": _t(
        _of("place", "设备 {{ . }} 有探头 30 分钟没有读数。", "看不到任何探头。"),
        _of("place", "A probe of place {{ . }} gave no reading for 30 minutes.", "Nothing is known of any probe."),
    ),
    "probe.advice": _t(
        "到现场查看该设备的显示和温度，人工记录；检查探头和网关。",
        "Go and look at the display of that place and write the temperature down; see to probe and gateway.",
    ),
    "warm.title": _t("冷链：远高于上限", "Cold chain: far above the limit"),
    "warm.summary": _t(
        _of("place", "设备 {{ . }} 的载荷探头 15 分钟内全部读数均高于上限 4 °C 以上（偏高）。", "没有载荷探头的读数。"),
        _of(
            "place",
            "All load readings of place {{ . }} in 15 minutes were more than 4 °C above its upper limit: too warm.",
            "There are no readings of any load probe.",
        ),
    ),
    "warm.advice": _t(
        "先按规程转移并隔离血液，再处理设备。此报警与系统自身的报警相互独立：请到管理页面核对。",
        "First move the blood and isolate it by your procedure, then see to the device. This alarm does not depend on "
        "those of the system: compare in the console.",
    ),
    "cold.title": _t("冷链：远低于下限", "Cold chain: far below the limit"),
    "cold.summary": _t(
        _of("place", "设备 {{ . }} 的载荷探头 15 分钟内全部读数均低于下限 2 °C 以上（偏低）。", "没有载荷探头的读数。"),
        _of(
            "place",
            "All load readings of place {{ . }} in 15 minutes were more than 2 °C below its lower limit: too cold.",
            "There are no readings of any load probe.",
        ),
    ),
    "cold.advice": _t(
        "先按规程转移并隔离血液，再处理设备。此报警与系统自身的报警相互独立：请到管理页面核对。",
        "First move the blood and isolate it by your procedure, then see to the device. This alarm does not depend on "
        "those of the system: compare in the console.",
    ),
    "unseen.title": _t("冷链：危急报警无人响应", "Cold chain: a critical alarm waits"),
    "unseen.summary": _t(
        _of("site", "站点 {{ . }} 有危急报警 30 分钟无人响应。", "看不到报警的情况。"),
        _of(
            "site",
            "A critical alarm of site {{ . }} has waited for 30 minutes; nobody has acknowledged it.",
            "Nothing is known of any alarm.",
        ),
    ),
    "unseen.advice": _t(
        "在管理页面查看并响应；确认系统自身的短信、电话等通道仍然有效。",
        "Open the console, look and acknowledge; make sure that the system's own messages still reach people.",
    ),
}
