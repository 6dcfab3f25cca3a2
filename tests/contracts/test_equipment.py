"""What is set up, as every store remembers it: never other than what the ledger says, whoever wrote it and when."""

from contextlib import suppress
from typing import Final

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.equipment import Equipment, equipment_of
from coldchain.places import Contact, Gateway, Place, PlaceKind, Probe, ProbeRole, Reader, Text
from coldchain.ports import Session, Store

Thing = Gateway | Place | Probe | Reader | Contact
KINDS: Final[dict[type[Thing], EntryKind]] = {
    Gateway: EntryKind.GATEWAY,
    Place: EntryKind.PLACE,
    Probe: EntryKind.PROBE,
    Reader: EntryKind.READER,
    Contact: EntryKind.CONTACT,
}
NAME: Final = Text(zh="冰箱", en="Fridge")


def probe(name: str, place: str = "f-1", gateway: str = "g-1") -> Probe:
    return Probe(id=name, place=place, gateway=gateway, role=ProbeRole.LOAD)


def place(name: str, kind: PlaceKind = PlaceKind.FRIDGE) -> Place:
    return Place(id=name, site="s-1", name=NAME, profile="cn-rbc", profile_version=1, kind=kind)


def put(session: Session, *things: Thing) -> None:
    session.ledger.append([words.draft(KINDS[type(one)], one) for one in things], 5)


def keep(store: Store, *things: Thing) -> None:
    with store.writing() as session:
        put(session, *things)


def ids(found: Equipment) -> list[str]:
    return list(found.probes)


def seen(store: Store) -> list[str]:
    with store.reading() as session:
        return ids(session.records.equipment())


def test_things_are_found_by_id_by_place_and_by_gateway_in_the_order_of_ids(store: Store) -> None:
    here, there, third = probe("p-2"), probe("p-1"), probe("p-3", "f-2", "g-2")
    reader = Reader(id="r-1", place="f-2", gateway="g-2")
    contact = Contact(id="c-1", place="f-1", gateway="g-1")
    keep(store, Gateway(id="g-1", site="s-1"), place("f-1"), here, third, there, reader, contact)
    with store.reading() as session:
        found = session.records.equipment()
        assert ids(found) == ["p-1", "p-2", "p-3"]
        assert (dict(found.readers), dict(found.contacts)) == ({"r-1": reader}, {"c-1": contact})
        assert dict(found.probes_in) == {"f-1": (there, here), "f-2": (third,)}
        assert dict(found.probes_at) == {"g-1": (there, here), "g-2": (third,)}
        assert dict(found.readers_in) == {"f-2": (reader,)}
        assert (list(found.gateways), list(found.places)) == (["g-1"], ["f-1"])


def test_what_was_set_up_in_a_transaction_is_seen_in_it_and_gone_with_it(store: Store) -> None:
    keep(store, probe("p-1"))
    assert seen(store) == ["p-1"]
    with suppress(ZeroDivisionError), store.writing() as session:
        put(session, probe("p-2"))
        assert ids(session.records.equipment()) == ["p-1", "p-2"]
        raise ZeroDivisionError
    assert seen(store) == ["p-1"]
    keep(store, probe("p-3"))  # with the number that the other one would have had
    assert seen(store) == ["p-1", "p-3"]
    with store.writing() as session:
        assert ids(session.records.equipment()) == ["p-1", "p-3"]


def test_who_began_before_a_change_does_not_see_it_and_others_still_do(store: Store) -> None:
    keep(store, probe("p-1"))
    with store.reading() as before:
        assert ids(before.records.equipment()) == ["p-1"]
        keep(store, probe("p-2"))
        assert seen(store) == ["p-1", "p-2"]
        assert ids(before.records.equipment()) == ["p-1"]
    assert seen(store) == ["p-1", "p-2"]


def test_a_thing_that_changes_is_seen_as_it_is_now_and_where_it_is_now(store: Store) -> None:
    keep(store, probe("p-1"), place("f-1"))
    assert seen(store) == ["p-1"]
    moved = probe("p-1", "f-2", "g-2")
    keep(store, moved, place("f-1", PlaceKind.BOX))
    with store.reading() as session:
        found = session.records.equipment()
        assert (dict(found.probes_in), dict(found.probes_at)) == ({"f-2": (moved,)}, {"g-2": (moved,)})
        assert found.places["f-1"].kind is PlaceKind.BOX
        assert session.records.probes() == (moved,)


def test_a_view_of_then_and_a_rebuild_say_what_the_ledger_says(store: Store) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.PROBE, probe("p-1"))], 5)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.PROBE, probe("p-2"))], 9)
    assert seen(store) == ["p-1", "p-2"]
    for record_ms, known in ((4, []), (5, ["p-1"]), (9, ["p-1", "p-2"]), (5, ["p-1"])):
        with store.as_known(record_ms) as then:
            assert ids(then.records.equipment()) == known
            assert [one.id for one in then.records.probes()] == known
    store.rebuild_projections()
    assert seen(store) == ["p-1", "p-2"]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["set up", "fail", "hold", "read", "rebuild"]),
        st.sampled_from(["p-1", "p-2", "p-3"]),
        st.sampled_from(["f-1", "f-2"]),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_done_it_equals_what_the_entries_say(store: Store, acts: list[tuple[str, str, str]]) -> None:
    for nth, (act, name, where) in enumerate(acts):
        if act == "rebuild":
            store.rebuild_projections()
        elif act == "hold":
            _hold(store, nth)
        elif act != "read":
            with suppress(ZeroDivisionError), store.writing() as session:
                put(session, probe(name, where))
                assert session.records.equipment().probes[name].place == where
                if act == "fail":
                    raise ZeroDivisionError
        with store.reading() as session:
            assert _told(session.records.equipment()) == _told(_by_hand(session))


def _hold(store: Store, nth: int) -> None:
    """Write an entry that says nothing of what is set up."""
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.HOLD, words.hold(f"h-{nth}"))], 5)


def _by_hand(session: Session) -> Equipment:
    """Return the probes as all entries of the ledger say them."""
    probes: dict[str, Probe] = {}
    for entry in session.ledger.entries(0, 10_000):
        if entry.kind is EntryKind.PROBE:
            made = msgspec.json.decode(entry.payload, type=Probe)
            probes[made.id] = made
    return equipment_of((), (), probes.values(), (), ())


def _told(found: Equipment) -> tuple[object, ...]:
    return dict(found.probes), dict(found.probes_in), dict(found.probes_at)
