"""From entries of the register to their rows."""

from typing import Final

from coldchain.entries import EntryKind
from coldchain.register import BoxQualification, Certificate, MappingStudy
from stores import schema_register as tables
from stores.change import Applied, Change
from stores.schema import insert_sql

_CERTIFICATE: Final = insert_sql(tables.certificates)
_STUDY: Final = insert_sql(tables.mapping_studies)
_QUALIFICATION: Final = insert_sql(tables.qualifications)


def _certificate(seq: int, one: Certificate, body: bytes) -> tuple[Change, ...]:
    return (Change(_CERTIFICATE, (one.serial, one.number, one.calibrated_ms, seq, body)),)


def _study(seq: int, one: MappingStudy, body: bytes) -> tuple[Change, ...]:
    return (Change(_STUDY, (one.place, one.number, one.done_ms, seq, body)),)


def _qualification(seq: int, one: BoxQualification, body: bytes) -> tuple[Change, ...]:
    return (Change(_QUALIFICATION, (one.box, one.number, one.done_ms, seq, body)),)


APPLY_REGISTER: Final[Applied] = {
    EntryKind.CALIBRATION_CERTIFICATE: (Certificate, _certificate),
    EntryKind.MAPPING_STUDY: (MappingStudy, _study),
    EntryKind.BOX_QUALIFICATION: (BoxQualification, _qualification),
}
