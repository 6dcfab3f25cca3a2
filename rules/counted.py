"""Which readings of a probe count, and by how much they are corrected.

Not those of a probe that nobody confirmed, and none while somebody works on it.

Time of a probe is one of three: its readings *count*; they are *no measurement* (not confirmed at the fridge, or under
check while no other probe of the place watches): a gap like any other; or the probe *rests* and nothing at all is
judged (under check while another probe watches, or the place is out of use and nobody is inside). This is the one door:
whoever judges, measures or exposes reads a probe's history through here. All of it follows from what was said, in
whatever order it was told. What comes through is corrected by the calibrations of the instrument, each reading by that
of the instant at which it was taken; the log keeps what was sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from coldchain.calibrated import calibrated
from coldchain.calibration import Applied, Calibration, applied_to, differ_in
from coldchain.commission import Commissioning, Position, WorkKind, WorkWord
from coldchain.history import EMPTY, NO_VALUE, History
from coldchain.places import Probe
from coldchain.ports import Records
from coldchain.standing import PlaceState
from rules.classes import REST_BEGAN, REST_ENDED
from rules.intervals import OPEN_END_MS, Interval, common, united, without
from rules.wiring import wiring_words, with_wiring

Read = Callable[[int, int], History]

SETTLE_MS: Final = 1_200_000  # PROP: for so long after its confirmation a probe is still warm from the hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """When the readings of one probe do not count; all stretches disjoint and in order.

    In `gaps` they are no measurement, in `rests` nothing is judged. `unconfirmed`, `checked` and `unused` are the
    reasons, which may overlap. `applied`: the calibrations by which readings are corrected, by from_ms.
    """

    gaps: Sequence[Interval] = ()
    rests: Sequence[Interval] = ()
    unconfirmed: Sequence[Interval] = ()
    checked: Sequence[Interval] = ()
    unused: Sequence[Interval] = ()
    applied: Sequence[Applied] = ()

    def at(self, at_ms: int) -> bool:
        """Tell whether a reading of this instant counts."""
        return not (_holds(self.gaps, at_ms) or _holds(self.rests, at_ms))

    def why_not(self, at_ms: int) -> tuple[PlaceState, int] | None:
        """Return (state, since_ms): why readings do not count at an instant; None if they do."""
        if self.at(at_ms):
            return None
        reasons = (
            (PlaceState.OUT_OF_USE, self.unused),
            (PlaceState.UNDER_CHECK, self.checked),
            (PlaceState.NOT_CONFIRMED, self.unconfirmed),
        )
        return next((state, begin) for state, spans in reasons for begin, end in spans if begin <= at_ms < end)

    def marks(self, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """Return (at_ms, quality) of the marks at which rests begin and end, with from_ms <= at_ms < to_ms."""
        begins = [(begin, REST_BEGAN) for begin, _ in self.rests]
        ends = [(end - 1, REST_ENDED) for _, end in self.rests if end < OPEN_END_MS]
        return sorted(mark for mark in (*begins, *ends) if from_ms <= mark[0] < to_ms)

    @property
    def uncertain(self) -> bool:
        """Whether a calibration says how uncertain corrected readings are."""
        return any(one.uncertainty_micro_celsius for one in self.applied)

    def corrected(self, history: History, uncertainties: int = 0) -> History:
        """Return readings as they are corrected, whether they count or not (coldchain.calibrated)."""
        return calibrated(history, self.applied, uncertainties)

    def spoken(self, history: History) -> History:
        """Return those of some readings that count, corrected."""
        if not len(history):
            return history
        return self.measured(history.between)(int(history.taken_ms[0]), int(history.taken_ms[-1]) + 1)

    def measured(self, read: Read, uncertainties: int = 0) -> Read:
        """Return the function that gives the readings that count, corrected, out of the one that gives all as sent."""
        return lambda from_ms, to_ms: self.corrected(_measured(self, read, from_ms, to_ms), uncertainties)

    def judged(self, read: Read) -> Read:
        """Return the same with a mark where a rest begins and where it ends: what the fold of a probe is fed with."""
        return lambda from_ms, to_ms: self.corrected(_judged(self, read, from_ms, to_ms))


ALL_COUNTS: Final = Counted()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWork:
    """What was said of a place and decides what counts there. `inside`: when a unit was, or may have been, in it.

    `calibrations`: of the instruments that hung there, by serial number.
    """

    probes: Sequence[Probe]
    positions: Sequence[Position]
    commissionings: Sequence[Commissioning]
    words: Sequence[WorkWord]
    inside: Sequence[Interval] = ()
    calibrations: Mapping[str, tuple[Calibration, ...]] = field(default_factory=dict)


NO_WORK: Final = PlaceWork(probes=(), positions=(), commissionings=(), words=())


def counted_in(work: PlaceWork) -> dict[str, Counted]:
    """Return what counts of each probe of a place, by probe."""
    unused = without(lasted(work.words, WorkKind.OUT_OF_USE), united(work.inside))
    unconfirmed = {probe.id: not_confirmed(probe, work.positions, work.commissionings) for probe in work.probes}
    checked = {probe.id: _checked(probe, work) for probe in work.probes}
    found = {}
    for probe in work.probes:
        mine = probe.id
        others = [other for other in work.probes if other.id != mine]
        watched = united(part for other in others for part in _watching(other, unconfirmed, checked))
        rests = united([*unused, *without(common(checked[mine], watched), unconfirmed[mine])])
        gaps = without(united([*unconfirmed[mine], *checked[mine]]), rests)
        found[mine] = Counted(
            gaps=gaps,
            rests=_long_enough(rests),
            unconfirmed=unconfirmed[mine],
            checked=checked[mine],
            unused=unused,
            applied=_applied(probe, work),
        )
    return found


def work_of(records: Records, place: str, probes: Iterable[Probe]) -> PlaceWork:
    """Gather what was said of a place out of the record; `probes`: at least all of the place."""
    words, here = records.work_in(place), [probe for probe in probes if probe.place == place]
    said = [word for probe in here for word in wiring_words(records, probe.id)]
    commissionings = records.commissionings_in(place)
    unused = lasted(words, WorkKind.OUT_OF_USE)
    stays = [stay for begin, end in unused for stay in records.stays_in_place(place, begin, end)]
    positions = with_wiring(here, records.positions_in(place), commissionings, said)
    serials = sorted({*(probe.serial for probe in here), *(one.serial for one in positions)} - {""})
    return PlaceWork(
        probes=here,
        positions=positions,
        commissionings=commissionings,
        words=words,
        calibrations={serial: records.calibrations_of_serial(serial) for serial in serials},
        inside=[(stay.possible_from_ms, stay.possible_to_ms or OPEN_END_MS) for stay in stays],
    )


def not_confirmed(
    probe: Probe, positions: Sequence[Position], commissionings: Sequence[Commissioning]
) -> list[Interval]:
    """Return the time in which nobody at the fridge had confirmed which probe this is.

    A commissioning confirms the position in which it was said, from when it says, but never from before that position
    began. Of a probe that was new then, what it measured before it was registered is not confirmed either.
    """
    own = sorted((one for one in positions if one.probe == probe.id), key=lambda one: one.from_ms)
    ends = [one.from_ms for one in own[1:]] + [OPEN_END_MS]
    gaps = []
    for at, (position, end) in enumerate(zip(own, ends, strict=False)):
        if not position.required:
            continue
        confirmed = [
            max(one.from_ms, position.from_ms)
            for one in commissionings
            if one.probe == probe.id and position.from_ms <= one.at_ms < end
        ]
        new = at == 0 and probe.since_ms is not None and position.from_ms <= probe.since_ms
        gaps.append((0 if new else position.from_ms, min([*confirmed, end])))
    return united(gaps)


def lasted(words: Iterable[WorkWord], kind: WorkKind, probe: str = "") -> list[Interval]:
    """Return when work of a kind lasted on a probe, or (probe "") on the place: from a beginning to the next end."""
    own = [word for word in words if word.kind is kind and word.probe == probe]
    own.sort(key=lambda word: (word.at_ms, word.begins))
    spans, since_ms = [], None
    for word in own:
        if word.begins and since_ms is None:
            since_ms = word.at_ms
        elif not word.begins and since_ms is not None:
            spans.append((since_ms, word.at_ms))
            since_ms = None
    return united([*spans, *([(since_ms, OPEN_END_MS)] if since_ms is not None else [])])


def planned_end_ms(words: Iterable[WorkWord], kind: WorkKind, probe: str, now_ms: int) -> int | None:
    """Return until when work that lasts at now_ms is planned: said with its last beginning; None if there is none."""
    own = [word for word in words if word.kind is kind and word.probe == probe and word.at_ms <= now_ms]
    last = max(own, key=lambda word: (word.at_ms, word.begins), default=None)
    return last.until_ms if last and last.begins else None


def changed_in(before: Counted, after: Counted) -> Interval | None:
    """Return the least [from_ms, to_ms) outside of which a probe's readings count as before, and the same values do.

    None if nothing has changed. One millisecond more at both ends: the mark of a rest's end stands in its last one,
    that of its beginning in its first.
    """
    corrected = differ_in(before.applied, after.applied)
    spans = [] if corrected is None else [corrected]
    for old, new in ((before.gaps, after.gaps), (before.rests, after.rests)):
        spans += united([*without(old, new), *without(new, old)])
    if not spans:
        return None
    return max(0, min(begin for begin, _ in spans) - 1), max(end for _, end in spans) + 1


def _applied(probe: Probe, work: PlaceWork) -> tuple[Applied, ...]:
    found = applied_to(probe.id, probe.serial, work.positions, work.calibrations)
    return found if any(one.version for one in found) else ()


def _checked(probe: Probe, work: PlaceWork) -> list[Interval]:
    """Return when a probe is under check: as it was said, and while it was in a hand and still warm from it."""
    said = lasted(work.words, WorkKind.UNDER_CHECK, probe.id)
    warmed = [(one.began_ms, one.at_ms + SETTLE_MS) for one in work.commissionings if one.probe == probe.id]
    return united([*said, *warmed])


def _watching(
    probe: Probe, unconfirmed: Mapping[str, Sequence[Interval]], checked: Mapping[str, Sequence[Interval]]
) -> list[Interval]:
    """Return when a probe watches its place: it is registered, confirmed, and not itself under check."""
    registered = (probe.since_ms or 0, OPEN_END_MS)
    return without([registered], united([*unconfirmed[probe.id], *checked[probe.id]]))


def _long_enough(rests: Sequence[Interval]) -> list[Interval]:
    """Leave out what has no room for its two marks."""
    return [(begin, end) for begin, end in rests if end - begin > 1]


def _measured(counted: Counted, read: Read, from_ms: int, to_ms: int) -> History:
    left_out = united([*counted.gaps, *counted.rests])
    kept = without([(from_ms, to_ms)], left_out) if from_ms < to_ms else []
    if kept == [(from_ms, to_ms)]:
        return read(from_ms, to_ms)
    return _joined([read(begin, end) for begin, end in kept])


def _judged(counted: Counted, read: Read, from_ms: int, to_ms: int) -> History:
    history = _measured(counted, read, from_ms, to_ms)
    marks = counted.marks(from_ms, to_ms)
    if not marks:
        return history
    marked = History(
        taken_ms=np.array([at_ms for at_ms, _ in marks], np.int64),
        micro_celsius=np.full(len(marks), NO_VALUE, np.int64),
        quality=np.array([quality for _, quality in marks], np.uint8),
    )
    return _in_order(_joined([history, marked]))


def _joined(parts: Sequence[History]) -> History:
    if len(parts) <= 1:
        return parts[0] if parts else EMPTY
    return History(
        taken_ms=np.concatenate([part.taken_ms for part in parts]),
        micro_celsius=np.concatenate([part.micro_celsius for part in parts]),
        quality=np.concatenate([part.quality for part in parts]),
    )


def _in_order(history: History) -> History:
    order = np.argsort(history.taken_ms, kind="stable")
    return History(
        taken_ms=history.taken_ms[order], micro_celsius=history.micro_celsius[order], quality=history.quality[order]
    )


def _holds(spans: Sequence[Interval], at_ms: int) -> bool:
    return any(begin <= at_ms < end for begin, end in spans)
