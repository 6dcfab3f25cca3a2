"""A day of a storage point as the mirror would have written it, for the boards: lines out of the mirror's own encoder.

    fill(server, now_ms)                    # or: for line in board_lines(now_ms)

Five places. fridge-1 has been too warm since 7 h ago and still is; fridge-2's air probe answers "no sensor"; the plasma
freezer defrosts twice; the agitator stands still since three minutes ago; box-1 has not been heard for 5 h. A
sixth, fridge-3, is registered and never had a state: nobody has told how it is. `dead_s`: the mirror stopped that long
ago, and everything in it is as old.
"""

import math
from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

import numpy as np
from support.influx import InfluxServer

from coldchain.facts import Quality
from coldchain.history import NO_VALUE, History
from coldchain.places import Gateway, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding
from coldchain.temperature import celsius_text
from coldchain.units import Direction, Finding, FindingKind, FindingStatus
from stores.points import (
    CONTACT,
    GATEWAY_AGE,
    SITE_AGE,
    PlaceShown,
    Setup,
    finding_line,
    hold_line,
    place_line,
    probe_age_line,
    state_line,
    temperature_lines,
)

DATABASE: Final = "coldchain"
LINES_MAX: Final = 3_000  # of one request: the server takes 2 MB
SITE: Final = "storage-1"
SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
POLL_MS: Final = 20_000
STATE_MS: Final = 10_000
STEP_MICRO: Final = 62_500  # a sensor's resolution: 1/16 degree

WARM_MS: Final = 7 * HOUR_MS  # how long ago the first reading of fridge-1 was outside
FAULT_MS: Final = 90 * MINUTE_MS
SILENT_MS: Final = 5 * HOUR_MS
STILL_MS: Final = 3 * MINUTE_MS
COLD_MS: Final = (15 * HOUR_MS, 14 * HOUR_MS)  # a short excursion of fridge-2, too cold, that is over
UNHEARD_MS: Final = (11 * HOUR_MS, 11 * HOUR_MS - 40 * MINUTE_MS)  # fridge-1's probes were not read

PLACES: Final = {
    place.id: place
    for place in (
        Place(id=name, site=SITE, name=Text(zh=zh, en=en), profile=profile, profile_version=edition, kind=kind)
        for name, zh, en, profile, edition, kind in (
            ("fridge-1", "储血冰箱 1", "Blood fridge 1", "cn-rbc", 2, PlaceKind.FRIDGE),
            ("fridge-2", "储血冰箱 2", "Blood fridge 2", "cn-rbc", 2, PlaceKind.FRIDGE),
            ("freezer-1", "血浆低温冰箱 1", "Plasma freezer 1", "cn-ffp", 1, PlaceKind.FREEZER),
            ("platelet-1", "血小板振荡保存箱 1", "Platelet agitator 1", "cn-plt", 1, PlaceKind.AGITATOR),
            ("box-1", "运血箱 1", "Courier box 1", "cn-rbc", 2, PlaceKind.BOX),
            ("fridge-3", "储血冰箱 3", "Blood fridge 3", "cn-rbc", 2, PlaceKind.FRIDGE),
        )
    )
}
UNTOLD: Final = "fridge-3"
LIMITS: Final = {
    "fridge-1": (2_000_000, 6_000_000),
    "fridge-2": (2_000_000, 6_000_000),
    "fridge-3": (2_000_000, 6_000_000),
    "freezer-1": (None, -18_000_000),
    "platelet-1": (20_000_000, 24_000_000),
    "box-1": (2_000_000, 10_000_000),
}
MIDDLE: Final = {"fridge-1": 4.0, "fridge-2": 4.0, "freezer-1": -30.0, "platelet-1": 22.0, "box-1": 5.0}
STATES: Final = {  # how each place stands at the end, and since when
    "fridge-1": (PlaceState.TOO_WARM, WARM_MS),
    "fridge-2": (PlaceState.SENSOR_FAULT, FAULT_MS),
    "freezer-1": (PlaceState.WITHIN, None),
    "platelet-1": (PlaceState.ATTENTION, STILL_MS),
    "box-1": (PlaceState.SILENT, SILENT_MS),
}
SAID: Final = {
    PlaceState.TOO_WARM: Text(
        zh="偏高：先把血液移到储血冰箱 2 并隔离，再报修",
        en="too warm: move the bags to Blood fridge 2, isolate them",
    ),
    PlaceState.SENSOR_FAULT: Text(zh="空气探头故障：检查探头接线", en="air probe failed: look at its wiring"),
    PlaceState.WITHIN: Text(zh="在限值内", en="within limits"),
    PlaceState.ATTENTION: Text(zh="在限值内，振荡已停：检查振荡器", en="within limits, agitation stopped: look at it"),
    PlaceState.SILENT: Text(zh="没有数据，情况未知：检查网关", en="no data: unknown. Look at the gateway"),
}
BAGS: Final = {"fridge-1": (30, 1), "fridge-2": (22, 0), "freezer-1": (64, 0), "platelet-1": (6, 0), "box-1": (5, 0)}
HELD: Final = {"fridge-1": 31, "fridge-2": 2}

Shape = tuple[int, int]  # taken_ms, micro_celsius or NO_VALUE


def board_lines(now_ms: int, *, hours: int = 24, dead_s: int = 0, seed: int = 1) -> Iterator[bytes]:
    """Yield every line of the day that ends at now_ms, less the last dead_s seconds."""
    end_ms = now_ms - dead_s * SECOND_MS
    start_ms = end_ms - hours * HOUR_MS
    rng = Random(seed)
    setup = Setup(
        places=PLACES,
        probes={probe.id: probe for place in MIDDLE for probe in probes_of(place)},
        contacts={},
        gateways={name: Gateway(id=name, site=SITE) for name in ("gw-1", "box-1")},
    )
    last: dict[str, Shape] = {}
    for probe in setup.probes.values():
        history = _history(probe, start_ms, end_ms, rng)
        last[probe.id] = (int(history.taken_ms[-1]), int(history.micro_celsius[-1]))
        yield from temperature_lines(setup, probe.id, history)
    yield from _contact_lines(start_ms, end_ms)
    yield from _finding_lines(end_ms)
    yield from _state_lines(start_ms, end_ms, last)
    yield from _age_lines(end_ms, last)


def fill(server: InfluxServer, now_ms: int, *, dead_s: int = 0, database: str = DATABASE) -> None:
    """Write the day into a database of a server, which is made."""
    server.create(database)
    write_lines(server, database, board_lines(now_ms, dead_s=dead_s))


def write_lines(server: InfluxServer, database: str, lines: Iterable[bytes]) -> None:
    """Write any number of lines into a database that is there."""
    every = list(lines)
    for at in range(0, len(every), LINES_MAX):
        server.write(database, b"\n".join(every[at : at + LINES_MAX]))


def snapshot_lines(now_ms: int) -> Iterator[bytes]:
    """Yield how everything stands at now_ms, as the mirror says it again and again: the day goes on unchanged."""
    rng = Random(now_ms)
    probes = [probe for place in MIDDLE for probe in probes_of(place)]
    last = {probe.id: (now_ms - POLL_MS, _micro(probe, now_ms, now_ms, rng)) for probe in probes}
    yield from (state_line(_shown(place, now_ms, now_ms, last)) for place in PLACES if place != UNTOLD)
    yield from _age_lines(now_ms, last)


def probes_of(place: str) -> list[Probe]:
    """Return the load and the air probe of a place."""
    gateway = "box-1" if place == "box-1" else "gw-1"
    return [Probe(id=f"{place}-{role}", place=place, gateway=gateway, role=role) for role in ProbeRole]


def _history(probe: Probe, start_ms: int, end_ms: int, rng: Random) -> History:
    silent_from = end_ms - SILENT_MS if probe.place == "box-1" else end_ms
    taken = [at for at in range(start_ms, silent_from, POLL_MS) if not _unheard(probe, end_ms - at)]
    micro = [_micro(probe, at, end_ms, rng) for at in taken]
    quality = [int(Quality.NO_SENSOR if value == NO_VALUE else Quality.GOOD) for value in micro]
    return History(
        taken_ms=np.array(taken, np.int64), micro_celsius=np.array(micro, np.int64), quality=np.array(quality, np.uint8)
    )


def _unheard(probe: Probe, ago_ms: int) -> bool:
    return probe.place == "fridge-1" and UNHEARD_MS[1] < ago_ms < UNHEARD_MS[0]


def _micro(probe: Probe, at_ms: int, end_ms: int, rng: Random) -> int:
    ago_ms = end_ms - at_ms
    air = probe.role is ProbeRole.AIR
    if probe.id == "fridge-2-air" and ago_ms <= FAULT_MS:
        return NO_VALUE
    swing = (1.1 if air else 0.2) * math.sin(at_ms / (14 * MINUTE_MS) * 2 * math.pi)
    celsius = MIDDLE[probe.place] + swing + rng.gauss(0.0, 0.05) + _disturbance(probe, ago_ms, air)
    return round(celsius * 16) * STEP_MICRO


def _disturbance(probe: Probe, ago_ms: int, air: bool) -> float:
    match probe.place:
        case "fridge-1" if ago_ms < WARM_MS + HOUR_MS:
            hours = (WARM_MS + HOUR_MS - ago_ms) / HOUR_MS
            return 14.0 * (1 - math.exp(-hours / (4.0 if air else 6.5)))
        case "fridge-2" if COLD_MS[1] <= ago_ms < COLD_MS[0]:
            return -2.6 * math.sin((COLD_MS[0] - ago_ms) / (COLD_MS[0] - COLD_MS[1]) * math.pi)
        case "freezer-1" if ago_ms > HOUR_MS and ago_ms % (8 * HOUR_MS) < 30 * MINUTE_MS:
            return (15.0 if air else 1.5) * math.sin((ago_ms % (8 * HOUR_MS)) / (30 * MINUTE_MS) * math.pi)
        case "box-1":
            return 3.0 * math.sin(ago_ms / (6 * HOUR_MS) * math.pi)
        case _:
            return 0.0


def _contact_lines(start_ms: int, end_ms: int) -> Iterator[bytes]:
    """Yield the standing state of each contact every minute, and what happened in between."""
    kinds = {
        "fridge-1-door": ("door", "fridge-1"),
        "fridge-2-door": ("door", "fridge-2"),
        "freezer-1-door": ("door", "freezer-1"),
        "freezer-1-defrost": ("defrost", "freezer-1"),
        "platelet-1-door": ("door", "platelet-1"),
        "platelet-1-motion": ("motion", "platelet-1"),
        "box-1-lid": ("lid", "box-1"),
        "site-mains": ("mains", "site"),
        "site-ups": ("ups", "site"),
    }
    for contact, (kind, place) in kinds.items():
        spells = _spells(contact, start_ms, end_ms)
        until = end_ms - SILENT_MS if place == "box-1" else end_ms
        series = CONTACT.series(contact, kind, place, SITE)
        instants = {at: any(a <= at < b for a, b in spells) for at in range(start_ms, until, MINUTE_MS)}
        instants |= {at: active for a, b in spells for at, active in ((a, True), (b, False)) if at < until}
        for at, active in sorted(instants.items()):
            yield CONTACT.point(series, {"active": int(active)}, at)


def _spells(contact: str, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Return when a contact was in its unusual state."""
    if contact == "freezer-1-defrost":
        return [(end_ms - n * 8 * HOUR_MS - 28 * MINUTE_MS, end_ms - n * 8 * HOUR_MS) for n in (1, 2)]
    if contact == "platelet-1-motion":
        return [(end_ms - STILL_MS, end_ms + HOUR_MS)]
    if contact in {"site-mains", "site-ups"}:
        return [(end_ms - 13 * HOUR_MS, end_ms - 13 * HOUR_MS + 3 * MINUTE_MS)]
    if contact == "fridge-2-door":
        return [(end_ms - 9 * HOUR_MS, end_ms - 9 * HOUR_MS + 25 * MINUTE_MS)]
    rng = Random(contact)
    opened = [rng.randrange(start_ms, end_ms - HOUR_MS) for _ in range(12)]
    return [(at, at + rng.randrange(8, 40) * SECOND_MS) for at in opened]


def _finding_lines(end_ms: int) -> Iterator[bytes]:
    warm = _finding("f-warm", "fridge-1", ProbeRole.LOAD, end_ms - WARM_MS, direction=Direction.TOO_WARM)
    cold = _finding(
        "f-cold",
        "fridge-2",
        ProbeRole.LOAD,
        end_ms - COLD_MS[0],
        direction=Direction.TOO_COLD,
        end_ms=end_ms - COLD_MS[1],
        peak_micro_celsius=1_437_500,
        out_ms=3_540_000,
        unknown_ms=60_000,
    )
    fault = _finding("f-fault", "fridge-2", ProbeRole.AIR, end_ms - FAULT_MS, kind=FindingKind.SENSOR_FAULT)
    yield finding_line(SITE, warm, Text(zh="储血冰箱 1 偏高（载荷探头）", en="Blood fridge 1 too warm (load probe)"))
    yield finding_line(SITE, cold, Text(zh="储血冰箱 2 偏低（载荷探头）", en="Blood fridge 2 too cold (load probe)"))
    yield finding_line(SITE, fault, Text(zh="储血冰箱 2 空气探头故障", en="Blood fridge 2: air probe failed"))
    yield hold_line(SITE, "fridge-1", "f-warm", 30, end_ms - WARM_MS + 5 * MINUTE_MS)
    yield hold_line(SITE, "fridge-1", "f-warm", 32, end_ms - 2 * HOUR_MS)
    yield hold_line(SITE, "fridge-2", "f-cold", 2, end_ms - COLD_MS[0] + 5 * MINUTE_MS)


def _finding(
    name: str,
    place: str,
    role: ProbeRole,
    start_ms: int,
    *,
    kind: FindingKind = FindingKind.EXCURSION,
    direction: Direction | None = None,
    end_ms: int | None = None,
    peak_micro_celsius: int | None = None,
    out_ms: int | None = None,
    unknown_ms: int | None = None,
) -> Finding:
    return Finding(
        id=name,
        version=1 if end_ms is None else 2,
        kind=kind,
        rule="A30" if kind is FindingKind.SENSOR_FAULT else "A01",
        place=place,
        probe=f"{place}-{role}",
        profile="cn-rbc",
        profile_version=2,
        status=FindingStatus.OPEN if end_ms is None else FindingStatus.CLOSED,
        holds=kind is not FindingKind.SENSOR_FAULT,
        direction=direction,
        start_ms=start_ms,
        condition_ms=start_ms + 300_000,
        end_ms=end_ms,
        peak_micro_celsius=peak_micro_celsius,
        out_ms=out_ms,
        unknown_ms=unknown_ms,
    )


def _state_lines(start_ms: int, end_ms: int, last: dict[str, Shape]) -> Iterator[bytes]:
    """Yield the registry each hour and the states each ten seconds, up to the end itself."""
    for place in PLACES:
        for at in range(start_ms, end_ms + 1, HOUR_MS):
            yield place_line(_shown(place, at, end_ms, last).standing)
        if place != UNTOLD:
            for at in range(start_ms + (end_ms - start_ms) % STATE_MS, end_ms + 1, STATE_MS):
                yield state_line(_shown(place, at, end_ms, last))


def _shown(place: str, at_ms: int, end_ms: int, last: dict[str, Shape]) -> PlaceShown:
    """Return how a place stood; its figures are those of the end, for nobody reads the older ones."""
    state, ago_ms = STATES.get(place, (PlaceState.WITHIN, None))
    since_ms = None if ago_ms is None else end_ms - ago_ms
    if since_ms is not None and at_ms < since_ms:
        state, since_ms = PlaceState.WITHIN, None
    if place == "fridge-2" and COLD_MS[1] <= end_ms - at_ms < COLD_MS[0]:
        state, since_ms = PlaceState.TOO_COLD, end_ms - COLD_MS[0]
    inside, possible = BAGS.get(place, (0, 0))
    low, high = LIMITS[place]
    spoken = f"{place}-load"
    standing = PlaceStanding(
        place=place,
        site=SITE,
        kind=PLACES[place].kind,
        name=PLACES[place].name,
        as_of_ms=at_ms,
        state=state,
        probe=spoken,
        since_ms=since_ms,
        due_ms=None,
        probes=tuple(_probe(probe, state, last) for probe in probes_of(place)) if place != UNTOLD else (),
        notices=(),
        findings_open=(),
        inside=inside,
        possible=possible if state is PlaceState.TOO_WARM else 0,
        held=HELD.get(place, 0) if end_ms - at_ms < WARM_MS else 0,
        profile=PLACES[place].profile,
        profile_version=PLACES[place].profile_version,
        confirmed=False,
        low_micro_celsius=low,
        high_micro_celsius=high,
    )
    said = SAID.get(state, Text(zh="偏低：检查设定", en="too cold: look at the settings"))
    value = "没有探头 / no probe" if place == UNTOLD else value_text(last[spoken][1], late=state is PlaceState.SILENT)
    return PlaceShown(standing=standing, text_zh=said.zh, text_en=said.en, value_text=value, value_probe=spoken)


def value_text(micro: int, *, late: bool) -> str:
    """Return the words for a value of a load probe, in both languages as the server has them."""
    value = f"{celsius_text(micro)} °C"
    zh, en = (f"最后读数 {value}", f"last {value}") if late else (value, value)
    return f"{zh}（载荷探头） / {en} (load probe)"


def _probe(probe: Probe, state: PlaceState, last: dict[str, Shape]) -> ProbeStanding:
    taken_ms, micro = last[probe.id]
    measured = micro != NO_VALUE
    return ProbeStanding(
        probe=probe.id,
        role=probe.role,
        state=state,
        since_ms=None,
        due_ms=None,
        taken_ms=taken_ms,
        micro_celsius=micro if measured else None,
        quality=Quality.GOOD if measured else Quality.NO_SENSOR,
    )


def _age_lines(end_ms: int, last: dict[str, Shape]) -> Iterator[bytes]:
    for place in MIDDLE:
        for probe in _shown(place, end_ms, end_ms, last).standing.probes:
            yield probe_age_line(_shown(place, end_ms, end_ms, last).standing, probe)
    for at in range(end_ms - 10 * MINUTE_MS, end_ms + 1, MINUTE_MS):
        yield GATEWAY_AGE.point(GATEWAY_AGE.series("gw-1", SITE), {"age_s": 7}, at)
        silent_s = (SILENT_MS - (end_ms - at)) // SECOND_MS
        yield GATEWAY_AGE.point(GATEWAY_AGE.series("box-1", SITE), {"age_s": silent_s}, at)
        yield SITE_AGE.point(SITE_AGE.series(SITE), {"age_s": 7}, at)
