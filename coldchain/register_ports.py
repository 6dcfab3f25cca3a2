"""What is recorded of certificates, mapping studies and qualifications: a part of the port Records."""

from typing import Protocol

from coldchain.register import BoxQualification, Certificate, MappingStudy


class RegisterRecords(Protocol):
    """Answers as of a session."""

    def certificates(self) -> tuple[Certificate, ...]:
        """By (serial, calibrated_ms, number)."""

    def certificates_of(self, serial: str) -> tuple[Certificate, ...]:
        """Of one instrument, by (calibrated_ms, number)."""

    def mapping_studies(self) -> tuple[MappingStudy, ...]:
        """By (place, done_ms, number)."""

    def qualifications(self) -> tuple[BoxQualification, ...]:
        """By (box, done_ms, number)."""
