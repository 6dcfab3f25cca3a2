"""Sums of hours and days, and journeys: written once a place has told them, and anew when facts come that change them.

Of each place a durable cursor (`mirror:sums:PLACE`) says up to which full hour its sums are written and all of its
gateways have told everything. What comes later for an earlier time, a late reading, a calibration, an amended finding,
sets it back, durably, before the cursor of the reading log or the ledger goes on; then all sums from there on are made
from the record again. So whatever came in which order, and however often this was begun anew, the points are the same.
An hour that is over and of which something is still awaited is written too, as not complete. How far that went is kept
in memory, and durably (`mirror:spoken:PLACE`) where it is more than is written again at each start.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

import structlog

from coldchain.errors import StoreError
from coldchain.places import ON_THE_ROAD, Place, Probe
from coldchain.ports import Session, Store
from stores.mirror_told import Told
from stores.mirror_trips import trip_lines
from stores.points_rollups import TEMPERATURE_1H, cooling_line, day_line, hour_line

SUMS: Final = "mirror:sums:"
SPOKEN: Final = "mirror:spoken:"
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LOOK_MS: Final = 20_000  # between two looks for hours that are over
TRIPS_MS: Final = 300_000  # between two words on a journey that goes on
AWAITED_MS_MAX: Final = 90 * DAY_MS  # of the hours that are awaited still so many are written again at each start
CHUNK_MS: Final = 7 * DAY_MS  # of one place at a time
PLACES_MAX: Final = 24  # of one batch: so many cursors may wait to be moved at a time (ingest.writer)
LINES_MAX: Final = 1_500  # of one batch, about: the place with which it is full is still whole

log = structlog.get_logger("mirror")

Back: TypeAlias = tuple[str, int]  # place, from when on its sums have changed


@dataclass(slots=True)
class Mark:
    """How far one place is: told and written up to `told_ms` (0: nothing yet), written up to `spoken_ms`.

    `heard_ms`: by gateway, up to which full hour it had told everything when that was written.
    """

    told_ms: int = 0
    spoken_ms: int = 0
    heard_ms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SumBatch:
    """Lines, and how far each place is once they are delivered. `more`: there is more to be done at once."""

    lines: list[bytes]
    marks: dict[str, Mark]
    more: bool


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is registered, and up to when each gateway has told everything."""

    session: Session
    now_ms: int
    places: tuple[Place, ...]
    probes: dict[str, list[Probe]]
    gateways: dict[str, list[str]]
    horizons: dict[str, int]

    def heard(self, place: str) -> dict[str, int]:
        """Return up to which full hour each gateway of a place has told everything."""
        over_ms = _hour(self.now_ms)
        return {name: min(over_ms, _hour(self.horizons.get(name, 0))) for name in self.gateways.get(place, ())}

    def told_ms(self, place: str) -> int:
        """Return up to when all gateways of a place have told everything."""
        return min((self.horizons.get(name, 0) for name in self.gateways.get(place, ())), default=0)


class _Span(NamedTuple):
    """Hours of a place to be written, and since when its journeys are."""

    since_ms: int
    begin_ms: int
    end_ms: int


class Sums:
    """Follows what is over. Used by the thread of the mirror."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._marks: dict[str, Mark] = {}
        self._spoken: dict[str, int] = {}  # the durable ones
        self._due_ms: int | None = None
        self._trips_due_ms: int | None = None
        self.faults: list[tuple[str, bytes]] = []  # of our own, as (reason, what); taken away by whoever tells them

    def learn(self, session: Session) -> None:
        """Read how far an earlier run had come."""
        known = {name.removeprefix(SUMS): ms for name, ms in session.books.cursors(SUMS).items()}
        self._spoken = {name.removeprefix(SPOKEN): ms for name, ms in session.books.cursors(SPOKEN).items()}
        self._marks = {}
        for place in known.keys() | self._spoken.keys():
            told_ms = known.get(place, 0)
            spoken_ms = max(told_ms, self._spoken.get(place, 0) - AWAITED_MS_MAX)
            self._marks[place] = Mark(told_ms=told_ms, spoken_ms=spoken_ms)
        self._due_ms = self._trips_due_ms = None

    def names(self) -> list[str]:
        """Return the durable cursors that are not at their beginning."""
        told = [SUMS + place for place, mark in self._marks.items() if mark.told_ms]
        return [*told, *(SPOKEN + place for place, ms in self._spoken.items() if ms)]

    def forget(self) -> None:
        """Begin anew; the durable cursors are set back by the caller."""
        self._marks.clear()
        self._spoken.clear()
        self._due_ms = self._trips_due_ms = None

    def back(self, backs: Iterable[Back]) -> dict[str, int]:
        """Set places back; return the durable cursors that have to move before anything else does."""
        moved: dict[str, int] = {}
        for place, from_ms in backs:
            mark, hour_ms = self._marks.get(place), _hour(max(0, from_ms))
            if mark is None:
                continue
            if hour_ms < mark.told_ms:
                mark.told_ms = moved[SUMS + place] = hour_ms
            mark.spoken_ms = min(mark.spoken_ms, hour_ms)
            if self._spoken.get(place, 0) > hour_ms + AWAITED_MS_MAX:
                self._spoken[place] = moved[SPOKEN + place] = hour_ms + AWAITED_MS_MAX
        return moved

    def next(self, store: Store, now_ms: int, boottime_ms: int) -> SumBatch | None:
        """Return what is to be written now; None if nothing is."""
        if self._due_ms is not None and boottime_ms < self._due_ms:
            return None
        with store.reading() as session:
            scene = scene_of(session, now_ms)
            batch = self._over(scene)
            if not batch.more:
                self._due_ms = boottime_ms + LOOK_MS
                if self._trips_due_ms is None or boottime_ms >= self._trips_due_ms:
                    self._trips_due_ms = boottime_ms + TRIPS_MS
                    batch.lines.extend(self._going(scene))
        return batch if batch.lines or batch.marks else None

    def done(self, batch: SumBatch) -> dict[str, int]:
        """Note that a batch is delivered; return the durable cursors to move."""
        moved = {}
        for place, mark in batch.marks.items():
            before = self._marks.get(place)
            self._marks[place] = mark
            if mark.told_ms != (before.told_ms if before else 0):
                moved[SUMS + place] = mark.told_ms
            if mark.spoken_ms > max(mark.told_ms + AWAITED_MS_MAX, self._spoken.get(place, 0)):
                self._spoken[place] = moved[SPOKEN + place] = mark.spoken_ms
        return moved

    def lines(self, session: Session, from_ms: int, to_ms: int, now_ms: int) -> Iterator[bytes]:
        """Yield the sums of all hours, days and journeys that begin in [from_ms, to_ms) and are over or go on."""
        scene = scene_of(session, now_ms)
        for place in scene.places:
            first_ms = _first_ms(session, scene.probes.get(place.id, ()))
            end_ms = min(_hour(to_ms + HOUR_MS - 1), _hour(now_ms))
            begin_ms = max(_hour(from_ms + HOUR_MS - 1), 0 if first_ms is None else first_ms)
            if first_ms is not None and begin_ms < end_ms:
                yield from self._hours(scene, place, begin_ms, end_ms)
            yield from self._days_beginning(scene, place, first_ms, (from_ms, to_ms))
            if place.kind in ON_THE_ROAD:
                yield from (line for at_ms, line in self._trips(scene, place, from_ms) if from_ms <= at_ms < to_ms)

    def _over(self, scene: _Scene) -> SumBatch:
        """Return what is over and not written yet, of some places."""
        lines: list[bytes] = []
        marks: dict[str, Mark] = {}
        more = False
        for place in scene.places:
            span = self._span(scene, place)
            if span is None:
                continue
            if len(marks) >= PLACES_MAX or len(lines) >= LINES_MAX:
                return SumBatch(lines, marks, more=True)
            lines += self._told_of(scene, place, span)
            marks[place.id] = self._mark(scene, place, span.end_ms)
            more = more or span.end_ms < _hour(scene.now_ms)
        return SumBatch(lines, marks, more=more)

    def _span(self, scene: _Scene, place: Place) -> _Span | None:
        """Return what of a place is to be written next; None if nothing is."""
        mark, over_ms = self._marks.get(place.id, Mark()), _hour(scene.now_ms)
        heard = scene.heard(place.id)
        goal_ms = min(heard.values(), default=0)
        begins = [mark.told_ms] if mark.told_ms < goal_ms else []
        begins += [max(mark.told_ms, mark.spoken_ms)] if mark.spoken_ms < over_ms else []
        begins += [before for name, before in mark.heard_ms.items() if before < heard.get(name, 0)]
        first_ms = _first_ms(scene.session, scene.probes.get(place.id, ())) if begins else None
        if not begins or (first_ms is None and place.kind not in ON_THE_ROAD):
            return None
        since_ms = max(min(begins), mark.told_ms)
        begin_ms = over_ms if first_ms is None else max(since_ms, first_ms)
        end_ms = min(over_ms, begin_ms + CHUNK_MS)
        return _Span(since_ms, min(begin_ms, end_ms), end_ms) if since_ms < over_ms else None

    def _mark(self, scene: _Scene, place: Place, end_ms: int) -> Mark:
        """Return how far a place is once its hours up to end_ms are written."""
        before, heard = self._marks.get(place.id, Mark()), scene.heard(place.id)
        told_ms = max(before.told_ms, min(end_ms, *heard.values()) if heard else 0)
        at_end = {name: min(end_ms, ms) for name, ms in heard.items()}
        return Mark(told_ms=told_ms, spoken_ms=max(before.spoken_ms, end_ms), heard_ms=at_end)

    def _told_of(self, scene: _Scene, place: Place, span: _Span) -> list[bytes]:
        """Return the lines of a place; none where they cannot be made, for one place must not keep the others back."""
        try:
            return list(self._of_place(scene, place, span))
        except StoreError:
            raise
        except Exception as error:
            self.faults.append((f"sums of {place.id}: {type(error).__name__}: {error}", place.id.encode()))
            log.exception("sums_not_mirrored", place=place.id, from_ms=span.begin_ms, to_ms=span.end_ms)
            return []

    def _of_place(self, scene: _Scene, place: Place, span: _Span) -> Iterator[bytes]:
        if span.begin_ms < span.end_ms:
            yield from self._hours(scene, place, span.begin_ms, span.end_ms)
            yield from self._days(scene, place, span.begin_ms, span.end_ms)
        if place.kind in ON_THE_ROAD:
            yield from (line for _, line in self._trips(scene, place, span.since_ms))

    def _hours(self, scene: _Scene, place: Place, begin_ms: int, end_ms: int) -> Iterator[bytes]:
        for probe in scene.probes.get(place.id, ()):
            series = TEMPERATURE_1H.series(place.id, probe.id, probe.role.value, place.site)
            horizon_ms = scene.horizons.get(probe.gateway, 0)
            from_ms = max(_expected_from_ms(scene.session, probe, begin_ms), _kept_from_ms(scene.session, [probe]))
            for sums in self._told.hours(scene.session, probe, from_ms, end_ms) if from_ms < end_ms else ():
                yield hour_line(series, sums, complete=sums.from_ms + HOUR_MS <= horizon_ms)

    def _days(self, scene: _Scene, place: Place, begin_ms: int, end_ms: int) -> Iterator[bytes]:
        """Yield the days that the hours [begin_ms, end_ms) touch and that are over by end_ms, if kept whole."""
        from_ms = self._told.midnight(begin_ms)
        kept_ms = _kept_from_ms(scene.session, scene.probes.get(place.id, ()))
        while (to_ms := self._told.midnight(from_ms, 1)) <= end_ms:
            if from_ms >= kept_ms:
                yield from self._day(scene, place, from_ms, to_ms)
            from_ms = to_ms

    def _days_beginning(
        self, scene: _Scene, place: Place, first_ms: int | None, span: tuple[int, int]
    ) -> Iterator[bytes]:
        if first_ms is None:
            return
        from_ms = self._told.midnight(max(first_ms, span[0]))
        while from_ms < span[1] and (to_ms := self._told.midnight(from_ms, 1)) <= _hour(scene.now_ms):
            if from_ms >= span[0]:
                yield from self._day(scene, place, from_ms, to_ms)
            from_ms = to_ms

    def _day(self, scene: _Scene, place: Place, from_ms: int, to_ms: int) -> Iterator[bytes]:
        day = self._told.day(scene.session, place, from_ms, to_ms)
        complete = to_ms <= scene.told_ms(place.id)
        yield day_line(place.id, place.site, day.sums, complete=complete)
        for one in day.cooling:
            yield cooling_line(place.id, place.site, one, complete=complete)

    def _trips(self, scene: _Scene, place: Place, from_ms: int) -> Iterator[tuple[int, bytes]]:
        return trip_lines(scene.session, self._told, place, from_ms, scene.now_ms)

    def _going(self, scene: _Scene) -> Iterator[bytes]:
        """Yield the journeys that go on."""
        for place in scene.places:
            if place.kind in ON_THE_ROAD:
                yield from (line for _, line in self._trips(scene, place, scene.now_ms))


def scene_of(session: Session, now_ms: int) -> _Scene:
    """Read what is registered and how far everybody has told."""
    probes: dict[str, list[Probe]] = {}
    gateways: dict[str, set[str]] = {}
    for probe in session.records.probes():
        probes.setdefault(probe.place, []).append(probe)
        gateways.setdefault(probe.place, set()).add(probe.gateway)
    for contact in session.records.contacts():
        if contact.place:
            gateways.setdefault(contact.place, set()).add(contact.gateway)
    names = {name for some in gateways.values() for name in some}
    return _Scene(
        session=session,
        now_ms=now_ms,
        places=session.records.places(),
        probes=probes,
        gateways={place: sorted(some) for place, some in gateways.items()},
        horizons={name: session.books.horizon(name) for name in names},
    )


def _first_ms(session: Session, probes: Sequence[Probe]) -> int | None:
    """Return the full hour of the first reading of some probes."""
    known = [session.readings.first_taken_ms(probe.id) for probe in probes]
    return min((_hour(ms) for ms in known if ms is not None), default=None)


def _expected_from_ms(session: Session, probe: Probe, begin_ms: int) -> int:
    """Return the first full hour from begin_ms on in which a probe was registered, or had measured all the same.

    One that is registered later than the others of its place has no hours before that: nobody had written them then.
    """
    since_ms = _hour(probe.since_ms or 0)
    first_ms = _first_ms(session, [probe]) if since_ms > begin_ms else None
    return max(begin_ms, since_ms if first_ms is None else min(since_ms, first_ms))


def _kept_from_ms(session: Session, probes: Sequence[Probe]) -> int:
    """Return before when readings of some probe were removed by policy: what was made of them stays as it is."""
    days = [session.records.removed_until(probe.id) for probe in probes]
    return max(((day + 1) * DAY_MS for day in days if day is not None), default=0)


def _hour(ms: int) -> int:
    return ms // HOUR_MS * HOUR_MS
