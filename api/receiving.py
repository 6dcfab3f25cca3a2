"""Bags that are received: each scanned row becomes a fact for the recorder, or is refused with the reason."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from pydantic import ValidationError

from api.bodies import UnitBody
from api.context import Context
from api.receiving_checks import (
    require_as_labelled,
    require_as_recorded,
    require_can_expire,
    require_labelled_well,
    typed_expiry,
)
from api.watching import kept_here
from coldchain.canonical import canonical_json
from coldchain.errors import ColdchainError, InvalidValueError, StoreError, UnknownThingError
from coldchain.identify import Reading, identify
from coldchain.intents import SAID_BY_PEOPLE, Intent
from coldchain.lineage import UnitKind
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.receiving import KeepRefusedRows, ReceptionRefusal, RefusedRow, Visual
from coldchain.temperature import micro_celsius
from coldchain.units import ReceiveUnit, Unit

COLUMNS: Final = (
    *("label", "tag", "visual", "note", "temperature"),
    *("issuer", "scheme", "product_code", "division", "component", "blood_group", "expires_ms"),
    *("intent", "patient"),
)
NOT_KEPT: Final = ("patient",)  # of a row that is refused: it may be what it must not be, a person's name
ROWS_MAX: Final = 200
CELL_CHARACTERS_MAX: Final = 400

Row = Mapping[str, str]


class Outcome(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    KNOWN = "already-known"
    REFUSED = "refused"


class RowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of row `row` (from 1 on): the unit's id, or why it was not taken."""

    row: int
    label: str
    outcome: Outcome
    unit: str = ""
    donation_number: str = ""
    component: str = ""
    product_code: str = ""
    division: str = ""
    why: str = ""


class ReceiveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Every row with its answer. `refusal`: the id under which the refused rows are kept, "" if none was refused."""

    place: str
    rows: list[RowAnswer]
    refusal: str


class Receiving(msgspec.Struct, frozen=True, kw_only=True):
    """Who receives bags, where and when."""

    place: str
    at_ms: int
    name: str
    post: str
    actor: str


def receive(given: Context, who: Receiving, rows: Sequence[Row]) -> ReceiveAnswer:
    """Take rows one by one and keep those that are refused. Raises UnknownThingError and InvalidValueError.

    Raises StoreError: the rows up to there are recorded, and the whole list may be sent again.
    """
    if not 1 <= len(rows) <= ROWS_MAX:
        msg = f"{len(rows)} rows are not allowed: send lists of 1 to {ROWS_MAX}"
        raise InvalidValueError(msg)
    with given.store.reading() as session:
        if session.records.place(who.place) is None:
            msg = f"place {who.place!r:.40} is not known here"
            raise UnknownThingError(msg)
    answers = [_answer(given, who, number, row) for number, row in enumerate(rows, 1)]
    refused = [
        RefusedRow(row=one.row, sent=_sent(rows[one.row - 1]), why=one.why)
        for one in answers
        if one.outcome is Outcome.REFUSED
    ]
    return ReceiveAnswer(place=who.place, rows=answers, refusal=_keep(given, who, refused))


def _sent(row: Row) -> dict[str, str]:
    return {key: text for key, text in row.items() if text and key not in NOT_KEPT}


def _keep(given: Context, who: Receiving, refused: Sequence[RefusedRow]) -> str:
    if not refused:
        return ""
    said = [who.place, who.at_ms, who.name, [msgspec.to_builtins(one) for one in refused]]
    name = f"r-{hashlib.sha256(canonical_json(said)).hexdigest()[:16]}"
    kept = ReceptionRefusal(
        id=name, at_ms=who.at_ms, place=who.place, rows=tuple(refused), name=who.name, post=who.post
    )
    given.recorder.record(KeepRefusedRows(refusal=kept, actor=who.actor))
    return name


def _answer(given: Context, who: Receiving, number: int, row: Row) -> RowAnswer:
    label = row.get("label", "")[:CELL_CHARACTERS_MAX]
    try:
        with given.store.reading() as session:
            fact = _fact(given, session, who, row)
            before = session.ledger.next_seq()
        recorded = given.recorder.record(fact)
    except StoreError:
        raise
    except (ColdchainError, ValidationError) as error:
        return RowAnswer(row=number, label=label, outcome=Outcome.REFUSED, why=_why(error))
    outcome = Outcome.KNOWN if recorded.seq < before else Outcome.ACCEPTED
    unit = fact.unit
    return RowAnswer(
        row=number,
        label=label,
        outcome=outcome,
        unit=unit.id,
        donation_number=unit.donation_number,
        component=unit.component,
        product_code=unit.product_code,
        division=unit.division,
    )


def _why(error: ColdchainError | ValidationError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _fact(given: Context, session: Session, who: Receiving, row: Row) -> ReceiveUnit:
    """Return what to record of a row. Raises InvalidValueError, ValidationError or UnknownThingError."""
    for name, text in row.items():
        if name not in COLUMNS:
            msg = f"column {name!r:.40} is not known: use {', '.join(COLUMNS)}"
            raise InvalidValueError(msg)
        if len(text) > CELL_CHARACTERS_MAX or not text.isprintable():
            msg = f"{name} is not allowed: at most {CELL_CHARACTERS_MAX} printable characters"
            raise InvalidValueError(msg)
    temperature = row.get("temperature", "").replace("\N{MINUS SIGN}", "-").removesuffix("°C").strip()
    return ReceiveUnit(
        unit=_unit(given, session, who, row),
        place=who.place,
        at_ms=who.at_ms,
        epc=_epc(row.get("tag", "")),
        visual=_visual(row),
        note=row.get("note", ""),
        micro_celsius=micro_celsius(temperature) if temperature else None,
        name=who.name,
        post=who.post,
        actor=who.actor,
        intent=_intent(row),
        patient=row.get("patient", "").strip(),
    )


def _intent(row: Row) -> Intent:
    said = row.get("intent", "") or Intent.NOT_STATED
    if said not in {Intent.NOT_STATED, *SAID_BY_PEOPLE}:
        msg = f"intent {said!r:.40} is none of {', '.join(sorted(SAID_BY_PEOPLE))}"
        raise InvalidValueError(msg)
    return Intent(said)


def _visual(row: Row) -> Visual:
    said = row.get("visual", "") or Visual.NOT_CHECKED
    if said not in set(Visual):
        msg = f"visual {said!r:.40} is none of {', '.join(Visual)}"
        raise InvalidValueError(msg)
    if said == Visual.DEFECT and not row.get("note", ""):
        msg = "say in note what is wrong with the bag"
        raise InvalidValueError(msg)
    return Visual(said)


def _epc(tag: str) -> str:
    """Return the hex of a scanned tag, "" for a bag without one. Raises InvalidValueError for what is no tag."""
    if not tag:
        return ""
    found = next((reading.epc for reading in identify(tag) if reading.epc), None)
    if found is None:
        msg = f"tag {tag!r:.60} is no tag: scan it again, or leave it out for a bag without one"
        raise InvalidValueError(msg)
    return found


def _unit(given: Context, session: Session, who: Receiving, row: Row) -> Unit:
    """Return the unit that a label names: the registered one, else a new one out of the label and the row.

    Raises InvalidValueError or ConflictError where the label, the row and the record cannot all be true.
    """
    label = row.get("label", "")
    readings = identify(label, given.schemes)
    taken = [reading for reading in readings if not reading.refused]
    if readings and not taken:
        msg = f"label: {readings[0].refused}"
        raise InvalidValueError(msg)
    scanned: dict[str, str] = {}
    for reading in taken:
        scanned = dict(reading.fields) | scanned
    number = next((number for reading in taken for number in reading.numbers), label)
    if not number:
        msg = "label is empty: scan the donation number of the bag"
        raise InvalidValueError(msg)
    product, division = _product(row, scanned)
    require_as_labelled(row, scanned, _label_expires(scanned, given.zone), given.zone)
    known = _known(session, number, product, division, row.get("issuer", ""))
    if known is None:
        return _new(given, session, who, row, number, taken, scanned)
    require_as_recorded(known, row, scanned, given.zone)
    return known


def _product(row: Row, scanned: Mapping[str, str]) -> tuple[str, str]:
    return row.get("product_code") or scanned.get("product_code", ""), row.get("division") or scanned.get(
        "division", ""
    )


def _known(session: Session, number: str, product: str, division: str, issuer: str) -> Unit | None:
    def meant(unit: Unit) -> bool:
        pairs = ((product, unit.product_code), (division, unit.division), (issuer, unit.issuer))
        return all(said in ("", has) for said, has in pairs)

    named = session.records.unit(number)
    found = [named] if named else [unit for unit in session.records.units_by_number(number) if meant(unit)]
    if len(found) > 1:
        msg = f"{len(found)} units have the number {number}: scan the product code too, and the division"
        raise InvalidValueError(msg)
    return found[0] if found else None


def _new(
    given: Context,
    session: Session,
    who: Receiving,
    row: Row,
    number: str,
    taken: Sequence[Reading],
    scanned: Mapping[str, str],
) -> Unit:
    place = session.records.place(who.place)
    product, division = _product(row, scanned)
    scheme = row.get("scheme") or _scheme(taken)
    issuer = row.get("issuer") or (number[:5] if scheme == "isbt128" else "")
    component, group = row.get("component") or product, row.get("blood_group") or scanned.get("blood_group", "")
    needed = {"issuer": issuer, "product_code": product, "component": component, "blood_group": group}
    missing = [name for name, text in needed.items() if not text]
    if missing:
        msg = f"unit {number} is not registered; to register it also give {', '.join(missing)}"
        raise InvalidValueError(msg)
    require_labelled_well(scheme, product, group)
    require_can_expire(session, row, who.at_ms, given.zone)
    typed_ms = typed_expiry(row, given.zone)
    body = UnitBody(
        id=None,
        scheme=scheme,
        donation_number=number,
        check_character=None,
        division=division or "00",
        profile=_profile(session, place, given.clock.now_ms())[0],
        profile_version=_profile(session, place, given.clock.now_ms())[1],
        expires_ms=_label_expires(scanned, given.zone) if typed_ms is None else typed_ms,
        kind=UnitKind.BLOOD,
        intent=Intent.NOT_STATED,
        issuer=issuer,
        product_code=product,
        component=component,
        blood_group=group,
    )
    return body.unit(given.schemes)


def _profile(session: Session, place: Place | None, now_ms: int) -> tuple[str, int]:
    """A new unit keeps what its place keeps; another profile is given by registering it before."""
    if place is None:
        return "", 0
    kept = kept_here(session, place, now_ms)
    return kept.profile, kept.version


def _scheme(taken: Sequence[Reading]) -> str:
    kinds: Mapping[str, Callable[[Reading], str]] = {
        "isbt128": lambda _: "isbt128",
        "station": lambda reading: reading.fields.get("scheme", "local"),
    }
    return next((kinds[reading.kind](reading) for reading in taken if reading.kind in kinds), "local")


def _label_expires(scanned: Mapping[str, str], zone: ZoneInfo) -> int | None:
    if "expiry" not in scanned:
        return None
    day, clock = scanned["expiry"].split(" ")
    year, day_of_year = day.split("-")
    hour, minute = clock.split(":")
    local = datetime(int(year), 1, 1, int(hour), int(minute), tzinfo=zone) + timedelta(days=int(day_of_year) - 1)
    return int(local.astimezone(UTC).timestamp()) * 1_000
