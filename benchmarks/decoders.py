"""Frames and tags per second of the readers' decoders on one core, beside what others decode from the same bytes.

    .venv/bin/python benchmarks/decoders.py            # some 40 s; makes a virtual environment for the others once
    .venv/bin/python benchmarks/decoders.py --quick    # some 10 s
    .venv/bin/python benchmarks/decoders.py --ours     # without the others: needs no package registry
    .venv/bin/python benchmarks/decoders.py --llrp     # LLRP instead: see benchmarks/llrp.py

The frames come from the simulated readers: an inventory of 60 tags, round after round, one seed. Ours takes them as a
serial port gives them, in pieces of up to 4,096 bytes, and finds the frames itself; the others are handed the same
bytes and split them by the length byte, for none of them scans. All run one after the other in turns, theirs in a
process of its own; trust the ratios. The line rate is 115,200 baud, 8N1: 11,520 bytes a second.
"""

import argparse
import importlib.util
import os
import random
import runpy
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from statistics import median

from firmware_sim.devices import a0_reader, bb7e_reader, chafon_reader, hf_reader
from firmware_sim.devices.tags import FieldTag
from gateway.decoders.framing import FrameDecoder
from gateway.decoders.heard import Rejected, TagListed, TagSeen
from gateway.links.readers import decoder_of

SEED = 20_261_127
TAGS = 60
BYTES = 400_000  # of each protocol and turn
PIECE = 4_096
LINE_BYTES_S = 11_520
GOAL = 50
PEERS = ("omnitag==0.2.0", "wabson.chafon-rfid==1.0.0")  # both MIT
FOLDER = Path(tempfile.gettempdir()) / f"coldchain-bench-{os.getuid()}"

# What runs in the others' own environment: arguments are the peer, the protocol and the file with the bytes.
PEER = """
import sys, time
name, protocol, path = sys.argv[1:]
data = open(path, "rb").read()

def frames():
    at = 0
    while at < len(data):
        yield data[at : at + data[at] + 1]
        at += data[at] + 1

def omnitag():
    from omnitag.drivers.wyuan.protocol import parse_frame, parse_inventory, status_carries_tags
    tags = 0
    for whole in frames():
        frame = parse_frame(whole)
        if status_carries_tags(frame.status):
            tags += len(parse_inventory(frame.data)[0])
    return tags

def wabson():
    from chafon_rfid import uhfreader18, uhfreader288m
    kind = uhfreader18 if protocol == "chafon18" else uhfreader288m
    return sum(1 for _ in kind.G2InventoryResponse(bytearray(data)).get_tag())

way = {"omnitag": omnitag, "wabson.chafon-rfid": wabson}[name]
way()
began = time.perf_counter()
print(way(), time.perf_counter() - began)
"""
BESIDE = {"chafon": ("omnitag", "wabson.chafon-rfid"), "chafon18": ("wabson.chafon-rfid",)}


def stop(why: str) -> None:
    """End with a word and code 1."""
    raise SystemExit(why)


def epc(number: int) -> str:
    """Return the EPC of a bag."""
    return f"3035A537C83775400000{number:04X}"


def bb7e() -> bytes:
    """Return notices with the tags' own CRCs, as they come in an inventory of many rounds."""
    dice = random.Random(SEED)
    frames = [bb7e_reader.notice(-dice.randint(40, 75), 0x3000, bytes.fromhex(epc(n % TAGS))) for n in range(TAGS * 20)]
    return b"".join(frames)


def rounds_of(device: a0_reader.A0Reader | chafon_reader.ChafonReader | hf_reader.HfReader, question: bytes) -> bytes:
    """Return what a reader says in twenty rounds."""
    said, now_ms = b"", 0
    for _ in range(20):
        device.receive(question, now_ms)
        now_ms += 1_000
        said += b"".join(device.advance(now_ms))
    return said


def filled(
    device: a0_reader.A0Reader | chafon_reader.ChafonReader | hf_reader.HfReader, *, uid: bool, strength: int
) -> a0_reader.A0Reader | chafon_reader.ChafonReader | hf_reader.HfReader:
    """Put the bags into the field."""
    for number in range(TAGS):
        name = f"E00401{number:010X}" if uid else epc(number)
        device.field.enter(FieldTag(name, 0.9, strength), 1)
    return device


def streams() -> dict[str, bytes]:
    """Return the bytes of each protocol."""
    ask = chafon_reader.sealed
    a0 = filled(a0_reader.A0Reader(SEED, 0), uid=False, strength=-60)
    chafon = filled(chafon_reader.ChafonReader(SEED, 0), uid=False, strength=107)
    chafon_18 = filled(chafon_reader.ChafonReader(SEED, 0, line_18=True), uid=False, strength=0)
    hf = filled(hf_reader.HfReader(SEED, 0), uid=True, strength=0)
    made = {
        "bb7e": bb7e(),
        "a0": rounds_of(a0, a0_reader.frame(1, 0x89, b"\x01")),
        "chafon": rounds_of(chafon, ask(bytes.fromhex("ff01070001000000008003"))),
        "chafon18": rounds_of(chafon_18, ask(b"\xff\x01")),
        "hf7e55": rounds_of(hf, hf_reader.frame(0, 1, b"\x11\x00\x00")),
    }
    return {name: data * (BYTES // len(data) + 1) for name, data in made.items()}


def ours(make: Callable[[], FrameDecoder], data: bytes) -> tuple[int, int, float]:
    """Return tags, frames and seconds."""
    decoder = make()
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    tags = 0
    began = time.perf_counter()
    for piece in pieces:
        for item in decoder.feed(piece):
            if isinstance(item, TagSeen | TagListed):
                tags += 1
            elif isinstance(item, Rejected):
                stop(f"refused {item.fault} of sound bytes: the figures would mean nothing")
    return tags, decoder.frames, time.perf_counter() - began


def environment() -> Path:
    """Return the python of the others' environment, which is made once."""
    python = FOLDER / "bin" / "python"
    if not (FOLDER / "made").exists():
        venv.create(FOLDER, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True, timeout=300)
        (FOLDER / "made").touch()
    return python


def theirs(python: Path, peer: str, protocol: str, path: Path) -> tuple[int, float]:
    """Return tags and seconds of one turn of a peer."""
    command = [str(python), "-I", "-c", PEER, peer, protocol, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout.split()
    return int(said[0]), float(said[1])


def measure(protocol: str, data: bytes, turns: int, python: Path | None, folder: Path) -> None:
    """Run one protocol in turns and print its lines."""
    path = folder / protocol
    path.write_bytes(data)
    rates: dict[str, list[float]] = {}
    tags = frames = 0
    best: list[float] = []
    for _ in range(turns):
        tags, frames, seconds = ours(lambda: decoder_of(protocol), data)
        best.append(seconds)
        for peer in BESIDE.get(protocol, ()) if python else ():
            assert python is not None
            found, theirs_s = theirs(python, peer, protocol, path)
            if found != tags:
                stop(f"{peer} found {found} tags where ours found {tags}: they are not comparable")
            rates.setdefault(peer, []).append(tags / theirs_s)
    took = median(best)
    times = len(data) / took / LINE_BYTES_S
    word = "" if times >= GOAL else f"   BELOW THE GOAL of {GOAL}"
    own = tags / took
    print(f"{protocol:9} {frames / took:10,.0f} frames/s {own:10,.0f} tags/s {times:7.0f} x the line rate{word}")
    for peer, found_rates in rates.items():
        theirs_rate = median(found_rates)
        print(f"          {peer:20} {theirs_rate:10,.0f} tags/s   ours is {own / theirs_rate:5.1f} times as fast")


def llrp() -> None:
    """Hand over to the benchmark of LLRP, which has peers of its own."""
    beside = Path(__file__).with_name("llrp.py")
    if not beside.exists() or importlib.util.find_spec("gateway.decoders.llrp") is None:
        stop("benchmarks/llrp.py is not there: this program does not speak LLRP yet")
    sys.argv = [str(beside)]
    runpy.run_path(str(beside), run_name="__main__")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one turn instead of five")
    parser.add_argument("--ours", action="store_true", help="without the others")
    parser.add_argument("--llrp", action="store_true", help="LLRP instead")
    asked = parser.parse_args()
    if asked.llrp:
        llrp()
        return
    turns = 1 if asked.quick else 5
    print(f"seed {SEED}, {TAGS} tags, {BYTES:,} bytes a turn, {turns} turns, median")
    python = None if asked.ours else environment()
    with tempfile.TemporaryDirectory() as folder:
        for protocol, data in streams().items():
            measure(protocol, data, turns, python, Path(folder))


if __name__ == "__main__":
    main()
