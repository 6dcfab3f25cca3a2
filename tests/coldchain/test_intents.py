"""For whom a unit is: what codes say, what people say, and whichever came first."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.errors import InvalidValueError
from coldchain.intents import (
    RESERVED,
    TYPES_OF_DONATION,
    Basis,
    Intent,
    Label,
    UnitIntent,
    kept_for,
    label_of,
    require_reference,
)

SILENT = Label(intent=Intent.NOT_STATED)
words = st.lists(
    st.builds(
        UnitIntent,
        unit=st.just("u"),
        intent=st.sampled_from([Intent.ALLOGENEIC, Intent.AUTOLOGOUS, Intent.DIRECTED]),
        patient=st.sampled_from(["", "p-1", "p-2"]),
        at_ms=st.integers(0, 4),
        reason=st.just(""),
        name=st.just("n"),
        post=st.just("p"),
        via=st.sampled_from(["", "a", "b"]),
    ),
    max_size=5,
    unique_by=lambda one: (one.at_ms, one.via),
)
labels = st.sampled_from([SILENT, *TYPES_OF_DONATION.values(), Label(intent=Intent.UNREAD)])


def word(intent: Intent, at_ms: int, patient: str = "", via: str = "") -> UnitIntent:
    return UnitIntent(unit="u", intent=intent, patient=patient, at_ms=at_ms, reason="", name="n", post="p", via=via)


@pytest.mark.parametrize(
    ("scheme", "code", "intent", "only"),
    [
        ("isbt128", "E0336V00", Intent.ALLOGENEIC, False),
        ("isbt128", "E0336P00", Intent.ALLOGENEIC, False),
        ("isbt128", "E0336A00", Intent.AUTOLOGOUS, False),
        ("isbt128", "E0336100", Intent.AUTOLOGOUS, True),
        ("isbt128", "E0336X00", Intent.AUTOLOGOUS, True),
        ("isbt128", "E0336D00", Intent.DIRECTED, False),
        ("isbt128", "E0336dA0", Intent.DIRECTED, False),
        ("isbt128", "E0336200", Intent.DIRECTED, True),
        ("isbt128", "E0336L00", Intent.DIRECTED, True),
        ("isbt128", "E0336300", Intent.DIRECTED, True),
        ("isbt128", "E0336000", Intent.NOT_STATED, False),
        ("isbt128", "E03361", Intent.AUTOLOGOUS, True),
        ("isbt128", "E0336", Intent.NOT_STATED, False),
        ("isbt128", "E0336v00", Intent.UNREAD, False),  # a small v is another type than a large one
        ("isbt128", "E0336400", Intent.UNREAD, False),
        ("isbt128", "E0336F00", Intent.UNREAD, False),
        ("local", "E0336100", Intent.NOT_STATED, False),  # what looks like a code says nothing in another scheme
        ("isbt128", "red cells", Intent.NOT_STATED, False),
    ],
)
def test_the_sixth_character_of_a_product_code_says_for_whom(
    scheme: str, code: str, intent: Intent, only: bool
) -> None:
    assert label_of(scheme, code) == Label(intent=intent, only=only)


@given(st.characters(min_codepoint=48, max_codepoint=122))
def test_a_type_that_is_not_in_the_table_is_allogeneic_to_nobody(kind: str) -> None:
    found = label_of("isbt128", f"E0336{kind}00")
    if kind not in TYPES_OF_DONATION and kind.isalnum():
        assert (found.intent, found.intent in RESERVED) == (Intent.UNREAD, True)
    assert (found.intent is Intent.ALLOGENEIC) == (kind in {"V", "P"})


@given(words, labels)
def test_words_say_the_same_in_whatever_order_they_came(said: list[UnitIntent], label: Label) -> None:
    found = {kept_for(label, order) for order in permutations(said)}
    assert len(found) == 1


@given(words, labels)
def test_the_newest_word_on_itself_counts_and_a_parent_never_frees_a_label(
    said: list[UnitIntent], label: Label
) -> None:
    kept = kept_for(label, said)
    own = [one for one in said if not one.via]
    if own:
        newest = max(own, key=lambda one: one.at_ms)
        assert (kept.intent, kept.patient, kept.basis) == (newest.intent, newest.patient, Basis.STATED)
    elif label.intent in RESERVED:
        assert kept.reserved
    assert kept.is_for("") == (not kept.reserved)


def test_what_is_made_of_two_patients_units_is_for_neither() -> None:
    both = [word(Intent.AUTOLOGOUS, 1, "p-1", "a"), word(Intent.AUTOLOGOUS, 2, "p-2", "b")]
    kept = kept_for(SILENT, both)
    assert (kept.reserved, kept.patient, kept.is_for("p-1"), kept.is_for("p-2")) == (True, "", False, False)
    assert kept_for(SILENT, both[:1]).is_for("p-1")
    crossed = [*both, word(Intent.ALLOGENEIC, 3, "", "b")]
    assert kept_for(SILENT, crossed).is_for("p-1"), "the other one was made everybody's"


@pytest.mark.parametrize("text", ["", "PT-0042", "a.b_c:d-9", "A" * 64, "110105194912310021"])
def test_a_reference_is_taken(text: str) -> None:
    assert require_reference(text) == text


@pytest.mark.parametrize(
    "text", ["张三", "Li Hua", "A" * 65, "11010519491231002X", "11010519491231002x", "13800138000"]
)
def test_a_name_or_a_number_of_a_person_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        require_reference(text)
    assert text not in str(refused.value)
