"""A device that a register map describes: what it is asked, and what becomes of its answers.

    the map's channels ─► samples
         └─ one says what a sensor holds after a reset ─► all are asked once more; still so: implausible
    after a silence, or the gateway's own start ─► the stored extremes, where the map has them ─► an event

What a controller kept by itself while nobody listened is no record, but it says how far the cold can have gone.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from coldchain.facts import DeviceEvent, EventKind, Fact, Quality, Sample
from gateway.decoders.heard import InputsRead, RegistersRead
from gateway.decoders.modbus_rtu import Request
from gateway.decoders.register_map import (
    Channel,
    Span,
    Words,
    at_power_on,
    channel_measured,
    channel_words,
    fits,
    measured,
    spans_of,
    stored_spans,
    words_of,
)
from gateway.links.modbus_link import Answered
from gateway.plan import ContactPlan, DevicePlan, InputPlan

LOOK_AGAIN_MS: Final = 1_000  # longer than a DS18B20 measures (750 ms at 12 bits)
EXTREMES_TRIES_MAX: Final = 3

TakeContacts = Callable[[ContactPlan, Answered], None]


class _Turn(Enum):
    CHANNELS = "channels"
    AGAIN = "again"
    EXTREMES = "extremes"


class MapDevice:
    """The questions of one device. `accept` gets samples, `report` events, `contacts` the device's own contacts."""

    def __init__(
        self,
        plan: DevicePlan,
        accept: Callable[[Sequence[Fact]], None],
        report: Callable[[Sequence[Fact]], None],
        contacts: TakeContacts,
    ) -> None:
        self.plan = plan
        self._accept = accept
        self._report = report
        self._contacts = contacts
        self._channels = _channels(plan)
        self._wired = [wired for name in plan.contacts if (wired := plan.map.contact(name)) is not None]
        self._spans = spans_of(plan.map, list(self._channels.values()), self._wired)
        self._extreme_spans = stored_spans(plan.map, list(self._channels.values()))
        self._extremes_tries = EXTREMES_TRIES_MAX if self._extreme_spans else 0
        self._good_ms: int | None = None  # of the last good turn
        self._dark_since_ms: int | None = None  # what the next extremes are a word about; None: nobody knows
        self._doubtful: frozenset[str] = frozenset()
        self._turn = _Turn.CHANNELS

    def asked(self) -> Sequence[Request]:
        """See Questions."""
        spans = self._extreme_spans if self._turn is _Turn.EXTREMES else self._spans
        return [span.request(self.plan.slave) for span in spans]

    def answered(self, answers: Sequence[Answered], *, was_silent: bool) -> int | None:
        """See Questions."""
        turn, self._turn = self._turn, _Turn.CHANNELS
        if turn is _Turn.EXTREMES:
            self._take_extremes(answers)
            return None
        if was_silent and self._extreme_spans:
            self._extremes_tries, self._dark_since_ms = EXTREMES_TRIES_MAX, self._good_ms
        self._good_ms = answers[-1].taken_ms
        words = words_of(self._spans, [_values(answer) for answer in answers])
        only = self._doubtful if turn is _Turn.AGAIN else frozenset(self._channels)
        again = self._take_channels(answers, words, only, last=turn is _Turn.AGAIN)
        if turn is not _Turn.AGAIN:
            self._take_contacts(answers, words)
        self._doubtful = again
        if again:
            self._turn = _Turn.AGAIN
            return LOOK_AGAIN_MS
        if self._extremes_tries:
            self._turn = _Turn.EXTREMES
            return 0
        return None

    def failed(self) -> bool:
        """See Questions. Extremes that cannot be read say nothing about whether the device answers."""
        turn, self._turn = self._turn, _Turn.CHANNELS
        if turn is _Turn.EXTREMES:
            self._extremes_tries -= 1
            return False
        self._doubtful = frozenset()
        return True

    def _take_channels(
        self, answers: Sequence[Answered], words: Words, only: frozenset[str], *, last: bool
    ) -> frozenset[str]:
        """Accept a sample for each channel of `only`; return those at which to look once more before one is made."""
        fitting = fits(self.plan.map.checks, words)
        again: set[str] = set()
        samples: list[Fact] = []
        for name in sorted(only):
            channel = self._channels[name]
            if fitting and not last and at_power_on(channel.reading, channel_words(channel, words)):
                again.add(name)
                continue
            micro, quality = channel_measured(channel, words) if fitting else (None, Quality.IMPLAUSIBLE)
            answer = self._answer_with(answers, self._spans, channel.function, channel.register)
            samples.append(
                Sample(
                    seq=0,
                    origin=self.plan.channels[name],
                    taken_ms=answer.taken_ms,
                    boottime_ms=answer.boottime_ms,
                    micro_celsius=micro,
                    quality=quality,
                )
            )
        if samples:
            self._accept(samples)
        return frozenset(again)

    def _take_contacts(self, answers: Sequence[Answered], words: Words) -> None:
        if not self._wired:
            return
        bits = tuple(bool(words[wired.function, wired.address] >> wired.bit & 1) for wired in self._wired)
        inputs = tuple(
            InputPlan(number=i, contact=self.plan.contacts[wired.name], kind=wired.kind, inverted=wired.inverted)
            for i, wired in enumerate(self._wired)
        )
        plan = ContactPlan(slave=self.plan.slave, poll_ms=self.plan.poll_ms, inputs=inputs)
        heard = InputsRead(slave=self.plan.slave, bits=bits)
        last = answers[-1]
        self._contacts(plan, Answered(heard=heard, taken_ms=last.taken_ms, boottime_ms=last.boottime_ms))

    def _take_extremes(self, answers: Sequence[Answered]) -> None:
        self._extremes_tries = 0
        words = words_of(self._extreme_spans, [_values(answer) for answer in answers])
        last = answers[-1]
        events: list[Fact] = []
        for name, channel in sorted(self._channels.items()):
            details = _extremes(channel, words)
            if details:
                earliest_ms = None if self._dark_since_ms is None else min(self._dark_since_ms, last.taken_ms)
                events.append(
                    DeviceEvent(
                        seq=0,
                        origin=self.plan.channels[name],
                        taken_ms=last.taken_ms,
                        boottime_ms=last.boottime_ms,
                        kind=EventKind.STORED_EXTREMES,
                        earliest_ms=earliest_ms,
                        latest_ms=last.taken_ms,
                        details=details,
                    )
                )
        if events:
            self._report(events)

    def _answer_with(
        self, answers: Sequence[Answered], spans: Sequence[Span], function: int, register: int | None
    ) -> Answered:
        pairs = zip(spans, answers, strict=True)
        return next(answer for span, answer in pairs if register is not None and (function, register) in span)


def _channels(plan: DevicePlan) -> dict[str, Channel]:
    found = {name: plan.map.channel(name) for name in plan.channels}
    for name, channel in found.items():
        if channel is None or channel.register is None:
            msg = f"slave {plan.slave}: map {plan.map.name} cannot read channel {name!r}; the settings check says why"
            raise ValueError(msg)
    return {name: channel for name, channel in found.items() if channel is not None}


def _extremes(channel: Channel, words: Words) -> dict[str, int | str]:
    """Return the stored extremes that are temperatures, in the words of the event."""
    stored = (("min_micro_celsius", channel.stored_min), ("max_micro_celsius", channel.stored_max))
    details: dict[str, int | str] = {}
    for key, register in stored:
        if register is not None:
            micro, _ = measured(channel.reading, channel_words(channel, words, register))
            if micro is not None:
                details[key] = micro
    return details


def _values(answer: Answered) -> Sequence[int]:
    heard = answer.heard
    return heard.values if isinstance(heard, RegistersRead) else heard.bits
