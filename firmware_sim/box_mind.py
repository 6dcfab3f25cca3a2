"""The firmware's mind: its lamp (ready or not) and its beeper, from the rules of docs/boxes.md. Pure, and its own.

It is asked with each measurement (`look`), and told of the button and the lid at once; `words` hands out what it has to
say since.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from firmware_sim.story import Watch

TENTH: Final = 100_000  # micro-degrees
MINUTE_MS: Final = 60_000
DEAD_BAND: Final = 2 * TENTH
ALARM_MS: Final = 10 * MINUTE_MS
PACKING_MS: Final = 10 * MINUTE_MS
SILENT_MS: Final = 240 * MINUTE_MS
BATTERY_LOW_PERCENT: Final = 20

Details = Mapping[str, int | str]


class Word(NamedTuple):
    """One event: of a probe, or ("") of the box itself."""

    kind: str
    at_ms: int
    earliest_ms: int | None
    latest_ms: int
    origin: str
    details: Details


class Mind:
    """What the box thinks of its inside. Limits in tenths of a degree, inside themselves (None: there is none)."""

    def __init__(
        self, cold_tenths: int | None, warm_tenths: int | None, hard_cold_tenths: int | None, watch: Watch
    ) -> None:
        """Know nothing yet: the lid is taken to be shut, and the battery to be full."""
        self.percent = 100
        self.stage = ""  # "", cooling, ready, packed, over
        self.beeps: dict[str, tuple[str, bool]] = {}  # by probe: the rule, and whether it is too warm
        self._cold = None if cold_tenths is None else cold_tenths * TENTH
        self._warm = None if warm_tenths is None else warm_tenths * TENTH
        self._hard_cold = None if hard_cold_tenths is None else hard_cold_tenths * TENTH
        self._watch = watch
        self._said: list[Word] = []
        self._reason = ""
        self._stage_ms = self._good_ms = self._until_ms = 0
        self._opened_ms: int | None = None
        self._out: dict[str, tuple[int, bool]] = {}  # by probe: since when it is outside, and whether it is too warm
        self._last: dict[str, int] = {}

    @property
    def lamp(self) -> bool:
        """Whether the green lamp is lit."""
        return self.stage in {"ready", "packed"}

    def words(self) -> list[Word]:
        """Hand out what there is to say."""
        said, self._said = self._said, []
        return said

    def press(self, at_ms: int) -> None:
        """Somebody pressed the button."""
        for probe in self._out:
            if probe in self.beeps:
                self._end(at_ms, probe, self._last[probe])
        self._out.clear()
        self._go("cooling", at_ms)
        self._reason = ""
        self._say("preconditioning-began", at_ms, {"within_min": self._watch.ready_after_ms // MINUTE_MS})

    def turn_lid(self, at_ms: int, *, is_open: bool) -> None:
        """Somebody opened or shut the lid."""
        if is_open:
            self._opened_ms = at_ms if self._opened_ms is None else self._opened_ms
            return
        was_open, self._opened_ms = self._opened_ms is not None, None
        if was_open and self.stage == "ready":
            self._go("packed", at_ms)
            self._until_ms = at_ms + self._watch.qualified_ms
            self._say("box-ready", at_ms, {"qualified_min": self._qualified_min, "until_ms": self._until_ms})

    def look(self, at_ms: int, values: Mapping[str, int | None], load: str) -> None:
        """Take a measurement of every probe (micro-degrees; None: no temperature). `load`: the probe in the load."""
        if self.stage != "cooling" or at_ms >= self._stage_ms + SILENT_MS:
            for probe, value in values.items():
                if value is not None:
                    self._hear(at_ms, probe, value, hard=probe == load)
        if self.stage == "packed" and at_ms >= self._until_ms:
            self.stage = "over"
            end_ms = self._until_ms
            self._said.append(Word("qualification-over", at_ms, end_ms, end_ms, "", {"until_ms": end_ms}))
        elif self.stage in {"cooling", "ready"}:
            self._weigh(at_ms, self._trouble(values))

    @property
    def _qualified_min(self) -> int:
        return self._watch.qualified_ms // MINUTE_MS

    def _weigh(self, at_ms: int, trouble: str) -> None:
        if self.stage == "ready":
            if self._opened_ms is not None:  # somebody is packing it
                trouble = "lid-open" if at_ms >= self._opened_ms + PACKING_MS else ""
            if not trouble:
                return
            self._go("cooling", at_ms)
        if trouble:
            self._good_ms = 0
        else:
            self._good_ms = self._good_ms or at_ms
            if at_ms >= self._good_ms + self._watch.ready_after_ms:
                self._go("ready", at_ms)
                self._reason = ""
                self._say("box-ready", at_ms, {"qualified_min": self._qualified_min})
                return
        if (trouble or "time") != self._reason:
            self._reason = trouble or "time"
            self._say("box-not-ready", at_ms, {"reason": self._reason})

    def _trouble(self, values: Mapping[str, int | None]) -> str:
        known = [value for value in values.values() if value is not None]
        troubles = {
            "no-reading": len(known) < len(values) or not known,
            "too-warm": any(self._warmer(value) for value in known),
            "too-cold": any(self._colder(value) for value in known),
            "lid-open": self._opened_ms is not None,
            "battery-low": self.percent <= BATTERY_LOW_PERCENT,
        }
        return next((name for name, is_so in troubles.items() if is_so), "")

    def _hear(self, at_ms: int, probe: str, value: int, *, hard: bool) -> None:
        self._last[probe] = self._last.get(probe, value) if probe in self.beeps else value
        warm, cold = self._warmer(value), self._colder(value)
        out = self._out.get(probe)
        if out is not None:
            across = cold if out[1] else warm
            back = not (warm or cold) and (probe not in self.beeps or self._clear(value, warm=out[1]))
            if across or back:
                self._leave(at_ms, probe, value)
        if warm or cold:
            since_ms, _ = self._out.setdefault(probe, (at_ms, warm))
            frozen = hard and cold and self._hard_cold is not None and value <= self._hard_cold
            if probe not in self.beeps and (frozen or at_ms >= since_ms + ALARM_MS):
                self._last[probe] = value
                self.beeps[probe] = ("A02" if frozen else "A03", warm)
                self._said.append(Word("alarm-raised", at_ms, since_ms, at_ms, probe, self._beep(probe, value)))

    def _leave(self, at_ms: int, probe: str, value: int) -> None:
        if probe in self.beeps:
            self._end(at_ms, probe, value)
        del self._out[probe]

    def _end(self, at_ms: int, probe: str, value: int) -> None:
        self._said.append(Word("alarm-cleared", at_ms, at_ms, at_ms, probe, self._beep(probe, value)))
        del self.beeps[probe]

    def _beep(self, probe: str, value: int) -> Details:
        rule, warm = self.beeps[probe]
        return {
            "kind": "excursion",
            "rule": rule,
            "direction": "too-warm" if warm else "too-cold",
            "since_ms": self._out[probe][0],
            "micro_celsius": value,
        }

    def _warmer(self, value: int) -> bool:
        return self._warm is not None and value > self._warm

    def _colder(self, value: int) -> bool:
        return self._cold is not None and value < self._cold

    def _clear(self, value: int, *, warm: bool) -> bool:
        """Whether a value lies inside the limits by the dead band."""
        if warm:
            return self._warm is None or value <= self._warm - DEAD_BAND
        return self._cold is None or value >= self._cold + DEAD_BAND

    def _go(self, stage: str, at_ms: int) -> None:
        self.stage, self._stage_ms, self._good_ms = stage, at_ms, 0

    def _say(self, kind: str, at_ms: int, details: Details) -> None:
        self._said.append(Word(kind, at_ms, at_ms, at_ms, "", details))
