"""A report as PDF: made of nothing but what was handed out, so that the same export gives the same bytes.

The canonical JSON is attached to it: the pages are for people, the attachment is what the verification code covers.
WeasyPrint 70 writes identical bytes for identical input if the times of an attachment are given (measured).
"""

import datetime
import re
import warnings
import zlib
from threading import Semaphore
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.history_export import issued_json
from api.pages import macros, rendered
from api.report_svg import curve_svg, line_colour
from api.report_words import (
    complete_text,
    degrees,
    entered_text,
    kept_text,
    left_text,
    mean_degrees,
    moment,
    out_text,
    place_called,
    removed_texts,
    said,
    short,
    subject_name,
    unconfirmed_texts,
)
from api.unit_page import evidence
from api.wording import Language, Words
from coldchain.errors import InvalidValueError
from coldchain.reports import Issued, Report

PDF_AT_ONCE: Final = 1  # one takes 0.4 GB while it is made; others wait
PDF_ROWS_MAX: Final = 1_500  # some 40 pages
ATTACHMENT: Final = "report.json"
ATTACHED_BYTES_MAX: Final = 64 * 1024 * 1024
# Marks that turn the text after them around, and control characters: a name may carry them, a page may not.
_INVISIBLE: Final = dict.fromkeys(
    [*range(9), 0x0B, *range(0x0E, 0x20), 0x7F, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
# A figure stays with its unit, a date with its time: these spaces break no line.
_TEXTS: Final = re.compile(r">[^<]+<")
_TOGETHER: Final = re.compile(r"(?<=\d) (?=(?:\d\d:\d\d|min|s|h|d|°C|×|天|小时|分|秒|次|版)(?![a-z]))")
_turn: Final = Semaphore(PDF_AT_ONCE)
_EMBEDDED: Final = re.compile(rb"/Type\s*/EmbeddedFile")
_STREAM: Final = re.compile(rb"stream\r?\n")


def report_parts() -> dict[str, Any]:
    """Return what the templates of a report call."""
    return {
        "complete_text": complete_text,
        "curve_svg": curve_svg,
        "degrees": degrees,
        "entered_text": entered_text,
        "evidence": evidence,
        "kept_text": kept_text,
        "left_text": left_text,
        "line_colour": line_colour,
        "mean_degrees": mean_degrees,
        "removed_texts": removed_texts,
        "moment": moment,
        "out_text": out_text,
        "place_called": place_called,
        "said": said,
        "short": short,
        "subject_name": subject_name,
        "unconfirmed_texts": unconfirmed_texts,
    }


def report_html(issued: Issued, language: Language) -> str:
    """Return the pages of a report as HTML for the PDF."""
    words = Words(language=language, zone=ZoneInfo(issued.report.zone))
    parts = report_parts()
    tables = macros("report_tables.html", w=words, **parts)
    return visible(rendered("report_pdf.html", w=words, issued=issued, tables=tables, **parts))


def visible(html: str) -> str:
    """Return pages without characters that a page may not carry, and with figures that no line's end cuts."""
    return _TEXTS.sub(lambda text: _TOGETHER.sub("\u00a0", text[0]), html.translate(_INVISIBLE))


def report_pdf(issued: Issued, language: Language) -> bytes:
    """Return a report as PDF/A-3b with its canonical JSON attached."""
    return written_pdf(report_html(issued, language), ATTACHMENT, issued_json(issued), issued.at_ms, issued.sha256)


def written_pdf(html: str, name: str, data: bytes, at_ms: int, sha256: str) -> bytes:
    """Return pages as PDF/A-3b with the data attached that they were made of; its hash is the file's identifier."""
    from weasyprint import HTML, Attachment  # noqa: PLC0415 - 1.4 s and libraries that only a PDF needs

    at = datetime.datetime.fromtimestamp(at_ms // 1_000, datetime.UTC)
    attached = Attachment(string=data, name=name, relationship="Source", created=at, modified=at)
    with _turn, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves the file of its colour profile to Python
        document = HTML(string=html, url_fetcher=_nothing)
        made = document.write_pdf(
            attachments=[attached], pdf_variant="pdf/a-3b", pdf_identifier=bytes.fromhex(sha256)[:16]
        )
    assert isinstance(made, bytes)  # noqa: S101 - it is, where no target is given
    return made


def require_printable(report: Report) -> None:
    """Raise InvalidValueError for a report with more rows than a PDF may have."""
    listed = ("findings", "exposures", "holds", "stays", "gaps", "work", "positions", "decisions")
    rows = sum(len(getattr(report, name)) for name in listed)
    rows += sum(len(one.unknown) + len(one.seconds) for one in report.probes)
    if rows > PDF_ROWS_MAX:
        msg = f"the report has {rows} rows, a PDF has at most {PDF_ROWS_MAX}: ask for a shorter interval, or for JSON"
        raise InvalidValueError(msg)


def attached_json(pdf: bytes) -> bytes:
    """Return the JSON that a report's PDF carries. Raises InvalidValueError for a file that carries none."""
    for marked in _EMBEDDED.finditer(pdf):
        begun = _STREAM.search(pdf, marked.end())
        if begun is None:
            continue
        packed = pdf[begun.end() :]
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(packed, ATTACHED_BYTES_MAX)
        except zlib.error:
            continue
        if unpacker.eof:
            return data
    msg = "the PDF carries no report data that can be read: it was not handed out by this program, or it was changed"
    raise InvalidValueError(msg)


def _nothing(url: str, *_: object, **__: object) -> Any:  # noqa: ANN401 - it never returns
    msg = f"a report fetches nothing, and was asked for {url!r:.80}"
    raise ValueError(msg)
