"""Whether two signatures may be one person's, however they are spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.persons import UNNAMED, same_actor, same_person, same_post

HIDDEN = st.sampled_from([" ", "\u3000", "\t", "\u200b", "\u00ad", "\u2060", ".", "·", "-", "（", "\ufeff"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("李华", "QA"), ("李\u200b华", "director")),
        (("Li Hua", "QA"), ("LI-HUA", "director")),
        (("Ｌｉ", "QA"), ("li", "director")),
        (("Straße", "a"), ("STRASSE", "b")),
        (("李华", "QA"), ("李华 QA", "-")),
        (("·", "QA"), ("王芳", "director")),
    ],
)
def test_spelling_makes_no_second_person(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert same_person(*one, *other)
    assert same_person(*other, *one)


@pytest.mark.parametrize(
    ("one", "other"), [(("李华", "QA"), ("王芳", "QA")), (("Li", "head nurse"), ("Lin", "head nurse"))]
)
def test_two_people_are_two(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not same_person(*one, *other)


@given(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8), st.lists(HIDDEN, max_size=4))
def test_nothing_that_is_hidden_tells_names_apart(name: str, hidden: list[str]) -> None:
    spelled = "".join(hidden) + name[:1] + "".join(hidden) + name[1:]
    assert same_person(name, "a", spelled, "b")
    assert same_post(name, spelled)


def test_a_login_that_nobody_named_says_nothing() -> None:
    assert same_actor("lh", "LH ")
    assert not same_actor("lh", "wf")
    assert not same_actor(UNNAMED, UNNAMED)
    assert not same_actor("", "")
