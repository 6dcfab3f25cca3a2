"""The demo's broker: Mosquitto or NATS, whichever is there, or a clear word on how to get one."""

import os
import stat
from pathlib import Path

import pytest

from assembly import brokers
from assembly.brokers import (
    Broker,
    BrokerError,
    BrokerKind,
    choose_broker,
    find_program,
    free_port,
    mqtt_refusal,
    start_broker,
    wait_until_ready,
)
from assembly.processes import ChildError


def started(kind: BrokerKind, folder: Path, port: int | None = None) -> Broker:
    """Start a broker, or say loudly why this machine cannot; in CI nothing is skipped."""
    if find_program(kind) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{kind} IS MISSING, so this test did not run")
    return start_broker(kind, folder, port)


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_a_broker_starts_answers_stops_and_starts_again_on_its_port(kind: BrokerKind, tmp_path: Path) -> None:
    port = free_port()
    for _ in range(2):
        broker = started(kind, tmp_path, port)
        assert broker.url == f"mqtt://127.0.0.1:{port}"
        assert mqtt_refusal(broker.url) is None
        assert broker.process is not None
        assert (broker.process.measure() or 0) > 1_000_000
        broker.stop()
        assert "refused" in str(mqtt_refusal(broker.url))


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_a_port_that_somebody_else_has_is_told_before_he_answers_in_our_place(kind: BrokerKind, tmp_path: Path) -> None:
    first = started(kind, tmp_path / "first")
    port = int(first.url.rpartition(":")[2])
    try:
        with pytest.raises(
            BrokerError, match=f"port {port} cannot be used for the MQTT broker: Address already in use"
        ):
            start_broker(kind, tmp_path / "second", port)
    finally:
        first.stop()


def test_a_broker_that_ends_at_once_is_told_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nats-server"
    program.write_text("#!/bin/sh\necho the store is damaged\nexit 1\n")
    program.chmod(stat.S_IRWXU)
    monkeypatch.setattr(brokers, "find_program", lambda kind: str(program))
    with pytest.raises(ChildError, match=r"nats ended with exit code 1\. .*\nthe store is damaged"):
        start_broker(BrokerKind.NATS, tmp_path / "store")


def test_a_configured_broker_goes_before_all_others(tmp_path: Path) -> None:
    broker = started(BrokerKind.NATS, tmp_path)
    try:
        chosen = choose_broker("auto", broker.url, tmp_path / "never")
        assert chosen == Broker(name="configured", url=broker.url)
        chosen.stop()  # it is not ours to stop
        assert mqtt_refusal(broker.url) is None
    finally:
        broker.stop()


def test_a_configured_broker_that_does_not_answer_is_named_without_its_password() -> None:
    url = f"mqtt://gw-1:open-sesame@127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match=r"the MQTT broker at mqtt://127\.0\.0\.1:\d+ does not answer") as caught:
        wait_until_ready(url, timeout_s=0.1)
    assert "open-sesame" not in str(caught.value)


def test_the_first_broker_that_is_installed_is_taken_mosquitto_before_nats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[BrokerKind] = []
    monkeypatch.setattr(brokers, "find_program", asked.append)
    with pytest.raises(BrokerError, match="no MQTT broker was found") as caught:
        choose_broker("auto", None, tmp_path)
    assert asked == [BrokerKind.MOSQUITTO, BrokerKind.NATS]
    for advice in ("sudo apt-get install mosquitto", "pip install 'coldchain[embedded]'", "--mqtt-url"):
        assert advice in str(caught.value)


def test_a_broker_outside_the_path_is_found_where_debian_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mosquitto"
    program.write_text("#!/bin/sh\n")
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(brokers, "_SYSTEM_FOLDERS", (str(tmp_path),))
    assert find_program(BrokerKind.MOSQUITTO) == str(program)
