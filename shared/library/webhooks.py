"""Telling another program that a run or a plan is over, at addresses that the administrator allowed."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from shared.errors import InvalidSpec, message
from shared.settings import Settings

SECONDS = 5.0


def check_webhook(url: str, settings: Settings) -> str:
    """The address, when it lies below one of CONVSCOPE_WEBHOOKS: same scheme, same host and port, a path below.

    Raises:
        InvalidSpec: it does not, or none is allowed.
    """
    allowed = [word.strip() for word in settings.webhooks.split(",") if word.strip()]
    if not any(_is_below(url, one) for one in allowed):
        expected = f"an address below {' or '.join(allowed)}" if allowed else "no address: CONVSCOPE_WEBHOOKS is empty"
        raise InvalidSpec(message(expected, url, "Ask the administrator to allow it."))
    return url


def _is_below(url: str, allowed: str) -> bool:
    asked, known = urlsplit(url), urlsplit(allowed)
    same = (asked.scheme, asked.netloc) == (known.scheme, known.netloc) and asked.scheme in ("http", "https")
    below = asked.path == known.path or asked.path.startswith(known.path.rstrip("/") + "/")
    return same and below and ".." not in asked.path.split("/") and "@" not in asked.netloc and "\\" not in url


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """An allowed address must not lead to one that is not."""


def send(url: str, told: dict[str, Any]) -> bool:
    """Post JSON; whether the other side took it. Never raises: nobody waits for the answer."""
    request = urllib.request.Request(
        url, json.dumps(told).encode(), {"Content-Type": "application/json", "User-Agent": "Convscope"}
    )
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return 200 <= answer.status < 300
    except (urllib.error.URLError, OSError, ValueError):
        return False
