"""Films of trainings over HTTP: listed, read, started, grown frame by frame, deleted.

curl -H "Authorization: Bearer $TOKEN" -d '{"title": "pets", "layers": ["conv3"], "channels": 8}' URL/api/films
curl -H "Authorization: Bearer $TOKEN" -d '{"epoch": 1, "model": "pets-epoch-1", "logs": {"loss": 0.7}}' \
    URL/api/films/ID/frames
"""

from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import with_token
from dashboard.server.interface.keeping import fields_of
from dashboard.server.responses import json_response
from shared.client import Client, add_frame, delete_film, film_link, start_film
from shared.errors import InvalidSpec, message
from shared.library.films import Film


@with_token("look at what is there")
def listed(client: Client, _request: Request, _body: bytes) -> Response:
    """All films, newest first, each with the number of its frames and the epoch of the last in place of them."""
    return json_response({"films": [_in_short(client, film) for film in client.library.films.all()]})


@with_token("look at what is there")
def one(client: Client, request: Request, _body: bytes) -> Response:
    """One film: what it looks at, and its frames, each with the keys of its runs."""
    return json_response(_as_json(client, client.library.films.get(request.path_params["name"])))


@with_token("start a film")
def started(client: Client, _request: Request, body: bytes) -> Response:
    """Start a film: {"title": ..., "layers": [...], "channels": 8, "pictures": [...], "dataset": "",
    "kept_models": 8}; a title and something to look at are needed.
    """
    given = fields_of(body, "title")
    film = start_film(
        client,
        str(given["title"]),
        layers=_texts(given, "layers"),
        channels=_number(given, "channels", 8),
        pictures=_texts(given, "pictures"),
        dataset=str(given.get("dataset", "")),
        kept_models=_number(given, "kept_models", 8),
    )
    return json_response(_as_json(client, film), 201)


@with_token("add to a film")
def grown(client: Client, request: Request, body: bytes) -> Response:
    """Put the network after an epoch behind the last frame: {"epoch": 1, "model": NAME, "logs": {"loss": 0.7}}."""
    given = fields_of(body, "model")
    logs = given.get("logs", {})
    if not isinstance(logs, dict):
        raise InvalidSpec(message('logs such as {"loss": 0.7}', "something else", "Send an object, or leave it out."))
    film = add_frame(client, request.path_params["name"], _number(given, "epoch", 0), str(given["model"]), logs)
    return json_response(_as_json(client, film), 201)


@with_token("delete a film")
def deleted(client: Client, request: Request, _body: bytes) -> Response:
    """Delete a film; its models and results stay."""
    delete_film(client, request.path_params["name"])
    return json_response({"deleted": request.path_params["name"]})


def _texts(given: dict[str, Any], name: str) -> list[str]:
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise InvalidSpec(message(f"a list of texts as {name}", "something else", "Send one, or leave it out."))
    return found


def _number(given: dict[str, Any], name: str, usual: int) -> int:
    found = given.get(name, usual)
    if isinstance(found, bool) or not isinstance(found, int):
        raise InvalidSpec(message(f"a whole number as {name}", str(found)[:40], "Send one, or leave it out."))
    return found


def _as_json(client: Client, film: Film) -> dict[str, Any]:
    return {**asdict(film), "link": film_link(client, film)}


def _in_short(client: Client, film: Film) -> dict[str, Any]:
    last = film.frames[-1].epoch if film.frames else 0
    return {**_as_json(client, replace(film, frames=())), "frames": len(film.frames), "epoch": last}


FILM_ROUTES = [
    Route("/api/films", listed, methods=["GET"]),
    Route("/api/films", started, methods=["POST"]),
    Route("/api/films/{name}", one, methods=["GET"]),
    Route("/api/films/{name}", deleted, methods=["DELETE"]),
    Route("/api/films/{name}/frames", grown, methods=["POST"]),
]
