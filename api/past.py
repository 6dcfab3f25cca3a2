"""Pages as known at an earlier time: one parameter, one notice, one field, and no form that acts, for all of them.

A page takes `past: AsKnown`, reads within `past.seen(given)`, and is made by `api.pages.page` as ever. That writes the
notice and the field, keeps the time in its links and forms of questions, and takes forms that act away.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape, unescape
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request

from api.as_known import AS_KNOWN, FIELD, AsKnownText, Seen, as_known_of, local_text, seen
from api.context import Context, Given

_LINK: Final = re.compile(r'(<a\b[^>]*?\shref|\bhx-get|\bdata-trace)="([^"]*)"')
_QUESTION: Final = re.compile(r'<form\b[^>]*\bmethod="get"[^>]*>')
_ACTING: Final = re.compile(r'<form\b(?![^>]*\bmethod="get").*?</form>', re.DOTALL)  # by a script, too
_STAYS: Final = ("data-no-past", "/static/")  # what leads back to now, has a field of its own, or is no page


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a page looks at. `known_ms` None: how it stands now.

    `text`: the time as it was asked for. `refused`: it was not taken. `offered`: the page can show the past.
    """

    known_ms: int | None = None
    text: str = ""
    refused: bool = False
    offered: bool = False

    @property
    def past(self) -> bool:
        """Whether the page shows an earlier time."""
        return self.known_ms is not None

    @contextmanager
    def seen(self, given: Context) -> Iterator[Seen]:
        """See the record now, or as it was known then. Raises as api.as_known.seen."""
        with seen(given, self.known_ms) as at:
            yield at


NOW: Final = Past()


def _asked(request: Request, given: Given, as_known: AsKnownText = None) -> Past:
    known_ms = as_known_of(as_known, given.zone, given.clock.now_ms())
    past = Past(
        known_ms=known_ms,
        text=as_known or "",
        refused=_wanted(request) and known_ms is None,
        offered=True,
    )
    request.state.past = past
    return past


def _wanted(request: Request) -> bool:
    """Tell whether a page's address asks for the past, also by the name that only the interface takes."""
    return bool(request.query_params.get(FIELD)) or AS_KNOWN in request.query_params


AsKnown = Annotated[Past, Depends(_asked)]


def past_of(request: Request) -> Past:
    """Return what the page of a request looks at; one that cannot show the past and was asked for it says so."""
    known: Past | None = getattr(request.state, "past", None)
    return Past(refused=_wanted(request)) if known is None else known


def past_parts(request: Request, past: Past, context: Context, now_ms: int) -> dict[str, object]:
    """Return what the frame of a page needs: the field's value, what else the address asks for, the way back to now."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in {FIELD, AS_KNOWN}]
    return {
        "past": past,
        "past_field": local_text(now_ms, context.zone),
        "past_others": others,
        "past_left": f"{request.url.path}?{urlencode(others)}" if others else request.url.path,
    }


def in_the_past(html: str, past: Past, nothing: str) -> str:
    """Return a page of the past: its links and questions keep the time, and in place of a form that acts: `nothing`."""
    html = _ACTING.sub(lambda _: f'<p class="quiet">{escape(nothing)}</p>', html)
    html = _LINK.sub(lambda found: f'{found[1]}="{_then(found[0], found[2], past)}"', html)
    field = f'<input type="hidden" name="{FIELD}" value="{escape(past.text)}">'
    return _QUESTION.sub(lambda found: found[0] if _STAYS[0] in found[0] else found[0] + field, html)


def _then(tag: str, address: str, past: Past) -> str:
    plain = unescape(address)
    path, hash_, fragment = plain.partition("#")
    before, _, query = path.partition("?")
    if _STAYS[0] in tag or before.startswith(_STAYS[1]) or not (path.startswith(("/", "?"))):
        return address
    asked = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in {FIELD, AS_KNOWN}]
    asked.append((AS_KNOWN, str(past.known_ms)) if before.startswith("/api/") else (FIELD, past.text))
    return escape(f"{before}?{urlencode(asked)}{hash_}{fragment}")
