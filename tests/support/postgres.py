"""A real PostgreSQL for tests: one cluster a test session, as an ordinary user, on a socket and a free loopback port.

    from support.postgres import PostgresServer
    def test_x(postgres: PostgresServer):           # the session's server (tests/conftest.py makes it known)
        url = postgres.fresh()                      # an empty database of its own
    def test_y(postgres_store): ...                 # an opened, migrated store in a database of its own

Started by root, it runs as postgres or nobody: PostgreSQL refuses root. fsync is off, files are in a folder that goes
away. Where the programs are missing, the test is skipped, loudly; with CI=true it fails.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import psycopg
import pytest
from support.brokers import free_port
from support.server_process import ServerProcess

from stores.postgres import PostgresStore, open_postgres

ADVICE: Final = "install it with: apt-get install postgresql-15"
ORDINARY_USERS: Final = ("postgres", "nobody")
_NUMBERS: Final = itertools.count(1)


class PostgresServer(ServerProcess):
    """A PostgreSQL of our own; `kill` and `start` keep port and data."""

    def __init__(self, programs: Path, home: Path, port: int, *, durable: bool) -> None:
        options = {
            "fsync": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
            "max_connections": "60",
            "shared_buffers": "64MB",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(home),
            "port": str(port),
            "autovacuum": "off",
            "lc_messages": "C",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        data = str(home / "data")
        super().__init__(
            "PostgreSQL", _as_user([str(programs / "postgres"), "-D", data, *settings]), port, home / "log"
        )
        self.programs = programs
        self.home = home

    def url(self, database: str = "postgres", user: str = "owner") -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the administrator, outside of any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return [] if done.description is None else done.fetchall()

    def fresh(self, template: str = "template0") -> str:
        """Make a database and return its address."""
        name = f"test_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Take a database away, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it politely: SIGINT does not wait for those who are connected, SIGTERM would."""
        if self._process is not None:
            self._process.send_signal(2)
        super().stop()


def _as_user(command: list[str]) -> list[str]:
    """Return the command as an ordinary user runs it."""
    if os.geteuid() != 0:
        return command
    user = _ordinary()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]


def _ordinary() -> pwd.struct_passwd:
    for name in ORDINARY_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.fail(f"no user of {ORDINARY_USERS} to run PostgreSQL as")


def programs_of_postgres() -> Path:
    """Return the folder of initdb and postgres; skips (in CI: fails) where they are missing."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = [path for path in newest if (path / "initdb").exists() and int(path.parent.name) >= 15]
    on_path = shutil.which("initdb")
    if found:
        return found[0]
    if on_path:
        return Path(on_path).resolve().parent
    if os.environ.get("CI") == "true":
        pytest.fail(f"PostgreSQL is missing and nothing is skipped in CI: {ADVICE}")
    pytest.skip(f"PostgreSQL IS MISSING, so this test did not run: {ADVICE}")


@contextlib.contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Give a server in a short-lived folder: a socket's path must be short, and pytest's folders are root's alone.

    durable: its commits are on disk, for benchmarks.
    """
    programs = programs_of_postgres()
    home = Path(tempfile.mkdtemp(prefix="coldchain-pg-"))
    try:
        if os.geteuid() == 0:
            os.chown(home, _ordinary().pw_uid, _ordinary().pw_gid)
        make = [str(programs / "initdb"), "-D", str(home / "data"), "-U", "owner", "-A", "trust", "-N"]
        made = subprocess.run(
            _as_user([*make, "-E", "UTF8", "--locale=C"]), capture_output=True, text=True, check=False, cwd=home
        )
        assert made.returncode == 0, made.stderr
        with PostgresServer(programs, home, free_port(), durable=durable).start() as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Template:
    """A migrated, empty database that others are copied from: migrating once is enough."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.url = server.fresh()
        open_postgres(self.url).close()

    def copy(self) -> str:
        """Return the address of a database of its own."""
        return self.server.fresh(self.url.rpartition("/")[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.drop(self.url)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server of this test session."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> Iterator[Template]:
    """The database that stores are copied from."""
    with Template(postgres) as template:
        yield template


@pytest.fixture
def postgres_url(postgres_template: Template) -> Iterator[str]:
    """The address of a migrated, empty database."""
    url = postgres_template.copy()
    yield url
    postgres_template.server.drop(url)


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[PostgresStore]:
    """A store in a database of its own."""
    opened = open_postgres(postgres_url)
    yield opened
    opened.close()
