"""The oracle: one brute-force pass over the answers that were really sent, in plain loops of its own.

`truth(bench)` returns a dict that json can write; all times are UTC milliseconds::

    scenario, seed, start_ms, until_ms
    places        [{place, kind, profile, profile_version, has_reader, limits}]; limits as scenario.Limits has them
    channels      one object a probe of any place:
      place, probe, role, delay_ms, channel (null: read by the box itself)
      answers_sent          sound answers with a temperature of this probe; of a box: what it wrote into its memory
      no_sensor_answers     sound answers that said that no sensor is there
      first_ms, last_ms     the first and the last of answers_sent (null if none)
      longest_interval_ms   the longest time between two sound answers, "no sensor" being one
      runs                  every run outside the limits, in order:
        direction           "too-warm" or "too-cold"
        first_out_ms        first sample outside
        last_out_ms         last sample outside
        first_back_ms       first sample that is not outside in this direction any more (null: still out)
        lasted_ms           from first_out_ms to first_back_ms, or to last_out_ms while it is still out
        excused_ms          as much of it as an open door or a defrost excuses on an air probe
        samples_out, peak_micro_celsius, peak_tenths (of a collector's probe), peak_celsius (text)
        hard                whether a sample was beyond a hard limit
        finding, rule       whether it is one, and the rule's id in the alert catalogue (null if it is none)
        crossed_ms          when the true temperature passed the register's step before first_out_ms (null: unknown)
        back_crossed_ms     the same before first_back_ms
        bags                for a finding, every visit of its place that overlaps [first_out_ms, first_back_ms):
          epc, readable, certain (by a reader that can read it, or by people where no reader looks),
          in_ms, out_ms (null: still inside), exposed_from_ms,
          exposed_to_ms, exposed_ms (null: the run is still out and the bag inside),
          peak_micro_celsius (in that time; null if no sample fell into it), peak_tenths
      sensor_faults         every time of "no sensor": {first_out_ms, first_back_ms, last_out_ms, samples_out, finding}
      samples_against_physics   samples whose side of the limits differs from the true temperature's: must be 0
      late_ms_max           the longest from a true crossing to the sample that showed it
    contacts      [{contact, kind, place, changes: [{at_ms, on}], noticed: [{at_ms, on}]}]: what happened, and what the
                  sound answers said; a contact that is not in its list is in its normal state from the start
    doors, mains  every change of those two kinds: [{contact, place, at_ms, open}], [{contact, at_ms, present}]
    bags          every label, with: readable, intervals [{place, in_ms, out_ms}]
    moves         what people make known (labels.moves)
    box           the box's gateway, epoch and number of rows (null: there is none)
    box_said      what the box concluded: [{at_ms, kind, origin, earliest_ms, latest_ms, details}], see docs/boxes.md
    strays        EPCs of tags that are heard and are not inside
    crossings     the true (unrounded) temperatures: [{place, at_ms, node, level_micro_celsius, rising}]
    expected_findings, must_not_alarm   see truth_story
    faults        how many answers were spoilt, by kind; spoilt answers count nowhere above
    lost          what the record could not keep: must be 0, else this truth is not whole

The true temperature is compared at every sample, so a run's ends differ from its crossings by less than the time
between two samples.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from firmware_sim.levels import TOO_COLD, TOO_WARM, side_of, step_outside
from firmware_sim.record import BagRecord, Change, ContactRecord, PlaceRecord, Record
from firmware_sim.story import DOOR, LID, MAINS, Probe
from firmware_sim.truth_runs import faults_of, judge, name_bags, runs_of, samples_of
from firmware_sim.truth_story import expected_findings, must_not_alarm

Json = dict[str, Any]


class Recorded(Protocol):
    """Anything with a record; a bench."""

    @property
    def record(self) -> Record:
        """What was sent and what happened."""


def truth(bench: Recorded, until_ms: int | None = None) -> Json:
    """Return what is true of all that happened up to until_ms (the bench's time if None); see the module's text."""
    record = bench.record
    return truth_of(record, record.until_ms if until_ms is None else until_ms)


def write_truth(bench: Recorded, path: Path, until_ms: int | None = None) -> None:
    """Write the truth as JSON."""
    path.write_text(json.dumps(truth(bench, until_ms), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def truth_of(record: Record, until_ms: int) -> Json:
    """Return the truth of a record up to and including until_ms."""
    channels = [
        _probe_truth(record, place, probe, until_ms) for place in record.places.values() for probe in place.probes
    ]
    contacts = record.contacts.values()
    return {
        "scenario": record.scenario,
        "seed": record.seed,
        "start_ms": record.start_ms,
        "until_ms": until_ms,
        "places": [_place_truth(place) for place in record.places.values()],
        "channels": channels,
        "contacts": [_contact_truth(contact, until_ms) for contact in contacts],
        "doors": [
            {"contact": c.contact.id, "place": c.contact.place, "at_ms": change.at_ms, "open": change.on}
            for c in contacts
            if c.contact.kind in {DOOR, LID}
            for change in _until(c.changes, until_ms)
        ],
        "mains": [
            {"contact": c.contact.id, "at_ms": change.at_ms, "present": change.on}
            for c in contacts
            if c.contact.kind == MAINS
            for change in _until(c.changes, until_ms)
        ],
        "bags": [_bag_truth(bag, until_ms) for bag in record.bags.values()],
        "moves": [dict(move) for move in record.moves if move["at_ms"] <= until_ms],
        "box": record.box,
        "box_said": [said._asdict() for said in record.conclusions if said.at_ms <= until_ms],
        "strays": list(record.strays),
        "crossings": [crossing for place in record.places.values() for crossing in _crossings_truth(place, until_ms)],
        "expected_findings": expected_findings(channels),
        "must_not_alarm": must_not_alarm(record, channels, until_ms),
        "faults": dict(record.faults),
        "lost": record.lost + sum(place.crossings_lost for place in record.places.values()),
    }


def _probe_truth(record: Record, place: PlaceRecord, probe: Probe, until_ms: int) -> Json:
    answers = samples_of(record, probe, until_ms)
    samples = [(at_ms, value) for at_ms, value in answers if value is not None]
    runs = runs_of(samples, place.limits)
    for run in runs:
        judge(run, record, place, probe)
        _name_crossings(run, place, probe)
        run["bags"] = name_bags(run, record, place, samples, until_ms) if run["finding"] else []
    return {
        "place": place.id,
        "probe": probe.id,
        "channel": probe.channel,
        "role": probe.role,
        "delay_ms": probe.delay_ms,
        "answers_sent": len(samples),
        "no_sensor_answers": len(answers) - len(samples),
        "first_ms": samples[0][0] if samples else None,
        "last_ms": samples[-1][0] if samples else None,
        "longest_interval_ms": _longest_interval([at_ms for at_ms, _ in answers]),
        "runs": runs,
        "sensor_faults": faults_of(answers, place.limits),
        "samples_against_physics": _against_physics(samples, place, probe),
        "late_ms_max": _latest(runs),
    }


def _name_crossings(run: Json, place: PlaceRecord, probe: Probe) -> None:
    """Find the last true crossing before the first sample out, and the last one back before the first back."""
    warm = run["direction"] == TOO_WARM
    level = step_outside(place.limits, run["direction"], place.step_micro_celsius)
    run["crossed_ms"] = None
    run["back_crossed_ms"] = None
    for crossing in place.crossings:
        if crossing.node != probe.role or round(crossing.celsius * 1_000_000) != level:
            continue
        outward = crossing.rising == warm
        if outward and crossing.at_ms <= run["first_out_ms"]:
            run["crossed_ms"] = crossing.at_ms
        back_ms = run["first_back_ms"]
        if not outward and back_ms is not None and run["last_out_ms"] < crossing.at_ms <= back_ms:
            run["back_crossed_ms"] = crossing.at_ms


def _longest_interval(times_ms: list[int]) -> int:
    longest = 0
    for place in range(1, len(times_ms)):
        longest = max(longest, times_ms[place] - times_ms[place - 1])
    return longest


def _against_physics(samples: list[tuple[int, int]], place: PlaceRecord, probe: Probe) -> int:
    """Count the samples whose side differs from where the true temperature was at that instant."""
    warm_level = step_outside(place.limits, TOO_WARM, place.step_micro_celsius)
    cold_level = step_outside(place.limits, TOO_COLD, place.step_micro_celsius)
    crossings = [crossing for crossing in place.crossings if crossing.node == probe.role]
    next_one, too_warm, too_cold, against = 0, False, False, 0
    for at_ms, value in samples:
        while next_one < len(crossings) and crossings[next_one].at_ms <= at_ms:
            level = round(crossings[next_one].celsius * 1_000_000)
            if level == warm_level:
                too_warm = crossings[next_one].rising
            if level == cold_level:
                too_cold = not crossings[next_one].rising
            next_one += 1
        expected = TOO_WARM if too_warm else TOO_COLD if too_cold else ""
        against += side_of(value, place.limits) != expected
    return against


def _latest(runs: list[Json]) -> int:
    latest = 0
    for run in runs:
        if run["crossed_ms"] is not None:
            latest = max(latest, run["first_out_ms"] - run["crossed_ms"])
        if run["back_crossed_ms"] is not None:
            latest = max(latest, run["first_back_ms"] - run["back_crossed_ms"])
    return latest


def _place_truth(place: PlaceRecord) -> Json:
    return {
        "place": place.id,
        "kind": place.kind,
        "profile": place.profile,
        "profile_version": place.profile_version,
        "has_reader": place.has_reader,
        "step_micro_celsius": place.step_micro_celsius,
        "limits": asdict(place.limits),
    }


def _contact_truth(contact: ContactRecord, until_ms: int) -> Json:
    return {
        "contact": contact.contact.id,
        "kind": contact.contact.kind,
        "place": contact.contact.place,
        "changes": [{"at_ms": change.at_ms, "on": change.on} for change in _until(contact.changes, until_ms)],
        "noticed": [{"at_ms": change.at_ms, "on": change.on} for change in _until(contact.noticed, until_ms)],
    }


def _bag_truth(bag: BagRecord, until_ms: int) -> Json:
    intervals = [
        {
            "place": visit.place,
            "in_ms": visit.in_ms,
            "out_ms": visit.out_ms if visit.out_ms and visit.out_ms <= until_ms else None,
        }
        for visit in bag.visits
        if visit.in_ms <= until_ms
    ]
    return {**bag.label, "readable": bag.readable, "intervals": intervals}


def _crossings_truth(place: PlaceRecord, until_ms: int) -> list[Json]:
    return [
        {
            "place": place.id,
            "at_ms": crossing.at_ms,
            "node": crossing.node,
            "level_micro_celsius": round(crossing.celsius * 1_000_000),
            "rising": crossing.rising,
        }
        for crossing in place.crossings
        if crossing.at_ms <= until_ms
    ]


def _until(changes: list[Change], until_ms: int) -> list[Change]:
    return [change for change in changes if change.at_ms <= until_ms]
