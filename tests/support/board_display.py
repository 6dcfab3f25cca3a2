"""What Grafana makes of frames before it draws them, as far as our boards use it: transformations, overrides, words."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from support.board_targets import Column, Frame, Json, View

ZONE: Final = ZoneInfo("Asia/Shanghai")
NEAR_BLACK: Final = "#111217"


@dataclass(frozen=True, slots=True)
class Display:
    """What stands for one value: its words and, where a mapping gives one, its colour."""

    text: str
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How one field is shown: the panel's defaults with the overrides that match its name."""

    name: str
    unit: str
    mappings: list[Json]
    color: Json
    custom: Json
    decimals: int | None

    def display(self, value: Any, now_ms: int) -> Display:
        """Return the words for a value: a mapping's, else the value in its unit."""
        for mapping in self.mappings:
            shown = _mapped(mapping, value)
            if shown is not None:
                text = shown.get("text") or in_unit(value, self.unit, self.decimals, now_ms)
                return Display(text, shown.get("color"))
        return Display("" if value is None else in_unit(value, self.unit, self.decimals, now_ms))


def transformed(panel: Json, frames: list[Frame]) -> list[Frame]:
    """Return frames after the panel's transformations."""
    for step in panel.get("transformations", []):
        options = step["options"]
        match step["id"]:
            case "filterFieldsByName":
                frames = [_only(frame, options["include"]["names"]) for frame in frames]
            case "merge":
                frames = [_merged(frames)] if frames else []
            case "sortBy":
                frames = [_sorted(frame, **options["sort"][0]) for frame in frames]
            case "limit":
                frames = [_first(frame, options["limitField"]) for frame in frames]
            case "organize":
                frames = [_organized(frame, options) for frame in frames]
            case other:
                msg = f"the preview knows no transformation {other}"
                raise AssertionError(msg)
    return frames


def look(panel: Json, name: str) -> Look:
    """Return how a field is shown."""
    defaults = panel["fieldConfig"]["defaults"]
    found: Json = {
        "displayName": name,
        "custom": dict(defaults["custom"]),
        **{key: defaults.get(key) for key in ("unit", "mappings", "color", "decimals")},
    }
    for override in panel["fieldConfig"]["overrides"]:
        if _matches(override["matcher"], name):
            for one in override["properties"]:
                part = one["id"].removeprefix("custom.")
                (found["custom"] if part != one["id"] else found)[part] = one["value"]
    return Look(
        found["displayName"], found["unit"], found["mappings"], found["color"], found["custom"], found["decimals"]
    )


def panel_of(board: Json, title: str) -> Json:
    """Return the panel of a board with a title."""
    panel: Json = next(panel for panel in board["panels"] if panel["title"] == title)
    return panel


def shown(panel: Json, frames: list[Frame], view: View) -> list[dict[str, str]]:
    """Return the rows of a table, in words, by the names of their columns. `frames`: the answers to its queries."""
    (frame,) = transformed(panel, frames)
    looks = {column.name: look(panel, column.name) for column in frame.columns}
    return [
        {looks[c.name].name: looks[c.name].display(c.values[at], view.now_ms).text for c in frame.columns}
        for at in range(len(frame))
    ]


def in_unit(value: Any, unit: str, decimals: int | None, now_ms: int) -> str:
    """Return a value in one of the units that the boards use."""
    match unit:
        case "dtdhms":
            days, rest = divmod(int(value), 86_400)
            text = f"{rest // 3_600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
            return f"{days} d {text}" if days else text
        case "dateTimeAsIso" | "dateTimeAsIsoNoDateIfToday":
            at = datetime.fromtimestamp(value / 1_000, ZONE)
            today = at.date() == datetime.fromtimestamp(now_ms / 1_000, ZONE).date()
            return at.strftime("%H:%M:%S" if today and unit != "dateTimeAsIso" else "%Y-%m-%d %H:%M:%S")
        case "celsius":
            return f"{value:.{decimals or 0}f} °C"
        case "none" | "string":
            return str(value) if decimals is None or isinstance(value, str) else f"{value:.{decimals}f}"
        case "time:YYYY-MM-DD":
            return datetime.fromtimestamp(value / 1_000, ZONE).strftime("%Y-%m-%d")
        case "percent" | "percentunit":
            return f"{value * (100 if unit == 'percentunit' else 1):.{decimals or 0}f} %"
        case "dBm":
            return f"{value:.{decimals or 0}f} dBm"
        case "bytes":
            step = next((step for step in range(4) if value < 1_024 ** (step + 1)), 4)
            return f"{value / 1_024**step:.{decimals or 1}f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[step]}"
        case other:
            msg = f"the preview knows no unit {other}"
            raise AssertionError(msg)


def _mapped(mapping: Json, value: Any) -> Json | None:
    options = mapping["options"]
    match mapping["type"]:
        case "value":
            found: Json | None = options.get(_key(value))
            return found
        case "special":
            return dict(options["result"]) if value is None and options["match"] == "null" else None
        case "range":
            within = isinstance(value, int | float) and options["from"] <= value <= options["to"]
            return dict(options["result"]) if within else None
        case "regex":
            pattern = options["pattern"].removeprefix("/").removesuffix("/")
            if not isinstance(value, str) or not re.search(pattern, value):
                return None
            text = options["result"]["text"].replace("$1", r"\1")
            return {**options["result"], "text": re.sub(pattern, text, value)}
        case other:
            msg = f"the preview knows no mapping {other}"
            raise AssertionError(msg)


def _key(value: Any) -> str | None:
    whole = isinstance(value, float) and value == int(value)
    return None if value is None else str(int(value) if whole else value)


def _matches(matcher: Json, name: str) -> bool:
    if matcher["id"] == "byName":
        return bool(matcher["options"] == name)
    assert matcher["id"] == "byRegexp"
    return re.search(matcher["options"].removeprefix("/").removesuffix("/"), name) is not None


def _only(frame: Frame, names: list[str]) -> Frame:
    return Frame(frame.ref_id, [column for column in frame.columns if column.name in names])


def _merged(frames: list[Frame]) -> Frame:
    """Join rows whose common columns are equal; rows of one frame only have nothing in the other's columns."""
    names = list(dict.fromkeys(column.name for frame in frames for column in frame.columns))
    keys = [name for name in names if all(name in {column.name for column in frame.columns} for frame in frames)]
    rows: dict[tuple[Any, ...], Json] = {}
    for frame in frames:
        for at in range(len(frame)):
            row = {column.name: column.values[at] for column in frame.columns}
            rows.setdefault(tuple(row[key] for key in keys), {}).update(row)
    return Frame("merged", [Column(name, [row.get(name) for row in rows.values()]) for name in names])


def _sorted(frame: Frame, field: str, desc: bool) -> Frame:
    if field not in {column.name for column in frame.columns}:
        return frame
    values = frame.column(field)
    order = sorted(range(len(frame)), key=lambda at: (values[at] is not None, values[at]), reverse=desc)
    return Frame(frame.ref_id, [Column(one.name, [one.values[at] for at in order]) for one in frame.columns])


def _first(frame: Frame, rows: int) -> Frame:
    return Frame(frame.ref_id, [Column(one.name, one.values[:rows]) for one in frame.columns])


def _organized(frame: Frame, options: Json) -> Frame:
    kept = [column for column in frame.columns if not options["excludeByName"].get(column.name)]
    return Frame(frame.ref_id, sorted(kept, key=lambda column: options["indexByName"].get(column.name, 999)))
