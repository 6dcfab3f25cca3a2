"""`coldchain pki`: a CA of the site's own. Imports stay inside the command that needs them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assembly.exits import EXIT_CODES, CommandLineError

if TYPE_CHECKING:
    from assembly.pki import Pki
    from assembly.pki_certs import Kind

app = typer.Typer(
    help="Keys and certificates of a site. / 站点密钥与证书。", no_args_is_help=True, rich_markup_mode=None
)
Folder = Annotated[Path, typer.Option("--pki", help="The folder of the site's CA. / CA 目录。")]
Name = Annotated[str, typer.Argument(help="An id: a-z, 0-9, '-'. / 编号。")]
Csr = Annotated[Path | None, typer.Option(help="The request that was made on the device. / 设备上生成的证书请求。")]
HERE = Path("pki")


@app.command(short_help="Make the site's CA. / 建立 CA", epilog=EXIT_CODES)
def init(site: Annotated[str, typer.Argument(help="The site's id. / 站点编号。")], folder: Folder = HERE) -> None:
    """Make a CA, the server's own certificate and the key that signs commands and limits.

    建立站点 CA、服务器证书以及对命令和限值签名的密钥。
    """
    from assembly.pki import Pki
    from coldchain.identifiers import require_id

    pki = Pki.init(folder, require_id(site, "site"), _now_ms())
    print(f"made / 已生成: {folder}/ca.crt, ca.key, centre.crt, centre.key, centre-signing.key, crl.pem")
    print(f"centre's public signing key / 服务器签名公钥: {pki.signing_public}")
    _next(
        f"copy {folder} to a safe place offline; then coldchain pki server broker --host NAME --pki {folder}",
        "将该目录离线备份，然后为消息服务器生成证书",
    )


@app.command(short_help="A certificate for the broker. / 消息服务器证书", epilog=EXIT_CODES)
def server(
    name: Name,
    host: Annotated[list[str], typer.Option(help="A name or address under which it is reached. / 主机名或地址。")],
    folder: Folder = HERE,
) -> None:
    """Make key and certificate of a broker or another server.

    为消息服务器生成密钥与证书。
    """
    from assembly.pki import Pki
    from assembly.pki_certs import Kind

    path = Pki(folder).make(Kind.SERVER, name, _now_ms(), tuple(host))
    print(f"made / 已生成: {path}, {path.with_suffix('.key')}")
    _next(f"coldchain pki mosquitto {name} --pki {folder}", "生成 Mosquitto 配置")


@app.command(short_help="A certificate for a gateway. / 网关证书", epilog=EXIT_CODES)
def gateway(name: Name, csr: Csr = None, folder: Folder = HERE) -> None:
    """Sign a gateway's request, or make key and certificate here if there is none.

    签发网关证书。
    """
    from assembly.pki_certs import Kind

    _device(Kind.GATEWAY, name, csr, folder)


@app.command(short_help="A certificate for a courier's box. / 运血箱证书", epilog=EXIT_CODES)
def box(name: Name, csr: Csr = None, folder: Folder = HERE) -> None:
    """Sign a box's request, or make key and certificate here if there is none.

    签发运血箱证书。
    """
    from assembly.pki_certs import Kind

    _device(Kind.BOX, name, csr, folder)


@app.command(short_help="On a device: make its keys. / 在设备上生成密钥", epilog=EXIT_CODES)
def request(
    name: Name,
    folder: Annotated[Path, typer.Option("--into", help="Where to write them. / 目标目录。")] = Path(),
) -> None:
    """Make, on the device, its key, its request for a certificate and the key that signs its batches.

    在设备上生成私钥、证书请求和签名密钥；私钥不离开设备。
    """
    from assembly.pki import make_request

    path, public = make_request(folder, name)
    print(f"made / 已生成: {folder / name}.key, {path}, {folder / name}-signing.key")
    print(f"public signing key / 签名公钥: {public}")
    _next(
        f"carry {path.name} to the CA: coldchain pki gateway {name} --csr {path.name}; write keys = "
        f'["{public}"] into [[gateway]] of server.toml',
        "将证书请求带到 CA 签发，并把签名公钥写入 server.toml 的 [[gateway]]",
    )


@app.command(short_help="A new certificate for a name. / 续期", epilog=EXIT_CODES)
def renew(name: Name, csr: Csr = None, folder: Folder = HERE) -> None:
    """Make a new certificate, for the same key or, with --csr, for a new one.

    证书续期。
    """
    from assembly.pki import Pki

    pki = Pki(folder)
    path = pki.renew(name, _now_ms()) if csr is None else pki.sign(_kind_of(pki, name), name, _read(csr), _now_ms())
    print(f"made / 已生成: {path}")
    _next(
        f"copy {path} over the old one on the device and start it again; the old one stays valid until it ends",
        "将新证书复制到设备并重新启动；旧证书到期前仍有效",
    )


@app.command(short_help="Take a certificate back. / 吊销", epilog=EXIT_CODES)
def revoke(name: Name, folder: Folder = HERE) -> None:
    """Revoke all certificates of a name and write the list of revoked ones anew.

    吊销证书并更新吊销列表。
    """
    from assembly.pki import Pki

    count = Pki(folder).revoke(name, _now_ms())
    print(f"revoked / 已吊销: {name} ({count})")
    _next(
        f"copy {folder}/crl.pem to the broker and start it again: a live connection is not cut by the list alone; "
        "take the gateway's key out of server.toml",
        "将 crl.pem 复制到消息服务器并重启（仅更新列表不会断开现有连接），并从 server.toml 删除其公钥",
    )


@app.command("list", short_help="What was issued. / 证书列表", epilog=EXIT_CODES)
def list_(folder: Folder = HERE) -> None:
    """List all certificates: name, kind, serial number, end, state.

    列出所有证书。
    """
    from assembly.pki import Pki

    now_ms = _now_ms()
    for one in Pki(folder).index():
        state = "revoked / 已吊销" if one.revoked_ms else "stands / 有效" if one.stands(now_ms) else "ended / 已过期"
        print(f"{one.name:<32} {one.kind.value:<8} {_day(one.ends_ms)}  {state}  {one.serial}")


@app.command(short_help="Write the list of revoked ones anew. / 更新吊销列表", epilog=EXIT_CODES)
def crl(folder: Folder = HERE) -> None:
    """Write crl.pem anew; it is valid for 400 days.

    重新生成吊销列表，有效 400 天。
    """
    from assembly.pki import Pki

    print(f"written / 已生成: {Pki(folder).write_crl(_now_ms())}")
    _next("copy it to the broker and start it again, at least once a year", "复制到消息服务器并重启，至少每年一次")


@app.command(short_help="Configuration of Mosquitto. / Mosquitto 配置", epilog=EXIT_CODES)
def mosquitto(
    name: Annotated[str, typer.Argument(help="The broker's certificate (pki server NAME). / 证书名。")],
    folder: Folder = HERE,
    port: Annotated[int, typer.Option(help="Where it listens. / 端口。")] = 8883,
    dock: Annotated[
        list[str] | None, typer.Option(help="GATEWAY=BOX: it may speak for this box. / 读出运血箱的网关=运血箱。")
    ] = None,
    at: Annotated[
        Path | None, typer.Option(help="Folder at the broker where its files will lie. / 文件在消息服务器上的目录。")
    ] = None,
) -> None:
    """Write mosquitto.conf and mosquitto-acl for mutual TLS into the CA's folder.

    生成双向 TLS 配置。
    """
    from assembly.pki import Pki, replace_file
    from assembly.pki_mosquitto import access_list, configuration

    pki = Pki(folder)
    if not any(one.name == name for one in pki.index()):
        msg = f"{name} has no certificate: coldchain pki server {name} --host NAME --pki {folder}"
        raise CommandLineError(msg)
    replace_file(folder / "mosquitto-acl", access_list(_docks(dock or ())).encode())
    replace_file(folder / "mosquitto.conf", configuration(at or folder.resolve(), name, port).encode())
    print(f"written / 已生成: {folder / 'mosquitto.conf'}, {folder / 'mosquitto-acl'}")
    where = at or folder.resolve()
    _next(
        f"its user must be able to read {where}: mosquitto has one of its own, and ca.key is not for it. Copy ca.crt, "
        f"crl.pem, mosquitto-acl and issued/{name}.crt and .key for it (docs/security.md says how), never ca.key",
        f"mosquitto 用户须能读取 {where}；只复制 ca.crt、crl.pem、ACL 和其证书密钥，切勿复制 ca.key",
    )


def _device(kind: "Kind", name: str, csr: Path | None, folder: Path) -> None:
    from assembly.pki import Pki

    pki = Pki(folder)
    if csr is None:
        path = pki.make(kind, name, _now_ms())
        print(f"made / 已生成: {path}, {path.with_suffix('.key')}")
        print("better: make the key on the device with coldchain pki request / 建议在设备上用 pki request 生成密钥")
    else:
        path = pki.sign(kind, name, _read(csr), _now_ms())
        print(f"made / 已生成: {path}")
    _next(
        f"copy {path} and ca.crt to the device; [mqtt] of gateway.toml: url = mqtts://…, ca, cert, key, signing_key",
        "将证书和 ca.crt 复制到设备，并填写 gateway.toml 的 [mqtt]",
    )


def _docks(pairs: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        gateway, _, box = pair.partition("=")
        if not gateway or not box:
            msg = f"--dock {pair}: write GATEWAY=BOX"
            raise CommandLineError(msg)
        found.setdefault(gateway, []).append(box)
    return found


def _kind_of(pki: "Pki", name: str) -> "Kind":
    for one in pki.index():
        if one.name == name:
            return one.kind
    msg = f"nothing was issued to {name}: coldchain pki list shows the names"
    raise CommandLineError(msg)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror})"
        raise CommandLineError(msg) from error


def _now_ms() -> int:
    from gateway.clock import SystemClock

    return SystemClock().now_ms()


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()


def _next(en: str, zh: str) -> None:
    print(f"Next: {en}\n下一步：{zh}")
