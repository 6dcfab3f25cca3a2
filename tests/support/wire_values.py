"""Hypothesis strategies for everything that may stand in a batch."""

from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact, Gap, Quality, Sample, TagSummary
from coldchain.wire import Up, up_of

BIGGEST: Final = 2**53 - 1
IDS: Final = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
EPCS: Final = st.from_regex(r"(?:[0-9A-F]{4}){1,31}", fullmatch=True)
NATURALS: Final = st.integers(0, BIGGEST)
MAYBE: Final = st.none() | NATURALS
_TEXT: Final = st.text(st.characters(codec="utf-8"), max_size=32)
_COMMON: Final = {
    "seq": st.just(0),
    "origin": IDS,
    "origin_seq": MAYBE,
    "taken_ms": NATURALS,
    "boottime_ms": NATURALS,
}
_GOOD: Final = st.builds(
    Sample,
    **_COMMON,
    device_ms=MAYBE,
    micro_celsius=st.integers(-273_150_000, 1_000_000_000),
    quality=st.just(Quality.GOOD),
)
_FAULTY: Final = st.builds(
    Sample,
    **_COMMON,
    device_ms=MAYBE,
    micro_celsius=st.none(),
    quality=st.sampled_from([Quality.NO_SENSOR, Quality.IMPLAUSIBLE, Quality.FAULT]),
)
_TAGS: Final = st.builds(
    TagSummary,
    **_COMMON,
    epc=EPCS,
    antenna=st.integers(0, 255),
    count=NATURALS,
    best_rssi_dbm=st.integers(-128, 127),
    first_ms=NATURALS,
    last_ms=NATURALS,
    centroid_ms=MAYBE,
)
_EVENTS: Final = st.builds(
    DeviceEvent,
    **_COMMON,
    kind=st.sampled_from(EventKind),
    earliest_ms=MAYBE,
    latest_ms=MAYBE,
    epc=st.none() | EPCS,
    details=st.dictionaries(_TEXT, st.integers(-BIGGEST, BIGGEST) | _TEXT, max_size=5),
)
_GAPS: Final = st.builds(Gap, **_COMMON, from_ms=NATURALS, to_ms=NATURALS, reason=_TEXT, lost=NATURALS)
FACTS: Final[st.SearchStrategy[Fact]] = st.one_of(_GOOD, _FAULTY, _TAGS, _EVENTS, _GAPS)
HEADS: Final = st.fixed_dictionaries(
    {
        "gateway": IDS,
        "epoch": IDS,
        "first_seq": st.integers(1, BIGGEST - 1_000),
        "boot": IDS,
        "sent_ms": NATURALS,
        "clock": st.sampled_from([ClockState.TRUSTED, ClockState.UNSET]),
        "sent_boottime_ms": MAYBE,
        "boot_offset_ms": st.none() | st.integers(-BIGGEST, BIGGEST),
        "oldest_unsent_taken_ms": MAYBE,
    }
)


def batch(head: dict[str, Any], facts: list[Fact]) -> Up:
    """Number the facts from first_seq on and make a batch of them."""
    first = head["first_seq"]
    numbered = [msgspec.structs.replace(fact, seq=first + index) for index, fact in enumerate(facts)]
    return up_of(numbered, last_seq=first + len(facts) - 1, **head)
