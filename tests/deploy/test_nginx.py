"""deploy/nginx in a real nginx: it takes the files, asks for a password, hands on what it should and nothing else."""

import base64
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.brokers import free_port
from support.server_process import ServerProcess
from support.tls_site import NOW_MS, Listener

from assembly.pki import Pki
from assembly.pki_certs import Kind

HERE = Path(__file__).parents[2] / "deploy/nginx"
CONSOLE, GRAFANA = "coldchain.example.org", "grafana.example.org"
PERSON = {"Authorization": "Basic " + base64.b64encode(b"li:cold").decode()}


@dataclass(slots=True)
class Behind:
    """A program behind nginx that says its name and keeps what it was asked."""

    name: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    def start(self) -> int:
        behind = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                behind.asked.append((self.path, dict(self.headers)))
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.send_response(200)
                self.send_header("Content-Length", str(len(behind.name)))
                self.end_headers()
                self.wfile.write(behind.name.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return int(self.server.server_address[1])


@dataclass(slots=True)
class Site:
    """nginx with the shipped files, on loopback, and what stands behind it."""

    port: int
    ca: Path
    console: Behind
    grafana: Behind
    nginx: ServerProcess

    def ask(
        self, name: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, str, HTTPResponse]:
        context = ssl.create_default_context(cafile=self.ca)
        line = HTTPSConnection("127.0.0.1", self.port, timeout=10)
        line.sock = context.wrap_socket(_plain(self.port), server_hostname=name)
        line.request("GET" if body is None else "POST", path, body, {"Host": name, **(headers or {})})
        response = line.getresponse()
        text = response.read().decode(errors="replace")
        line.close()
        return response.status, text, response


def _plain(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def program() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip("nginx is missing: apt-get install nginx-light")
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("nginx")
    secret, port = home / "etc/secret", free_port()
    secret.mkdir(parents=True)
    pki = Pki.init(home / "pki", "storage-1", NOW_MS)
    for name, host in (("console", CONSOLE), ("grafana", GRAFANA)):
        pki.make(Kind.SERVER, name, NOW_MS, (host,))
        for end in ("crt", "key"):
            shutil.copy(next((home / "pki").rglob(f"{name}.{end}")), secret / f"{name}.{end}")
    (secret / "htpasswd").write_text("li:{PLAIN}cold\n")
    console, grafana = Behind("console"), Behind("grafana")
    (home / "etc/listen.conf").write_text(f"listen 127.0.0.1:{port} ssl;\n")
    (home / "etc/upstreams.conf").write_text(
        f"upstream coldchain_console {{ server 127.0.0.1:{console.start()}; }}\n"
        f"upstream coldchain_grafana {{ server 127.0.0.1:{grafana.start()}; }}\n"
    )
    for name in ("tls.conf", "proxy.conf"):
        (home / f"etc/{name}").write_text(moved((HERE / name).read_text(), home))
    (home / "coldchain.conf").write_text(moved((HERE / "coldchain.conf").read_text(), home))
    (home / "nginx.conf").write_text(whole(home))
    command = [program(), "-p", str(home), "-c", str(home / "nginx.conf"), "-g", "daemon off;"]
    tried = subprocess.run([*command[:-2], "-t", "-q"], check=False, capture_output=True, text=True)
    assert (tried.returncode, tried.stderr) == (0, "")
    nginx = Listener("nginx", command, port, home / "nginx.log").start()
    yield Site(port, home / "pki/ca.crt", console, grafana, nginx)
    nginx.kill()
    for behind in (console, grafana):
        assert behind.server is not None
        behind.server.shutdown()
        behind.server.server_close()


def moved(text: str, home: Path) -> str:
    return text.replace("/etc/nginx/coldchain", str(home / "etc"))


def whole(home: Path) -> str:
    """Return the file around ours, as Debian has it, with every path below one folder."""
    kept = "\n".join(
        f"    {kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}pid {home}/pid;\nerror_log stderr;\nworker_processes 1;\nmaster_process off;\n"
        f"events {{ worker_connections 64; }}\nhttp {{\n    access_log off;\n{kept}\n"
        f"    include {home}/coldchain.conf;\n}}\n"
    )


def test_the_console_asks_for_a_password_and_then_hands_on_under_its_own_name(site: Site) -> None:
    assert site.ask(CONSOLE, "/")[0] == 401
    status, text, response = site.ask(CONSOLE, "/places/fridge-1", PERSON)
    assert (status, text) == (200, "console")
    path, headers = site.console.asked[-1]
    assert (path, headers["Host"], headers["X-Forwarded-Proto"]) == ("/places/fridge-1", CONSOLE, "https")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "nginx/" not in response.headers.get("Server", "")


def test_figures_are_not_shown_to_browsers(site: Site) -> None:
    before = len(site.console.asked), len(site.grafana.asked)
    assert site.ask(CONSOLE, "/metrics", PERSON)[0] == 403
    assert site.ask(GRAFANA, "/metrics")[0] == 403
    assert (len(site.console.asked), len(site.grafana.asked)) == before


def test_a_body_that_the_console_would_refuse_does_not_reach_it(site: Site) -> None:
    before = len(site.console.asked)
    assert site.ask(CONSOLE, "/api/units", PERSON, b"x" * 40_000)[0] == 413
    assert len(site.console.asked) == before
    assert site.ask(CONSOLE, "/api/units", PERSON, b"x" * 16_000)[0] == 200


def test_what_grafana_says_needs_no_persons_password_and_may_be_longer(site: Site) -> None:
    assert site.ask(CONSOLE, "/api/grafana/alerts", None, b"x" * 200_000)[0] == 200
    assert site.ask(CONSOLE, "/api/grafana/alerts", None, b"x" * 300_000)[0] == 413
    assert site.ask(CONSOLE, "/api/grafana/alerts/other")[0] == 401


def test_grafana_signs_in_its_own_people_and_gets_their_token(site: Site) -> None:
    status, text, response = site.ask(GRAFANA, "/d/cc-wall-zh", {"Authorization": "Bearer glsa_x"})
    assert (status, text) == (200, "grafana")
    assert site.grafana.asked[-1][1]["Authorization"] == "Bearer glsa_x"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_an_unknown_name_gets_no_certificate_at_all(site: Site) -> None:
    with pytest.raises(ssl.SSLError):
        site.ask("else.example.org", "/")


def test_a_client_may_speak_tls_1_2_and_gets_a_cipher_that_keeps_no_secret_for_later(site: Site) -> None:
    context = ssl.create_default_context(cafile=site.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with _plain(site.port) as line, context.wrap_socket(line, server_hostname=CONSOLE) as secure:
        cipher = secure.cipher()
    assert cipher is not None
    assert cipher[0].startswith("ECDHE-ECDSA-")


def test_every_file_that_is_included_is_there_and_nothing_listens_on_every_address() -> None:
    text = "".join(path.read_text() for path in HERE.glob("*.conf"))
    included = set(re.findall(r"include /etc/nginx/coldchain/([\w.]+);", text))
    assert included == {path.name for path in HERE.glob("*.conf")} - {"coldchain.conf"}
    assert re.findall(r"^\s*listen (\S+)", text, re.MULTILINE) == ["192.0.2.10:443"]
