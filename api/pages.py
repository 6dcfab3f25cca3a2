"""How a page is made: its language and words, the templates and what they may call, and how it is sent."""

import re
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.alarm_views import runs_on, waiting_text
from api.beside_unit import kind_text, recall_text
from api.box_words import arrival_text, box_lines, short_text
from api.clock_words import clock_state_text
from api.context import Context
from api.decision_words import decision_meaning, decision_signers, decision_state
from api.finding_words import clock_text, finding_title
from api.first import notice_text
from api.inside import inside_kind
from api.limits import limits_text, profile_name
from api.past import in_the_past, past_of, past_parts
from api.reason_words import reason_text
from api.refusals import refusal_text
from api.second_values import rival_text
from api.standings import no_value_text, shown_probe, standing_texts
from api.wording import Language, Words, language_of
from coldchain.standing import PlaceStanding, ProbeStanding
from rules.alarm_life import state_of

COOKIE: Final = "language"
COOKIE_AGE_S: Final = 365 * 86_400

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)")


def _cut_at_times(text: str) -> list[str]:
    """Cut a text so that every second part is a date or time, to be kept on one line."""
    return _TIME.split(text)


def _in_fours(text: str) -> list[str]:
    """Cut an EPC into its 16-bit words, between which a line may break."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _state_text(standing: PlaceStanding, words: Words) -> str:
    return standing_texts(standing, words.language)[0]


def _no_value(probe: ProbeStanding, words: Words) -> str:
    return no_value_text(probe, words.language)


def _time_units(words: Words) -> dict[str, str]:
    """Return the names of units of time for the scripts, which count on what the server wrote."""
    return {name: words.say(f"unit.{name}") for name in ("d", "h", "min", "s")}


_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    auto_reload=False,  # templates belong to the code that runs, also while an update is being installed
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters |= {"cut_at_times": _cut_at_times, "in_fours": _in_fours}
_pages.globals |= {
    "decision_meaning": decision_meaning,
    "decision_signers": decision_signers,
    "decision_state": decision_state,
    "arrival_text": arrival_text,
    "box_lines": box_lines,
    "clock_state_text": clock_state_text,
    "clock_text": clock_text,
    "short_text": short_text,
    "finding_title": finding_title,
    "how_inside": inside_kind,
    "kind_text": kind_text,
    "limits_text": limits_text,
    "no_value": _no_value,
    "notice_text": notice_text,
    "profile_name": profile_name,
    "reason_text": reason_text,
    "recall_text": recall_text,
    "refused": refusal_text,
    "rival_text": rival_text,
    "runs_on": runs_on,
    "shown_probe": shown_probe,
    "state_of": state_of,
    "state_text": _state_text,
    "time_units": _time_units,
    "waiting_text": waiting_text,
}


def words_for(request: Request, given: Context, lang: str | None) -> Words:
    """Return the words of the language that is asked for, remembered, or the browser's."""
    language = language_of(lang, request.cookies.get(COOKIE), request.headers.get("accept-language"))
    return Words(language=language, zone=given.zone)


def page(
    request: Request,
    words: Words,
    template: str,
    now_ms: int,
    *,
    status: int = 200,
    **parts: Any,  # noqa: ANN401 - what a template asks for
) -> HTMLResponse:
    """Return a page in its language, and remember the language if the address asked for it."""
    past = past_of(request)
    other = Language.EN if words.language is Language.ZH else Language.ZH
    parts |= {"w": words, "now_ms": now_ms, "here": request.url.path}
    parts["other"] = str(request.url.include_query_params(lang=other).query)
    parts |= past_parts(request, past, request.app.state.context, now_ms)
    html = _pages.get_template(template).render(parts)
    if past.past:
        html = in_the_past(html, past, words.say("as-known.no-form"))
    response = HTMLResponse(html, status, {"Content-Language": "zh-CN" if words.language is Language.ZH else "en"})
    if request.query_params.get("lang") == words.language:
        response.set_cookie(COOKIE, words.language, max_age=COOKIE_AGE_S, httponly=True, samesite="lax")
    return response


def missing_page(request: Request, words: Words, now_ms: int, key: str, name: str) -> HTMLResponse:
    """Return the page that says that a thing is not registered; `key` is the text for its kind."""
    said = words.say("as-known.missing" if past_of(request).past else key, id=name[:64])
    return page(request, words, "missing.html", now_ms, status=404, told=said)


def rendered(template: str, **parts: Any) -> str:  # noqa: ANN401 - what a template asks for
    """Return a template's text with nothing of a request in it."""
    return _pages.get_template(template).render(parts)


def macros(template: str, **parts: Any) -> Any:  # noqa: ANN401 - a template's macros by name
    """Return the macros of a template, to write parts of a page one by one."""
    return _pages.get_template(template).make_module(parts)
