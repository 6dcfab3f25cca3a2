"""Asking a running centre for histories, and whether it knows what a file says of itself."""

import urllib.error
import urllib.request
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from api.report_check import Checked
from api.routes_history import ExportView
from assembly.asking import actor_header
from assembly.exits import CommandLineError
from coldchain.errors import ColdchainError

ANSWER_S: Final = 120
ANSWER_BYTES_MAX: Final = 256 * 1024 * 1024
PROBLEM_BYTES_MAX: Final = 100_000


def history_file(
    url: str, subject: str, thing: str, ending: str, query: dict[str, str], actor: str
) -> tuple[str, bytes]:
    """Return (file name, content) of a history. Raises ColdchainError with what the server says is wrong."""
    address = f"{url.rstrip('/')}/api/history/{subject}/{quote(thing, safe='')}.{ending}?{urlencode(query)}"
    name, body = fetched(address, actor)
    return name or f"history-{subject}-{thing}.{ending}", body


def export_view(url: str, export: str) -> ExportView:
    """Return what the ledger knows of an export. Raises ColdchainError if it knows none."""
    _, body = fetched(f"{url.rstrip('/')}/api/exports/{quote(export, safe='')}", "")
    return msgspec.json.decode(body, type=ExportView)


def differences(found: Checked, known: ExportView) -> list[str]:
    """Return what a file says and the ledger does not; empty: they agree."""
    pairs: list[tuple[str, object, object]] = [
        ("code", found.code, known.code),
        ("sha256", found.sha256, known.export.sha256),
    ]
    if found.issued is not None:
        issued, export = found.issued, known.export
        pairs += [
            ("from_ms", issued.report.from_ms, export.from_ms),
            ("to_ms", issued.report.to_ms, export.to_ms),
            ("at_ms", issued.at_ms, export.at_ms),
            ("as_known_seq", issued.as_known_seq, export.as_known_seq),
            ("actor", issued.actor, known.actor),
        ]
    return [f"{name}: file {said}, ledger {recorded}" for name, said, recorded in pairs if said != recorded]


def fetched(address: str, actor: str) -> tuple[str, bytes]:
    """Return (file name, body) of an answer."""
    if urlsplit(address).scheme not in {"http", "https"}:
        msg = f"{address} is no http(s) address"
        raise CommandLineError(msg)
    request = urllib.request.Request(address, None, actor_header(actor))  # noqa: S310 - the scheme was looked at
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
            body = answer.read(ANSWER_BYTES_MAX + 1)
            name = answer.headers.get_filename("")
    except urllib.error.HTTPError as error:
        raise ColdchainError(_problem(error)) from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        msg = f"{address} gives no answer that can be read ({error}): does the server run there?"
        raise ColdchainError(msg) from error
    if len(body) > ANSWER_BYTES_MAX:
        msg = f"the answer is larger than {ANSWER_BYTES_MAX} bytes: ask for a shorter interval"
        raise ColdchainError(msg)
    return name, body


def _problem(error: urllib.error.HTTPError) -> str:
    with error:
        try:
            said = msgspec.json.decode(error.read(PROBLEM_BYTES_MAX), type=dict[str, str | int])
            return f"{said['title']}: {said['detail']}. {said['todo']}"
        except (msgspec.DecodeError, KeyError, OSError):
            return f"the server answers {error.code} {error.reason}"
