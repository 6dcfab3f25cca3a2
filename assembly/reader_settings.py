"""The settings of a reader in gateway.toml: inside a place, at a tunnel, or with its antennas in several zones."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from assembly.device_settings import Origin
from assembly.problems import Allowed, Loc, Problem, key_text, one_of, used_twice
from assembly.reader_protocols import (
    ANTENNAS_MAX,
    Antennas,
    ReaderAddress,
    ReaderAntennas,
    ReaderBaud,
    ReaderFile,
    ReaderPort,
    ReaderProtocol,
    ReaderServerName,
    antenna_problems,
    baud_of,
    reader_problems,
    tls_problems,
)
from assembly.settings_types import READER_PURPOSES, Id, OptionalId, Seconds, Table, a_number
from coldchain.places import ReaderPurpose, Text
from gateway.plan import ReaderPlan, ZonePlan
from rules.read_rate import RATE_PERMILLE, RATE_PERMILLE_MAX, RATE_PERMILLE_MIN


class ZoneTable(Table):
    """Some antennas of a reader that look into one place; `id` is what the centre has registered as its reader."""

    id: Id
    antennas: Antennas
    door: OptionalId = None


class GatewayReaderTable(Table):
    """A reader inside a fridge; `door` is the door or lid contact whose closing starts a count.

    A tunnel or portal has no door: it counts all the time, and the centre receives crates by what it has read.
    """

    id: Id
    port: ReaderPort
    protocol: ReaderProtocol = "bb7e"
    address: ReaderAddress = None
    antennas: ReaderAntennas = None
    ca: ReaderFile = None
    certificate: ReaderFile = None
    key: ReaderFile = None
    server_name: ReaderServerName = ""
    baud: ReaderBaud = None
    door: OptionalId = None
    purpose: Annotated[ReaderPurpose, READER_PURPOSES] = ReaderPurpose.ZONE
    idle_cycle_s: Seconds = 300
    cycle_ms: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=100, le=60_000),
        Allowed("milliseconds from 100 to 60000", "100 到 60000 毫秒"),
    ] = 1500
    zone: Annotated[
        tuple[ZoneTable, ...],
        Field(max_length=ANTENNAS_MAX),
        Allowed(f"up to {ANTENNAS_MAX} tables [[reader.zone]]", f"最多 {ANTENNAS_MAX} 个表 [[reader.zone]]"),
    ] = ()
    read_rate_permille: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=RATE_PERMILLE_MIN, le=RATE_PERMILLE_MAX),
        Allowed(
            f"reads in 1,000 cycles of a tag that is inside, from {RATE_PERMILLE_MIN} to {RATE_PERMILLE_MAX}",
            f"在内标签每 1000 个周期被读到的次数，{RATE_PERMILLE_MIN} 到 {RATE_PERMILLE_MAX}",
        ),
    ] = RATE_PERMILLE

    def in_use(self) -> tuple[int, ...]:
        """Return the antennas in use, by their numbers: those written, else those of all zones, else the first."""
        of_zones = sorted({antenna for zone in self.zone for antenna in zone.antennas})
        return self.antennas or tuple(of_zones) or (1,)


class LogicalReader(NamedTuple):
    """What speaks as a reader: the reader itself or each of its zones; where its table, id and door stand."""

    loc: Loc
    id: str
    door_loc: Loc
    door: str | None
    purpose: ReaderPurpose = ReaderPurpose.ZONE


def logical_readers(number: int, reader: GatewayReaderTable) -> list[LogicalReader]:
    """Return the zones of a reader, or itself if it has none; a zone without a door has its reader's."""
    whole: Loc = ("reader", number)
    if not reader.zone:
        return [LogicalReader((*whole, "id"), reader.id, (*whole, "door"), reader.door, reader.purpose)]
    found = []
    for j, zone in enumerate(reader.zone):
        own: Loc = (*whole, "zone", j)
        door_loc = (*own, "door") if zone.door or not reader.door else (*whole, "door")
        found.append(LogicalReader((*own, "id"), zone.id, door_loc, zone.door or reader.door, reader.purpose))
    return found


def antennas_of(number: int, reader: GatewayReaderTable) -> Iterable[tuple[Loc, str]]:
    """Yield the antennas that zones name; one in two zones would be in two places."""
    for j, zone in enumerate(reader.zone):
        yield from ((("reader", number, "zone", j, "antennas"), str(antenna)) for antenna in zone.antennas)


def door_problems(reader: GatewayReaderTable, seen: LogicalReader, doors: list[str]) -> list[Problem]:
    """Return what is wrong with a door: a reader inside a place needs one that is wired, a tunnel none."""
    key = seen.door_loc
    if reader.purpose is ReaderPurpose.ZONE and seen.door is not None:
        return one_of(key, seen.door, doors, "bus.contacts")
    if reader.purpose is not ReaderPurpose.ZONE and seen.door is None:
        return []
    missing = Text(
        en='is missing; name the door or lid contact of its place, or write purpose = "tunnel" or "portal"',
        zh='缺少；请填写该设备的门或箱盖触点，或设置 purpose = "tunnel" 或 "portal"',
    )
    useless = Text(
        en=f"stands at a {reader.purpose.value}, which has no door contact; leave it out", zh="通道没有门触点，请省略"
    )
    return [Problem(key=key_text(key), what=missing if seen.door is None else useless)]


def reader_table_problems(number: int, reader: GatewayReaderTable, doors: list[str]) -> list[Problem]:
    """Return what does not fit in a reader's table; `doors` are the ids of all wired doors and lids."""
    found = [one for seen in logical_readers(number, reader) for one in door_problems(reader, seen, doors)]
    found += reader_problems(number, reader.port, reader.protocol, reader.address)
    found += _antenna_problems(number, reader)
    return found + tls_problems(number, reader.protocol, reader.ca, reader.certificate, reader.key, reader.server_name)


def reader_origins(number: int, reader: GatewayReaderTable) -> Iterable[Origin]:
    """Yield the reader and its zones; all stand under their ids, so none may be used twice."""
    yield Origin(loc=("reader", number, "id"), id=reader.id)
    yield from (Origin(loc=("reader", number, "zone", j, "id"), id=zone.id) for j, zone in enumerate(reader.zone))


def reader_plan(reader: GatewayReaderTable) -> ReaderPlan:
    """Return a reader as plain data."""
    return ReaderPlan(
        id=reader.id,
        port=reader.port,
        door=reader.door or "",
        baud=baud_of(reader.protocol, reader.baud),
        idle_cycle_ms=reader.idle_cycle_s * 1_000 if reader.purpose is ReaderPurpose.ZONE else 0,
        cycle_ms=reader.cycle_ms,
        protocol=reader.protocol,
        address=reader.address,
        antennas=reader.in_use(),
        ca=reader.ca,
        certificate=reader.certificate,
        key=reader.key,
        server_name=reader.server_name,
        read_rate_permille=reader.read_rate_permille,
        zones=tuple(
            ZonePlan(id=zone.id, antennas=frozenset(zone.antennas), door=zone.door or reader.door or "")
            for zone in reader.zone
        ),
    )


def _antenna_problems(number: int, reader: GatewayReaderTable) -> list[Problem]:
    """Return what is wrong with the antennas: of the reader where it names them, and of its zones."""
    if reader.antennas is None:
        found = []
        for j, zone in enumerate(reader.zone):
            found += antenna_problems(("reader", number, "zone", j, "antennas"), reader.protocol, zone.antennas)
        return found + used_twice(antennas_of(number, reader))
    found = antenna_problems(("reader", number, "antennas"), reader.protocol, reader.antennas)
    for j, zone in enumerate(reader.zone):
        unused = sorted(set(zone.antennas) - set(reader.antennas))
        if unused:
            listed = ", ".join(str(antenna) for antenna in unused)
            what = Text(
                en=f"names antenna {listed}, which is not in use: add it to antennas of the reader, or leave those out",
                zh=f"含未启用的天线 {listed}：请加入该读写器的 antennas，或省略读写器的 antennas",
            )
            found.append(Problem(key=key_text(("reader", number, "zone", j, "antennas")), what=what))
    return found + used_twice(antennas_of(number, reader))
