"""The overview groups units on hold by what they share: how each was kept is its own hold, and no group of its own."""

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app

from api.texts import TEXTS
from api.wording import Language


@pytest.mark.parametrize("language", list(Language))
def test_units_that_were_outside_again_are_one_group_that_says_so_in_words(language: Language) -> None:
    client = TestClient(scene_app("alarm"), base_url="http://localhost")
    html = client.get(f"/?lang={language.value}").text
    groups = html.split('class="cause"')[1:]
    assert 0 < len(groups) < 6
    again = getattr(TEXTS["hold.again"], language.value)
    assert again in groups[0]
    assert groups[0].count('href="/units/') > 20
    assert "kept-" not in html
