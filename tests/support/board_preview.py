"""A picture of a board without a Grafana: its own queries on a real InfluxDB, drawn as HTML, shot by Chromium.

    PYTHONPATH=tests python -m support.board_preview --influx http://127.0.0.1:8086 --out wall-zh.png
    PYTHONPATH=tests python -m support.board_preview --influx sample --board cc-site-en --width 390 --out site.png

`--influx sample` starts an InfluxDB of its own with the day of support.board_data. It draws what the boards use, so
that people can look at them; sizes and colours are near those of Grafana's dark theme, and no more than that.
"""

import argparse
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright
from support.board_charts import curves, timeline
from support.board_data import DATABASE, fill
from support.board_display import look, transformed
from support.board_map import chart
from support.board_points import fill_points
from support.board_roads import counts_lines, fill_roads
from support.board_targets import Frame, Json, View
from support.influx import start_influx

from dashboards.boards import board_json, boards

CELL: Final = 38  # a row of Grafana's grid with its gap
GAP: Final = 8
PHONE_MAX: Final = 768  # narrower screens get one column
HEADER: Final = 30
WIDE: Final = 2.5  # a tile that is wider than so many heights has its name beside the value, else above
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
# As Grafana does it: in one panel all names have one size and all values another, so that the longest still fits.
FIT: Final = """for (const panel of document.querySelectorAll('.tiles')) for (const kind of ['.name', '.value']) {
  const boxes = [...panel.querySelectorAll(kind)];
  for (const box of boxes) box.firstElementChild.style.fontSize = '100px';
  const scales = boxes.map((box) => Math.min(box.clientWidth * 0.94 / box.firstElementChild.scrollWidth,
    box.clientHeight * 0.94 / box.firstElementChild.scrollHeight, box.dataset.most / 100));
  for (const box of boxes) box.firstElementChild.style.fontSize = 100 * Math.min(...scales) + 'px';
}"""
STYLE: Final = """
body { margin: 0; background: #111217; color: #ccccdc; font: 14px 'Noto Sans CJK SC', sans-serif; position: relative; }
.panel { position: absolute; box-sizing: border-box; background: #181b1f; border: 1px solid #25282e; overflow: hidden; }
.panel h2 { font-size: 14px; font-weight: 500; margin: 0; padding: 5px 8px; height: 20px; white-space: nowrap; }
.row { position: absolute; font-size: 15px; font-weight: 500; padding: 6px 4px; box-sizing: border-box; }
.tiles { display: grid; gap: 4px; padding: 4px; box-sizing: border-box; }
.tile { display: flex; align-items: center; justify-content: center; gap: 8px; border-radius: 2px; overflow: hidden; }
.tile.two { flex-direction: column; gap: 0; }
.fit { flex: 1; height: 100%; display: flex; align-items: center; justify-content: center; min-width: 0; }
.tile.two .fit { width: 100%; height: auto; min-height: 0; } .tile.two .value { flex: 1.6; }
.fit > * { flex: none; }
.fit > * { white-space: nowrap; line-height: 1.15; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: 6px 8px; border-bottom: 1px solid #25282e; font-weight: 400; white-space: nowrap; }
th { color: #6e9fff; font-weight: 500; }
.scroll { overflow: auto; }
.none { padding: 12px; color: #9fa7b3; }
.lane { fill: #9fa7b3; font-size: 12px; } .word { fill: #fff; font-size: 12px; }
.notes { padding: 2px 10px; font-size: 14px; line-height: 1.6; }
"""


def page(board: Json, view: View, *, width: int, place: str | None = None) -> tuple[str, int]:
    """Return the HTML of a board and its height in pixels. `place`: the one that the variable is set to."""
    asked = {one["name"] for one in board["templating"]["list"]}
    view.choose(board, **({"place": place} if place and "place" in asked else {}))
    marks = _marks(board, view)
    parts, height = [], 0
    for panel, at, scope in _placed(board, view.chosen.get("place", []), width):
        left, top, wide, high = at
        box = f'style="left:{left}px;top:{top}px;width:{wide}px;height:{high}px"'
        scope = {name: "+".join(values) for name, values in view.chosen.items() if name != "place"} | scope
        title = _title(panel["title"], scope)
        if panel["type"] == "row":
            parts.append(f'<div class="row" {box}>⌄ {escape(title)}</div>')
        else:
            inner = (wide - 2, high - 2 - (HEADER if title else 0))
            heading = f"<h2>{escape(title)}</h2>" if title else ""
            parts.append(f'<div class="panel" {box}>{heading}{_content(panel, view, scope, inner, marks)}</div>')
        height = max(height, top + high + GAP)
    head = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>board</title><style>{STYLE}</style>'
    return f'{head}<body style="height:{height}px">{"".join(parts)}</body></html>', height


def _placed(board: Json, places: list[str], width: int) -> Iterator[tuple[Json, tuple[int, int, int, int], Json]]:
    """Yield each panel with its box in pixels and the variables of its repeated row."""
    panels = board["panels"]
    first = next((at for at, panel in enumerate(panels) if panel.get("repeat")), len(panels))
    once, rest = panels[:first], panels[first:]
    ends = [panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in rest]
    group = max(ends) - rest[0]["gridPos"]["y"] if rest else 0
    listed: list[tuple[Json, int, Json]] = [(panel, 0, {}) for panel in once]
    listed += [(panel, at * group, {"place": place}) for at, place in enumerate(places) for panel in rest]
    phone, below = width <= PHONE_MAX, GAP
    column = (width - GAP) / 24
    order = sorted(listed, key=lambda one: (one[0]["gridPos"]["y"] + one[1], one[0]["gridPos"]["x"]))
    for panel, down, scope in order:
        grid = panel["gridPos"]
        high = grid["h"] * CELL - GAP
        if phone:
            yield panel, (GAP, below, width - 2 * GAP, high), scope
            below += high + GAP
        else:
            left, wide = round(GAP + grid["x"] * column), round(grid["w"] * column - GAP)
            yield panel, (left, GAP + (grid["y"] + down) * CELL, wide, high), scope


def _content(panel: Json, view: View, scope: Json, size: tuple[int, int], marks: list[Json]) -> str:
    if panel["type"] == "text":
        return f'<div class="notes">{_markdown(panel["options"]["content"])}</div>'
    frames = transformed(panel, view.frames(panel, **scope))
    span = (view.of(panel).from_ms, view.now_ms)
    match panel["type"]:
        case "stat":
            return _stat(panel, frames, size, view, scope)
        case "table":
            return _table(panel, frames, size, view)
        case "geomap":
            return chart(panel, frames, size, view.now_ms)
        case "timeseries":
            return curves(panel, frames, size, span, marks)
        case "state-timeline":
            return timeline(panel, frames, size, span)
        case other:
            msg = f"the preview draws no {other}"
            raise AssertionError(msg)


def _stat(panel: Json, frames: list[Frame], size: tuple[int, int], view: View, scope: Json) -> str:
    tiles = list(_values(panel, frames, view)) or [_nothing(panel, scope)]
    across = max(range(1, len(tiles) + 1), key=lambda n: (_side(n, len(tiles), size), -n))
    painted = panel["options"]["colorMode"] == "background"
    both = panel["options"]["textMode"] == "value_and_name"
    most = panel["options"]["text"].get("valueSize", 200)
    cells = []
    for name, text, color in tiles:
        back = f' style="background:{color}"' if painted and color else ""
        tall = size[0] / across < WIDE * size[1] / -(-len(tiles) // across)
        label = f'<div class="fit name" data-most="30"><span>{escape(name)}</span></div>' if both and name else ""
        ink = f' style="color:{color}"' if color and not painted else ""
        value = f'<div class="fit value" data-most="{most}"><b{ink}>{escape(text)}</b></div>'
        cells.append(f'<div class="tile{" two" if tall else ""}"{back}>{label}{value}</div>')
    grid = f"grid-template-columns:repeat({across},1fr);width:{size[0]}px;height:{size[1]}px"
    return f'<div class="tiles" style="{grid}">{"".join(cells)}</div>'


def _side(across: int, count: int, size: tuple[int, int]) -> float:
    """Return the side of the largest square that fits into each tile if so many stand side by side."""
    return min(size[0] / across, size[1] / -(-count // across))


def _values(panel: Json, frames: list[Frame], view: View) -> Iterator[tuple[str, str, str | None]]:
    pattern = panel["options"]["reduceOptions"]["fields"].strip("/")
    for frame in frames:
        for column in frame.columns:
            number = all(isinstance(value, int | float | None) for value in column.values)
            if column.name == "Time" or (not number if not pattern else not re.search(pattern, column.name)):
                continue
            shown = look(panel, column.name)
            if panel["options"]["reduceOptions"]["values"]:
                texts = [c for c in frame.columns if c.name not in {"Time", column.name}]
                for at, value in enumerate(column.values):
                    display = shown.display(value, view.now_ms)
                    yield " ".join(str(c.values[at]) for c in texts), display.text, display.color
            else:
                found = [value for value in column.values if value is not None]
                display = shown.display(found[-1] if found else None, view.now_ms)
                yield shown.name, display.text, display.color


def _nothing(panel: Json, scope: Json) -> tuple[str, str, str | None]:
    defaults = panel["fieldConfig"]["defaults"]
    special = next((one for one in defaults["mappings"] if one["type"] == "special"), None)
    color = special["options"]["result"].get("color") if special else None
    return "", _title(defaults["noValue"], scope), color


def _table(panel: Json, frames: list[Frame], size: tuple[int, int], view: View) -> str:
    if not frames or not len(frames[0]):
        return f'<div class="none">{escape(panel["fieldConfig"]["defaults"]["noValue"])}</div>'
    columns = frames[0].columns
    looks = [look(panel, column.name) for column in columns]
    head = "".join(f"<th>{escape(shown.name)}</th>" for shown in looks)
    rows = []
    for at in range(len(frames[0])):
        cells = []
        for column, shown in zip(columns, looks, strict=True):
            display = shown.display(column.values[at], view.now_ms)
            back = f' style="background:{display.color}"' if "cellOptions" in shown.custom and display.color else ""
            cells.append(f"<td{back}>{escape(display.text)}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    body = f"<table><tr>{head}</tr>{''.join(rows)}</table>"
    return f'<div class="scroll" style="height:{size[1]}px">{body}</div>'


def _marks(board: Json, view: View) -> list[Json]:
    found = []
    for annotation in board["annotations"]["list"]:
        for series in view.ask(view.filled(annotation["query"], {}, 10)):
            rows = [dict(zip(series["columns"], row, strict=True)) for row in series["values"]]
            spans = annotation["timeEndColumn"]
            found += [
                {
                    "start": row["time"],
                    "end": row.get("timeEnd") if spans else row["time"],
                    "text": row["text"],
                    "color": annotation["iconColor"],
                }
                for row in rows
            ]
    return found


def _title(text: str, scope: Json) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: scope.get(found[1], ""), text)


def _markdown(text: str) -> str:
    lines = [re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(line.removeprefix("- "))) for line in text.splitlines()]
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"


def shot(html: str, size: tuple[int, int], out: Path) -> int:
    """Draw a page in Chromium; return by how many pixels it is wider than the screen."""
    program = shutil.which("chromium")
    assert program, "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
        tab.set_content(html)
        tab.evaluate(FIT)
        tab.screenshot(path=str(out))
        wider = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.close()
    return int(wider)


@contextmanager
def sample(board: str, dead_s: int = 0) -> Iterator[str]:
    """Give the address of an InfluxDB that holds the day of support.board_data in the database `coldchain`.

    The boards of transport and alarms have a day with three boxes.
    """
    with tempfile.TemporaryDirectory() as folder, start_influx(Path(folder)) as server:
        now_ms = int(time.time() * 1_000)
        end_ms = now_ms - dead_s * 1_000
        if board.split("-")[1] in {"transport", "alarms"}:
            fill_roads(server, end_ms, database=DATABASE)
        else:
            fill(server, now_ms, dead_s=dead_s)
            fill_points(server, DATABASE, now_ms, dead_s=dead_s)
            server.write(DATABASE, b"\n".join(counts_lines(end_ms, end_ms)))
        yield server.url


def main() -> None:
    """Draw one board."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--influx", required=True, help="address of an InfluxDB, or `sample`")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--database", default="coldchain")
    parser.add_argument("--board", default="cc-wall-zh")
    parser.add_argument("--place")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--width", type=int, default=1_920)
    parser.add_argument("--height", type=int, default=0, help="0: as high as the board")
    parser.add_argument("--dead-s", type=int, default=0, help="of the sample: how long the mirror has been dead")
    options = parser.parse_args()
    if options.influx == "sample":
        with sample(options.board, options.dead_s) as url:
            draw(options, url)
    else:
        draw(options, options.influx.rstrip("/"))


def draw(options: argparse.Namespace, url: str) -> None:
    """Draw a board from the server at url."""
    board = next(one for one in boards("http://127.0.0.1:8080") if one.uid == options.board)
    view = View(url, options.database, int(time.time() * 1_000), hours=options.hours, width=options.width)
    html, height = page(json.loads(board_json(board)), view, width=options.width, place=options.place)
    wider = shot(html, (options.width, options.height or height), options.out)
    print(f"{options.out}: {options.width} x {options.height or height}, {wider} pixels too wide")


if __name__ == "__main__":
    main()
