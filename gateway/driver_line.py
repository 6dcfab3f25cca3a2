"""A serial line on which a driver talks with one device: the link for ASCII loggers and for drivers from outside.

    due ─► question sent ─► bytes go to the driver as they come ─► samples, at most one a channel and turn
                 └─ nothing measured within the turn ─► a failed turn; three in a row: silent

A device that speaks by itself (no question) is listened to all the time; of what it says in one turn the first counts.
What a driver does wrong ends in its turn: it is named, made anew at the next turn, and nobody else notices.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from coldchain.facts import Fact, Quality, Sample
from coldchain.ports import Clock
from coldchain.temperature import ABSOLUTE_ZERO_MICRO_CELSIUS
from gateway.counters import Counters
from gateway.decoders.heard import Heard, Measured, Rejected
from gateway.drivers import Driver, DriverError
from gateway.links.line import Line
from gateway.links.serial_port import Port, PortLostError
from gateway.plan import DriverPlan
from gateway.silence import Watch

LISTEN_MS: Final = 50  # how often a line is looked at while something may come
ANSWER_MS: Final = 2_000  # the longest that a device may take to answer a question
READS_MAX: Final = 16  # in one look, so that a line that never stops talking does not hold the gateway
BROKEN: Final = "driver-broken"
MICRO_CELSIUS_MAX: Final = 2_000_000_000  # no probe of a cold chain measures 2,000 degrees
_log = logging.getLogger(__name__)

Make = Callable[[str, Mapping[str, object]], Driver]


class DriverLine:
    """Runs the turns of one driver; never waits."""

    def __init__(
        self,
        plan: DriverPlan,
        line: Line,
        make: Make,
        watch: Watch,
        accept: Callable[[Sequence[Fact]], None],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self.plan = plan
        self.due_ms = clock.boottime_ms()
        self.message = ""  # why the driver cannot be used, for the operator
        self._line = line
        self._make = make
        self._watch = watch
        self._accept = accept
        self._clock = clock
        self._counters = counters
        self._driver: Driver | None = None
        self._turn_ms = self.due_ms
        self._heard: set[str] | None = None  # the channels heard in this turn; None: no turn has begun
        self._asks = False
        self._quiet = True

    def tick(self) -> None:
        """Begin a turn that is due, and listen."""
        now_ms = self._clock.boottime_ms()
        if now_ms < self.due_ms:
            return
        if self._heard is not None and now_ms >= self._turn_ms:
            self._end("no-answer")
        if self._heard is None:
            self._begin(now_ms)
        if self._heard is not None:
            self._listen()
        self._set_due()

    def close(self) -> None:
        """Release the port."""
        self._line.close()

    def _begin(self, now_ms: int) -> None:
        turns = max(1, -(-(now_ms + 1 - self._turn_ms) // self.plan.poll_ms))
        self._turn_ms += turns * self.plan.poll_ms
        self._heard = set()
        port = self._line.port()
        if port is None:
            self._end("no-port")
            return
        try:
            self._ask(port)
        except DriverError as error:
            self._broken(str(error))

    def _ask(self, port: Port) -> None:
        """Send the question. Raises DriverError if there is no driver to make one."""
        if self._driver is None:
            self._driver = self._make(self.plan.driver, self.plan.settings)
            self.message = ""
        try:
            question = bytes(self._driver.question())
        except Exception as error:
            raise DriverError(self._said(error)) from error
        self._asks = bool(question)
        if not question:
            return
        try:
            port.flush_input()
            port.write(question)
        except PortLostError as error:
            self._lost(error)

    def _listen(self) -> None:
        port = self._line.port()
        if port is None:
            self._end("no-port")
            return
        try:
            data = port.read(0)
            if not data and not self._quiet:
                self._hear(b"")
            self._quiet = not data
            for _ in range(READS_MAX):
                if not data or self._heard is None:
                    break
                self._hear(data)
                data = port.read(0)
        except PortLostError as error:
            self._lost(error)

    def _lost(self, error: PortLostError) -> None:
        """Give the port up, and the driver with it: half a line before is no beginning of what comes after."""
        self._line.lost(error)
        self._driver = None
        self._end("no-port")

    def _hear(self, data: bytes) -> None:
        driver, heard = self._driver, self._heard
        if driver is None or heard is None:
            return
        try:
            said = list(driver.poll(data))
            measured = [item for item in map(_sound, said) if item is not None]
        except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises, the gateway goes on
            _log.debug("driver %s raised", self.plan.driver, exc_info=error)
            self._broken(self._said(error))
            return
        rejected: list[Heard] = [item for item in said if isinstance(item, Rejected)]
        self._counters.count_rejected(rejected)
        fresh = {item.channel: item for item in reversed(measured) if item.channel in self.plan.channels}
        fresh = {channel: item for channel, item in fresh.items() if channel not in heard}
        if fresh:
            heard.update(fresh)
            self._take(fresh)

    def _take(self, fresh: Mapping[str, Measured]) -> None:
        taken_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        self._line.works()
        self._watch.good(taken_ms)
        self._counters.polls_good += 1
        samples = [
            Sample(
                seq=0,
                origin=self.plan.channels[channel],
                taken_ms=taken_ms,
                boottime_ms=boottime_ms,
                micro_celsius=item.micro_celsius,
                quality=item.quality,
            )
            for channel, item in sorted(fresh.items())
        ]
        self._accept(samples)

    def _end(self, reason: str) -> None:
        heard, self._heard = self._heard, None
        if not heard:
            self._counters.polls_failed += 1
            self._counters.poll_failures[reason] += 1
            self._watch.failed(reason)

    def _broken(self, message: str) -> None:
        if message != self.message:
            _log.error("%s", message)
        self.message, self._driver = message, None
        self._end(BROKEN)

    def _said(self, error: Exception) -> str:
        name = self.plan.driver
        return f'driver "{name}" broke: {type(error).__name__}: {error} / 驱动 {name} 出错'

    def _set_due(self) -> None:
        """Come back soon while something may still come, else at the next turn."""
        now_ms = self._clock.boottime_ms()
        asked_ms = self._turn_ms - self.plan.poll_ms
        missing = self._heard is not None and len(self._heard) < len(self.plan.channels)
        listens = self._heard is not None and (not self._asks or (missing and now_ms < asked_ms + ANSWER_MS))
        self.due_ms = min(now_ms + LISTEN_MS, self._turn_ms) if listens else self._turn_ms


def _sound(item: object) -> Measured | None:
    """Return what was measured, None for a refusal. Raises TypeError for what is neither, or no temperature of ours."""
    if isinstance(item, Rejected):
        return None
    if not isinstance(item, Measured):
        msg = f"poll() returned {type(item).__name__}, allowed are Measured and Rejected"
        raise TypeError(msg)
    number = item.micro_celsius
    is_temperature = type(number) is int and ABSOLUTE_ZERO_MICRO_CELSIUS <= number <= MICRO_CELSIUS_MAX
    good = item.quality is Quality.GOOD
    if not isinstance(item.quality, Quality) or is_temperature != good or (number is not None and not good):
        msg = f"a measured value has micro_celsius {number!r} with quality {item.quality!r}"
        raise TypeError(msg)
    return item
