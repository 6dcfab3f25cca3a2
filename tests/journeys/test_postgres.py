"""The storage point's night with the record in PostgreSQL: the same verdict as on SQLite, also when it is killed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.point_processes import StoragePoint, Story, require_broker, verdict_of
from support.postgres import PostgresServer

from assembly.brokers import BrokerKind
from stores.postgres import open_postgres

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


class PointOnPostgres(StoragePoint):
    """A storage point whose centre keeps its record in a database."""

    def __init__(self, folder: Path, story: Story, postgres: PostgresServer) -> None:
        super().__init__(folder, story, BrokerKind.MOSQUITTO, 100, dock=False)
        self._postgres = postgres
        self._url = postgres.fresh()
        password = folder / "store.password"
        password.write_text("not asked for\n")
        settings = folder / "server.toml"
        table = f'\n[store]\nurl = "{self._url}"\npassword_file = "{password.name}"\n'
        settings.write_text(settings.read_text() + table)

    def received(self, gateway: str) -> int:
        """Return how many facts of a gateway the centre has committed."""
        name = self._url.rpartition("/")[2]
        found = self._postgres.run(f"SELECT ranges FROM received WHERE gateway = '{gateway}'", name)
        return sum(last - first + 1 for (text,) in found for first, last in msgspec.json.decode(text))

    def verdict(self) -> dict[str, Any]:
        """Read the stopped centre's store."""
        store = open_postgres(self._url)
        try:
            return verdict_of(store, self._story)
        finally:
            store.close()


@contextmanager
def point(folder: Path, story: Story, postgres: PostgresServer) -> Iterator[PointOnPostgres]:
    require_broker(BrokerKind.MOSQUITTO)
    folder.mkdir()
    place = PointOnPostgres(folder, story, postgres)
    with ExitStack() as house:
        house.callback(place.stop)
        place.start("broker")
        place.start("server")
        place.await_ready()
        place.register()
        yield place


def test_the_night_is_judged_the_same_with_the_server_killed_and_the_database_stopped_on_the_way(
    tmp_path: Path, story: Story, undisturbed: dict[str, Any], postgres: PostgresServer
) -> None:
    with point(tmp_path / "a", story, postgres) as place:
        place.start("box", "--mqtt-url", place.url)
        place.start("gateway")
        place.await_sent(story.past.facts // 4)
        place.kill("server")
        place.start("server")
        place.await_sent(story.past.facts // 2)
        postgres.kill()
        postgres.start()
        place.await_drained()
        place.await_box()
        place.stop()
        assert not list(tmp_path.rglob("hot.sqlite"))
        assert place.verdict() == undisturbed
