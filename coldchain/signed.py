"""A signature inside a JSON object: `sig` is its last member and covers the object's bytes without it.

    {"v":1,…}  ──sealed──>  {"v":1,…,"sig":"<128 hex digits>"}  ──opened──>  ({"v":1,…}, 64 bytes)

What is signed are bytes and never a value: nothing has to be written the same way twice. Ed25519 itself (RFC 8032) is
a library's business and comes in as a function, so that no cryptography is loaded where nothing is signed.
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from coldchain.errors import InvalidValueError

SIGNATURE_BYTES: Final = 64
KEYS_MAX: Final = 8  # of one gateway at once: each is tried in turn
KEY_PATTERN: Final = r"[0-9a-f]{64}"
_HEAD: Final = b',"sig":"'
_TAIL: Final = b'"}'
_MEMBER: Final = re.compile(re.escape(_HEAD) + rb"([0-9a-f]{128})" + re.escape(_TAIL) + rb"\Z")
MEMBER_BYTES: Final = len(_HEAD) + 2 * SIGNATURE_BYTES + len(_TAIL)  # what a signature adds, the closing brace counted

Sign: TypeAlias = Callable[[bytes], bytes]
Verify: TypeAlias = Callable[[str, bytes, bytes], bool]  # (public key in hex, message, signature)


def sealed(payload: bytes, sign: Sign) -> bytes:
    """Return the payload with its signature as the last member. Raises InvalidValueError if it is no such object."""
    if not payload.endswith(b"}") or payload[:-1].rstrip().endswith(b"{"):
        raise InvalidValueError("only a JSON object with at least one member can be signed")
    signature = sign(payload)
    if len(signature) != SIGNATURE_BYTES:
        msg = f"a signature has {SIGNATURE_BYTES} bytes, this one has {len(signature)}"
        raise InvalidValueError(msg)
    return payload[:-1] + _HEAD + signature.hex().encode() + _TAIL


def opened(payload: bytes) -> tuple[bytes, bytes] | None:
    """Return (what was signed, the signature), or None if no signature stands exactly where it has to."""
    found = _MEMBER.search(payload, max(0, len(payload) - MEMBER_BYTES))
    if found is None or found.start() == 0:
        return None
    return payload[: found.start()] + b"}", bytes.fromhex(found[1].decode())
