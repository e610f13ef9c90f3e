"""Requests to the dashboard's own routes, without a server and without anybody signed in."""

import asyncio
from collections.abc import Mapping, Sequence

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from dashboard.routes import ROUTES


def ask_route(
    path: str,
    method: str = "GET",
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    routes: Sequence[BaseRoute] = ROUTES,
) -> httpx.Response:
    """One request."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.request(method, path, content=content, headers=headers)

    return asyncio.run(ask())
