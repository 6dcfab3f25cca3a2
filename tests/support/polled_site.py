"""A simulated site that is polled as a gateway would, without pseudo-terminals: a day in a second or two."""

from functools import cache

from firmware_sim.devices.modbus import sealed
from firmware_sim.scenario import storage_point
from firmware_sim.site import Site
from firmware_sim.story import Scenario

READ_EIGHT = sealed(bytes.fromhex("010300000008"))
READ_EIGHT_INPUTS = sealed(bytes.fromhex("020200000008"))
START_MS = 1_790_000_000_000
CONTACTS_MS = 2_000
TEMPERATURES_MS = 20_000


def polled(scenario: Scenario, seed: int, until_ms: int | None = None, start_ms: int = START_MS) -> Site:
    """Return a site that lived its history (or up to until_ms) and answered a poll of contacts and temperatures."""
    site = Site(scenario, seed, start_ms)
    poll_to(site, start_ms + scenario.history_ms if until_ms is None else until_ms)
    return site


@cache
def storage_day(seed: int) -> Site:
    """Return the storage point after its history, lived once for all tests: look, do not touch."""
    return polled(storage_point(), seed)


def poll_to(site: Site, until_ms: int) -> None:
    """Let it live on to until_ms, polled."""
    for at_ms in range(site.now_ms, until_ms + 1, CONTACTS_MS):
        site.advance(at_ms)
        ask(site, READ_EIGHT_INPUTS)
        if (at_ms - site.record.start_ms) % TEMPERATURES_MS == 0:
            ask(site, READ_EIGHT)


def ask(site: Site, request: bytes) -> None:
    """Ask on the bus; what it answers counts as sent."""
    for reply in site.hear(site.scenario.bus_line, request):
        site.sent(reply, sound=True)
