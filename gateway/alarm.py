"""The local alarm: what the centre's rules say of this gateway's own facts, without the centre. Pure.

    samples ──► fold of each probe (rules.excursion) ──┐
    contacts ─► notices (rules.notices) ───────────────┼─► what stands ─► raised / cleared / sounds, muted or not
    silence ──► devices that do not answer ────────────┘

Here nothing is awaited: what the spool holds, this gateway has seen. So the horizon of every fold is now.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from coldchain.entries import RecordedEvent
from coldchain.facts import DeviceEvent, EventKind, Quality, Sample
from coldchain.places import Probe
from coldchain.standing import NoticeKind
from coldchain.units import Direction, FindingKind
from gateway.alarm_state import FOLD, STATE, WORDS_MAX, AlarmKey, AlarmState, Standing, Word, encode_alarm
from gateway.limits import KnownProbe, Loaded
from rules.contacts import CONTACT_KINDS
from rules.excursion import HARD_RULES, Watch, fold_reading, standing
from rules.excuses import excused_by
from rules.fold_state import Episode, FoldState, encode_state
from rules.limits import Profile
from rules.notices import RULES, of_contacts

MUTE_MS: Final = 600_000  # ten minutes: a siren that cannot be muted gets unplugged, one muted for good is none
START_GRACE_MS: Final = 60_000  # after a start every device is asked before "nobody measured" may sound
_SILENCE: Final = frozenset({FindingKind.UNMEASURED})
_NO_WORDS: Final[tuple[Word, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is to become a fact: an alarm that was raised or cleared, or the button (`until_ms`)."""

    kind: EventKind
    alarm: Standing | None = None
    until_ms: int | None = None
    alarms: int = 0


class LocalAlarm:
    """The alarm of one gateway. Times handed in are alarm time and never go back."""

    def __init__(self, state: AlarmState, stored_fold: Callable[[str], FoldState | None]) -> None:
        self._state = state
        self._stored_fold = stored_fold
        self._loaded: Loaded | None = None
        self._folds: dict[str, FoldState] = {}
        self._values: dict[str, int | None] = {}
        self._changed: set[str] = set()  # probes whose fold is to be kept
        self._dirty = False
        self._started_ms: int | None = None

    @property
    def standing(self) -> tuple[Standing, ...]:
        """Return the alarms that stand, the mains first, then the oldest."""
        return tuple(sorted(self._state.standing, key=_mains_first))

    @property
    def muted_until_ms(self) -> int:
        """Return until when what was muted makes no sound (in the past: nothing is muted)."""
        return self._state.muted_until_ms

    def sounds(self, now_ms: int) -> bool:
        """Tell whether the siren is to sound: an alarm stands that nobody has muted."""
        quiet = set(self._state.muted) if now_ms < self._state.muted_until_ms else set()
        return any((*alarm.key, alarm.rule) not in quiet for alarm in self._state.standing)

    def adopt(self, loaded: Loaded, now_ms: int) -> None:
        """Judge by these limits from now on. Of a probe that is new here, or that rested, silence counts from now."""
        rested = set() if self._loaded is None else {p for p, known in self._loaded.probes.items() if known.rests}
        self._loaded = loaded
        self._folds = {
            probe: _begun(known, now_ms) if known.rests or probe in rested else self._fold_of(probe, known, now_ms)
            for probe, known in loaded.probes.items()
        }
        self._changed |= rested & self._folds.keys()
        self._dirty = True

    def hear(self, fact: Sample | DeviceEvent, at_ms: int) -> None:
        """Take one fact of this gateway."""
        if isinstance(fact, Sample):
            self._measured(fact, at_ms)
        elif fact.kind in CONTACT_KINDS:
            words = (*self._state.words.get(fact.origin, _NO_WORDS), Word(kind=fact.kind, at_ms=at_ms))
            self._set(words={**self._state.words, fact.origin: words[-WORDS_MAX:]})
        elif fact.kind is EventKind.DEVICE_SILENT:
            self._set(silent={**self._state.silent, fact.origin: at_ms})
        elif fact.kind is EventKind.DEVICE_BACK:
            self._set(silent={origin: ms for origin, ms in self._state.silent.items() if origin != fact.origin})

    def look(self, now_ms: int) -> list[Spoken]:
        """Say what has begun and what is over by now."""
        if self._started_ms is None:
            self._started_ms = now_ms
        before = {alarm.key: alarm for alarm in self._state.standing}
        now = dict(self._conditions(now_ms, before))
        risen = [alarm for key, alarm in now.items() if key not in before or before[key].rule != alarm.rule]
        over = [alarm for key, alarm in before.items() if key not in now]
        if risen or over:
            kept = [alarm for key, alarm in before.items() if key in now and before[key].rule == now[key].rule]
            self._set(standing=tuple(sorted([*kept, *risen], key=lambda alarm: alarm.key)), now_ms=now_ms)
        if over:  # who muted it has not heard of the next one: raised anew, it sounds
            self._set(muted=tuple(muted for muted in self._state.muted if muted[:-1] in now))
        spoken = [Spoken(kind=EventKind.ALARM_RAISED, alarm=alarm) for alarm in sorted(risen, key=_mains_first)]
        return spoken + [Spoken(kind=EventKind.ALARM_CLEARED, alarm=alarm) for alarm in over]

    def press(self, now_ms: int, mute_ms: int = MUTE_MS) -> list[Spoken]:
        """Mute what stands now; nothing happens if nothing sounds. Another alarm sounds all the same."""
        if not self.sounds(now_ms):
            return []
        until_ms = now_ms + mute_ms
        muted = tuple((*alarm.key, alarm.rule) for alarm in self._state.standing)
        self._set(muted=muted, muted_until_ms=until_ms, now_ms=now_ms)
        return [Spoken(kind=EventKind.ALARM_MUTED, until_ms=until_ms, alarms=len(muted))]

    def states(self) -> dict[str, bytes]:
        """Return what has changed and is to be kept, by name of state."""
        states = {FOLD + probe: encode_state(self._folds[probe]) for probe in self._changed if probe in self._folds}
        if self._dirty:
            states[STATE] = encode_alarm(self._state)
        return states

    def kept(self) -> None:
        """Note that it is on disk."""
        self._changed.clear()
        self._dirty = False

    def _set(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)
        self._dirty = True

    def _fold_of(self, probe: str, known: KnownProbe, now_ms: int) -> FoldState:
        fold = self._folds.get(probe) or self._stored_fold(probe)
        return _begun(known, now_ms) if fold is None else fold

    def _measured(self, sample: Sample, at_ms: int) -> None:
        known = self._loaded.probes.get(sample.origin) if self._loaded else None
        if known is None:
            return
        self._values[sample.origin] = sample.micro_celsius
        if known.rests:
            return
        state = self._folds[sample.origin]
        if state.last_ms is not None and at_ms <= state.last_ms:
            return
        value = sample.micro_celsius if sample.quality is Quality.GOOD and sample.micro_celsius is not None else 0
        watch = self._watch(known, at_ms)
        self._folds[sample.origin] = fold_reading(state, at_ms, value, int(sample.quality), watch).state
        self._changed.add(sample.origin)

    def _watch(self, known: KnownProbe, now_ms: int) -> Watch:
        excused = excused_by(self._events_in(known.probe.place), known.profile)
        return Watch(profile=known.profile, role=known.probe.role, horizon_ms=now_ms, excused=excused)

    def _events_in(self, place: str) -> list[RecordedEvent]:
        here = [] if self._loaded is None else [c.id for c in self._loaded.contacts.values() if c.place == place]
        return [_recorded(contact, word) for contact in here for word in self._state.words.get(contact, _NO_WORDS)]

    def _conditions(self, now_ms: int, before: Mapping[AlarmKey, Standing]) -> Iterator[tuple[AlarmKey, Standing]]:
        if self._loaded is None:
            yield from before.items()  # nobody can say that it is over
            return
        for probe, known in self._loaded.probes.items():
            if not known.rests and not self._calm(self._folds[probe], known.profile, now_ms):
                yield from self._of_probe(known.probe, known, now_ms, before)
        for alarm in (*self._of_contacts(now_ms), *self._of_silence(now_ms)):
            yield alarm.key, alarm

    def _calm(self, state: FoldState, profile: Profile, now_ms: int) -> bool:
        quiet = state.run is None and state.returning is None and state.blind is None
        return quiet and state.last_ms is not None and now_ms - state.last_ms <= profile.hold_ms

    def _of_probe(
        self, probe: Probe, known: KnownProbe, now_ms: int, before: Mapping[AlarmKey, Standing]
    ) -> Iterator[tuple[AlarmKey, Standing]]:
        early = self._started_ms is not None and now_ms - self._started_ms < START_GRACE_MS
        for episode in standing(self._folds[probe.id], self._watch(known, now_ms)):
            direction = "" if episode.direction is None else str(episode.direction)
            alarm = Standing(
                origin=probe.id,
                kind=episode.kind,
                direction=direction,
                rule=episode.rule,
                since_ms=episode.start_ms,
                raised_ms=now_ms,
                micro_celsius=self._values.get(probe.id) if episode.direction else None,
                limit_micro_celsius=_limit(known.profile, episode),
            )
            if alarm.key in before or not (early and episode.kind in _SILENCE):
                yield alarm.key, alarm

    def _of_contacts(self, now_ms: int) -> Iterator[Standing]:
        loaded = self._loaded
        if loaded is None:
            return
        words = self._state.words
        last = [(c, _recorded(c.id, words[c.id][-1])) for c in loaded.contacts.values() if words.get(c.id)]
        for place in loaded.places.values():
            for notice in of_contacts(place, loaded.profiles[place.id], last):
                if notice.due_ms <= now_ms and notice.kind in RULES:
                    yield _noticed(notice.origin, notice.kind, notice.since_ms, now_ms)

    def _of_silence(self, now_ms: int) -> Iterator[Standing]:
        """Yield devices that were said to be silent; a gateway says so only after several attempts."""
        loaded = self._loaded
        for origin, since_ms in self._state.silent.items():
            if loaded is None or (origin in loaded.probes and loaded.probes[origin].rests):
                continue
            if origin in loaded.probes or origin in loaded.contacts:
                yield _noticed(origin, NoticeKind.DEVICE_SILENT, since_ms, now_ms)


def _begun(known: KnownProbe, now_ms: int) -> FoldState:
    return FoldState(last_ms=now_ms - known.profile.hold_ms)


def _noticed(origin: str, kind: NoticeKind, since_ms: int, now_ms: int) -> Standing:
    return Standing(origin=origin, kind=kind, direction="", rule=RULES[kind], since_ms=since_ms, raised_ms=now_ms)


def _limit(profile: Profile, episode: Episode) -> int | None:
    """Return the limit that an excursion is beyond; the hard one where that is what made it one."""
    hard = episode.rule in HARD_RULES
    match episode.direction:
        case Direction.TOO_WARM:
            return profile.hard_high_micro_celsius if hard else profile.high_micro_celsius
        case Direction.TOO_COLD:
            return profile.hard_low_micro_celsius if hard else profile.low_micro_celsius
        case None:
            return None


def _recorded(contact: str, word: Word) -> RecordedEvent:
    """Return a word in the form in which the rules take it."""
    return RecordedEvent(
        gateway="",
        epoch="",
        seq=0,
        place="",
        origin=contact,
        kind=word.kind,
        boot="",
        origin_seq=None,
        taken_ms=word.at_ms,
        boottime_ms=0,
        earliest_ms=None,
        latest_ms=None,
        epc=None,
        details={},
    )


def _mains_first(alarm: Standing) -> tuple[bool, int, AlarmKey]:
    """Put the loss of mains first: it explains what follows, and the gateway may not have long."""
    return alarm.rule != RULES[NoticeKind.MAINS_LOST], alarm.since_ms, alarm.key
