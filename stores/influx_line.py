"""One connection to an InfluxDB through influxdb-client, and which way of writing the server at its end understands.

The client is loaded when a connection is made: a centre without a mirror lives without it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from coldchain.errors import ColdchainError
from coldchain.mirroring import Dialect
from stores.influx_target import Target, authorization, dialect_told

TIMEOUT_MS: Final = 15_000
_FORM: Final = "application/x-www-form-urlencoded"
_UNAUTHORIZED: Final = frozenset({401, 403})

Pairs = Sequence[tuple[str, str]]


class Told(NamedTuple):
    """A 2xx answer: its headers, and its body as JSON (as text where it is none)."""

    headers: Mapping[str, str]
    data: Any


class InfluxLine:
    """Calls to one server; what goes wrong is raised as the client raises it (see stores.influx.InfluxSink)."""

    def __init__(self, target: Target, timeout_ms: int = TIMEOUT_MS) -> None:
        """Raises ColdchainError if the client is not installed. Connects to nothing yet."""
        try:
            from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415 - only where there is a mirror
        except ImportError as error:
            msg = "the mirror needs influxdb-client: install coldchain[influx], or leave the address of InfluxDB empty"
            raise ColdchainError(msg) from error
        self._target = target
        client: Any = InfluxDBClient  # its types know no connection without a token
        self._client = client(url=target.url, token=None, org=target.org, timeout=timeout_ms)
        self._dialect = target.dialect
        self._authorize()

    @property
    def dialect(self) -> Dialect:
        """The way of writing; the server is asked where that is left to it. Raises what the client raises."""
        if self._dialect is Dialect.AUTO:
            self._dialect = self._asked()
            self._authorize()
        return self._dialect

    def forget(self) -> None:
        """Ask again next time: another server may stand there now."""
        self._dialect = self._target.dialect

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Pairs = (),
        form: Pairs = (),
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """Call the server. `body`: bytes as they are (say their type in headers), anything else as JSON."""
        given = {"Accept": "application/json", **({"Content-Type": _FORM} if form else {}), **(headers or {})}
        data, _, told = self._client.api_client.call_api(
            path,
            method,
            query_params=list(query),
            header_params=given,
            post_params=list(form),
            body=body,
            response_type="object",
        )
        return Told(told, data)

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _authorize(self) -> None:
        headers: dict[str, str] = self._client.api_client.default_headers
        headers.pop("Authorization", None)
        value = authorization(self._target.token, self._dialect)
        if value:
            headers["Authorization"] = value

    def _asked(self) -> Dialect:
        """Ask /ping, then whether there is what only 2.x has. 3 Core alone lets nobody ask /ping without a token."""
        try:
            ping = self.call("GET", "/ping")
        except Exception as error:
            if getattr(error, "status", None) in _UNAUTHORIZED:
                return Dialect.V3
            raise
        version = ping.data.get("version", "") if isinstance(ping.data, dict) else ""
        return dialect_told(ping.headers, str(version)) or self._without_version()

    def _without_version(self) -> Dialect:
        try:
            told = self.call("GET", "/api/v2/setup")
        except Exception as error:
            if getattr(error, "status", None) in {404, 405, *_UNAUTHORIZED}:
                return Dialect.V1
            raise
        return Dialect.V2 if isinstance(told.data, dict) and "allowed" in told.data else Dialect.V1
