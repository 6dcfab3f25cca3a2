"""What a person may do to a running site: one line of JSON in, one line out. Pure; the socket is the assembly's.

    {"do": "power-cut" | "open-door" | "compressor" | "unplug" | "drop-box-network", "minutes": 5}
    {"do": "end", "what": "power-cut" | ...}      {"do": "status"}

An action acts at once and ends by itself; said again, it lasts longer, never shorter. The answer is
{"done": true, ...} or {"error": "..."}.
"""

import json
from typing import Any, Final, NamedTuple, Protocol

POWER_CUT: Final = "power-cut"
OPEN_DOOR: Final = "open-door"
COMPRESSOR: Final = "compressor"
UNPLUG: Final = "unplug"
DROP_BOX_NETWORK: Final = "drop-box-network"
ACTIONS: Final = {
    POWER_CUT: 5,
    OPEN_DOOR: 5,
    COMPRESSOR: 30,
    UNPLUG: 5,
    DROP_BOX_NETWORK: 5,
}  # minutes if none are said
STATUS: Final = "status"
END: Final = "end"

LINE_BYTES_MAX: Final = 4_096
MINUTES_MAX: Final = 1_440
MINUTE_MS: Final = 60_000

Json = dict[str, Any]


class CommandError(Exception):
    """A line that cannot be done; the message says what is allowed."""


class Command(NamedTuple):
    """What to do: an action for so many minutes, `end` of an action (then `what` names it), or `status`."""

    do: str
    minutes: int = 0
    what: str = ""


class Acting(Protocol):
    """A bench that can be acted on."""

    def act(self, action: str, until_ms: int) -> int:
        """Begin or prolong an action; return until when (UTC, ms) it lasts now. Raises CommandError."""

    def end(self, action: str) -> None:
        """End an action; nothing if it is not going on."""

    def status(self) -> Json:
        """Return what is so now; `now_ms` is in it."""


def parse(line: bytes) -> Command:
    """Read one line. Raises CommandError."""
    if len(line) > LINE_BYTES_MAX:
        msg = f"a command has at most {LINE_BYTES_MAX} bytes"
        raise CommandError(msg)
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        msg = f"not a line of JSON; write {_example()}"
        raise CommandError(msg) from None
    if not isinstance(said, dict):
        msg = f"not an object; write {_example()}"
        raise CommandError(msg)
    unknown = sorted(set(said) - {"do", "minutes", "what"})
    if unknown:
        msg = f"unknown: {', '.join(str(name)[:40] for name in unknown[:5])}; write {_example()}"
        raise CommandError(msg)
    return _command(said)


def answer(acting: Acting, line: bytes) -> bytes:
    """Do what a line says; return the line to answer with."""
    try:
        said = {"done": True, **_done(acting, parse(line))}
    except CommandError as error:
        said = {"error": str(error)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _command(said: Json) -> Command:
    do, what = said.get("do"), said.get("what", "")
    if do == STATUS:
        return Command(STATUS)
    if do == END:
        if not isinstance(what, str) or what not in ACTIONS:
            msg = f"'what' must name an action: {', '.join(ACTIONS)}"
            raise CommandError(msg)
        return Command(END, what=what)
    if not isinstance(do, str) or do not in ACTIONS:
        msg = f"'do' must be one of: {', '.join((*ACTIONS, END, STATUS))}"
        raise CommandError(msg)
    minutes = said.get("minutes", ACTIONS[do])
    if type(minutes) is not int or not 1 <= minutes <= MINUTES_MAX:
        msg = f"'minutes' must be a whole number from 1 to {MINUTES_MAX}"
        raise CommandError(msg)
    return Command(do, minutes)


def _done(acting: Acting, command: Command) -> Json:
    if command.do == STATUS:
        return acting.status()
    if command.do == END:
        acting.end(command.what)
        return {"do": END, "what": command.what}
    now_ms = int(acting.status()["now_ms"])
    until_ms = acting.act(command.do, now_ms + command.minutes * MINUTE_MS)
    return {"do": command.do, "now_ms": now_ms, "until_ms": until_ms}


def _example() -> str:
    return json.dumps({"do": POWER_CUT, "minutes": 5})
