"""Runs the queries of a board as Grafana would: puts the variables and the time in, asks over HTTP, gives frames back.

    view = View(url, "coldchain", now_ms, hours=24, width=1500)
    view.choose(board)                       # asks for the choices at the top: site, place
    frames = view.frames(panel, place="fridge-1")

What Grafana does to a query and to an answer (its macros, `alias`, tables with time, tags, columns) is written here
from its documentation, for tests only.
"""

import json
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from support.influx import InfluxServer

Json = dict[str, Any]

_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback, whatever the environment says
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
_NICE_S: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
_SPANS_H: Final = {"d": 24, "h": 1}
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600}


class QueryError(AssertionError):
    """The server did not like a query."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a frame: its name, and a value for each row (None: there is none)."""

    name: str
    values: list[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """An answer as a panel gets it. A curve has the columns Time and its name, a table Time, tags and fields."""

    ref_id: str
    columns: list[Column]

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    def column(self, name: str) -> list[Any]:
        """Return the values of a column."""
        return next(column.values for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Asked:
    """One query as it was sent, with the seconds that its answer took and how many bytes it had."""

    query: str
    seconds: float
    size: int


@dataclass(slots=True)
class View:
    """A look at a board: from which server, at what time, for how long, on how many pixels."""

    url: str
    database: str
    now_ms: int
    hours: float = 24
    width: int = 1_500
    headers: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def from_ms(self) -> int:
        """The start of the chosen time."""
        return self.now_ms - int(self.hours * 3_600_000)

    def choose(self, board: Json, **wanted: str) -> None:
        """Ask for the values of the board's variables; take the wanted one, else all or the first, as Grafana does."""
        for variable in board["templating"]["list"]:
            name = variable["name"]
            if variable["type"] == "constant":
                self.chosen[name] = [variable["query"]]
            elif variable["type"] == "query":
                values = self.values_of(variable)
                every = values if variable["includeAll"] else values[:1]
                self.chosen[name] = [wanted[name]] if name in wanted else every

    def values_of(self, variable: Json) -> list[str]:
        """Return what a query variable offers, without doubles, in order."""
        found = self.ask(self.filled(variable["query"], {}, 10))
        # As Grafana does it: the second column of SHOW TAG VALUES (key, value) and of SELECT (time, what is asked for).
        return sorted({row[1] for series in found for row in series["values"]}, reverse=variable["sort"] == 2)

    def of(self, panel: Json) -> "View":
        """Return the look of a panel: of its own span of time if it has one."""
        span = panel.get("timeFrom")
        return self if span is None else replace(self, hours=int(span[:-1]) * _SPANS_H[span[-1]])

    def frames(self, panel: Json, **scoped: str) -> list[Frame]:
        """Return the frames of a panel's targets; `scoped` are the variables that a repeated row sets for itself."""
        scope = self.chosen | {name: [value] for name, value in scoped.items()}
        own = self.of(panel)
        return [frame for target in panel.get("targets", []) for frame in own.answer(panel, target, scope)]

    def answer(self, panel: Json, target: Json, scope: dict[str, list[str]]) -> list[Frame]:
        """Return the frames of one target."""
        series = self.ask(self.filled(target["query"], scope, self.interval_s(panel)))
        if target["resultFormat"] == "table":
            return [_table(target["refId"], series)] if series else []
        return [frame for one in series for frame in _curves(target, one)]

    def interval_s(self, panel: Json) -> int:
        """Return the seconds that `$__interval` stands for: a round number, one point a pixel, no less than allowed."""
        text = panel.get("interval", "10s")
        least = int(text[:-1]) * _UNITS[text[-1]]
        exact = max(least, self.hours * 3_600 / self.width)
        return next((nice for nice in _NICE_S if nice >= exact), 86_400)

    def filled(self, query: str, scope: dict[str, list[str]], interval_s: int) -> str:
        """Return a query as Grafana sends it. An unknown variable would be sent as it stands: here it is an error."""
        until_ms = self.now_ms
        macros = {
            "timeFilter": f"time >= {self.from_ms}ms and time <= {until_ms}ms",
            "__interval": f"{interval_s}s",
            "interval": f"{interval_s}s",
            "__interval_ms": str(interval_s * 1_000),
            "__from": str(self.from_ms),
            "__to": str(until_ms),
        }
        values = self.chosen | scope

        def put(found: re.Match[str]) -> str:
            name = found[1] or found[3]
            if name in macros:
                return macros[name]
            if name not in values:
                msg = f"{query}: nothing is known of {found[0]}"
                raise QueryError(msg)
            return formatted(values[name], found[2] or "regex")

        return _VARIABLE.sub(put, query)

    def ask(self, query: str) -> list[Json]:
        """Send one statement as Grafana does; return its series. Raises QueryError with the server's words."""
        url = f"{self.url}/query?{urlencode({'db': self.database, 'epoch': 'ms'})}"
        began = time.perf_counter()
        try:
            request = urllib.request.Request(url, urlencode({"q": query}).encode(), self.headers)
            with _DIRECT.open(request, timeout=60) as answer:
                body = answer.read()
        except urllib.error.HTTPError as refused:  # 1.x says `error`, 2.x `message`: its words are shown as they are
            msg = f"{query}: {refused.read().decode(errors='replace')}"
            raise QueryError(msg) from None
        self.asked.append(Asked(query, time.perf_counter() - began, len(body)))
        document = json.loads(body)
        result: Json = document.get("results", [{}])[0]
        error = document.get("error") or result.get("error")
        if error:
            msg = f"{query}: {error}"
            raise QueryError(msg)
        series: list[Json] = result.get("series", [])
        return series


def view_of(
    server: InfluxServer, now_ms: int, database: str = "coldchain", *, chosen: dict[str, list[str]] | None = None
) -> View:
    """Return a look at the last 24 hours of a database of a server, let in as whoever asks it over HTTP."""
    headers: dict[str, str] = getattr(server, "headers", {})
    return View(server.url, database, now_ms, headers=headers, chosen=chosen or {})


def formatted(values: list[str], way: str) -> str:
    """Return values in one of Grafana's formats for variables."""
    if way == "raw":
        return ",".join(values)
    assert way == "regex", f"the boards use no format {way}"
    escaped = [re.sub(r"([\\^$*+?.()|\[\]{}/])", r"\\\1", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _table(ref_id: str, series: list[Json]) -> Frame:
    """Return one table of all series: time, their tags, their columns."""
    tags = sorted({tag for one in series for tag in one.get("tags", {})})
    names = list(dict.fromkeys(name for one in series for name in one["columns"] if name != "time"))
    rows = [
        [row[0], *(one.get("tags", {}).get(tag) for tag in tags), *(_cell(one, row, name) for name in names)]
        for one in series
        for row in one["values"]
    ]
    titles = ["Time", *tags, *names]
    return Frame(ref_id, [Column(title, [row[at] for row in rows]) for at, title in enumerate(titles)])


def _cell(series: Json, row: list[Any], name: str) -> Any:
    return row[series["columns"].index(name)] if name in series["columns"] else None


def _curves(target: Json, series: Json) -> list[Frame]:
    """Return a curve for each column of a series, named by the target's alias."""
    times = [row[0] for row in series["values"]]
    frames = []
    for at, column in enumerate(series["columns"]):
        values = [row[at] for row in series["values"]]
        if column != "time" and any(value is not None for value in values):
            name = _named(target["alias"], series, column)
            frames.append(Frame(target["refId"], [Column("Time", times), Column(name, values)]))
    return frames


def _named(alias: str, series: Json, column: str) -> str:
    tags = {f"tag_{name}": value for name, value in series.get("tags", {}).items()}
    known = tags | {"col": column, "m": series["name"]}
    if not alias:
        return f"{series['name']}.{column}"
    return re.sub(r"\$(\w+)", lambda found: known.get(found[1], found[0]), alias)
