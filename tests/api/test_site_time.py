"""Times as people write them: one meaning, or a refusal that names the two."""

from zoneinfo import ZoneInfo

import pytest

from api.site_time import instant_ms
from api.wording import Language, Words
from coldchain.errors import InvalidValueError

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("1773252600000", SHANGHAI, 1_773_252_600_000),
        ("2026-03-12T02:10", SHANGHAI, 1_773_252_600_000),
        (" 2026-03-12 02:10:00 ", SHANGHAI, 1_773_252_600_000),
        ("2026-03-11T18:10:00Z", BERLIN, 1_773_252_600_000),
        ("2026-03-12T02:10:00.250+08:00", BERLIN, 1_773_252_600_250),
        ("2026-03-29T03:00", BERLIN, 1_774_746_000_000),
        ("2026-10-25T02:30+02:00", BERLIN, 1_792_888_200_000),
        ("2026-10-25T02:30+01:00", BERLIN, 1_792_891_800_000),
    ],
)
def test_a_time_has_one_meaning(text: str, zone: ZoneInfo, expected: int) -> None:
    assert instant_ms(text, zone, "from") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "is no time"),
        ("", "is no time"),
        ("2026-03-29T02:30", "never shown by a clock in Europe/Berlin"),
        ("2026-10-25T02:30", "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
        ("999999999999999", "outside of what can be recorded"),
        ("1969-12-31T00:00Z", "outside of what can be recorded"),
    ],
)
def test_what_has_none_or_two_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match="from") as caught:
        instant_ms(text, BERLIN, "from")
    assert said in str(caught.value)


@pytest.mark.parametrize("at_ms", [1_792_888_200_000, 1_792_891_800_000, 1_774_746_000_000, 1_773_252_600_000])
def test_what_a_form_shows_is_read_back_as_the_same_instant(at_ms: int) -> None:
    words = Words(language=Language.EN, zone=BERLIN)
    assert instant_ms(words.local(at_ms), BERLIN, "from") == at_ms
