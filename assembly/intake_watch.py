"""The centre's log of what it could not take or does not believe, by watching the intake's counters."""

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from assembly.notices import OTHERS, Key, Notices
from coldchain.ports import Clock
from ingest.counters import Counters

LOOK_EVERY_MS: Final = 10_000
STRANGER: Final = "not-registered"

# What to do about a counter that moves; more exactly for some of its reasons.
ADVICE: Final[dict[Key, str]] = {
    ("refused_total",): "find out who sends this; the gateway keeps it aside",
    ("refused_total", STRANGER): "add the gateway to server.toml and start the server again; it keeps everything",
    ("refused_total", "quarantine-full"): "register this gateway's devices, or set its clock",
    ("refused_total", "bad-signature"): "look at the key of this gateway here and there; it keeps everything meanwhile",
    ("security_total",): "see /api/security-events: somebody tried what should not be, or a device is set up wrongly",
    ("refused_total", "failed-here"): "a fault of the centre: report it with this log",
    ("quarantined_total",): "look at the gateway's devices and clock; the items are kept and not yet believed",
    ("quarantined_total", "unknown-device"): "register the device in server.toml, under the gateway that reads it",
    ("quarantined_total", "clock-wrong"): "set the clocks of gateway and server; use a time source",
    ("quarantined_total", "clock-unset"): "set the gateway's clock; use a time source",
    ("quarantined_total", "future"): "set the clocks of gateway and server; use a time source",
    ("quarantined_total", "impossible-time"): "set the gateway's clock; use a time source",
    ("holes_closed_total",): "no item will come under these numbers; gaps say what was lost, if anything",
    ("scattered_total",): "too much before these batches is missing; the gateway sends them again",
    ("clock_waits_total",): "a gateway sends with a clock that is wrong; its backlog waits until it is set: set it",
    ("stale_total",): "batches were long on their way; if it goes on, the gateway's clock is slow: set it",
    ("queue_full_total",): "the centre was too slow for a while; gateways send it again",
    ("foreign_total",): "find out who else writes under cc/ on this broker",
    ("chore_failures_total",): "a fault of the centre: this chore is not done, all others are; report it with this log",
    ("message_failures_total",): "a fault of the centre: people were told of an alarm in bare words; report it",
    ("judge_failures_total",): "a fault of the centre: facts are stored, not all are judged; report it with this log",
}
_WATCHED: Final = frozenset(key[0] for key in ADVICE)
_FAULTS: Final = frozenset({"chore_failures_total", "judge_failures_total", "message_failures_total"})
_STRANGERS: Final = "gateway_not_registered"
_OTHERS_ADVICE: Final = "more kinds of trouble than can be told apart: look at /metrics"

log = structlog.get_logger("intake")


class IntakeWatch:
    """Says every ten seconds what went wrong in the intake. `strangers` gives messages by (site, gateway)."""

    def __init__(
        self, counters: Counters, strangers: Callable[[], Mapping[tuple[str, str], int]], clock: Clock
    ) -> None:
        self._counters = counters
        self._strangers = strangers
        self._clock = clock
        self._notices = Notices()
        self._next_ms = 0

    def look(self) -> bool:
        """Log what is due; called often, does little. Tell whether it looked."""
        now_ms = self._clock.boottime_ms()
        if now_ms < self._next_ms:
            return False
        self._next_ms = now_ms + LOOK_EVERY_MS
        for key, count in self._notices.due(totals(self._counters, self._strangers()), now_ms):
            _say(key, count)
        return True


def totals(counters: Counters, strangers: Mapping[tuple[str, str], int]) -> dict[Key, int]:
    """Return what is watched: (counter, reason, gateway) or (_STRANGERS, site, gateway) with its total."""
    found: dict[Key, int] = {(_STRANGERS, site, gateway): count for (site, gateway), count in strangers.items()}
    for (name, labels), value in counters.snapshot().items():
        given = dict(labels)
        if name in _WATCHED and not (name == "refused_total" and given.get("reason") == STRANGER):
            found[name, given.get("reason", ""), given.get("gateway", "")] = value
    return found


def _say(key: Key, count: int) -> None:
    if key == OTHERS:
        log.warning("intake_trouble", count=count, advice=_OTHERS_ADVICE)
        return
    name, reason, gateway = key
    if name == _STRANGERS:
        advice = ADVICE["refused_total", STRANGER]
        log.warning(_STRANGERS, site=reason, gateway=gateway, count=count, advice=advice)
        return
    fields = {label: value for label, value in (("reason", reason), ("gateway", gateway)) if value}
    say = log.error if name in _FAULTS else log.warning
    say(name.removesuffix("_total"), count=count, advice=ADVICE.get((name, reason), ADVICE[name,]), **fields)
