"""The configuration of Mosquitto 2.0 for mutual TLS: mosquitto.conf(5), `require_certificate` and below.

With `use_identity_as_username` the common name of a certificate is the user, so one pattern is the whole access list.
The pattern does not bind the site: the centre takes only pairs of site and gateway that are registered.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from assembly.pki import CENTRE

TLS_PORT: Final = 8883
GATEWAY_SAYS: Final = ("up", "state")
GATEWAY_HEARS: Final = ("ack", "cmd/#")


def access_list(docks: Mapping[str, Sequence[str]]) -> str:
    """Return the ACL file. `docks`: gateways that read out boxes, and the boxes that they may speak for."""
    lines = ["# Who may say and hear what. Made by coldchain pki mosquitto; make it anew rather than edit it."]
    lines += [f"pattern write cc/v1/+/%u/{leaf}" for leaf in GATEWAY_SAYS]
    lines += [f"pattern read cc/v1/+/%u/{leaf}" for leaf in GATEWAY_HEARS]
    lines += ["", "# The centre", f"user {CENTRE}"]
    lines += [f"topic read cc/v1/+/+/{leaf}" for leaf in GATEWAY_SAYS]
    lines += [f"topic write cc/v1/+/+/{leaf}" for leaf in GATEWAY_HEARS]
    for gateway, boxes in sorted(docks.items()):
        lines += ["", f"# A dock of {gateway}: it hands on what boxes have signed or sent", f"user {gateway}"]
        for box in sorted(boxes):
            lines += [f"topic write cc/v1/+/{box}/up", f"topic read cc/v1/+/{box}/ack"]
    return "\n".join(lines) + "\n"


def configuration(folder: Path, server: str, port: int = TLS_PORT, bind: str = "") -> str:
    """Return mosquitto.conf. `folder` holds the files of the CA, `server` is the name of the broker's certificate."""
    lines = [
        "# Mosquitto 2.0 with mutual TLS. Made by coldchain pki mosquitto.",
        "per_listener_settings false",
        "allow_anonymous false",
        f"acl_file {folder / 'mosquitto-acl'}",
        f"listener {port}{f' {bind}' if bind else ''}",
        f"cafile {folder / 'ca.crt'}",
        f"certfile {folder / 'issued' / f'{server}.crt'}",
        f"keyfile {folder / 'issued' / f'{server}.key'}",
        f"crlfile {folder / 'crl.pem'}",
        "require_certificate true",
        "use_identity_as_username true",
        "tls_version tlsv1.2",
        "set_tcp_nodelay true",
        "max_queued_messages 10000",
        "max_inflight_messages 1000",
        "max_packet_size 400000",
        "persistence false",
    ]
    return "\n".join(lines) + "\n"
