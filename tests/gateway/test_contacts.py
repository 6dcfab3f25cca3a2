"""Dry contacts: each kind in its own words, normally-closed wiring, and books of older gateways."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.facts import EventKind
from coldchain.places import CONTACT_WORDS, ContactKind
from gateway.contacts import BLIND_AFTER_POLLS, ContactBook, request
from gateway.decoders.heard import InputsRead
from gateway.decoders.modbus_rtu import read_discrete_inputs
from gateway.plan import ContactPlan, InputPlan, door_and_mains

T0_MS = 1_800_000_000_000
POLL_MS = 1_000


def plan(*inputs: InputPlan) -> ContactPlan:
    return ContactPlan(slave=2, poll_ms=POLL_MS, inputs=inputs)


def wired(kind: ContactKind, number: int = 0, *, inverted: bool = False) -> InputPlan:
    return InputPlan(number=number, contact=f"one-{kind}-{number}", kind=kind, inverted=inverted)


def read(*bits: bool) -> InputsRead:
    return InputsRead(slave=2, bits=bits)


SPOKEN = {
    ContactKind.DOOR: (False, EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED),
    ContactKind.LID: (False, EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED),
    ContactKind.MAINS: (True, EventKind.MAINS_LOST, EventKind.MAINS_RESTORED),
    ContactKind.UPS: (False, EventKind.UPS_ON_BATTERY, EventKind.UPS_ON_MAINS),
    ContactKind.DEFROST: (False, EventKind.DEFROST_BEGAN, EventKind.DEFROST_ENDED),
    ContactKind.MOTION: (True, EventKind.AGITATION_STOPPED, EventKind.AGITATION_RESUMED),
}


def test_every_kind_of_contact_is_tried_here() -> None:
    assert set(SPOKEN) == set(ContactKind)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("kind", ContactKind)
def test_a_contact_says_when_it_leaves_its_normal_state_and_when_it_is_back(kind: ContactKind, inverted: bool) -> None:
    normal, left, back = SPOKEN[kind]
    module, book = plan(wired(kind, inverted=inverted)), ContactBook(None)
    said = []
    for second, state in enumerate((normal, normal, not normal, not normal, normal, normal)):
        at_ms = T0_MS + second * POLL_MS
        events, _ = book.take(module, read(state is not inverted), at_ms, second * POLL_MS)
        said += [(second, event.kind, event.origin) for event in events]
    assert said == [(2, left, f"one-{kind}-0"), (4, back, f"one-{kind}-0")]


@pytest.mark.parametrize("kind", ContactKind)
def test_what_is_normal_at_the_first_look_is_not_said_and_what_is_not_has_no_past(kind: ContactKind) -> None:
    normal, left, _ = SPOKEN[kind]
    assert ContactBook(None).take(plan(wired(kind)), read(normal), T0_MS, 0)[0] == []
    (event,) = ContactBook(None).take(plan(wired(kind)), read(not normal), T0_MS, 0)[0]
    assert (event.kind, event.earliest_ms, event.latest_ms) == (left, None, T0_MS)


def test_every_door_and_lid_of_one_module_is_looked_at_and_nothing_else_is() -> None:
    module = plan(*(wired(kind, number) for number, kind in enumerate([*ContactKind, ContactKind.DOOR])))
    bits = [False] * len(ContactKind) + [True]
    _, looks = ContactBook(None).take(module, read(*bits), T0_MS, 0)
    assert [(look.contact, look.is_open) for look in looks] == [
        ("one-door-0", False),
        ("one-lid-1", False),
        (f"one-door-{len(ContactKind)}", True),
    ]


def test_a_module_that_was_silent_for_too_long_is_no_witness_for_any_of_its_doors() -> None:
    module = plan(wired(ContactKind.DOOR, 0), wired(ContactKind.LID, 3))
    book, shut = ContactBook(None), read(False, False, False, False)
    book.take(module, shut, T0_MS, 0)
    in_time_ms = BLIND_AFTER_POLLS * POLL_MS
    _, looks = book.take(module, shut, T0_MS + in_time_ms, in_time_ms)
    assert [look.blind for look in looks] == [False, False]
    _, looks = book.take(module, shut, T0_MS + 3 * in_time_ms, 3 * in_time_ms)
    assert [(look.blind, look.earliest_ms) for look in looks] == [(True, T0_MS + in_time_ms)] * 2


def test_one_request_reads_from_the_first_input_to_the_highest_that_is_used() -> None:
    module = plan(wired(ContactKind.MAINS, 5), wired(ContactKind.DOOR, 2))
    assert request(module) == read_discrete_inputs(2, 0, 6)
    assert request(plan(*door_and_mains("d", None))).count == 1
    assert request(plan(*door_and_mains("d", "m"))).count == 2


def test_a_book_that_an_older_gateway_kept_is_read_and_says_nothing_twice() -> None:
    """Version 0.1.0 kept a door and a mains watch by contact id, as this."""
    stored = (
        b'{"fridge-1-door":{"on":true,"seen_ms":1799999999000},"fridge-1-mains":{"on":false,"seen_ms":1799999999000}}'
    )
    book, module = ContactBook(stored), plan(*door_and_mains("fridge-1-door", "fridge-1-mains"))
    events, (look,) = book.take(module, read(True, False), T0_MS, 5)
    assert events == []
    assert (look.is_open, look.earliest_ms) == (True, 1_799_999_999_000)
    events, _ = book.take(module, read(False, True), T0_MS + 1_000, 1_005)
    assert [event.kind for event in events] == [EventKind.DOOR_CLOSED, EventKind.MAINS_RESTORED]
    assert set(msgspec.json.decode(book.encode())) == {"fridge-1-door", "fridge-1-mains"}


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("kind", ContactKind)
def test_a_word_stamped_by_a_clock_that_was_never_set_is_said_again_once_it_is(
    kind: ContactKind, restarted: bool
) -> None:
    normal, left, _ = SPOKEN[kind]
    module, book = plan(wired(kind)), ContactBook(None)
    assert [e.kind for e in book.take(module, read(not normal), 1_000, 1_000)[0]] == [left]
    assert book.take(module, read(not normal), 2_000, 2_000)[0] == []
    if restarted:
        book = ContactBook(book.encode())
    (again,) = book.take(module, read(not normal), T0_MS, 3_000)[0]
    assert (again.kind, again.earliest_ms, again.latest_ms) == (left, None, T0_MS)
    assert book.take(module, read(not normal), T0_MS + 1_000, 4_000)[0] == []
    assert ContactBook(book.encode()).take(module, read(not normal), T0_MS + 2_000, 5_000)[0] == []


KINDS = st.lists(st.tuples(st.sampled_from(ContactKind), st.booleans()), min_size=1, max_size=16)


@given(data=st.data(), kinds=KINDS)
def test_whoever_reads_the_events_knows_every_state_whenever_the_gateway_was_started_again(
    data: st.DataObject, kinds: list[tuple[ContactKind, bool]]
) -> None:
    module = plan(*(wired(kind, number, inverted=inverted) for number, (kind, inverted) in enumerate(kinds)))
    known = {one.contact: CONTACT_WORDS[one.kind].normal for one in module.inputs}
    book = ContactBook(None)
    for second in range(data.draw(st.integers(1, 12))):
        bits = data.draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
        events, _ = book.take(module, read(*bits), T0_MS + second * POLL_MS, second * POLL_MS)
        assert len({event.origin for event in events}) == len(events)
        for event in events:
            words = next(CONTACT_WORDS[one.kind] for one in module.inputs if one.contact == event.origin)
            assert event.kind in (words.on, words.off)
            assert known[event.origin] is not (event.kind is words.on), "an event that changes nothing"
            known[event.origin] = event.kind is words.on
        assert known == {one.contact: bits[one.number] is not one.inverted for one in module.inputs}
        if data.draw(st.booleans()):
            book = ContactBook(book.encode())
