"""Blood groups are printed in many ways: the same is never called another, and another never the same."""

import pytest

from coldchain.blood_groups import abo_rhd, groups_differ, is_blood_group

O_POSITIVE = ("O+", "o +", "O RhD+", "O RhD positive", "O Rh(D) Pos", "O型 RhD阳性", "O型Rh(+)", "Ｏ＋", "O pos")
AB_NEGATIVE = ("AB-", "AB RhD-", "AB \N{MINUS SIGN}", "AB Rh neg", "AB RhD negative", "AB型 RhD阴性")


@pytest.mark.parametrize(("written", "meant"), [(O_POSITIVE, "O+"), (AB_NEGATIVE, "AB-"), (("B", "B型", "b"), "B")])
def test_a_group_is_read_however_it_is_written(written: tuple[str, ...], meant: str) -> None:
    assert {abo_rhd(text) for text in written} == {meant}
    assert all(is_blood_group(text) for text in written)
    assert not any(groups_differ(one, other) for one in written for other in written)


@pytest.mark.parametrize(
    ("one", "other"), [("O+", "O-"), ("O+", "A+"), ("A RhD+", "AB RhD+"), ("A1 weak D", "A+"), ("Bombay", "O+")]
)
def test_groups_that_are_not_the_same_differ(one: str, other: str) -> None:
    assert groups_differ(one, other)
    assert groups_differ(other, one)


@pytest.mark.parametrize(("one", "other"), [("O", "O+"), ("O RhD-", "O"), ("para-Bombay", "Para-bombay ")])
def test_what_one_leaves_unsaid_differs_from_nothing(one: str, other: str) -> None:
    assert not groups_differ(one, other)


@pytest.mark.parametrize("text", ["X+", "", "+", "0336", "C RhD+", "red cells", "ABO", "blood", "O1", "A9", "Office"])
def test_what_is_no_group_is_told(text: str) -> None:
    assert not is_blood_group(text)


@pytest.mark.parametrize("text", ["A1 RhD+", "A2B-", "Oh", "Bombay RhD+", "类孟买型", "A weak D"])
def test_rare_groups_are_groups(text: str) -> None:
    assert is_blood_group(text)
