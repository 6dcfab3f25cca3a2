"""`coldchain claim` and `coldchain command`: what a person asks of a running centre, and what a device does once."""

import ipaddress
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from assembly.asking import actor_header
from assembly.exits import EXIT_CODES, CommandLineError
from coldchain.errors import ColdchainError

ANSWER_S: Final = 30
ANSWER_BYTES_MAX: Final = 1_000_000
LOCAL: Final = "http://127.0.0.1:8080"

claim_app = typer.Typer(help="Let a device become a gateway. / 设备接入。", no_args_is_help=True, rich_markup_mode=None)
command_app = typer.Typer(help="Commands to gateways. / 网关命令。", no_args_is_help=True, rich_markup_mode=None)
Url = Annotated[str, typer.Option(help="Where the server's pages are. / 服务器页面地址。")]
Actor = Annotated[str, typer.Option(help="Who asks, for the record. / 操作人。")]


@claim_app.command(short_help="At the centre: make a token. / 生成接入令牌", epilog=EXIT_CODES)
def new(
    gateway: Annotated[str, typer.Option(help="The gateway's id, as in server.toml. / 网关编号。")],
    serial: Annotated[str, typer.Option(help="Only the device with this serial number. / 仅限此序列号。")] = "",
    hours: Annotated[int, typer.Option(help="How long it works, 1 to 168. / 有效小时数。")] = 24,
    url: Url = LOCAL,
    actor: Actor = "command-line",
) -> None:
    """Make a token by which one device becomes this gateway, once.

    生成一次性接入令牌。
    """
    made = ask(f"{url}/api/claims", {"gateway": gateway, "serial": serial, "hours": hours}, actor)
    print(f"token, shown once / 令牌（仅显示一次）: {made['token']}")
    named = f"--gateway {gateway}{f' --serial {serial}' if serial else ''}"
    print(f"Next: on the device, coldchain claim use URL {made['token']} {named}")
    print("下一步：在设备上运行 coldchain claim use")


@claim_app.command(short_help="On the device: use a token. / 使用接入令牌", epilog=EXIT_CODES)
def use(
    url: Annotated[str, typer.Argument(help="The server, https://… (http:// on this machine). / 服务器地址。")],
    token: Annotated[str, typer.Argument(help="The token. / 令牌。")],
    gateway: Annotated[str, typer.Option(help="The gateway's id that the token is for. / 网关编号。")],
    serial: Annotated[str, typer.Option(help="This device's serial number. / 本机序列号。")] = "",
    folder: Annotated[Path, typer.Option("--into", help="Where keys and settings go. / 目标目录。")] = Path(),
) -> None:
    """Make this device's keys, show the token to the centre, and write what comes back.

    在设备上生成密钥，凭令牌领取证书和初始设置；私钥不离开设备。
    """
    from assembly.pki import make_request, replace_file
    from gateway.signing import load_signing_key

    require_safe(url)
    settings = folder / "gateway.toml"
    if settings.exists():
        msg = f"{settings} exists already and is not overwritten: name another folder with --into"
        raise CommandLineError(msg)
    csr = folder / f"{gateway}.csr"
    if csr.exists():  # an earlier attempt made the keys: a new token goes on with them
        public = load_signing_key(folder / f"{gateway}-signing.key")[1]
    else:
        csr, public = make_request(folder, gateway)
    body = {"token": token, "csr": csr.read_text(), "key": public, "serial": serial}
    made = ask(f"{url.rstrip('/')}/provisioning/claims", body, "device")
    replace_file(folder / f"{gateway}.crt", made["certificate"].encode())
    replace_file(folder / "ca.crt", made["ca"].encode())
    replace_file(settings, made["settings"].encode())
    print(f"written / 已生成: {folder / gateway}.crt, {folder / 'ca.crt'}, {settings}")
    print(f"Next: add the devices to {settings}, then coldchain gateway --config {settings}")
    print("下一步：在 gateway.toml 中补充设备，然后启动网关")


@claim_app.command(short_help="Signing keys of a gateway. / 网关签名密钥", epilog=EXIT_CODES)
def keys(gateway: Annotated[str, typer.Argument(help="The gateway's id. / 网关编号。")], url: Url = LOCAL) -> None:
    """List the signing keys of a gateway: by what they came, and when and why one was ended.

    列出网关的签名密钥及其来源、终止时间和原因。
    """
    for one in ask(f"{url}/api/gateways/{gateway}/keys", None, "")["items"]:
        until = "" if one["until_ms"] is None else f"  until / 截至 {one['until_ms']}  {one['reason']}  {one['name']}"
        print(f"{one['key']}  {one['source']}{until}")


@claim_app.command("end-key", short_help="End a signing key. / 终止签名密钥", epilog=EXIT_CODES)
def end_key(
    gateway: Annotated[str, typer.Argument(help="The gateway's id. / 网关编号。")],
    key: Annotated[str, typer.Argument(help="The public key, 64 hex digits. / 公钥。")],
    reason: Annotated[str, typer.Option(help="Why. / 原因。")],
    name: Annotated[str, typer.Option(help="Who signs for it. / 签名人。")],
    post: Annotated[str, typer.Option(help="In which post. / 岗位。")],
    url: Url = LOCAL,
) -> None:
    """End a signing key for good: what it signs from now on is refused and recorded as a security event.

    永久终止一个签名密钥；此后用它签名的数据一律拒收并记为安全事件。
    """
    body = {"key": key, "reason": reason, "name": name, "post": post}
    ask(f"{url}/api/gateways/{gateway}/keys/end", body, name)
    print(f"ended / 已终止: {key}")
    print(f"Next: revoke the certificate too, coldchain pki revoke {gateway} / 下一步：吊销其证书")


@command_app.command(short_help="Ask a gateway to do something. / 发送命令", epilog=EXIT_CODES)
def send(
    gateway: Annotated[str, typer.Argument(help="The gateway's id. / 网关编号。")],
    kind: Annotated[str, typer.Argument(help="send-status, poll-now, set-poll-interval, restart / 命令。")],
    seconds: Annotated[int | None, typer.Option(help="For set-poll-interval: 5 to 300, or 0. / 采集间隔。")] = None,
    expires_s: Annotated[int, typer.Option(help="Not done later than this. / 有效秒数。")] = 3_600,
    url: Url = LOCAL,
    actor: Actor = "command-line",
) -> None:
    """Record a command; the server signs it and sends it until it is answered or has expired.

    记录并发送命令，直到网关答复或过期。
    """
    args = {} if seconds is None else {"seconds": seconds}
    body = {"kind": kind, "args": args, "expires_s": expires_s}
    made = ask(f"{url}/api/gateways/{gateway}/commands", body, actor)
    print(f"recorded / 已记录: {made['command']['id']}")
    print(f"Next: coldchain command list {gateway} / 下一步：查看答复")


@command_app.command("list", short_help="What became of commands. / 命令状态", epilog=EXIT_CODES)
def list_(gateway: Annotated[str, typer.Argument(help="The gateway's id. / 网关编号。")], url: Url = LOCAL) -> None:
    """List the newest commands of a gateway and its answers.

    列出网关的最新命令及其答复。
    """
    for one in ask(f"{url}/api/gateways/{gateway}/commands", None, "")["items"]:
        command = one["command"]
        print(f"{command['id']}  {command['command']:<18} {one['state']:<8} {one['text']}")


def require_safe(url: str) -> None:
    """Raise CommandLineError for an address to which a token would travel in the clear."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and _is_local(parts.hostname):
        return
    msg = f"{url}: a token must not travel in the clear; write https://…, or http://127.0.0.1:… on the server itself"
    raise CommandLineError(msg)


def ask(url: str, body: dict[str, Any] | None, actor: str) -> Any:  # noqa: ANN401 - what the interface answers
    """Return the answer to a request. Raises ColdchainError with what the server says is wrong and what to do."""
    if urlsplit(url).scheme not in {"http", "https"}:
        msg = f"{url} is no http(s) address"
        raise CommandLineError(msg)
    headers = {"Content-Type": "application/json", **actor_header(actor or "command-line")}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the scheme was looked at
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
            return json.loads(answer.read(ANSWER_BYTES_MAX))
    except urllib.error.HTTPError as error:
        raise ColdchainError(_problem(error)) from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        msg = f"{url} gives no answer that can be read ({error}): does the server run there? --url names another one"
        raise ColdchainError(msg) from error


def _problem(error: urllib.error.HTTPError) -> str:
    with error:
        try:
            said = json.loads(error.read(ANSWER_BYTES_MAX))
            return f"{said['title']}: {said['detail']}. {said['todo']}"
        except (ValueError, KeyError, TypeError, OSError):
            return f"the server answers {error.code} {error.reason}"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
