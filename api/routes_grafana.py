"""Grafana's webhook: what it says of its own alerts is recorded and shown, and never sent on."""

import hmac
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.answers import answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.context import Context, Given
from api.grafana_message import Read, RefusedAlert, read_message
from api.grafana_says import GrafanaSays, grafana_says
from api.problems import Problem, problem_response
from api.provisioning import RefusedClaim
from api.refused_secrets import tell_refused
from coldchain.grafana_alerts import HearGrafana
from coldchain.trust import SecurityKind

WEBHOOK: Final = "/api/grafana/alerts"
WEBHOOK_BYTES_MAX: Final = 256 * 1024
SHUT: Final = Problem(
    title="Not set up",
    status=403,
    detail="nothing is taken from Grafana here: no secret is set",
    todo="Set webhook_secret_file in [grafana] of server.toml and start the server again.",
)
UNKNOWN: Final = Problem(
    title="Not known",
    status=401,
    detail="the Authorization header is not Bearer and the secret of [grafana] in server.toml",
    todo="In Grafana's contact point set Authorization Header: scheme Bearer, credentials the secret.",
)

router = APIRouter(tags=["alarms"])


class GrafanaTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message: `taken` alerts are in the record now, whether they said something new or not.

    `truncated`: how many Grafana left out by its own setting; those are not in the record.
    """

    taken: int
    refused: list[RefusedAlert]
    truncated: int


class GrafanaSaid(KnownAt, frozen=True, kw_only=True):
    """What Grafana says of its own rules: what goes on, and what was over within the last day."""

    items: list[GrafanaSays]


@router.get(WEBHOOK, responses=documented(GrafanaSaid, "What Grafana says."))
def list_said(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """List what Grafana says, each with the alarm of ours that says the same."""
    with seen(given, as_known_ms) as at:
        return answer(GrafanaSaid(items=grafana_says(at.session, at.now_ms), **at.told()))


@router.post(WEBHOOK, responses=documented(GrafanaTaken, "What was taken is in the record."))
async def take(given: Given, request: Request) -> Response:
    """Take a message of Grafana's contact point "webhook", known by its secret. Repeats change nothing.

    It raises no alarm and calls nobody.
    """
    if not given.grafana_secret:
        return problem_response(SHUT)
    if not _is_known(given.grafana_secret, request.headers.get("authorization", "")):
        await run_in_threadpool(_refused, given, request.client.host if request.client else "")
        refused = problem_response(UNKNOWN)
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    read = read_message(await request.body())
    return await run_in_threadpool(_record, given, read)


def _refused(given: Context, source: str) -> None:
    """Tell that somebody without the secret spoke for Grafana; what was sent in its place is kept nowhere."""
    now_ms = given.clock.now_ms()
    refusal = RefusedClaim(gateway="", detail=f"{WEBHOOK}: {UNKNOWN.detail}", evidence=(f"from {source}",))
    given.webhook_attempts.refused(source, now_ms, refusal)
    tell_refused(given.recorder, given.webhook_attempts, SecurityKind.WEBHOOK_REFUSED, now_ms)


def _record(given: Context, read: Read) -> Response:
    if read.alerts:
        given.recorder.record(HearGrafana(alerts=read.alerts, at_ms=given.clock.now_ms()))
    return answer(GrafanaTaken(taken=len(read.alerts), refused=list(read.refused), truncated=read.truncated))


def _is_known(secret: str, header: str) -> bool:
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), secret.encode())
