"""`coldchain commission` against a running interface: what waits, and confirming a probe at the fridge."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from support.console import PipelineRecorder, console_app, served
from support.console_story import MINUTE, NOW, registry, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.storage_point import POINT, batch
from typer.testing import CliRunner

from assembly.cli import app
from coldchain.facts import Fact, Sample
from coldchain.places import Probe

BEGAN = NOW - 3 * MINUTE - 10_000
SIGNED = ["--name", "Li Hua", "--post", "technician", "--yes"]


def centre(*warmed: str) -> Iterator[str]:
    """Fridge 2 has another load probe since some minutes, and these probes have been warmed by hand."""
    store = MemoryStore()
    pipeline = story(store, "calm")
    probe = next(one for one in registry() if isinstance(one, Probe) and one.id == "fridge-2-load")
    for n, serial in enumerate(("s-1", "s-2")):
        pipeline.set_up([replace(probe, serial=serial, line="bus 1")], NOW - (5 - n) * MINUTE, commissioning=True)
    facts: list[Fact] = []
    for n in range(12):
        for number, name in enumerate(("fridge-2-load", "fridge-2-air", "fridge-1-load")):
            risen = 700_000 * max(0, n - 3) if name in warmed else 0
            at_ms, seq = NOW - 4 * MINUTE + n * 20_000, 5_000_000 + 3 * n + number
            facts.append(Sample(seq=seq, origin=name, taken_ms=at_ms, boottime_ms=seq, micro_celsius=4_000_000 + risen))
    pipeline.process([batch(POINT, facts, sent_ms=NOW)], NOW)
    clock = HandClock(NOW)
    with served(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock)) as url:
        yield url


@pytest.fixture
def url() -> Iterator[str]:
    yield from centre("fridge-2-load")


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["commission", *words])
    said = "" if result.exception is None else str(result.exception)
    return result.exit_code, result.output + said


def test_what_waits_is_listed_and_confirmed_at_the_fridge(url: str) -> None:
    code, said = run("list", "--url", url)
    assert (code, "fridge-2-load  fridge-2  waits" in said, "fridge-1-load" in said) == (0, True, False), said
    assert "bus 1" in said
    code, said = run("confirm", "fridge-2-load", *SIGNED, "--began-ms", str(BEGAN), "--url", url)
    assert (code, "confirmed" in said) == (0, True), said
    code, said = run("list", "--url", url)
    assert (code, "no probe waits" in said) == (0, True), said
    code, said = run("list", "--all", "--url", url)
    assert "fridge-2-load  fridge-2  confirmed / 已确认  Li Hua, technician" in said


@pytest.mark.parametrize(
    ("warmed", "why"),
    [
        (("fridge-1-load",), "it was probe fridge-1-load that rose"),
        (("fridge-1-load", "fridge-2-load"), "more than one probe rose"),
        ((), "no probe rose within 3 min"),
    ],
)
def test_another_probe_several_or_none_is_not_signed_for(warmed: tuple[str, ...], why: str) -> None:
    for url in centre(*warmed):
        words = ["confirm", "fridge-2-load", *SIGNED, "--began-ms", str(BEGAN), "--minutes", "3", "--url", url]
        code, said = run(*words)
        assert code != 0
        assert why in said, said
        assert "waits" in run("list", "--url", url)[1]


def test_who_does_not_say_yes_signs_nothing(url: str) -> None:
    words = ["commission", "confirm", "fridge-2-load", *SIGNED[:-1], "--began-ms", str(BEGAN), "--url", url]
    assert CliRunner().invoke(app, words, input="n\n").exit_code != 0
    assert "waits" in run("list", "--url", url)[1]


def test_a_probe_that_nobody_knows_is_named(url: str) -> None:
    code, said = run("confirm", "nobodys", *SIGNED, "--url", url)
    assert (code != 0, "nobodys is not known" in said) == (True, True)
