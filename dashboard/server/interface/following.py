"""Runs as they go on: the newest ones, one that is waited for without asking all the time, its charts, another try."""

import asyncio
import hashlib
import json
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import for_known, known_run, respond, run_facts, with_token
from dashboard.server.responses import json_response
from shared.client import Client
from shared.errors import InvalidSpec, message
from shared.library.titles import run_title, titles_of
from shared.store import RunRecord

LOOKS = "look at what is there"
MOST_RUNS = 500
LONGEST_WAIT, FIRST_POLL, LAST_POLL = 30.0, 0.02, 0.5


@with_token(LOOKS)
def newest(client: Client, request: Request, _body: bytes) -> Response:
    """The newest runs; ?limit=N, at most 500."""
    typed = request.query_params.get("limit", "30")
    if not typed.isdecimal() or not 1 <= int(typed) <= MOST_RUNS:
        raise InvalidSpec(message(f"limit from 1 to {MOST_RUNS}", typed[:40], "Send such a number."))
    titles = titles_of(client.library)
    runs = client.store.runs.recent(int(typed))
    return json_response({"runs": [run_facts(run) | {"title": run_title(run, titles)} for run in runs]})


@for_known(LOOKS)
async def wait(client: Client, request: Request) -> Response:
    """How far a run is, as soon as that is something else than `state`, or after `seconds` (at most 30).

    ?state=STATE is what the last answer said; without it the answer comes at once.
    """
    typed, seen = request.query_params.get("seconds", "20"), request.query_params.get("state", "")
    end = time.monotonic() + min(LONGEST_WAIT, float(typed) if typed.isdecimal() else 0.0)
    pause = FIRST_POLL
    while True:
        found = await respond(lambda: _now(client, request), request)
        over = found.status_code != 200 or found.headers["x-state"] != seen
        if over or time.monotonic() >= end or await request.is_disconnected():
            return found
        await asyncio.sleep(pause)
        pause = min(LAST_POLL, pause * 1.3)


def _now(client: Client, request: Request) -> Response:
    run = known_run(client, request)
    found = json_response(run_facts(run) | {"state": _state(run)})
    found.headers["x-state"] = _state(run)
    return found


def _state(run: RunRecord) -> str:
    """Another one whenever there is something to tell of a run."""
    told = json.dumps([run.status, run.done, run.total, run.stage, run.error, run.attempts])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@with_token(LOOKS)
def figures(client: Client, request: Request, _body: bytes) -> Response:
    """Whatever of a result has axes, by name, as Plotly figures."""
    found = client.result(known_run(client, request).key).figures
    return json_response({"figures": {name: json.loads(figure.to_json()) for name, figure in found.items()}})


@with_token("retry a run")
def retry(client: Client, request: Request, _body: bytes) -> Response:
    """Resume a failed, cancelled or evicted run; the key is another one where an earlier release made it."""
    key, outcome = client.retry(known_run(client, request).key)
    return json_response({"key": key, "outcome": outcome, "link": client.results.link(key)}, 202)


FOLLOWING_ROUTES = [
    Route("/api/runs", newest, methods=["GET"]),
    Route("/api/runs/{key}/wait", wait, methods=["GET"]),
    Route("/api/runs/{key}/figures", figures, methods=["GET"]),
    Route("/api/runs/{key}/retry", retry, methods=["POST"]),
]
