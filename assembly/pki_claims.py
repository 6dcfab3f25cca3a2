"""The site's CA behind the claims' route: certificates for devices that showed a token, and what they start from."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from api.provisioning import Provisioned
from assembly.pki import CENTRE, Pki
from assembly.pki_certs import Kind, read_csr
from coldchain.errors import ConflictError
from coldchain.ports import Clock

SETTINGS = """\
# Settings of a gateway, made when it claimed its name.   网关设置（接入时生成）。
# Add its lines, [[bus]] and [[reader]]: coldchain init writes an example with comments.   请补充总线与读写器设置。

[gateway]
id = "{gateway}"
site = "{site}"

[mqtt]
url = "{url}"
ca = "ca.crt"
cert = "{gateway}.crt"
key = "{gateway}.key"
signing_key = "{gateway}-signing.key"
centre_key = "{centre_key}"

[spool]
path = "gateway-spool.sqlite"
"""


class CaIssuer:
    """Makes certificates out of requests; safe to use from several threads."""

    def __init__(self, folder: Path, sites: Mapping[str, str], url: str, clock: Clock) -> None:
        self._pki = Pki(folder)
        self._sites = sites
        self._url = url
        self._clock = clock
        self._lock = Lock()
        self._pki.index()  # a folder that is none is told at the start

    def check(self, gateway: str, csr: str) -> None:
        """Raise InvalidValueError or ConflictError if no certificate could be made of this request."""
        read_csr(csr.encode(), gateway)
        if gateway == CENTRE or gateway not in self._sites:
            msg = f"gateway {gateway} is not registered: name it in server.toml and start the server again"
            raise ConflictError(msg)

    def issue(self, gateway: str, csr: str, *, again: bool = False) -> Provisioned:
        """Make the certificate and return all that the device needs. Raises ColdchainError.

        `again`: one was asked for by this request before; if it was made it is returned, and not if it was revoked.
        """
        with self._lock:
            made = self._pki.made_of(gateway, csr.encode()) if again else None
            cert = made or self._pki.sign(Kind.GATEWAY, gateway, csr.encode(), self._clock.now_ms())
            key = self._pki.signing_public
            site = self._sites[gateway]
            return Provisioned(
                gateway=gateway,
                site=site,
                certificate=cert.read_text(),
                ca=self._pki.ca_cert.decode(),
                centre_key=key,
                mqtt_url=self._url,
                settings=SETTINGS.format(gateway=gateway, site=site, url=self._url, centre_key=key),
            )
