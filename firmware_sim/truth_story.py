"""The oracle's two lists: what has to be found, and what must not alarm although it looked bad for a while.

    expected_findings   one object a finding, over all places:
      place, probe, kind ("excursion" or "sensor-fault"), rule, direction (null for a sensor),
      first_out_ms, first_back_ms (null: it lasts), lasted_ms, samples_out,
      peak_micro_celsius, peak_celsius (null for a sensor),
      bags_certain, bags_possible   [{epc, exposed_from_ms, exposed_to_ms, exposed_ms}]; empty for a sensor
    must_not_alarm      one object a temptation that lies in no finding of its place:
      what ("long-loading", "door", "lid", "defrost", "mains-loss", "sensor-fault"), place ("" = the site), contact or
      probe, from_ms, to_ms (with the time of recovery), most_tempting_micro_celsius of the air and its probe
      (null: no sample), out_ms: for how long an air probe was outside in that time

A finding that touches [from_ms, to_ms) of one of these in its place is a false alarm; of a sensor-fault only an
excursion is.
"""

from typing import Any, Final

from firmware_sim.record import ContactRecord, Record
from firmware_sim.story import DEFROST, DOOR, LID, MAINS
from firmware_sim.truth_runs import RULE_SENSOR, on_times, samples_of

LONG_LOADING_MS: Final = 600_000

Json = dict[str, Any]


def expected_findings(channels: list[Json]) -> list[Json]:
    """Return all findings of the probes' truths, in order of time."""
    found = [_excursion(channel, run) for channel in channels for run in channel["runs"] if run["finding"]]
    found += [_fault(channel, f) for channel in channels for f in channel["sensor_faults"] if f["finding"]]
    return sorted(found, key=lambda finding: (finding["first_out_ms"], finding["probe"]))


def must_not_alarm(record: Record, channels: list[Json], until_ms: int) -> list[Json]:
    """Return what looked bad and was not, in order of time."""
    tempting: list[Json] = []
    for contact in record.contacts.values():
        tempting += _of_contact(record, contact, until_ms)
    for channel in channels:
        for fault in channel["sensor_faults"]:
            end_ms = fault["last_out_ms"] if fault["first_back_ms"] is None else fault["first_back_ms"]
            said = {"what": "sensor-fault", "place": channel["place"], "probe": channel["probe"]}
            tempting.append({**said, "from_ms": fault["first_out_ms"], "to_ms": end_ms})
    excursions = [f for f in expected_findings(channels) if f["kind"] == "excursion"]
    innocent = [one for one in tempting if not any(_touches(finding, one) for finding in excursions)]
    for one in innocent:
        one.update(_temptation(record, channels, one))
    return sorted(innocent, key=lambda one: (one["from_ms"], one["place"], one["what"]))


def _excursion(channel: Json, run: Json) -> Json:
    keys = ("rule", "direction", "first_out_ms", "first_back_ms", "lasted_ms", "samples_out")
    peak = {name: run[name] for name in ("peak_micro_celsius", "peak_celsius")}
    bags: dict[bool, list[Json]] = {True: [], False: []}
    for bag in run["bags"]:
        bags[bag["certain"]].append(
            {name: bag[name] for name in ("epc", "exposed_from_ms", "exposed_to_ms", "exposed_ms")}
        )
    return {
        "place": channel["place"],
        "probe": channel["probe"],
        "kind": "excursion",
        **{name: run[name] for name in keys},
        **peak,
        "bags_certain": bags[True],
        "bags_possible": bags[False],
    }


def _fault(channel: Json, fault: Json) -> Json:
    end_ms = fault["last_out_ms"] if fault["first_back_ms"] is None else fault["first_back_ms"]
    return {
        "place": channel["place"],
        "probe": channel["probe"],
        "kind": "sensor-fault",
        "rule": RULE_SENSOR,
        "direction": None,
        "first_out_ms": fault["first_out_ms"],
        "first_back_ms": fault["first_back_ms"],
        "lasted_ms": end_ms - fault["first_out_ms"],
        "samples_out": fault["samples_out"],
        "peak_micro_celsius": None,
        "peak_celsius": None,
        "bags_certain": [],
        "bags_possible": [],
    }


def _of_contact(record: Record, contact: ContactRecord, until_ms: int) -> list[Json]:
    """Return the openings, defrosts or losses of one contact, each to the end of its recovery."""
    kind, place = contact.contact.kind, contact.contact.place
    if kind == MAINS:
        times = _losses(contact)
    elif kind in {DOOR, LID, DEFROST}:
        times = on_times(contact)
    else:
        return []
    limits = record.places[place].limits if place else None
    recovery_ms = 0
    if limits is not None:
        recovery_ms = (limits.defrost_recovery_ms if kind == DEFROST else limits.door_recovery_ms) or 0
    tempting: list[Json] = []
    for begin_ms, end_ms in times:
        last_ms = until_ms if end_ms is None else min(until_ms, end_ms)
        if begin_ms <= until_ms:
            what = _named(kind, last_ms - begin_ms)
            said = {"what": what, "place": place, "contact": contact.contact.id}
            tempting.append({**said, "from_ms": begin_ms, "to_ms": last_ms + recovery_ms})
    return tempting


def _losses(contact: ContactRecord) -> list[tuple[int, int | None]]:
    losses: list[tuple[int, int | None]] = []
    for change in contact.noticed:
        if not change.on:
            losses.append((change.at_ms, None))
        elif losses:
            losses[-1] = (losses[-1][0], change.at_ms)
    return losses


def _named(kind: str, lasted_ms: int) -> str:
    if kind == DOOR:
        return "long-loading" if lasted_ms >= LONG_LOADING_MS else "door"
    return {LID: "lid", DEFROST: "defrost", MAINS: "mains-loss"}[kind]


def _touches(finding: Json, one: Json) -> bool:
    if one["place"] not in {"", finding["place"]}:
        return False
    end_ms = finding["first_back_ms"]
    return bool(finding["first_out_ms"] < one["to_ms"] and (end_ms is None or end_ms > one["from_ms"]))


def _temptation(record: Record, channels: list[Json], one: Json) -> Json:
    """Return how far the air went towards its nearer limit in that time, and for how long it was outside."""
    tempted: Json = {"most_tempting_micro_celsius": None, "most_tempting_probe": None, "out_ms": 0}
    for place in record.places.values():
        if one["place"] not in {"", place.id}:
            continue
        for probe in place.probes:
            if probe.role != "air":
                continue
            for at_ms, value in samples_of(record, probe, one["to_ms"]):
                if value is None or at_ms < one["from_ms"]:
                    continue
                if one["place"] and (
                    tempted["most_tempting_micro_celsius"] is None or value > tempted["most_tempting_micro_celsius"]
                ):
                    tempted["most_tempting_micro_celsius"] = value
                    tempted["most_tempting_probe"] = probe.id
            tempted["out_ms"] += _out_ms(channels, probe.id, one)
    return tempted


def _out_ms(channels: list[Json], probe: str, one: Json) -> int:
    out_ms = 0
    for channel in channels:
        for run in channel["runs"] if channel["probe"] == probe else []:
            end_ms = run["last_out_ms"] if run["first_back_ms"] is None else run["first_back_ms"]
            out_ms += max(0, min(end_ms, one["to_ms"]) - max(run["first_out_ms"], one["from_ms"]))
    return out_ms
