"""SIGKILL at any moment: no alarm is lost, none is there twice, and the ledger alone gives the same rows."""

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from support import alarm_loop
from support.alarm_scene import alarms_of_findings
from support.killing import run_and_kill

from coldchain.ports import Store
from coldchain.units import FindingStatus
from stores.sqlite import open_store

KILLS = 3  # of one file, one after the other


def expect_whole(store: Store) -> int:
    """Check that alarms and findings fit each other; return how many steps are done."""
    with store.reading() as session:
        active = session.records.active_alarms()
        twice = [key for key, n in Counter(one.key for one in active).items() if n > 1]
        assert twice == []
        for finding in session.records.findings():
            found = session.records.alarms_of_finding(finding.id)
            assert len(found) == 1 or finding.status is FindingStatus.WITHDRAWN
            assert finding.status is not FindingStatus.OPEN or found[0].active
        for one in session.records.alarms(10_000):
            versions = session.records.alarm_versions(one.id)
            assert [each.version for each in versions] == list(range(1, one.version + 1))
        return session.books.cursor(alarm_loop.CURSOR)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_desk_loses_no_alarm_and_doubles_none(path: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    done = 0
    for _ in range(KILLS):
        said = run_and_kill(alarm_loop.__file__, str(path), seed, chance)
        with closing(open_store(path)) as store:
            done = expect_whole(store)
            assert done in {said, said + 1}
            before = store.projection_dump()
            store.rebuild_projections()
            assert store.projection_dump() == before
    with closing(open_store(tmp_path / "again.sqlite")) as again, closing(open_store(path)) as killed:
        undisturbed, goes_on = alarm_loop.pipeline_of(again, seed), alarm_loop.pipeline_of(killed, seed)
        for k in range(1, done + 3):
            alarm_loop.step(undisturbed, again, seed, k)
        for k in range(done + 1, done + 3):
            alarm_loop.step(goes_on, killed, seed, k)
        assert alarms_of_findings(killed) == alarms_of_findings(again)
        assert alarms_of_findings(killed)
