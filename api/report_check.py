"""Whether a file that was handed out is unchanged: every hash and the code are worked out anew from its bytes.

What is checked here needs no server. That the ledger knows the code, and the same hash under it, only the ledger says.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from api.evidence_pack import IssuedPack, pack_export_id
from api.evidence_pdf import pack_pdf
from api.history_csv import BOM, CHARSET, VERIFICATION, readings_sha256, verification_row
from api.history_export import what_text
from api.report_pdf import attached_json, report_pdf
from api.wording import Language
from coldchain.canonical import canonical_json
from coldchain.errors import InvalidValueError
from coldchain.reports import Issued, data_sha256, export_id, parsed_code, report_sha256, verification_code

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
CHANGED: Final = "it was changed, or it is no file of this program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file says of itself, and is true of its data. `issued` None: a CSV does not carry the report.

    `pages`: of a PDF, whether its pages are byte for byte what this program makes of its data.
    """

    code: str
    export: str
    sha256: str
    issued: Issued | IssuedPack | None
    pages: bool | None = None


def checked(data: bytes) -> Checked:
    """Check a report (JSON, CSV, PDF) or a pack (JSON, PDF). Raises InvalidValueError that says what does not fit."""
    if data.startswith(b"%PDF-"):
        return checked_pdf(data)
    if data.startswith(BOM.encode()):
        return checked_csv(data)
    return checked_json(data)


class _Shape(msgspec.Struct, frozen=True):
    """What tells an evidence pack from a report, and the report as the file has it."""

    pack: msgspec.Raw = msgspec.Raw()
    report: msgspec.Raw = msgspec.Raw()


def checked_json(data: bytes) -> Checked:
    """Check a report's or an evidence pack's JSON: its spelling, the hash of its data, the export's id and the code.

    The data of a report or pack is hashed as the file has it, not as this version would tell it: earlier ones knew less
    of holds and stays.
    """
    try:
        shape = msgspec.json.decode(data, type=_Shape)
        issued: Issued | IssuedPack
        if bytes(shape.pack):
            issued = msgspec.json.decode(data, type=IssuedPack)
        else:
            issued = msgspec.json.decode(data, type=Issued)
        told = msgspec.json.decode(bytes(shape.pack) or bytes(shape.report) or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"the file is no report ({error}): {CHANGED}"
        raise InvalidValueError(msg) from error
    sha256, export, spelled = _worked_out(issued, told)
    _require(sha256 == issued.sha256, "the data does not have the hash that the file names")
    _require(export == issued.export, "the export's id does not belong to this data and person")
    _require(verification_code(export, sha256) == issued.code, "the code does not belong to this data")
    _require(spelled == data, "the file is not spelled as it was handed out")
    return Checked(code=issued.code, export=export, sha256=sha256, issued=issued)


def _worked_out(issued: Issued | IssuedPack, told: Any) -> tuple[str, str, bytes]:  # noqa: ANN401 - whatever it has
    """Return (hash of the data, the export's id, how the file is spelled); `told`: what the file has."""
    if isinstance(issued, IssuedPack):
        sha256 = hashlib.sha256(canonical_json(told)).hexdigest()
        spelled = canonical_json({**msgspec.to_builtins(issued), "pack": told})
        return sha256, pack_export_id(issued.pack, sha256, issued.actor), spelled
    report = issued.report
    sha256 = data_sha256(report_sha256(told), issued.readings_sha256)
    export = export_id(what_text(report.subject, report.id), report.from_ms, report.to_ms, sha256, issued.actor)
    return sha256, export, canonical_json({**msgspec.to_builtins(issued), "report": told})


def checked_csv(data: bytes) -> Checked:
    """Check a CSV of readings: its last row names the report's hash and the code, which cover all rows before it."""
    begin = data.rfind(b"\r\n", 0, len(data) - 2) + 2
    try:
        cells = next(csv.reader(io.StringIO(data[begin:].decode(CHARSET), newline="")), [])
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"the last row cannot be read: {CHANGED}"
        raise InvalidValueError(msg) from error
    _require(len(cells) > 2 and cells[0] == VERIFICATION, "the last row is no verification row")
    code, report_hash = cells[1], cells[2]
    parsed = parsed_code(code)
    if parsed is None:
        msg = f"{code!r:.60} is no verification code: {CHANGED}"
        raise InvalidValueError(msg)
    _require(data[begin:] == verification_row(code, report_hash), "the last row is not spelled as it was handed out")
    sha256 = data_sha256(report_hash, readings_sha256(data[:begin]))
    _require(verification_code(parsed[0], sha256) == code, "the readings do not have the hash that the code names")
    return Checked(code=code, export=parsed[0], sha256=sha256, issued=None)


def checked_pdf(data: bytes) -> Checked:
    """Check a PDF: the data that it carries, and whether its pages are what that data makes."""
    found = checked_json(attached_json(data))
    if found.issued is None:
        return found
    issued = found.issued
    same = any(_printed(issued, language) == data for language in Language)
    return Checked(code=found.code, export=found.export, sha256=found.sha256, issued=issued, pages=same)


def _printed(issued: Issued | IssuedPack, language: Language) -> bytes:
    return pack_pdf(issued, language) if isinstance(issued, IssuedPack) else report_pdf(issued, language)


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - the condition reads first
    if not holds:
        msg = f"{what}: {CHANGED}"
        raise InvalidValueError(msg)
