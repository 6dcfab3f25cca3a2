"""The register read back; a part of SqlRecords."""

from typing import Final, TypeVar

import msgspec

from coldchain.register import BoxQualification, Certificate, MappingStudy
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_CERTIFICATES: Final = msgspec.json.Decoder(Certificate)
_STUDIES: Final = msgspec.json.Decoder(MappingStudy)
_QUALIFICATIONS: Final = msgspec.json.Decoder(BoxQualification)


class SqlRegisterRecords:
    """The port RegisterRecords over one transaction."""

    _sql: Sql

    def certificates(self) -> tuple[Certificate, ...]:
        """By (serial, calibrated_ms, number)."""
        return self._registered(_CERTIFICATES, "certificates ORDER BY serial, at_ms, number")

    def certificates_of(self, serial: str) -> tuple[Certificate, ...]:
        """Of one instrument, by (calibrated_ms, number)."""
        return self._registered(_CERTIFICATES, "certificates WHERE serial = ? ORDER BY at_ms, number", (serial,))

    def mapping_studies(self) -> tuple[MappingStudy, ...]:
        """By (place, done_ms, number)."""
        return self._registered(_STUDIES, "mapping_studies ORDER BY place, at_ms, number")

    def qualifications(self) -> tuple[BoxQualification, ...]:
        """By (box, done_ms, number)."""
        return self._registered(_QUALIFICATIONS, "qualifications ORDER BY box, at_ms, number")

    def _registered(self, decoder: msgspec.json.Decoder[_S], source: str, params: Params = ()) -> tuple[_S, ...]:
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
