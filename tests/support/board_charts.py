"""Curves and state timelines of a board as plain SVG, for the preview."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import pairwise
from typing import Any, Final

from support.board_display import ZONE, Look, in_unit, look
from support.board_targets import Frame, Json

AXIS: Final = 100
PALETTE: Final = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9")
GRID: Final = "#2b2f36"
INK: Final = "#c7ccd1"
WORD_PX: Final = 7


@dataclass(frozen=True, slots=True)
class Area:
    """The part of a picture in which time and values have their place."""

    left: float
    top: float
    width: float
    height: float
    from_ms: int
    to_ms: int
    low: float = 0
    high: float = 1

    def x(self, at_ms: float) -> float:
        """Return where an instant stands, kept inside."""
        share = (at_ms - self.from_ms) / (self.to_ms - self.from_ms)
        return self.left + self.width * min(max(share, 0), 1)

    def y(self, value: float) -> float:
        """Return where a value stands."""
        return self.top + self.height * (1 - (value - self.low) / (self.high - self.low))


def curves(panel: Json, frames: list[Frame], size: tuple[int, int], span: tuple[int, int], marks: list[Json]) -> str:
    """Return the curves of a panel; marks are the findings over them: start, end (None: it goes on), words."""
    width, height = size
    values = [v for frame in frames for v in frame.columns[1].values if v is not None]
    if not values:
        return _empty(panel)
    stacks = _stacks(panel, frames)
    low, high = min(values), max([*values, *(base + value for stack in stacks for _, base, value in stack)])
    room = (high - low) * 0.06 or 0.5
    floor = panel["fieldConfig"]["defaults"].get("min", low - room)
    area = Area(AXIS, 6, width - AXIS - 8, height - 54, *span, low=floor, high=high + room)
    parts = [*_grid(area, look(panel, frames[0].columns[1].name)), *_marks(area, marks)]
    parts += _bands(panel, frames, area)
    names = []
    for at, frame in enumerate(frames):
        shown = look(panel, frame.columns[1].name)
        color = shown.color.get("fixedColor") or PALETTE[at % len(PALETTE)]
        names.append((shown.name, color))
        parts += _bars(stacks[at], area, color) if stacks else _line(frame, shown, area, color)
    return _svg(size, [*parts, *_legend(names, height)])


def timeline(panel: Json, frames: list[Frame], size: tuple[int, int], span: tuple[int, int]) -> str:
    """Return the lanes of a state timeline."""
    width, height = size
    if not frames:
        return _empty(panel)
    area = Area(AXIS, 2, width - AXIS - 8, height - 26, *span)
    lane = area.height / len(frames)
    parts = list(_hours(area))
    for at, frame in enumerate(frames):
        shown = look(panel, frame.columns[1].name)
        top = area.top + at * lane
        parts.append(_text(AXIS - 6, top + lane / 2 + 4, shown.name, "end"))
        for from_ms, to_ms, value in _spells(frame, span[1]):
            display = shown.display(value, span[1])
            x, w = area.x(from_ms), max(area.x(to_ms) - area.x(from_ms), 1)
            parts.append(
                f'<rect x="{x:.1f}" y="{top + lane * 0.1:.1f}" width="{w:.1f}" height="{lane * 0.8:.1f}" '
                f'fill="{display.color or "#444"}"/>'
            )
            if len(display.text) * WORD_PX * 1.6 < w:
                parts.append(_text(x + 4, top + lane / 2 + 4, display.text, "start", "word"))
    return _svg(size, parts)


def _spells(frame: Frame, end_ms: int) -> Iterator[tuple[int, int, Any]]:
    """Yield each time for which a value stood: until the next row, and nothing where the value is none."""
    times, values = (column.values for column in frame.columns)
    start = 0
    for at in range(1, len(times) + 1):
        if at == len(times) or values[at] != values[start]:
            if values[start] is not None:
                yield times[start], times[at] if at < len(times) else end_ms, values[start]
            start = at


def _line(frame: Frame, shown: Look, area: Area, color: str) -> Iterator[str]:
    dash = ' stroke-dasharray="10 8"' if "lineStyle" in shown.custom else ""
    stepped = shown.custom["lineInterpolation"] == "stepAfter"
    for points in _runs(frame, shown.custom["spanNulls"]):
        path = [f"M{area.x(points[0][0]):.1f} {area.y(points[0][1]):.1f}"]
        step = "H{:.1f}V{:.1f}" if stepped else "L{:.1f} {:.1f}"
        path += [step.format(area.x(at), area.y(value)) for at, value in points[1:]]
        yield (
            f'<path d="{"".join(path)}" fill="none" stroke="{color}" stroke-width="{shown.custom["lineWidth"]}"{dash}/>'
        )


def _runs(frame: Frame, span_ms: int) -> Iterator[list[tuple[int, float]]]:
    """Yield the parts of a curve between which nothing came for longer than span_ms."""
    run: list[tuple[int, float]] = []
    null = False
    for at, value in zip(*(column.values for column in frame.columns), strict=True):
        if value is None:
            null = True
            continue
        if run and null and at - run[-1][0] > span_ms:
            yield run
            run = []
        null = False
        run.append((at, value))
    if run:
        yield run


def _stacks(panel: Json, frames: list[Frame]) -> list[list[tuple[int, float, float]]]:
    """Return the bars of each frame as time, foot and height; none where the panel draws lines."""
    custom = panel["fieldConfig"]["defaults"]["custom"]
    if custom["drawStyle"] != "bars":
        return []
    feet: dict[int, float] = {}
    found = []
    for frame in frames:
        bars = []
        for at, value in zip(*(column.values for column in frame.columns), strict=True):
            if value is not None:
                bars.append((at, feet.get(at, 0), value))
                feet[at] = feet.get(at, 0) + value if custom["stacking"]["mode"] == "normal" else 0
        found.append(bars)
    return found


def _bars(bars: list[tuple[int, float, float]], area: Area, color: str) -> Iterator[str]:
    """Yield bars that reach to the right of their time, as wide as the least time between two of them."""
    times = sorted(at for at, _, _ in bars)
    step = min((later - at for at, later in pairwise(times)), default=3_600_000)
    for at, foot, value in bars:
        x, top = area.x(at), area.y(foot + value)
        wide = max(area.x(at + step) - x - 1, 1)
        yield (
            f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{area.y(foot) - top:.1f}" fill="{color}" '
            'opacity="0.8"/>'
        )


def _bands(panel: Json, frames: list[Frame], area: Area) -> Iterator[str]:
    """Yield the fill between a curve and the one that it names, where both have a value."""
    named = {frame.columns[1].name: frame for frame in frames}
    for name, frame in named.items():
        shown = look(panel, name)
        below = named.get(shown.custom.get("fillBelowTo", ""))
        if below is not None:
            style = f'fill="{shown.color["fixedColor"]}" opacity="{shown.custom["fillOpacity"] / 100}"'
            floor = dict(zip(*(column.values for column in below.columns), strict=True))
            for run in _runs(frame, shown.custom["spanNulls"]):
                both = [(at, value, floor.get(at)) for at, value in run]
                top = [f"{area.x(at):.1f} {area.y(value):.1f}" for at, value, low in both if low is not None]
                foot = [f"{area.x(at):.1f} {area.y(low):.1f}" for at, _, low in reversed(both) if low is not None]
                yield f'<path d="M{"L".join(top + foot)}Z" {style}/>'


def _marks(area: Area, marks: list[Json]) -> Iterator[str]:
    for mark in marks:
        x, end = area.x(mark["start"]), area.x(mark["end"] or area.to_ms)
        yield (
            f'<rect x="{x:.1f}" y="{area.top}" width="{end - x:.1f}" height="{area.height}" fill="{mark["color"]}" '
            f'opacity="0.12"><title>{escape(mark["text"])}</title></rect>'
        )
        foot = area.top + area.height
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{area.top}" y2="{foot}" stroke="{mark["color"]}"/>'


def _grid(area: Area, shown: Look) -> Iterator[str]:
    sizes = (base * 10**power for power in range(-3, 13) for base in (1, 2, 5))
    step = next(s for s in sizes if (area.high - area.low) / s <= area.height / 28)
    value = step * math.ceil(area.low / step)
    while value < area.high:
        y = area.y(value)
        yield f'<line x1="{area.left}" x2="{area.left + area.width}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>'
        yield _text(area.left - 6, y + 4, _tick(value, shown.unit), "end")
        value += step
    yield from _hours(area)


def _tick(value: float, unit: str) -> str:
    if unit == "celsius":
        return f"{value:g} °C"
    return f"{value:g}" if unit == "none" else in_unit(value, unit, 0, 0)


def _hours(area: Area) -> Iterator[str]:
    steps = (1, 2, 3, 4, 6, 12, 24, 48, 120, 240)
    hours = next(h for h in steps if (area.to_ms - area.from_ms) / 3_600_000 / h * 44 <= area.width)
    at = datetime.fromtimestamp(area.from_ms / 1_000, ZONE).replace(minute=0, second=0, microsecond=0)
    while (instant := at.timestamp() * 1_000) <= area.to_ms:
        if instant >= area.from_ms and (at.toordinal() * 24 + at.hour) % hours == 0:
            x = area.x(instant)
            yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{area.top}" y2="{area.top + area.height}" stroke="{GRID}"/>'
            yield _text(x, area.top + area.height + 16, f"{at:%m-%d}" if hours >= 24 else f"{at:%H:%M}", "middle")
        at += timedelta(hours=1)


def _legend(names: list[tuple[str, str]], height: int) -> Iterator[str]:
    x = float(AXIS)
    for name, color in names:
        yield f'<rect x="{x}" y="{height - 14}" width="14" height="3" fill="{color}"/>'
        yield _text(x + 18, height - 8, name, "start")
        x += 34 + sum(12 if re.match(r"[\u2e80-\uffff]", letter) else 7 for letter in name)


def _text(x: float, y: float, words: str, anchor: str, kind: str = "lane") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def _empty(panel: Json) -> str:
    return f'<div class="none">{escape(panel["fieldConfig"]["defaults"]["noValue"])}</div>'


def _svg(size: tuple[int, int], parts: list[str]) -> str:
    return f'<svg width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}">{"".join(parts)}</svg>'
