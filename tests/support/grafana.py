"""A strict stand-in of Grafana's HTTP API, from its reference; it shares no code with ours.

It knows the calls that publishing makes and no other, and refuses what Grafana refuses: no token, a role too low, a
board saved over a version that is not the newest, a title that the folder has already (up to 10), a board that comes
from provisioning files, a folder that does not exist. As 13 it also makes something of its own of what it stores.
"""

import copy
import json
import re
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "glsa_of-the-fake"
TITLES_UNIQUE_UP_TO = 10  # a major version

Answer = tuple[int, Any]


@dataclass(slots=True)
class Stored:
    """A board as it is kept."""

    dashboard: dict[str, Any]
    folder: str
    provisioned: bool = False
    messages: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FakeGrafana(AbstractContextManager["FakeGrafana"]):
    """One Grafana on a loopback port. `role`: of the service account; `answer`: what every call gets, if it is set."""

    version: str = "9.4.7"
    role: str = "Editor"
    server_admin: bool = False
    database: str = "ok"
    sources: set[str] = field(default_factory=lambda: {"coldchain"})
    folders: dict[str, str] = field(default_factory=dict)
    boards: dict[str, Stored] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    reloaded: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answer: tuple[int, bytes, dict[str, str]] | None = None
    before_save: Callable[["FakeGrafana", str], None] | None = None
    silent: threading.Event | None = None
    tls: ssl.SSLContext | None = None
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that trusts us not
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._thread is not None
        if self.silent is not None:
            self.silent.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def edit(self, uid: str, title: str) -> None:
        """Save a board from the browser with another title."""
        stored = self.boards[uid]
        stored.dashboard |= {"title": title, "version": stored.dashboard["version"] + 1}

    def hold(
        self, uid: str, dashboard: dict[str, Any], folder: str = "coldchain", *, provisioned: bool = False
    ) -> None:
        """Have a board from somewhere else."""
        own = {"uid": uid, "id": len(self.boards) + 1, "version": 1}
        self.boards[uid] = Stored(copy.deepcopy(dashboard) | own, folder, provisioned)

    def respond(self, method: str, path: str, token: str, body: Any) -> Answer:
        parts = urlsplit(path)
        self.asked.append(f"{method} {parts.path}")
        if (method, parts.path) == ("GET", "/api/health"):
            return (200 if self.database == "ok" else 503), {
                "commit": "abc",
                "database": self.database,
                "version": self.version,
            }
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key" if self.major < 10 else "Unauthorized"}
        for known, pattern, does in ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if known == method and found:
                return does(self, found.groupdict(), parse_qs(parts.query), body)
        return 404, {"message": "Not found"}


def _get_folder(grafana: FakeGrafana, at: dict[str, str], _query: Any, _body: Any) -> Answer:
    if at["uid"] not in grafana.folders:
        return 404, {"message": "folder not found", "status": "not-found"}
    return 200, {"id": 1, "uid": at["uid"], "title": grafana.folders[at["uid"]], "version": 1}


def _make_folder(grafana: FakeGrafana, _at: Any, _query: Any, body: Any) -> Answer:
    if grafana.role == "Viewer":
        return 403, {"message": "You'll need additional permissions to perform this action."}
    if set(body) - {"uid", "title", "parentUid"} or not body["title"]:
        return 400, {"message": "bad request data"}
    if body["uid"] in grafana.folders or body["title"] in grafana.folders.values():
        return 409, {"message": "a folder with the same name already exists in the current location"}
    grafana.folders[body["uid"]] = body["title"]
    return 200, {"id": 1, "uid": body["uid"], "title": body["title"], "version": 1}


def _get_board(grafana: FakeGrafana, at: dict[str, str], _query: Any, _body: Any) -> Answer:
    stored = grafana.boards.get(at["uid"])
    if stored is None:
        return 404, {"message": "Dashboard not found"}
    meta = {"type": "db", "folderUid": stored.folder, "provisioned": stored.provisioned}
    return 200, {"dashboard": copy.deepcopy(stored.dashboard), "meta": meta}


def _save_board(grafana: FakeGrafana, _at: Any, _query: Any, body: Any) -> Answer:
    if grafana.role == "Viewer":
        return 403, {"message": "Access denied to save dashboard", "accessErrorId": "ACE1"}
    if set(body) - {"dashboard", "folderUid", "message", "overwrite"}:
        return 400, {"message": "bad request data"}
    board, uid = copy.deepcopy(body["dashboard"]), body["dashboard"]["uid"]
    if grafana.before_save is not None:
        grafana.before_save(grafana, uid)
    refused = _refusal(grafana, board, body)
    if refused is not None:
        return refused
    stored = grafana.boards.get(uid)
    version = 1 if stored is None else stored.dashboard["version"] + 1
    messages = [] if stored is None else stored.messages
    board |= {"id": len(grafana.boards) + 1 if stored is None else stored.dashboard["id"], "version": version}
    if grafana.major > TITLES_UNIQUE_UP_TO:
        board = _made_of(board)
    grafana.boards[uid] = Stored(board, body["folderUid"], messages=[*messages, body["message"]])
    answer = {"id": board["id"], "uid": uid, "url": f"/d/{uid}", "status": "success", "version": version, "slug": "x"}
    return 200, answer | ({"folderUid": body["folderUid"]} if grafana.major > TITLES_UNIQUE_UP_TO else {})


def _refusal(grafana: FakeGrafana, board: dict[str, Any], body: dict[str, Any]) -> Answer | None:
    stored = grafana.boards.get(board["uid"])
    if body["folderUid"] and body["folderUid"] not in grafana.folders:
        return 404, {"message": "folder not found"}
    if len(board["uid"]) > 40:
        return 400, {"message": "uid too long, max 40 characters"}
    if stored is not None and stored.provisioned:
        return 400, {"message": "Cannot save provisioned dashboard"}
    newest = stored is None or (board.get("id"), board.get("version")) == (
        stored.dashboard["id"],
        stored.dashboard["version"],
    )
    if not newest and not body["overwrite"]:
        return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
    same = [
        uid
        for uid, other in grafana.boards.items()
        if uid != board["uid"] and (other.folder, other.dashboard["title"]) == (body["folderUid"], board["title"])
    ]
    if same and grafana.major <= TITLES_UNIQUE_UP_TO:
        return 412, {"message": "A dashboard with the same name already exists", "status": "name-exists"}
    return None


def _made_of(board: dict[str, Any]) -> dict[str, Any]:
    """Return a board with what a later Grafana adds when it stores one."""
    panels = [panel | {"transparent": panel.get("transparent", False)} for panel in board["panels"]]
    return board | {"preload": False, "panels": panels}


def _search(grafana: FakeGrafana, _at: Any, query: dict[str, list[str]], _body: Any) -> Answer:
    tag = query["tag"][0]
    found = [(uid, one.dashboard) for uid, one in grafana.boards.items() if tag in one.dashboard.get("tags", [])]
    return 200, [{"uid": uid, "title": board["title"], "type": "dash-db"} for uid, board in found]


def _source(grafana: FakeGrafana, at: dict[str, str], _query: Any, _body: Any) -> Answer:
    if grafana.role != "Admin":
        return 403, {"message": "You'll need additional permissions to perform this action."}
    if at["uid"] not in grafana.sources:
        return 404, {"message": "Data source not found"}
    return 200, {"uid": at["uid"], "type": "influxdb"}


def _annotate(grafana: FakeGrafana, _at: Any, _query: Any, body: Any) -> Answer:
    if not body["text"] or not isinstance(body["time"], int):
        return 400, {"message": "text field should not be empty"}
    grafana.annotations.append(body)
    return 200, {"message": "Annotation added", "id": len(grafana.annotations)}


def _reload(grafana: FakeGrafana, at: dict[str, str], _query: Any, _body: Any) -> Answer:
    if not grafana.server_admin:
        return 403, {"message": "You'll need additional permissions to perform this action."}
    grafana.reloaded.append(at["what"])
    return 200, {"message": f"{at['what'].capitalize()} config reloaded"}


ROUTES: list[tuple[str, str, Callable[[FakeGrafana, dict[str, str], dict[str, list[str]], Any], Answer]]] = [
    ("GET", r"/api/folders/(?P<uid>[\w-]+)", _get_folder),
    ("POST", r"/api/folders", _make_folder),
    ("GET", r"/api/dashboards/uid/(?P<uid>[\w-]+)", _get_board),
    ("POST", r"/api/dashboards/db", _save_board),
    ("GET", r"/api/search", _search),
    ("GET", r"/api/datasources/uid/(?P<uid>[\w-]+)", _source),
    ("POST", r"/api/annotations", _annotate),
    ("POST", r"/api/admin/provisioning/(?P<what>dashboards|datasources|alerting)/reload", _reload),
]


def _handler(grafana: FakeGrafana) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1  # an answer in one piece

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Any) -> None:
            if grafana.silent is not None:
                grafana.silent.wait(10)
                return
            status, answer = grafana.respond(self.command, self.path, self.headers.get("Authorization", ""), body)
            raw, headers = json.dumps(answer).encode(), {"Content-Type": "application/json"}
            if grafana.answer is not None:
                status, raw, headers = grafana.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    return Handler
