"""Readers by the name of their protocol: the link that runs their cycles, and the question who is there.

    protocol   readers                                     wire              antennas   signal strength
    bb7e       M100, QM100, R200, YRM100                   serial            1          dBm
    a0         Impinj R2000/Indy: Invelion, IND903, …      serial, TCP       1..8       dBm
    chafon     UHFReader288: CF-RU6402, MU80x/90x, …       serial, TCP       1..16      the reader's own unit
    chafon18   UHFReader18: CF-RU5102, …                   serial, TCP       1          none
    hf7e55     HF, ISO 15693: AnyID R321, IC94             serial, TCP       1          none
    llrp       Impinj, Zebra, …; llrp+tls over TLS         TCP               1..16      dBm

docs/readers.md says more.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from coldchain.errors import InvalidValueError
from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders import a0, bb7e, chafon, hf7e55
from gateway.decoders.framing import FrameDecoder
from gateway.decoders.heard import ReaderAnswer, ReaderInfo
from gateway.links.asked_link import AskedLink, Speech
from gateway.links.cycles import CycleLink, Rssi
from gateway.links.line import Line
from gateway.links.llrp_link import LlrpLink
from gateway.links.reader_link import ReaderLink
from gateway.links.serial_port import OpenPort
from gateway.links.tcp_address import is_tcp
from gateway.links.tcp_port import open_tcp
from gateway.links.tcp_stream import TlsFiles
from gateway.plan import READER_PROTOCOLS, ReaderPlan

# The bauds that a reader may be set to, the one as delivered first; HF readers state none, so all are tried.
BAUDS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "bb7e": (115_200, 57_600, 38_400, 19_200, 9_600),
        "a0": (115_200, 38_400),
        "chafon": (57_600, 115_200, 38_400, 19_200, 9_600),
        "chafon18": (57_600, 115_200, 38_400, 19_200, 9_600),
        "hf7e55": (115_200, 57_600, 38_400, 19_200, 9_600),
    }
)
GOOD_ANSWERS: Final = 3  # so many good answers in a row before a baud is believed
SCAN_100_MS: Final = 3  # how long a Chafon reader looks in one round
A0_ROUND_MS: Final = 1_500  # one real-time round with some hundred tags at 115,200 baud
CHAFON_ROUND_MS: Final = 1_500
HF_ROUND_MS: Final = 500  # an answer takes less than 200 ms
HF_PAUSE_MS: Final = 50  # at least so long between two commands of the host


def open_cycles(plan: ReaderPlan, open_port: OpenPort, clock: Clock, counters: Counters) -> CycleLink:
    """Return the link that runs the cycles of a reader; nothing is opened yet.

    Raises InvalidValueError if the plan names a protocol or antennas that there are not.
    """
    if plan.protocol.startswith("llrp"):
        return _llrp(plan, clock, counters)
    line = Line(plan.port, plan.baud, open_tcp if is_tcp(plan.port) else open_port, clock, counters)
    if plan.protocol == "bb7e":
        return ReaderLink(line, clock, counters)
    return AskedLink(line, speech(plan), plan.antennas, clock, counters)


def speech(plan: ReaderPlan) -> Speech:
    """Return how the family of a reader is spoken to that is asked for each round."""
    if plan.protocol == "a0":
        return _a0(a0.PUBLIC_ADDRESS if plan.address is None else plan.address)
    if plan.protocol == "hf7e55":
        return _hf(hf7e55.READER if plan.address is None else plan.address)
    if plan.protocol not in {"chafon", "chafon18"}:
        msg = f"reader {plan.id}: there is no protocol {plan.protocol!r}; use one of {', '.join(READER_PROTOCOLS)}"
        raise InvalidValueError(msg)
    address = chafon.BROADCAST if plan.address is None else plan.address
    return _chafon_18(address) if plan.protocol == "chafon18" else _chafon(address, max(plan.antennas))


def version_question(protocol: str, address: int | None = None) -> bytes:
    """Return the command that asks a serial reader what it is; without an address every reader answers.

    Raises InvalidValueError for a protocol that is not spoken over a serial line.
    """
    if protocol == "bb7e":
        return bb7e.command(bb7e.INFO, b"\x00")
    if protocol == "a0":
        return a0.firmware_question(a0.PUBLIC_ADDRESS if address is None else address)
    if protocol == "hf7e55":
        return hf7e55.version_question(hf7e55.BROADCAST if address is None else address)
    return chafon.info_question(chafon.BROADCAST if address is None else address)


def version_heard(protocol: str, data: bytes) -> ReaderInfo | None:
    """Return what a reader says of itself in the bytes that came after the question, None if no sound answer is there.

    GOOD_ANSWERS such answers in a row prove protocol and baud.
    """
    decoder = decoder_of(protocol)
    heard = decoder.feed(data) + decoder.idle_flush()
    return next((item for item in heard if isinstance(item, ReaderInfo)), None)


def decoder_of(protocol: str) -> FrameDecoder:
    """Return a fresh decoder of a serial protocol. Raises InvalidValueError if there is none."""
    if protocol == "chafon18":
        return chafon.ChafonDecoder(line_18=True)
    kinds: dict[str, type[FrameDecoder]] = {
        "bb7e": bb7e.Bb7eDecoder,
        "a0": a0.A0Decoder,
        "chafon": chafon.ChafonDecoder,
        "hf7e55": hf7e55.Hf7e55Decoder,
    }
    if protocol not in kinds:
        msg = f"{protocol!r} is not spoken over a serial line: use one of {', '.join((*kinds, 'chafon18'))}"
        raise InvalidValueError(msg)
    return kinds[protocol]()


def _llrp(plan: ReaderPlan, clock: Clock, counters: Counters) -> CycleLink:
    tls = TlsFiles(ca=plan.ca, certificate=plan.certificate, key=plan.key, server_name=plan.server_name)
    return LlrpLink(plan, clock, counters, tls=tls)


def _a0(address: int) -> Speech:
    return Speech(
        decoder=a0.A0Decoder,
        choose=lambda antenna: a0.set_antenna(address, antenna),
        chosen=ReaderAnswer(command=a0.SET_ANTENNA, parameters=bytes((a0.SUCCESS,))),
        ask=lambda _: a0.start_round(address),
        round_ms=A0_ROUND_MS,
        reasons=a0.REASONS,
        rssi=Rssi.DBM,
    )


def _chafon(address: int, ports: int) -> Speech:
    return Speech(
        decoder=lambda: chafon.ChafonDecoder(ports=ports),
        ask=lambda antenna: chafon.start_round(address, antenna, SCAN_100_MS),
        round_ms=CHAFON_ROUND_MS,
        reasons=chafon.REASONS,
        rssi=Rssi.RAW,
    )


def _chafon_18(address: int) -> Speech:
    return Speech(
        decoder=lambda: chafon.ChafonDecoder(line_18=True),
        ask=lambda _: chafon.start_round_18(address),
        round_ms=CHAFON_ROUND_MS,
        reasons=chafon.REASONS,
        rssi=Rssi.NONE,
    )


def _hf(address: int) -> Speech:
    return Speech(
        decoder=hf7e55.Hf7e55Decoder,
        ask=lambda _: hf7e55.query(address),
        round_ms=HF_ROUND_MS,
        reasons=hf7e55.REASONS,
        rssi=Rssi.NONE,
        pause_ms=HF_PAUSE_MS,
    )
