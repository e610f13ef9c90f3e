"""A small OpenID Connect provider on the loopback interface: whoever comes is signed in as the person it was told."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.browser.dashboard_process import free_port

CLIENT_ID, CLIENT_SECRET = "convscope", "hush-hush"


@dataclass
class Provider:
    """The provider; `email` and `verified` say who signs in next."""

    url: str
    email: str = "ada@example.org"
    verified: bool = True
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "one"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def metadata(self, _: Request) -> Response:
        """What the client reads first."""
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        ends = {name: f"{self.url}/{path}" for name, path in paths.items()}
        rest = {"issuer": self.url, "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"]}  # fmt: skip
        return JSONResponse(ends | rest)

    def authorize(self, request: Request) -> Response:
        """Send the browser back with a code, as if a person had typed a password."""
        asked, code = dict(request.query_params), secrets.token_hex(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        """Exchange a code, once, for a signed statement of who came."""
        form: Any = await request.form()
        asked = self.codes.pop(str(form["code"]))
        now = int(time.time())
        claims = {"iss": self.url, "sub": self.email, "aud": CLIENT_ID, "iat": now, "exp": now + 600,
                  "nonce": asked.get("nonce", ""), "email": self.email, "email_verified": self.verified,
                  "name": self.email.partition("@")[0].capitalize()}  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return JSONResponse({"access_token": secrets.token_hex(8), "token_type": "Bearer", "expires_in": 600,
                             "id_token": signed})  # fmt: skip

    def keys(self, _: Request) -> Response:
        """The public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@contextmanager
def identity_provider() -> Iterator[Provider]:
    """Serve one until the block ends."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    routes = [
        Route("/.well-known/openid-configuration", provider.metadata),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
        Route("/keys", provider.keys),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield provider
    server.should_exit = True
    thread.join(10)
