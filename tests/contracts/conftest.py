"""The stores that every contract suite runs on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.memory_store import MemoryStore

from coldchain.ports import Store
from stores.sqlite import open_store


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty, migrated database file: migrating once is enough."""
    path = tmp_path_factory.mktemp("template") / "hot.sqlite"
    open_store(path).close()
    return path


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = open_store(Path(shutil.copy(migrated_file, tmp_path)))
    yield opened
    opened.close()
