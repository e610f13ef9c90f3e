"""`python -m benchmarks.checks`: what all checks of a visit to an ordinary page cost together.

An atlas of 24 tiles where people sign in: requests through the door, one visit with its cookie, the address of each
picture, who is at the page, and what they may do there.
"""

import asyncio
import json
import os
import sys
import tempfile
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIMIT_MS = 5.0
# How often each is done for one visit.
REQUESTS, TILES, ASKED_WHO, ASKED_RIGHTS = 40, 24, 10, 10
PERSON = "grace@example.org"


def installation(folder: Path) -> None:
    """Settings of an installation where people sign in, for this process."""
    for name, value in {
        "CLIENT_ID": "c", "CLIENT_SECRET": "s", "METADATA_URL": "https://id.example.org/.well-known/openid-configuration"
    }.items():  # fmt: skip
        os.environ[f"CONVSCOPE_OIDC_{name}"] = value
    people = ",".join(["example.org", *(f"person{n}@elsewhere.example" for n in range(200))])
    os.environ |= {"CONVSCOPE_PEOPLE": people, "CONVSCOPE_ADMINS": "ada@example.org", "CONVSCOPE_DATA": str(folder)}


def scope_with_cookie() -> dict[str, Any]:
    """A visit by somebody who signed in."""
    from streamlit.web.server.starlette.starlette_auth_routes import _create_signed_value_wrapper

    claims = {"is_logged_in": True, "email": PERSON, "email_verified": True}
    cookie = b"_streamlit_user=" + _create_signed_value_wrapper("_streamlit_user", json.dumps(claims))
    return {"type": "websocket", "path": "/_stcore/stream", "query_string": b"", "scheme": "ws",
            "headers": [(b"host", b"127.0.0.1:8501"), (b"cookie", cookie)]}  # fmt: skip


def milliseconds(act: Callable[[], object], times: int) -> float:
    """Of so many calls: the median of seven rounds."""
    return 1000 * sorted(timeit.repeat(act, number=times, repeat=7))[3]


def measured(folder: Path) -> dict[str, float]:
    """Milliseconds of a visit by what is checked."""
    from streamlit.web import bootstrap

    from dashboard.server.addresses import is_valid, sign
    from dashboard.server.door import Door, sender_may_enter
    from dashboard.server.identity_provider import sign_in_options
    from shared.library import Person
    from shared.library.people import confirmed_address, is_admin, may_enter
    from shared.library.rights import may
    from shared.settings import get_settings

    settings = get_settings()
    bootstrap.load_config_options(sign_in_options(settings, 8501))
    visit = scope_with_cookie()
    assert sender_may_enter(visit, settings), "the cookie is good"
    request = visit | {"type": "http", "method": "GET", "path": "/atlas"}

    async def nothing(*_: Any) -> None: ...

    door, loop = Door(nothing), asyncio.new_event_loop()
    key = "filter_atlas-v3-" + "0" * 32
    token, claims = sign(key), {"email": PERSON, "email_verified": True}
    me = Person(PERSON)
    try:
        return {
            f"{REQUESTS} requests at the door": milliseconds(
                lambda: loop.run_until_complete(door(request, nothing, nothing)), REQUESTS  # type: ignore[arg-type]
            ),
            "the visit and its cookie": milliseconds(
                lambda: loop.run_until_complete(door(visit, nothing, nothing)), 1  # type: ignore[arg-type]
            ),
            f"{TILES} addresses of pictures": milliseconds(lambda: is_valid(token, key), TILES),
            f"who is there, {ASKED_WHO} times": milliseconds(
                lambda: may_enter(address := confirmed_address(claims, settings), settings)
                and is_admin(address, settings),
                ASKED_WHO,
            ),
            f"what they may do, {ASKED_RIGHTS} times": milliseconds(
                lambda: may(me, "delete a result", "ben@example.org"), ASKED_RIGHTS
            ),
        }  # fmt: skip
    finally:
        loop.close()


def main() -> int:
    """Print each and all; 1 where they take longer than they may."""
    with tempfile.TemporaryDirectory() as folder:
        installation(Path(folder))
        found = measured(Path(folder))
    for name, taken in found.items():
        print(f"{name:<36}{taken:8.3f} ms")
    whole = sum(found.values())
    print(f"{'all checks of a visit':<36}{whole:8.3f} ms, of {LIMIT_MS:.0f} allowed")
    return int(whole > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
