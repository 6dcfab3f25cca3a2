"""A night as it really arrives, into two real servers: late readings, findings that are amended and taken back.

The rules judge it, not a made-up record: what the mirror shows at the end is what the record says, and the boards'
queries see no finding that no longer stands.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from support.influx import InfluxServer
from support.influx_servers import WITH_BOARDS, start_version, target
from support.intake import START, pipeline_on, sample, send
from support.memory_store import MemoryStore
from support.mirror_pair import compared, level, mirroring
from support.waiting import until

from assembly.mirror_told import HereTold
from coldchain.facts import Sample
from coldchain.units import Finding, FindingStatus
from stores.influx_target import Target

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
CALM, WARM = 4_000_000, 8_000_000
SHOWN: Final = "SELECT status, peak_celsius FROM finding WHERE kind = 'excursion' AND status != 'withdrawn'"


TOLD: Final = HereTold(ZoneInfo("Asia/Shanghai"))


class Night:
    """One fridge, a reading a minute; `warm` minutes are outside the limits, `late` ones arrive when they are told."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self._pipeline = pipeline_on(store, START)
        self._seq = 0

    def tell(self, minutes: Sequence[int], micro: int, sent: int) -> None:
        """Send the readings of these minutes in the minute `sent`."""
        facts: list[Sample] = []
        for minute in minutes:
            self._seq += 1
            facts.append(sample(self._seq, START + minute * MINUTE_MS, micro))
        send(self._pipeline, facts, sent_ms=START + sent * MINUTE_MS)

    def findings(self) -> list[Finding]:
        """Return the findings of the load probe that are of excursions, withdrawn ones too."""
        with self.store.reading() as session:
            return [one for one in session.records.findings() if one.direction is not None]


@pytest.mark.parametrize("version", WITH_BOARDS)
def test_late_readings_amend_and_withdraw_findings_in_the_mirror_too(version: str, tmp_path: Path) -> None:
    night = Night(MemoryStore())
    with start_version(version, tmp_path) as server:
        where = target(server)
        with mirroring(night.store, where, told=TOLD) as mirror:
            night.tell(range(60), CALM, 60)
            night.tell(range(60, 100, 2), WARM, 100)
            until(lambda: level(mirror))
            (warm,) = night.findings()
            assert (warm.status, statuses(server)) == (FindingStatus.OPEN, ["open"])

            night.tell(range(100, 130), CALM, 130)
            until(lambda: level(mirror))
            assert statuses(server) == ["closed"]

            night.tell(range(61, 99, 2), WARM + 2_000_000, 131)  # what was spooled: warmer still, between the others
            until(lambda: level(mirror))
            (row,) = server.rows("coldchain", SHOWN)
            assert row["peak_celsius"] == 10.0
            until(lambda: alike(night, where))

            night.tell(range(200, 230), CALM, 230)
            night.tell(range(230, 260, 10), WARM, 260)  # three readings, ten minutes apart, are an excursion
            night.tell(range(260, 290), CALM, 290)
            until(lambda: level(mirror))
            assert len(statuses(server)) == 2
            night.tell([*range(231, 240), *range(241, 250), *range(251, 260)], CALM, 291)  # but they were three moments
            until(lambda: level(mirror))
            assert FindingStatus.WITHDRAWN in {one.status for one in night.findings()}
            assert len(statuses(server)) == len(
                [f for f in night.findings() if f.status is not FindingStatus.WITHDRAWN]
            )
            until(lambda: alike(night, where))
            assert mirror.status().dead_letters == mirror.status().faults == 0
            assert server.rows("coldchain", "SELECT count(n) AS hours FROM temperature_1h")[0]["hours"] >= 5


def statuses(server: InfluxServer) -> list[str]:
    """Return what the boards see of excursions."""
    return [row["status"] for row in server.rows("coldchain", SHOWN)]


def alike(night: Night, where: Target) -> bool:
    return compared(night.store, where, START, START + 6 * HOUR_MS, TOLD).alike
