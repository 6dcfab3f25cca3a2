"""What people heard in the simulated city, in the figures that ISA-18.2 and EEMUA 191 ask for, and calls that rang.

Rates are of alarms that sound: what stands under a cause is counted apart. A flood is ten minutes in which more than
ten came to one operator. Of lateness: from the instant at which a true excursion's delay was over, its readings here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from benchmarks.city_people import PHONE
from benchmarks.city_world import DAY_MS, HOUR_MS, MINUTE_MS, START_MS
from benchmarks.city_year import Lived
from coldchain.alarms import Alarm, Severity
from coldchain.notifications import Notification
from rules.alarm_quality import quality

TEN_MS: Final = 10 * MINUTE_MS
FLOOD_MORE_THAN: Final = 10
ORDER: Final = tuple(Severity)
UNANSWERED: Final = "A32"


def print_isa(lived: Lived, places: int, sites: int) -> None:
    """Print what people heard."""
    hours = lived.days * 24
    own = [one for one in lived.alarms if not one.parent]
    print(f"alarms {len(lived.alarms)}, of them under a cause {len(lived.alarms) - len(own)}; {hours:,} h")
    again = sum(one.rule == UNANSWERED for one in own)
    print(f"  {again} say only that another one waits (A32)")
    told = Counter(one.severity for one in own)
    shares = ", ".join(f"{one.value} {told[one]} ({100 * told[one] / max(1, len(own)):.0f} %)" for one in ORDER)
    print(f"  by severity: {shares}")
    for people, what in ((1, "one desk for all"), (4, "four desks"), (sites, f"one person at each of {sites} sites")):
        each = {one: told[one] / hours / people for one in ORDER}
        rates = ", ".join(f"{one.value} {rate:.4f}" for one, rate in each.items())
        print(f"  an operator-hour, {what}: {len(own) / hours / people:.4f} ({rates})")
    print(f"  a place and day: {len(own) / places / lived.days:.3f}")
    _print_floods(own, lived.days)
    found = quality(own, [], (START_MS, START_MS + lived.days * DAY_MS), START_MS + lived.days * DAY_MS)
    print(f"  chattering {len(found.chattering)}, standing > 24 h at the end {len(found.stale)}, ", end="")
    long = [one for one in own if one.cleared_ms is not None and one.cleared_ms - one.since_ms > DAY_MS]
    print(f"stood > 24 h and cleared {len(long)}")
    _print_places(own, lived.days)
    _print_rules(lived)
    _print_people(lived, own)


def _print_floods(own: Sequence[Alarm], days: int) -> None:
    groups: tuple[tuple[str, Callable[[Alarm], str]], ...] = (
        ("one desk", lambda _: ""),
        ("a site's person", lambda one: one.site),
    )
    for who, of in groups:
        counts = Counter((of(one), (one.raised_ms - START_MS) // TEN_MS) for one in own)
        floods = [number for number in counts.values() if number > FLOOD_MORE_THAN]
        most = max(counts.values(), default=0)
        share = 100 * len(floods) / (days * 144)
        print(f"  {who}: floods (10 min with more than 10) {len(floods)}, {share:.2f} % of all; most in 10 min {most}")


def _print_places(own: Sequence[Alarm], days: int) -> None:
    """Print how alarms fall on places: the ten worst actors and what the others have."""
    by_place = Counter(one.place or one.site for one in own)
    worst = by_place.most_common(10)
    share = 100 * sum(number for _, number in worst) / max(1, len(own))
    print(f"  the ten places with most: {share:.0f} % of all; " + ", ".join(f"{name} {n}" for name, n in worst[:5]))
    numbers = sorted(by_place.values())
    print(f"  a place and month: median {median(numbers or [0]) * 30 / days:.1f}, most {numbers[-1] * 30 / days:.1f}")


def _print_rules(lived: Lived) -> None:
    print("  rule  alarms  own  critical  high  medium  low  median min")
    for rule, number in Counter(one.rule for one in lived.alarms).most_common():
        these = [one for one in lived.alarms if one.rule == rule]
        mine = [one for one in these if not one.parent]
        told = Counter(one.severity for one in mine)
        lengths = [(one.cleared_ms - one.since_ms) / MINUTE_MS for one in these if one.cleared_ms is not None]
        graded = " ".join(f"{told[one]:6}" for one in ORDER)
        print(f"  {rule:>5} {number:7} {len(mine):4} {graded} {median(lengths or [0]):10.0f}")


def _print_people(lived: Lived, own: Sequence[Alarm]) -> None:
    seen = sorted((one.acknowledged_ms - one.waiting_ms) / MINUTE_MS for one in own if one.acknowledged_ms is not None)
    if seen:
        p95 = seen[len(seen) * 95 // 100]
        print(f"  acknowledged {len(seen)}: median {median(seen):.0f} min, p95 {p95:.0f} min")
    kinds = Counter((one.channel, one.kind) for one in lived.messages)
    rang = [one for one in lived.messages if one.channel == PHONE]
    nights = sum(not 7 * HOUR_MS <= one.queued_ms % DAY_MS < 22 * HOUR_MS for one in rang)
    weeks = max(1, lived.days) / 7
    print(f"  messages {len(lived.messages)}: " + ", ".join(f"{c} {k} {n}" for (c, k), n in kinds.most_common()))
    print(
        f"  calls that rang a phone {len(rang)} ({len(rang) / weeks:.1f} a week, {nights} at night), of alarms ", end=""
    )
    print(f"{len({one.alarm for one in rang})}; of a level: {_levels(lived.messages)}")


def _levels(messages: Sequence[Notification]) -> str:
    found: dict[int, set[str]] = defaultdict(set)
    for one in messages:
        if one.kind != "cleared":
            found[one.level].add(one.alarm)
    return ", ".join(f"{level}: {len(alarms)} alarms" for level, alarms in sorted(found.items()))
