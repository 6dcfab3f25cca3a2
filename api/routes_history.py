"""Temperature histories of places, probes and units: as JSON, CSV and PDF, each recorded as it is handed out."""

from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.answers import ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, actor_name
from api.context import Context, Given
from api.history_export import HandedOut, hand_out
from api.problems import missing
from api.report_pdf import report_pdf, require_printable
from api.site_time import instant_ms
from api.wording import Language
from coldchain.exports import ExportRecord
from coldchain.ports import Session
from coldchain.reports import Issued, Report, Subject, verification_code
from rules.intervals import Interval
from rules.report import require_interval

TIME_CHARACTERS_MAX: Final = 40

router = APIRouter(tags=["history"])

From = Annotated[
    str,
    Query(alias="from", max_length=TIME_CHARACTERS_MAX, description="UTC ms, or ISO 8601 (site time, or with offset)."),
]
To = Annotated[
    str, Query(alias="to", max_length=TIME_CHARACTERS_MAX, description="The same; not included, not in the future.")
]
Lang = Annotated[Language, Query(alias="lang", description="The language of the PDF.")]
ExportId = Annotated[str, Path(pattern="^[0-9a-z]{16}$", description="An export's id, the first 16 of its code.")]


class Covering(msgspec.Struct, frozen=True, kw_only=True):
    """The signed checkpoint that covers an entry: the first `size` entries have this Merkle root (hex)."""

    size: int
    root: str
    at_ms: int
    key: str


class ExportView(KnownAt, frozen=True, kw_only=True):
    """What was handed out, where it stands in the ledger, and what covers it (None: no checkpoint yet)."""

    export: ExportRecord
    code: str
    actor: str
    seq: int
    record_ms: int
    checkpoint: Covering | None


@router.get("/api/history/{subject}/{thing}.csv", responses={200: {"content": {"text/csv": {}}}})
def history_csv(
    given: Given,
    subject: Subject,
    thing: ThingId,
    begin: From,
    end: To,
    as_known_ms: AsKnownMs = None,
    actor: ActorHeader = ACTOR_UNNAMED,
) -> Response:
    """Hand out all effective readings of an interval with their quality, and record that."""
    out = _handed_out(given, subject, thing, (begin, end), actor, as_known_ms)
    return _file(out, out.csv(), "text/csv; charset=utf-8", "csv")


@router.get("/api/history/{subject}/{thing}.pdf", responses={200: {"content": {"application/pdf": {}}}})
def history_pdf(
    given: Given,
    subject: Subject,
    thing: ThingId,
    begin: From,
    end: To,
    lang: Lang = Language.ZH,
    as_known_ms: AsKnownMs = None,
    actor: ActorHeader = ACTOR_UNNAMED,
) -> Response:
    """Hand out the report of an interval as PDF with its data attached, and record that."""
    out = _handed_out(given, subject, thing, (begin, end), actor, as_known_ms, require_printable)
    return _file(out, report_pdf(out.issued, lang), "application/pdf", "pdf")


@router.get("/api/history/{subject}/{thing}", responses=documented(Issued, "The report, as it was handed out."))
@router.get("/api/history/{subject}/{thing}.json", include_in_schema=False)
def history(
    given: Given,
    subject: Subject,
    thing: ThingId,
    begin: From,
    end: To,
    as_known_ms: AsKnownMs = None,
    actor: ActorHeader = ACTOR_UNNAMED,
) -> Response:
    """Hand out the report of an interval as canonical JSON, and record that."""
    out = _handed_out(given, subject, thing, (begin, end), actor, as_known_ms)
    return _file(out, out.json(), "application/json", "json")


@router.get("/api/exports/{export}", responses=documented(ExportView, "What was handed out under a code."))
def one_export(given: Given, export: ExportId, as_known_ms: AsKnownMs = None) -> Response:
    """Say what the ledger knows of an export, and which checkpoint covers it."""
    with seen(given, as_known_ms) as at:
        session = at.session
        known, mark = session.records.export(export), session.records.export_entry(export)
        if known is None or mark is None:
            raise missing("export", export)
        view = ExportView(
            export=known,
            code=verification_code(known.id, known.sha256),
            actor=mark.actor,
            seq=mark.seq,
            record_ms=mark.record_ms,
            checkpoint=covering(session, mark.seq, as_known_ms),
            **at.told(),
        )
    return answer(view)


def covering(session: Session, seq: int, until_ms: int | None = None) -> Covering | None:
    """Return the first signed checkpoint that covers a ledger entry; None if there is none yet, or was by until_ms."""
    found = session.proofs.checkpoint_over(seq)
    if found is None or (until_ms is not None and found.at_ms > until_ms):
        return None
    return Covering(size=found.size, root=found.root.hex(), at_ms=found.at_ms, key=found.key)


def asked_window(given: Context, said: tuple[str, str], as_known_ms: int | None = None) -> Interval:
    """Return the interval that was asked for. Raises InvalidValueError that says what is wrong with it."""
    window = instant_ms(said[0], given.zone, "from"), instant_ms(said[1], given.zone, "to")
    require_interval(*window, given.clock.now_ms() if as_known_ms is None else as_known_ms)
    return window


def _handed_out(
    given: Context,
    subject: Subject,
    thing: str,
    said: tuple[str, str],
    actor: str,
    as_known_ms: int | None,
    fits: Callable[[Report], None] = lambda _: None,
) -> HandedOut:
    window = asked_window(given, said, as_known_ms)
    return hand_out(given, subject, thing, window, actor_name(actor), fits, as_known_ms)


def _file(out: HandedOut, body: bytes, media_type: str, ending: str) -> Response:
    report = out.issued.report
    name = f"history-{report.subject}-{report.id}-{out.issued.code}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Verification-Code": out.issued.code,
    }
    return Response(body, 200, headers, media_type)
