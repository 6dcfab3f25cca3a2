"""A checkpoint of the ledger as text that people can print, in the style of a signed note (C2SP tlog-checkpoint).

    coldchain/storage-1                                  origin
    12000                                                number of entries
    0mC7…=                                               root, base64
    time 1790000000000                                   when it was made, UTC in ms since 1970
                                                         (an empty line)
    — coldchain/storage-1 Az3gr…=                        key hash (4 bytes) and Ed25519 signature, base64

What is signed is the text up to and with the newline before the empty line. Pure: the signature itself is handed in.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from coldchain.errors import InvalidValueError
from coldchain.proof import Checkpoint
from coldchain.signed import SIGNATURE_BYTES, Sign, Verify

NOTE_BYTES_MAX: Final = 1_000
ORIGIN_PATTERN: Final = r"coldchain/[a-z0-9-]{1,32}"
_ED25519: Final = b"\x01"  # the algorithm's number in a signed note
_NOTE: Final = re.compile(
    rf"(?P<text>(?P<origin>{ORIGIN_PATTERN})\n(?P<size>[1-9][0-9]{{0,17}})\n(?P<root>[A-Za-z0-9+/]{{43}}=)\n"
    rf"time (?P<time>[0-9]{{1,16}})\n)\n— (?P<name>{ORIGIN_PATTERN}) (?P<signature>[A-Za-z0-9+/]{{91}}=)\n"
)


def origin_of(site: str) -> str:
    """Return the name under which a site's ledger signs."""
    return f"coldchain/{site}"


def key_hash(origin: str, key: str) -> bytes:
    """Return the 4 bytes by which a note names its key (C2SP signed-note): of SHA-256 over name, type and key."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + bytes.fromhex(key)).digest()[:4]


def endorsement(origin: str, key: str) -> bytes:
    """Return what an old key signs to name its successor."""
    return f"coldchain ledger key\n{origin}\n{key}\n".encode()


def made(origin: str, size: int, root: bytes, at_ms: int, signer: tuple[str, Sign]) -> Checkpoint:
    """Return a signed checkpoint. `signer` is the public key in hex and how to sign with its other half."""
    key, sign = signer
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntime {at_ms}\n"
    signature = sign(text.encode())
    if len(signature) != SIGNATURE_BYTES:
        msg = f"a signature has {SIGNATURE_BYTES} bytes, this one has {len(signature)}"
        raise InvalidValueError(msg)
    line = f"— {origin} {base64.b64encode(key_hash(origin, key) + signature).decode()}\n"
    return Checkpoint(size=size, root=root, at_ms=at_ms, key=key, note=f"{text}\n{line}".encode())


def read_note(note: bytes) -> Checkpoint | None:
    """Return what a note says, with the key left open (""); None if it is none. Nothing of it is believed yet."""
    found = _match(note)
    if found is None:
        return None
    root = base64.b64decode(found["root"])
    return Checkpoint(size=int(found["size"]), root=root, at_ms=int(found["time"]), key="", note=note)


def _match(note: bytes) -> re.Match[str] | None:
    try:
        return _NOTE.fullmatch(note[: NOTE_BYTES_MAX + 1].decode())
    except UnicodeDecodeError:
        return None


def fault_of(checkpoint: Checkpoint, origin: str, verify: Verify) -> str:
    """Return what is wrong with a checkpoint's note, "" if it says what the checkpoint says and its key signed it."""
    found = _match(checkpoint.note)
    if found is None:
        return "its note cannot be read"
    said = (found["origin"], found["name"], int(found["size"]), found["root"], int(found["time"]))
    meant = (origin, origin, checkpoint.size, base64.b64encode(checkpoint.root).decode(), checkpoint.at_ms)
    if said != meant:
        return "its note says something else than its row"
    try:
        mark = base64.b64decode(found["signature"], validate=True)
    except binascii.Error:
        return "its signature cannot be read"
    if base64.b64encode(mark).decode() != found["signature"]:  # spare bits of base64 could hide a change
        return "its signature cannot be read"
    if mark[:4] != key_hash(origin, checkpoint.key):
        return "its note names another key"
    return "" if verify(checkpoint.key, found["text"].encode(), mark[4:]) else "its signature is wrong"
