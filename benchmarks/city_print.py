"""What benchmarks/city.py prints: what was missed, false and late, what people heard, and what a power cut makes."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from benchmarks.city_truth import Score
from benchmarks.city_world import DAY_MS, MINUTE_MS, START_MS, City
from coldchain.alarms import Alarm
from rules.alarm_quality import quality

PAPER = frozenset({"A28", "A29", "A31", "A33", "A34", "A35"})
PHYSICAL = ("compressor", "ajar", "wear", "packs", "mains")
CAUSES = {
    "A04": PHYSICAL,
    "A07": PHYSICAL,
    "A06": ("mains",),
    "A11": ("mains", "motor"),
    "A25": ("ajar",),
    "A05": ("gateway", "no-sensor"),
    "A44": ("gateway",),
    "A30": ("stuck", "spike", "no-sensor", "step"),
    "A43": ("wear", "compressor", "ajar", "mains"),
}


def print_score(found: Score, *, timed: bool) -> None:
    """Print what was missed, false and late."""
    print(
        f"true excursions {found.true}, said {found.said}: missed {len(found.missed)}, false {len(found.false)}", end=""
    )
    late = sorted(found.late, reverse=True)
    print(f", late by more than a minute {len(late)}" if timed else "")
    if timed and found.lags_ms:
        lags = sorted(lag / 1_000 for lag in found.lags_ms)
        p99 = lags[min(len(lags) - 1, len(lags) * 99 // 100)]
        print(f"  known -> alarm: p50 {median(lags):.0f} s, p99 {p99:.0f} s, worst {lags[-1]:.0f} s ({len(lags)})")
    for why, number in Counter(why for why, _ in found.false).most_common():
        print(f"  false, {why}: {number}")
    for why, one in found.false[:6]:
        print(f"    e.g. {one.rule} {one.probe} after {(one.from_ms - START_MS) / DAY_MS:.2f} d ({why})")
    for missed in found.missed[:6]:
        long = (missed.to_ms - missed.from_ms) // MINUTE_MS
        print(
            f"  missed: {missed.place} {missed.direction}, {long} min from {(missed.from_ms - START_MS) / DAY_MS:.2f} d"
        )
    for late_ms, truth in late[:6]:
        print(f"  late by {late_ms / 1_000:.0f} s: {truth.place} {truth.direction}")


def print_alarms(city: City, alarms: Sequence[Alarm], end_ms: int) -> None:
    """Print what people heard."""
    alarms = [one for one in alarms if one.rule not in PAPER]
    own = [one for one in alarms if not one.parent]
    hours = city.days * 24
    sites = len({one.site for one in city.places})
    print(f"alarms {len(alarms)}, of them under a cause {len(alarms) - len(own)}; {hours} h")
    for people, what in (
        (1, "one desk for the city"),
        (4, "four desks"),
        (sites, f"one person at each of {sites} sites"),
    ):
        told = Counter(one.severity.value for one in own)
        rates = ", ".join(f"{grave} {count / hours / people:.3f}" for grave, count in sorted(told.items()))
        print(f"  an operator-hour, {what}: {len(own) / hours / people:.3f} ({rates})")
    for kind in ("point", "hospital"):
        here = [one for one in own if one.site.startswith(kind)]
        count = len({one.site for one in city.places if one.site.startswith(kind)})
        if count:
            graver = Counter(one.severity.value for one in here)
            rates = ", ".join(f"{grave} {n / hours / count:.4f}" for grave, n in sorted(graver.items()))
            print(f"  a site-hour, {count} sites {kind}: {len(here) / hours / count:.4f} ({rates})")
    found = quality(alarms, [], (START_MS, end_ms), end_ms)
    print(
        f"  busiest hour {found.busiest_alarms}; chattering {len(found.chattering)}; standing > 24 h {len(found.stale)}"
    )
    print("  rule  alarms  own  without cause  median min  suggested delay (spares)")
    suggested = {one.rule: (one.suggested_ms, one.spared) for one in found.rules}
    for rule, number in Counter(one.rule for one in alarms).most_common():
        these = [one for one in alarms if one.rule == rule]
        idle = sum(not _caused(city, one) for one in these) if rule in CAUSES else None
        lengths = [((one.cleared_ms or end_ms) - one.since_ms) / MINUTE_MS for one in these]
        delay, spared = suggested.get(rule, (None, 0))
        hint = "-" if delay is None else f"{delay // MINUTE_MS} min ({spared})"
        mine = sum(not one.parent for one in these)
        print(f"  {rule:>5} {number:7} {mine:4} {'-' if idle is None else idle:>14} {median(lengths):11.0f}  {hint}")
    for one in found.chattering[:5]:
        print(f"  chatters: {one.rule} {one.subject} {one.alarms}")
    for one in found.stale[:5]:
        print(f"  stands: {one.rule} {one.subject} {one.longest_ms / DAY_MS:.1f} d")


def _caused(city: City, alarm: Alarm) -> bool:
    subjects = {
        alarm.subject,
        alarm.place,
        alarm.site,
        str(alarm.values.get("probe", "")),
        alarm.subject.removesuffix("-gw"),
    }
    begin, end = alarm.since_ms - 30 * MINUTE_MS, alarm.raised_ms + MINUTE_MS
    here = [
        one
        for one in city.of(*CAUSES[alarm.rule])
        if one.subject in subjects or one.subject.startswith(f"{alarm.place}-")
    ]
    return any(one.from_ms < end and one.to_ms + 120 * MINUTE_MS > begin for one in here)


def print_cuts(city: City, alarms: Sequence[Alarm]) -> None:
    """Print how many alarms a power cut makes, with and without grouping."""
    found = []
    for cut in city.of("mains"):
        here = [a for a in alarms if a.site == cut.subject and cut.from_ms <= a.raised_ms < cut.to_ms + 30 * MINUTE_MS]
        here = [a for a in here if a.rule not in PAPER]
        if here:
            found.append((len(here), sum(not a.parent for a in here), (cut.to_ms - cut.from_ms) // MINUTE_MS))
    if found:
        every, own = sum(one[0] for one in found), sum(one[1] for one in found)
        worst = max(found)
        each, called = every / len(found), own / len(found)
        print(f"power cuts with alarms {len(found)}: {each:.1f} alarms each, {called:.1f} called somebody")
        print(f"  worst: {worst[0]} alarms, {worst[1]} of them called ({worst[2]} min)")
