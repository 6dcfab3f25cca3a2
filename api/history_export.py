"""Handing out a report: made from one state of the record, recorded as an export, and only then given away."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import msgspec

from api.as_known import seen
from api.context import Context
from api.history_csv import issued_csv, readings_csv, readings_sha256
from api.history_report import made_report, read_facts
from coldchain.canonical import canonical_json
from coldchain.errors import ConflictError, StoreError
from coldchain.exports import ExportRecord, RecordExport
from coldchain.ports import Session
from coldchain.reports import (
    Issued,
    PrintedCheckpoint,
    Report,
    Subject,
    data_sha256,
    export_id,
    report_sha256,
    verification_code,
)
from rules.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A report and the rows of its readings, before they are handed out; `seq` is the newest entry that it knows."""

    report: Report
    rows: bytes
    report_sha256: str
    readings_sha256: str
    sha256: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """A report as it was handed out, and its files."""

    issued: Issued
    made: Made

    def json(self) -> bytes:
        """Return it as canonical JSON."""
        return issued_json(self.issued)

    def csv(self) -> bytes:
        """Return its readings as CSV."""
        return issued_csv(self.issued, self.made.rows, self.made.report_sha256)


def issued_json(issued: Issued) -> bytes:
    """Return the one spelling of a report that was handed out."""
    return canonical_json(msgspec.to_builtins(issued))


def make(
    session: Session, subject: Subject, name: str, window: Interval, zone: ZoneInfo, as_known_ms: int | None = None
) -> Made:
    """Make a report. Raises UnknownThingError, or InvalidValueError for too much of it."""
    facts = replace(read_facts(session, subject, name, window, zone.key), as_known_ms=as_known_ms)
    report, rows = made_report(facts), readings_csv(facts.probes, zone)
    report_hash, readings_hash = report_sha256(report), readings_sha256(rows)
    return Made(
        report=report,
        rows=rows,
        report_sha256=report_hash,
        readings_sha256=readings_hash,
        sha256=data_sha256(report_hash, readings_hash),
        seq=session.ledger.next_seq() - 1,
    )


def hand_out(
    given: Context,
    subject: Subject,
    name: str,
    window: Interval,
    actor: str,
    fits: Callable[[Report], None] = lambda _: None,
    as_known_ms: int | None = None,
) -> HandedOut:
    """Make a report and record that it is handed out. The same data, to the same person again, is the same export.

    `fits` raises InvalidValueError for a report that cannot be handed out in the form that was asked for.
    """
    with seen(given, as_known_ms) as at:
        made = make(at.session, subject, name, window, given.zone, as_known_ms)
    fits(made.report)
    what = what_text(subject, name)
    export = export_id(what, *window, made.sha256, actor)
    with given.store.reading() as session:
        known = session.records.export(export)
    if known is None:
        known = _recorded(given, export, what, window, made, actor)
    with given.store.reading() as session:
        printed = _printed(session, known)
    issued = Issued(
        code=verification_code(export, made.sha256),
        export=export,
        actor=actor,
        at_ms=known.at_ms,
        as_known_seq=known.as_known_seq,
        readings_sha256=made.readings_sha256,
        sha256=made.sha256,
        report=made.report,
        checkpoint=printed,
    )
    return HandedOut(issued=issued, made=made)


def what_text(subject: Subject, name: str) -> str:
    """Return what an export entry says was handed out."""
    return f"history/{subject}/{name}"


def _printed(session: Session, known: ExportRecord) -> PrintedCheckpoint | None:
    """Return the newest checkpoint of that time: for the same export always the same one."""
    found = session.proofs.checkpoint_upto(known.as_known_seq, known.at_ms)
    if found is None:
        return None
    root = base64.b64encode(found.root).decode()
    return PrintedCheckpoint(size=found.size, root=root, at_ms=found.at_ms, key=found.key)


def _recorded(given: Context, export: str, what: str, window: Interval, made: Made, actor: str) -> ExportRecord:
    fact = RecordExport(
        id=export,
        what=what,
        from_ms=window[0],
        to_ms=window[1],
        as_known_seq=made.seq,
        sha256=made.sha256,
        actor=actor,
        at_ms=given.clock.now_ms(),
    )
    with suppress(ConflictError):  # somebody asked for the same at the same time: theirs was first, the data the same
        given.recorder.record(fact)
    with given.store.reading() as session:
        known = session.records.export(export)
    if known is None:
        msg = f"export {export} was recorded and cannot be found: nothing was handed out; ask again"
        raise StoreError(msg)
    return known
