"""The centre's commands on their way: signed when they are sent, sent again until they are answered or have expired."""

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from api.routes_trust import command_views
from coldchain.ports import Clock, Store
from coldchain.signed import Sign, sealed
from coldchain.trust import CommandRecord
from coldchain.wire_commands import LIFETIME_MS_MAX, encode_command

LOOK_EVERY_MS: Final = 1_000
AGAIN_AFTER_MS: Final = 30_000
WAITING_MAX: Final = 1_000  # commands of all gateways that are looked through at once

log = structlog.get_logger("commands")


class Carry(Protocol):
    """Hands a command to the broker; it may get lost."""

    def __call__(self, gateway: str, payload: bytes) -> None:
        """Publish it for a gateway, without keeping it at the broker."""


class Commander:
    """Looks for commands that wait. Called often, does little: only after a commit, or when one is due again."""

    def __init__(
        self, store: Store, clock: Clock, sign: Sign | None, carry: Carry, generation: Callable[[], int]
    ) -> None:
        self._store = store
        self._clock = clock
        self._sign = sign
        self._carry = carry
        self._generation = generation
        self._seen = -1
        self._next_ms = 0
        self._sent_ms: dict[str, int] = {}
        self._told = False

    def look(self) -> bool:
        """Send what waits; tell whether it looked. Raises StoreError; what waits is looked for again then."""
        boottime_ms, generation = self._clock.boottime_ms(), self._generation()
        if boottime_ms < self._next_ms or (generation == self._seen and not self._sent_ms):
            return False
        self._next_ms = boottime_ms + LOOK_EVERY_MS
        waiting = self._waiting()
        self._seen = generation
        self._sent_ms = {command.id: self._sent_ms.get(command.id, -AGAIN_AFTER_MS) for command in waiting}
        for command in waiting:
            if boottime_ms - self._sent_ms[command.id] >= AGAIN_AFTER_MS:
                self._send(command)
                self._sent_ms[command.id] = boottime_ms
        return True

    def _waiting(self) -> list[CommandRecord]:
        now_ms = self._clock.now_ms()
        with self._store.reading() as session:
            recent = session.records.commands(issued_after_ms=now_ms - LIFETIME_MS_MAX, limit=WAITING_MAX)
            by_gateway: dict[str, list[CommandRecord]] = {}
            for command in recent:
                if now_ms < command.expires_ms:
                    by_gateway.setdefault(command.gateway, []).append(command)
            views = [view for commands in by_gateway.values() for view in command_views(session, commands, now_ms)]
        return [view.command for view in views if view.state == "waiting"]

    def _send(self, command: CommandRecord) -> None:
        if self._sign is None:
            if not self._told:
                self._told = True
                log.warning("commands_not_signed", advice="name the centre's signing key as [pki] signing_key")
            return
        payload = encode_command(command.id, command.gateway, command.command, command.args, command.expires_ms)
        self._carry(command.gateway, sealed(payload, self._sign))
