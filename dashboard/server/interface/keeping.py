"""What is kept of results: pins, share links, notes and names, and plans of many runs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import known_run, with_token
from dashboard.server.responses import json_response
from shared.analyses import spec_from_json
from shared.analyses.band_arrays import wanted_bands
from shared.client import Client, cancel_plan, resume_plan, start_plan
from shared.errors import InvalidSpec, message
from shared.library import Note, Plan
from shared.library.notes import layer_subject, model_subject, run_subject
from shared.library.plans.estimate import plan_state
from shared.library.shares import USUAL_DAYS
from shared.store import RunRecord


def fields_of(body: bytes, *needed: str) -> dict[str, Any]:
    """The JSON object of a request; {} for an empty body.

    Raises:
        InvalidSpec: it is none, or lacks a field.
    """
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str | list) for name in needed):
        raise InvalidSpec(message(f"JSON with {', '.join(needed) or 'fields'}", "something else", "Send an object."))
    return found


def _bands(client: Client, run: RunRecord, fields: Mapping[str, Any]) -> tuple[int, ...]:
    """Bands of a request that a result is to be drawn in.

    Raises:
        InvalidSpec: it has no such bands.
    """
    text = str(fields.get("bands", ""))
    return wanted_bands(text, client.result(run.key).parts) if text else ()


@with_token("pin a result")
def pin(client: Client, request: Request, body: bytes) -> Response:
    """Keep a complete result in the gallery: {"title": ..., "tags": [...], "bands": "5,3,1"}, all optional."""
    run, fields = known_run(client, request), fields_of(body)
    tags = [str(tag) for tag in fields.get("tags", [])]
    client.results.pin(run.key, str(fields.get("title", "")), tags, _bands(client, run, fields))
    return json_response({"pinned": run.key})


@with_token("share a result")
def share(client: Client, request: Request, body: bytes) -> Response:
    """A link that opens one result, to read only, without sign-in: {"days": 30, "bands": "5,3,1"}, both optional."""
    run, fields = known_run(client, request), fields_of(body)
    days = fields.get("days", USUAL_DAYS)
    if isinstance(days, bool) or not isinstance(days, int | float):
        raise InvalidSpec(message("a number of days", str(days)[:40], "Send one, or leave it out."))
    bands = ",".join(map(str, _bands(client, run, fields)))
    made = client.results.share(run.key, float(days), {"bands": bands} if bands else None)
    return json_response({"id": made.id, "link": client.results.share_link(made), "until": made.expires_at})


@with_token("take a share link back")
def unshare(client: Client, request: Request, _body: bytes) -> Response:
    """Take a share link back, at once."""
    return json_response({"id": client.results.unshare(request.path_params["id"]).id})


@with_token("write a note")
def note(client: Client, _request: Request, body: bytes) -> Response:
    """Write a note: {"text": ...} on a run ("run"), a model ("model") or a channel of a layer of it ("layer",
    "channel", and "name" to call it something).
    """
    fields = fields_of(body)
    channel = fields.get("channel", -1)
    if isinstance(channel, bool) or not isinstance(channel, int):
        raise InvalidSpec(message("a channel's number", str(channel)[:40], "Send a whole number."))
    text, name = str(fields.get("text", "")), str(fields.get("name", ""))
    written = client.library.notes.add(_subject(client, fields), client.me.address, text, channel, name)
    return json_response(asdict(written))


@with_token("look at what is there")
def notes(client: Client, request: Request, _body: bytes) -> Response:
    """The notes on ?run=KEY, on ?model=M, or on ?model=M&layer=L; the oldest first."""
    found: list[Note] = client.library.notes.of(_subject(client, dict(request.query_params)))
    return json_response({"notes": [asdict(one) for one in found]})


def _subject(client: Client, fields: dict[str, Any]) -> str:
    if run := str(fields.get("run", "")):
        return run_subject(client.record(run).key)
    if model := str(fields.get("model", "")):
        reference, layer = client.models.resolve(model), str(fields.get("layer", ""))
        return layer_subject(reference, layer[:500]) if layer else model_subject(reference)
    raise InvalidSpec(message("run, or model and layer", "neither", "Say what the note is on."))


@with_token("start a plan")
def make_plan(client: Client, _request: Request, body: bytes) -> Response:
    """Many runs as one: {"title": ..., "specs": [{"kind": ...}, ...], "webhook": ...}."""
    fields = fields_of(body, "title", "specs")
    specs = [client.resolve(spec_from_json(json.dumps(one))) for one in fields["specs"]]
    plan = start_plan(client, str(fields["title"]), specs, webhook=str(fields.get("webhook", "")))
    return json_response(_told(client, plan), 202)


@with_token("look at what is there")
def plans(client: Client, _request: Request, _body: bytes) -> Response:
    """The plans, newest first."""
    return json_response({"plans": [{"id": p.id, "title": p.title, "by": p.by} for p in client.library.plans.all()]})


@with_token("look at what is there")
def plan(client: Client, request: Request, _body: bytes) -> Response:
    """How far a plan is, and the keys of its runs."""
    return json_response(_told(client, client.library.plans.get(request.path_params["id"])))


@with_token("cancel a plan")
def stop_plan(client: Client, request: Request, _body: bytes) -> Response:
    """Stop all of a plan that waits or runs."""
    return json_response({"stopping": cancel_plan(client, client.library.plans.get(request.path_params["id"]))})


@with_token("resume a plan")
def go_on_with_plan(client: Client, request: Request, _body: bytes) -> Response:
    """Submit what of a plan is not complete and not under way."""
    return json_response({"submitted": resume_plan(client, client.library.plans.get(request.path_params["id"]))})


def _told(client: Client, found: Plan) -> dict[str, Any]:
    runs = client.records.of_plan(found)
    state = plan_state(runs)
    return {"id": found.id, "title": found.title, "by": found.by, "over": state.over,
            "runs": [{"key": run.key, "status": run.status} for run in runs]}  # fmt: skip


KEEPING_ROUTES = [
    Route("/api/runs/{key}/pin", pin, methods=["POST"]),
    Route("/api/runs/{key}/share", share, methods=["POST"]),
    Route("/api/shares/{id}", unshare, methods=["DELETE"]),
    Route("/api/notes", note, methods=["POST"]),
    Route("/api/notes", notes, methods=["GET"]),
    Route("/api/plans", make_plan, methods=["POST"]),
    Route("/api/plans", plans, methods=["GET"]),
    Route("/api/plans/{id}", plan, methods=["GET"]),
    Route("/api/plans/{id}/cancel", stop_plan, methods=["POST"]),
    Route("/api/plans/{id}/resume", go_on_with_plan, methods=["POST"]),
]
