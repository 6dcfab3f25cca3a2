"""For whom units are, as every store keeps it: what the words come to, and what it does to the stock."""

from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.live_units import rebuilt, say, stay, unit

from coldchain.entries import EntryKind
from coldchain.intents import Intent, UnitIntent, kept_for, label_of
from coldchain.ports import Store
from coldchain.units import Hold, Unit

NUMBERS = count()
SAID = (Intent.ALLOGENEIC, Intent.AUTOLOGOUS, Intent.DIRECTED)


def coded(name: str, code: str) -> Unit:
    return replace(unit(name), scheme="isbt128", product_code=code)


def word(name: str, intent: Intent, at_ms: int, via: str = "") -> tuple[EntryKind, Any]:
    said = UnitIntent(unit=name, intent=intent, patient="p", at_ms=at_ms, reason="", name="n", post="p", via=via)
    return EntryKind.UNIT_INTENT, said


def test_units_for_one_patient_are_no_stock_for_everybody(store: Store) -> None:
    codes = {"any": "E0336V00", "own": "E0336100", "odd": "E0336F00", "held": "E0336100", "said": "E0336V00"}
    for name, code in codes.items():
        say(store, (EntryKind.UNIT, coded(name, code)), (EntryKind.STAY, stay(name, 1, "f", 10)))
    say(store, (EntryKind.HOLD, Hold(id="h", unit="held", finding="x", placed_ms=1, certain=True)))
    say(store, word("said", Intent.DIRECTED, 5))
    with store.reading() as session:
        (row,) = session.records.stock(20)
        assert (row.inside, row.released, row.held, row.reserved) == (5, 1, 1, 3)
        found = session.records.first_out(["f"], row.component, row.blood_group, 20, 9)
        assert [one.unit for one in found] == ["any"]
        assert session.records.places_of_reserved() == ("f",)
        assert [session.records.reserved(name) for name in ("any", "own", "odd", "said", "never")] == [
            *(False, True, True, True, False),
        ]
    say(store, word("said", Intent.ALLOGENEIC, 6), word("odd", Intent.ALLOGENEIC, 6))
    with store.reading() as session:
        assert session.records.stock(20)[0].released == 3
    rebuilt(store)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.data())
def test_the_rows_say_what_the_words_come_to(store: Store, data: st.DataObject) -> None:
    name = f"n-{next(NUMBERS)}"  # a store is the same for all examples
    code = data.draw(st.sampled_from(["E0336V00", "E0336A00", "E0336100", "E0336900", "E0336"]))
    keys = st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "b"]))
    said = [
        word(name, data.draw(st.sampled_from(SAID)), at_ms, via)
        for at_ms, via in data.draw(st.lists(keys, max_size=5, unique=True))
    ]
    made = [(EntryKind.UNIT, replace(coded(name, code), donation_number=name))]
    for entry in data.draw(st.permutations([*made, *said])):
        say(store, entry)
    kept = kept_for(label_of("isbt128", code), [one for _, one in said])
    with store.reading() as session:
        assert session.records.reserved(name) == kept.reserved
        assert session.records.intents_of_unit(name) == tuple(
            sorted((one for _, one in said), key=lambda one: (one.at_ms, one.via))
        )
