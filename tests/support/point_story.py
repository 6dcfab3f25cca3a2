"""A seeded day at a storage point with a courier's box, to be told in any order: two spools, and what people say."""

import random
from collections.abc import Callable
from typing import Final

import msgspec
from support.intake import END, HOUR, START, presence, sample, unit
from support.storage_point import BOX, POINT, bags, numbered, said

from coldchain.facts import EventKind, Fact
from coldchain.units import IssueUnit, PackBox, PersonFact, PlaceUnit, RegisterUnit

PLACES: Final = ("fridge-1", "fridge-2", "freezer-1", BOX)
STEP_MS: Final = 240_000
DAY_MS: Final = 14 * HOUR
UNTIL_MS: Final = START + DAY_MS
BAGS: Final = 6
LEVELS: Final[dict[str, dict[str, int]]] = {
    "fridge-1": {"calm": 4_000_000, "warm": 7_000_000, "hot": 10_400_000, "cold": 1_600_000},
    "freezer-1": {"calm": -25_000_000, "warm": -16_000_000, "hot": -9_000_000, "cold": -40_000_000},
    BOX: {"calm": 5_000_000, "warm": 10_600_000, "hot": 14_000_000, "cold": 1_500_000},
}
PROBES: Final = ("fridge-1-load", "fridge-1-air", "freezer-1-air", "box-1-load", "box-1-air")
OPENINGS: Final = {
    "fridge-1-door": (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED),
    "freezer-1-door": (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED),
    "freezer-1-defrost": (EventKind.DEFROST_BEGAN, EventKind.DEFROST_ENDED),
    "box-1-lid": (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED),
}

assert UNTIL_MS < END


def spools(seed: int) -> dict[str, list[Fact]]:
    """Return what each gateway accepts, numbered in its order."""
    chance = random.Random(seed)
    facts: dict[str, list[Fact]] = {POINT: [], BOX: []}
    for probe in PROBES:
        gateway = BOX if probe.startswith(BOX) else POINT
        facts[gateway] += _readings(chance, probe, LEVELS[probe.rsplit("-", 1)[0]])
    for contact, kinds in OPENINGS.items():
        facts[BOX if contact == "box-1-lid" else POINT] += _openings(chance, contact, kinds)
    facts[POINT] += _moves(chance)
    facts[BOX] += [
        said(0, BOX, EventKind.POSITION, START + n * HOUR, latitude_e7=289_000_000 + n, longitude_e7=1_188_000_000)
        for n in range(14)
    ]
    return {gateway: numbered(some) for gateway, some in facts.items()}


def words(seed: int) -> list[PersonFact]:
    """Return what people say: bags, a packing list or two, a word of where one was put, issues."""
    chance = random.Random(seed + 1_000)
    names = [f"u-{number}" for number in range(1, BAGS + 1)]
    word_only: list[PersonFact] = [
        RegisterUnit(unit=unit("u-9", "09"), actor="tech"),
        PlaceUnit(unit="u-9", place="freezer-1", at_ms=START + _some(chance), actor="tech"),
    ]
    packed = [START + _some(chance) for _ in range(2)]
    lists: list[PersonFact] = [
        PackBox(
            manifest=f"list-{number}",
            box=BOX,
            units=tuple(chance.sample(names, k=chance.randint(1, BAGS))),
            at_ms=at_ms,
            destination="storage-1",
            actor="courier",
        )
        for number, at_ms in enumerate(packed)
    ]
    issues: list[PersonFact] = [
        IssueUnit(unit=name, to="病房 3", at_ms=START + _some(chance), actor="tech")
        for name in chance.sample(names, k=2)
    ]
    return [*bags(BAGS), *word_only, *lists, *issues]


def _some(chance: random.Random) -> int:
    return chance.randrange(DAY_MS)


def _readings(chance: random.Random, probe: str, levels: dict[str, int]) -> list[Fact]:
    facts: list[Fact] = []
    now_ms = START
    while now_ms < UNTIL_MS:
        kind = chance.choice(["calm", "calm", "warm", "warm", "hot", "cold", "fault", "gap"])
        for _ in range(chance.randint(1, 16)):
            value = None if kind == "fault" else levels.get(kind, 0) + chance.randrange(-3, 4) * 100_000
            if kind != "gap":
                facts.append(sample(0, now_ms, value, probe))
            now_ms += STEP_MS + chance.randrange(1_000)
        if kind == "gap":
            now_ms += chance.choice([0, 0, 5 * HOUR])
    return [fact for fact in facts if fact.taken_ms < UNTIL_MS]


def _openings(chance: random.Random, contact: str, kinds: tuple[EventKind, EventKind]) -> list[Fact]:
    """Open and shut a contact; some words are missing, as after a restart, and its module is silent for a while."""
    facts: list[Fact] = []
    now_ms = START + chance.randrange(HOUR)
    while now_ms < UNTIL_MS:
        shut_ms = now_ms + chance.choice([20_000, 5 * 60_000, 25 * 60_000, 3 * HOUR])
        for kind, at_ms in zip(kinds, (now_ms, shut_ms), strict=True):
            if chance.random() < 0.85 and at_ms < UNTIL_MS:
                facts.append(said(0, contact, kind, at_ms))
        if chance.random() < 0.2:
            facts.append(said(0, contact, EventKind.DEVICE_SILENT, now_ms + 7_000))
        now_ms = shut_ms + chance.choice([30_000, 12 * 60_000, 2 * HOUR])
    return [fact for fact in facts if fact.taken_ms < UNTIL_MS]


def _moves(chance: random.Random) -> list[Fact]:
    """Let readers see bags come and go, also bags that people say are elsewhere."""
    facts: list[Fact] = []
    for number in range(1, BAGS + 1):
        for _ in range(chance.randint(1, 4)):
            latest_ms = START + _some(chance)
            earliest_ms = None if chance.random() < 0.2 else latest_ms - chance.randrange(60_000)
            pick: Callable[[list[EventKind]], EventKind] = chance.choice
            kind = pick([EventKind.ARRIVED, EventKind.ARRIVED, EventKind.LEFT, EventKind.UNCERTAIN])
            event = presence(0, kind, number, earliest_ms, latest_ms)
            facts.append(msgspec.structs.replace(event, origin=f"{chance.choice(['fridge-1', 'fridge-2'])}-reader"))
    return [fact for fact in facts if fact.taken_ms < UNTIL_MS]
