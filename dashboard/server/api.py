"""The requests of the command line over HTTP, for scripts with a token: no Redis and no files within their reach.

curl -H "Authorization: Bearer $TOKEN" -d '{"kind": "filter_atlas", "model": "keras/vgg16/random", ...}' URL/api/runs
"""

import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.connection import get_client
from dashboard.server.downloads import WHOLE, whole_file
from dashboard.server.responses import json_response
from shared.analyses import spec_from_json
from shared.analyses.band_arrays import wanted_bands
from shared.bounds import MOST_SPEC_LETTERS, read_json
from shared.client import Client, delete_entry, rename_entry, uses_of
from shared.errors import ConvscopeError, InvalidSpec, NotAllowed, ShareUsedUp, StoreUnavailable, UnknownRun, message
from shared.library.entries import Sort
from shared.library.people import may_enter
from shared.library.rights import RIGHTS
from shared.store import RunRecord

log = logging.getLogger(__name__)
LONGEST_REQUEST = 1024 * 1024
# What an address does, on the function that answers it; a test walks over all of them.
ACTION = "action"
Handler = Callable[[Client, Request, bytes], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
Known = Callable[[Client, Request], Awaitable[Response]]


def for_known(action: str) -> Callable[[Known], Endpoint]:
    """Let in whoever has a token that is good for an action, before anything of a request is read.

    Args:
        action: of shared.library.rights.
    """

    def guarded(serve: Known) -> Endpoint:
        @wraps(serve)
        async def call(request: Request) -> Response:
            client = await run_in_threadpool(_known_client, request, action)
            return client if isinstance(client, Response) else await serve(client, request)

        setattr(call, ACTION, action)
        return call

    return guarded


def with_token(action: str) -> Callable[[Handler], Endpoint]:
    """Refuse who has no token that is good for an action; ask in the name of who made it; explain the project's errors
    as JSON.

    Args:
        action: of shared.library.rights.
    """

    def guarded(handler: Handler) -> Endpoint:
        @for_known(action)
        @wraps(handler)
        async def call(client: Client, request: Request) -> Response:
            body = await _bounded_body(request) if request.method in ("POST", "PUT") else b""
            if body is None:
                return json_response(
                    {"error": f"Expected a request of at most {LONGEST_REQUEST} bytes. Received more."}, 413
                )
            return await respond(lambda: handler(client, request, body), request)

        return call

    return guarded


def _known_client(request: Request, action: str) -> Client | Response:
    """A client that acts for whoever made the request's token; a refusal where that is nobody, or may not enter, or the
    token is good for other things.
    """
    try:
        client = get_client()
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        token = client.library.tokens.open(text.strip()) if scheme.lower() == "bearer" else None
    except StoreUnavailable as error:
        return json_response({"error": str(error)}, 503)
    if token is None or (client.settings.sign_in and not may_enter(token.by, client.settings)):
        advice = "Make a token on the page Links and tokens, and send it as Authorization: Bearer TOKEN."
        return json_response(
            {"error": f"Expected a token that is good. Received none, or one that is not. {advice}"}, 401
        )
    needed = RIGHTS[action].scope
    if needed not in token.scopes:
        said = message(f"a token for {needed!r}", ", ".join(token.scopes), "Make one on the page Links and tokens.")
        return json_response({"error": said}, 403)
    return client.acting_as(token.by)


async def _bounded_body(request: Request) -> bytes | None:
    """The body, or None where it is too long; no more of it is read then."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_REQUEST:
                return None
    except ClientDisconnect:
        pass
    return bytes(body)


async def respond(handle: Callable[[], Response], request: Request) -> Response:
    """What a function says, called in a thread; the project's errors, and any other, as JSON."""
    return await run_in_threadpool(_explained, handle, request)


def _explained(handle: Callable[[], Response], request: Request) -> Response:
    try:
        return handle()
    except StoreUnavailable as error:
        return json_response({"error": str(error)}, 503)
    except UnknownRun as error:
        return json_response({"error": str(error)}, 404)
    except NotAllowed as error:
        return json_response({"error": str(error)}, 403)
    except ShareUsedUp as error:
        return json_response({"error": str(error)}, 429)
    except ConvscopeError as error:
        return json_response({"error": str(error)}, 400)
    except Exception:  # whoever asked reads JSON, whatever went wrong here
        log.exception("a request failed", extra={"path": request.url.path})
        advice = "Try again; the dashboard's log has the details."
        return json_response({"error": f"The request failed for a reason that was not foreseen. {advice}"}, 500)


@with_token("submit a run")
def submit(client: Client, _request: Request, body: bytes) -> Response:
    """Have a spec computed: its fields and `kind` as JSON."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidSpec(message("JSON", "other bytes", "Send the fields of a spec and its kind.")) from None
    key, outcome = client.submit(spec_from_json(text))
    return json_response({"key": key, "outcome": outcome, "link": client.results.link(key)}, 202)


@with_token("look at what is there")
def status(client: Client, request: Request, _body: bytes) -> Response:
    """How far a run is."""
    return json_response(run_facts(known_run(client, request)))


@with_token("cancel a run")
def cancel(client: Client, request: Request, _body: bytes) -> Response:
    """Stop a run; its finished parts are kept."""
    return json_response({"stopping": client.cancel(known_run(client, request).key)})


@with_token("look at what is there")
def whole(client: Client, request: Request, _body: bytes) -> Response:
    """The whole result, a zip that `convscope import` reads; ?bands=5,3,1 draws pictures of many bands in those."""
    run, text = known_run(client, request), request.query_params.get("bands", "")
    bands = wanted_bands(text, client.result(run.key).parts) if text and client.results.numbers(run) else ()
    found = whole_file(client, run, WHOLE, bands)
    if found is None:
        raise UnknownRun(message("a run with a result", f"{run.key} ({run.status})", "Wait for it, or submit it anew."))
    return found


def known_run(client: Client, request: Request) -> RunRecord:
    """The run that a request's address names.

    Raises:
        UnknownRun: there is none of this key.
    """
    run = client.record(request.path_params["key"])
    if not run.kind:
        raise UnknownRun(message("the key of a run", run.key, "Submit it first."))
    return run


def run_facts(run: RunRecord) -> dict[str, Any]:
    """A run as JSON says it."""
    facts = {"key": run.key, "kind": run.kind, "spec": run.fields, "status": run.status, "done": run.done,
            "total": run.total, "stage": run.stage, "error": run.error, "by": run.by, "seconds": round(run.seconds, 3),
            "estimate": run.estimate, "metrics": run.facts.get("metrics", {}), "imported": run.origin}  # fmt: skip
    return json.loads(json.dumps(facts))


@with_token("look at what is there")
def uses(client: Client, request: Request, _body: bytes) -> Response:
    """What uses a model, a picture or a data set."""
    found = uses_of(client, *_entry(request))
    said = {"runs": [run.key for run in found.runs], "pins": found.pins, "plans": list(found.plans),
            "collections": list(found.collections), "notes": found.notes, "names": list(found.names)}  # fmt: skip
    return json_response(said)


def rename(client: Client, request: Request, body: bytes) -> Response:
    """Give one another name: {"name": "new"}."""
    try:
        new = read_json(body, MOST_SPEC_LETTERS)["name"]
    except (ValueError, KeyError, TypeError):
        expected = 'JSON such as {"name": "new-name"}'
        raise InvalidSpec(message(expected, "something else", "Send the new name.")) from None
    rename_entry(client, *_entry(request), str(new))
    return json_response({"name": new})


def delete(client: Client, request: Request, _body: bytes) -> Response:
    """Delete one; ?results=yes deletes what was made from it too."""
    results = request.query_params.get("results", "") == "yes"
    return json_response({"deleted_results": delete_entry(client, *_entry(request), results)})


def _entry(request: Request) -> tuple[Sort, str]:
    return ENTRIES[request.url.path.split("/")[2]], request.path_params["name"]


ENTRIES: dict[str, Sort] = {"models": "model", "images": "picture", "datasets": "data set"}
API_ROUTES = [
    Route("/api/runs", submit, methods=["POST"]),
    Route("/api/runs/{key}", status, methods=["GET"]),
    Route("/api/runs/{key}/cancel", cancel, methods=["POST"]),
    Route("/api/runs/{key}/result.zip", whole, methods=["GET"]),
    *(Route(f"/api/{entries}/{{name}}/uses", uses, methods=["GET"]) for entries in ENTRIES),
    *(
        Route(f"/api/{entries}/{{name}}/rename", with_token(f"rename a {sort}")(rename), methods=["POST"])
        for entries, sort in ENTRIES.items()
    ),
    *(
        Route(f"/api/{entries}/{{name}}", with_token(f"delete a {sort}")(delete), methods=["DELETE"])
        for entries, sort in ENTRIES.items()
    ),
]
