"""Forms of the console: read without a library, and taken from our own pages only."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.context import Context
from coldchain.errors import ColdchainError, ConflictError, InvalidValueError
from coldchain.units import PersonFact

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


def taken(given: Context, made: Callable[[], PersonFact]) -> ColdchainError | None:
    """Record what a form says; return what refused it, with nothing changed."""
    try:
        given.recorder.record(made())
    except ColdchainError as error:
        return error
    return None


async def answered(
    given: Context, made: Callable[[], PersonFact], then: str, again: Callable[[ColdchainError], Response]
) -> Response:
    """Record what a form says and lead on to the page `then`, or show it again with what refused it."""
    error = await run_in_threadpool(taken, given, made)
    return RedirectResponse(then, 303) if error is None else await run_in_threadpool(again, error)


Form = Annotated[Mapping[str, str], Depends(_form)]
