"""Curly quotes and full-width signs in a settings file are named with their line and with what to write instead."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.settings import SettingsError, load_any
from assembly.starting import starter_text
from assembly.toml_slips import slip

QUOTES = 'use straight quotes " instead of'


def said(text: str) -> str:
    """Return what is said in English of a text that is no TOML; nothing if it is not one of these slips."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    found = slip(text, str(caught.value))
    return found.en if found else ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("id = “gw-1”", f"line 2: {QUOTES} “ ”"),
        ('id = "gw-1”', f"line 2: {QUOTES} ”"),
        ("id = ‘gw-1’", f"line 2: {QUOTES} ‘ ’"),
        ("“0” = 1", f"line 2: {QUOTES} “ ”"),
        ('id ＝ "gw-1"', "line 2: write = instead of ＝"),
        ("slave = １２", "line 2: write 1 2 instead of １ ２"),
        ("[server】", "line 2: write ] instead of 】"),
        ('boxes = ["a"， "b"]', "line 2: write , instead of ，"),
        ('id\u3000= “a"', f"line 2: {QUOTES} “; write a space (空格) instead of U+3000"),
        ('id = = "“x”"  # “quoted” and in a comment', ""),
        ("id = ", ""),
    ],
)
@pytest.mark.parametrize("after", ["", "\nb = 1\n"])
def test_signs_that_only_look_right_are_named(line: str, says: str, after: str) -> None:
    assert said(f"# “ ” ＝\n{line}{after}").removesuffix(" (half-width, English input)") == says


def test_a_file_with_curly_quotes_is_answered_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text(starter_text("server.toml").replace('id = "gw-1"', "id = “gw-1”", 1), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_any(path)
    english, chinese = str(caught.value).splitlines()
    assert english.endswith(f"{QUOTES} “ ”")
    assert f"line {1 + path.read_text().splitlines().index('id = “gw-1”')}:" in english
    assert '请使用英文直引号 "，不要用 “ ”' in chinese


@given(
    st.text(max_size=60), st.sampled_from(["(at line 1, column 2)", "(at line 9, column 1)", "(at end of document)"])
)
def test_no_text_breaks_it(text: str, where: str) -> None:
    found = slip(text, f"Invalid value {where}")
    assert found is None or found.en.startswith("line ")
