"""Thirty days of one place as dense as the mirror writes them, for the times that queries take.

Two probes at one reading in 20 s, a state each 10 s, a contact, gateways, intake and centre each minute: a million
points. The sums are those of support.board_points.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from support.board_data import HOUR_MS, MINUTE_MS, PLACES, POLL_MS, SITE, STATE_MS, probes_of, snapshot_lines
from support.board_points import DAY_MS, DAYS, point_lines, point_snapshot
from support.influx import InfluxServer

from coldchain.history import History
from coldchain.places import Gateway
from stores.lines import Value
from stores.points import CONTACT, Setup, temperature_lines
from stores.points import PLACE as PLACE_ROW

MONTH: Final = "month"  # the database
PLACE: Final = "fridge-1"
BODY_MAX: Final = 1_500_000  # bytes of one request: the server takes 2 MB
_EACH_MINUTE: Final = (b"gateway_state,", b"ingest,", b"rejected,", b"centre,")


def fill_month(server: InfluxServer, now_ms: int) -> int:
    """Write the month into a database of its own; return how many points it has."""
    server.create(MONTH)
    written = size = 0
    batch: list[bytes] = []
    for line in month_lines(now_ms):
        batch.append(line)
        size += len(line) + 1
        if size > BODY_MAX:
            server.write(MONTH, b"\n".join(batch))
            written, size = written + len(batch), 0
            batch.clear()
    server.write(MONTH, b"\n".join(batch))
    return written + len(batch)


def month_lines(now_ms: int) -> Iterator[bytes]:
    """Yield every line."""
    start_ms = now_ms - DAYS * DAY_MS
    probes = {probe.id: probe for probe in probes_of(PLACE)}
    setup = Setup(places=PLACES, probes=probes, contacts={}, gateways={"gw-1": Gateway(id="gw-1", site=SITE)})
    taken = np.arange(start_ms, now_ms, POLL_MS, dtype=np.int64)
    for probe in probes:
        micro = (4_000_000 + 62_500 * np.round(12 * np.sin(taken / 140_000.0))).astype(np.int64)
        history = History(taken_ms=taken, micro_celsius=micro, quality=np.zeros(len(taken), np.uint8))
        yield from temperature_lines(setup, probe, history)
    snapshot = [*snapshot_lines(now_ms), *point_snapshot(now_ms)]
    states = [line for line in snapshot if line.startswith(b"place_state,") and b"place=fridge-1" in line]
    yield from _again(states, start_ms, now_ms, STATE_MS)
    yield from _again([line for line in snapshot if line.startswith(_EACH_MINUTE)], start_ms, now_ms, MINUTE_MS)
    door = CONTACT.point(CONTACT.series("fridge-1-door", "door", PLACE, SITE), {"active": 0}, now_ms)
    yield from _again([door], start_ms, now_ms, MINUTE_MS)
    registered = {"name_zh": "储血冰箱 1", "name_en": "Blood fridge 1", "profile": "cn-rbc"}
    fields: dict[str, Value | None] = {**registered, "profile_version": 2, "confirmed": 0}
    yield from _again(
        [PLACE_ROW.point(PLACE_ROW.series("fridge", PLACE, SITE), fields, now_ms)], start_ms, now_ms, HOUR_MS
    )
    yield from point_lines(now_ms)


def _again(lines: list[bytes], start_ms: int, now_ms: int, step_ms: int) -> Iterator[bytes]:
    """Yield lines as they were said again and again, up to now."""
    for line in lines:
        said = line.rpartition(b" ")[0]
        yield from (b"%s %d" % (said, at) for at in range(now_ms, start_ms, -step_ms))
