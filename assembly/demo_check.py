"""What the system found, held against what the simulator knows. Reads the system as its users do: over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from assembly.demo_centre import PAGE, Centre, pages, readings_count
from assembly.demo_terminal import listed

DOOR_SLACK_MS: Final = 5_000  # a door change is noticed at the next poll of its contact
UNMEASURED: Final = "unmeasured"
SENSOR_FAULT: Final = "sensor-fault"
TEMPTATIONS: Final = {
    "long-loading": "long loadings / 长时间装货",
    "door": "door openings / 开门",
    "lid": "lid openings / 开盖",
    "defrost": "defrosts / 化霜",
    "mains-loss": "mains losses / 停电",
    "sensor-fault": "sensor faults / 探头故障",
}

Json = dict[str, Any]


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


def compare(centre: Centre, truth: Json, units: Mapping[str, str], end_ms: int) -> Report:
    """Compare samples, findings, exposures, holds and the urgent list of the history up to end_ms.

    `units`: EPC to unit. What is listed as "must not alarm" is compared too: nothing may have been found there.
    """
    report = Report()
    for channel in truth["channels"]:
        stored = readings_count(centre, channel["probe"], channel["first_ms"], channel["last_ms"] + 1)
        known = channel["answers_sent"] + channel["no_sensor_answers"]
        report.same(f"{channel['probe']} samples stored", stored, known)
    findings = [f for f in all_findings(centre) if f["start_ms"] < end_ms and f["status"] != "withdrawn"]
    expected = truth["expected_findings"]
    keys = [(f["probe"], f["kind"], f["start_ms"]) for f in findings]
    true_keys = [(f["probe"], f["kind"], f["first_out_ms"]) for f in expected]
    report.same("findings in the history", _named(keys), _named(true_keys))
    for true in expected:
        key = (true["probe"], true["kind"], true["first_out_ms"])
        for finding in (f for f, found in zip(findings, keys, strict=True) if found == key):
            _compare_finding(centre, report, finding, true, units)
    _compare_temptations(report, findings, truth["must_not_alarm"])
    _compare_units(centre, report, truth, units)
    _compare_box(centre, report, truth, end_ms)
    _compare_physics(report, truth)
    return report


def _named(keys: Sequence[tuple[str, str, int]]) -> list[str]:
    return sorted(f"{probe} {kind} {start_ms}" for probe, kind, start_ms in keys)


def all_findings(centre: Centre) -> list[Json]:
    """Return every finding."""
    return [view["finding"] for view in pages(centre, "/api/findings")]


def exposures_of(centre: Centre, finding: str) -> list[Json]:
    """Return what a finding means for each unit."""
    return [view["exposure"] for view in centre.get(f"/api/findings/{finding}?limit={PAGE}")["exposures"]]


def _compare_finding(centre: Centre, report: Report, finding: Json, true: Json, units: Mapping[str, str]) -> None:
    name = f"{finding['id']} {finding['probe']}"
    report.same(f"{name} rule", finding["rule"], true["rule"])
    report.same(f"{name} first sample back", finding["end_ms"], true["first_back_ms"])
    if true["kind"] == SENSOR_FAULT:
        report.same(f"{name} holds units", finding["holds"], False)  # noqa: FBT003
        return
    report.same(f"{name} direction", finding["direction"], true["direction"])
    report.same(f"{name} samples outside", finding["samples_out"], true["samples_out"])
    report.same(f"{name} time outside, ms", finding["out_ms"], true["lasted_ms"])
    report.same(f"{name} peak, micro-degrees", finding["peak_micro_celsius"], true["peak_micro_celsius"])
    _compare_bags(centre, report, finding, true, units)


def _compare_bags(centre: Centre, report: Report, finding: Json, true: Json, units: Mapping[str, str]) -> None:
    """Every bag that was inside is exposed, certainly or possibly as is true; no other bag is."""
    exposures = {e["unit"]: e for e in exposures_of(centre, finding["id"]) if not e["withdrawn"]}
    name = f"{finding['id']} bags"
    for certain, words in ((True, "certainly"), (False, "possibly")):
        bags = true["bags_certain" if certain else "bags_possible"]
        found = sorted(unit for unit, e in exposures.items() if e["certain"] is certain)
        report.same(f"{name} {words} inside", found, sorted(units[bag["epc"]] for bag in bags))
    every = [*true["bags_certain"], *true["bags_possible"]]
    wrong = [units[bag["epc"]] for bag in every if not _covers(exposures.get(units[bag["epc"]]), bag, true)]
    report.same(f"{name} whose minutes do not cover the true ones", wrong, [])


def _covers(exposure: Json | None, bag: Json, true: Json) -> bool:
    """Tell whether the true time lies between the least and the most that the exposure says."""
    if exposure is None or exposure["to_ms"] is None or bag["exposed_to_ms"] is None:
        return False
    outside = exposure["from_ms"] <= bag["exposed_from_ms"] and bag["exposed_to_ms"] <= exposure["to_ms"]
    truly_ms = bag["exposed_to_ms"] - bag["exposed_from_ms"]
    slack = 0 if truly_ms == true["lasted_ms"] else DOOR_SLACK_MS
    least, most = exposure["out_ms_min"], exposure["out_ms_max"]
    return bool(outside and least - slack <= truly_ms <= most + slack)


def _compare_temptations(report: Report, findings: Sequence[Json], tempting: Sequence[Json]) -> None:
    """What looked bad and was not must have been left alone, and must have been tempting for once."""
    for what, words in TEMPTATIONS.items():
        these = [one for one in tempting if one["what"] == what]
        if not these:
            continue
        false_alarms = [f["id"] for f in findings for one in these if _touches(f, one)]
        outside_min = max(one["out_ms"] for one in these) / 60_000
        text = f"no finding because of {len(these)} {words} (air outside for up to {outside_min:.0f} min / 分钟)"
        report.holds(text, true=not false_alarms, detail=listed(false_alarms) if false_alarms else "")


def _touches(finding: Json, one: Json) -> bool:
    if one["place"] not in {"", finding["place"]} or (one["what"] == SENSOR_FAULT == finding["kind"]):
        return False
    end_ms = finding["end_ms"]
    if one["what"] == "mains-loss" and finding["kind"] == SENSOR_FAULT:
        return False
    return bool(finding["start_ms"] < one["to_ms"] and (end_ms is None or end_ms > one["from_ms"]))


def _compare_units(centre: Centre, report: Report, truth: Json, units: Mapping[str, str]) -> None:
    exposed = {
        units[bag["epc"]]
        for true in truth["expected_findings"]
        for bag in (*true["bags_certain"], *true["bags_possible"])
    }
    held = {hold["unit"] for hold in pages(centre, "/api/holds")}
    report.same("units on hold", sorted(held), sorted(exposed))
    issued = {units[move["epc"]] for move in truth["moves"] if move["kind"] == "issued"}
    urgent = [one["unit"] for one in centre.get("/api/urgent")["items"]]
    report.same("urgent: on hold and already issued", sorted(urgent), sorted(issued & exposed))


def _compare_box(centre: Centre, report: Report, truth: Json, end_ms: int) -> None:
    """What the box concluded by itself (ready, areas, stops, its alarm) is in the record word for word, and no more."""
    if truth["box"] is None:
        return
    place = next(one["place"] for one in truth["places"] if one["kind"] == "box")
    window = f"from_ms={truth['start_ms']}&to_ms={end_ms}"
    kinds = {said["kind"] for said in truth["box_said"]}
    events = [e for e in pages(centre, f"/api/places/{place}/events?{window}") if e["kind"] in kinds]
    true = [said for said in truth["box_said"] if said["at_ms"] < end_ms]
    found, said = _spoken(events, "taken_ms"), _spoken(true, "at_ms")
    if found == said:
        report.same("what the box said of itself, word for word", len(found), len(said))
    else:
        report.same("what the box said of itself", found, said)


def _spoken(said: Sequence[Json], at: str) -> list[str]:
    """Return events as comparable lines, in order of time."""
    rows = [(one[at], one["origin"], one["kind"], _details(one), one["earliest_ms"], one["latest_ms"]) for one in said]
    return [" ".join(str(part) for part in row) for row in sorted(rows, key=str)]


def _details(one: Json) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(one["details"].items()))


def _compare_physics(report: Report, truth: Json) -> None:
    """The samples must show the true temperature's crossings within the time between two of them."""
    for channel in truth["channels"]:
        late, limit = channel["late_ms_max"] or 0, channel["longest_interval_ms"] or 0
        text = f"{channel['probe']}: physics seen within one polling interval"
        report.holds(text, true=late <= limit, detail=f"{late} ms of {limit} ms")
    wrong = sum(channel["samples_against_physics"] for channel in truth["channels"])
    report.same("samples that contradict the physics", wrong, 0)
    report.same("events that the truth could not keep", truth["lost"], 0)


def _shown(value: object) -> str:
    return listed(value) if isinstance(value, list) else str(value)


def _unlike(found: object, true: object) -> str:
    """Say how two values differ; of two lists, what only one of them has."""
    if not isinstance(found, list) or not isinstance(true, list):
        return f"found {found}, true {true}"
    only_found = listed([item for item in found if item not in true])
    only_true = listed([item for item in true if item not in found])
    return f"found {len(found)}, true {len(true)}; only found {only_found}; only true {only_true}"
