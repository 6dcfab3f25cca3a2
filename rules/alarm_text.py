"""The full text of an alarm about a place, in Chinese and English: what, where, how long, what is inside, what first.

Too warm and too cold are different texts. When a condition has cleared, the text still says how many bags stay on hold.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from coldchain.places import Text

WARM, COLD = "too-warm", "too-cold"


class Rescue(msgspec.Struct, frozen=True, kw_only=True):
    """A place that keeps the same profile and is in range. `free`: None where nobody said its room.

    `how`: of a box on the road, how it is known that it is the nearest; None for a declared rescue fridge.
    """

    name: Text
    free: int | None = None
    how: Text | None = None


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside an alarm when its text is made: bags by how sure they are inside, holds, a rescue fridge.

    `since`: when it began, in the site's time. `road`: the place is a courier's box, and `expected` when it should
    arrive. `call`: whom to call now.
    """

    since: str
    inside: int
    possible: int
    held: int
    rescue: Rescue | None = None
    road: bool = False
    expected: Text | None = None
    call: Text | None = None


_FIRST: Final[Mapping[tuple[str, bool], Text]] = MappingProxyType(
    {
        (WARM, False): Text(
            zh="先做：关好门，查看电源与压缩机；仍偏高则把血袋移到备用设备，不要放入冷冻室。",
            en="First: shut the door, look at mains and compressor; if it stays too warm, move the bags to a rescue "
            "fridge, never into a freezer.",
        ),
        (COLD, False): Text(
            zh="先做：不要加热；查看温控设定，把血袋移到备用设备，检查是否冻结。",
            en="First: do not warm anything; look at the thermostat, move the bags to a rescue fridge and look whether "
            "any is frozen.",
        ),
        (WARM, True): Text(
            zh="送血员：不要开箱，离开热源，送往下面写明的地点。",
            en="Courier: keep the box shut and away from heat; go to the place named below.",
        ),
        (COLD, True): Text(
            zh="送血员：不要开箱，离开冷源，不要加冰，送往下面写明的地点。",
            en="Courier: keep the box shut, add no ice and keep it off cold packs; go to the place named below.",
        ),
    }
)
_NO_RESCUE: Final = Text(zh="没有可用的备用设备：请致电血站。", en="No rescue fridge is known: call the station.")


def around_text(direction: str, around: Around, *, over: bool = False) -> Text:
    """Return what stands under the first line of an alarm; `over`: its condition has cleared."""
    zh, en = [f"起始 {around.since}"], [f"Since {around.since}"]
    zh.append(f"内有 {around.inside} 袋" + (f"，另有 {around.possible} 袋可能在内" if around.possible else ""))
    en.append(f"{_bags(around.inside)} inside" + (f", {around.possible} more possibly" if around.possible else ""))
    if around.held or over:
        zh.append(f"仍有 {around.held} 袋暂停发放")
        en.append(f"{_bags(around.held)} on hold")
    first = None if over else _FIRST.get((direction, around.road))
    if first is not None:
        rescue = rescue_text(around.rescue, around.inside + around.possible)
        zh += [first.zh, rescue.zh]
        en += [first.en, rescue.en]
    if around.expected is not None and not over:
        zh.append(around.expected.zh)
        en.append(around.expected.en)
    if around.call is not None and not over:
        zh.append(around.call.zh)
        en.append(around.call.en)
    return Text(zh="\n".join(zh), en="\n".join(en))


def expected_text(at: str, journeys: int, moved: int = 0) -> Text:
    """Return when a box should arrive; `at` "": unknown, `journeys`: how many earlier ones that rests on, 0 none.

    `moved`: how often it was said anew since packing.
    """
    if not at:
        return Text(zh="预计到达时间未知", en="When it should arrive is unknown")
    if moved:
        return Text(zh=f"预计到达 {at}（装箱后改过 {moved} 次）", en=f"Expected {at} (moved {moved}× since packing)")
    if not journeys:
        return Text(zh=f"预计到达 {at}", en=f"Expected {at}")
    once = "1 earlier journey" if journeys == 1 else f"{journeys} earlier journeys"
    return Text(zh=f"预计到达 {at}（按以往 {journeys} 次运输）", en=f"Expected {at} (from {once})")


def rescue_text(rescue: Rescue | None, bags: int = 0) -> Text:
    """Return where so many bags can go; a room that nobody has said is unknown."""
    if rescue is None:
        return _NO_RESCUE
    zh = "空位未知" if rescue.free is None else f"空位 {rescue.free}"
    en = "room unknown" if rescue.free is None else f"room for {rescue.free}"
    if rescue.how is not None:
        return Text(
            zh=f"最近可接收 {bags} 袋：{rescue.name.zh}（{rescue.how.zh}；{zh}）",
            en=f"Nearest that can take {_bags(bags)}: {rescue.name.en} ({rescue.how.en}; {en})",
        )
    return Text(zh=f"备用设备：{rescue.name.zh}（{zh}）", en=f"Rescue fridge: {rescue.name.en} ({en})")


def _bags(n: int) -> str:
    return "1 bag" if n == 1 else f"{n} bags"
