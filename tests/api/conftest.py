"""The story in memory and a client of its console, new for every test."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from support.console import console_app, story_store
from support.memory_store import MemoryStore

BASE_URL = "http://127.0.0.1"


@pytest.fixture
def store() -> MemoryStore:
    return story_store()


@pytest.fixture
def client(store: MemoryStore) -> Iterator[TestClient]:
    with TestClient(console_app(store), base_url=BASE_URL) as client:
        yield client
