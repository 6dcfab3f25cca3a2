"""Maps of a board as plain SVG, for the preview: the grid of the background, dots in their colours, ways as lines.

Where a map of Grafana has Web Mercator, this one has degrees at the scale of the middle: the same to the eye in a city.
"""

import math
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from support.board_display import Look, look
from support.board_targets import Frame, Json

ROOM: Final = 40  # pixels around the outermost dots
LEAST_DEGREES: Final = 0.01  # a single dot is shown with about a kilometre around it
TILE_PX: Final = 256
GROUND: Final = "#1b1f24"
LINES: Final = "#2b313a"

Point = tuple[float, float]


def chart(panel: Json, frames: list[Frame], size: tuple[int, int], now_ms: int) -> str:
    """Return the map of a panel: all layers draw its first table, as Grafana does."""
    rows = _rows(frames[0]) if frames else []
    found = [row for row in rows if row.get("latitude") is not None and row.get("longitude") is not None]
    if not found:
        return f'<div class="none">{escape(panel["fieldConfig"]["defaults"]["noValue"])}</div>'
    place = _projection(found, size)
    parts = list(_ground(size))
    for layer in panel["options"]["layers"]:
        draw = _way if layer["type"] == "route" else _dots
        parts += draw(panel, layer, [(row, place(row)) for row in found], now_ms)
    return f'<svg width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}">{"".join(parts)}</svg>'


def _rows(frame: Frame) -> list[dict[str, Any]]:
    return [{column.name: column.values[at] for column in frame.columns} for at in range(len(frame))]


def _projection(rows: list[dict[str, Any]], size: tuple[int, int]) -> Any:
    """Return what gives a row its place: all of them fit, and a degree is as long up as it is across."""
    south, north = min(row["latitude"] for row in rows), max(row["latitude"] for row in rows)
    west, east = min(row["longitude"] for row in rows), max(row["longitude"] for row in rows)
    middle = ((south + north) / 2, (west + east) / 2)
    squeezed = math.cos(math.radians(middle[0]))
    high = max(north - south, LEAST_DEGREES)
    wide = max((east - west) * squeezed, LEAST_DEGREES)
    scale = min((size[0] - 2 * ROOM) / wide, (size[1] - 2 * ROOM) / high)

    def place(row: dict[str, Any]) -> Point:
        x = size[0] / 2 + (row["longitude"] - middle[1]) * squeezed * scale
        return x, size[1] / 2 - (row["latitude"] - middle[0]) * scale

    return place


def _ground(size: tuple[int, int]) -> Iterator[str]:
    yield f'<rect width="{size[0]}" height="{size[1]}" fill="{GROUND}"/>'
    for x in range(TILE_PX // 2, size[0], TILE_PX):
        yield f'<line x1="{x}" x2="{x}" y1="0" y2="{size[1]}" stroke="{LINES}"/>'
    for y in range(TILE_PX // 2, size[1], TILE_PX):
        yield f'<line x1="0" x2="{size[0]}" y1="{y}" y2="{y}" stroke="{LINES}"/>'


def _way(panel: Json, layer: Json, rows: list[tuple[Json, Point]], now_ms: int) -> Iterator[str]:
    style = layer["config"]["style"]
    color, width = style["color"]["fixed"], style["lineWidth"]
    path = "L".join(f"{x:.1f} {y:.1f}" for _, (x, y) in rows)
    yield f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="{width}"/>'
    (x0, y0), (x1, y1) = rows[-2 if len(rows) > 1 else -1][1], rows[-1][1]
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    yield f'<path d="M0 0L-12 -6L-12 6Z" fill="{color}" transform="translate({x1:.1f} {y1:.1f}) rotate({angle:.0f})"/>'


def _dots(panel: Json, layer: Json, rows: list[tuple[Json, Point]], now_ms: int) -> Iterator[str]:
    style = layer["config"]["style"]
    painter = style["color"].get("field")
    shown: Look | None = look(panel, painter) if painter else None
    for row, (x, y) in rows:
        color = shown.display(row.get(painter), now_ms).color if shown else None
        words = str(row.get(style["text"].get("field"), ""))
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{style["size"]["fixed"]}" fill="{color or style["color"]["fixed"]}" '
            f'stroke="#fff" stroke-width="{1 if painter else 0}"/>'
        )
        if words:
            yield f'<text x="{x:.1f}" y="{y - 16:.1f}" text-anchor="middle" class="word">{escape(words)}</text>'
