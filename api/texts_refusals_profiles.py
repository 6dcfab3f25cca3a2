"""What is refused of the file of a profile, in Chinese; keys and sections stand as they do in the file."""

from typing import Final

_OF: Final = r"the profile's (?P<a>.+) in (?P<b>.+) is (?P<c>.+): "
_IN: Final = "限值方案文件 {b} 中的 {a} 为 {c}，不符合要求："

OF_FILES: Final[tuple[tuple[str, str], ...]] = (
    (r"the profile lacks the key (?P<a>.+?): the section (?P<b>.+)", "限值方案文件缺少 {b} 一节（{a}）。"),
    (r"the profile lacks the key (?P<a>.+) in (?P<b>.+)", "限值方案文件的 {b} 中缺少 {a}。"),
    (
        r"profile (?P<a>.+): hard limits must lie outside the limits, .+",
        "限值方案 {a}：极限须在限值之外，下限低于上限（[storage] 等节）。",
    ),
    (
        r"profile (?P<a>.+): the dead band leaves no room inside the limits",
        "限值方案 {a}：回差过大，限值之内没有余地。",
    ),
    (
        r"profile (?P<a>.+): hold\.hold_s must be above 0 and below gap\.tolerance_s",
        "限值方案 {a}：hold.hold_s 须大于 0 且小于 gap.tolerance_s。",
    ),
    (
        r"the profile's \[\[(?P<a>.+)\]\] is of the wrong type: 1 to (?P<b>\d+) tables .+",
        "限值方案文件的 [[{a}]] 类型不对：须为 1 至 {b} 个表。",
    ),
    (r"the profile has (?P<a>\d+) bytes: at most (?P<b>\d+) are allowed", "限值方案文件有 {a} 字节：最多 {b} 字节。"),
    (r"the profile is not readable TOML: (?P<a>.+)", "限值方案文件不是可读的 TOML：{a}"),
    (
        r"the profile's thawed_above_celsius in \[product\] needs .+",
        "[product] 中的 thawed_above_celsius 须配合 frozen = true，且不得低于上限。",
    ),
    (
        r"the profile's frozen_at_or_below_celsius in \[product\] needs .+",
        "[product] 中的 frozen_at_or_below_celsius 须配合 frozen = false，且须低于上限。",
    ),
    (
        r"the profile's \[\[kinetic\]\] is not allowed here: .+",
        "此处不得使用 [[kinetic]]：平均动力学温度只用于药品和试剂，不用于血细胞、血浆和任何冷冻品。",
    ),
    (
        r"the profile's margin_celsius in \[near_limit\] leaves .+",
        "[near_limit] 中的 margin_celsius 过大，限值之内没有余地。",
    ),
    (r"the profile's \[vaccine\] is allowed only .+", "[vaccine] 只用于 [product] 的类别 vaccine。"),
    (
        r"the profile's freeze_at_or_below_celsius in \[vaccine\] must lie .+",
        "[vaccine] 中的 freeze_at_or_below_celsius 须低于 heat_above_celsius。",
    ),
    (_OF + r"a text of 1 to (?P<d>\d+) characters is allowed", _IN + "须为 1 至 {d} 个字符的文字。"),
    (_OF + r"allowed: (?P<d>.+)", _IN + "可用 {d}。"),
    (_OF + r"true or false are allowed", _IN + "须为 true 或 false。"),
    (_OF + r"whole (?P<d>.+), (?P<e>\d+) or more, are allowed", _IN + "须为整数（{d}），不小于 {e}。"),
    (_OF + r"that is of the wrong type; degrees Celsius .+", _IN + '须为带引号的摄氏度，例如 "6.0"。'),
    (_OF + r"no such temperature is measured", _IN + "不可能有这样的温度。"),
    (_OF + r"a difference of 0 or more is allowed", _IN + "须为不小于 0 的温差。"),
    (
        _OF + r"small letters and digits .+, at most (?P<d>\d+)",
        _IN + "须为小写字母和数字，可含单个连字符，最多 {d} 个字符。",
    ),
    (_OF + r"(?P<d>\d+) to (?P<e>\d+) are allowed", _IN + "须为 {d} 至 {e}。"),
    (_OF + r"(?P<d>\d+) or more are allowed", _IN + "须不小于 {d}。"),
    (_OF + r"it goes together with low_inclusive, .+", _IN + "须与 low_inclusive 同时填写；没有下限则都不填。"),
    (_OF + r"it goes together with transient_hours, or neither", _IN + "须与 transient_hours 同时填写，或都不填。"),
    (_OF + r"it stands beside (?P<d>.+); one of them is allowed", _IN + "不得与 {d} 同时填写。"),
    (_OF + r"agitation cannot be required and forbidden at once", _IN + "振荡不能既为必需又被禁止。"),
    (_OF + r"more than 0 is allowed, and no more than .+", _IN + "须大于 0，且不超过 within_hours 的时间窗。"),
    (_OF + r"a return within the limit needs the key limit_min", _IN + "限时退回须填写 limit_min。"),
    (_OF + r"a warning at or before the limit is allowed", _IN + "预警须不晚于限值。"),
    (_OF + r"at most (?P<d>\d+) processes are allowed", _IN + "最多 {d} 种加工。"),
    (
        _OF + r"above_celsius or below_celsius is allowed, or neither",
        _IN + "above_celsius 与 below_celsius 只能填其一，或都不填。",
    ),
    (
        _OF + r"one of total_min, single_min and occasions is needed",
        _IN + "total_min、single_min、occasions 至少须填其一。",
    ),
    (_OF + r"a temperature below excursion_high_celsius is allowed", _IN + "须低于 excursion_high_celsius。"),
    (_OF + r"temperature .+ is not allowed: .+", _IN + "须为摄氏度，最多六位小数。"),
    (
        r"the profile's (?P<a>.+) is of the wrong type: a table of keys is allowed",
        "限值方案文件的 {a} 类型不对：须为表。",
    ),
    (r"the profile has the unknown key (?P<a>.+) in (?P<b>.+)", "限值方案文件的 {b} 中有未知的键 {a}。"),
    (_OF + r"(?P<d>.+)", _IN + "请更正（英文说明：{d}）。"),
)
