"""What custody adds to the page of a unit: recalls, holds that came over the lineage, its end and its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.reason_words import reason_text
from api.wording import Words
from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision
from coldchain.intents import Kept
from coldchain.isbt128 import din_check_character, is_din
from coldchain.lineage import Recall, UnitEnd
from coldchain.places import ON_THE_ROAD
from coldchain.ports import Session
from coldchain.receiving import Reception, inspected
from coldchain.units import OF_INSPECTION, Hold, Unit
from rules.issuable import kept_of
from rules.waiting import Waiting


class OfDonation(Protocol):
    """What is shown of a unit, beside its number, wherever units stand in a list."""

    @property
    def component(self) -> str:
        """What it is, in words."""

    @property
    def product_code(self) -> str:
        """Its product code; "" of a unit that is not known."""

    @property
    def division(self) -> str:
        """Which part of the product it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a unit.

    Recalls by id; looks that saw a defect, by the name that their hold gives; how the unit ended (None: it has not);
    whose it is ("": nobody said); what ended its holds.

    `released`: the newest decision that ended holds and has not been overtaken; None while any hold stands.
    `kept`: for whom it is. `unread`: boxes in which it came, and whose memory was not read out yet.
    """

    recalls: Mapping[str, Recall]
    inspections: Mapping[str, Reception]
    end: UnitEnd | None
    owner: str
    released: Decision | None
    kept: Kept | None = None
    unread: tuple[str, ...] = ()


def read_beside(session: Session, unit: str, holds: Sequence[Hold], now_ms: int) -> Beside:
    """Read what custody knows beside the rest."""
    recalls = {hold.finding: one for hold in holds if (one := session.records.recall(hold.finding))}
    looks = {hold.finding for hold in holds if hold.basis == OF_INSPECTION}
    owners = session.records.owners_of_unit(unit)
    return Beside(
        recalls=recalls,
        inspections={name: look for name in looks if (look := _reception(session, name))},
        end=session.records.unit_end(unit),
        owner=owners[-1].owner if owners else "",
        released=released_by(session, unit, holds),
        kept=None if (known := session.records.unit(unit)) is None else kept_of(session, known),
        unread=unread_boxes(session, unit, now_ms),
    )


def unread_boxes(session: Session, unit: str, now_ms: int) -> tuple[str, ...]:
    """Return the boxes in which a unit came and whose memory is awaited: they have to be read out."""
    waits = Waiting(session, now_ms).of_unit(unit)
    return tuple(dict.fromkeys(one.place for one in waits if one.kind in ON_THE_ROAD))


def _reception(session: Session, name: str) -> Reception | None:
    unit, at_ms = inspected(name)
    return next((one for one in session.records.receptions_of_unit(unit) if one.at_ms == at_ms), None)


def released_by(session: Session, unit: str, holds: Sequence[Hold]) -> Decision | None:
    """Return the newest decision that ended holds of a unit and was not overtaken; None while any hold stands."""
    if holds:
        return None
    ended = [one for one in session.records.decisions_of_unit(unit) if one.decision is DecisionKind.RELEASE_HOLD]
    return next((one for one in reversed(ended) if one.stands), None)


def why_released(one: Decision, words: Words) -> str:
    """Return by whom and why the holds of a unit were ended: its findings stand all the same."""
    findings = words.say("comma").join(
        dict.fromkeys(exposure.finding for exposure in one.exposures if not exposure.withdrawn)
    )
    text = words.say("why.released", at=words.when(one.at_ms), name=one.name, post=one.post, reason=one.reason)
    return f"{text} {words.say('why.released.findings', findings=findings)}" if findings else text


def why_recalled(beside: Beside, hold: Hold, words: Words) -> str:
    """Return why a hold stands that is of no finding: the recall, the defect, or the bare id of what nobody knows."""
    if (seen := beside.inspections.get(hold.finding)) is not None:
        at, by = words.when(seen.at_ms), words.say("decisions.by", name=seen.name, post=seen.post)
        return words.say("hold.inspection.why", place=seen.place, at=at, by=by, note=seen.note)
    if words.knows(f"hold.{hold.basis}") and hold.basis != OF_INSPECTION:
        return words.say(f"hold.{hold.basis}")
    one = beside.recalls.get(hold.finding)
    return hold.finding if one is None else recall_text(one, words)


def recall_text(one: Recall, words: Words) -> str:
    """Return a recall as a cause: which, and why."""
    return words.say("recall.why", recall=one.id, reason=one.reason)


def held_note(hold: Hold, words: Words) -> str:
    """Return what must be seen beside a hold: from which unit it came, how sure it is, whether its basis stands."""
    via = [words.say("hold.via", via=hold.via)] if hold.via else []
    if not hold.certain and hold.reason:
        via.append(reason_text(hold, words))
    return " ".join(via + ([] if hold.basis_stands else [words.say("why.basis")]))


def ended_notice(beside: Beside, words: Words) -> list[str]:
    """Return that the unit is no more, if so, and which boxes have to be read out."""
    end = beside.end
    unread = [words.say("why.box.unread", box=words.say("comma").join(beside.unread))] if beside.unread else []
    if end is None:
        return unread
    return [*unread, words.say("custody.ended", how=words.say(f"stood.{end.how}"), at=words.when(end.at_ms))]


def number_text(unit: Unit) -> str:
    """Return the donation number as it is printed: facility, year, serial."""
    number = unit.donation_number
    return f"{number[:5]} {number[5:7]} {number[7:]}" if unit.scheme == "isbt128" and is_din(number) else number


def kind_text(unit: OfDonation) -> str:
    """Return what tells a unit from the others of its donation, which bear the same number; "" of one not known."""
    code = f"{unit.product_code} / {unit.division}" if unit.product_code else ""
    return " · ".join(part for part in (unit.component, code) if part)


def check_character(unit: Unit) -> str:
    """Return the boxed check character of an ISBT 128 number, or nothing."""
    number = unit.donation_number
    return din_check_character(number) if unit.scheme == "isbt128" and is_din(number) else ""
