"""A receipt as it is shown: the crate's list against what was read, and how likely each open unit is missing."""

from typing import Final

import msgspec

from api.as_known import KnownAt
from coldchain.entries import Receipt
from coldchain.ports import Session
from rules.read_rate import Counted
from rules.reconcile import Advice, Outcome, ReadModel, Reconciliation, learnt, reconcile

FORMER_MAX: Final = 200  # receipts of the same tunnel out of which blind and missing shares are counted


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of the list that was not read. `missing_permille`: how likely it is not in the crate at all."""

    unit: str
    donation_number: str
    component: str
    product_code: str
    division: str
    missing_permille: int


class ReceiptView(KnownAt, frozen=True, kw_only=True):
    """A receipt, and what it comes to.

    `way_open`: which way it went through a portal nobody knows yet, and nothing was received; else `manual` says that a
    person has said it. `verified`: every unit of the list was read, scanned or looked for. `advice`: nothing,
    run-again, scan, look-for, which-way or went-out.
    `read_rate_permille`: how often this pass read a tag in a cycle. `unexpected` units were not moved unless scanned.
    """

    receipt: Receipt
    by_tag: list[str]
    by_scan: list[str]
    not_read: list[Unread]
    absent: list[str]
    unexpected: list[str]
    unknown_tags: list[str]
    verified: bool
    advice: Advice
    read_rate_permille: int
    way_open: bool = False
    manual: bool = False

    @property
    def received(self) -> int:
        """How many units of the list are there."""
        return len(self.by_scan) + (len(self.by_tag) if self.receipt.came_in else 0)


def view_of(session: Session, receipt: Receipt) -> ReceiptView:
    """Return a receipt with what it comes to, judged by the outcomes of the receipts before it."""
    model = _model(session, receipt)
    found = _reconciled(receipt, model)
    return ReceiptView(
        receipt=receipt,
        by_tag=list(found.by_tag),
        by_scan=list(found.by_scan),
        not_read=[_unread(session, unit, chance) for unit, chance in found.not_read.items()],
        absent=list(found.absent),
        unexpected=list(found.unexpected),
        unknown_tags=list(receipt.unknown_tags),
        verified=found.verified and receipt.came_in,
        advice=found.advice if receipt.came_in else Advice.WHICH_WAY if receipt.way_open else Advice.WENT_OUT,
        read_rate_permille=model.rate_permille,
        way_open=receipt.way_open,
        manual=receipt.manual,
    )


def _model(session: Session, receipt: Receipt) -> ReadModel:
    former = [one for one in session.records.receipts(FORMER_MAX, receipt.reader) if one.to_ms < receipt.to_ms]
    outcomes = [_outcome(one) for one in former]
    blind, missing = learnt(outcome for outcome in outcomes if outcome is not None)
    counted = Counted(receipt.rate_reads, receipt.rate_cycles)
    return ReadModel(cycles=receipt.cycles, counted=counted, blind=blind, missing=missing)


def _outcome(receipt: Receipt) -> Outcome | None:
    """Return what a receipt teaches; nothing while something of it is open."""
    found = _reconciled(receipt, ReadModel(cycles=receipt.cycles))
    if not found.verified:
        return None
    return Outcome(by_tag=len(found.by_tag), by_scan=len(found.by_scan), absent=len(found.absent))


def _reconciled(receipt: Receipt, model: ReadModel) -> Reconciliation:
    return reconcile(receipt.expected, set(receipt.read), model, set(receipt.scanned), set(receipt.absent))


def _unread(session: Session, unit: str, chance: int) -> Unread:
    found = session.records.unit(unit)
    return Unread(
        unit=unit,
        donation_number=found.donation_number if found else "",
        component=found.component if found else "",
        product_code=found.product_code if found else "",
        division=found.division if found else "",
        missing_permille=chance,
    )
