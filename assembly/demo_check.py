"""What the system found, held against what the simulator knows. Reads the system as its users do: over HTTP."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from assembly.demo_terminal import listed
from coldchain.errors import ColdchainError

TENTH_MICRO_CELSIUS: Final = 100_000
DOOR_SLACK_MS: Final = 5_000  # a door change is noticed at the next poll of its contact
PAGE: Final = 1_000
TIMEOUT_S: Final = 60
WORDS_MAX: Final = 1_000

Json = dict[str, Any]


class CentreError(ColdchainError):
    """The centre refused a request or does not answer. The message is its own."""


class Centre:
    """The API of a running centre. Every request raises CentreError if it is refused or not answered."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str) -> Json:
        """Return the JSON at a path."""
        data: Json = json.loads(self._answer(urllib.request.Request(f"{self.url}{path}")))  # noqa: S310 - our own server
        return data

    def post(self, path: str, body: Json) -> Json:
        """Post JSON and return the answer."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Actor": "demo"},
            method="POST",
        )
        data: Json = json.loads(self._answer(request))
        return data

    def ready(self) -> bool:
        """Tell whether it can do its work by now."""
        try:
            self.get("/readyz")
        except CentreError:
            return False
        return True

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        return sum(self.metrics(name).values())

    def metrics(self, name: str) -> dict[str, float]:
        """Return a metric by its labels as they are written, e.g. 'gateway="gw-1",kind="Sample"'."""
        text = self._answer(urllib.request.Request(f"{self.url}/metrics")).decode()  # noqa: S310
        lines = [line for line in text.splitlines() if line.partition("{")[0].partition(" ")[0] == name]
        return {line.partition("{")[2].rpartition("}")[0]: float(line.rpartition(" ")[2]) for line in lines}

    def _answer(self, request: urllib.request.Request) -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            with error:
                msg = f"{request.get_method()} {request.full_url} was refused with {error.code}: {_words(error)}"
            raise CentreError(msg) from None
        except (OSError, http.client.HTTPException) as error:
            msg = f"the centre at {self.url} does not answer ({error})"
            raise CentreError(msg) from None


def _words(error: urllib.error.HTTPError) -> str:
    """Return what the centre says about a refusal: title, detail and what to do."""
    try:
        text = error.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return str(error.reason)
    try:
        problem = json.loads(text)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return text.strip()[:WORDS_MAX] or str(error.reason)
    words = [str(problem[key]) for key in ("title", "detail", "todo") if problem.get(key)]
    return ". ".join(word.rstrip(".") for word in words)[:WORDS_MAX] or str(error.reason)


@dataclass(slots=True)
class Report:
    """The comparison, line by line."""

    lines: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def same(self, what: str, found: object, true: object) -> None:
        """Note a figure and whether it is equal."""
        if found == true:
            self.lines.append(f"  =  {what}: {_shown(found)}")
        else:
            self.lines.append(f"  ≠  {what}: {_unlike(found, true)}")
            self.differences.append(what)

    def holds(self, what: str, *, true: bool, detail: str = "") -> None:
        """Note a statement and whether it holds."""
        self.lines.append(f"  {'=' if true else '≠'}  {what}{f' ({detail})' if detail else ''}")
        if not true:
            self.differences.append(what)


def _shown(value: object) -> str:
    return listed(value) if isinstance(value, list) else str(value)


def _unlike(found: object, true: object) -> str:
    """Say how two values differ; of two lists, what only one of them has."""
    if not isinstance(found, list) or not isinstance(true, list):
        return f"found {found}, true {true}"
    only_found = listed([item for item in found if item not in true])
    only_true = listed([item for item in true if item not in found])
    return f"found {len(found)}, true {len(true)}; only found {only_found}; only true {only_true}"


def compare(centre: Centre, truth: Json, probes: dict[str, str], bags: dict[str, str], end_ms: int) -> Report:
    """Compare findings, exposures and counts of the history up to end_ms; `probes`: role to id, `bags`: EPC to unit."""
    report = Report()
    findings = [f for f in all_findings(centre) if f["start_ms"] < end_ms and f["status"] != "withdrawn"]
    expected = [(channel, run) for channel in truth["channels"] for run in channel["runs"] if run["finding"]]
    for channel in truth["channels"]:
        _compare_samples(centre, report, channel, probes[channel["role"]])
    report.same("findings in the history", len(findings), len(expected))
    for channel, run in expected:
        probe = probes[channel["role"]]
        found = [f for f in findings if f["probe"] == probe and f["start_ms"] == run["first_out_ms"]]
        report.holds(f"{probe} excursion at its first sample outside", true=len(found) == 1)
        for finding in found:
            _compare_run(report, finding, run)
            _compare_bags(centre, report, finding, run, bags)
    exposed = {bags[bag["epc"]] for _, run in expected for bag in run["bags"]}
    held = {hold["unit"] for hold in _all(centre, "/api/holds")}
    report.same("units on hold", sorted(held), sorted(exposed))
    _compare_physics(report, truth)
    return report


def _compare_physics(report: Report, truth: Json) -> None:
    """The samples must show the true temperature's crossings within the time between two of them."""
    late = max((channel["late_ms_max"] or 0) for channel in truth["channels"])
    limit = max(channel["longest_interval_ms"] or 0 for channel in truth["channels"])
    report.holds("physics seen within one polling interval", true=late <= limit, detail=f"{late} ms of {limit} ms")
    wrong = sum(channel["samples_against_physics"] for channel in truth["channels"])
    report.same("samples that contradict the physics", wrong, 0)
    report.same("events that the truth could not keep", truth["lost"], 0)


def all_findings(centre: Centre) -> list[Json]:
    """Return every finding."""
    return [view["finding"] for view in _all(centre, "/api/findings")]


def _compare_samples(centre: Centre, report: Report, channel: Json, probe: str) -> None:
    stored = _readings(centre, probe, channel["first_ms"], channel["last_ms"] + 1)
    report.same(f"{probe} samples stored", stored, channel["answers_sent"])


def _compare_run(report: Report, finding: Json, run: Json) -> None:
    name = f"{finding['id']} {finding['probe']}"
    report.same(f"{name} direction", finding["direction"], run["direction"])
    report.same(f"{name} first sample back inside", finding["end_ms"], run["first_back_ms"])
    report.same(f"{name} samples outside", finding["samples_out"], run["samples_out"])
    report.same(f"{name} time outside, ms", finding["out_ms"], run["lasted_ms"])
    report.same(f"{name} peak, micro-degrees", finding["peak_micro_celsius"], run["peak_tenths"] * TENTH_MICRO_CELSIUS)
    report.same(f"{name} rule", finding["rule"], "A02" if run["hard"] else "A01")


def _compare_bags(centre: Centre, report: Report, finding: Json, run: Json, bags: dict[str, str]) -> None:
    """Every bag that was inside is exposed, certainly if it can be read; no other bag is."""
    exposures = {e["unit"]: e for e in exposures_of(centre, finding["id"]) if not e["withdrawn"]}
    certain = {bags[bag["epc"]] for bag in run["bags"] if bag["readable"]}
    possible = {bags[bag["epc"]] for bag in run["bags"] if not bag["readable"]}
    name = f"{finding['id']} bags"
    report.same(f"{name} certainly inside", sorted(u for u, e in exposures.items() if e["certain"]), sorted(certain))
    report.same(
        f"{name} possibly inside", sorted(u for u, e in exposures.items() if not e["certain"]), sorted(possible)
    )
    wrong = [bags[bag["epc"]] for bag in run["bags"] if not _covers(exposures.get(bags[bag["epc"]]), bag, run)]
    report.same(f"{name} whose minutes do not cover the true ones", wrong, [])


def _covers(exposure: Json | None, bag: Json, run: Json) -> bool:
    """Tell whether the true time lies between the least and the most that the exposure says."""
    if exposure is None or exposure["to_ms"] is None or bag["exposed_to_ms"] is None:
        return False
    outside = exposure["from_ms"] <= bag["exposed_from_ms"] and bag["exposed_to_ms"] <= exposure["to_ms"]
    truly_ms = bag["exposed_to_ms"] - bag["exposed_from_ms"]
    slack = 0 if truly_ms == run["lasted_ms"] else DOOR_SLACK_MS
    least, most = exposure["out_ms_min"], exposure["out_ms_max"]
    return bool(outside and least - slack <= truly_ms <= most + slack)


def exposures_of(centre: Centre, finding: str) -> list[Json]:
    """Return what a finding means for each unit."""
    return [view["exposure"] for view in centre.get(f"/api/findings/{finding}?limit={PAGE}")["exposures"]]


def _readings(centre: Centre, probe: str, from_ms: int, to_ms: int) -> int:
    count = 0
    step_ms = 3_600_000
    for start in range(from_ms, to_ms, step_ms):
        stop = min(start + step_ms, to_ms)
        cursor: int | None = start
        while cursor is not None:
            page = centre.get(f"/api/probes/{probe}/readings?from_ms={cursor}&to_ms={stop}&limit={PAGE}")
            count += len(page["taken_ms"])
            cursor = page["next_from_ms"]
    return count


def _all(centre: Centre, path: str) -> Iterator[Json]:
    after = ""
    while True:
        page = centre.get(f"{path}?limit={PAGE}&after={after}")
        yield from page["items"]
        if page["next"] is None:
            return
        after = page["next"]
