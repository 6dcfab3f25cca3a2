"""Short ways to say samples, tags, entries and things for tests of a store."""

from collections.abc import Sequence
from typing import Any

import msgspec

from coldchain.blocks import Block
from coldchain.commission import Commissioning, Crossing, Position, WorkKind, WorkWord
from coldchain.entries import (
    Backdating,
    Binding,
    Draft,
    Entry,
    EntryKind,
    Issue,
    Manifest,
    Receipt,
    RecordedEvent,
    RecordedGap,
    Retirement,
    StayRecord,
    TagConflict,
)
from coldchain.facts import ClockState, Quality, TagSummary
from coldchain.lineage import Act, EndHow, ErrorDeclaration, ErrorOf, ErrorReason, Recall, Said, Transformation, UnitEnd
from coldchain.places import Contact, Gateway, Place, Probe, ProbeRole, ProfileRecord, Reader, Text
from coldchain.ports import SampleRow, TagRow
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus, Hold, Unit

EPC = "E28011606000020512345678"


def samples(taken_ms: Sequence[int], values: Sequence[int | None], **changed: Any) -> SampleRow:
    """A row of fridge-1-load; a value of None is an answer without a sensor."""
    n = len(taken_ms)
    row = SampleRow(
        probe="fridge-1-load",
        gateway="gw-1",
        epoch="e1",
        received_ms=max(taken_ms, default=0) + 1_000,
        source_rank=0,
        clock=ClockState.TRUSTED,
        boot="b1",
        seq=list(range(1, n + 1)),
        origin_seq=[None] * n,
        taken_ms=list(taken_ms),
        boottime_ms=[ms - 500 for ms in taken_ms],
        device_ms=[None] * n,
        micro_celsius=list(values),
        quality=[Quality.NO_SENSOR if value is None else Quality.GOOD for value in values],
    )
    return msgspec.structs.replace(row, **changed)


def tag(taken_ms: int, **changed: Any) -> TagSummary:
    """A summary of fridge-1-reader."""
    summary = TagSummary(
        seq=taken_ms,
        origin="fridge-1-reader",
        taken_ms=taken_ms,
        boottime_ms=taken_ms - 500,
        epc=EPC,
        antenna=1,
        count=7,
        best_rssi_dbm=-61,
        first_ms=taken_ms - 900,
        last_ms=taken_ms - 10,
    )
    return msgspec.structs.replace(summary, **changed)


def tags(*summaries: TagSummary, reader: str = "fridge-1-reader") -> TagRow:
    return TagRow(
        reader=reader,
        gateway="gw-1",
        epoch="e1",
        received_ms=9,
        clock=ClockState.TRUSTED,
        boot="b1",
        summaries=list(summaries),
    )


def draft(kind: EntryKind, payload: msgspec.Struct, actor: str = "gw-1") -> Draft:
    return Draft(kind=kind, actor=actor, site="storage-1", payload=payload)


def gateway(name: str = "gw-1") -> Gateway:
    return Gateway(id=name, site="storage-1")


def place(name: str = "fridge-1") -> Place:
    text = Text(zh="一号血液冰箱", en="Fridge 1")
    return Place(id=name, site="storage-1", name=text, profile="cn-rbc", profile_version=1)


def probe(name: str = "fridge-1-load") -> Probe:
    return Probe(id=name, place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD)


def reader(name: str = "fridge-1-reader") -> Reader:
    return Reader(id=name, place="fridge-1", gateway="gw-1")


def contact(name: str = "fridge-1-door") -> Contact:
    return Contact(id=name, place="fridge-1", gateway="gw-1")


def profile(version: int = 1, name: str = "cn-rbc") -> ProfileRecord:
    return ProfileRecord(id=name, version=version, status="to-be-confirmed", sha256="00" * 32, toml="# 储存温度\n")


def unit(name: str = "unit-1", **changed: Any) -> Unit:
    made = Unit(
        id=name,
        issuer="storage-1",
        scheme="local",
        donation_number=f"D-{name}",
        product_code="RBC",
        division="00",
        component="红细胞悬液",
        blood_group="O+",
        profile="cn-rbc",
        profile_version=1,
    )
    return msgspec.structs.replace(made, **changed)


def binding(epc: str = EPC, unit_id: str = "unit-1", from_ms: int = 1_000) -> Binding:
    return Binding(epc=epc, unit=unit_id, from_ms=from_ms)


def manifest(name: str = "list-1", **changed: Any) -> Manifest:
    made = Manifest(id=name, box="box-1", units=("unit-1", "unit-2"), packed_ms=1_000, destination="storage-2")
    return msgspec.structs.replace(made, **changed)


def issue(unit_id: str = "unit-1", **changed: Any) -> Issue:
    made = Issue(unit=unit_id, to="病房 3", at_ms=9_000)
    return msgspec.structs.replace(made, **changed)


def event(seq: int, **changed: Any) -> RecordedEvent:
    """A door event; give an epc for a presence event."""
    made = RecordedEvent(
        gateway="gw-1",
        epoch="e1",
        seq=seq,
        place="fridge-1",
        origin="fridge-1-door",
        kind="door-opened",
        boot="b1",
        origin_seq=None,
        taken_ms=seq * 1_000,
        boottime_ms=seq * 1_000 + 77,
        earliest_ms=None,
        latest_ms=None,
        epc=None,
        details={},
    )
    return msgspec.structs.replace(made, **changed)


def gap(seq: int, **changed: Any) -> RecordedGap:
    made = RecordedGap(
        gateway="gw-1",
        epoch="e1",
        seq=seq,
        origin="fridge-1-load",
        from_ms=seq * 1_000,
        to_ms=seq * 1_000 + 500,
        reason="spool-full",
        lost=3,
    )
    return msgspec.structs.replace(made, **changed)


def backdating(first_seq: int, epoch: str = "e1") -> Backdating:
    """Two times that were worked out."""
    return Backdating(
        gateway="gw-1",
        epoch=epoch,
        boot="b1",
        anchor_seq=99,
        anchor_ms=10_000,
        anchor_boottime_ms=5_000,
        anchor_uncertainty_ms=20,
        items=((first_seq, 7, 8_000, 21), (first_seq + 1, 8, 8_001, 21)),
    )


def finding(name: str = "finding-1", version: int = 1, **changed: Any) -> Finding:
    """An open excursion; give end_ms and status for a closed one."""
    made = Finding(
        id=name,
        version=version,
        kind=FindingKind.EXCURSION,
        rule="excursion",
        place="fridge-1",
        probe="fridge-1-load",
        profile="cn-rbc",
        profile_version=1,
        status=FindingStatus.OPEN,
        holds=True,
        direction=Direction.TOO_WARM,
        start_ms=10_000,
        condition_ms=20_000,
        end_ms=None,
    )
    return msgspec.structs.replace(made, **changed)


def stay(unit_id: str = "unit-1", number: int = 1, **changed: Any) -> StayRecord:
    """An open stay from 1_000 on."""
    made = StayRecord(
        unit=unit_id,
        number=number,
        place="fridge-1",
        possible_from_ms=1_000,
        certain_from_ms=2_000,
        certain_to_ms=None,
        possible_to_ms=None,
        entered_by="arrived",
        left_by=None,
        unseen_since_ms=None,
    )
    return msgspec.structs.replace(made, **changed)


def exposure(unit_id: str = "unit-1", finding_id: str = "finding-1", **changed: Any) -> Exposure:
    made = Exposure(unit=unit_id, finding=finding_id, place="fridge-1", certain=True, from_ms=10_000, to_ms=None)
    return msgspec.structs.replace(made, **changed)


def hold(name: str = "hold-1", unit_id: str = "unit-1", **changed: Any) -> Hold:
    made = Hold(id=name, unit=unit_id, finding="finding-1", placed_ms=20_000, certain=True)
    return msgspec.structs.replace(made, **changed)


def retirement(epc: str = EPC, at_ms: int = 5_000) -> Retirement:
    return Retirement(epc=epc, at_ms=at_ms, reason="torn off")


def tag_conflict(epc: str = EPC, at_ms: int = 5_000, **changed: Any) -> TagConflict:
    made = TagConflict(epc=epc, kind="clone", place="fridge-1", at_ms=at_ms, other="fridge-9", other_ms=at_ms - 1)
    return msgspec.structs.replace(made, **changed)


def receipt(name: str = "receipt-1", version: int = 1, **changed: Any) -> Receipt:
    """A crate of two, one of which was read."""
    made = Receipt(
        id=name,
        version=version,
        reader="tunnel-1",
        place="fridge-1",
        manifest="",
        from_ms=1_000,
        to_ms=9_000,
        expected=("unit-1", "unit-2"),
        read=("unit-1",),
        unknown_tags=(),
        cycles=5,
        rate_reads=3,
        rate_cycles=4,
    )
    return msgspec.structs.replace(made, **changed)


def position(from_ms: int, **changed: Any) -> Position:
    """Where fridge-1-load hangs from an instant on."""
    one = Position(
        probe="fridge-1-load",
        place="fridge-1",
        gateway="gw-1",
        role=ProbeRole.LOAD,
        from_ms=from_ms,
        required=True,
        serial="s-1",
    )
    return msgspec.structs.replace(one, **changed)


def commissioning(at_ms: int, **changed: Any) -> Commissioning:
    one = Commissioning(
        probe="fridge-1-load",
        place="fridge-1",
        at_ms=at_ms,
        from_ms=at_ms,
        began_ms=at_ms - 3,
        rise_micro_celsius=9_000_000,
        second_micro_celsius=None,
        name="李华",
        post="technician",
    )
    return msgspec.structs.replace(one, **changed)


def work(at_ms: int, **changed: Any) -> WorkWord:
    word = WorkWord(
        kind=WorkKind.UNDER_CHECK,
        place="fridge-1",
        probe="fridge-1-load",
        at_ms=at_ms,
        begins=True,
        until_ms=at_ms + 9,
        reason="ice bath",
        name="李华",
        post="technician",
    )
    return msgspec.structs.replace(word, **changed)


def crossing(**changed: Any) -> Crossing:
    one = Crossing(place="fridge-1", other="fridge-2", since_ms=7, coincidences=6, openings=8)
    return msgspec.structs.replace(one, **changed)


def block_of(entry: Entry) -> Block:
    """The block that an entry states."""
    return msgspec.json.decode(entry.payload, type=Block)


def changed_block(block: Block) -> Block:
    """A block with another hash."""
    return msgspec.structs.replace(block, hash="0" * 64)


def block_draft(block: Block) -> Draft:
    """The entry of a block."""
    return Draft(kind=EntryKind.BLOCK, actor="coldchain", site="site-1", payload=block)


def transformation(inputs: Sequence[str], output: str, name: str = "act-1", at_ms: int = 5_000) -> Transformation:
    return Transformation(
        id=name,
        act=Act.WASH,
        inputs=tuple(dict.fromkeys(inputs)),
        outputs=(output,),
        kept=(),
        at_ms=at_ms,
        name="李华",
        post="technician",
    )


def unit_end(unit_id: str = "unit-1", at_ms: int = 5_000, act: str = "") -> UnitEnd:
    return UnitEnd(unit=unit_id, how=EndHow.DISCARDED, at_ms=at_ms, name="李华", post="technician", act=act)


def recall(name: str = "recall-1", at_ms: int = 5_000, donation_number: str = "d-1") -> Recall:
    return Recall(
        id=name,
        reason="late test",
        at_ms=at_ms,
        name="王芳",
        post="quality manager",
        donation_number=donation_number,
        issuer="station-1",
        scheme="local",
    )


def declared_error(of: ErrorOf, unit_id: str, wrong_ms: int, thing: str = "", at_ms: int = 9_000) -> ErrorDeclaration:
    return ErrorDeclaration(
        of=of,
        wrong=Said(unit=unit_id, at_ms=wrong_ms, object=thing),
        reason=ErrorReason.DID_NOT_OCCUR,
        note="wrong bag",
        at_ms=at_ms,
        name="王芳",
        post="quality manager",
    )
