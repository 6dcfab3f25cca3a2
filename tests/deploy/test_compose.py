"""deploy/compose as it can be read without Docker: nothing unpinned or open, no secret, no file missing."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from assembly.cli import app
from assembly.settings import load_server

ROOT = Path(__file__).parents[2]
HERE = ROOT / "deploy/compose"
FILE: dict[str, Any] = yaml.safe_load((HERE / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
FIRST_TIME = (HERE / "first-time.sh").read_text(encoding="utf-8")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
SECRET_NAME = re.compile(r"password|secret|token|api_?key", re.IGNORECASE)
ONE_SHOT = {name for name, service in SERVICES.items() if service.get("restart") == "no"}
each_service = pytest.mark.parametrize("name", SERVICES)


def is_pinned(image: str) -> bool:
    """Tell whether an image names its version to the last number."""
    return re.fullmatch(r"[a-z0-9/.-]+:\d+\.\d+(\.\d+)?(-[a-z0-9-]+)?", image) is not None


def mounts(service: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return source, target and mode of each mount."""
    found = []
    for text in service.get("volumes", []):
        source, target, mode = re.fullmatch(r"(\$\{.*\}|[^:]+):([^:]+):?(\w*)", text).groups()  # type: ignore[union-attr]
        found.append((source, target, mode))
    return found


def test_everything_that_the_plan_names_is_there() -> None:
    assert set(SERVICES) == {"mosquitto", "postgres", "influxdb", "prepare", "app", "grafana", "nginx"}
    assert {"prepare"} == ONE_SHOT


@pytest.mark.parametrize(
    ("image", "pinned"),
    [("grafana/grafana:13.2.3", True), ("postgres", False), ("postgres:latest", False), ("postgres:15", False)],
)
def test_a_tag_that_moves_is_told_from_one_that_stands(image: str, pinned: bool) -> None:
    assert is_pinned(image) is pinned


@each_service
def test_every_image_is_pinned(name: str) -> None:
    assert is_pinned(SERVICES[name]["image"])


def test_our_own_image_has_the_version_of_the_program() -> None:
    ours = {service["image"] for service in SERVICES.values() if "build" in service}
    assert ours == {f"coldchain:{VERSION}"}
    assert f"-t coldchain:{VERSION} ." in (HERE / "app/Dockerfile").read_text(encoding="utf-8")


@each_service
def test_no_secret_stands_in_the_file(name: str) -> None:
    service = SERVICES[name]
    for key, value in service.get("environment", {}).items():
        assert not SECRET_NAME.search(key) or key.endswith("_FILE") or key.startswith("GF_SECURITY_COOKIE"), key
        assert not key.endswith("_FILE") or value.removeprefix("/run/secrets/") in service["secrets"], key
    spoken = f"{service.get('command', '')} {service.get('entrypoint', '')}"
    for token in re.findall(r"TOKEN=\S+ \S+", spoken):
        assert "$$(cat /run/secrets/" in token
    assert not re.search(r"://[^/@\s]+:[^@\s]+@", str(service)), "a password in an address"


def test_each_secret_is_a_file_that_is_used_and_that_first_time_makes() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(FILE["secrets"])
    assert FILE["secrets"] == {name: {"file": f"./secrets/{name}"} for name in used}
    made = set(re.findall(r"(?:put|token) (\w+) ", FIRST_TIME)) - {"NAME"}
    assert used <= made


@each_service
def test_a_service_names_only_secrets_of_its_own(name: str) -> None:
    mentioned = set(re.findall(r"/run/secrets/(\w+)", str(SERVICES[name])))
    assert mentioned <= set(SERVICES[name].get("secrets", []))


def test_secrets_and_made_files_never_get_into_git() -> None:
    for folder in ("secrets", "grafana"):
        assert (HERE / folder / ".gitignore").read_text(encoding="utf-8").splitlines()[1:] == ["*", "!.gitignore"]
    assert (HERE / ".gitignore").read_text(encoding="utf-8").splitlines()[1:] == ["/.env", "/pki/"]


def test_only_the_broker_and_nginx_are_published_each_at_a_named_address() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"mosquitto", "nginx"}
    for ports in published.values():
        for port in ports:
            assert re.fullmatch(r"\$\{\w+_BIND:\?[^}]+\}:(8883:8883|443:443)", port), port


def test_databases_hang_on_a_network_without_a_way_out_alone() -> None:
    assert FILE["networks"]["back"] == {"internal": True}
    for name in ("postgres", "influxdb"):
        assert list(SERVICES[name]["networks"]) == ["back"]


def test_gateways_and_browsers_do_not_reach_each_others_side() -> None:
    assert list(SERVICES["mosquitto"]["networks"]) == ["devices"]
    assert list(SERVICES["nginx"]["networks"]) == ["front"]


@each_service
def test_every_service_has_a_health_check_a_limit_and_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "ipc", "devices"} & set(service)
    assert "docker.sock" not in str(service)
    if name in ONE_SHOT:
        return
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries"} <= set(check)


@each_service
def test_who_waits_for_another_waits_until_it_is_well(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert how == {"condition": expected}


@each_service
def test_every_file_that_is_mounted_is_there_or_is_made_and_cannot_be_written(name: str) -> None:
    made = ("./secrets/", "./grafana/")
    for source, _, mode in mounts(SERVICES[name]):
        if source in FILE["volumes"] or source.startswith("${BACKUP_DIR:?"):
            continue
        assert mode == "ro", source
        if source.startswith(made):
            folder = source.removeprefix("./")
            assert folder in FIRST_TIME or folder.split("/")[0] == "grafana", source
        else:
            assert (HERE / source).resolve().is_file(), source


def test_every_variable_is_in_the_example_and_no_other() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (HERE / "compose.yaml").read_text(encoding="utf-8")))
    given = dict(re.findall(r"^(\w+)=(.+)$", (HERE / "env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(given) == asked
    assert given["BROKER_BIND"] == given["CONSOLE_BIND"] == "127.0.0.1", "open to nobody until somebody says so"


def test_the_settings_are_taken_and_the_console_listens_where_nginx_and_the_health_check_look() -> None:
    ran = CliRunner().invoke(app, ["config", "check", str(HERE / "app/server.toml")])
    assert ran.exit_code == 0, ran.output
    settings = load_server(HERE / "app/server.toml")
    host, port = settings.server.http_host, settings.server.http_port
    assert SERVICES["app"]["networks"]["front"] == {"ipv4_address": host}
    assert f"http://{host}:{port}/readyz" in str(SERVICES["app"]["healthcheck"])
    assert f"server {host}:{port};" in (HERE / "nginx/upstreams.conf").read_text(encoding="utf-8")
    assert host.rpartition(".")[0] in FILE["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert settings.influx.url == "http://influxdb:8086"
    assert settings.influx.database == SERVICES["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert settings.store.url == "postgresql://coldchain@postgres:5432/coldchain"
    mounted = {target for _, target, _ in mounts(SERVICES["app"])}
    assert {"/etc/coldchain/server.toml", "/etc/coldchain/pki", str(settings.server.data_dir)} <= mounted


def test_the_image_holds_every_package_of_ours_and_runs_as_nobody_special() -> None:
    text = (HERE / "app/Dockerfile").read_text(encoding="utf-8")
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    ours = packages["targets"]["wheel"]["packages"]
    copied = re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE)
    assert copied == ours
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert kept[1] == "*"
    assert [line[1:] for line in kept if re.fullmatch(r"![a-z_]+", line)] == ours
    assert all(is_pinned(image) for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["coldchain"]
    assert "--no-index" in text, "the second stage installs from files alone"


@pytest.mark.parametrize("name", ["first-time.sh", "postgres/10-role.sh"])
def test_the_scripts_can_be_read_by_a_shell_and_be_run(name: str) -> None:
    ran = subprocess.run(["/bin/sh", "-n", HERE / name], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (HERE / name).stat().st_mode & 0o111


def test_the_names_of_console_and_grafana_agree_in_every_file() -> None:
    conf = (ROOT / "deploy/nginx/coldchain.conf").read_text(encoding="utf-8")
    names = re.findall(r"server_name (\S+);", conf)
    assert names == ["_", "coldchain.example.org", "grafana.example.org"]
    assert load_server(HERE / "app/server.toml").server.public_url == f"https://{names[1]}"
    assert f"GRAFANA_NAME={names[2]}" in (HERE / "env.example").read_text(encoding="utf-8")
    assert f"--console-url https://{names[1]}" in FIRST_TIME
