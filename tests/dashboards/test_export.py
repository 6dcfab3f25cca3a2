"""The files of an export: golden bytes that show every change in review, YAML as it is meant, marks of our own."""

import json
from pathlib import Path

import pytest
import yaml

from dashboards.provisioning import SignIn, data_source_file, export_files, is_ours, provider_file

GOLDEN = Path(__file__).parents[1] / "golden" / "grafana"
FILES = export_files(
    console_url="http://127.0.0.1:8080",
    influx_url="http://127.0.0.1:8086",
    database="coldchain",
    boards_path="/var/lib/grafana/dashboards",
)
ANEW = "coldchain grafana export tests/golden/grafana --boards-path /var/lib/grafana/dashboards"


@pytest.mark.parametrize("name", FILES)
def test_every_change_of_a_board_is_seen_in_review(name: str) -> None:
    golden = (GOLDEN / name).read_bytes()
    assert FILES[name] == golden, f"look at the change; if it is meant: {ANEW}"


def test_no_golden_file_is_left_of_a_board_that_is_gone() -> None:
    assert sorted(path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.*")) == sorted(FILES)


def test_an_export_is_the_same_bytes_each_time() -> None:
    again = export_files(
        console_url="http://127.0.0.1:8080",
        influx_url="http://127.0.0.1:8086",
        database="coldchain",
        boards_path="/var/lib/grafana/dashboards",
    )
    assert again == FILES


def test_the_data_source_names_its_database_for_old_grafanas_and_for_new_ones() -> None:
    lines = data_source_file("http://db:8086", "cold-2").decode().splitlines()
    assert '    database: "cold-2"' in lines
    assert '      dbName: "cold-2"' in lines
    assert '    url: "http://db:8086"' in lines
    assert "    isDefault: false" in lines, "another data source may be the default of this Grafana"
    assert not any(word in line for line in lines if not line.startswith("#") for word in ("password", "Token"))


@pytest.mark.parametrize(
    ("sign_in", "user", "header", "secret"),
    [
        (SignIn.NONE, None, None, None),
        (SignIn.USER, "$INFLUX_USER", None, {"password": "$INFLUX_PASSWORD"}),
        (SignIn.TOKEN, None, "Authorization", {"httpHeaderValue1": "Token $INFLUX_TOKEN"}),
    ],
)
def test_grafana_signs_in_as_the_influxdb_wants_it_with_a_secret_from_its_environment(
    sign_in: SignIn, user: str | None, header: str | None, secret: dict[str, str] | None
) -> None:
    text = data_source_file("http://db:8086", "coldchain", sign_in).decode()
    (source,) = yaml.safe_load(text)["datasources"]
    assert source.get("user") == user
    assert source["jsonData"].get("httpHeaderName1") == header
    assert source.get("secureJsonData") == secret
    assert source["database"] == source["jsonData"]["dbName"] == "coldchain"
    named = {name for name in ("INFLUX_USER", "INFLUX_PASSWORD", "INFLUX_TOKEN") if f"${name}" in str(source)}
    assert all(f"{name} " in text.partition("apiVersion")[0] for name in named), "the comment says where it stands"


def test_a_dollar_sign_is_not_taken_for_a_variable_of_grafanas_environment() -> None:
    assert 'dbName: "a$$b"' in data_source_file("http://db:8086", "a$b").decode()
    assert 'path: "/srv/$$x"' in provider_file("/srv/$x").decode()


def test_quotes_and_backslashes_in_a_path_stay_what_they_are() -> None:
    line = next(line for line in provider_file('/srv/a"b\\c').decode().splitlines() if "path:" in line)
    assert json.loads(line.partition(": ")[2]) == '/srv/a"b\\c'


def test_the_boards_go_into_one_folder_and_nobody_changes_them_by_hand() -> None:
    text = provider_file("/var/lib/grafana/dashboards").decode()
    assert '    folder: "冷链"\n' in text
    assert "    allowUiUpdates: false\n" in text


@pytest.mark.parametrize("name", FILES)
def test_an_export_knows_its_own_files_again(name: str) -> None:
    assert is_ours(f"/srv/{name}", FILES[name])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dashboards/cc-wall-zh.json", b'{"uid": "mine"}'),
        ("dashboards/cc-wall-zh.json", b"[]"),
        ("dashboards/cc-wall-zh.json", b"{"),
        ("provisioning/datasources/coldchain.yaml", b"apiVersion: 1\n"),
        ("provisioning/datasources/coldchain.yaml", b""),
    ],
)
def test_an_export_does_not_take_other_files_for_its_own(name: str, content: bytes) -> None:
    assert not is_ours(f"/srv/{name}", content)
