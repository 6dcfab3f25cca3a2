"""What is true of the city, by the simulator's own oracle; and what was found of it, missed, said falsely and too late.

The oracle (firmware_sim.truth_runs: plain loops, numbers of its own, no code of the rules) is asked about what healthy
sensors would have said and the doors that a host noticed. A sensor's fault is therefore never an excursion, and one
that hides an excursion does not make it untrue.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.city_world import DAY_MS, HOUR_MS, MINUTE_MS, MODELS, START_MS, City, Day, Span
from coldchain.facts import EventKind
from firmware_sim.levels import is_hard, side_of
from firmware_sim.record import Change, ContactRecord, PlaceRecord, Record
from firmware_sim.scenario import STORAGE_POINT, load
from firmware_sim.story import DEFROST, DOOR, LID, Contact, Limits, Probe
from firmware_sim.truth_runs import judge, runs_of

LATE_MS: Final = 60_000
TENTH: Final = 100_000
EXCURSIONS: Final = frozenset({"A01", "A02", "A03", "A12", "A13"})
ON_KINDS: Final = {EventKind.DOOR_OPENED: True, EventKind.DOOR_CLOSED: False} | {
    EventKind.DEFROST_BEGAN: True,
    EventKind.DEFROST_ENDED: False,
}


class Truth(NamedTuple):
    """A true excursion of a place: of all its probes, from the first sample outside to the first back inside."""

    place: str
    from_ms: int
    to_ms: int
    known_ms: int
    direction: str
    brief: bool


class Said(NamedTuple):
    """An excursion that the rules found: it began at from_ms and was an alarm at raised_ms."""

    rule: str
    place: str
    probe: str
    from_ms: int
    to_ms: int
    raised_ms: int


@dataclass
class Oracle:
    """Collects days and judges at the end."""

    city: City
    rows: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[str, ContactRecord] = field(default_factory=dict)
    _last_out: dict[str, bool] = field(default_factory=dict)

    def take(self, day: Day) -> None:
        """Keep the samples outside, and the first behind them; and what contacts said."""
        scenario = load(STORAGE_POINT)
        day_ms = START_MS + day.number * DAY_MS
        for column, one in enumerate(self.city.places):
            limits = scenario.place(MODELS[one.kind]).limits
            for role in range(2):
                values = day.healthy[:, column, role]
                warm = values >= limits.warm_tenths if limits.strict else values > limits.warm_tenths
                cold = values < limits.cold_tenths if limits.cold_tenths is not None else np.zeros(len(values), bool)
                out = warm | cold
                name = f"{one.id}-{('load', 'air')[role]}"
                after = np.concatenate([[self._last_out.get(name, False)], out[:-1]])
                self._last_out[name] = bool(out[-1])
                kept = np.flatnonzero(out | after)
                self.rows[name] += [(day_ms + int(i) * MINUTE_MS, int(values[i]) * TENTH) for i in kept]
        for word in day.words:
            if word.kind in ON_KINDS:
                place = word.origin.rsplit("-", 1)[0]
                kind = DEFROST if word.origin.endswith("-defrost") else LID if "-box-" in word.origin else DOOR
                contact = Contact(id=word.origin, kind=kind, place=place)
                record = self.contacts.setdefault(word.origin, ContactRecord(contact))
                record.noticed.append(Change(word.at_ms, ON_KINDS[word.kind]))

    def truths(self) -> list[Truth]:
        """Return every true excursion, by place and time, of any length; `brief` ones are not to alarm anybody."""
        scenario = load(STORAGE_POINT)
        found = []
        outages = self.city.of("gateway")
        until_ms = START_MS + self.city.days * DAY_MS
        for one in self.city.places:
            model = scenario.place(MODELS[one.kind])
            contacts = {name: c for name, c in self.contacts.items() if c.contact.place == one.id}
            place = PlaceRecord(one.id, one.kind, "", 1, model.limits, model.probes, has_reader=False)
            record = Record("city", 1, START_MS, until_ms, MINUTE_MS, {one.id: place}, contacts, {}, [])
            for probe in model.probes:
                samples = self.rows[f"{one.id}-{probe.role}"]
                for run in runs_of(samples, model.limits):
                    record.contacts = {name: _near(c, run) for name, c in contacts.items()}
                    judge(run, record, place, probe)
                    end_ms = run["first_back_ms"] or until_ms
                    known_ms = _known_ms(run, samples, probe, model.limits)
                    mine = [o for o in outages if o.subject == one.site and one.kind != "box"]
                    while away := [o.to_ms for o in mine if o.from_ms <= known_ms < o.to_ms]:
                        known_ms = max(away)
                    if known_ms >= until_ms:
                        continue  # its readings still wait in the gateway when the run ends
                    found.append(
                        Truth(one.id, run["first_out_ms"], end_ms, known_ms, run["direction"], not run["finding"])
                    )
        return found


def _near(contact: ContactRecord, run: dict[str, Any]) -> ContactRecord:
    """Return what a contact said from some hours before a run on, beginning with a word that it is on."""
    low, high = run["first_out_ms"] - 12 * HOUR_MS, (run["first_back_ms"] or run["last_out_ms"]) + HOUR_MS
    near = [one for one in contact.noticed if low <= one.at_ms <= high]
    return ContactRecord(contact.contact, noticed=near[1:] if near and not near[0].on else near)


def _known_ms(run: dict[str, Any], samples: Sequence[tuple[int, int]], probe: Probe, limits: Limits) -> int:
    """Return when the condition was first known: its delay was over, or a load probe was beyond a hard limit."""
    known = int(run["first_out_ms"]) + probe.delay_ms + int(run["excused_ms"])
    if run["hard"] and probe.role == "load":
        low, high = run["first_out_ms"], run["last_out_ms"]
        hard = [at for at, value in samples if low <= at <= high and side_of(value, limits) and is_hard(value, limits)]
        known = min([known, *hard])
    return known


@dataclass
class Score:
    """How what was found compares with what is true."""

    true: int = 0
    missed: list[Truth] = field(default_factory=list)
    late: list[tuple[int, Truth]] = field(default_factory=list)
    lags_ms: list[int] = field(default_factory=list)  # from when each was known to its first alarm
    false: list[tuple[str, Said]] = field(default_factory=list)
    said: int = 0


def score(truths: Iterable[Truth], said: Sequence[Said], spans: Sequence[Span], *, timed: bool) -> Score:
    """Compare. A true excursion of a place is found by any of its probes; `timed`: and within LATE_MS.

    What was said falsely is named by what was wrong there: a sensor's fault, a run that was over before its delay, or
    nothing.
    """
    found = Score(said=len(said))
    by_place: dict[str, list[Said]] = defaultdict(list)
    true_of: dict[str, list[Truth]] = defaultdict(list)
    for one in said:
        by_place[one.place].append(one)
    for truth in truths:
        true_of[truth.place].append(truth)
        if truth.brief:
            continue
        found.true += 1
        over = [s for s in by_place[truth.place] if s.from_ms < truth.to_ms and s.to_ms > truth.from_ms]
        if not over:
            found.missed.append(truth)
            continue
        lag_ms = min(s.raised_ms for s in over) - truth.known_ms
        found.lags_ms.append(lag_ms)
        if timed and lag_ms > LATE_MS:
            found.late.append((lag_ms, truth))
    for one in said:
        near = [t for t in true_of[one.place] if t.from_ms < one.to_ms and t.to_ms > one.from_ms]
        if not any(not t.brief for t in near):
            found.false.append((_why(one, near, spans), one))
    return found


def _why(one: Said, near: Sequence[Truth], spans: Sequence[Span]) -> str:
    sick = {
        s.what for s in spans if s.subject == one.probe and s.from_ms < one.to_ms and s.to_ms + HOUR_MS > one.from_ms
    }
    return "sensor " + sorted(sick)[0] if sick else "over before its delay" if near else "nothing was wrong"
