"""The alarms that stand in the end do not depend on the order in which facts arrived."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alarm_scene import alarms_of_findings
from support.intake import a_day, pipeline_on, send
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.ports import Store
from coldchain.units import FindingStatus
from stores.sqlite import open_store


def delivered(facts: list[Fact], chance: random.Random | None, store: Store) -> Counter[Any]:
    """Deliver a day, in order or in any; return the alarms of findings that stand or stood."""
    pipeline = pipeline_on(store)
    batches = [facts[at : at + 120] for at in range(0, len(facts), 120)]
    if chance is not None:
        chance.shuffle(batches)
        batches += chance.sample(batches, k=3)
    missing = {fact.seq: fact.taken_ms for fact in facts}
    for batch in batches:
        for fact in batch:
            missing.pop(fact.seq, None)
        send(pipeline, batch, mark_ms=min(missing.values(), default=None))
    send(pipeline, [])
    return alarms_of_findings(store)


@settings(max_examples=15)
@given(st.integers(0, 3), st.integers(0, 10**9))
def test_any_order_of_the_same_facts_ends_with_the_same_alarms(day: int, seed: int) -> None:
    facts = a_day(day)
    expected = delivered(facts, None, MemoryStore())
    assert expected
    assert delivered(facts, random.Random(seed), MemoryStore()) == expected


@pytest.mark.parametrize("seed", range(2))
def test_every_finding_has_one_alarm_and_a_withdrawn_one_says_so(seed: int, tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    try:
        delivered(a_day(seed), random.Random(seed), store)
        with store.reading() as session:
            findings = session.records.findings()
            for finding in findings:
                found = session.records.alarms_of_finding(finding.id)
                gone = finding.status is FindingStatus.WITHDRAWN
                assert len(found) in ((0, 1) if gone else (1,))
                assert all(one.withdrawn == gone for one in found)
        assert any(one.status is not FindingStatus.WITHDRAWN for one in findings)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
    finally:
        store.close()
