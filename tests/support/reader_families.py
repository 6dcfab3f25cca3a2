"""The serial readers' families side by side: a decoder of ours and frames that the simulated readers make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from support.fake_ports import tag_notice

from firmware_sim.devices import a0_reader, chafon_reader, hf_reader
from gateway.decoders.a0 import FRAME_BYTES_MAX as A0_MAX
from gateway.decoders.a0 import A0Decoder
from gateway.decoders.bb7e import FRAME_BYTES_MAX as BB7E_MAX
from gateway.decoders.bb7e import Bb7eDecoder
from gateway.decoders.chafon import FRAME_BYTES_MAX as CHAFON_MAX
from gateway.decoders.chafon import ChafonDecoder
from gateway.decoders.framing import FrameDecoder
from gateway.decoders.heard import Fault, Heard, Rejected, TagListed, TagSeen
from gateway.decoders.hf7e55 import FRAME_BYTES_MAX as HF_MAX
from gateway.decoders.hf7e55 import Hf7e55Decoder

TRICKY_EPCS = ("A013A00401891001", "7E5509BB02220011", "15000103010106BB", "BB7E" * 6, "A0A0A0A0", "7E7E", "00" * 62)
UIDS = ("E0040150CABD51B9", "E07E557E55A0BBAA", "E0AAAAAAAAAAAAAA", "E01F1100AA0000FF")


@dataclass(frozen=True)
class Family:
    """`frame` makes the frame of one read of a tag; `head` is what a careless framer would take for its beginning."""

    name: str
    decoder: Callable[[], FrameDecoder]
    frame: Callable[[str], bytes]
    head: bytes
    frame_max: int
    ids: tuple[str, ...]

    def one(self, number: int = 0) -> bytes:
        return self.frame(self.ids[number])

    def whole(self, data: bytes) -> list[Heard]:
        decoder = self.decoder()
        return decoder.feed(data) + decoder.idle_flush()

    def sliced(self, data: bytes, cuts: Sequence[int]) -> list[Heard]:
        decoder = self.decoder()
        edges = [0, *sorted(cuts), len(data)]
        heard = [item for low, high in pairwise(edges) for item in decoder.feed(data[low:high])]
        heard += decoder.idle_flush()
        assert decoder.pending == 0
        return heard


def tags(heard: Sequence[Heard]) -> list[str]:
    return [item.epc for item in heard if isinstance(item, TagSeen | TagListed)]


def faults(heard: Sequence[Heard]) -> list[Fault]:
    return [item.fault for item in heard if isinstance(item, Rejected)]


def _a0(epc: str) -> bytes:
    return a0_reader.tag_packet(1, 0x89, 1, bytes.fromhex(epc), -60)


def _chafon(epc: str) -> bytes:
    tag = bytes.fromhex(epc)
    return chafon_reader.sealed(b"\x00\x01\x03\x01\x01" + bytes((len(tag),)) + tag + b"\x6b")


def _chafon_18(epc: str) -> bytes:
    tag = bytes.fromhex(epc)
    return chafon_reader.sealed(b"\x00\x01\x03\x01" + bytes((len(tag),)) + tag)


def _hf(uid: str) -> bytes:
    return hf_reader.frame(1, 0, b"\x1f\x11\x00" + bytes.fromhex(uid)[::-1] + b"\xaa\x00\x00")


FAMILIES = (
    Family("bb7e", Bb7eDecoder, tag_notice, b"\xbb\x02\x22\x00", BB7E_MAX, TRICKY_EPCS),
    Family("a0", A0Decoder, _a0, b"\xa0\x13", A0_MAX, TRICKY_EPCS),
    Family("chafon", ChafonDecoder, _chafon, b"\x15\x00\x01\x03", CHAFON_MAX, TRICKY_EPCS),
    Family("chafon18", lambda: ChafonDecoder(line_18=True), _chafon_18, b"\x13\x00\x01\x03", CHAFON_MAX, TRICKY_EPCS),
    Family("hf7e55", Hf7e55Decoder, _hf, b"\x7e\x55\x14", HF_MAX, UIDS),
)
