"""Lineage of units: how long what is made of a bag lasts, what a recall reaches, what an end does to stays. Pure."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from coldchain.lineage import Act, Edge
from coldchain.units import Stay
from rules.custody import BY_PERSON

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
DEPTH_MAX: Final = 32  # acts in a row; a bag goes through a handful
REACHED_MAX: Final = 10_000  # units of one closure

# How long a bag lasts after an act, by the act and the profile that its output must keep. Washed in an open system
# 24 h (WS 399-2012, and the same in the USA); thawed plasma 24 h (WS 399-2012), thawed cryoprecipitate 4 h (the safe
# default, to be confirmed); irradiated red cells 28 d in the USA, 14 d in the UK and (to be confirmed by the quality
# manager) in China. "": whatever profile has no rule of its own. Nothing thawed or irradiated keeps the expiry that it
# had before, so there the strictest figure given for any component counts: thawed 4 h (cryoprecipitate, and plasma kept
# at 22 C in the UK), irradiated 14 d (UK). Where a station knows better, the person who acts enters it.
_SHELF_MS: Final[Mapping[tuple[Act, str], int]] = {
    (Act.WASH, ""): 24 * HOUR_MS,
    (Act.THAW, ""): 4 * HOUR_MS,
    (Act.THAW, "cn-plasma-thawed"): 24 * HOUR_MS,
    (Act.THAW, "cn-cryo-thawed"): 4 * HOUR_MS,
    (Act.IRRADIATE, ""): 14 * DAY_MS,
    (Act.IRRADIATE, "us-rbc"): 28 * DAY_MS,
    (Act.IRRADIATE, "uk-rbc"): 14 * DAY_MS,
    (Act.IRRADIATE, "cn-rbc"): 14 * DAY_MS,
}
# Figures from secondary sources or for want of a better one: said with every expiry that rests on them.
_TO_BE_CONFIRMED: Final = frozenset(
    {(Act.THAW, ""), (Act.THAW, "cn-cryo-thawed"), (Act.IRRADIATE, ""), (Act.IRRADIATE, "cn-rbc")}
)
# Of one donation come plasma that lasts for years and platelets that last for days: there only the labels say.
_OUTLIVES: Final = frozenset({Act.PROCESS_DONATION})


def expiry_of(
    act: Act,
    profile: str,
    at_ms: int,
    *,
    label_ms: int | None,
    inputs_ms: Iterable[int | None],
    shelf_ms: int | None = None,
) -> int | None:
    """Return when an output expires: the earliest of its label, the act's rule and its inputs' expiries (ms, UTC).

    `shelf_ms` is what the person entered instead of the rule. None: nobody knows.
    """
    rule = shelf_ms if shelf_ms is not None else _SHELF_MS.get(_rule_of(act, profile))
    ends = [label_ms, None if rule is None else at_ms + rule]
    if act not in _OUTLIVES:
        ends += inputs_ms
    return min((end for end in ends if end is not None), default=None)


def unconfirmed_shelf_ms(act: Act, profile: str) -> int | None:
    """Return how long an output lasts by the act's rule, if that is to be confirmed; None: it is not, or none."""
    key = _rule_of(act, profile)
    return _SHELF_MS[key] if key in _TO_BE_CONFIRMED else None


def _rule_of(act: Act, profile: str) -> tuple[Act, str]:
    return (act, profile) if (act, profile) in _SHELF_MS else (act, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a walk over the lineage reached: the units in the order in which they were found, and the edges between."""

    units: tuple[str, ...]
    edges: tuple[Edge, ...]
    cut: bool = False  # there is more, beyond a named limit


def reached(starts: Sequence[str], edges_of: Callable[[str], Sequence[Edge]], *, back: bool = False) -> Reached:
    """Return all that was made of units (`back`: all that they were made from), the starts first.

    Breadth first, each unit once, so that a circle in what people entered ends the walk and does not turn it; at most
    DEPTH_MAX acts deep and REACHED_MAX units wide.
    """
    depths = dict.fromkeys(starts, 0)
    waiting = deque(depths)
    edges: list[Edge] = []
    cut = False
    while waiting:
        unit = waiting.popleft()
        following = edges_of(unit)
        if following and (depths[unit] >= DEPTH_MAX or len(depths) >= REACHED_MAX):
            cut = True
            continue
        for edge in following:
            edges.append(edge)
            other = edge.parent if back else edge.child
            if other not in depths:
                depths[other] = depths[unit] + 1
                waiting.append(other)
    return Reached(units=tuple(depths), edges=tuple(edges), cut=cut)


def until_end(stays: Iterable[Stay], end_ms: int) -> list[Stay]:
    """Return stays up to the end of their unit: nothing is anywhere once it has been used up or destroyed."""
    return [_cut(stay, end_ms) for stay in stays if stay.possible_from_ms < end_ms]


def _cut(stay: Stay, end_ms: int) -> Stay:
    if stay.possible_to_ms is not None and stay.possible_to_ms <= end_ms:
        return stay
    certain_from_ms = stay.certain_from_ms
    if certain_from_ms is not None and certain_from_ms >= end_ms:
        certain_from_ms = None
    certain_to_ms = None
    if certain_from_ms is not None:
        certain_to_ms = end_ms if stay.certain_to_ms is None else min(stay.certain_to_ms, end_ms)
    return replace(
        stay,
        certain_from_ms=certain_from_ms,
        certain_to_ms=certain_to_ms,
        possible_to_ms=end_ms,
        left_by=BY_PERSON,
        unseen_since_ms=None,
    )
