"""Making what the mirror writes to: a database on 1.x, a bucket and its InfluxQL name on 2.x. What is there stays.

3 Core makes a database with the first write to it, so there is nothing to do. A server that does not allow it says so,
and a person makes it.
"""

from collections.abc import Sequence
from typing import Any, Final

from coldchain.mirroring import Dialect
from stores.influx_line import InfluxLine
from stores.influx_target import Target

DAY_S: Final = 86_400
DEFAULT_POLICY: Final = "autogen"  # what 1.x calls the one that it makes, and 2.x a bucket that names none
_ALREADY: Final = ("already exists", "conflicts with an existing policy")


def prepare(line: InfluxLine, target: Target) -> str:
    """Make it; return why the server does not ("": it is there). Raises what the client raises."""
    match line.dialect:
        case Dialect.V1:
            return _database(line, target)
        case Dialect.V2:
            return _bucket(line, target)
        case _:
            return ""


def statement(line: InfluxLine, text: str, database: str = "") -> tuple[list[Any], str]:
    """Run one InfluxQL statement; return its series and why the server refused it. Raises what the client raises."""
    query = (("db", database), ("epoch", "ms")) if database else ()
    told = line.call("POST", "/query", query=query, form=(("q", text),)).data
    result = told["results"][0]
    return result.get("series", []), str(result.get("error", ""))


def _database(line: InfluxLine, target: Target) -> str:
    keep = f"{target.keep_days}d" if target.keep_days else "INF"
    limited = f" WITH DURATION {keep}" if target.keep_days and not target.policy else ""
    statements = [f'CREATE DATABASE "{target.database}"{limited}']
    if target.policy:
        statements.append(
            f'CREATE RETENTION POLICY "{target.policy}" ON "{target.database}" DURATION {keep} REPLICATION 1'
        )
    for text in statements:
        _, refused = statement(line, text)
        if refused and not any(words in refused for words in _ALREADY):
            return refused
    return ""


def _bucket(line: InfluxLine, target: Target) -> str:
    """Make the bucket, and see to it that InfluxQL finds it: newer 2.x map a bucket named like a database itself."""
    org = _org(line, target)
    if not org:
        return f"organisation {target.org!r} is not there, or this token may not see it"
    bucket = _first(line, "/api/v2/buckets", "buckets", (("orgID", org), ("name", target.bucket)))
    if not bucket:
        rules = [{"type": "expire", "everySeconds": target.keep_days * DAY_S}] if target.keep_days else []
        made = {"orgID": org, "name": target.bucket, "retentionRules": rules}
        bucket = str(line.call("POST", "/api/v2/buckets", body=made).data["id"])
    if not _mapped(line, target, org):
        mapping = {
            "orgID": org,
            "bucketID": bucket,
            "database": target.database,
            "retention_policy": target.policy or DEFAULT_POLICY,
            "default": not target.policy,
        }
        line.call("POST", "/api/v2/dbrps", body=mapping)
    return ""


def _org(line: InfluxLine, target: Target) -> str:
    """Return the id of the organisation; without a name it is the only one that the token may see."""
    named = (("org", target.org),) if target.org != "-" else ()
    return _first(line, "/api/v2/orgs", "orgs", named)


def _mapped(line: InfluxLine, target: Target, org: str) -> bool:
    found = line.call("GET", "/api/v2/dbrps", query=(("orgID", org), ("db", target.database))).data
    mappings: Sequence[dict[str, Any]] = found.get("content") or []
    return any(one.get("retention_policy") == (target.policy or DEFAULT_POLICY) for one in mappings)


def _first(line: InfluxLine, path: str, name: str, query: Sequence[tuple[str, str]]) -> str:
    """Return the id of the only one of a list, "" if there is none; for a name that is not there 2.x says 404."""
    try:
        found = line.call("GET", path, query=query).data.get(name) or []
    except Exception as error:
        if getattr(error, "status", None) == 404:
            return ""
        raise
    return str(found[0]["id"]) if len(found) == 1 else ""
