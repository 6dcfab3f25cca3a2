"""Simulated serial readers behind scripted ports on a hand clock: what they say, they say in the clock's time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from support.fake_ports import ScriptedPort
from support.hand_clock import HandClock

from firmware_sim.devices.a0_reader import A0Reader
from firmware_sim.devices.chafon_reader import ChafonReader
from firmware_sim.devices.hf_reader import HfReader
from firmware_sim.devices.tags import FieldTag

BAG, OTHER = "30751FEB705C5904E3D50D70", "E20010710000529B0940B402"
HF_BAG, HF_OTHER = "E0040150CABD51B9", "E00401000000A01B"
START_MS = 1_800_000_000_000


class Device(Protocol):
    def receive(self, data: bytes, at_ms: int) -> list[bytes]: ...

    def advance(self, to_ms: int) -> list[bytes]: ...


@dataclass(frozen=True)
class Kind:
    """A protocol with its simulated reader; `bags` are two tags of its band, `strength` what the wire then says."""

    protocol: str
    make: Callable[[], A0Reader | ChafonReader | HfReader]
    bags: tuple[str, str]
    strength: int
    said: int
    round_ms: int


KINDS = (
    Kind("a0", lambda: A0Reader(1, START_MS), (BAG, OTHER), -60, -60, 80),
    Kind("chafon", lambda: ChafonReader(1, START_MS), (BAG, OTHER), 90, 90 - 128, 90),
    Kind("chafon18", lambda: ChafonReader(1, START_MS, line_18=True), (BAG, OTHER), 90, -128, 90),
    Kind("hf7e55", lambda: HfReader(1, START_MS), (HF_BAG, HF_OTHER), 90, -128, 120),
)


def put(device: A0Reader | ChafonReader | HfReader, tag: str, strength: int, antenna: int = 1) -> None:
    """Bring a tag that answers in every round before an antenna."""
    device.field.enter(FieldTag(tag, 10.0, strength), antenna)  # a chance above 1 is certain also in a null


class Wire:
    """A scripted port with a device behind it; asleep it answers nothing, `spoil` may change what it says."""

    def __init__(self, clock: HandClock, device: Device) -> None:
        self.port = ScriptedPort(clock, self._answer)
        self.port.live = self._live
        self.device = device
        self.asleep = False
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        self._clock = clock

    def _answer(self, data: bytes) -> list[tuple[int, bytes]]:
        said = b"".join(self.device.receive(data, self._clock.now_ms()))
        return [] if self.asleep or not said else [(5, self.spoil(said))]

    def _live(self) -> bytes:
        said = b"".join(self.device.advance(self._clock.now_ms()))
        return b"" if self.asleep or not said else self.spoil(said)
