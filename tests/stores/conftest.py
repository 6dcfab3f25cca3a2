"""A store on a file of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stores.sqlite import SqliteStore, open_store


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty, migrated database file: migrating once is enough."""
    path = tmp_path_factory.mktemp("template") / "hot.sqlite"
    open_store(path).close()
    return path


@pytest.fixture
def path(tmp_path: Path, migrated_file: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path))


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = open_store(path)
    yield opened
    opened.close()
