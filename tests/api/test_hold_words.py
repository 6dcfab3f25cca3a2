"""Whatever holds a unit says why in both languages, on pages and in what is printed."""

import pytest

from api.texts import TEXTS
from ingest.keeping import BASES


@pytest.mark.parametrize("basis", sorted(BASES.values()))
def test_how_a_unit_was_kept_is_said_in_both_languages(basis: str) -> None:
    said = TEXTS[f"hold.{basis}"]
    assert said.zh.strip()
    assert said.en.strip()
    assert said.zh != said.en
