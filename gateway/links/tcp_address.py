"""How a reader or serial server on the network is written in the settings. The settings load it without pyserial."""

from typing import Final
from urllib.parse import urlsplit

SCHEMES: Final = ("tcp", "socket")  # the second is pyserial's word for the same


def is_tcp(path: str) -> bool:
    """Tell whether a port is written as tcp://host:port."""
    return path.startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def host_and_port(path: str, port_if_none: int | None = None) -> tuple[str, int] | None:
    """Return host and port of tcp://host:port, None if it is not written so."""
    try:
        parts = urlsplit(path)
        port = port_if_none if parts.port is None else parts.port
    except ValueError:
        return None
    more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in SCHEMES or not parts.hostname or not port or more:
        return None
    return parts.hostname, port
