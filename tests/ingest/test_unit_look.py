"""What a desk sees of units: page by page, none hidden by others, and nothing ends but by a fact."""

from pathlib import Path
from typing import Any

import pytest
from support.intake import END, HOUR, SITE, START, pipeline_on
from support.memory_store import MemoryStore

import rules
from coldchain.alarms import Condition
from coldchain.places import Place, PlaceKind, Text
from coldchain.ports import Store
from coldchain.units import IssueUnit, PackBox, PlaceUnit, RegisterUnit, Unit
from ingest import sweeps
from ingest.conditions import Watch
from ingest.conditions_units import UnitLook, quick_conditions, slow_conditions, unit_conditions
from ingest.pipeline import Pipeline
from rules.profile import profile_record

MINUTE, DAY = 60_000, 24 * HOUR
AT = START + 3 * HOUR
WARD, BOX = "ward-fridge", "box-9"


def bag(name: str, profile: str = "uk-rbc") -> Unit:
    label: dict[str, Any] = {"division": "00", "component": "red cells", "blood_group": "O+"}
    made: dict[str, Any] = {"issuer": "s", "scheme": "local", "donation_number": f"d-{name}", "product_code": "P"}
    return Unit(id=name, profile=profile, profile_version=1, **made, **label)


def centre(store: Store, bags: int = 1, profile: str = "uk-rbc") -> Pipeline:
    pipeline = pipeline_on(store)
    folder = Path(rules.__file__).parent / "profiles"
    things: list[Any] = [profile_record((folder / f"{name}-1.toml").read_bytes()) for name in {"uk-rbc", profile}]
    for name, kind in ((WARD, PlaceKind.FRIDGE), (BOX, PlaceKind.BOX)):
        text = Text(zh="处", en="Place")
        things.append(Place(id=name, site=SITE, name=text, profile="uk-rbc", profile_version=1, kind=kind))
    pipeline.set_up(things, START)
    for number in range(bags):
        pipeline.record(RegisterUnit(unit=bag(f"b-{number:03}", profile), actor="t"), END)
        pipeline.record(put(f"b-{number:03}", WARD, -2 * HOUR), END)
    return pipeline


def put(unit: str, place: str | None, after_ms: int) -> PlaceUnit:
    return PlaceUnit(unit=unit, place=place, at_ms=AT + after_ms, actor="t")


def issue(unit: str, after_ms: int = 0) -> IssueUnit:
    return IssueUnit(unit=unit, to="ward-3", at_ms=AT + after_ms, actor="t")


def seen(store: Store, after_ms: int) -> dict[str, Condition]:
    with store.reading() as session:
        return {one.rule: one for one in quick_conditions(session, AT + after_ms)}


def test_a_bag_that_is_carried_to_the_ward_in_a_box_is_issued_all_the_same() -> None:
    store = MemoryStore()
    pipeline = centre(store)
    pipeline.record(issue("b-000"), END)
    packed = PackBox(manifest="m", box=BOX, units=("b-000",), at_ms=AT + MINUTE, destination="w", actor="t")
    pipeline.record(packed, END)
    assert "A09" in seen(store, 4 * HOUR)
    pipeline.record(put("b-000", None, HOUR), END)
    late = seen(store, 5 * HOUR)
    assert ("A09" in late, "A08" in late) == (True, False)
    assert "A39" in seen(store, DAY + HOUR)
    assert "A39" in seen(store, 400 * DAY), "no calendar ends it"


def test_a_forgotten_bag_is_said_until_it_is_back_however_many_others_left() -> None:
    store = MemoryStore()
    pipeline = centre(store, 12)
    pipeline.record(put("b-000", None, -HOUR), END)
    for number in range(1, 12):
        pipeline.record(issue(f"b-{number:03}", -MINUTE), END)
    for after_ms in (0, DAY, 30 * DAY):
        one = seen(store, after_ms)["A08"]
        assert (one.subject, one.values) == (WARD, {"what": "over-several", "number": 1, "unit": "b-000"})
    pipeline.record(put("b-000", WARD, 2 * HOUR), END)
    assert "A08" not in seen(store, 3 * HOUR)


def test_page_by_page_everything_is_said_and_what_was_said_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "PAGE", 2)
    monkeypatch.setattr("ingest.conditions_units.PAGE", 2)
    store = MemoryStore()
    pipeline = centre(store, 5)
    for number in range(5):
        pipeline.record(put(f"b-{number:03}", None, number * MINUTE), END)
    look, numbers = UnitLook(), []
    for turn in range(6):
        with store.reading() as session:
            found = {one.rule: one for one in look(session, AT + 2 * HOUR + turn)}
        numbers.append((found["A08"].values["number"], look.complete))
    assert numbers == [(2, False), (4, False), (5, True), (5, True), (5, True), (5, True)]
    pipeline.record(put("b-004", WARD, HOUR), END)
    found = {}
    for _ in range(3):
        with store.reading() as session:
            found = {one.rule: one for one in look(session, AT + 2 * HOUR)}
    assert found["A08"].values["number"] == 4


def test_a_whole_load_in_the_wrong_place_is_one_alarm() -> None:
    store = MemoryStore()
    centre(store, 5, "nz-plt")
    with store.reading() as session:
        (one,) = [one for one in slow_conditions(session, AT) if one.rule == "A10"]
    assert (one.subject, one.values["what"], one.values["number"]) == (WARD, "wrong-several", 5)


def test_two_desks_never_share_a_word() -> None:
    full, empty = MemoryStore(), MemoryStore()
    centre(full, 2, "nz-plt")
    first, second = Watch([unit_conditions]), Watch([unit_conditions])
    with full.reading() as session:
        said = [one.rule for one in first.look(session, AT)]
        assert said == ["A10", "A40"]  # units in a wrong place are on hold, which leaves nothing of their group
    with empty.reading() as session:
        assert second.look(session, AT) == []
