"""How fast probes are folded, live in small batches and in replay, and what a reading that comes late costs.

    .venv/bin/python -m benchmarks.folds             # 60 probes, 200 k readings a round, 5 rounds; 35 days for late
    .venv/bin/python -m benchmarks.folds --quick     # 10 k readings, 2 rounds, 4 days

One seed, a reading a minute, air and load probes in turn; a share of the time is runs outside, faults and gaps. The
floor is a loop of plain if-statements with two limits, a delay and a gap: no excuses, hard limits, peaks, sums or
checkpoints. Everything of a round is timed one after the other on the same histories, and the median of the rounds is
printed, in processor time of the process: others use the machine too. Each way must find the same episodes. Late
readings go through the pipeline into SQLite, whole transactions, in processor time as well.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from coldchain.facts import ClockState, Quality, Sample
from coldchain.history import NO_VALUE, History
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from coldchain.ports import Store
from coldchain.wire import encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.excursion import FoldState, Watch, fold, fold_one_by_one
from rules.limits import Profile
from rules.profile import load_profile, profile_record
from stores.sqlite import open_store

SEED: Final = 20_261_127
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
BEGIN: Final = 1_700_000_000_000 // DAY * DAY
MINUTE: Final = 60_000
PROBES: Final = 60
SHARES: Final = (0.0, 0.01, 0.1)  # of the time that is not calm
BATCHES: Final = (5, 10, 25, 50)
PROFILE_TOML: Final = (Path(__file__).resolve().parents[1] / "rules" / "profiles" / "cn-rbc-3.toml").read_bytes()
SENT_AT_ONCE: Final = 480


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    readings, rounds = (10_000, 2) if quick else (200_000, 5)
    print(
        f"seed {SEED}, {PROBES} probes, {readings} readings a round, {rounds} rounds, M readings/s on one core (median)"
    )
    for share in SHARES:
        throughput(readings // PROBES, rounds, share)
    with tempfile.TemporaryDirectory() as directory:
        late(open_store(Path(directory) / "hot.sqlite"), days=4 if quick else 35)


def throughput(count: int, rounds: int, share: float) -> None:
    """Print the rates of one share of time that is not calm."""
    profile = load_profile(PROFILE_TOML)
    chance = random.Random(SEED)
    histories = [a_history(chance, count, share) for _ in range(PROBES)]
    watches = [_watch(profile, number) for number in range(PROBES)]
    lists = [(h.taken_ms.tolist(), h.micro_celsius.tolist(), h.quality.tolist()) for h in histories]
    parts = {size: [[h.part(i, i + size) for i in range(0, count, size)] for h in histories] for size in BATCHES}
    ways: dict[str, Callable[[], int]] = {"floor (if-loop)": lambda: sum(map(plain, lists, watches))}
    for size in BATCHES:
        ways[f"live, {size} a batch"] = lambda size=size: sum(map(_live, parts[size], watches))  # type: ignore[misc]
    ways["replay"] = lambda: sum(len(fold(FoldState(), h, w).episodes) for h, w in zip(histories, watches, strict=True))
    ways["one by one"] = lambda: sum(
        len(fold_one_by_one(FoldState(), h, w).episodes) for h, w in zip(histories, watches, strict=True)
    )
    rates: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, int] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = time.process_time()
            found[name] = way()
            rates[name].append(count * PROBES / (time.process_time() - begun))
    equal = {episodes for name, episodes in found.items() if not name.startswith("floor")}
    if len(equal) != 1:
        msg = f"the ways of folding differ: {found}"
        raise SystemExit(msg)
    said = "  ".join(f"{name} {median(rate) / 1e6:.2f}" for name, rate in rates.items())
    print(f"{share:>4.0%} not calm, {equal.pop()} episodes: {said}")


def a_history(chance: random.Random, count: int, share: float) -> History:
    """Return a reading a minute around 4 °C; stretches of 20 min are warm, cold, faults or gaps."""
    generator = np.random.default_rng(chance.randrange(2**32))
    values = (4_000_000 + generator.normal(0, 300_000, count)).astype(np.int64)
    quality = np.zeros(count, np.uint8)
    taken = BEGIN + np.arange(count, dtype=np.int64) * MINUTE
    for _ in range(round(count * share / 20)):
        at = chance.randrange(count)
        match chance.choice(["warm", "cold", "fault", "gap"]):
            case "warm":
                values[at : at + 20] = 6_800_000
            case "cold":
                values[at : at + 20] = 1_500_000
            case "fault":
                values[at : at + 20], quality[at : at + 20] = NO_VALUE, Quality.NO_SENSOR
            case _:
                taken[at:] += 20 * MINUTE
    return History(taken_ms=taken, micro_celsius=values, quality=quality)


def plain(columns: tuple[Sequence[int], Sequence[int], Sequence[int]], watch: Watch) -> int:
    """Fold with plain if-statements: two limits, a delay and a gap."""
    low, high = watch.profile.inside()
    delay_ms, gap_ms = watch.delay_ms(hard=False), watch.profile.gap_tolerance_ms
    since_ms, last_ms, out, found = 0, 0, False, 0
    for taken_ms, value, quality in zip(*columns, strict=True):
        if last_ms and taken_ms - last_ms >= gap_ms:
            found += 1
        last_ms = taken_ms
        if quality:
            continue
        if low <= value <= high:
            if out and taken_ms - since_ms >= delay_ms:
                found += 1
            out = False
        elif not out:
            out, since_ms = True, taken_ms
    return found


def _live(batches: Sequence[History], watch: Watch) -> int:
    state, found = FoldState(), 0
    for batch in batches:
        folded = fold(state, batch, watch)
        state, found = folded.state, found + len(folded.episodes)
    return found


def _watch(profile: Profile, number: int) -> Watch:
    return Watch(profile=profile, role=list(ProbeRole)[number % 2], horizon_ms=BEGIN + 10_000 * DAY)


def late(store: Store, days: int) -> None:
    """Print what one reading costs that comes so late, beside one that comes in time."""
    pipeline = Pipeline(store, Counters())
    place = Place(id="fridge-1", site="s-1", name=Text(zh="冰箱", en="Fridge"), profile="cn-rbc", profile_version=3)
    probe = Probe(id="load", place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD, since_ms=BEGIN)
    pipeline.set_up([profile_record(PROFILE_TOML), Gateway(id="gw-1", site="s-1"), place, probe], BEGIN)
    history = a_history(random.Random(SEED), days * 1_440, 0.01)
    end = int(history.taken_ms[-1])
    held_back = {hours: 60 * hours for hours in (1, 6, 24, 7 * 24, 30 * 24) if hours < days * 24}
    backs = {len(history) - back + n for back in held_back.values() for n in range(20)}
    facts = [_sample(history, i) for i in range(len(history))]
    _send(pipeline, [fact for i, fact in enumerate(facts) if i not in backs], end)
    print(
        f"one reading through the pipeline into SQLite, {days} days of a reading a minute, processor ms a transaction"
    )
    for hours, back in held_back.items():
        spent = [_timed(pipeline, facts[len(facts) - back + n], end) for n in range(20)]
        print(f"  {hours:>4} h late: median {median(spent):.2f}, worst of 20 {max(spent):.2f}")
    newest = [_sample_at(len(facts) + n, end + (n + 1) * MINUTE) for n in range(20)]
    spent = [_timed(pipeline, fact, end + HOUR) for fact in newest]
    print(f"     in time: median {median(spent):.2f}, worst of 20 {max(spent):.2f}")


def _sample(history: History, i: int) -> Sample:
    good = int(history.quality[i]) == Quality.GOOD
    return Sample(
        seq=i + 1,
        origin="load",
        taken_ms=int(history.taken_ms[i]),
        boottime_ms=1,
        micro_celsius=int(history.micro_celsius[i]) if good else None,
        quality=Quality(int(history.quality[i])),
    )


def _sample_at(seq: int, taken_ms: int) -> Sample:
    return Sample(
        seq=seq + 1, origin="load", taken_ms=taken_ms, boottime_ms=1, micro_celsius=4_000_000, quality=Quality.GOOD
    )


def _send(pipeline: Pipeline, facts: Sequence[Sample], now_ms: int) -> None:
    batch: list[Sample] = []
    for fact in facts:
        if batch and (fact.seq != batch[-1].seq + 1 or len(batch) == SENT_AT_ONCE):
            pipeline.process([_message(batch, now_ms)], now_ms)
            batch = []
        batch.append(fact)
    pipeline.process([_message(batch, now_ms)], now_ms)


def _message(facts: Sequence[Sample], now_ms: int) -> Message:
    up = up_of(
        facts,
        gateway="gw-1",
        epoch="e-1",
        first_seq=facts[0].seq,
        last_seq=facts[-1].seq,
        boot="b-1",
        sent_ms=now_ms,
        sent_boottime_ms=None,
        clock=ClockState.TRUSTED,
        oldest_unsent_taken_ms=None,
    )
    return Message(site="s-1", gateway="gw-1", payload=encode(up), received_ms=now_ms)


def _timed(pipeline: Pipeline, fact: Sample, now_ms: int) -> float:
    message = _message([fact], now_ms)
    begun = time.process_time()
    pipeline.process([message], now_ms)
    return (time.process_time() - begun) * 1_000


if __name__ == "__main__":
    main()
