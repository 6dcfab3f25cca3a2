"""Security events on their way into the record: each is counted, and a flood of them does not flood the ledger."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind
from coldchain.facts import Fact
from coldchain.trust import EVIDENCE_CHARACTERS_MAX, EVIDENCE_MAX, SecurityEvent, SecurityKind

ENTRIES_MAX: Final = 20  # of one gateway and kind in WITHIN_MS; what is beyond is told as `times` of the next entry
WITHIN_MS: Final = 3_600_000
TOLD_MAX: Final = 4_000  # pairs of gateway and kind that are remembered; only registered gateways make any


class SecurityLog:
    """Decides what is written. One thread only; call `written` once the transaction is committed."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], list[int]] = {}
        self._untold: dict[tuple[str, str], int] = {}

    def to_write(self, events: Sequence[SecurityEvent], now_ms: int) -> list[SecurityEvent]:
        """Return the events that get an entry of their own, each with how many it stands for."""
        chosen: list[SecurityEvent] = []
        room = {key: ENTRIES_MAX - self._recent(key, now_ms) for key in map(_key, events)}
        untold = {key: self._untold.get(key, 0) for key in room}
        for event in events:
            key = _key(event)
            if room[key] > 0:
                room[key] -= 1
                chosen.append(msgspec.structs.replace(event, times=event.times + untold.pop(key, 0)))
        return chosen

    def written(self, events: Sequence[SecurityEvent], chosen: Sequence[SecurityEvent], now_ms: int) -> None:
        """Note what was committed of them."""
        for event in chosen:
            self._told.setdefault(_key(event), []).append(now_ms)
            self._untold.pop(_key(event), None)
        told = {event.id for event in chosen}
        for event in events:
            if event.id not in told:
                self._untold[_key(event)] = self._untold.get(_key(event), 0) + event.times
        while len(self._told) > TOLD_MAX:
            del self._told[next(iter(self._told))]

    def _recent(self, key: tuple[str, str], now_ms: int) -> int:
        times = [at_ms for at_ms in self._told.get(key, ()) if now_ms - WITHIN_MS < at_ms <= now_ms]
        if key in self._told:
            self._told[key] = times
        return len(times)


def security_event(
    kind: SecurityKind, gateway: str, at_ms: int, detail: str, *, epoch: str = "", evidence: Iterable[str] = ()
) -> SecurityEvent:
    """Return an event under an id that follows from what it says."""
    kept = tuple(piece[:EVIDENCE_CHARACTERS_MAX] for piece in evidence)[:EVIDENCE_MAX]
    said = msgspec.json.encode([kind, gateway, at_ms, detail, epoch, kept])
    name = hashlib.sha256(said).hexdigest()[:16]
    return SecurityEvent(
        id=f"s-{name}", kind=kind, gateway=gateway, at_ms=at_ms, detail=detail[:500], epoch=epoch, evidence=kept
    )


def number_reused(gateway: str, epoch: str, facts: Sequence[Fact], at_ms: int) -> SecurityEvent:
    """Return the event for items that came again with other content; they are kept in it as evidence."""
    numbers = ", ".join(str(fact.seq) for fact in facts[:EVIDENCE_MAX])
    detail = f"{len(facts)} committed numbers came again with other content: {numbers}"
    evidence = [msgspec.json.encode(fact).decode() for fact in facts[:EVIDENCE_MAX]]
    event = security_event(SecurityKind.NUMBER_REUSED, gateway, at_ms, detail, epoch=epoch, evidence=evidence)
    return msgspec.structs.replace(event, times=len(facts))


def signature_refused(fact: object, error: Exception, at_ms: int) -> SecurityEvent:
    """Return the event for a signature that only another person may give."""
    said = f"{type(fact).__name__} of {getattr(fact, 'name', '')}, sent by {getattr(fact, 'actor', '')}: {error}"
    return security_event(SecurityKind.SIGNATURE_REFUSED, "", at_ms, said)


def security_draft(event: SecurityEvent, site: str, actor: str = "centre") -> Draft:
    """Return the entry for an event."""
    return Draft(kind=EntryKind.SECURITY_EVENT, actor=actor, site=site, payload=event)


def _key(event: SecurityEvent) -> tuple[str, str]:
    return event.gateway, event.kind.value
