"""What the centre asks this gateway to do (`cmd/do`): believed, in time, once, and answered. docs/wire.md, section 11.

    payload ──signed by the centre? for us? in time? new? in the list?──> noted on disk ──> done ──> answer spooled

What nobody trustworthy has signed is counted and not answered: its id says nothing. A command is noted before it is
done and its answer is spooled in one transaction with the note of that, so that it is done at most once, and a gateway
that died over it says so. Only the allow-list of coldchain/wire_commands.py is ever done.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from coldchain.errors import ColdchainError
from coldchain.facts import ClockState, DeviceEvent, EventKind
from coldchain.ports import Clock
from coldchain.signed import Verify, opened
from coldchain.wire_commands import (
    LIFETIME_MS_MAX,
    TEXT_CHARACTERS_MAX,
    Command,
    CommandKind,
    Outcome,
    decode_command,
    refusal_of_args,
)
from gateway.clock import clock_state
from gateway.signing import verified
from gateway.spool_port import SpoolPort

STATE: Final = "commands"
REMEMBERED_MAX: Final = 256  # commands that have not expired long ago; beyond it new ones are refused
FORGOTTEN_AFTER_MS: Final = 86_400_000  # behind its end a command cannot come to life by a clock that is a little off
COUNTERS: Final = {
    "commands_done": "Commands of the centre that were done",
    "commands_refused": "Commands of the centre that were refused, with the reason in the answer",
    "commands_failed": "Commands of the centre that failed here",
    "commands_repeated": "Commands that came again and were not done again",
    "commands_rejected": "Messages on cmd/do that the centre's key has not signed, or that are no command for us",
}
_LOG: Final = logging.getLogger(__name__)


class Actions(Protocol):
    """What a command may do. Called in the uplink's thread; each returns soon and may raise ColdchainError."""

    def status(self) -> str:
        """Return how the gateway is, in up to 200 characters."""

    def poll_now(self) -> None:
        """Ask all devices as soon as their lines are free."""

    def set_poll_ms(self, poll_ms: int | None) -> None:
        """Ask collectors this often until the next start; None: as the settings say."""

    def restart(self) -> None:
        """End in good order, soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a command ended. `then`: what is done once the answer is on disk."""

    id: str
    kind: str
    outcome: Outcome
    text: str = ""
    then: Callable[[], None] | None = None


class _Note(msgspec.Struct, array_like=True):
    expires_ms: int
    kind: str
    answered: bool


_NOTES: Final = msgspec.json.Decoder(dict[str, _Note])


class Commands:
    """Takes what comes on cmd/do. One thread only: the uplink's. `counters` gets COUNTERS."""

    def __init__(
        self,
        gateway: str,
        centre_key: str | None,
        spool: SpoolPort,
        clock: Clock,
        actions: Actions,
        counters: Counter[str],
        verify: Verify = verified,
    ) -> None:
        self._gateway = gateway
        self._key = centre_key
        self._spool = spool
        self._clock = clock
        self._actions = actions
        self._counters = counters
        self._verify = verify
        self._ahead_ms: int | None = None  # the centre's clock minus our clock that never steps
        self._notes = _read(spool.state(STATE))
        counters.update(dict.fromkeys(COUNTERS, 0))

    def anchor(self, centre_ms: int) -> None:
        """Learn the centre's time from an ack. The latest counts: an old ack makes no command young again."""
        ahead_ms = centre_ms - self._clock.boottime_ms()
        self._ahead_ms = ahead_ms if self._ahead_ms is None else max(ahead_ms, self._ahead_ms)

    def begin(self) -> None:
        """Say what became of commands that an earlier run died over. Raises StoreError or SpoolFullError."""
        for name, note in list(self._notes.items()):
            if not note.answered:
                self._finish(Answer(id=name, kind=note.kind, outcome=Outcome.FAILED, text="the gateway ended over it"))

    def take(self, payload: bytes) -> None:
        """Do what a message asks for and spool the answer. Raises StoreError or SpoolFullError; then it comes again."""
        command = self._believed(payload)
        if command is None:
            self._counters["commands_rejected"] += 1
            return
        if command.id in self._notes:
            self._counters["commands_repeated"] += 1
            return
        now_ms = self._now_ms()
        if now_ms is None:
            return  # nobody knows what time it is: the centre sends it again until it has expired
        refusal = self._refusal(command, now_ms)
        if refusal:
            self._note(command, now_ms)
            self._finish(_refused(command, refusal))
            return
        self._note(command, now_ms)
        try:
            self._spool.accept([], {STATE: self._state()})
        except ColdchainError:
            del self._notes[command.id]  # nothing was begun: it may come again
            raise
        self._finish(self._do(command))

    def _believed(self, payload: bytes) -> Command | None:
        found = opened(payload)
        if self._key is None or found is None or not self._verify(self._key, *found):
            _LOG.warning("a message on cmd/do is not signed by the centre's key and is not looked at")
            return None
        command = decode_command(payload)
        return command if command is not None and command.gateway == self._gateway else None

    def _now_ms(self) -> int | None:
        """Return the centre's time, or our own wall clock before the first ack; None if that was never set."""
        if self._ahead_ms is not None:
            return self._clock.boottime_ms() + self._ahead_ms
        wall_ms = self._clock.now_ms()
        return wall_ms if clock_state(wall_ms) is ClockState.TRUSTED else None

    def _refusal(self, command: Command, now_ms: int) -> str:
        if now_ms >= command.expires_ms:
            return "it has expired"
        if command.expires_ms > now_ms + LIFETIME_MS_MAX:
            return "it expires later than a command may"
        if len(self._notes) >= REMEMBERED_MAX and not self._forget(now_ms):
            return f"{REMEMBERED_MAX} commands are remembered and have not expired yet"
        return refusal_of_args(command.kind, command.args)

    def _forget(self, now_ms: int) -> bool:
        """Forget what can no longer be done anyway; tell whether there is room."""
        for name, note in list(self._notes.items()):
            if note.answered and note.expires_ms < now_ms - FORGOTTEN_AFTER_MS:
                del self._notes[name]
        return len(self._notes) < REMEMBERED_MAX

    def _note(self, command: Command, now_ms: int) -> None:
        """Note that it is taken up. One that would be remembered too long is remembered as long as any may be."""
        if len(self._notes) < REMEMBERED_MAX:
            expires_ms = min(command.expires_ms, now_ms + LIFETIME_MS_MAX)
            self._notes[command.id] = _Note(expires_ms, command.kind, answered=False)

    def _do(self, command: Command) -> Answer:
        try:
            return self._perform(command)
        except ColdchainError as error:
            return Answer(id=command.id, kind=command.kind, outcome=Outcome.FAILED, text=str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours in a command must not end the uplink
            _LOG.exception("command %s (%s) failed", command.id, command.kind)
            return Answer(id=command.id, kind=command.kind, outcome=Outcome.FAILED, text=type(error).__name__)

    def _perform(self, command: Command) -> Answer:
        text, then = "", None
        match CommandKind(command.kind):
            case CommandKind.SEND_STATUS:
                text = self._actions.status()
            case CommandKind.POLL_NOW:
                self._actions.poll_now()
            case CommandKind.SET_POLL_INTERVAL:
                seconds = int(command.args["seconds"])
                self._actions.set_poll_ms(seconds * 1_000 or None)
            case CommandKind.RESTART:
                then = self._actions.restart  # its answer must be on disk first
        return Answer(id=command.id, kind=command.kind, outcome=Outcome.DONE, text=text, then=then)

    def _finish(self, answer: Answer) -> None:
        """Spool the answer together with the note that it is given, and only then let `then` happen."""
        if answer.id in self._notes:
            self._notes[answer.id].answered = True
        event = DeviceEvent(
            seq=0,
            origin=self._gateway,
            taken_ms=self._clock.now_ms(),
            boottime_ms=self._clock.boottime_ms(),
            kind=EventKind.COMMAND_ANSWERED,
            latest_ms=self._clock.now_ms(),
            details={
                "id": answer.id,
                "kind": answer.kind,
                "outcome": answer.outcome.value,
                "text": answer.text[:TEXT_CHARACTERS_MAX],
            },
        )
        try:
            self._spool.accept([event], {STATE: self._state()})
        except ColdchainError:
            if answer.id in self._notes:
                self._notes[answer.id].answered = False  # the next start says that it was not seen to end
            raise
        self._counters[f"commands_{answer.outcome.value}"] += 1
        _LOG.info("command %s (%s): %s %s", answer.id, answer.kind, answer.outcome.value, answer.text)
        if answer.then is not None:
            answer.then()

    def _state(self) -> bytes:
        return msgspec.json.encode(self._notes)


def _refused(command: Command, why: str) -> Answer:
    return Answer(id=command.id, kind=command.kind, outcome=Outcome.REFUSED, text=why)


def _read(state: bytes | None) -> dict[str, _Note]:
    try:
        return {} if state is None else _NOTES.decode(state)
    except msgspec.DecodeError:
        _LOG.exception("what was noted of commands cannot be read: none is remembered")
        return {}
