"""The server's description of itself, OpenAPI 3.1: every request, every kind with its fields, what its parts hold.

It is made of the specs and of the typed parts, so it cannot say anything else than what they take and give.
"""

import inspect
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import with_token
from dashboard.server.responses import json_response
from shared.analyses import KINDS, Kind
from shared.analyses.base import reference_fields
from shared.analyses.typed_parts import Axes, PartType
from shared.client import Client

# Raised when a request that an older package sends would be taken otherwise, or be refused.
INTERFACE = 1


def server_version() -> str:
    """Of the installed application; "0" where it runs from a folder that nobody installed."""
    try:
        return version("convscope-server")
    except PackageNotFoundError:
        return "0"


def described(routes: Sequence[Route]) -> list[Route]:
    """These routes, and one more that describes them and itself."""

    @with_token("look at what is there")
    def openapi(_client: Client, _request: Request, _body: bytes) -> Response:
        """What can be asked of this server, as OpenAPI 3.1."""
        return json_response(document())

    own = Route("/api/openapi.json", openapi, methods=["GET"])
    document = lru_cache(maxsize=1)(lambda: description([*routes, own]))
    return [*routes, own]


def description(routes: Sequence[Route]) -> dict[str, Any]:
    """A document of OpenAPI 3.1 about routes; `x-kinds` is a list of what can be computed."""
    paths: dict[str, Any] = {}
    for route in routes:
        for method in sorted((route.methods or set()) - {"HEAD"}):
            paths.setdefault(route.path, {})[method.lower()] = _operation(route, method)
    schemas = {name: _fields(kind) for name, kind in KINDS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Convscope", "version": server_version(), "x-interface": INTERFACE},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
        "x-kinds": [_kind(kind) for kind in KINDS.values()],
    }


def _operation(route: Route, method: str) -> dict[str, Any]:
    text = inspect.getdoc(route.endpoint) or ""
    found: dict[str, Any] = {
        "operationId": f"{route.name}_{method.lower()}_{route.path.strip('/').split('/')[1]}",
        "summary": text.partition("\n")[0],
        "description": text,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in route.param_convertors
        ],
        "responses": {"200": {"description": "What was asked for."}, "400": {"description": "{\"error\": why}"},
                      "401": {"description": "No token, or one that is not good."}},
    }  # fmt: skip
    if (route.path, method) == ("/api/runs", "POST"):
        kinds = [{"$ref": f"#/components/schemas/{name}"} for name in KINDS]
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"oneOf": kinds}}}}
    return found


def _fields(kind: Kind) -> dict[str, Any]:
    schema = kind.spec.model_json_schema(ref_template=f"#/components/schemas/{kind.name}/$defs/{{model}}")
    schema["properties"] = {"kind": {"const": kind.name}, **schema["properties"]}
    schema["required"] = ["kind", *schema.get("required", [])]
    return schema


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": kind.title,
        "noun": kind.noun,
        "part": kind.part,
        "version": kind.spec.version,
        "queue": kind.spec.queue,
        "references": reference_fields(kind.spec),
        "parts": _parts(kind),
    }


def _parts(kind: Kind) -> dict[str, Any]:
    """What each sort of part holds, by the name of the sort in the kind's room."""
    rooms = vars(import_module(f"{kind.spec.__module__.rpartition('.')[0]}.parts"))
    return {name.lower(): _sort(one) for name, one in rooms.items() if isinstance(one, PartType)}


def _sort(sort: PartType[Any, Any, Any]) -> dict[str, Any]:
    return {
        "pictures": _axes_of(sort.pictures),
        "arrays": _axes_of(sort.arrays),
        "facts": TypeAdapter(sort.facts).json_schema(),
        "description": inspect.getdoc(sort.facts) or "",
    }


def _axes_of(typed: Any) -> dict[str, str]:
    """Name to dtype and axes, as people read them: "float32 (height, width, 3)"; "*" where names are free."""
    free = get_origin(typed) is dict
    hints = {"*": get_args(typed)[1]} if free else get_type_hints(typed, include_extras=True)
    return {name: " or ".join(_axes(hint)) for name, hint in hints.items()}


def _axes(hint: Any) -> list[str]:
    found = [str(one) for one in getattr(hint, "__metadata__", ()) if isinstance(one, Axes)]
    if found or get_origin(hint) is None:
        return found
    return [words for inner in get_args(hint) for words in _axes(inner)]
