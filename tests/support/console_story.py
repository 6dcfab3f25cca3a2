"""A storage point for the console: a day and a night, sent through the real pipeline into any store.

`morning`: fridge 1 was too warm in the night; the courier's box came home late, was too warm on its way, and one of its
bags had been issued by then. `alarm`: besides, fridge 1 is too warm now, fridge 2 just left its limits, the freezer is
silent, the site is on its UPS, and the box is on its way without a network. `calm`: nothing of all that.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal

import msgspec
from support.storage_point import BOX, CONTACTS, PLACES, POINT, PROFILES, batch, numbered

from coldchain.facts import DeviceEvent, EventKind, Fact, Quality, Sample
from coldchain.places import CONTACT_WORDS, Contact, Gateway, Place, Probe, ProbeRole, Reader, Text
from coldchain.ports import Store
from coldchain.units import BindTag, IssueUnit, PackBox, PersonFact, PlaceUnit, RegisterUnit, Unit
from coldchain.wire import ITEMS_MAX
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.profile import profile_record

Scene = Literal["calm", "morning", "alarm"]

SITE: Final = "storage-1"
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
NOW: Final = 1_773_279_000_000  # 2026-03-12 09:30:00 in Shanghai
LONG: Final = 26 * HOUR
STEP: Final = MINUTE

NAMES: Final = {
    "fridge-1": Text(zh="储血冰箱 1", en="Blood fridge 1"),
    "fridge-2": Text(zh="储血冰箱 2", en="Blood fridge 2"),
    "freezer-1": Text(zh="血浆低温冰箱 1", en="Plasma freezer 1"),
    "platelet-1": Text(zh="血小板振荡保存箱 1", en="Platelet agitator 1"),
    BOX: Text(zh="运血箱 1", en="Courier box 1"),
}
# What is where at the beginning, by number; the label that the bags of a place have.
FRIDGE_1: Final = range(1, 33)
FRIDGE_2: Final = range(41, 53)
FREEZER: Final = range(61, 69)
PLATELETS: Final = range(71, 75)
BOXED: Final = range(81, 89)
LEFT_BEFORE, MOVED, TORN, ISSUED, SHELVED = 31, 32, 33, 83, (81, 82)
RED = ("悬浮红细胞 2U", "cn-rbc", 2)
PLASMA = ("新鲜冰冻血浆", "cn-ffp", 1)
PLT = ("机采血小板", "cn-plt", 1)

# Hours before now at which things happen.
FAILS, MENDED = 7 * HOUR + 20 * MINUTE, 5 * HOUR + 45 * MINUTE
LOADING, LOADED = 19 * HOUR + 30 * MINUTE, 19 * HOUR + 5 * MINUTE
BLACKOUT: Final = (11 * HOUR, 11 * HOUR - 3 * MINUTE)
DEFROSTS: Final = (25 * HOUR, 17 * HOUR, 9 * HOUR)
DEFROST_LONG: Final = 25 * MINUTE
PACKED, WARM_ROAD, COOLED, HOME = 12 * HOUR, 9 * HOUR, 8 * HOUR + 15 * MINUTE, 5 * HOUR
PACKED_LATE, OUT_OF_REACH = 2 * HOUR + 30 * MINUTE, 2 * HOUR  # of the box that is still on its way in `alarm`
UNPLUGGED: Final = 90 * MINUTE  # fridge 2's air probe since then
STILL: Final = 22 * MINUTE  # the agitator since then


def story(store: Store, scene: Scene = "morning", now_ms: int = NOW) -> Pipeline:
    """Fill an empty store with a scene that ends at now_ms; return the pipeline, to go on with."""
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(registry(), now_ms - LONG)
    for fact in people(scene, now_ms):
        pipeline.record(fact, now_ms)
    send(pipeline, POINT, point_facts(scene, now_ms), now_ms)
    heard_ms = now_ms - OUT_OF_REACH if scene == "alarm" else now_ms
    heard = [fact for fact in box_facts(scene, now_ms, now_ms - LONG) if fact.taken_ms < heard_ms]
    send(pipeline, BOX, heard, heard_ms)
    return pipeline


def registry() -> list[Setup]:
    """Return what is configured, under the names of the demo."""
    things: list[Setup] = [profile_record(path.read_bytes()) for path in sorted(PROFILES.glob("*.toml"))]
    things += [Gateway(id=name, site=SITE) for name in (POINT, BOX)]
    for name, (kind, profile, version) in PLACES.items():
        place = Place(id=name, site=SITE, name=NAMES[name], profile=profile, profile_version=version, kind=kind)
        gateway = BOX if name == BOX else POINT
        things += [
            place,
            *(Probe(id=f"{name}-{role}", place=name, gateway=gateway, role=role) for role in ProbeRole),
        ]
    things += [Reader(id=f"{name}-reader", place=name, gateway=POINT) for name in ("fridge-1", "fridge-2")]
    for name, (of_place, contact) in CONTACTS.items():
        things.append(Contact(id=name, place=of_place, gateway=BOX if of_place == BOX else POINT, kind=contact))
    return things


def unit_id(number: int) -> str:
    """Return our id of a bag."""
    return f"bag-{number:02d}"


def epc(number: int) -> str:
    """Return the EPC of a bag's tag."""
    return f"35{number:022X}"


def send(pipeline: Pipeline, gateway: str, facts: Sequence[Fact], now_ms: int) -> None:
    """Let a gateway send what it has, oldest first, as a gateway that was offline does."""
    facts = numbered(facts)
    for start in range(0, len(facts), ITEMS_MAX):
        part, rest = facts[start : start + ITEMS_MAX], facts[start + ITEMS_MAX :]
        mark = rest[0].taken_ms if rest else None
        pipeline.process([batch(gateway, part, mark_ms=mark, sent_ms=now_ms)], now_ms)


def bag(number: int, label: tuple[str, str, int], now_ms: int) -> Unit:
    """Return a bag; every third has a number of the station's own instead of an ISBT 128 one."""
    local = number % 3 == 0
    return Unit(
        id=unit_id(number),
        issuer="市中心血站",
        scheme="local" if local else "isbt128",
        donation_number=f"0160726{number:06d}" if local else f"G1234260{number:05d}",
        product_code="P0065V00" if local else "E0336",
        division="00",
        component=label[0],
        blood_group=("O RhD+", "A RhD+", "B RhD+", "AB RhD-")[number % 4],
        profile=label[1],
        profile_version=label[2],
        expires_ms=now_ms + (4 + number % 30) * 24 * HOUR,
    )


def people(scene: Scene, now_ms: int) -> list[PersonFact]:
    """Return what people enter: bags with their tags, placements where no reader is, the packing list, the issue."""
    begin = now_ms - LONG
    labels = {**dict.fromkeys([*FRIDGE_1, TORN, *FRIDGE_2, *BOXED], RED), **dict.fromkeys(FREEZER, PLASMA)}
    labels |= dict.fromkeys(PLATELETS, PLT)
    facts: list[PersonFact] = []
    for number, label in labels.items():
        facts.append(RegisterUnit(unit=bag(number, label, now_ms), actor="技师王"))
        facts.append(BindTag(epc=epc(number), unit=unit_id(number), from_ms=begin, actor="技师王"))
    placed = {**dict.fromkeys(FREEZER, "freezer-1"), **dict.fromkeys(PLATELETS, "platelet-1"), TORN: "fridge-1"}
    facts += [
        PlaceUnit(unit=unit_id(number), place=place, at_ms=begin + HOUR, actor="技师王")
        for number, place in placed.items()
    ]
    packed = PackBox(
        manifest="list-0312-1",
        box=BOX,
        units=tuple(unit_id(number) for number in BOXED),
        at_ms=now_ms - (PACKED_LATE if scene == "alarm" else PACKED),
        destination="城东储血点 East storage point",
        actor="送血员李",
    )
    issued = IssueUnit(unit=unit_id(ISSUED), to="市一院急诊科", at_ms=now_ms - HOME + 20 * MINUTE, actor="技师王")
    return [*facts, packed, *([issued] if scene != "alarm" else [])]


def point_facts(scene: Scene, now_ms: int) -> list[Fact]:
    """Return what the storage point's gateway accepted."""
    facts: list[Fact] = []
    for place in ("fridge-1", "fridge-2", "freezer-1", "platelet-1"):
        for role in ProbeRole:
            facts += _samples(f"{place}-{role}", scene, now_ms)
    return [*facts, *_contacts(scene, now_ms), *_presence(scene, now_ms)]


def box_facts(scene: Scene, now_ms: int, begin_ms: int) -> list[Fact]:
    """Return what the box kept in its memory."""
    facts: list[Fact] = []
    for role in ProbeRole:
        facts += _samples(f"{BOX}-{role}", scene, now_ms)
    for minutes in range(0, (PACKED - HOME) // MINUTE, 5):
        at_ms = now_ms - PACKED + minutes * MINUTE
        east, north = 1_214_370_000 + 4_000 * minutes, 312_250_000 + 2_500 * minutes
        facts.append(_event(BOX, EventKind.POSITION, at_ms, longitude_e7=east, latitude_e7=north))
    for hours in range(26):
        facts.append(_event(BOX, EventKind.BATTERY, begin_ms + hours * HOUR, percent=96 - 3 * hours))
        facts.append(_event(BOX, EventKind.SIGNAL, begin_ms + hours * HOUR, rssi_dbm=-83 - hours % 5))
    for before in (PACKED + 6 * MINUTE, WARM_ROAD, HOME - 10 * MINUTE):
        facts.append(_event("box-1-lid", EventKind.DOOR_OPENED, now_ms - before))
        facts.append(_event("box-1-lid", EventKind.DOOR_CLOSED, now_ms - before + 3 * MINUTE))
    return facts


def celsius_tenths(probe: str, scene: Scene, before: int) -> int:
    """Return what a probe measures so many ms before now, in tenths of a degree."""
    place, _, role = probe.rpartition("-")
    wave = (before // (8 * MINUTE)) % 6
    swing = wave if wave < 3 else 6 - wave
    air = (2 if swing > 1 else -3) if role == "air" else 0
    match place:
        case "fridge-1":
            return 38 + swing + air + _warming(scene, before, air=role == "air")
        case "fridge-2":
            return 40 + swing + air + _loading(before, air=role == "air") + _leaving(scene, before)
        case "freezer-1":
            thaw = max(0, *(_pulse(start - before, DEFROST_LONG, 130) for start in DEFROSTS))
            return -265 + swing + (thaw if role == "air" else thaw // 10)
        case "platelet-1":
            return 219 + swing // 2
        case _:
            return 42 + swing + air + (_pulse(WARM_ROAD - before, WARM_ROAD - COOLED, 95) if scene == "morning" else 0)


def _warming(scene: Scene, before: int, *, air: bool) -> int:
    if scene == "calm":
        return 0
    night = _pulse(FAILS - before, FAILS - MENDED, 52)
    now = max(0, 35 * MINUTE - before) // (45 * 1_000) if scene == "alarm" else 0
    return (night + now) * (6 if air else 5) // 5


def _loading(before: int, *, air: bool) -> int:
    return _pulse(LOADING - before, LOADING - LOADED, 45 if air else 9, falls=1)


def _leaving(scene: Scene, before: int) -> int:
    return max(0, 2 * MINUTE - before) // (2 * 1_000) if scene == "alarm" and before <= 2 * MINUTE else 0


def _pulse(since: int, lasts: int, height: int, falls: int = 2) -> int:
    """Return a rise of `height` over `lasts` ms, and a fall that takes `falls` times as long."""
    if since <= 0:
        return 0
    return max(0, height * since // lasts if since < lasts else height - height * (since - lasts) // (falls * lasts))


def _samples(probe: str, scene: Scene, now_ms: int) -> Iterator[Sample]:
    silent_from = 40 * MINUTE if scene == "alarm" and probe.startswith("freezer-1") else 0
    for before in range(LONG, silent_from, -STEP):
        taken_ms = now_ms - before + 137 + len(probe)
        fault = probe == "fridge-2-air" and scene == "morning" and before <= UNPLUGGED
        value = None if fault else celsius_tenths(probe, scene, before) * 100_000
        yield Sample(
            seq=0,
            origin=probe,
            taken_ms=taken_ms,
            boottime_ms=taken_ms - now_ms + 2 * LONG,
            micro_celsius=value,
            quality=Quality.NO_SENSOR if value is None else Quality.GOOD,
        )


def _contacts(scene: Scene, now_ms: int) -> Iterator[DeviceEvent]:
    """Each contact that leaves its normal state at one time before now and comes back at another (None: not yet)."""
    spans: list[tuple[str, int, int | None]] = [("fridge-2-door", LOADING, LOADED)]
    for hours in (24, 21, 16, 15, 3, 1):
        spans.append(("fridge-1-door", hours * HOUR + 7 * MINUTE, hours * HOUR + 6 * MINUTE))
    spans += [
        ("fridge-1-door", 6 * HOUR, 6 * HOUR - MINUTE),
        ("fridge-2-door", 6 * HOUR - 2 * MINUTE, 6 * HOUR - 3 * MINUTE),
    ]
    spans += [("freezer-1-defrost", start, start - DEFROST_LONG) for start in DEFROSTS]
    spans += [("site-mains", *BLACKOUT), ("site-ups", *BLACKOUT)]
    if scene == "morning":
        spans.append(("platelet-1-motion", STILL, None))
    if scene == "alarm":
        spans += [("site-mains", 4 * MINUTE, None), ("site-ups", 4 * MINUTE, None), ("fridge-2-door", 3 * MINUTE, None)]
    for contact, begins, ends in spans:
        words = CONTACT_WORDS[CONTACTS[contact][1]]
        unusual, usual = (words.off, words.on) if words.normal else (words.on, words.off)
        yield _event(contact, unusual, now_ms - begins)
        if ends is not None:
            yield _event(contact, usual, now_ms - ends)


def _presence(scene: Scene, now_ms: int) -> Iterator[DeviceEvent]:
    seen: Callable[..., DeviceEvent] = _seen
    for number in FRIDGE_1:
        yield seen(
            "fridge-1", EventKind.ARRIVED, number, now_ms - 24 * HOUR - 7 * MINUTE, now_ms - 24 * HOUR - 6 * MINUTE
        )
    for number in FRIDGE_2:
        yield seen("fridge-2", EventKind.ARRIVED, number, now_ms - LOADING, now_ms - LOADED)
    yield seen(
        "fridge-1", EventKind.LEFT, LEFT_BEFORE, now_ms - 15 * HOUR - 7 * MINUTE, now_ms - 15 * HOUR - 6 * MINUTE
    )
    if scene == "calm":
        return
    yield seen("fridge-1", EventKind.LEFT, MOVED, now_ms - 6 * HOUR, now_ms - 6 * HOUR + MINUTE)
    yield seen("fridge-2", EventKind.ARRIVED, MOVED, now_ms - 6 * HOUR + 2 * MINUTE, now_ms - 6 * HOUR + 3 * MINUTE)
    for number in SHELVED if scene == "morning" else ():
        home = now_ms - HOME + 30 * MINUTE
        yield seen("fridge-2", EventKind.ARRIVED, number, home, home + MINUTE)


def _seen(place: str, kind: EventKind, number: int, earliest_ms: int, latest_ms: int) -> DeviceEvent:
    event = _event(f"{place}-reader", kind, latest_ms + 15_000)
    return msgspec.structs.replace(event, earliest_ms=earliest_ms, latest_ms=latest_ms, epc=epc(number))


def _event(origin: str, kind: EventKind, at_ms: int, **details: int) -> DeviceEvent:
    return DeviceEvent(
        seq=0, origin=origin, taken_ms=at_ms, boottime_ms=at_ms % (90 * 24 * HOUR), kind=kind, details=dict(details)
    )
