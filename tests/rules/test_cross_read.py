"""Cross-reads: one tag in several zones is in one of them, and the others' reads are strays, never movements."""

import random

from hypothesis import given
from hypothesis import strategies as st

from rules.cross_read import Decision, Hearing, decide


def heard(zone: str, seen: int, rssi_dbm: int, cycles: int = 20, antenna: int = 1, rate: int = 650) -> Hearing:
    return Hearing(zone=zone, antenna=antenna, seen=seen, cycles=cycles, rssi_dbm=rssi_dbm, rate_permille=rate)


def test_acceptance_case_5_the_stronger_zone_has_it_and_the_other_counts_three_strays() -> None:
    found = decide([heard("f-1", 18, -52), heard("f-2", 3, -71)])
    assert found == Decision(zone="f-1", strays={("f-2", 1): 3})


def test_a_zone_that_has_it_keeps_it_until_another_is_clearly_ahead() -> None:
    alike = [heard("f-1", 12, -60), heard("f-2", 12, -60)]
    assert decide(alike).zone is None, "nobody has it, and nothing tells them apart"
    assert decide(alike, holder="f-2").zone == "f-2"
    assert decide(alike, holder="f-1").zone == "f-1"
    assert decide([heard("f-1", 2, -75), heard("f-2", 18, -50)], holder="f-1").zone == "f-2"


def test_strays_alone_take_a_tag_from_nobody_and_give_it_to_nobody() -> None:
    assert decide([heard("f-2", 2, -75)]).zone is None
    assert decide([heard("f-2", 2, -75)], holder="f-1") == Decision(zone="f-1", strays={("f-2", 1): 2})
    assert decide([], holder="f-1").zone == "f-1"


def test_a_zone_that_reads_badly_is_judged_by_its_own_rate() -> None:
    weak = [heard("deep", 6, -60, rate=250), heard("clear", 6, -60, rate=650)]
    assert decide(weak).zone == "deep", "six of twenty is what the deep shelf reads, and too few for the clear one"


@given(
    st.lists(
        st.builds(
            heard,
            st.sampled_from(["f-1", "f-2", "f-3"]),
            st.integers(0, 20),
            st.integers(-80, -40),
            antenna=st.integers(1, 4),
        ),
        max_size=8,
    ),
    st.sampled_from([None, "f-1", "f-4"]),
    st.randoms(),
)
def test_the_order_of_hearings_is_nothing_and_no_read_is_forgotten(
    hearings: list[Hearing], holder: str | None, dice: random.Random
) -> None:
    found = decide(hearings, holder)
    mixed = list(hearings)
    dice.shuffle(mixed)
    assert decide(mixed, holder) == found
    others = sum(one.seen for one in hearings if one.zone != found.zone)
    assert sum(found.strays.values()) == (others if found.zone else 0)
