"""The settings of the centre as the record keeps them: every value in force, and nothing that is a secret.

A secret, or a file that is named, is told by a mark: HMAC-SHA256 under a key that lies in the data folder and nowhere
in the record. So that it was changed is seen, and nobody can try out guesses. Should that key be lost, all marks change
once; the setting MARKS shows then that it was that. Gateways, places, probes, readers and contacts are entries of their
own; here stands which of them the file names.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import structlog
from pydantic import BaseModel

from assembly.problems import allowed_of, without_password
from assembly.server_settings import ServerSettings
from assembly.syncing import sync_folder
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ColdchainError
from coldchain.ports import Clock, Store
from coldchain.server_settings import SettingsChange, changed_between, in_force
from gateway.signing import write_secret
from ingest.pipeline import Pipeline

KEY_FILE: Final = "settings-marks.key"
KEY_BYTES: Final = 32
MARKS: Final = "(marks)"  # no key of a file: under which key the marks were made
MARK_DIGITS: Final = 12
FILE_BYTES_MAX: Final = 64 * 1024  # of a file whose content is marked: keys, certificates, passwords
KEYS_LOGGED: Final = 5
VALUE_MAX: Final = 400  # characters of a value that are recorded
OF_THEIR_OWN: Final = frozenset({"gateway", "place", "probe", "reader", "contact"})
NAMED: Final = "named"

log = structlog.get_logger("server")


def record_settings(pipeline: Pipeline, store: Store, settings: ServerSettings, clock: Clock) -> int:
    """Record what is other than what was recorded last; return how many settings that are. Raises ColdchainError."""
    now = values_of(settings, marks_key(settings.server.data_dir))
    with store.reading() as session:
        before = in_force(session.records.settings_changes())
    changed = changed_between(before, now)
    if changed:
        change = SettingsChange(at_ms=clock.now_ms(), version=version("coldchain"), changed=changed)
        draft = Draft(kind=EntryKind.SERVER_SETTINGS, actor="configuration", site="", payload=change)
        pipeline.note([draft], change.at_ms)
        log.info("settings_recorded", changed=len(changed), keys=[one.key for one in changed[:KEYS_LOGGED]])
    return len(changed)


def values_of(settings: BaseModel, key: bytes) -> dict[str, str]:
    """Return every setting in force, the defaults too, by its key as in the file; what is not set is left out."""
    said = dict(_of_table("", settings, key))
    return said | {MARKS: _mark(key, MARKS, b"")}


def marks_key(folder: Path) -> bytes:
    """Return the key of the marks; the first start makes it. Raises ColdchainError if it cannot be used.

    One that a kill cut short is made anew: it is worth nothing but the marks that it makes.
    """
    path = folder / KEY_FILE
    try:
        if path.exists() and len(found := path.read_bytes()) == KEY_BYTES:
            return found
        path.unlink(missing_ok=True)
        write_secret(path, secrets.token_bytes(KEY_BYTES))
        sync_folder(folder)
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be used ({error.strerror}): check its owner and permissions / 无法读取"
        raise ColdchainError(msg) from error


def _of_table(at: str, table: BaseModel, key: bytes) -> Iterator[tuple[str, str]]:
    for name, field in type(table).model_fields.items():
        allowed = allowed_of(field)
        secret = allowed is not None and allowed.secret
        where = f"{at}.{name}" if at else name
        yield from _of_value(where, getattr(table, name), key, secret=secret)


def _of_value(at: str, value: Any, key: bytes, *, secret: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any type
    if value is None or value == ():  # no table of a list is there: nothing is set, and nothing is secret
        return
    if isinstance(value, BaseModel):  # each of its fields says by itself whether it is secret
        yield from _of_table(at, value, key)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _of_value(f"{at}.{name}", one, key, secret=secret)
    elif isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value):
        for number, one in enumerate(value, 1):
            where = f"{at}[{_name_of(one) or number}]"
            yield from [(where, NAMED)] if at in OF_THEIR_OWN else _of_table(where, one, key)
    else:
        yield at, _said(at, value, key, secret=secret)


def _name_of(table: BaseModel) -> str:
    """Return by what a table of a list is known: its place among them may change without meaning anything."""
    return str(getattr(table, "id", None) or getattr(table, "site", None) or "")


def _said(at: str, value: Any, key: bytes, *, secret: bool) -> str:  # noqa: ANN401 - any type
    plain = json.dumps(value, ensure_ascii=False, default=str)
    if secret:
        return f"set, mark {_mark(key, at, plain.encode())}"
    if isinstance(value, Path) and (content := _content(at, value, key)):
        return f"{plain}, {content}"
    shown = without_password(plain)
    if shown != plain:
        return f"{shown}, mark {_mark(key, at, plain.encode())}"
    if len(plain) > VALUE_MAX:
        digest = hashlib.sha256(plain.encode()).hexdigest()
        return f"{plain[:VALUE_MAX]}..., {len(plain)} characters, SHA-256 {digest}"
    return plain


def _content(at: str, path: Path, key: bytes) -> str:
    """Return what is told of the content of a file, "" if it is none; a share that is away must not end the start."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return f"content mark {_mark(key, at, content)}" if len(content) <= FILE_BYTES_MAX else "content not marked"


def _mark(key: bytes, at: str, content: bytes) -> str:
    return hmac.new(key, at.encode() + b"\0" + content, hashlib.sha256).hexdigest()[:MARK_DIGITS]
