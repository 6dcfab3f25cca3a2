"""What every route is given: the store, the way in, the clock, and how the centre itself is doing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from api.live import Live
from api.provisioning import Attempts, Issuer
from coldchain.ports import Clock, Recorder, Store
from coldchain.rounds import RoundSettings
from coldchain.station_codes import CodeScheme


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the centre can do its work now, as the composition root sees it.

    `unjudged`: probes and units on which the rules failed by a fault of the program, so that their verdicts are old.
    `anew`: probes that wait for their turn to be judged anew by a new version of the rules. That is work, no fault.
    """

    store_writable: bool
    mqtt_connected: bool
    queue_size: int
    queue_max: int
    unjudged: int = 0
    anew: int = 0

    def reasons(self) -> list[str]:
        """Say what keeps the centre from working and what to do; empty when it is ready."""
        reasons = []
        if not self.store_writable:
            reasons.append("the store cannot be written: look at the disk's free space and the data directory's rights")
        if not self.mqtt_connected:
            reasons.append("no connection to the MQTT broker: gateways keep their rows until it is back")
        if self.queue_size >= self.queue_max:
            reasons.append(f"the intake queue is full ({self.queue_size} of {self.queue_max}): wait until it drains")
        if self.unjudged:
            reasons.append(
                f"the rules failed on {self.unjudged} probes or units by a fault of the program: "
                "the readings are safe; the log says why"
            )
        return reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts that `create_app` was given. `public_url`: by which telephones reach the pages, "" unknown.

    `grafana_secret`: by which Grafana is known, "": nothing is taken from it.
    """

    store: Store
    recorder: Recorder
    clock: Clock
    status: Callable[[], Readiness]
    registry: CollectorRegistry
    zone: ZoneInfo
    live: Live
    schemes: tuple[CodeScheme, ...] = ()
    issuer: Issuer | None = None
    public_url: str = ""
    grafana_secret: str = ""
    rounds: RoundSettings = field(default_factory=RoundSettings)
    attempts: Attempts = field(default_factory=Attempts)
    webhook_attempts: Attempts = field(default_factory=Attempts)


def _context(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - create_app put it there
    return context


Given = Annotated[Context, Depends(_context)]
