"""The curve of a report as an SVG of our own: the band of the limits, unknown time in grey, one line a probe.

Points are those of the report's data, so that the picture is made of what the verification code covers.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from api.wording import Words
from coldchain.places import ProbeRole
from coldchain.reports import LimitsKept, ProbeHistory, Report, Stretch
from coldchain.temperature import MICRO, celsius_text

WIDTH, HEIGHT = 720, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 10, 36
MARGIN_MICRO: Final = MICRO  # above and below of what is drawn
MINUTE_MS: Final = 60_000
TIME_STEPS_MS: Final = tuple(
    MINUTE_MS * one for one in (5, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 7_200, 14_400, 43_200)
)
TIME_TICKS_MAX: Final = 7
VALUE_STEPS: Final = tuple(MICRO * one for one in (1, 2, 5, 10, 20, 50))
VALUE_TICKS_MAX: Final = 9
LINES: Final = {ProbeRole.LOAD: "#0f4c81", ProbeRole.AIR: "#8a5300"}
FONT: Final = "'Noto Sans CJK SC', sans-serif"


def curve_svg(report: Report, place: str, words: Words) -> Markup | None:
    """Return the curves of a place's probes; None if there is nothing to draw."""
    probes = [one for one in report.probes if one.place == place]
    values = [value for one in probes for value in one.curve.micro_celsius if value is not None]
    if not values:
        return None
    limits = next((one for one in report.limits if one.place == place), None)
    scale = _Scale(report.from_ms, report.to_ms, *_range(values, limits))
    parts = [_band(scale, limits, probes[0].parts), *_unknown(scale, probes), *_grid(scale, words)]
    parts += [_line(scale, one) for one in probes]
    drawn = Markup("").join(parts)
    label = escape(words.say("history.curve"))
    return Markup(
        '<svg class="curve" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(label, WIDTH, HEIGHT, WIDTH, HEIGHT, drawn)


def line_colour(role: str) -> str:
    """Return the colour of a probe's line, for the legend."""
    return LINES.get(ProbeRole(role), "#17212b")


class _Scale:
    """From ms and micro-degrees to the picture."""

    def __init__(self, from_ms: int, to_ms: int, low: int, high: int) -> None:
        self.from_ms, self.to_ms, self.low, self.high = from_ms, to_ms, low, high

    def x(self, at_ms: int) -> str:
        """Return where an instant is."""
        inside = min(max(at_ms, self.from_ms), self.to_ms) - self.from_ms
        return _number(LEFT * 100 + inside * (WIDTH - LEFT - RIGHT) * 100 // (self.to_ms - self.from_ms))

    def y(self, micro: int) -> str:
        """Return where a temperature is."""
        inside = self.high - min(max(micro, self.low), self.high)
        return _number(TOP * 100 + inside * (HEIGHT - TOP - BOTTOM) * 100 // (self.high - self.low))


def _number(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _range(values: Sequence[int], limits: LimitsKept | None) -> tuple[int, int]:
    shown = [*values]
    if limits is not None:
        shown += [limits.high_micro_celsius, *([] if limits.low_micro_celsius is None else [limits.low_micro_celsius])]
    return min(shown) - MARGIN_MICRO, max(shown) + MARGIN_MICRO


def _rect(x: str, y: str, right: str, bottom: str, fill: str) -> Markup:
    path = f"M{x} {y}H{right}V{bottom}H{x}Z"
    return Markup('<path d="{}" fill="{}"/>').format(path, fill)


def _band(scale: _Scale, limits: LimitsKept | None, parts: Sequence[Stretch]) -> Markup:
    """Draw the limits; the band only over the time that is told of: of a unit's place, while it was there."""
    if limits is None:
        return Markup("")
    low = scale.low if limits.low_micro_celsius is None else limits.low_micro_celsius
    left, right = scale.x(scale.from_ms), scale.x(scale.to_ms)
    high = scale.y(limits.high_micro_celsius)
    band = Markup("").join(
        _rect(scale.x(part.from_ms), high, scale.x(part.to_ms), scale.y(low), "#e3f1ea") for part in parts
    )
    edges = [limits.high_micro_celsius, *([] if limits.low_micro_celsius is None else [low])]
    lines = [
        Markup('<path d="{}" stroke="#2b5f4a" stroke-width="0.8" stroke-dasharray="4 3" fill="none"/>').format(
            f"M{left} {scale.y(edge)}H{right}"
        )
        for edge in edges
    ]
    return band + Markup("").join(lines)


def _unknown(scale: _Scale, probes: Sequence[ProbeHistory]) -> list[Markup]:
    """Shade what the first probe does not know; the lines of the others break where they do not."""
    top, bottom = _number(TOP * 100), _number((HEIGHT - BOTTOM) * 100)
    return [
        _rect(scale.x(one.from_ms), top, scale.x(one.to_ms), bottom, "#d3d8dd")
        for probe in probes[:1]
        for one in probe.unknown
    ]


def _grid(scale: _Scale, words: Words) -> list[Markup]:
    left, right, bottom = scale.x(scale.from_ms), scale.x(scale.to_ms), _number((HEIGHT - BOTTOM) * 100)
    parts = [
        Markup('<path d="{}" stroke="#566473" stroke-width="0.8" fill="none"/>').format(
            f"M{left} {TOP}V{bottom}H{right}"
        )
    ]
    step = _step(VALUE_STEPS, scale.high - scale.low, VALUE_TICKS_MAX)
    parts += [
        _text(_number(LEFT * 100 - 600), scale.y(micro), "end", f"{celsius_text(micro, 0)} °C", 4)
        for micro in range(-(-scale.low // step) * step, scale.high + 1, step)
    ]
    step = _step(TIME_STEPS_MS, scale.to_ms - scale.from_ms, TIME_TICKS_MAX)
    shift = words.offset_ms(scale.from_ms)
    for at_ms in range(-(-(scale.from_ms + shift) // step) * step - shift, scale.to_ms + 1, step):
        day, clock = words.when(at_ms).split(" ")
        x = scale.x(at_ms)
        parts.append(Markup('<path d="{}" stroke="#566473" stroke-width="0.8"/>').format(f"M{x} {bottom}v4"))
        parts.append(_text(x, bottom, "middle", clock[:5], 14))
        parts.append(_text(x, bottom, "middle", day[5:], 25))
    return parts


def _step(steps: Sequence[int], length: int, most: int) -> int:
    return next((step for step in steps if length <= step * most), -(-length // most))


def _text(x: str, y: str, anchor: str, text: str, down: int) -> Markup:
    return Markup(
        '<text x="{}" y="{}" dy="{}" text-anchor="{}" font-size="9.5" font-family="{}" fill="#17212b">{}</text>'
    ).format(x, y, down, anchor, FONT, text)


def _line(scale: _Scale, probe: ProbeHistory) -> Markup:
    path, pen = [], "M"
    for at_ms, micro in zip(probe.curve.taken_ms, probe.curve.micro_celsius, strict=True):
        if micro is None:
            pen = "M"
            continue
        path.append(f"{pen}{scale.x(at_ms)} {scale.y(micro)}")
        if pen == "M":
            path.append("h0.01")  # a reading on its own is a dot, not nothing
        pen = "L"
    return Markup(
        '<path d="{}" fill="none" stroke="{}" stroke-width="1.3" stroke-linejoin="round" stroke-linecap="round"/>'
    ).format("".join(path), line_colour(probe.role))
