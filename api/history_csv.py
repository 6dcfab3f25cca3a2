"""All effective readings of a report as CSV (RFC 4180, UTF-8 with a byte order mark), with the verification row.

A text that a spreadsheet could take for a formula gets an apostrophe before it; numbers are left as they are.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from coldchain.facts import Quality
from coldchain.history import History, Int64
from coldchain.reports import Issued
from coldchain.temperature import celsius_text
from rules.report import ProbeFacts

BOM: Final = "\ufeff"
CHARSET: Final = "utf-8"
LINE_END: Final = "\r\n"
VERIFICATION: Final = "verification / 核对码"
HEADER: Final = (
    *("place / 地点", "probe / 探头", "role / 位置", "serial / 序列号", "taken_utc / 采集时间(UTC)"),
    *("taken_site / 采集时间(当地)", "taken_ms", "celsius / 温度(°C)", "quality / 质量", "counts / 是否计入"),
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
OFFSETS_MS: Final = 900_000  # offsets of time zones change at whole quarters of an hour UTC
QUALITIES: Final = {quality.value: quality.name.lower().replace("_", "-") for quality in Quality}


def readings_csv(probes: Sequence[ProbeFacts], zone: ZoneInfo) -> bytes:
    """Return the readings' rows without the verification row: what `readings_sha256` is the hash of."""
    rows = "".join(row for one in probes for row in _readings(one, zone))
    return BOM.encode() + _rows([HEADER]) + rows.encode(CHARSET)


def readings_sha256(rows: bytes) -> str:
    """Return the hash of the readings' rows, hex."""
    return hashlib.sha256(rows).hexdigest()


def verification_row(code: str, report_sha256: str) -> bytes:
    """Return the last row: the code, and the hash of the report that the readings belong to."""
    return _rows([(VERIFICATION, code, report_sha256, *("",) * (len(HEADER) - 3))])


def issued_csv(issued: Issued, rows: bytes, report_sha256: str) -> bytes:
    """Return the file that is handed out."""
    return rows + verification_row(issued.code, report_sha256)


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _readings(facts: ProbeFacts, zone: ZoneInfo) -> Iterator[str]:
    """Return each reading as a row; only the names in front can need quoting, and they are the same in all."""
    probe = facts.probe
    named = (guarded(text) for text in (probe.place, probe.id, str(probe.role), probe.serial))
    front = _rows([tuple(named)]).decode(CHARSET).removesuffix(LINE_END)
    for every, counted, part in zip(facts.every, facts.counted, facts.parts, strict=True):
        inside = every.between(*part)
        counts = np.isin(inside.taken_ms, counted.taken_ms, assume_unique=True)
        columns = (_times(inside.taken_ms, zone), _values(inside), inside.quality.tolist(), counts.tolist())
        for times, value, quality, said in zip(*columns, strict=True):
            yield f"{front},{times},{value},{QUALITIES[quality]},{'yes' if said else 'no'}{LINE_END}"


def _times(taken_ms: Int64, zone: ZoneInfo) -> Iterator[str]:
    """Return of each instant its UTC time, its site time with the offset, and its milliseconds, as three fields."""
    quarters, which = np.unique(taken_ms // OFFSETS_MS, return_inverse=True)
    at_quarter = [datetime.fromtimestamp(int(one) * OFFSETS_MS // 1_000, UTC).astimezone(zone) for one in quarters]
    shifts = np.array([_shift_ms(at) for at in at_quarter], np.int64)
    names = [at.isoformat()[19:] for at in at_quarter]
    local = taken_ms + shifts[which] if len(taken_ms) else taken_ms
    texts = (np.datetime_as_string(one.astype("datetime64[ms]")).tolist() for one in (taken_ms, local))
    for utc, site, number, at_ms in zip(*texts, which.tolist(), taken_ms.tolist(), strict=True):
        yield f"{utc}Z,{site}{names[number]},{at_ms}"


def _shift_ms(at: datetime) -> int:
    return int((at.utcoffset() or timedelta()).total_seconds()) * 1_000


def _values(history: History) -> Iterator[str]:
    values, which = np.unique(history.micro_celsius, return_inverse=True)
    texts = [celsius_text(value) for value in values.tolist()]
    for number, quality in zip(which.tolist(), history.quality.tolist(), strict=True):
        yield texts[number] if quality == Quality.GOOD else ""


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=LINE_END).writerows(rows)
    return text.getvalue().encode(CHARSET)
