"""The closed loop, as every store keeps it: units that live, where they are, and what people said of the loop."""

from typing import Any

import msgspec
import pytest
from support.live_units import rebuilt, say, stay, unit

from coldchain.closed_loop import EXPIRING_MS, Emergency, Handover, Member, MemberKind, Party, Plan, StockLevel
from coldchain.entries import EntryKind, Expected, Issue, Manifest
from coldchain.errors import StoreError
from coldchain.lineage import EndHow, ErrorDeclaration, ErrorOf, ErrorReason, Said, UnitEnd
from coldchain.ports import Store
from coldchain.units import Hold

START = (-1, "")
SIGNED: dict[str, Any] = {"name": "李华", "post": "engineer"}


def test_a_unit_is_inside_then_out_then_issued_then_ended(store: Store) -> None:
    say(store, (EntryKind.UNIT, unit("u1", 90)), (EntryKind.STAY, stay("u1", 1, "f", 10)))
    with store.reading() as session:
        found = session.records.live_unit("u1")
        assert found is not None
        assert (found.place, found.inside, found.entered_ms, found.left_ms) == ("f", True, 10, None)
        assert [one.unit for one in session.records.live_expiring("cn-rbc", 1, 91, 9)] == ["u1"]
        assert session.records.live_expiring("cn-rbc", 1, 90, 9) == ()
    say(store, (EntryKind.STAY, stay("u1", 1, "f", 10, 20)))
    with store.reading() as session:
        assert [one.unit for one in session.records.live_out(START, 21, 9)] == ["u1"]
        assert session.records.live_out((20, "u1"), 99, 9) == ()
        assert session.records.live_out(START, 20, 9) == ()
    say(store, (EntryKind.ISSUE, Issue(unit="u1", to="w", at_ms=20)))
    with store.reading() as session:
        assert session.records.live_out(START, 21, 9) == ()
        assert session.records.live_issued((20, 21), (20, "u1"), 9) == ()
        (issued,) = session.records.live_issued((20, 21), START, 9)
        assert (issued.inside, issued.issued_ms, issued.issued_to, issued.place) == (False, 20, "w", "f")
        assert [(one.place, one.to, one.number) for one in session.records.used(0, 21, ())] == [("f", "w", 1)]
    end = UnitEnd(unit="u1", how=EndHow.TRANSFUSED, at_ms=30, **SIGNED)
    say(store, (EntryKind.UNIT_END, end))
    with store.reading() as session:
        assert session.records.live_unit("u1") is None
        assert session.records.used(0, 21, ()) != ()
    rebuilt(store)


def test_what_expires_first_goes_first_of_what_may_go(store: Store) -> None:
    expiries = {"late": 90, "soon": 50, "unsaid": None, "same": 50, "over": 20, "elsewhere": 40}
    like = unit("like")
    for name, expires_ms in expiries.items():
        made = unit(name, expires_ms)
        place = "g" if name == "elsewhere" else "f"
        say(store, (EntryKind.UNIT, made), (EntryKind.STAY, stay(name, 1, place, 10)))
    with store.reading() as session:

        def first(*places: str, limit: int = 9, component: str = like.component) -> list[str]:
            found = session.records.first_out(places, component, like.blood_group, 20, limit)
            return [one.unit for one in found]

        assert first("f") == ["same", "soon", "late", "unsaid"]
        assert first("f", "g", limit=2) == ["elsewhere", "same"]
        assert (first(), first("f", component="plasma")) == ([], [])


def test_what_was_said_in_error_is_taken_back(store: Store) -> None:
    end = UnitEnd(unit="u1", how=EndHow.TRANSFUSED, at_ms=30, **SIGNED)
    issues = [(EntryKind.ISSUE, Issue(unit="u1", to="w", at_ms=at_ms)) for at_ms in (20, 25)]
    say(store, (EntryKind.UNIT, unit("u1")), *issues, (EntryKind.UNIT_END, end))

    def wrong(of: ErrorOf, at_ms: int, thing: str) -> ErrorDeclaration:
        said = Said(unit="u1", at_ms=at_ms, object=thing)
        return ErrorDeclaration(of=of, wrong=said, reason=ErrorReason.DID_NOT_OCCUR, note="", at_ms=40, **SIGNED)

    say(store, (EntryKind.ERROR_DECLARATION, wrong(ErrorOf.UNIT_END, 30, "")))
    say(store, (EntryKind.ERROR_DECLARATION, wrong(ErrorOf.ISSUE, 25, "w")))
    with store.reading() as session:
        found = session.records.live_unit("u1")
        assert found is not None
        assert found.issued_ms == 20
    rebuilt(store)


def test_a_unit_that_is_not_seen_is_found_until_it_is_seen(store: Store) -> None:
    gone = stay("u1", 1, "f", 10, None, certain_to_ms=30, unseen_since_ms=30)
    say(store, (EntryKind.UNIT, unit("u1")), (EntryKind.STAY, stay("u1", 1, "f", 10)), (EntryKind.STAY, gone))
    with store.reading() as session:
        (unseen,) = session.records.live_unseen(START, 31, 9)
        assert (unseen.unit, unseen.unseen_ms, unseen.inside) == ("u1", 30, False)
        assert session.records.live_unseen(START, 30, 9) == ()
    say(store, (EntryKind.STAY, stay("u1", 1, "f", 10)))
    with store.reading() as session:
        assert session.records.live_unseen(START, 99, 9) == ()
    rebuilt(store)


def test_stock_counts_what_is_released_and_mixes_what_lies_together(store: Store) -> None:
    hold = Hold(id="h", unit="u2", finding="f1", placed_ms=1, certain=True)
    places = {"u1": "f", "u2": "f", "u3": "f", "u4": "g"}
    say(
        store,
        *((EntryKind.UNIT, unit(name, 50 if name == "u3" else None, "p-" + place)) for name, place in places.items()),
        *((EntryKind.STAY, stay(name, 1, place, 10)) for name, place in places.items()),
        (EntryKind.HOLD, hold),
    )
    with store.reading() as session:
        rows = session.records.stock(50)
        assert [(one.place, one.inside, one.released, one.held) for one in rows] == [("f", 3, 1, 1), ("g", 1, 1, 0)]
        assert [one.released for one in session.records.stock(49)] == [2, 1]
        assert [(one.first_expiry_ms, one.expiring) for one in rows] == [(50, 0), (None, 0)]
        assert [one.expiring for one in session.records.stock(49)] == [1, 0]
        assert [one.expiring for one in session.records.stock(50 - EXPIRING_MS)] == [1, 0]
        assert [one.expiring for one in session.records.stock(49 - EXPIRING_MS)] == [0, 0]
        assert [(one.place, one.profile, one.number) for one in session.records.mixes()] == [
            ("f", "p-f", 3),
            ("g", "p-g", 1),
        ]
        assert [one.unit for one in session.records.live_of_profile("f", "p-f", 1, 2)] == ["u1", "u2"]


def test_the_newest_word_on_members_plans_levels_and_cases_counts(store: Store) -> None:
    member = Member(site="s", kind=MemberKind.STATION, at_ms=1, **SIGNED)
    hospital = msgspec.structs.replace(member, kind=MemberKind.HOSPITAL)
    plan = Plan(site="s", component="c", month="2026-11", units=9, at_ms=1, **SIGNED)
    level = StockLevel(site="s", component="c", blood_group="", blue=4, yellow=3, orange=2, red=1, at_ms=1, **SIGNED)
    case = Emergency(id="e", version=1, site="s", to="w", units=("u1",), reason="r", opened_ms=3, **SIGNED)
    say(
        store,
        (EntryKind.MEMBER, member),
        (EntryKind.MEMBER, hospital),
        (EntryKind.PLAN, plan),
        (EntryKind.STOCK_LEVEL, level),
        (EntryKind.EMERGENCY, case),
    )
    with store.reading() as session:
        assert session.records.members() == (hospital,)
        assert session.records.plans("2026-11") == (plan,)
        assert session.records.plans("2026-12") == ()
        assert session.records.stock_levels() == (level,)
        assert session.records.emergencies_open(9) == session.records.emergencies_of("s") == (case,)
        assert session.records.emergencies_of("w") == ()
    say(store, (EntryKind.EMERGENCY, msgspec.structs.replace(case, version=2, closed_ms=9)))
    with store.reading() as session:
        assert session.records.emergencies_open(9) == session.records.emergencies_of("s") == ()
    rebuilt(store)


def test_signatures_and_units_come_page_by_page(store: Store) -> None:
    def signed(manifest: str, party: Party, at_ms: int) -> tuple[EntryKind, Handover]:
        made = {"content": "c", "units": ("u1",), "seal": "", "documents": (), **SIGNED}
        return EntryKind.HANDOVER, Handover(manifest=manifest, party=party, at_ms=at_ms, **made)

    both = [signed("m-1", Party.GIVER, 5), signed("m-1", Party.RECEIVER, 6)]
    say(store, *both, signed("m-2", Party.GIVER, 5), signed("m-3", Party.RECEIVER, 9))
    units = [(EntryKind.UNIT, unit(f"u{n}")) for n in range(3)]
    out = [(EntryKind.STAY, stay(f"u{n}", 1, "f", 10, 20)) for n in range(3)]
    say(store, *units, *((EntryKind.STAY, stay(f"u{n}", 1, "f", 10)) for n in range(3)), *out)
    with store.reading() as session:
        records = session.records
        assert [one.manifest for one in records.handovers_after(START, 2)] == ["m-1", "m-2"]
        assert [one.manifest for one in records.handovers_alone(START, 9)] == ["m-2", "m-3"]
        assert [one.manifest for one in records.handovers_alone((5, "m-2"), 9)] == ["m-3"]
        assert records.receipts_after(START, 9) == ()
        first = records.live_out(START, 99, 2)
        assert [one.unit for one in first] == ["u0", "u1"]
        assert [one.unit for one in records.live_out((20, "u1"), 99, 2)] == ["u2"]


def test_journeys_that_ended_are_read_the_newest_first_with_when_they_did(store: Store) -> None:
    def packed(name: str, at: int) -> tuple[EntryKind, Manifest]:
        made = Manifest(id=name, box="box-1", units=("u1",), packed_ms=at, destination="市医院", expected_ms=at + 9)
        return EntryKind.MANIFEST, made

    def signed(manifest: str, party: Party, at_ms: int) -> tuple[EntryKind, Handover]:
        made = {"content": "c", "units": ("u1",), "seal": "", "documents": (), **SIGNED}
        return EntryKind.HANDOVER, Handover(manifest=manifest, party=party, at_ms=at_ms, **made)

    lists = [packed(f"m-{n}", n) for n in range(1, 6)]
    say(store, *lists, signed("m-1", Party.GIVER, 11), signed("m-1", Party.RECEIVER, 20))
    say(store, signed("m-2", Party.RECEIVER, 30), signed("m-3", Party.GIVER, 12), signed("m-4", Party.RECEIVER, 30))
    with store.reading() as session:
        records = session.records
        ended = [(one.id, at_ms) for one, at_ms in records.journeys_before(30, 9)]
        assert ended == [("m-4", 30), ("m-2", 30), ("m-1", 20)]
        assert [one.id for one, _ in records.journeys_before(30, 2)] == ["m-4", "m-2"]
        assert records.journeys_before(29, 9) == ((lists[0][1], 20),)
        assert [one.id for one in records.packed_from(2, 2)] == ["m-2", "m-3"]
        assert records.packed_from(6, 9) == ()


def test_a_packing_list_is_amended_in_its_place_and_none_that_is_not_there(store: Store) -> None:
    first = Manifest(id="m-1", box="box-1", units=("u1",), packed_ms=5, destination="市医院", expected_ms=9)
    said = [Expected(expected_ms=n * 10, reason="堵车", at_ms=n, name="赵敏", post="送血员") for n in (6, 7)]
    lists = [msgspec.structs.replace(first, moved=tuple(said[:n])) for n in (0, 1, 2)]
    other = msgspec.structs.replace(first, id="m-2", packed_ms=6)
    say(store, (EntryKind.MANIFEST, first), (EntryKind.MANIFEST, other))
    for one in lists[1:]:
        say(store, (EntryKind.MANIFEST_AMENDMENT, one))
        with store.reading() as session:
            assert session.records.manifest("m-1") == one
            assert session.records.manifests("box-1") == (one, other)
    say(
        store,
        (EntryKind.MANIFEST_AMENDMENT, msgspec.structs.replace(other, moved=(said[1],))),
        (EntryKind.MANIFEST, msgspec.structs.replace(first, id="m-3")),
    )
    rebuilt(store)
    before = store.projection_dump()
    with pytest.raises(StoreError, match="m-9"):
        say(store, (EntryKind.MANIFEST_AMENDMENT, msgspec.structs.replace(first, id="m-9", moved=(said[0],))))
    assert store.projection_dump() == before


def test_a_withdrawn_stay_gives_way_to_the_one_before_it(store: Store) -> None:
    first, second = stay("u1", 1, "f", 10, 20), stay("u1", 2, "g", 30)
    say(store, (EntryKind.UNIT, unit("u1")), (EntryKind.STAY, stay("u1", 1, "f", 10)), (EntryKind.STAY, first))
    say(store, (EntryKind.STAY, second))
    say(store, (EntryKind.STAY, msgspec.structs.replace(second, withdrawn=True)))
    with store.reading() as session:
        found = session.records.live_unit("u1")
        assert found is not None
        assert (found.place, found.inside, found.entered_ms, found.left_ms) == ("f", False, 10, 20)
        assert [one.unit for one in session.records.live_out(START, 21, 9)] == ["u1"]
    say(store, (EntryKind.STAY, msgspec.structs.replace(first, withdrawn=True)))
    with store.reading() as session:
        found = session.records.live_unit("u1")
        assert found is not None
        assert (found.place, found.inside, found.entered_ms, found.left_ms) == ("", False, None, None)
    rebuilt(store)


def test_what_came_back_is_not_used_and_a_box_is_no_coming_back(store: Store) -> None:
    say(store, (EntryKind.UNIT, unit("u1")), (EntryKind.ISSUE, Issue(unit="u1", to="w", at_ms=20)))
    say(store, (EntryKind.STAY, stay("u1", 1, "f", 25)))
    with store.reading() as session:
        assert session.records.used(0, 21, ()) == ()
        assert session.records.used(0, 21, ("g",)) == ()
        assert [one.number for one in session.records.used(0, 21, ("f", "g"))] == [1]
