"""The oracle: one brute-force pass over the answers that were really sent, in plain loops of its own.

`truth(bench)` returns a dict that json can write; all times are UTC milliseconds, all temperatures tenths of a
degree Celsius as the collector's register has them (a register above `warm_tenths` or below `cold_tenths` is out)::

    scenario, seed, start_ms, until_ms
    limits        cold_tenths, warm_tenths, hard_cold_tenths, hard_warm_tenths, polling_interval_ms
    channels      one object a connected probe:
      channel, role, delay_ms
      answers_sent          sound answers with a temperature of this channel
      no_sensor_answers     sound answers that said that no sensor is there
      first_ms, last_ms     the first and the last of answers_sent (null if none)
      longest_interval_ms   the longest time between two of them
      runs                  every run outside the limits, in order:
        direction           "too-warm" or "too-cold"
        first_out_ms        first sample outside
        last_out_ms         last sample outside
        first_back_ms       first sample that is not outside in this direction any more (null: still out)
        lasted_ms           from first_out_ms to first_back_ms, or to last_out_ms while it is still out
        samples_out, peak_tenths, peak_celsius (text)
        hard                whether a sample reached a hard limit, which needs no delay
        finding             whether lasted_ms >= delay_ms, or hard
        crossed_ms          when the true temperature passed the register's step before first_out_ms (null: unknown)
        back_crossed_ms     the same before first_back_ms
        bags                for a finding, every visit that overlaps [first_out_ms, first_back_ms):
          epc, readable, in_ms, out_ms (null: still inside),
          exposed_from_ms, exposed_to_ms (null: the run is still out and the bag inside),
          peak_tenths       in that time (null if no sample fell into it)
      samples_against_physics   samples whose side of the limits differs from the true temperature's: must be 0
      late_ms_max           the longest from a true crossing to the sample that showed it
    bags          every label, with: readable, intervals [{in_ms, out_ms}]
    strays        EPCs of tags that are heard and are not inside
    doors, mains  [{at_ms, open}], [{at_ms, present}]: every change
    crossings     the true (unrounded) temperatures: [{at_ms, node, level_milli_celsius, rising}]
    faults        how many answers were spoilt, by kind; spoilt answers count nowhere above
    lost          what the record could not keep: must be 0, else this truth is not whole

The true temperature is compared at every sample, so a run's ends differ from its crossings by less than the time
between two samples.
"""

import json
from pathlib import Path
from typing import Any, Final, Protocol

from firmware_sim.record import BagRecord, Record
from firmware_sim.scenario import Channel, Limits

NO_SENSOR_REGISTER: Final = 0x8000

Json = dict[str, Any]


class Recorded(Protocol):
    """Anything with a record; a bench."""

    record: Record


def truth(bench: Recorded, until_ms: int | None = None) -> Json:
    """Return what is true of all that happened up to until_ms (the bench's time if None); see the module's text."""
    return truth_of(bench.record, bench.record.until_ms if until_ms is None else until_ms)


def write_truth(bench: Recorded, path: Path, until_ms: int | None = None) -> None:
    """Write the truth as JSON."""
    path.write_text(json.dumps(truth(bench, until_ms), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def truth_of(record: Record, until_ms: int) -> Json:
    """Return the truth of a record up to and including until_ms."""
    limits = record.limits
    return {
        "scenario": record.scenario,
        "seed": record.seed,
        "start_ms": record.start_ms,
        "until_ms": until_ms,
        "limits": {
            "cold_tenths": limits.cold_tenths,
            "warm_tenths": limits.warm_tenths,
            "hard_cold_tenths": limits.hard_cold_tenths,
            "hard_warm_tenths": limits.hard_warm_tenths,
            "polling_interval_ms": limits.polling_interval_ms,
        },
        "channels": [_channel_truth(record, channel, until_ms) for channel in record.channels],
        "bags": [_bag_truth(bag, until_ms) for bag in record.bags.values()],
        "strays": list(record.strays),
        "doors": [{"at_ms": door.at_ms, "open": door.on} for door in record.doors if door.at_ms <= until_ms],
        "mains": [{"at_ms": mains.at_ms, "present": mains.on} for mains in record.mains if mains.at_ms <= until_ms],
        "crossings": _crossings_truth(record, until_ms),
        "faults": dict(record.faults),
        "lost": record.lost + record.crossings_lost,
    }


def _channel_truth(record: Record, channel: Channel, until_ms: int) -> Json:
    samples, no_sensor = _samples(record, channel.channel, until_ms)
    runs = _runs(samples, record.limits)
    for run in runs:
        _judge(run, channel, record.limits)
        _name_crossings(run, record, channel)
        run["bags"] = _bags_inside(run, record, samples, until_ms) if run["finding"] else []
    return {
        "channel": channel.channel,
        "role": channel.role,
        "delay_ms": channel.delay_ms,
        "answers_sent": len(samples),
        "no_sensor_answers": no_sensor,
        "first_ms": samples[0][0] if samples else None,
        "last_ms": samples[-1][0] if samples else None,
        "longest_interval_ms": _longest_interval(samples),
        "runs": runs,
        "samples_against_physics": _against_physics(samples, record, channel),
        "late_ms_max": _latest(runs),
    }


def _samples(record: Record, channel: int, until_ms: int) -> tuple[list[tuple[int, int]], int]:
    """Return (time, tenths) of every sound answer of a channel, and how many said that no sensor is there."""
    samples: list[tuple[int, int]] = []
    no_sensor = 0
    for answer in record.answers:
        place = channel - answer.first
        if not answer.sound or answer.at_ms > until_ms or not 0 <= place < len(answer.registers):
            continue
        register = answer.registers[place]
        if register == NO_SENSOR_REGISTER:
            no_sensor += 1
        elif register < NO_SENSOR_REGISTER:
            samples.append((answer.at_ms, register))
        else:
            samples.append((answer.at_ms, register - 0x10000))
    return samples, no_sensor


def _side(tenths: int, limits: Limits) -> str:
    if tenths > limits.warm_tenths:
        return "too-warm"
    if tenths < limits.cold_tenths:
        return "too-cold"
    return ""


def _runs(samples: list[tuple[int, int]], limits: Limits) -> list[Json]:
    runs: list[Json] = []
    run: Json | None = None
    for at_ms, tenths in samples:
        side = _side(tenths, limits)
        if run is not None and side != run["direction"]:
            run["first_back_ms"] = at_ms
            run = None
        if side and run is None:
            run = {
                "direction": side,
                "first_out_ms": at_ms,
                "last_out_ms": at_ms,
                "first_back_ms": None,
                "samples_out": 0,
                "peak_tenths": tenths,
            }
            runs.append(run)
        if run is not None:
            run["last_out_ms"] = at_ms
            run["samples_out"] += 1
            run["peak_tenths"] = _worse(run["direction"], run["peak_tenths"], tenths)
    return runs


def _worse(direction: str, first: int, second: int) -> int:
    if direction == "too-warm":
        return first if first > second else second
    return first if first < second else second


def _judge(run: Json, channel: Channel, limits: Limits) -> None:
    end_ms = run["last_out_ms"] if run["first_back_ms"] is None else run["first_back_ms"]
    peak = run["peak_tenths"]
    run["lasted_ms"] = end_ms - run["first_out_ms"]
    run["peak_celsius"] = f"{'-' if peak < 0 else ''}{abs(peak) // 10}.{abs(peak) % 10}"
    run["hard"] = peak >= limits.hard_warm_tenths or peak <= limits.hard_cold_tenths
    run["finding"] = run["lasted_ms"] >= channel.delay_ms or run["hard"]


def _name_crossings(run: Json, record: Record, channel: Channel) -> None:
    """Find the last true crossing before the first sample out, and the last one back before the first back."""
    warm = run["direction"] == "too-warm"
    level = _step(record.limits.warm_tenths, +1) if warm else _step(record.limits.cold_tenths, -1)
    run["crossed_ms"] = None
    run["back_crossed_ms"] = None
    for crossing in record.crossings:
        if crossing.node != channel.role or round(crossing.celsius * 1000) != level:
            continue
        outward = crossing.rising == warm
        if outward and crossing.at_ms <= run["first_out_ms"]:
            run["crossed_ms"] = crossing.at_ms
        back_ms = run["first_back_ms"]
        if not outward and back_ms is not None and run["last_out_ms"] < crossing.at_ms <= back_ms:
            run["back_crossed_ms"] = crossing.at_ms


def _step(limit_tenths: int, towards: int) -> int:
    """Return the true temperature, in thousandths, at which the register first shows the next tenth outside."""
    return limit_tenths * 100 + towards * 50


def _bags_inside(run: Json, record: Record, samples: list[tuple[int, int]], until_ms: int) -> list[Json]:
    inside: list[Json] = []
    for epc, bag in record.bags.items():
        for visit in bag.visits:
            if visit.in_ms > until_ms:
                continue
            out_ms = visit.out_ms if visit.out_ms is not None and visit.out_ms <= until_ms else None
            start_ms = visit.in_ms if visit.in_ms > run["first_out_ms"] else run["first_out_ms"]
            ends = [end_ms for end_ms in (out_ms, run["first_back_ms"]) if end_ms is not None]
            end_ms = min(ends) if ends else None
            if end_ms is not None and end_ms <= start_ms:
                continue
            peak = None
            for at_ms, tenths in samples:
                if at_ms >= start_ms and (end_ms is None or at_ms < end_ms):
                    peak = tenths if peak is None else _worse(run["direction"], peak, tenths)
            inside.append(
                {
                    "epc": epc,
                    "readable": bag.readable,
                    "in_ms": visit.in_ms,
                    "out_ms": out_ms,
                    "exposed_from_ms": start_ms,
                    "exposed_to_ms": end_ms,
                    "peak_tenths": peak,
                }
            )
    return inside


def _longest_interval(samples: list[tuple[int, int]]) -> int:
    longest = 0
    for place in range(1, len(samples)):
        longest = max(longest, samples[place][0] - samples[place - 1][0])
    return longest


def _against_physics(samples: list[tuple[int, int]], record: Record, channel: Channel) -> int:
    """Count the samples whose side differs from where the true temperature was at that instant."""
    warm_level, cold_level = _step(record.limits.warm_tenths, +1), _step(record.limits.cold_tenths, -1)
    crossings = [crossing for crossing in record.crossings if crossing.node == channel.role]
    place, too_warm, too_cold, against = 0, False, False, 0
    for at_ms, tenths in samples:
        while place < len(crossings) and crossings[place].at_ms <= at_ms:
            level = round(crossings[place].celsius * 1000)
            if level == warm_level:
                too_warm = crossings[place].rising
            if level == cold_level:
                too_cold = not crossings[place].rising
            place += 1
        expected = "too-warm" if too_warm else "too-cold" if too_cold else ""
        against += _side(tenths, record.limits) != expected
    return against


def _latest(runs: list[Json]) -> int:
    latest = 0
    for run in runs:
        if run["crossed_ms"] is not None:
            latest = max(latest, run["first_out_ms"] - run["crossed_ms"])
        if run["back_crossed_ms"] is not None:
            latest = max(latest, run["first_back_ms"] - run["back_crossed_ms"])
    return latest


def _bag_truth(bag: BagRecord, until_ms: int) -> Json:
    intervals = [
        {"in_ms": visit.in_ms, "out_ms": visit.out_ms if visit.out_ms and visit.out_ms <= until_ms else None}
        for visit in bag.visits
        if visit.in_ms <= until_ms
    ]
    return {**bag.label, "readable": bag.readable, "intervals": intervals}


def _crossings_truth(record: Record, until_ms: int) -> list[Json]:
    return [
        {
            "at_ms": crossing.at_ms,
            "node": crossing.node,
            "level_milli_celsius": round(crossing.celsius * 1000),
            "rising": crossing.rising,
        }
        for crossing in record.crossings
        if crossing.at_ms <= until_ms
    ]
