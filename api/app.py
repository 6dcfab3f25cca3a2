"""The web application: REST under /api, the console's pages, and how the centre itself is doing."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.staticfiles import StaticFiles

from api import (
    console,
    console_alarm_places,
    console_alarm_quality,
    console_alarms,
    console_commission,
    console_custody,
    console_decisions,
    console_find,
    console_findings,
    console_history,
    console_lineage,
    console_packing,
    console_places,
    console_profiles,
    console_receipts,
    console_receive,
    console_register,
    console_retention,
    console_rounds,
    console_stock,
    console_tags,
    console_tasks,
    routes_alarms,
    routes_calibrations,
    routes_capacity,
    routes_claims,
    routes_commission,
    routes_decisions,
    routes_evidence,
    routes_exports,
    routes_findings,
    routes_grafana,
    routes_history,
    routes_identify,
    routes_intents,
    routes_issues,
    routes_issuing,
    routes_kept_aside,
    routes_lineage,
    routes_manifests,
    routes_places,
    routes_profiles,
    routes_receipts,
    routes_receive,
    routes_register,
    routes_retention,
    routes_rounds,
    routes_standings,
    routes_stock,
    routes_tasks,
    routes_trust,
    routes_units,
)
from api.answers import answer, documented, problem_responses, with_schemas
from api.as_known import ToldPast, require_answered
from api.context import Context, Given, Readiness
from api.guards import Guard
from api.live import Live
from api.page_faults import install_page_faults, told
from api.problems import RETRY_AFTER_S, install_problems
from api.provisioning import Issuer
from api.routes_grafana import WEBHOOK, WEBHOOK_BYTES_MAX
from api.security import Secured
from coldchain.ports import Clock, Recorder, Store
from coldchain.rounds import RoundSettings
from coldchain.station_codes import CodeScheme

ROUNDS_DEFAULT: Final = RoundSettings()
BODY_BYTES_MAX: Final = 16 * 1024
LARGER_BODIES: Final = {WEBHOOK: WEBHOOK_BYTES_MAX}
HOSTS_LOCAL: Final = ("127.0.0.1", "localhost")
ROUTES: Final = (
    routes_places,
    routes_standings,
    routes_units,
    routes_identify,
    routes_intents,
    routes_issues,
    routes_issuing,
    routes_manifests,
    routes_findings,
    routes_grafana,
    routes_kept_aside,
    routes_receipts,  # after kept_aside, whose /api/tags/unbound is no EPC
    routes_commission,
    routes_trust,
    routes_calibrations,
    routes_capacity,
    routes_claims,
    routes_decisions,
    routes_receive,
    routes_history,
    routes_evidence,
    routes_exports,
    routes_lineage,
    routes_rounds,
    routes_register,
    routes_profiles,
    routes_retention,
    routes_alarms,
    routes_stock,
    routes_tasks,
    console,
    console_find,
    console_commission,
    console_custody,
    console_packing,
    console_places,
    console_lineage,
    console_findings,
    console_receipts,
    console_tags,
    console_decisions,
    console_receive,
    console_history,
    console_rounds,
    console_register,
    console_profiles,
    console_retention,
    console_alarms,
    console_alarm_places,
    console_alarm_quality,
    console_stock,
    console_tasks,
)
STATIC_DIRECTORY: Final = Path(__file__).parent / "static"

DESCRIPTION: Final = """\
Where every blood unit was, next to which probe, under which limits, how long outside and how long unknown.

Times are UTC milliseconds since 1970, temperatures micro-degrees Celsius, both as integers. Every list comes in pages
of at most 1,000; `next` is the `after` of the following page. Errors are `application/problem+json` with what is wrong
and what to do. Writes may be repeated: 201 says that something was recorded, 200 that it already was. There is no
access control yet: the server listens on this machine only, and `X-Actor` is recorded as given, not authenticated.
"""

TAGS: Final = [
    {"name": "places", "description": "Places, their probes, readings, and what is inside."},
    {"name": "units", "description": "Blood units: registration, tags, placements, stays, exposures, holds."},
    {"name": "boxes", "description": "Packing lists of couriers' boxes, and crates received."},
    {"name": "findings", "description": "What the rules found, and which units are on hold because of it."},
    {"name": "alarms", "description": "Alarms: what stands, its story, and what people do with it."},
    {"name": "history", "description": "Temperature histories handed out, and their verification codes."},
    {"name": "custody", "description": "Where units came from and went: acts, ends, recalls, mistakes."},
    {"name": "tasks", "description": "What a hold asks of people, calls, and what the issuing system has to know."},
    {"name": "operation", "description": "How the program itself is doing."},
]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers. Whether it can work is /readyz."""

    alive: bool


class ReadinessView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the centre can do its work; if not, `reasons` says why and what to do."""

    ready: bool
    reasons: list[str]
    status: Readiness


def create_app(
    store: Store,
    recorder: Recorder,
    clock: Clock,
    status: Callable[[], Readiness],
    registry: CollectorRegistry,
    *,
    zone: str = "Asia/Shanghai",
    hosts: Sequence[str] = HOSTS_LOCAL,
    live: Live | None = None,
    schemes: Sequence[CodeScheme] = (),
    issuer: Issuer | None = None,
    rounds: RoundSettings = ROUNDS_DEFAULT,
    public_url: str = "",
    grafana_secret: str = "",
) -> FastAPI:
    """Return the application. `zone` is the site's time zone, `hosts` the names under which it may be addressed.

    `live` tells open pages when something was committed, and ends their streams before the server stops; left out,
    they look every few seconds. `schemes`: how stations without ISBT 128 number their bags. `issuer` is the site's CA;
    without one no claims are opened. `rounds`: how often displays are read by people. `public_url` is what codes for
    doors name; without it that of the request. `grafana_secret` is that of Grafana's webhook; without one it is shut.

    Raises zoneinfo.ZoneInfoNotFoundError for a zone that this machine does not know.
    """
    app = FastAPI(
        title="Coldchain",
        version=version("coldchain"),
        description=DESCRIPTION,
        docs_url=None,  # the bundled viewers load their scripts from elsewhere, which the content policy forbids
        redoc_url=None,
        responses=problem_responses(),
        openapi_tags=TAGS,
        dependencies=[Depends(require_answered)],
    )
    app.state.context = Context(
        store=store,
        recorder=recorder,
        clock=clock,
        status=status,
        registry=registry,
        zone=ZoneInfo(zone),
        live=live or Live(lambda: 0),
        schemes=tuple(schemes),
        issuer=issuer,
        rounds=rounds,
        public_url=public_url,
        grafana_secret=grafana_secret,
    )
    install_problems(app)
    install_page_faults(app)
    app.add_middleware(ToldPast)
    app.add_middleware(Guard, hosts=hosts, body_bytes_max=BODY_BYTES_MAX, larger=LARGER_BODIES, tell=told)
    app.add_middleware(Secured)  # the last one added is the outermost
    for part in ROUTES:
        app.include_router(part.router)
    _add_operation(app)
    app.mount("/static", StaticFiles(directory=STATIC_DIRECTORY), name="static")
    _document(app)
    return app


def _add_operation(app: FastAPI) -> None:
    @app.get("/healthz", tags=["operation"], responses=documented(Health, "The process answers."))
    def healthz() -> Response:
        """Say that the process answers."""
        return answer(Health(alive=True))

    unready = documented(ReadinessView, "It cannot work now; the reasons say why.", 503)

    @app.get("/readyz", tags=["operation"], responses=documented(ReadinessView, "It can work.") | unready)
    def readyz(given: Given) -> Response:
        """Say whether the store can be written, the broker is connected and the intake queue has room."""
        status = given.status()
        reasons = status.reasons()
        response = answer(ReadinessView(ready=not reasons, reasons=reasons, status=status), 503 if reasons else 200)
        if reasons:
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response

    @app.get("/metrics", tags=["operation"], responses={200: {"content": {"text/plain": {}}}})
    def metrics(given: Given) -> Response:
        """Give the program's counters for Prometheus."""
        return Response(generate_latest(given.registry), media_type=CONTENT_TYPE_LATEST)


def _document(app: FastAPI) -> None:
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        return with_schemas(generated())

    setattr(app, "openapi", openapi)  # noqa: B010 - FastAPI's documented way; mypy knows it as a method only
