"""One message for many alarms that were over before the centre heard of them: to be looked at, not run for. Pure.

A gateway that was cut off for days hands in everything at once. What is over by then is the same news to the same
people, so all of a minute goes out together once that minute is over; each alarm still waits for its acknowledgement.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from coldchain.alarms import RANK, Alarm, Severity
from coldchain.duties import Duty
from coldchain.places import Text
from rules.alarm_life import MINUTE_MS, over_on_arrival
from rules.alarm_plain import where_and_what

SUM_MS: Final = MINUTE_MS  # PROP: what waits since the same stretch of so long goes out together
LINES_MAX: Final = 12  # alarms that a summary names; of the others it says how many they are


def summed_with(alarm: Alarm, duty: Duty) -> str:
    """Return what a duty has in common with those that go out with it; "" if it goes out alone."""
    if not over_on_arrival(alarm) or alarm.withdrawn:
        return ""
    return f"over/{duty.site}/{alarm.waiting_ms // SUM_MS}/{duty.channel}/{duty.to}"


def collecting(alarm: Alarm, now_ms: int) -> bool:
    """Tell whether others may still come that go out with this one; not if the clock was set back meanwhile."""
    return 0 <= now_ms - alarm.waiting_ms // SUM_MS * SUM_MS < SUM_MS


def gravest_of(alarms: Iterable[Alarm]) -> Severity:
    """Return how grave the gravest of some alarms is."""
    return max((one.severity for one in alarms), key=lambda severity: RANK[severity])


def sum_words(
    alarms: Sequence[Alarm], place: Callable[[str], Text | None], clock: Callable[[int], str]
) -> tuple[str, str]:
    """Return (subject, text) of a summary, Chinese before English. `clock`: an instant in the site's time."""
    n = len(alarms)
    zh = f"报警汇总：{n} 个报警收到时已结束，均待确认；血袋状态不变"
    en = f"Alarms in sum: {n} were over when the centre heard of them; each waits to be acknowledged, holds stay"
    lines = [zh, en]
    for one in alarms[:LINES_MAX]:
        what = where_and_what(one, place(one.place))
        over = clock(one.since_ms if one.cleared_ms is None else one.cleared_ms)
        lines.append(f"{one.rule} · {one.id} · {clock(one.since_ms)} – {over}: {what.zh} / {what.en}")
    if n > LINES_MAX:
        lines.append(f"另有 {n - LINES_MAX} 个 / and {n - LINES_MAX} more")
    return f"{zh} / {en}", "\n".join(lines)
