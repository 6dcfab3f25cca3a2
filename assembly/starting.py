"""The first steps of a technician: settings files to start from, and what a settings file sets up."""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Final

from assembly.brokers import without_password
from assembly.bus_settings import BusTable
from assembly.channel_secrets import with_secrets
from assembly.device_settings import AsciiTable, DeviceTable, DriverTable, device_plan
from assembly.escalation_gaps import escalation_gaps, nobody_called
from assembly.gateway_settings import GatewaySettings
from assembly.grafana_settings import webhook_secret
from assembly.heartbeat_settings import address_of
from assembly.server_settings import OPEN_TO_THE_NETWORK, InfluxTable, ServerSettings, beyond_loopback
from assembly.server_tables import PlaceTable
from assembly.shipped import misfits, shipped_profiles
from coldchain.errors import ColdchainError
from coldchain.places import ContactKind, PlaceKind, Text
from gateway.plan import FRAMING, TCP_SCHEME
from rules.limits import CONFIRMED

STARTERS: Final = ("gateway.toml", "server.toml")
PLACE_WORDS: Final = {
    PlaceKind.FRIDGE: Text(en="fridge", zh="储血冰箱"),
    PlaceKind.FREEZER: Text(en="freezer", zh="低温冰箱"),
    PlaceKind.AGITATOR: Text(en="agitator", zh="振荡保存箱"),
    PlaceKind.BOX: Text(en="courier's box, transport limits hold", zh="运血箱，适用运输限值"),
    PlaceKind.CRATE: Text(en="crate, transport limits hold", zh="周转箱，适用运输限值"),
    PlaceKind.BASKET: Text(en="basket", zh="血篮"),
    PlaceKind.VEHICLE: Text(en="vehicle, transport limits hold", zh="运血车，适用运输限值"),
}
CONTACT_WORDS: Final = {  # what it is, and what it is while its input says so
    ContactKind.DOOR: (Text(en="door", zh="门"), Text(en="open", zh="打开")),
    ContactKind.LID: (Text(en="lid", zh="箱盖"), Text(en="open", zh="打开")),
    ContactKind.MAINS: (Text(en="mains", zh="市电"), Text(en="present", zh="有电")),
    ContactKind.UPS: (Text(en="UPS", zh="UPS"), Text(en="on battery", zh="电池供电")),
    ContactKind.DEFROST: (Text(en="defrost", zh="化霜"), Text(en="defrosting", zh="化霜中")),
    ContactKind.MOTION: (Text(en="agitator motion", zh="振荡"), Text(en="moving", zh="运转")),
}
NONE: Final = "none / 无"


class StarterError(ColdchainError):
    """A settings file is in the way, or the folder cannot be written; nothing was changed."""


def write_starters(folder: Path) -> list[Path]:
    """Write the starting files into folder and return their paths. Raises StarterError, then none was written."""
    paths = [folder / name for name in STARTERS]
    in_the_way = [str(path) for path in paths if path.exists() or path.is_symlink()]
    if in_the_way:
        msg = (
            f"{', '.join(in_the_way)} exists already and is not overwritten: name another folder / 文件已存在，不会覆盖"
        )
        raise StarterError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            with path.open("x", encoding="utf-8") as file:
                file.write(starter_text(path.name))
    except OSError as error:
        msg = f"{error.filename} cannot be written: {error.strerror} / 无法写入"
        raise StarterError(msg) from error
    return paths


def starter_text(name: str) -> str:
    """Return the text of a starting file."""
    return resources.files("assembly.starters").joinpath(name).read_text(encoding="utf-8")


def described(file: Path, settings: GatewaySettings | ServerSettings) -> list[str]:
    """Return what a settings file sets up, line by line. Raises ColdchainError for a file of a secret."""
    if isinstance(settings, GatewaySettings):
        return [f"{file}: settings of a gateway, valid / 网关设置，有效", *_gateway(settings)]
    return [f"{file}: settings of the server, valid / 服务器设置，有效", *_server(settings)]


def _gateway(settings: GatewaySettings) -> Iterable[str]:
    gateway, spool = settings.gateway, settings.spool
    yield f"  gateway {gateway.id} of site {gateway.site} / 网关 -> {without_password(settings.mqtt.url)}"
    yield f"  spool {spool.path}, at most {spool.bytes_max} bytes / 本地存储，最大字节数"
    for bus in settings.bus:
        yield from _bus(bus)
    yield from _other_lines(settings)
    for reader in settings.reader:
        yield (
            f"  reader {reader.id} on {reader.port}, {reader.baud} baud, counts when {reader.door} closes"
            " / 读写器，关门后盘点"
        )
    for dock in settings.dock:
        yield (
            f"  dock on {dock.port}, {dock.baud} baud, reads out {', '.join(dock.boxes)}"
            " / 读取座，回站后经串口读取运血箱"
        )
    yield from _without_the_centre(settings)
    devices = (settings.bus, settings.reader, settings.dock, settings.w1, settings.ascii, settings.driver)
    if not any(devices) and settings.mqtt_devices is None:
        yield "  no devices: it only sends what its spool still holds / 未配置设备：仅上传已存数据"


def _other_lines(settings: GatewaySettings) -> Iterable[str]:
    for one_wire in settings.w1:
        yield f"  1-Wire probes in {one_wire.folder}, every {one_wire.poll_s} s / 单总线探头"
        for sensor, probe in sorted(one_wire.probes.items()):
            yield f"    probe {probe}: sensor {sensor} / 探头"
    for logger in settings.ascii:
        yield f"  {logger.port}, {logger.baud} baud {logger.framing}, lines of text / 文本记录仪"
        yield from _channels(logger)
    for line in settings.driver:
        yield f"  {line.port}, {line.baud} baud {line.framing}, driver {line.driver} / 驱动"
        yield from _channels(line)


def _channels(table: AsciiTable | DriverTable) -> Iterable[str]:
    for channel, probe in sorted(table.channels.items()):
        yield f"    probe {probe}: channel {channel}, every {table.poll_s} s / 探头"


def _without_the_centre(settings: GatewaySettings) -> Iterable[str]:
    alarm, page = settings.alarm, settings.page
    outputs = [" ".join(alarm.program)] if alarm.program else []
    outputs += [str(alarm.file)] if alarm.file is not None else []
    if outputs:
        yield f"  local alarm: {', '.join(outputs)}; a mute lasts {alarm.mute_min} min / 现场报警输出，静音时长"
    else:
        yield "  note: no siren or lamp is set up in [alarm] / 注意：[alarm] 未配置报警输出"
    if page.port is not None:
        yield f"  page for this network at http://{page.host}:{page.port} / 本地网页"


def _bus(bus: BusTable) -> Iterable[str]:
    speed = "Modbus TCP" if bus.port.startswith(TCP_SCHEME) else f"{bus.baud} baud"
    framing = "" if bus.framing == FRAMING else f" {bus.framing}"
    yield f"  bus {bus.port}, {speed}{framing} / 总线"
    for temperature in bus.temperature:
        for channel, probe in sorted(temperature.channels.items()):
            yield f"    probe {probe}: slave {temperature.slave} channel {channel}, every {temperature.poll_s} s / 探头"
    for contacts in bus.contacts:
        for wired in contacts.inputs():
            what, while_on = CONTACT_WORDS[wired.kind]
            on = 0 if wired.inverted else 1
            yield (
                f"    contact {wired.contact}: slave {contacts.slave} input {wired.number}, every {contacts.poll_s} s, "
                f"{what.en}, {on} = {while_on.en} / 触点：{what.zh}，{on} 为{while_on.zh}"
            )
    for device in bus.device:
        yield from _device(device)


def _device(device: DeviceTable) -> Iterable[str]:
    map_ = device_plan(device).map
    yield f"    slave {device.slave}: {map_.text.en} (map {map_.name} v{map_.version}) / {map_.text.zh}"
    if not map_.confirmed:
        yield (
            f"      map {map_.name} is not confirmed: compare the first readings with a thermometer"
            f" / 映射 {map_.name} 未经确认：请用温度计核对最初的读数"
        )
    for channel, probe in sorted(device.channels.items()):
        yield f"    probe {probe}: slave {device.slave} channel {channel}, every {device.poll_s} s / 探头"
    for name, contact in sorted(device.contacts.items()):
        yield f"    contact {contact}: slave {device.slave}, its own contact {name} / 触点（设备自带）"


def _server(settings: ServerSettings) -> Iterable[str]:
    server = settings.server
    yield f"  site {server.site}, record in {server.data_dir}, times in {server.time_zone} / 储血点、数据目录、时区"
    if settings.store.url is not None:
        yield f"  record kept by {settings.store.url} / 记录存于 PostgreSQL"
    yield f"  pages at http://{server.http_host}:{server.http_port} / 网页"
    if server.public_url is not None:
        yield f"  codes for doors name {server.public_url} / 现场二维码所用地址"
    yield f"  broker {without_password(settings.mqtt.url)} / 消息服务器"
    yield f"  gateways / 网关: {_listed(gateway.id for gateway in settings.gateway)}"
    for place in settings.place:
        yield from _place(settings, place)
    whole = [f"{contact.id} ({contact.kind})" for contact in settings.contact if contact.place is None]
    if whole:
        yield f"  contacts of the whole site / 全站触点: {_listed(whole)}"
    yield _influx(settings.influx)
    if address_of(settings.heartbeat) is not None:
        yield f"  heartbeat every {settings.heartbeat.every_s} s, while everything works / 心跳信号，正常工作时才发送"
    if webhook_secret(settings.grafana):
        yield "  takes what Grafana says of its own alerts / 接收 Grafana 的告警"
    yield from _called(settings)
    yield from _warnings(settings)


def _called(settings: ServerSettings) -> Iterable[str]:
    """Say over what and whom alarms call; never an address, which may hold a secret."""
    for channel in map(with_secrets, settings.channel):
        yield f"  channel {channel.id} ({channel.kind.value}) / 通知通道"
    if settings.issuing.there:
        with_secrets(settings.issuing.channel())
        yield f"  holds are sent to {settings.issuing.system or 'the issuing system'} / 暂停发放通知发往发血系统"
    for person in settings.escalation.person:
        yield f"  on call: {person.id} ({person.name}) over {_listed(person.addresses)} / 可通知人员"
    for plan in settings.escalation.plan:
        minutes = ", ".join(str(level.after_minutes) for level in plan.level)
        site = f"site {plan.site}" if plan.site else "every other site"
        yield f"  alarms of {site} call after {minutes} min / 报警升级方案（分钟）"
    nobody = nobody_called(settings.escalation.escalation(settings.server.time_zone))
    if nobody is not None:
        yield f"  note: {nobody.en} / 注意：{nobody.zh}"


def _place(settings: ServerSettings, place: PlaceTable) -> Iterable[str]:
    words = PLACE_WORDS[place.kind]
    yield (
        f"  place {place.id} ({place.name_zh}, {place.name_en}), {words.en} / {words.zh}, "
        f"profile {place.profile} v{place.profile_version} / 限值方案"
    )
    yield f"    probes / 探头: {_listed(f'{p.id} ({p.role})' for p in settings.probe if p.place == place.id)}"
    contacts = (f"{c.id} ({c.kind})" if c.kind else c.id for c in settings.contact if c.place == place.id)
    yield f"    contacts / 触点: {_listed(contacts)}"
    yield f"    readers / 读写器: {_listed(r.id for r in settings.reader if r.place == place.id)}"


def _influx(influx: InfluxTable) -> str:
    if influx.url is None:
        return "  InfluxDB: off, so nothing for Grafana / 未启用，Grafana 无数据"
    policy = f", retention policy {influx.retention_policy}" if influx.retention_policy else ""
    return f"  InfluxDB {influx.url}, database {influx.database}{policy} / 数据库"


def _warnings(settings: ServerSettings) -> Iterable[str]:
    """Say what is allowed and still wants a person's eye."""
    host = settings.server.http_host
    if beyond_loopback(host):
        yield (
            f"  warning: server.http_host = {host} may be reached from other computers; {OPEN_TO_THE_NETWORK.en}"
            f" / 警告：server.http_host = {host} 可能被其他电脑访问；{OPEN_TO_THE_NETWORK.zh}"
        )
    gaps = escalation_gaps(settings.escalation.escalation(settings.server.time_zone), [settings.server.site])
    yield from (f"  warning: {what.en} / 警告：{what.zh}" for what in (*misfits(settings).values(), *gaps))
    status = {(profile.id, profile.version): profile.status for profile in shipped_profiles()}
    for profile, version in sorted({(place.profile, place.profile_version) for place in settings.place}):
        if status.get((profile, version)) != CONFIRMED:
            yield (
                f"  note: profile {profile} v{version} is not yet confirmed against the edition in force; "
                f"a quality manager has to confirm its limits / 注意：限值方案 {profile} 第 {version} 版"
                "尚未按现行版本确认，须由质量管理人员确认"
            )
    for place in settings.place:
        readers = {probe.gateway for probe in settings.probe if probe.place == place.id}
        if not readers:
            yield (
                f"  note: place {place.id} has no probe: nothing is known of its temperature"
                f" / 注意：场所 {place.id} 没有探头，温度未知"
            )
        others = {probe.place for probe in settings.probe if probe.gateway in readers} - {place.id}
        if place.kind is PlaceKind.BOX and (others or len(readers) > 1):
            yield (
                f"  note: box {place.id} shares its gateway with {', '.join(sorted(others)) or 'another'}: "
                "position and battery of a box come from a gateway of its own"
                f" / 注意：运血箱 {place.id} 没有独立的网关，无法得知其位置和电量"
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or NONE
