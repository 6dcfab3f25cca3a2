"""first-time.sh with stand-ins for Docker and for what only root may do: what it makes, for whom, what it leaves."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support.postgres import PostgresServer
from support.tls_site import NOW_MS

from assembly.pki import Pki
from assembly.pki_certs import Kind
from assembly.pki_mosquitto import access_list

HERE = Path(__file__).parents[2] / "deploy/compose"
# Each writes down how it was called. `docker` answers as InfluxDB's own program does: columns with tabs between them.
DOCKER = """#!/bin/sh
echo "docker $*" >>"$CALLS"
case "$*" in
*'bucket list'*) printf '0a1b2c\\tcoldchain\\tinfinite\\n' ;;
*'auth create'*) [ -n "$BROKEN" ] || printf '0f\\tname\\ttoken-for %s\\tadmin\\n' "${*##*--description }" ;;
esac
"""
CHOWN = '#!/bin/sh\necho "chown $*" >>"$CALLS"\n'
ID = "#!/bin/sh\necho 0\n"
INSTALL = """#!/bin/sh
echo "install $*" >>"$CALLS"
[ "$1" = -d ] && dir=1
while [ $# -gt 0 ]; do
    case "$1" in -o|-g|-m) shift 2 ;; -d) shift ;; *) break ;; esac
done
if [ -n "$dir" ]; then mkdir -p "$@"; else cp -f "$@"; fi
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "compose"
    shutil.copytree(HERE, home)
    shutil.copy(home / "env.example", home / ".env")
    pki = Pki.init(home / "pki", "storage-1", NOW_MS)
    pki.make(Kind.SERVER, "broker", NOW_MS, ("mosquitto",))
    (home / "pki/mosquitto-acl").write_text(access_list({}))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("docker", DOCKER), ("chown", CHOWN), ("id", ID), ("install", INSTALL)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return home


def run(folder: Path, *, broken: str = "") -> tuple[int, str, list[str]]:
    """Return exit code, what was said, and how the stand-ins were called."""
    calls = folder.parent / "calls"
    calls.write_text("")
    path = f"{folder.parent / 'bin'}:{os.environ['PATH']}"
    given = {**os.environ, "PATH": path, "CALLS": str(calls), "BROKEN": broken}
    ran = subprocess.run([folder / "first-time.sh"], check=False, capture_output=True, text=True, env=given)
    return ran.returncode, ran.stdout + ran.stderr, calls.read_text().splitlines()


def secrets(folder: Path) -> dict[str, str]:
    return {
        path.name: path.read_text().strip()
        for path in (folder / "secrets").iterdir()
        if path.is_file() and not path.name.startswith(".")
    }


def test_it_makes_every_secret_for_its_one_reader_and_two_tokens_that_can_do_one_thing_each(folder: Path) -> None:
    code, said, calls = run(folder)
    assert code == 0, said
    made = secrets(folder)
    assert made["app_owner"] == made["postgres_owner"]
    assert made["app_store_password"] == made["postgres_coldchain"] != made["postgres_owner"]
    assert len(set(made.values())) == len(made) - 2, "no other two are the same"
    assert all(len(made[name]) == 48 for name in ("postgres_owner", "influx_admin_token", "grafana_admin_password"))
    assert made["app_influx_token"].startswith("token-for app_influx_token --write-bucket 0a1b2c")
    assert made["grafana_influx_token"].startswith("token-for grafana_influx_token --read-bucket 0a1b2c")
    assert {(folder / "secrets" / name).stat().st_mode & 0o777 for name in made} == {0o400}
    owners = {call.split()[2]: call.split()[1] for call in calls if call.startswith("chown")}
    assert owners["secrets/.postgres_owner.new"] == "999"
    assert owners["secrets/.app_influx_token.new"] == "10001"
    assert owners["secrets/.grafana_influx_token.new"] == "472"
    assert {path.name for path in (folder / "secrets/mosquitto").iterdir()} == {
        *("ca.crt", "crl.pem", "mosquitto-acl", "broker.crt", "broker.key")
    }
    assert {path.name for path in (folder / "secrets/app-pki").iterdir()} == {"ca.crt", "centre.crt", "centre.key"}
    assert "still missing / 尚缺: secrets/nginx/htpasswd" in said
    assert not any(value in said for value in made.values() if len(value) == 48)


def test_the_workers_of_nginx_can_read_who_may_come_in_and_no_key(folder: Path) -> None:
    """They open htpasswd for each request, as a user of their own: of root's alone everybody would get error 500."""
    made = folder / "secrets/nginx"
    made.mkdir()
    for name in ("console.crt", "console.key", "grafana.crt", "grafana.key", "htpasswd"):
        (made / name).write_text("x")
        (made / name).chmod(0o600)
    code, said, calls = run(folder)
    assert (code, "still missing" in said) == (0, False), said
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in made.iterdir()} == {
        **dict.fromkeys(("console.crt", "console.key", "grafana.crt", "grafana.key"), "0o400"),
        "htpasswd": "0o440",
    }
    assert "install -d -o root -g 101 -m 0750 secrets/nginx" in calls
    assert {call for call in calls if "secrets/nginx/" in call} == {
        f"chown root:101 secrets/nginx/{path.name}" for path in made.iterdir()
    }


def test_the_boards_are_written_by_the_user_of_the_image_who_owns_their_folder(folder: Path) -> None:
    """Root without its rights (`cap_drop`) could not, and `app` may run already: its address is taken."""
    _, _, calls = run(folder)
    assert "install -d -o 10001 -m 0755 grafana" in calls
    export = next(call for call in calls if "grafana export" in call)
    assert export.startswith("docker run --rm --network none ")
    assert re.search(r" coldchain:[\d.]+ grafana export /boards ", export)
    assert "--user" not in export


def test_run_again_it_changes_no_secret_and_asks_for_no_token(folder: Path) -> None:
    run(folder)
    before = secrets(folder)
    code, said, calls = run(folder)
    assert (code, secrets(folder)) == (0, before), said
    assert not [call for call in calls if "auth create" in call]


def test_a_token_that_was_not_made_is_no_empty_secret(folder: Path) -> None:
    code, said, _ = run(folder, broken="yes")
    assert code != 0
    assert "nothing came for secrets/app_influx_token" in said
    assert "app_influx_token" not in secrets(folder)
    assert run(folder)[0] == 0, "and the next run makes what is missing"


@pytest.mark.parametrize(("gone", "says"), [(".env", "copy env.example to .env"), ("pki/issued", "no pki/")])
def test_what_has_to_be_there_first_is_asked_for(gone: str, says: str, folder: Path) -> None:
    where = folder / gone
    shutil.rmtree(where) if where.is_dir() else where.unlink()
    code, said, calls = run(folder)
    assert (code, calls) == (1, [])
    assert says in said


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.fresh()
    yield url
    postgres.drop(url)
    postgres.run("DROP ROLE IF EXISTS coldchain")


def test_the_role_of_the_server_is_made_with_the_password_of_its_file(
    database: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    program = shutil.which("psql") or str(postgres.programs / "psql")
    secret = tmp_path / "postgres_coldchain"
    secret.write_text('it\'s "odd" $x\n')
    text = (HERE / "postgres/10-role.sh").read_text().replace("/run/secrets/postgres_coldchain", str(secret))
    (tmp_path / "10-role.sh").write_text(text.replace("psql ", f"{program} "))
    given = {
        **os.environ,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "POSTGRES_USER": "owner",
        "POSTGRES_DB": database.rpartition("/")[2],
    }
    ran = subprocess.run(["/bin/sh", tmp_path / "10-role.sh"], check=False, capture_output=True, text=True, env=given)
    assert (ran.returncode, ran.stderr) == (0, "")
    stored = postgres.run("SELECT rolcanlogin, rolsuper, rolpassword FROM pg_authid WHERE rolname = 'coldchain'")
    assert stored[0][:2] == (True, False)
    with psycopg.connect(database) as connection:
        same = connection.execute("SELECT %s LIKE 'SCRAM-SHA-256$%%'", (stored[0][2],)).fetchone()
    assert same == (True,)
