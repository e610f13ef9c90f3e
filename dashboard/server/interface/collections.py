"""Collections over HTTP: listed, read, made, changed as a whole, deleted.

curl -H "Authorization: Bearer $TOKEN" -d '{"title": "Edges", "steps": [{"key": "filter_atlas-…", "text": "Look."}]}' \
    URL/api/collections
"""

import json
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import with_token
from dashboard.server.responses import json_response
from shared.client import Client
from shared.errors import InvalidSpec, message
from shared.library.collections import Collection, CollectionStep, read_step


@with_token("look at what is there")
def listed(client: Client, _request: Request, _body: bytes) -> Response:
    """All collections, newest first."""
    return json_response({"collections": [_as_json(client, one) for one in client.collections.all()]})


@with_token("look at what is there")
def one(client: Client, request: Request, _body: bytes) -> Response:
    """One collection."""
    return json_response(_as_json(client, client.collections.get(request.path_params["name"])))


@with_token("make a collection")
def made(client: Client, _request: Request, body: bytes) -> Response:
    """Make one of a title, a text and steps."""
    title, text, steps = _read(body)
    return json_response(_as_json(client, client.collections.make(title, text, steps)), 201)


@with_token("change a collection")
def changed(client: Client, request: Request, body: bytes) -> Response:
    """Put other words and steps in the place of those that it has."""
    title, text, steps = _read(body)
    return json_response(_as_json(client, client.collections.rewrite(request.path_params["name"], title, text, steps)))


@with_token("delete a collection")
def deleted(client: Client, request: Request, _body: bytes) -> Response:
    """Delete one; its results stay."""
    client.collections.delete(request.path_params["name"])
    return json_response({"deleted": request.path_params["name"]})


def _read(body: bytes) -> tuple[str, str, list[CollectionStep]]:
    try:
        given = json.loads(body)
        title, text, rows = given["title"], given.get("text", ""), given.get("steps", [])
        known = isinstance(title, str) and isinstance(text, str) and isinstance(rows, list)
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known or not all(isinstance(row, dict) for row in rows):
        expected = 'JSON such as {"title": "Edges", "text": "", "steps": [{"key": "KEY", "text": "Look."}]}'
        raise InvalidSpec(message(expected, "something else", "Send a title, a text and steps."))
    return title, text, [read_step(row) for row in rows]


def _as_json(client: Client, collection: Collection) -> dict[str, Any]:
    steps = [{name: value for name, value in asdict(step).items() if name != "id"} for step in collection.steps]
    return {**asdict(collection), "steps": steps, "link": client.collections.link(collection)}


COLLECTION_ROUTES = [
    Route("/api/collections", listed, methods=["GET"]),
    Route("/api/collections", made, methods=["POST"]),
    Route("/api/collections/{name}", one, methods=["GET"]),
    Route("/api/collections/{name}", changed, methods=["PUT"]),
    Route("/api/collections/{name}", deleted, methods=["DELETE"]),
]
