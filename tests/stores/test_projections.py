"""Projections are made from the ledger and from nothing else: dropped and made anew they are equal byte for byte."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import store_words as words

from coldchain.entries import Draft, EntryKind, Expected, Placement
from coldchain.lineage import Containment, ErrorOf, Ownership
from coldchain.ports import Session
from coldchain.units import FindingStatus
from stores import ledger, projections, sql
from stores.sqlite import SqliteStore, open_store
from stores.stay_length import SHORT_STAY_MS_MAX, stay_length

few = st.integers(0, 4)
names = st.sampled_from(["a", "b-1", "b-10", "c"])
epcs = st.sampled_from(["AAAA", "BBBB", "CCCC", "DDDD"])
times = st.integers(0, 10**13)
maybe_times = st.none() | times


def of(kind: EntryKind, payloads: st.SearchStrategy[msgspec.Struct]) -> st.SearchStrategy[Draft]:
    return payloads.map(lambda payload: words.draft(kind, payload))


def amended(at_ms: int) -> msgspec.Struct:
    """Whose list it is, the history says."""
    return words.manifest(
        moved=(Expected(expected_ms=at_ms + 9_000, reason="堵车", at_ms=at_ms, name="赵敏", post="courier"),)
    )


def unit_of(name: str, group: int) -> msgspec.Struct:
    return words.unit(name, blood_group=str(group))


drafts = st.one_of(
    of(EntryKind.GATEWAY, names.map(words.gateway)),
    of(EntryKind.PLACE, names.map(words.place)),
    of(EntryKind.PROBE, names.map(words.probe)),
    of(EntryKind.READER, names.map(words.reader)),
    of(EntryKind.CONTACT, names.map(words.contact)),
    of(EntryKind.PROFILE, st.builds(words.profile, few, names)),
    of(EntryKind.UNIT, st.builds(unit_of, names, few)),
    of(EntryKind.BINDING, st.builds(words.binding, epcs, names, few)),
    of(EntryKind.PLACEMENT, st.builds(Placement, unit=names, place=st.none() | names, at_ms=few)),
    of(EntryKind.MANIFEST, st.builds(words.manifest, names, box=names, packed_ms=times)),
    of(EntryKind.MANIFEST_AMENDMENT, st.builds(amended, few)),
    of(EntryKind.ISSUE, st.builds(words.issue, names, to=names, at_ms=few)),
    of(EntryKind.DEVICE_EVENT, st.builds(words.event, few, epc=st.none() | epcs, taken_ms=times, place=names)),
    of(EntryKind.GAP, st.builds(words.gap, few, from_ms=times)),
    of(EntryKind.FINDING, st.builds(words.finding, names, end_ms=maybe_times, status=st.sampled_from(FindingStatus))),
    of(
        EntryKind.STAY,
        st.builds(words.stay, names, few, place=names, possible_to_ms=maybe_times, withdrawn=st.booleans()),
    ),
    of(EntryKind.EXPOSURE, st.builds(words.exposure, names, names, from_ms=times, withdrawn=st.booleans())),
    of(EntryKind.HOLD, st.builds(words.hold, names, names, placed_ms=times, basis_stands=st.booleans())),
    of(EntryKind.RETIREMENT, st.builds(words.retirement, epcs, few)),
    of(
        EntryKind.RECEIPT,
        st.builds(words.receipt, names, to_ms=times, reader=names, way=st.sampled_from(["", "in", "ambiguous"])),
    ),
    of(EntryKind.TRANSFORMATION, st.builds(words.transformation, st.lists(names, min_size=1, max_size=3), names)),
    of(EntryKind.UNIT_END, st.builds(words.unit_end, names, few, act=st.sampled_from(["", "act-1", "act-2"]))),
    of(EntryKind.RECALL, st.builds(words.recall, names, at_ms=few, donation_number=names)),
    of(EntryKind.ERROR_DECLARATION, st.builds(words.declared_error, st.sampled_from(ErrorOf), names, few, epcs)),
    of(EntryKind.OWNERSHIP, st.builds(Ownership, unit=names, owner=names, at_ms=few)),
    of(EntryKind.CONTAINMENT, st.builds(Containment, container=names, parent=st.none() | names, at_ms=few)),
    of(EntryKind.TAG_CONFLICT, st.builds(words.tag_conflict, epcs, few, place=names, stands=st.booleans())),
)


def believable(history: list[Draft]) -> list[Draft]:
    """Number events and gaps once each, lists too, and findings and receipts upwards, as the pipeline does."""
    result: list[Draft] = []
    for i, said in enumerate(history):
        payload = said.payload
        if said.kind in {EntryKind.DEVICE_EVENT, EntryKind.GAP}:
            payload = msgspec.structs.replace(payload, seq=i)
        if said.kind is EntryKind.MANIFEST:
            payload = msgspec.structs.replace(payload, id=f"list-{i}")
        if said.kind is EntryKind.MANIFEST_AMENDMENT:
            lists = [one.payload for one in result if one.kind is EntryKind.MANIFEST]
            if not lists:
                continue
            payload = msgspec.structs.replace(lists[i % len(lists)], moved=payload.moved)  # type: ignore[attr-defined]
        if said.kind is EntryKind.TRANSFORMATION:
            payload = msgspec.structs.replace(payload, id=f"act-{i}")
        if said.kind is EntryKind.STAY and payload.undoubted:  # type: ignore[attr-defined]
            payload = msgspec.structs.replace(payload, certain_to_ms=3_000)
        if said.kind in {EntryKind.FINDING, EntryKind.RECEIPT}:
            payload = msgspec.structs.replace(payload, version=i + 1)
        result.append(msgspec.structs.replace(said, payload=payload))
    return result


@given(st.lists(drafts, max_size=60).map(believable), st.integers(1, 9))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_gives_the_same_projections_again(
    migrated_file: Path, tmp_path: Path, history: list[Draft], portion: int
) -> None:
    store = open_store(Path(shutil.copy(migrated_file, tmp_path)))
    try:
        for start in range(0, len(history), portion):
            with store.writing() as session:
                session.ledger.append(history[start : start + portion], start)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
    finally:
        store.close()


def test_a_rebuild_goes_on_beyond_its_batch(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REBUILD_BATCH", 3)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(i)) for i in range(10)], 5)
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    assert before.count(b'"gaps"') == 10


def test_a_projection_that_was_tampered_with_is_made_right_by_a_rebuild(store: SqliteStore, path: Path) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.HOLD, words.hold())], 5)
    before = store.projection_dump()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM holds")
        connection.commit()
    assert store.projection_dump() != before
    store.rebuild_projections()
    assert store.projection_dump() == before


def test_every_kind_of_entry_has_its_projection() -> None:
    assert set(projections.APPLY) == set(EntryKind)


@pytest.mark.parametrize(("name", "factor"), [("days", 0.25), ("short", 1), ("long", 4), ("longer", 16), ("years", 64)])
def test_a_stay_of_49_days_is_short_and_each_longer_class_takes_four_times_that(name: str, factor: float) -> None:
    end_ms = 1_000 + int(factor * SHORT_STAY_MS_MAX)
    assert stay_length(words.stay(possible_to_ms=end_ms)) == name
    assert stay_length(words.stay(possible_to_ms=end_ms + 1)) != name
    assert stay_length(words.stay()) == "open"


def plan(path: Path, statement: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return " / ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))


SPOKEN = "SELECT body FROM device_events WHERE origin = 'o' AND epc IS NULL"
BETWEEN = "epc IS NULL AND taken_ms >= 1 AND taken_ms < 2"


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT epc FROM tags_seen WHERE bound = 0 ORDER BY epc", "tags_seen_unbound"),
        ("SELECT body FROM device_events WHERE epc = 'A' ORDER BY taken_ms, gateway, epoch, number", "_by_epc"),
        (
            f"SELECT body FROM device_events WHERE place = 'p' AND {BETWEEN} ORDER BY taken_ms, gateway, epoch, number",
            "device_events_by_place (place=? AND epc=? AND taken_ms>? AND taken_ms<?)",
        ),
        (
            f"{SPOKEN} AND taken_ms >= 1 AND taken_ms < 2 ORDER BY taken_ms, gateway, epoch, number",
            "device_events_by_origin (origin=? AND taken_ms>? AND taken_ms<?)",
        ),
        ("SELECT body FROM manifests WHERE box = 'b' ORDER BY packed_ms, id", "manifests_by_box"),
        ("SELECT body FROM issues WHERE unit = 'u' ORDER BY at_ms, recipient", "issues_1"),
        ("SELECT body FROM gaps WHERE gateway = 'g' ORDER BY from_ms, epoch, number", "gaps_by_time"),
        ("SELECT body FROM exposures WHERE finding = 'f' ORDER BY unit", "exposures_by_finding"),
        ("SELECT body FROM holds WHERE unit = 'u' ORDER BY placed_ms, id", "holds_by_unit"),
    ],
)
def test_what_is_asked_often_is_answered_by_an_index_and_not_sorted(path: Path, statement: str, index: str) -> None:
    told = plan(path, statement)
    assert index in told
    assert "SCAN" not in told.replace("SCAN tags_seen USING INDEX tags_seen_unbound", "")
    assert "TEMP B-TREE" not in told


def plans_of(store: SqliteStore, ask: Callable[[Session], object]) -> list[str]:
    """Return the plan of every statement that a question sends to the file, each as it was really sent."""
    sent: list[tuple[str, Any]] = []
    asked = sql._asked

    def note(file: sqlite3.Connection, statement: str, params: Any) -> sqlite3.Cursor:
        sent.append((statement, params))
        return asked(file, statement, params)

    with store.reading() as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "_asked", note)
        ask(session)
    assert sent
    with store._readers.connect() as connection:
        explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", params) for said, params in sent]
        return [" / ".join(str(row[3]) for row in rows) for rows in explained]


LOAD, OPEN = "fridge-1-load", FindingStatus.OPEN


@pytest.mark.parametrize(
    ("ask", "search"),
    [
        (
            lambda session: session.records.findings(probe=LOAD, overlapping=(1, 9)),
            "findings_by_probe (probe=? AND start_ms<?)",
        ),
        (
            lambda session: session.records.findings(probe=LOAD, status=OPEN),
            "findings_by_probe_status (probe=? AND status=?)",
        ),
        (
            lambda session: session.records.findings(place="fridge-1", overlapping=(1, 9)),
            "findings_by_place (place=? AND start_ms<?)",
        ),
        (lambda session: session.records.findings(place="fridge-1", status=OPEN), "findings_by_status (status=?)"),
        (lambda session: session.records.findings(status=OPEN), "findings_by_status (status=?)"),
        (lambda session: session.records.holds_of_unit("unit-1"), "holds_by_unit (unit=?)"),
        (
            lambda session: session.records.last_event("fridge-1-door", 9),
            "device_events_by_origin (origin=? AND taken_ms<?)",
        ),
        (lambda session: session.readings.samples_after(7, 9), "INTEGER PRIMARY KEY (rowid>?)"),
        (lambda session: session.books.quarantine_size("gw-1"), "COVERING INDEX quarantine_by_gateway (gateway=?)"),
    ],
)
def test_what_the_judge_asks_at_every_message_searches_and_scans_nothing(
    store: SqliteStore, ask: Callable[[Session], object], search: str
) -> None:
    with store.writing() as session:
        many = [words.finding(f"f-{i}", start_ms=i, end_ms=i + 5, status=FindingStatus.CLOSED) for i in range(50)]
        session.ledger.append([words.draft(EntryKind.FINDING, finding) for finding in many], 5)
    told, *others = plans_of(store, ask)
    assert search in told
    assert not any("SCAN" in one for one in (told, *others))
