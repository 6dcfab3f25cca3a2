"""All readings of the simulated city through the folds of rules.excursion, in blocks of a day, as a replay does."""

import time
from collections import defaultdict

import numpy as np

from benchmarks.city_setup import toml_of
from benchmarks.city_truth import Said
from benchmarks.city_world import DAY_MS, MINUTE_MS, MINUTES, NO_SENSOR, START_MS, City, Day
from coldchain.history import History
from coldchain.places import PlaceKind, ProbeRole
from coldchain.units import FindingKind
from rules.excursion import Episode, FoldState, Watch, fold, standing
from rules.excuses import Excused, nothing_excused
from rules.intervals import clipped, united
from rules.limits import Profile
from rules.profile import load_profile


class Folds:
    """All probes, folded day by day."""

    def __init__(self, city: City) -> None:
        self.city = city
        kinds = {one.kind for one in city.places}
        self.profiles: dict[str, Profile] = {kind: load_profile(toml_of(kind)).at(PlaceKind(kind)) for kind in kinds}
        self.states: dict[str, FoldState] = defaultdict(FoldState)
        self.excused: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.open: dict[str, int] = {}
        self.said: list[Said] = []
        self.readings = 0
        self.spent_s = 0.0

    def take(self, day: Day) -> None:
        """Fold a day of all probes."""
        self._excuses(day)
        taken = START_MS + day.number * DAY_MS + np.arange(MINUTES, dtype=np.int64) * MINUTE_MS
        for column, one in enumerate(self.city.places):
            for role_at, role in enumerate(("load", "air")):
                values = day.said[:, column, role_at].astype(np.int64)
                missing = values == NO_SENSOR
                history = History(taken_ms=taken, micro_celsius=values * 100_000, quality=missing.astype(np.uint8))
                began = time.perf_counter()
                name = f"{one.id}-{role}"
                watch = self._watch(one.id, one.kind, role, int(taken[-1]))
                folded = fold(self.states[name], history, watch)
                self.states[name] = folded.state
                self.spent_s += time.perf_counter() - began
                self.readings += len(history)
                for episode in folded.episodes:
                    self._note(one.id, name, episode)

    def end(self, end_ms: int) -> None:
        """Take what has not come to its end."""
        for one in self.city.places:
            for role in ("load", "air"):
                name = f"{one.id}-{role}"
                for episode in standing(self.states[name], self._watch(one.id, one.kind, role, end_ms)):
                    self._note(one.id, name, episode)

    def _watch(self, place: str, kind: str, role: str, horizon_ms: int) -> Watch:
        return Watch(
            profile=self.profiles[kind],
            role=ProbeRole(role),
            horizon_ms=horizon_ms,
            since_ms=START_MS,
            excused=nothing_excused if role == "load" or kind == "box" else self._excused(place),
        )

    def _excused(self, place: str) -> Excused:
        spans = self.excused[place]
        return lambda from_ms, to_ms: clipped(spans, from_ms, to_ms)

    def _excuses(self, day: Day) -> None:
        began: dict[str, int] = {}
        for word in day.words:
            place, what = word.origin.rsplit("-", 1)
            if what not in ("door", "defrost"):
                continue
            if word.origin not in began:
                began[word.origin] = word.at_ms
                continue
            since_ms = began.pop(word.origin)
            excuse = self.profiles["fridge"].excuse
            more = excuse.door_recovery_ms if what == "door" else excuse.defrost_recovery_ms
            self.excused[place] += [
                (since_ms, min(word.at_ms, since_ms + excuse.most_ms)),
                (word.at_ms, word.at_ms + more),
            ]
        for place, spans in self.excused.items():
            low = START_MS + (day.number - 1) * DAY_MS
            self.excused[place] = united([one for one in spans if one[1] > low])

    def _note(self, place: str, probe: str, episode: Episode) -> None:
        if episode.kind is not FindingKind.EXCURSION:
            return
        end_ms = episode.end_ms or START_MS + self.city.days * DAY_MS
        known = Said(episode.rule, place, probe, episode.start_ms, end_ms, episode.condition_ms)
        if not any(one == known for one in self.said[-4:]):
            self.said.append(known)
