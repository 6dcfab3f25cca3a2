"""Which InfluxDB is meant, which way of writing it understands, and how it lets us in. Knows no connection.

Three ways of writing (InfluxData's API references of 1.8, 2.7 and 3 Core): `v1` is POST /write?db=&rp=, which every 1.x
has and 2.x maps to a bucket; `v2` is POST /api/v2/write?org=&bucket=; `v3` is the same path on 3 Core, where the bucket
is the database and a token is a bearer's.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from coldchain.errors import InvalidValueError
from coldchain.mirroring import KEEP_DAYS_MAX, Dialect

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_VERSION: Final = re.compile(r"v?([123])\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which InfluxDB, and how to be let in. 1.x: `token` is "user:password"; 2.x: the token, with its `org`.

    `policy` "" is the database's default retention policy (1.x), or the bucket named like the database (2.x). Any
    other makes the bucket "database/policy". `keep_days`: how long a database or bucket that we make keeps points
    (0: for ever); one that is there keeps them as long as it did.
    """

    url: str
    database: str = "coldchain"
    policy: str = ""
    org: str = "-"
    token: str = field(default="", repr=False)
    api: Dialect = Dialect.AUTO
    keep_days: int = 0

    @property
    def bucket(self) -> str:
        """The bucket of the writing interface."""
        return f"{self.database}/{self.policy}" if self.policy else self.database

    @property
    def dialect(self) -> Dialect:
        """The way of writing as far as it is known without asking: a user with a password is the first way's."""
        return Dialect.V1 if self.api is Dialect.AUTO and ":" in self.token else self.api


def target_of(
    url: str,
    *,
    database: str = "coldchain",
    policy: str = "",
    org: str = "-",
    token: str = "",
    api: Dialect = Dialect.AUTO,
    keep_days: int = 0,
) -> Target:
    """Return a target for an address like http://host:8086; user and password may stand in it, and leave it here.

    Raises InvalidValueError that says what is allowed, without the password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        msg = "the address of InfluxDB cannot be used: write http://host:8086 or https://host:8086"
        raise InvalidValueError(msg)
    for what, name in (("database", database), ("policy", policy or "-")):
        if not _NAME.fullmatch(name):
            msg = f"{what} {name!r} of InfluxDB is not allowed: 1 to 64 of letters, digits and _ . -"
            raise InvalidValueError(msg)
    if not 0 <= keep_days <= KEEP_DAYS_MAX:
        msg = f"keep_days {keep_days} of InfluxDB is not allowed: 0 (for ever) to {KEEP_DAYS_MAX}"
        raise InvalidValueError(msg)
    if parts.username and not token:
        token = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    netloc = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{netloc}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    return Target(url=address, database=database, policy=policy, org=org, token=token, api=api, keep_days=keep_days)


def writing_path(target: Target, dialect: Dialect) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the path and the query that lines with timestamps in milliseconds are posted to."""
    if dialect is Dialect.V1:
        policy = (("rp", target.policy),) if target.policy else ()
        return "/write", (("db", target.database), *policy, ("precision", "ms"))
    return "/api/v2/write", (("org", target.org), ("bucket", target.bucket), ("precision", "ms"))


def authorization(token: str, dialect: Dialect) -> str:
    """Return the header that lets us in ("": none). "user:password" is HTTP's own way, which every 1.x has."""
    if not token:
        return ""
    if ":" in token:
        return f"Basic {b64encode(token.encode()).decode()}"
    return f"Bearer {token}" if dialect is Dialect.V3 else f"Token {token}"


def dialect_told(headers: Mapping[str, str], version: str = "") -> Dialect | None:
    """Return what /ping tells by its header or its words; None where it names no version, as self-built ones do."""
    named = next((value for name, value in headers.items() if name.lower() == "x-influxdb-version"), version)
    found = _VERSION.match(named) or _VERSION.match(version)
    return None if found is None else {"1": Dialect.V1, "2": Dialect.V2, "3": Dialect.V3}[found[1]]
