"""What the centre asks a gateway to do: `cmd/do`, version 1. docs/wire.md, section 11, owns the format.

A command is signed by the centre, names the one gateway that it is for, expires, and is done at most once. What is not
in the list cannot be asked for; no command mutes an alarm, opens a door or writes to a serial line.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.signed import SIGNATURE_BYTES
from coldchain.wire import VERSION, Details, Id, Millis, Signature

LEAF: Final = "cmd/do"
COMMAND_BYTES_MAX: Final = 16 * 1024
LIFETIME_MS_MAX: Final = 7 * 86_400_000
POLL_S_MIN, POLL_S_MAX = 5, 300
TEXT_CHARACTERS_MAX: Final = 200  # of an answer: what `details` of an event allow


class CommandKind(StrEnum):
    """The allow-list."""

    SEND_STATUS = "send-status"  # say how it goes, in the answer
    POLL_NOW = "poll-now"  # ask all devices at once
    SET_POLL_INTERVAL = "set-poll-interval"  # args: seconds, 5 to 300; until the next start; 0: as in the settings
    RESTART = "restart"  # end in good order; a supervisor starts it again


class Outcome(StrEnum):
    """How a command ended; the gateway says it in its event `command-answered`."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command as it is sent. `kind` is a text here: a gateway that does not know one says so."""

    v: int
    id: Id
    gateway: Id
    kind: Annotated[str, msgspec.Meta(max_length=32)]
    args: Details
    expires_ms: Millis
    sig: Signature | None = None


_DECODER: Final = msgspec.json.Decoder(Command)
_ENCODER: Final = msgspec.json.Encoder()
UNSIGNED_BYTES_MAX: Final = COMMAND_BYTES_MAX - 2 * SIGNATURE_BYTES


def encode_command(command_id: str, gateway: str, kind: str, args: dict[str, int | str], expires_ms: int) -> bytes:
    """Return the payload of a command without its signature; coldchain.signed.sealed puts that on."""
    body = {"v": VERSION, "id": command_id, "gateway": gateway, "kind": kind, "args": args, "expires_ms": expires_ms}
    return _ENCODER.encode(body)


def decode_command(payload: bytes) -> Command | None:
    """Read a command, whoever signed it; None if it is none."""
    if len(payload) > COMMAND_BYTES_MAX:
        return None
    try:
        command = _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return command if command.v == VERSION and command.expires_ms < INTEGER_MAX else None


def refusal_of_args(kind: str, args: dict[str, int | str]) -> str:
    """Say why a gateway would not do this, "" if it would."""
    if kind not in set(CommandKind):
        return f"{kind} is no command: there are {', '.join(CommandKind)}"
    allowed = {"seconds"} if kind == CommandKind.SET_POLL_INTERVAL else set()
    if set(args) != allowed:
        return f"{kind} takes {'the argument seconds' if allowed else 'no arguments'}"
    seconds = args.get("seconds", 0)
    if isinstance(seconds, str) or (seconds != 0 and not POLL_S_MIN <= seconds <= POLL_S_MAX):
        return f"seconds is a whole number from {POLL_S_MIN} to {POLL_S_MAX}, or 0 for what the settings say"
    return ""
