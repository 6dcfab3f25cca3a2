"""A mutilated profile file is never half a profile: it is refused by the name of a key, or it is another whole one."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rules
from coldchain.errors import InvalidValueError
from rules.limits import Profile
from rules.profile import BYTES_MAX, load_profile

FILES: Final = [path.read_text() for path in sorted((Path(rules.__file__).parent / "profiles").glob("*.toml"))]
TEXTS: Final = st.sampled_from(FILES)
LINES: Final = [line for text in FILES for line in text.splitlines() if line.strip()]


def lines_of(text: str) -> list[int]:
    """Return the numbers of the lines that say something."""
    return [n for n, line in enumerate(text.splitlines()) if line.strip() and not line.startswith("#")]


def outcome(text: str) -> tuple[str, Profile | None]:
    try:
        return "", load_profile(text.encode())
    except InvalidValueError as error:
        return str(error), None


def refused_or_whole(text: str) -> str:
    """Return the refusal, "" if the file is whole; a refusal says what is wrong in so many words."""
    said, profile = outcome(text)
    if profile is None:
        assert "the profile" in said or said.startswith("profile ")
        return said
    assert profile.hold_ms > 0
    assert profile.low_micro_celsius is None or profile.low_micro_celsius < profile.high_micro_celsius
    assert all(citation.source and citation.evidence for citation in profile.citations)
    assert set(sections(text)) == {citation.section for citation in profile.citations}
    return ""


def sections(text: str) -> list[str]:
    return [name for name, value in tomllib.loads(text).items() if isinstance(value, dict | list) and name != "name"]


@settings(max_examples=150)
@given(st.data())
def test_without_one_of_its_lines_a_file_is_refused_by_the_key_or_whole(data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    lines = text.splitlines()
    gone = data.draw(st.sampled_from(lines_of(text)))
    said = refused_or_whole("\n".join(lines[:gone] + lines[gone + 1 :]))
    key = re.match(r"\s*(\w+) *=", lines[gone])
    if said and key and "readable TOML" not in said:
        # Of keys that belong together the other one may be named, by its section or number.
        assert re.search(r"\w+_\w+|[a-z]+", said)
        assert key.group(1) in said or "together" in said or "needed" in said or "dead band" in said or "needs" in said


@settings(max_examples=150)
@given(
    st.data(),
    st.sampled_from(
        ['"6,0"', "6.0", "-1", "true", '""', "[]", "{}", "nan", "1e400", '"NaN"', '"٣"', "999999999999999"]
    ),
)
def test_with_another_value_under_a_key_a_file_is_refused_or_whole(data: st.DataObject, value: str) -> None:
    text = data.draw(TEXTS)
    lines = text.splitlines()
    keys = [n for n in lines_of(text) if re.match(r"\w+ *=", lines[n])]
    at = data.draw(st.sampled_from(keys))
    key = lines[at].split("=")[0].strip()
    lines[at] = f"{key} = {value}"
    said = refused_or_whole("\n".join(lines))
    if said and "readable TOML" not in said and not said.startswith("profile "):
        assert key in said or key.startswith("longest") or "together" in said or "in [" in said


@settings(max_examples=80)
@given(TEXTS, st.sampled_from(LINES), st.data())
def test_with_a_line_of_another_file_in_it_a_file_is_refused_or_whole(
    text: str, line: str, data: st.DataObject
) -> None:
    lines = text.splitlines()
    at = data.draw(st.integers(0, len(lines)))
    refused_or_whole("\n".join([*lines[:at], line, *lines[at:]]))


@settings(max_examples=80)
@given(TEXTS, st.data())
def test_cut_off_anywhere_a_file_is_refused_or_whole(text: str, data: st.DataObject) -> None:
    refused_or_whole(text[: data.draw(st.integers(0, len(text)))])


@settings(max_examples=80)
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(InvalidValueError):
        load_profile(noise)


CCT: Final = (Path(rules.__file__).parent / "profiles" / "cct-1.toml").read_text()
RED: Final = (Path(rules.__file__).parent / "profiles" / "uk-rbc-1.toml").read_text()
SLIPS: Final[list[tuple[str, str, str, str]]] = [
    (CCT, 'kind = "medicine"', 'kind = "cells"', "never for blood cells"),
    (CCT, "window_hours = 24", "window_hours = 0", "window_hours"),
    (CCT, 'excursion_low_celsius = "2.0"', 'excursion_low_celsius = "20.0"', "excursion_low_celsius"),
    (CCT, "excursion_hours = 24", "excursion_hours = 24\ntransient_hours = 1", "transient_celsius"),
    (RED, "warn_min = 20", "warn_min = 40", "warn_min"),
    (RED, "limit_min = 30\nwarn_min = 20\n", "", "returns"),
    (RED, 'returns = "within-limit"', 'returns = "maybe"', "returns"),
    (RED, "single_min = 300\noccasions = 1\n", "", "total_min"),
    (RED, "warn_percent = 80", "warn_percent = 101", "warn_percent"),
    (RED, 'margin_celsius = "0.5"', 'margin_celsius = "2.0"', "margin_celsius"),
    (RED, 'frozen_at_or_below_celsius = "0.0"', 'frozen_at_or_below_celsius = "9.0"', "frozen_at_or_below_celsius"),
    (RED, "frozen = false", "frozen = true", "frozen_at_or_below_celsius"),
    (RED, "years = 30", "years = 0", "years"),
    (RED, "[[budget]]", "[budget]", "budget"),
    (RED, 'evidence = "V"', 'evidence = "sure"', "evidence"),
    (RED, 'id = "uk-rbc"', 'id = "UK RBC"', "id"),
    (RED, "version = 1", "version = 0", "version"),
    (RED, 'longest_days = { "any" = 35 }', 'longest_days = { "any" = 0 }', "any"),
]


@pytest.mark.parametrize(
    ("text", "old", "new", "said"), SLIPS, ids=[f"{said} {n}" for n, (_, _, _, said) in enumerate(SLIPS)]
)
def test_what_contradicts_itself_is_refused_by_its_key(text: str, old: str, new: str, said: str) -> None:
    assert old in text
    with pytest.raises(InvalidValueError, match=re.escape(said)):
        load_profile(text.replace(old, new, 1).encode())


def test_a_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=str(BYTES_MAX)):
        load_profile(RED.encode() + b"#" * BYTES_MAX)


def test_agitation_cannot_be_required_and_forbidden() -> None:
    data: Any = RED + '\n[agitation]\nrequired = true\nforbidden = true\nstopped_s = 1\nsource = "x"\nevidence = "K"\n'
    with pytest.raises(InvalidValueError, match="forbidden"):
        load_profile(data.encode())
