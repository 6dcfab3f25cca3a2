"""A site with a CA of its own and a real Mosquitto that asks for certificates, made by the commands' own functions."""

import os
import socket
import ssl
from pathlib import Path
from types import TracebackType

from support.brokers import free_port, program_of_mosquitto
from support.server_process import ServerProcess

from assembly.pki import Pki, make_request
from assembly.pki_certs import Kind
from assembly.pki_mosquitto import access_list, configuration
from assembly.tls import TlsFiles, tls_context
from gateway.clock import SystemClock

NOW_MS = SystemClock().now_ms()
YEAR_MS = 366 * 86_400_000


class TlsSite:
    """A CA in a folder, devices with keys of their own, and the broker."""

    def __init__(self, home: Path, server_made_ms: int = NOW_MS) -> None:
        self.home = home
        self.port = free_port()
        self.pki = Pki.init(home / "pki", "storage-1", NOW_MS)
        self.pki.make(Kind.SERVER, "broker", server_made_ms, ("127.0.0.1",))
        folder = home / "pki"
        (folder / "mosquitto-acl").write_text(access_list({}))
        text = configuration(folder, "broker", self.port, "127.0.0.1")
        if os.geteuid() == 0:
            text += "user root\n"  # as root it would drop to a user who cannot read the keys
        (folder / "mosquitto.conf").write_text(text)
        command = [program_of_mosquitto(), "-c", str(folder / "mosquitto.conf")]
        self.broker = Listener("mosquitto", command, self.port, home / "mosquitto.log")

    @property
    def url(self) -> str:
        return f"mqtts://127.0.0.1:{self.port}"

    def device(self, name: str, folder: str = "", now_ms: int = NOW_MS) -> ssl.SSLContext:
        """Make a device's keys and its certificate."""
        where = self.home / (folder or name)
        where.mkdir()
        csr, _ = make_request(where, name)
        cert = self.pki.sign(Kind.GATEWAY, name, csr.read_bytes(), now_ms)
        return self.context(cert.rename(where / f"{name}.crt"), where / f"{name}.key")

    def context(self, cert: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
        return tls_context(TlsFiles(ca=self.pki.folder / "ca.crt", cert=cert, key=key))

    def centre(self) -> ssl.SSLContext:
        return self.context(self.pki.folder / "centre.crt", self.pki.folder / "centre.key")

    def __enter__(self) -> "TlsSite":
        self.broker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.broker.kill()


class Listener(ServerProcess):
    """A server behind TLS: it is ready when it takes a connection."""

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
