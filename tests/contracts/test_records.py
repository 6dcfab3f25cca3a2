"""Contract of coldchain.ports.Records: what the ledger says now, in the order that is named."""

from typing import Any

import msgspec
import pytest
from support import store_words as words

from coldchain.entries import EntryKind, Placement
from coldchain.errors import StoreError
from coldchain.ports import Records, Store
from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent, SecurityKind
from coldchain.units import FindingStatus

DAY = 86_400_000


def keep(store: Store, kind: EntryKind, *payloads: msgspec.Struct) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload) for payload in payloads], 5)


@pytest.mark.parametrize(
    ("kind", "make", "method"),
    [
        (EntryKind.GATEWAY, words.gateway, "gateways"),
        (EntryKind.PLACE, words.place, "places"),
        (EntryKind.PROBE, words.probe, "probes"),
        (EntryKind.READER, words.reader, "readers"),
        (EntryKind.CONTACT, words.contact, "contacts"),
        (EntryKind.UNIT, words.unit, "units"),
    ],
)
def test_things_come_back_by_id_and_the_newest_entry_counts(
    store: Store, kind: EntryKind, make: Any, method: str
) -> None:
    changed = {"site": "s-2"} if kind in {EntryKind.GATEWAY, EntryKind.PLACE} else {"place": "fridge-2"}
    changed = {"blood_group": "AB-"} if kind is EntryKind.UNIT else changed
    newer = msgspec.structs.replace(make("b-1"), **changed)
    keep(store, kind, make("c-1"), make("b-1"), make("a-1"), make("b-10"), newer)
    with store.reading() as session:
        found = getattr(session.records, method)()
    assert found == (make("a-1"), newer, make("b-10"), make("c-1"))


def test_a_place_and_a_unit_are_found_by_name_or_not(store: Store) -> None:
    keep(store, EntryKind.PLACE, words.place())
    keep(store, EntryKind.UNIT, words.unit())
    with store.reading() as session:
        assert session.records.place("fridge-1") == words.place()
        assert session.records.place("fridge-2") is None
        assert session.records.unit("unit-1") == words.unit()
        assert session.records.unit("unit-2") is None


def test_profile_versions_stand_beside_each_other(store: Store) -> None:
    keep(store, EntryKind.PROFILE, words.profile(10), words.profile(9), words.profile(1, "cn-plasma"))
    with store.reading() as session:
        assert session.records.profile("cn-rbc", 9) == words.profile(9)
        assert session.records.profile("cn-rbc", 1) is None
        found = session.records.profiles()
    assert found == (words.profile(1, "cn-plasma"), words.profile(9), words.profile(10))


def test_units_come_in_pages(store: Store) -> None:
    keep(store, EntryKind.UNIT, *(words.unit(f"unit-{i}") for i in range(9)))
    with store.reading() as session:
        assert [unit.id for unit in session.records.units(limit=2)] == ["unit-0", "unit-1"]
        assert [unit.id for unit in session.records.units("unit-6", 5)] == ["unit-7", "unit-8"]


def test_a_unit_is_found_by_its_whole_identity_only(store: Store) -> None:
    other = words.unit("unit-2", donation_number="D-unit-1", division="01")
    keep(store, EntryKind.UNIT, words.unit("unit-1"), other)
    with store.reading() as session:
        find = session.records.unit_by_identity
        assert find("storage-1", "local", "D-unit-1", "RBC", "00") == words.unit("unit-1")
        assert find("storage-1", "local", "D-unit-1", "RBC", "01") == other
        assert find("storage-2", "local", "D-unit-1", "RBC", "00") is None
        assert find("storage-1", "isbt128", "D-unit-1", "RBC", "00") is None


def test_units_of_a_donation_number_are_found_whatever_else_tells_them_apart(store: Store) -> None:
    first = words.unit("unit-9")
    others = [
        words.unit("unit-2", donation_number="D-unit-9", division="01"),
        words.unit("unit-3", donation_number="D-unit-9", issuer="storage-2"),
    ]
    keep(store, EntryKind.UNIT, first, *others, words.unit("unit-4"))
    with store.reading() as session:
        assert session.records.units_by_number("D-unit-9") == (*others, first)
        assert session.records.units_by_number("D-unit-9", 2) == tuple(others)
        assert session.records.units_by_number("D-unit") == ()


def test_bindings_of_a_tag_and_of_a_unit_are_in_order_of_time(store: Store) -> None:
    first, second = words.binding(from_ms=1), words.binding(unit_id="unit-2", from_ms=2)
    third = words.binding(epc="AAAA", unit_id="unit-2", from_ms=0)
    keep(store, EntryKind.BINDING, second, third, first, second)
    with store.reading() as session:
        assert session.records.bindings_of_epc(words.EPC) == (first, second)
        assert session.records.bindings_of_unit("unit-2") == (third, second)
        assert session.records.bindings_of_unit("unit-3") == ()


def test_placements_are_in_order_of_time_and_out_of_all_places_comes_first(store: Store) -> None:
    said = [Placement(unit="unit-1", place=place, at_ms=at_ms) for place, at_ms in [("b", 2), (None, 2), ("a", 1)]]
    keep(store, EntryKind.PLACEMENT, *said)
    with store.reading() as session:
        assert session.records.placements_of_unit("unit-1") == (said[2], said[1], said[0])
        assert session.records.placements_of_unit("unit-2") == ()


def test_events_with_a_tag_are_presence_and_the_others_belong_to_the_place(store: Store) -> None:
    door = [words.event(i, taken_ms=ms) for i, ms in [(1, 3_000), (2, 1_000), (3, 2_000)]]
    elsewhere = words.event(4, place="fridge-2", taken_ms=1_500)
    same_time = words.event(3, gateway="gw-0", taken_ms=2_000, details={"door": "upper", "count": 3})
    tags = [words.event(i, kind="arrived", epc=words.EPC, taken_ms=ms) for i, ms in [(5, 2_500), (6, 900)]]
    keep(store, EntryKind.DEVICE_EVENT, *door, elsewhere, same_time, *tags)
    with store.reading() as session:
        found = session.records.events_in_place("fridge-1", 1_000, 3_000)
        assert found == (door[1], same_time, door[2])
        assert session.records.presence_of_epc(words.EPC) == (tags[1], tags[0])
        assert session.records.presence_of_epc("AAAA") == ()


def test_packing_lists_are_found_by_name_and_in_order_of_time(store: Store) -> None:
    late, early = words.manifest("a", packed_ms=9, units=()), words.manifest("c", packed_ms=3)
    same_time, elsewhere = words.manifest("b", packed_ms=3), words.manifest("d", packed_ms=5, box="box-2")
    keep(store, EntryKind.MANIFEST, late, early, same_time, elsewhere)
    with store.reading() as session:
        assert session.records.manifest("c") == early
        assert session.records.manifest("list-1") is None
        assert session.records.manifests() == (same_time, early, elsewhere, late)
        assert session.records.manifests("box-1") == (same_time, early, late)
        assert session.records.manifests("box-3") == ()


def test_issues_of_a_unit_are_in_order_of_time_and_of_whom(store: Store) -> None:
    first, second, third = words.issue(at_ms=5), words.issue(to="ward a", at_ms=9), words.issue(to="ward b", at_ms=9)
    keep(store, EntryKind.ISSUE, third, first, second, words.issue("unit-2"), first)
    with store.reading() as session:
        assert session.records.issues_of_unit("unit-1") == (first, second, third)
        assert session.records.issues_of_unit("unit-3") == ()


def test_the_last_word_of_a_contact_is_the_newest_before_an_instant(store: Store) -> None:
    said = [words.event(i, taken_ms=ms) for i, ms in [(1, 3_000), (2, 1_000), (3, 2_000)]]
    same_time = words.event(3, epoch="e0", taken_ms=2_000, kind="door-closed")
    other, moved = words.event(4, origin="fridge-2-door", taken_ms=2_500), words.event(5, place="fridge-2")
    tag = words.event(6, kind="arrived", epc=words.EPC, taken_ms=2_800)
    keep(store, EntryKind.DEVICE_EVENT, *said, same_time, other, moved, tag)
    with store.reading() as session:
        last = session.records.last_event
        assert [last("fridge-1-door", ms) for ms in (1_000, 1_001, 2_001, 3_000)] == [None, said[1], said[2], said[2]]
        assert last("fridge-1-door", 10**15) == moved
        assert last("nobody", 10**15) is None
        assert session.records.events_of("fridge-1-door", 1_000, 3_000) == (said[1], same_time, said[2])
        assert session.records.events_of("fridge-2-door", 0, 10**15) == (other,)


def test_that_a_contact_is_silent_is_not_its_last_word_and_a_kind_may_be_asked_for(store: Store) -> None:
    opened, closed = words.event(1), words.event(2, kind="door-closed")
    silent, back = words.event(3, kind="device-silent"), words.event(4, kind="device-back")
    keep(store, EntryKind.DEVICE_EVENT, opened, closed, silent, back)
    with store.reading() as session:
        last = session.records.last_event
        assert last("fridge-1-door", 10**6) == closed
        assert last("fridge-1-door", 10**6, {"door-opened"}) == opened
        assert last("fridge-1-door", 10**6, ["door-opened", "device-silent"]) == silent
        assert last("fridge-1-door", 10**6, ["battery"]) is None
        assert session.records.events_of("fridge-1-door", 0, 10**6) == (opened, closed, silent, back)


def test_gaps_of_a_gateway_are_in_order_of_time(store: Store) -> None:
    said = [words.gap(1, from_ms=9), words.gap(2, from_ms=3), words.gap(2, from_ms=3, epoch="e0")]
    keep(store, EntryKind.GAP, *said, words.gap(1, gateway="gw-2"))
    with store.reading() as session:
        assert session.records.gaps("gw-1") == (said[2], said[1], said[0])


def test_of_a_finding_the_highest_version_counts(store: Store) -> None:
    closed = words.finding(version=5, end_ms=30_000, status=FindingStatus.CLOSED, out_ms=20_000)
    keep(store, EntryKind.FINDING, words.finding(), closed)
    with store.reading() as session:
        assert session.records.finding("finding-1") == closed
        assert session.records.finding("finding-2") is None
        assert session.records.findings() == (closed,)


FINDINGS = [
    words.finding("f-open", start_ms=500),
    words.finding("f-closed", start_ms=100, end_ms=200, status=FindingStatus.CLOSED),
    words.finding("f-air", start_ms=100, end_ms=300, status=FindingStatus.WITHDRAWN, probe="fridge-1-air"),
    words.finding("f-other", start_ms=150, place="fridge-2", probe="fridge-2-load"),
]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["f-air", "f-closed", "f-other", "f-open"]),
        ({"place": "fridge-1"}, ["f-air", "f-closed", "f-open"]),
        ({"probe": "fridge-1-load"}, ["f-closed", "f-open"]),
        ({"status": FindingStatus.OPEN}, ["f-other", "f-open"]),
        ({"overlapping": (200, 500)}, ["f-air", "f-other"]),
        ({"overlapping": (199, 501)}, ["f-air", "f-closed", "f-other", "f-open"]),
        ({"overlapping": (0, 100)}, []),
        ({"place": "fridge-1", "status": FindingStatus.CLOSED, "overlapping": (0, 101)}, ["f-closed"]),
    ],
)
def test_findings_are_chosen_by_all_that_is_asked(store: Store, asked: dict[str, Any], expected: list[str]) -> None:
    keep(store, EntryKind.FINDING, *FINDINGS)
    with store.reading() as session:
        assert [finding.id for finding in session.records.findings(**asked)] == expected


def inside(records: Records, from_ms: int, to_ms: int | None) -> list[tuple[str, int]]:
    return [(stay.unit, stay.number) for stay in records.stays_in_place("fridge-1", from_ms, to_ms)]


def test_who_was_possibly_inside_is_found_for_short_long_and_open_stays(store: Store) -> None:
    keep(
        store,
        EntryKind.STAY,
        words.stay("u-open", 1, possible_from_ms=100 * DAY),
        words.stay("u-short", 1, possible_from_ms=100 * DAY, possible_to_ms=101 * DAY),
        words.stay("u-49", 1, possible_from_ms=51 * DAY, possible_to_ms=100 * DAY + 1),
        words.stay("u-long", 2, possible_from_ms=0, possible_to_ms=100 * DAY + 1),
        words.stay("u-other", 1, place="fridge-2"),
        words.stay("u-gone", 1, withdrawn=True),
    )
    with store.reading() as session:
        records = session.records
        assert inside(records, 100 * DAY, 101 * DAY) == [("u-49", 1), ("u-long", 2), ("u-open", 1), ("u-short", 1)]
        assert inside(records, 100 * DAY + 1, 101 * DAY) == [("u-open", 1), ("u-short", 1)]
        assert inside(records, 99 * DAY, 100 * DAY) == [("u-49", 1), ("u-long", 2)]
        assert inside(records, 101 * DAY, None) == [("u-open", 1)]
        assert inside(records, 0, 1) == [("u-long", 2)]
        assert inside(records, 0, None) == [("u-49", 1), ("u-long", 2), ("u-open", 1), ("u-short", 1)]


def test_a_stay_is_replaced_by_its_newer_entry_and_read_by_unit_with_the_withdrawn(store: Store) -> None:
    closed = words.stay("unit-1", 2, possible_to_ms=9_000, certain_to_ms=8_000, left_by="left")
    gone = words.stay("unit-1", 10, withdrawn=True)
    keep(store, EntryKind.STAY, words.stay("unit-1", 2), gone, words.stay("unit-2", 1), closed)
    with store.reading() as session:
        assert session.records.stays_of_unit("unit-1") == (closed, gone)
        assert inside(session.records, 9_000, None) == [("unit-2", 1)]


def test_exposures_are_read_by_unit_and_by_finding(store: Store) -> None:
    early = words.exposure("unit-1", "finding-2", from_ms=5)
    late = words.exposure("unit-1", "finding-1", from_ms=6)
    gone = words.exposure("unit-0", "finding-1", withdrawn=True)
    keep(store, EntryKind.EXPOSURE, words.exposure("unit-1", "finding-1", from_ms=1), early, late, gone)
    with store.reading() as session:
        assert session.records.exposures_of_unit("unit-1") == (early, late)
        assert session.records.exposures_of_finding("finding-1") == (gone, late)


def test_holds_are_read_in_order_of_time(store: Store) -> None:
    fallen = words.hold("hold-1", placed_ms=30, basis_stands=False)
    second, third = words.hold("hold-3", placed_ms=10), words.hold("hold-2", "unit-2", placed_ms=10)
    keep(store, EntryKind.HOLD, words.hold("hold-1", placed_ms=30), second, third, fallen)
    with store.reading() as session:
        assert session.records.holds() == (third, second, fallen)
        assert session.records.holds_of_unit("unit-1") == (second, fallen)


def test_tags_that_nobody_bound_are_told_whichever_came_first(store: Store) -> None:
    def seen(number: int, epc: str) -> msgspec.Struct:
        return words.event(number, kind="arrived", epc=epc)

    keep(store, EntryKind.BINDING, words.binding(epc="BBBB"))
    keep(store, EntryKind.DEVICE_EVENT, seen(1, "CCCC"), seen(2, "AAAA"), seen(3, "BBBB"), seen(4, "AAAA"))
    with store.reading() as session:
        assert session.records.unbound_tags() == ("AAAA", "CCCC")
    keep(store, EntryKind.BINDING, words.binding(epc="AAAA"), words.binding(epc="DDDD"))
    with store.reading() as session:
        assert session.records.unbound_tags() == ("CCCC",)


def test_what_is_said_of_where_probes_hang_comes_back_by_place_and_serial(store: Store) -> None:
    first, second = words.position(10), words.position(30, serial="s-2")
    moved = words.position(40, probe="fridge-2-load", place="fridge-2")
    keep(store, EntryKind.POSITION, second, moved, first, words.position(30, serial="s-3"))
    keep(store, EntryKind.COMMISSIONING, words.commissioning(50), words.commissioning(20))
    keep(store, EntryKind.WORK_STATE, words.work(9), words.work(9, begins=False, until_ms=None), words.work(5))
    keep(store, EntryKind.CROSSING, words.crossing(), words.crossing(stands=False), words.crossing(place="c"))
    with store.reading() as session:
        records = session.records
        assert records.positions_in("fridge-1") == (first, words.position(30, serial="s-3"))
        assert records.positions_of_serial("s-1") == (first, moved)
        assert records.positions_of_serial("s-2") == ()
        assert records.commissionings_in("fridge-1") == (words.commissioning(20), words.commissioning(50))
        assert [(word.at_ms, word.begins) for word in records.work_in("fridge-1")] == [(5, True), (9, False), (9, True)]
        assert records.work_in("fridge-2") == ()
        assert records.crossings_of("fridge-2") == (words.crossing(place="c"),)
        assert records.crossings_of("fridge-1") == ()


def test_keys_stand_beside_each_other_and_the_newest_word_on_one_counts(store: Store) -> None:
    old, new = (GatewayKey(gateway="gw-1", key=digit * 64, from_ms=at_ms) for digit, at_ms in (("a", 5), ("b", 3)))
    other = GatewayKey(gateway="gw-0", key="c" * 64, from_ms=9)
    retired = msgspec.structs.replace(old, until_ms=8)
    keep(store, EntryKind.GATEWAY_KEY, old, new, other, retired)
    with store.reading() as session:
        assert session.records.gateway_keys() == (other, new, retired)


def test_security_events_come_newest_first(store: Store) -> None:
    made = [
        SecurityEvent(id=f"s-{n}", kind=SecurityKind.NUMBER_REUSED, gateway="gw-1", at_ms=at_ms, detail="x")
        for n, at_ms in ((1, 7), (2, 9), (3, 9))
    ]
    keep(store, EntryKind.SECURITY_EVENT, *made)
    with store.reading() as session:
        assert session.records.security_events() == (made[2], made[1], made[0])
        assert session.records.security_events(1) == (made[2],)
        assert [session.records.security_event(name) for name in ("s-1", "s-4")] == [made[0], None]


def test_commands_come_newest_first_of_one_gateway_or_of_all(store: Store) -> None:
    made = [
        CommandRecord(id=f"c-{n}", gateway=gateway, command="restart", args={"a": 1}, issued_ms=at_ms, expires_ms=99)
        for n, gateway, at_ms in ((1, "gw-1", 5), (2, "gw-2", 6), (3, "gw-1", 7))
    ]
    keep(store, EntryKind.COMMAND, *made)
    with store.reading() as session:
        assert session.records.commands("gw-1") == (made[2], made[0])
        assert session.records.commands("gw-1", 5) == (made[2],)
        assert session.records.commands(issued_after_ms=5) == (made[2], made[1])
        assert session.records.commands(limit=1) == (made[2],)
        assert session.records.command("c-2") == made[1]
        assert session.records.command("c-9") is None
    with pytest.raises(StoreError):
        keep(store, EntryKind.COMMAND, made[0])


def test_a_claim_is_found_by_its_token_and_its_newest_word_counts(store: Store) -> None:
    one, two = (
        ClaimRecord(id=f"claim-{n}", gateway="gw-1", token_sha256=f"{n}" * 64, serial="", expires_ms=n) for n in (1, 2)
    )
    used = msgspec.structs.replace(one, used_ms=7, key="a" * 64)
    keep(store, EntryKind.CLAIM, one, two, used)
    with store.reading() as session:
        assert session.records.claim_of_token("1" * 64) == used
        assert session.records.claim_of_token("3" * 64) is None
        assert session.records.claims() == (two, used)
        assert session.records.claims(1) == (two,)


def test_the_words_of_a_gateway_on_its_clock_come_back_by_epoch_and_number(store: Store) -> None:
    said = {"origin": "gw-1", "place": ""}
    second = words.event(2, **said, kind="clock-stepped", taken_ms=9_000)
    first = words.event(9, **said, kind="clock-set", epoch="e0")
    third = words.event(10, **said, kind="clock-set")
    others = [words.event(3, **said, kind="clock-drift"), words.event(4, **{**said, "origin": "gw-2"}, gateway="gw-2")]
    keep(store, EntryKind.DEVICE_EVENT, third, second, first, *others)
    with store.reading() as session:
        assert session.records.clock_words("gw-1") == (first, second, third)
        assert session.records.clock_words("gw-3") == ()


def test_all_that_a_gateway_says_of_its_clock_comes_back_by_time_and_from_either_end(store: Store) -> None:
    said = {"origin": "gw-1", "place": ""}
    kinds = ("clock-drift", "clock-set", "clock-stepped", "position", "clock-drift")
    told = [words.event(n, **said, kind=kind, taken_ms=100 * n) for n, kind in enumerate(kinds, 1)]
    other = words.event(9, origin="gw-2", place="", gateway="gw-2", kind="clock-drift", taken_ms=150)
    keep(store, EntryKind.DEVICE_EVENT, *told[::-1], other)
    first, second, third, _, last = told
    with store.reading() as session:
        marks = session.records.clock_marks
        assert marks("gw-1", 0, 501) == (first, second, third, last)
        assert marks("gw-1", 100, 500) == (first, second, third)
        assert marks("gw-1", 101, 501, 1) == (second,)
        assert marks("gw-1", 0, 500, 2, newest_first=True) == (third, second)
        assert marks("gw-3", 0, 501) == ()


def test_times_that_were_worked_out_come_back_by_epoch_and_first_item(store: Store) -> None:
    late, early = words.backdating(30), words.backdating(4)
    keep(store, EntryKind.BACKDATING, late, early, words.backdating(4, epoch="e2"))
    with store.reading() as session:
        assert session.records.backdatings("gw-1") == (early, late, words.backdating(4, epoch="e2"))
        assert session.records.backdatings("gw-2") == ()
    with pytest.raises(StoreError):
        keep(store, EntryKind.BACKDATING, early)
