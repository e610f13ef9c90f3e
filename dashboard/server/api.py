"""The requests of the command line over HTTP, for scripts with a token: no Redis and no files within their reach.

curl -H "Authorization: Bearer $TOKEN" -d '{"kind": "filter_atlas", "model": "keras/vgg16/random", ...}' URL/api/runs
"""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.server.connection import get_client
from dashboard.server.downloads import WHOLE, whole_file
from dashboard.server.responses import PLAIN_HEADERS
from shared.analyses import spec_from_json
from shared.client import Client
from shared.errors import ConvscopeError, InvalidSpec, StoreUnavailable, UnknownRun, message
from shared.store import RunRecord

LONGEST_REQUEST = 1024 * 1024
Handler = Callable[[Client, Request, bytes], Response]


def with_token(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Refuse who has no token; ask in the name of who made it; explain the project's errors as JSON."""

    @wraps(handler)
    async def call(request: Request) -> Response:
        body = await request.body() if int(request.headers.get("content-length") or 0) <= LONGEST_REQUEST else b""
        return await run_in_threadpool(_respond, handler, request, body)

    return call


def _respond(handler: Handler, request: Request, body: bytes) -> Response:
    try:
        client = get_client()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        owner = client.library.tokens.owner(token.strip()) if scheme.lower() == "bearer" else ""
        if not owner:
            advice = "Make a token on the page Links and tokens, and send it as Authorization: Bearer TOKEN."
            return _json({"error": f"Expected a token that is good. Received none, or one that is not. {advice}"}, 401)
        return handler(client.acting_as(owner), request, body)
    except StoreUnavailable as error:
        return _json({"error": str(error)}, 503)
    except UnknownRun as error:
        return _json({"error": str(error)}, 404)
    except ConvscopeError as error:
        return _json({"error": str(error)}, 400)


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(value, status, headers=PLAIN_HEADERS)


@with_token
def submit(client: Client, _request: Request, body: bytes) -> Response:
    """Have a spec computed: its fields and `kind` as JSON."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidSpec(message("JSON", "other bytes", "Send the fields of a spec and its kind.")) from None
    key, outcome = client.submit(spec_from_json(text))
    return _json({"key": key, "outcome": outcome, "link": client.results.link(key)}, 202)


@with_token
def status(client: Client, request: Request, _body: bytes) -> Response:
    """How far a run is."""
    return _json(_told(_known(client, request)))


@with_token
def cancel(client: Client, request: Request, _body: bytes) -> Response:
    """Stop a run; its finished parts are kept."""
    return _json({"stopping": client.cancel(_known(client, request).key)})


@with_token
def whole(client: Client, request: Request, _body: bytes) -> Response:
    """The whole result, a zip that `convscope import` reads."""
    run = _known(client, request)
    found = whole_file(client, run, WHOLE)
    if found is None:
        raise UnknownRun(message("a run with a result", f"{run.key} ({run.status})", "Wait for it, or submit it anew."))
    return found


def _known(client: Client, request: Request) -> RunRecord:
    run = client.record(request.path_params["key"])
    if not run.kind:
        raise UnknownRun(message("the key of a run", run.key, "Submit it first."))
    return run


def _told(run: RunRecord) -> dict[str, Any]:
    told = {"key": run.key, "kind": run.kind, "spec": run.fields, "status": run.status, "done": run.done,
            "total": run.total, "stage": run.stage, "error": run.error, "by": run.by, "seconds": round(run.seconds, 3),
            "estimate": run.estimate, "metrics": run.facts.get("metrics", {})}  # fmt: skip
    return json.loads(json.dumps(told))


API_ROUTES = [
    Route("/api/runs", submit, methods=["POST"]),
    Route("/api/runs/{key}", status, methods=["GET"]),
    Route("/api/runs/{key}/cancel", cancel, methods=["POST"]),
    Route("/api/runs/{key}/result.zip", whole, methods=["GET"]),
]
