"""How each probe is wired to this gateway, said to the centre when it is said for the first time or has changed.

    settings ──> line, channel on it, digest of what its numbers mean ──> digest ──(another than last time?)──> event

A probe is confirmed where it hangs. Who plugs it into another port, gives the collector another address or another
register map, makes every number of it a new question; the centre asks a person to confirm it anew (docs/commissioning).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

import msgspec

from coldchain.facts import DeviceEvent, EventKind
from coldchain.ports import Clock
from gateway.intake import Intake
from gateway.plan import BusPlan, EdgePlan

STATE: Final = "wiring"
DIGEST_DIGITS: Final = 16
TEXT_MAX: Final = 200  # characters of a detail (docs/wire.md, section 8); the digest is over the whole
AGAIN_MS: Final = 60_000  # after a word that the spool did not keep
R4DCB08: Final = "r4dcb08"  # the one collector without a map of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where a probe is plugged in: `meaning` is a digest of how its numbers are read."""

    line: str
    channel: str
    meaning: str

    @property
    def digest(self) -> str:
        """A name for just this wiring."""
        return _digest(f"{self.line}\n{self.channel}\n{self.meaning}")


def wires_of(plan: EdgePlan) -> dict[str, Wire]:
    """Return the wiring of every probe of a gateway, by probe."""
    found: dict[str, Wire] = {}
    for bus in plan.buses:
        found.update(_of_bus(bus))
    for w1 in plan.w1:
        found.update((probe, Wire(line=w1.folder, channel=sensor, meaning="")) for sensor, probe in w1.probes.items())
    for driver in plan.drivers:
        meaning = _digest(f"{driver.driver} {_plain(driver.settings)}")
        found.update(
            (probe, Wire(line=driver.port, channel=channel, meaning=meaning))
            for channel, probe in driver.channels.items()
        )
    for device in plan.listening.devices if plan.listening else ():
        meaning = _digest(f"{_plain(device.where)} {device.unit}")
        found.update(
            (probe, Wire(line=device.topic, channel=pointer, meaning=meaning))
            for pointer, probe in device.channels.items()
        )
    return found


def _of_bus(bus: BusPlan) -> Iterator[tuple[str, Wire]]:
    for collector in bus.temperature:
        for channel, probe in collector.channels.items():
            yield probe, Wire(line=bus.port, channel=f"{collector.slave}/{channel}", meaning=R4DCB08)
    for device in bus.devices:
        meaning = _digest(_plain(device.map))
        for name, probe in device.channels.items():
            yield probe, Wire(line=bus.port, channel=f"{device.slave}/{name}", meaning=meaning)


class WiringWatch:
    """Says once a round what is still to be said; after that it costs nothing."""

    def __init__(self, intake: Intake, clock: Clock, wires: Mapping[str, Wire]) -> None:
        self._intake = intake
        self._clock = clock
        self._wires = wires
        self._done = False
        self._again_ms = 0
        self._first_ms: int | None = None  # when it was to be said first, on the clock that never steps

    def tick(self) -> None:
        """Say the wirings that were never said or are others now, and remember all, in one commit."""
        now_ms = self._clock.boottime_ms()
        if self._done or now_ms < self._again_ms:
            return
        self._first_ms = now_ms if self._first_ms is None else self._first_ms
        said, now = _said(self._intake.state(STATE)), {probe: wire.digest for probe, wire in self._wires.items()}
        changed = [probe for probe, digest in sorted(now.items()) if said.get(probe) != digest]
        # A probe that is left out for a while and comes back the same has not been wired anew.
        kept = {STATE: msgspec.json.encode({**said, **now})}
        self._done = not changed or self._intake.accept(
            [self._event(probe, said, self._first_ms) for probe in changed], kept
        )
        self._again_ms = now_ms + AGAIN_MS

    def _event(self, probe: str, said: Mapping[str, str], at_ms: int) -> DeviceEvent:
        """Say it of at_ms: what was read since then came over the new wiring, however late the spool keeps the word."""
        wire, taken_ms = self._wires[probe], self._clock.now_ms() - (self._clock.boottime_ms() - at_ms)
        details: dict[str, int | str] = {
            "wiring": wire.digest,
            "line": wire.line[:TEXT_MAX],
            "channel": wire.channel[:TEXT_MAX],
            "meaning": wire.meaning,
        }
        if probe in said:
            details["before"] = said[probe]
        return DeviceEvent(
            seq=0,
            origin=probe,
            taken_ms=taken_ms,
            boottime_ms=at_ms,
            kind=EventKind.WIRING,
            latest_ms=taken_ms,
            details=details,
        )


def _said(state: bytes | None) -> dict[str, str]:
    try:
        return {} if state is None else msgspec.json.decode(state, type=dict[str, str])
    except msgspec.MsgspecError:
        return {}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]


def _plain(value: object) -> str:
    """Return a text that is the same for equal values in every run: sets and mappings have no order of their own."""
    if is_dataclass(value):
        parts = [f"{one.name}={_plain(getattr(value, one.name))}" for one in fields(value)]
    elif isinstance(value, Mapping):
        parts = sorted(f"{_plain(name)}={_plain(one)}" for name, one in value.items())
    elif isinstance(value, frozenset | set):
        parts = sorted(map(_plain, value))
    elif isinstance(value, tuple | list):
        parts = [_plain(one) for one in value]
    else:
        return repr(str(value))
    return f"({', '.join(parts)})"
