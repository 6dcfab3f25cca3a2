"""The few calls of Grafana's HTTP API that publishing needs. What goes wrong is said with what to do about it.

Paths and answers: Grafana's HTTP API reference, the same in 9.4 and 13 where this asks. No redirect is followed and no
proxy of the environment is used, so the token goes to the address that was named and nowhere else.
"""

import json
import ssl
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, Self, TypeAlias

import httpx

from coldchain.errors import ColdchainError

Json: TypeAlias = dict[str, Any] | list[Any]

CONNECT_S: Final = 5.0
ANSWER_S: Final = 20.0  # between two parts of an answer
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024
SAID_MAX: Final = 300  # characters of an answer that are repeated to the operator
NOT_FOUND: Final = 404

ADVICE: Final = {
    400: (
        "cannot read what it was sent: does this address want https://?",
        "请求无法识别：该地址是否应使用 https://？",
    ),
    401: (
        "does not know the token: make a new one (Administration, Service accounts) and write it into --token-file",
        "令牌无效：请在 Grafana 的服务账号中新建令牌，写入 --token-file",
    ),
    403: (
        "lets this token not do that: give its service account the role Editor, or Admin, of the right organization",
        "令牌权限不足：请给服务账号所属组织的 Editor（或 Admin）角色",
    ),
    404: (
        "does not know that path: is --url the address of Grafana, with its sub-path if it has one?",
        "路径不存在：请核对 --url（包括子路径）",
    ),
    502: ("is a proxy that does not reach Grafana: is Grafana running?", "代理无法连接 Grafana：请确认其正在运行"),
    429: ("is asked too often: wait a minute and run this again", "请求过于频繁：请稍后重试"),
}


class PublishError(ColdchainError):
    """Grafana cannot be used as asked; the message says, in both languages, what to do."""


class Grafana:
    """One Grafana. `url` without a slash at its end; `ca`: whom to trust instead of the machine's CAs (PEM).

    Every call raises PublishError if Grafana cannot be reached or does not answer as a Grafana does.
    """

    def __init__(self, url: str, token: str, ca: Path | None = None, *, answer_s: float = ANSWER_S) -> None:
        self.url = url
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "coldchain"},
            timeout=httpx.Timeout(answer_s, connect=CONNECT_S),
            verify=_trusted(ca),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def health(self) -> str:
        """Return Grafana's version, empty if it keeps that to itself. Raises PublishError if it is not healthy."""
        status, answer = self.call("GET", "/api/health", accept=(200, 503))
        if not isinstance(answer, dict) or "database" not in answer:
            self._no_grafana("GET /api/health")
        if status != httpx.codes.OK or answer["database"] != "ok":
            self._fail("says that its own database fails: look at Grafana's log", "自身数据库异常：请查看 Grafana 日志")
        return str(answer.get("version", ""))

    def folder(self, uid: str) -> dict[str, Any] | None:
        """Return a folder, None if there is none."""
        return self._get(f"/api/folders/{uid}")

    def make_folder(self, uid: str, title: str) -> None:
        """Make a folder. Raises PublishError, also if another one has the title."""
        status, _ = self.call("POST", "/api/folders", {"uid": uid, "title": title}, accept=(200, 409, 412))
        if status != httpx.codes.OK:
            self._fail(
                f"has a folder {title} that is not ours (its uid is not {uid}): rename that one, then run this again",
                f"已有同名文件夹 {title}（uid 不是 {uid}）：请改名后重试",
            )

    def board(self, uid: str) -> dict[str, Any] | None:
        """Return `{"dashboard": ..., "meta": ...}`, None if there is none."""
        found = self._get(f"/api/dashboards/uid/{uid}")
        if found is not None and not (isinstance(found.get("dashboard"), dict) and isinstance(found.get("meta"), dict)):
            self._no_grafana(f"GET /api/dashboards/uid/{uid}")
        return found

    def save(self, dashboard: dict[str, Any], folder: str, message: str) -> tuple[int, dict[str, Any]]:
        """Save a board as the next version of the one that was read, never over another; return status and answer.

        200: saved. 400: it may not be saved, it comes from files. 412: `status` says "version-mismatch" if somebody
        saved meanwhile, "name-exists" if another board of the folder has the title.
        """
        body = {"dashboard": dashboard, "folderUid": folder, "message": message, "overwrite": False}
        status, answer = self.call("POST", "/api/dashboards/db", body, accept=(200, 400, 412))
        given = answer if isinstance(answer, dict) else {}
        message = str(given.get("message", ""))
        if status == httpx.codes.BAD_REQUEST and "provisioned" not in message:
            self._fail(f"refuses the board {dashboard['uid']}: {message[:SAID_MAX]}", f"拒绝了看板 {dashboard['uid']}")
        return status, given

    def tagged(self, tag: str) -> list[dict[str, Any]]:
        """Return what a search gives for the boards with a tag (`uid`, `title` of each)."""
        _, answer = self.call("GET", f"/api/search?type=dash-db&limit=1000&tag={tag}")
        return [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []

    def has_source(self, uid: str) -> bool | None:
        """Tell whether there is a data source, None if this token may not know."""
        status, _ = self.call("GET", f"/api/datasources/uid/{uid}", accept=(200, 403, NOT_FOUND))
        return None if status == httpx.codes.FORBIDDEN else status == httpx.codes.OK

    def annotate(self, text: str, tags: list[str], time_ms: int) -> bool:
        """Leave a mark of the organization; tell whether it was taken."""
        body = {"text": text, "tags": tags, "time": time_ms}
        status, _ = self.call("POST", "/api/annotations", body, accept=(200, 400, 403, NOT_FOUND, 500))
        return status == httpx.codes.OK

    def reload(self, what: str) -> bool | None:
        """Have provisioning files read anew (dashboards, datasources, alerting); None if the token may not ask that."""
        path = f"/api/admin/provisioning/{what}/reload"
        status, _ = self.call("POST", path, {}, accept=(200, 202, 401, 403, NOT_FOUND, 500))
        return None if status in {401, 403, NOT_FOUND} else status < httpx.codes.INTERNAL_SERVER_ERROR

    def _get(self, path: str) -> dict[str, Any] | None:
        status, answer = self.call("GET", path, accept=(200, NOT_FOUND))
        if not isinstance(answer, dict):
            self._no_grafana(f"GET {path}")
        return None if status == NOT_FOUND else answer

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, accept: tuple[int, ...] = (200,)
    ) -> tuple[int, Json]:
        """Return status and JSON of a call whose status is one of `accept`. Raises PublishError for any other."""
        try:
            with self._client.stream(method, self.url + path, json=body) as response:
                raw = _read(response)
        except httpx.TimeoutException:
            self._fail(
                f"gave no answer in time to {method} {path}: is it busy, or a firewall in between?",
                "未及时应答：服务器繁忙或被防火墙拦截",
            )
        except httpx.HTTPError as error:
            self._unreachable(error)
        if response.status_code not in accept:
            self._refused(f"{method} {path}", response, raw)
        try:
            answer: Json = json.loads(raw)
        except ValueError:
            self._no_grafana(f"{method} {path}")
        return response.status_code, answer

    def _refused(self, asked: str, response: httpx.Response, raw: bytes) -> NoReturn:
        status = response.status_code
        if response.has_redirect_location:
            where = response.headers["location"][:SAID_MAX]
            self._fail(
                f"sends {asked} on to {where}: give --url the address that it means (https, a sub-path, no login page)",
                f"被重定向到 {where}：请在 --url 中写实际地址",
            )
        en, zh = ADVICE.get(status, ("refuses: look at Grafana's log", "请求被拒绝：请查看 Grafana 日志"))
        said = _said(raw)
        self._fail(f"answers {status} to {asked}{said}: it {en}", f"{status}：{zh}")

    def _unreachable(self, error: httpx.HTTPError) -> NoReturn:
        chain: BaseException | None = error
        while chain is not None:
            if isinstance(chain, ssl.SSLError):
                self._fail(
                    f"shows a certificate that is not trusted, or speaks no TLS ({chain.reason or chain}): name the CA "
                    "with --ca, use the host name that the certificate is for, or http:// if there is no TLS",
                    "证书不受信任或未启用 TLS：请用 --ca 指定 CA，并使用证书上的主机名",
                )
            chain = chain.__cause__ or chain.__context__
        self._fail(
            f"cannot be reached ({str(error)[:SAID_MAX] or type(error).__name__}): right address? is it running?",
            "无法连接：请核对地址，并确认 Grafana 正在运行",
        )

    def _no_grafana(self, asked: str) -> NoReturn:
        self._fail(
            f"does not answer {asked} as a Grafana does: is another program, or a proxy's login page, at this address?",
            "该地址上不是 Grafana：请核对 --url",
        )

    def _fail(self, en: str, zh: str) -> NoReturn:
        msg = f"{self.url} {en} / {zh}"
        raise PublishError(msg)


def _read(response: httpx.Response) -> bytes:
    """Return an answer's body, and no more than is sensible."""
    parts = bytearray()
    for part in response.iter_bytes():
        parts += part
        if len(parts) > ANSWER_BYTES_MAX:
            msg = f"its answer is longer than {ANSWER_BYTES_MAX} bytes"
            raise httpx.DecodingError(msg)
    return bytes(parts)


def _said(raw: bytes) -> str:
    """Return Grafana's own words of an error, in brackets."""
    try:
        answer = json.loads(raw)
    except ValueError:
        return ""
    message = answer.get("message") if isinstance(answer, dict) else None
    return f" ({message[:SAID_MAX]})" if isinstance(message, str) and message.isprintable() else ""


def _trusted(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        msg = f"--ca {ca} cannot be read, or holds no certificate in PEM ({error}) / CA 证书文件无效"
        raise PublishError(msg) from error
