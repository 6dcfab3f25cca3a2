"""Forms of the console: read without a library, and taken from our own pages only."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request

from coldchain.errors import ConflictError, InvalidValueError

FIELDS_MAX: Final = 240  # a tick for each of 200 holds, and what is written beside them
TEXT_CHARACTERS_MAX: Final = 200


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, stripped. Raises ConflictError for a page that is not ours, InvalidValueError.

    Without access control a foreign page that the same browser shows could else post into the record.
    """
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    ours = urlsplit(origin).netloc.lower() == host.lower() or request.headers.get("sec-fetch-site") == "same-origin"
    if not ours:
        msg = f"this form was not sent by a page of this server (Origin {origin!r:.100}): open the page here"
        raise ConflictError(msg)
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError as error:
        msg = "the form cannot be read: send it from the page itself"
        raise InvalidValueError(msg) from error
    return {name: text.strip() for name, text in pairs}


def text_of(form: Mapping[str, str], name: str) -> str:
    """Return a text of a form ("" if it is left out). Raises InvalidValueError for one that is too long."""
    text = form.get(name, "")
    if len(text) > TEXT_CHARACTERS_MAX or not text.isprintable():
        msg = f"{name} is not allowed: at most {TEXT_CHARACTERS_MAX} printable characters"
        raise InvalidValueError(msg)
    return text


def number_of(form: Mapping[str, str], name: str) -> int | None:
    """Return a whole number of a form, None if it is left out. Raises InvalidValueError for anything else."""
    text = form.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        msg = f"{name} {text!r:.40} is not a whole number"
        raise InvalidValueError(msg)
    return int(text)


Form = Annotated[Mapping[str, str], Depends(_form)]
