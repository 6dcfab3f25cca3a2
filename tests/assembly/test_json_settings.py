"""The table [mqtt_devices] of gateway.toml."""

from pathlib import Path

import pytest

from assembly.gateway_settings import plan_of
from assembly.settings import SettingsError, load_gateway
from coldchain.radio import SignalUnit
from gateway.decoders.json_device import TimeKind, Unit

HEAD = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:1883"
[spool]
path = "spool.db"
[mqtt_devices]
url = "mqtt://house:secret@10.0.0.5:1884"
"""
DEVICE = """
[[mqtt_devices.device]]
topic = "application/+/device/+/event/up"
where = { pointer = "/deviceInfo/devEui", equals = "24e1" }
channels = { "/object/temperature" = "freezer-2-air" }
time = "/time"
keeps = true
signal = { pointer = "/rxInfo/0/rssi" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_device_is_planned_as_it_is_declared(tmp_path: Path) -> None:
    plan = plan_of(load_gateway(written(tmp_path, HEAD + DEVICE))).listening
    assert plan is not None
    assert (plan.url, plan.client_id) == ("mqtt://house:secret@10.0.0.5:1884", "gw-1-devices")
    (device,) = plan.devices
    assert device.where == ("/deviceInfo/devEui", "24e1")
    assert (device.unit, device.time, device.time_kind, device.keeps) == (
        Unit.CELSIUS,
        "/time",
        TimeKind.ISO_8601,
        True,
    )
    assert device.signal == ("/rxInfo/0/rssi", SignalUnit.DBM)
    assert "secret" not in repr(plan)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('time = "/time"', ""), "where that stands"),
        (('topic = "application/+/device/+/event/up"', 'topic = "a/#/b"'), "topic"),
        (('topic = "application/+/device/+/event/up"', 'topic = "$SYS/x"'), "topic"),
        (('"/object/temperature" = ', '"temperature" = '), "channels"),
        (("keeps = true", 'unit = "K"'), "unit"),
        (('"/rxInfo/0/rssi" }', '"/rssi", unit = "percent" }'), "lqi"),
        (('"/rxInfo/0/rssi" }', '"rssi" }'), "JSON pointer"),
        (("keeps = true", "colour = 1"), "colour"),
        (("[[mqtt_devices.device]]", '[[mqtt_devices.device]]\nsilent_s = "x"'), "silent_s"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_gateway(written(tmp_path, HEAD + DEVICE.replace(*change)))


def test_a_probe_that_a_bus_already_reads_is_used_twice(tmp_path: Path) -> None:
    bus = '\n[[bus]]\nport = "/dev/ttyUSB0"\n[[bus.temperature]]\nslave = 1\nchannels = { "0" = "freezer-2-air" }\n'
    with pytest.raises(SettingsError, match="freezer-2-air"):
        load_gateway(written(tmp_path, HEAD + DEVICE + bus))


def test_a_table_without_devices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="mqtt_devices"):
        load_gateway(written(tmp_path, HEAD))
