"""The catalogue: both languages say the same things, nothing is missing, and no word does harm."""

import importlib
import pkgutil
import re
import string
from collections import Counter
from pathlib import Path

import pytest

import api
from api.texts import TEXTS
from api.unit_page import CHART_KEYS

ROOT = Path(__file__).parents[2]


def _figures(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_have_every_text_with_the_same_figures(key: str) -> None:
    text = TEXTS[key]
    assert text.zh.strip()
    assert text.en.strip()
    assert _figures(text.zh) == _figures(text.en)


def test_no_text_calls_a_unit_good_or_cold_blood_overheated() -> None:
    for text in TEXTS.values():
        assert "合格" not in text.zh
        assert not re.search(r"\b(ok|okay|good|safe|passed)\b", text.en, re.IGNORECASE)
        assert "超温" not in text.zh
        assert "over temperature" not in text.en.lower()


def test_every_key_that_a_page_names_is_in_the_catalogue() -> None:
    named = set(CHART_KEYS)
    for path in (ROOT / "api").rglob("*"):
        if path.suffix in {".py", ".html"}:
            source = path.read_text(encoding="utf-8")
            named |= set(re.findall(r"""say\(\s*["']([a-z][a-z0-9.-]*)["'](?!\s*~)""", source))
            for keys in re.findall(r"head\(\[([^\]]*)\]\)", source):
                named |= set(re.findall(r'"([^"]+)"', keys))
    assert len(named) > 80
    assert named <= set(TEXTS)


def test_every_text_is_used_somewhere() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "api").rglob("*")
        if path.suffix in {".py", ".html"} and not path.name.startswith("texts")
    )
    built = re.compile(
        r"^(alarm|rule|status|role|kind|standing|why|next|section|evidence|by|quality|trace|exposures"
        r"|box\.not-ready|notice|unit|lane|unusual|finding|said|where|local|decision|receive|life|stood|error|register"
        r"|profiles|preview|history\.subject|history\.seconds|history\.failed|history\.work|act|containers|stock\.level|clock|hold|suggest|pack\.bar|retention\.(what|held|state|scope))\."
    )
    conditions = {"within", "too-warm", "too-cold", "never-measured", "awaited", "certain", "possible"}
    unused = [
        key
        for key in TEXTS
        if f'"{key}"' not in sources and f"'{key}'" not in sources and not built.match(key) and key not in conditions
    ]
    assert unused == []


def test_no_two_parts_of_the_catalogue_have_one_key() -> None:
    """Of two texts with one key a page would show the other one's words."""
    parts = [
        part
        for module in pkgutil.iter_modules(api.__path__)
        if module.name.startswith("texts_") and not module.name.startswith("texts_refusals")
        for name, part in vars(importlib.import_module(f"api.{module.name}")).items()
        if name.isupper() and not name.startswith("_") and isinstance(part, dict)
    ]
    keys = Counter(key for part in parts for key in part if key in TEXTS)
    assert keys.keys() == TEXTS.keys()
    assert [key for key, times in keys.items() if times > 1] == []
