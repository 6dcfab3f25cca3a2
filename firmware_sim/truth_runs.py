"""The oracle's loops over one probe: samples, runs outside, what is excused, what is a finding, who was inside."""

from typing import Any, Final

from firmware_sim.levels import TENTH_MICRO_CELSIUS, TOO_WARM, is_hard, side_of
from firmware_sim.record import ContactRecord, PlaceRecord, Record
from firmware_sim.story import DEFROST, DOOR, LID, Limits, Probe

NO_SENSOR_REGISTER: Final = 0x8000
RULE_HARD: Final = "A02"
AIR_READINGS: Final = 2  # beyond a hard limit, one after the other: one reading of the air may be a door
RULE_SENSOR: Final = "A30"

Json = dict[str, Any]
Samples = list[tuple[int, int]]


def samples_of(record: Record, probe: Probe, until_ms: int) -> list[tuple[int, int | None]]:
    """Return (time, micro-degrees or None for "no sensor") of every sound answer of a probe."""
    if probe.channel is None:
        return [(r.at_ms, r.micro_celsius) for r in record.readings if r.probe == probe.id and r.at_ms <= until_ms]
    samples: list[tuple[int, int | None]] = []
    for answer in record.answers:
        place = probe.channel - answer.first
        if not answer.sound or answer.at_ms > until_ms or not 0 <= place < len(answer.registers):
            continue
        register = answer.registers[place]
        if register == NO_SENSOR_REGISTER:
            samples.append((answer.at_ms, None))
        else:
            tenths = register if register < NO_SENSOR_REGISTER else register - 0x10000
            samples.append((answer.at_ms, tenths * TENTH_MICRO_CELSIUS))
    return samples


def runs_of(samples: Samples, limits: Limits) -> list[Json]:
    """Return every run of samples outside in one direction."""
    runs: list[Json] = []
    run: Json | None = None
    row = 0
    for at_ms, value in samples:
        row = row + 1 if is_hard(value, limits) else 0
        side = side_of(value, limits)
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
                "peak_micro_celsius": value,
                "hard": False,
                "hard_row": 0,
            }
            runs.append(run)
        if run is not None:
            run["last_out_ms"] = at_ms
            run["samples_out"] += 1
            run["peak_micro_celsius"] = worse(run["direction"], run["peak_micro_celsius"], value)
            run["hard"] = run["hard"] or row > 0
            run["hard_row"] = max(run["hard_row"], row)
    return runs


def faults_of(answers: list[tuple[int, int | None]], limits: Limits) -> list[Json]:
    """Return every time in which answers said "no sensor", up to the next temperature."""
    faults: list[Json] = []
    fault: Json | None = None
    for at_ms, value in answers:
        if value is not None:
            if fault is not None:
                fault["first_back_ms"] = at_ms
            fault = None
            continue
        if fault is None:
            fault = {"first_out_ms": at_ms, "first_back_ms": None, "samples_out": 0}
            faults.append(fault)
        fault["last_out_ms"] = at_ms
        fault["samples_out"] += 1
    for found in faults:
        end_ms = found["last_out_ms"] if found["first_back_ms"] is None else found["first_back_ms"]
        found["finding"] = end_ms - found["first_out_ms"] >= limits.sensor_fault_ms
    return faults


def worse(direction: str, first: int, second: int) -> int:
    """Return the one of two temperatures that is farther outside."""
    if direction == TOO_WARM:
        return first if first > second else second
    return first if first < second else second


def judge(run: Json, record: Record, place: PlaceRecord, probe: Probe) -> None:
    """Decide whether a run is a finding: what counts is the time that no door and no defrost excuses."""
    end_ms = run["last_out_ms"] if run["first_back_ms"] is None else run["first_back_ms"]
    limits = place.limits
    run["lasted_ms"] = end_ms - run["first_out_ms"]
    run["excused_ms"] = 0
    row = run.pop("hard_row")
    if probe.role == "air":
        run["hard"] = row >= AIR_READINGS
        excused = sum(
            max(0, min(last, end_ms) - max(first, run["first_out_ms"])) for first, last in excuses(record, place)
        )
        run["excused_ms"] = min(excused, limits.excuse_at_most_ms)
    counts_ms = run["lasted_ms"] - run["excused_ms"]
    hard_delay_ms = limits.hard_air_ms if probe.role == "air" else 0
    hard = run["hard"] and counts_ms >= hard_delay_ms
    run["finding"] = hard or counts_ms >= probe.delay_ms
    run["rule"] = (RULE_HARD if hard else limits.limit_rule) if run["finding"] else None
    peak = run["peak_micro_celsius"]
    run["peak_celsius"] = celsius_text(peak)
    run["peak_tenths"] = None if peak % TENTH_MICRO_CELSIUS else peak // TENTH_MICRO_CELSIUS


def celsius_text(micro_celsius: int) -> str:
    """Return a temperature in words, exact, with one decimal at least."""
    whole, part = divmod(abs(micro_celsius), 1_000_000)
    return f"{'-' if micro_celsius < 0 else ''}{whole}.{f'{part:06d}'.rstrip('0') or '0'}"


def excuses(record: Record, place: PlaceRecord) -> list[tuple[int, int]]:
    """Return the times, apart and in order, in which the place's doors and defrosts excuse its air probes.

    They are as a host noticed them: from the answer that said open to the one that said shut, but no longer than a run
    may be excused at most, and the recovery after it was shut.
    """
    spans: list[tuple[int, int]] = []
    for contact in record.contacts.values():
        recovery_ms = _recovery_ms(contact, place)
        if contact.contact.place != place.id or recovery_ms is None:
            continue
        for begin_ms, end_ms in on_times(contact):
            # A contact that stays on excuses on, and to the oracle the record's end is the end of all.
            last_ms = record.until_ms if end_ms is None else end_ms
            spans.append((begin_ms, min(last_ms, begin_ms + place.limits.excuse_at_most_ms)))
            if end_ms is not None:
                spans.append((end_ms, end_ms + recovery_ms))
    united: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(last, united[-1][1]))
        else:
            united.append((first, last))
    return united


def on_times(contact: ContactRecord) -> list[tuple[int, int | None]]:
    """Return every time for which a host knew a normally-off contact to be on; None: it still is."""
    times: list[tuple[int, int | None]] = []
    for change in contact.noticed:
        if change.on:
            times.append((change.at_ms, None))
        elif times:
            times[-1] = (times[-1][0], change.at_ms)
    return times


def _recovery_ms(contact: ContactRecord, place: PlaceRecord) -> int | None:
    if contact.contact.kind in {DOOR, LID}:
        return place.limits.door_recovery_ms
    return place.limits.defrost_recovery_ms if contact.contact.kind == DEFROST else None


def name_bags(run: Json, record: Record, place: PlaceRecord, samples: Samples, until_ms: int) -> list[Json]:
    """Return every visit of the place that overlaps the run, with the time and the worst sample that it shares."""
    inside: list[Json] = []
    for epc, bag in record.bags.items():
        for visit in bag.visits:
            if visit.in_ms > until_ms or visit.place not in {"", place.id}:
                continue
            out_ms = visit.out_ms if visit.out_ms is not None and visit.out_ms <= until_ms else None
            start_ms = visit.in_ms if visit.in_ms > run["first_out_ms"] else run["first_out_ms"]
            ends = [end_ms for end_ms in (out_ms, run["first_back_ms"]) if end_ms is not None]
            end_ms = min(ends) if ends else None
            if end_ms is not None and end_ms <= start_ms:
                continue
            peak = None
            for at_ms, value in samples:
                if at_ms >= start_ms and (end_ms is None or at_ms < end_ms):
                    peak = value if peak is None else worse(run["direction"], peak, value)
            whole_tenths = peak is not None and peak % TENTH_MICRO_CELSIUS == 0
            inside.append(
                {
                    "epc": epc,
                    "readable": bag.readable,
                    "certain": bag.readable or not place.has_reader,
                    "in_ms": visit.in_ms,
                    "out_ms": out_ms,
                    "exposed_from_ms": start_ms,
                    "exposed_to_ms": end_ms,
                    "exposed_ms": None if end_ms is None else end_ms - start_ms,
                    "peak_micro_celsius": peak,
                    "peak_tenths": peak // TENTH_MICRO_CELSIUS if peak is not None and whole_tenths else None,
                }
            )
    return inside
