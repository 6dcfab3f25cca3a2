"""The register of the store in memory."""

from typing import Any

from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.register import BoxQualification, Certificate, MappingStudy


class MemoryRegister(Part):
    """The port RegisterRecords by sorting everything."""

    def certificates(self) -> tuple[Certificate, ...]:
        found: list[Any] = list(self.state.things[EntryKind.CALIBRATION_CERTIFICATE].values())
        return tuple(sorted(found, key=lambda one: (one.serial, one.calibrated_ms, one.number)))

    def certificates_of(self, serial: str) -> tuple[Certificate, ...]:
        return tuple(one for one in self.certificates() if one.serial == serial)

    def mapping_studies(self) -> tuple[MappingStudy, ...]:
        found: list[Any] = list(self.state.things[EntryKind.MAPPING_STUDY].values())
        return tuple(sorted(found, key=lambda one: (one.place, one.done_ms, one.number)))

    def qualifications(self) -> tuple[BoxQualification, ...]:
        found: list[Any] = list(self.state.things[EntryKind.BOX_QUALIFICATION].values())
        return tuple(sorted(found, key=lambda one: (one.box, one.done_ms, one.number)))
