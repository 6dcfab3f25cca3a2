"""The stores that every contract suite runs on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.memory_store import MemoryStore

from coldchain.ports import Store
from stores.postgres import open_postgres
from stores.sqlite import open_store


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty, migrated database file: migrating once is enough."""
    path = tmp_path_factory.mktemp("template") / "hot.sqlite"
    open_store(path).close()
    return path


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = open_store(Path(shutil.copy(request.getfixturevalue("migrated_file"), tmp_path)))
    elif request.param == "postgres":
        opened = open_postgres(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()
