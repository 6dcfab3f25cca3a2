"""One centre in memory for the tests of the intake."""

import pytest
from support.intake import pipeline_on
from support.memory_store import MemoryStore

from ingest.counters import Counters
from ingest.pipeline import Pipeline


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def pipeline(store: MemoryStore, counters: Counters) -> Pipeline:
    pipeline_on(store)
    return Pipeline(store, counters)
