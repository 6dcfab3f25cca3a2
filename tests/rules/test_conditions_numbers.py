"""Rules of units that no other test has on both sides of their numbers: A08, A09, A12, A13, A14, A17-A19, A40, A42."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

import rules
from coldchain.alarms import Condition, Severity
from coldchain.closed_loop import ClockName, ClockState, Emergency, Handover, LiveUnit, Party, UnitClock
from coldchain.entries import Issue, Receipt
from coldchain.places import Place, Text
from rules.conditions_units import (
    of_case,
    of_expiry,
    of_handover,
    of_none_left,
    of_outing,
    of_receipt,
    of_stock,
    of_transfer,
    of_transfusion,
)
from rules.profile import load_profile
from rules.stock import Level, Stock

MINUTE, HOUR, T0 = 60_000, 3_600_000, 1_780_000_000_000
PLACE = Place(id="f", site="s", name=Text(zh="冰箱", en="Fridge"), profile="cn-rbc", profile_version=3)
SIGNED: dict[str, Any] = {"name": "n", "post": "p"}


def live(name: str = "u", expires_ms: int | None = None) -> LiveUnit:
    return LiveUnit(
        unit=name,
        component="red cells",
        blood_group="O+",
        profile="cn-rbc",
        profile_version=3,
        expires_ms=expires_ms,
        place="f",
        inside=True,
        entered_ms=T0,
        left_ms=None,
        unseen_ms=None,
        issued_ms=T0,
        issued_to="ward",
        exposed_ms=None,
    )


def clock(name: ClockName, state: ClockState, minutes: int) -> UnitClock:
    most = minutes * MINUTE
    return UnitClock(
        clock=name, state=state, running=True, since_ms=T0, most_ms=most, warn_ms=20 * MINUTE, limit_ms=30 * MINUTE
    )


def said(found: Condition | None) -> tuple[str, str, Severity] | None:
    return None if found is None else (found.rule, str(found.values["what"]), found.severity)


@pytest.mark.parametrize(
    ("state", "word"), [(ClockState.WITHIN, None), (ClockState.WARNED, "warned"), (ClockState.OVER, "over")]
)
def test_a_unit_out_of_storage_and_one_at_the_ward_are_said_as_their_clocks_say(
    state: ClockState, word: str | None
) -> None:
    out = of_outing(live(), None, PLACE, clock(ClockName.OUTING, state, 25))
    ward = of_transfusion(live(), Issue(unit="u", to="w", at_ms=T0), PLACE, clock(ClockName.FOUR_HOURS, state, 225))
    assert said(out) == (None if word is None else ("A08", word, Severity.HIGH))
    assert said(ward) == (None if word is None else ("A09", word, Severity.HIGH))


def test_a_product_is_presumed_lost_beyond_its_temperature_and_not_at_the_other_side_of_it() -> None:
    folder = Path(rules.__file__).parent / "profiles"
    plasma = load_profile((folder / "cn-ffp-2.toml").read_bytes())
    cells = load_profile((folder / "au-rbc-1.toml").read_bytes())
    thaws, freezes = plasma.thaw_micro_celsius, cells.freeze_micro_celsius
    assert thaws is not None
    assert freezes is not None
    assert (plasma.lost_rule(thaws), plasma.lost_rule(thaws + 1)) == (None, "A12")
    assert (cells.lost_rule(freezes + 1), cells.lost_rule(freezes)) == (None, "A13")


def test_what_expires_is_said_before_and_after() -> None:
    warn_ms = 7 * 24 * HOUR
    units = [live("gone", T0), live("near", T0 + 1), live("far", T0 + warn_ms + 1)]
    found = [
        (*(said(one) or ()), one.values["unit"], one.values["number"]) for one in of_expiry(PLACE, units, warn_ms, T0)
    ]
    assert found == [("A14", "expired", Severity.HIGH, "gone", 1), ("A14", "near", Severity.MEDIUM, "near", 1)]
    assert of_expiry(PLACE, [live("none"), live("far", T0 + warn_ms + 1)], warn_ms, T0) == []


def test_an_issue_from_member_to_member_is_said() -> None:
    issue = Issue(unit="u", to="hospital-2", at_ms=T0)
    assert said(of_transfer(live(), issue, PLACE, barred=True)) == ("A17", "transfer", Severity.HIGH)
    assert of_transfer(live(), issue, PLACE, barred=False) is None


def test_a_hand_over_is_incomplete_after_a_quarter_of_an_hour_until_two_have_signed() -> None:
    def signed(*parties: Party) -> list[Handover]:
        made: dict[str, Any] = {"manifest": "l", "content": "c", "units": (), "seal": "", "documents": (), "at_ms": T0}
        return [Handover(party=one, **made, **SIGNED) for one in parties]

    def told(minutes: int, *parties: Party) -> tuple[str, str, Severity] | None:
        return said(of_handover("l", PLACE, T0, signed(*parties), T0 + minutes * MINUTE))

    assert (told(14), told(15)) == (None, ("A18", "none", Severity.HIGH))
    assert told(15, Party.GIVER) == ("A18", "giver", Severity.HIGH)
    assert told(99, Party.GIVER, Party.RECEIVER) is None


def test_what_a_crate_lacks_and_has_too_many_is_said() -> None:
    made: dict[str, Any] = {"id": "r", "version": 1, "reader": "t", "place": "f", "manifest": "l", "from_ms": T0 - 1}
    made |= {"to_ms": T0, "unknown_tags": (), "cycles": 1, "rate_reads": 1, "rate_cycles": 1}
    receipt = Receipt(expected=("a", "b"), read=("a", "c"), **made)
    assert [said(one) for one in of_receipt(receipt, PLACE)] == [
        ("A19", "missing", Severity.HIGH),
        ("A19", "extra", Severity.HIGH),
    ]
    assert of_receipt(receipt, PLACE, {"b", "c"}) == []


def test_a_stock_is_said_by_its_level_and_when_holds_have_taken_all() -> None:
    stock = Stock(
        site="s",
        component="c",
        blood_group="O+",
        released=2,
        waiting=0,
        aside=0,
        held=0,
        reserved=0,
        used=0,
        cover_tenths=None,
        level=Level.RED,
        limit=3,
    )
    assert said(of_stock(stock, T0)) == ("A40", "red", Severity.CRITICAL)
    assert of_stock(msgspec.structs.replace(stock, level=Level.ENOUGH), T0) is None
    gone = msgspec.structs.replace(stock, released=0, held=1)
    assert said(of_none_left(gone, "s", T0)) == ("A40", "none-left", Severity.CRITICAL)
    assert of_none_left(stock, "s", T0) is None


def test_an_emergency_case_is_said_after_a_day_until_it_is_closed() -> None:
    case = Emergency(id="e", version=1, site="s", to="w", units=(), reason="r", opened_ms=T0, **SIGNED)
    assert of_case(case, T0 + 24 * HOUR - 1) is None
    assert said(of_case(case, T0 + 24 * HOUR)) == ("A42", "open", Severity.MEDIUM)
    assert of_case(msgspec.structs.replace(case, closed_ms=T0), T0 + 24 * HOUR) is None
