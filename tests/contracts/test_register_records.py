"""The register as every store keeps it."""

from typing import Any

import msgspec
import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Store
from coldchain.receiving import Reception, ReceptionRefusal, RefusedRow, Visual
from coldchain.register import BoxQualification, CalibrationPoint, Certificate, MappingStudy
from coldchain.rounds import ManualReading, StockCount


def certificate(number: str = "C-1", serial: str = "s-1", at_ms: int = 5, **changed: Any) -> Certificate:
    made = Certificate(
        serial=serial,
        number=number,
        lab="CNAS L0000",
        calibrated_ms=at_ms,
        due_ms=at_ms + 100,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=100_000),),
        tolerance_micro_celsius=500_000,
        name="李华",
        post="engineer",
    )
    return msgspec.structs.replace(made, **changed)


def study(place: str, number: str, at_ms: int) -> MappingStudy:
    texts = dict.fromkeys(("load", "warmest", "coldest", "conclusion", "name", "post"), "x")
    return MappingStudy(place=place, number=number, done_ms=at_ms, due_ms=at_ms + 9, **texts)


def qualification(box: str, number: str, at_ms: int) -> BoxQualification:
    texts = dict.fromkeys(("profile", "conclusion", "name", "post"), "x")
    return BoxQualification(box=box, number=number, done_ms=at_ms, due_ms=at_ms + 9, lasts_minutes=300, **texts)


def keep(store: Store, kind: EntryKind, *payloads: msgspec.Struct) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload) for payload in payloads], 5)


def test_certificates_come_by_instrument_and_time_and_none_is_replaced(store: Store) -> None:
    late, early, other = certificate(at_ms=9), certificate("C-2", at_ms=2), certificate("C-1", "s-0", 7)
    keep(store, EntryKind.CALIBRATION_CERTIFICATE, late, early, other)
    with store.reading() as session:
        assert session.records.certificates() == (other, early, late)
        assert session.records.certificates_of("s-1") == (early, late)
        assert session.records.certificates_of("") == ()
    with pytest.raises(StoreError):
        keep(store, EntryKind.CALIBRATION_CERTIFICATE, certificate(lab="another"))


def test_studies_and_qualifications_come_by_subject_and_time(store: Store) -> None:
    studies = study("fridge-2", "M-1", 3), study("fridge-1", "M-2", 9), study("fridge-1", "M-3", 1)
    keep(store, EntryKind.MAPPING_STUDY, *studies)
    boxes = qualification("box-2", "Q-1", 3), qualification("box-1", "Q-2", 9), qualification("box-1", "Q-1", 1)
    keep(store, EntryKind.BOX_QUALIFICATION, *boxes)
    with store.reading() as session:
        assert session.records.mapping_studies() == (studies[2], studies[1], studies[0])
        assert session.records.qualifications() == (boxes[2], boxes[1], boxes[0])


def reading(at_ms: int, place: str = "fridge-1") -> ManualReading:
    return ManualReading(
        place=place,
        at_ms=at_ms,
        micro_celsius=4_000_000,
        probe="fridge-1-load",
        probe_micro_celsius=None,
        probe_taken_ms=None,
        allowed_micro_celsius=1_000_000,
        name="李华",
        post="technician",
    )


def counted(at_ms: int, place: str = "fridge-1") -> StockCount:
    lists: dict[str, Any] = dict.fromkeys(("scanned", "unknown", "certain", "possible"), ())
    return StockCount(place=place, at_ms=at_ms, counted=3, read=None, name="李华", post="technician", **lists)


def test_manual_readings_and_counts_come_by_place_the_newest_first(store: Store) -> None:
    keep(store, EntryKind.MANUAL_READING, reading(5), reading(9), reading(7, "fridge-2"))
    keep(store, EntryKind.STOCK_COUNT, counted(5), counted(9), counted(7, "fridge-2"))
    with store.reading() as session:
        records = session.records
        assert records.manual_readings("fridge-1", 9) == (reading(9), reading(5))
        assert records.manual_readings("fridge-1", 1) == (reading(9),)
        assert records.stock_counts("fridge-1", 9) == (counted(9), counted(5))
        assert (records.manual_reading("fridge-1", 5), records.manual_reading("fridge-1", 6)) == (reading(5), None)
        assert (records.stock_count("fridge-2", 7), records.stock_count("fridge-2", 5)) == (
            counted(7, "fridge-2"),
            None,
        )


def reception(unit: str, at_ms: int) -> Reception:
    texts = dict.fromkeys(("epc", "note"), "")
    return Reception(
        unit=unit,
        place="fridge-1",
        at_ms=at_ms,
        visual=Visual.INTACT,
        micro_celsius=4_500_000,
        name="李华",
        post="technician",
        **texts,
    )


def refusal(name: str, at_ms: int) -> ReceptionRefusal:
    rows = (RefusedRow(row=1, sent={"label": "x"}, why="not registered"),)
    return ReceptionRefusal(id=name, at_ms=at_ms, place="fridge-1", rows=rows, name="李华", post="technician")


def test_receptions_and_refused_rows_come_the_newest_first(store: Store) -> None:
    keep(store, EntryKind.RECEPTION, reception("u-1", 5), reception("u-2", 7), reception("u-1", 9))
    keep(store, EntryKind.RECEPTION_REFUSAL, refusal("r-2", 5), refusal("r-1", 9))
    with store.reading() as session:
        records = session.records
        assert records.receptions_of_unit("u-1") == (reception("u-1", 5), reception("u-1", 9))
        assert records.receptions(2) == (reception("u-1", 9), reception("u-2", 7))
        assert records.reception_refusals(1) == (refusal("r-1", 9),)
        assert (records.reception_refusal("r-2"), records.reception_refusal("r-3")) == (refusal("r-2", 5), None)
