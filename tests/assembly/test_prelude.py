"""The prelude of a whole site: every line in lock-step, every answer in the spool, the same again for the same seed."""

from pathlib import Path

import pytest

from assembly.gateway_settings import plan_of
from assembly.prelude import Past, live_through
from assembly.settings import load_gateway
from coldchain.errors import ColdchainError

START_MS = 1_790_000_000_000
MINUTES = 16

SETTINGS = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:1"
[spool]
path = "{folder}/spool.sqlite"
[[bus]]
port = "{folder}/lines/bus"
[[bus.temperature]]
slave = 1
channels = {{ "0" = "p-0", "1" = "p-1", "2" = "p-2", "3" = "p-3", "4" = "p-4", "5" = "p-5", "6" = "p-6", "7" = "p-7" }}
poll_s = 20
[[bus.contacts]]
slave = 2
door = "fridge-1-door"
mains = "site-mains"
poll_s = 2
[[reader]]
id = "fridge-1-reader"
port = "{folder}/lines/{line}"
door = "fridge-1-door"
"""


def live(folder: Path, line: str, seed: int = 1) -> Past:
    folder.mkdir(exist_ok=True)
    file = folder / "gateway.toml"
    file.write_text(SETTINGS.format(folder=folder, line=line))
    settings = load_gateway(file)
    return live_through(
        plan=plan_of(settings),
        scenario="storage-point",
        seed=seed,
        start_ms=START_MS,
        end_ms=START_MS + MINUTES * 60_000,
        spool_path=settings.spool.path,
        spool_bytes_max=settings.spool.bytes_max,
        truth_path=folder / "truth.json",
        progress=lambda _part: None,
    )


@pytest.mark.parametrize(("line", "tags"), [("reader-1", 36), ("reader-2", 9)])
def test_what_the_site_sent_is_what_the_gateway_accepted(tmp_path: Path, line: str, tags: int) -> None:
    past = live(tmp_path, line)
    sent = [channel["answers_sent"] for channel in past.truth["channels"] if channel["channel"] is not None]
    assert sent == [MINUTES * 3] * 8
    assert past.samples == sum(sent)
    assert past.kinds["TagSummary"] >= tags
    assert len(past.bags) == 76
    assert past.truth["box"]["rows"] == 0  # it is not yet switched on
    assert (tmp_path / "truth.json").is_file()


def test_the_same_seed_gives_the_same_past(tmp_path: Path) -> None:
    one, two = live(tmp_path / "1", "reader-2"), live(tmp_path / "2", "reader-2")
    other = live(tmp_path / "3", "reader-2", seed=2)
    assert (one.truth, one.kinds) == (two.truth, two.kinds)
    assert one.kinds != other.kinds


def test_a_port_that_the_scenario_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColdchainError, match="no line 'reader-9': bus, reader-1, reader-2, dock"):
        live(tmp_path, "reader-9")
