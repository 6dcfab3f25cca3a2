"""Every case on both databases and in both identification schemes; after each, the record verifies and rebuilds."""

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from support.acceptance import DATABASES, House, house_on
from support.lineage_story import SCHEMES

from assembly.storing import HOT_FILE
from stores.postgres import open_postgres
from stores.session import SqlStore
from stores.sqlite import open_store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / HOT_FILE
    open_store(path).close()
    return path


@pytest.fixture(params=list(product(DATABASES, SCHEMES)), ids="-".join)
def house(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[House]:
    database, scheme = request.param
    folder = tmp_path / "data"
    folder.mkdir()
    if database == "sqlite":
        url = ""
        shutil.copy(migrated, folder)
        store: SqlStore = open_store(folder / HOT_FILE)
    else:
        url = request.getfixturevalue("postgres_url")
        store = open_postgres(url)
    try:
        made = house_on(database, scheme, store, folder, url)
        yield made
        made.require_rebuildable()
    finally:
        store.close()
