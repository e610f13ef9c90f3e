"""Tell those who asked for it that a plan is over, at addresses that the administrator allowed; called by whoever ended
one of its runs.
"""

import json
import logging
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from shared.errors import ConvscopeError, InvalidSpec, message
from shared.library.library import Library
from shared.library.plans.estimate import plan_state
from shared.library.records import Records
from shared.settings import Settings
from shared.store import Store

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


log = logging.getLogger(__name__)
PLAN = "plan:"


def tell_the_end(store: Store, library: Library, key: str) -> list[threading.Thread]:
    """Tell of the plans that wait for the end of a run, beside the caller's own work; an address that fails is logged.

    Returns:
        The threads that tell, for whoever wants to wait.
    """
    plans = [notice.removeprefix(PLAN) for notice in store.notices.take(key)]
    # The others of a plan look too; whoever sees all of it over first tells.
    return [_beside(*found) for plan in plans if (found := _told_of_plan(store, library, plan))]


def tell_the_end_quietly(store: Store, library: Library, key: str) -> None:
    """The same for a worker whose attempt ended: only where the run is over, and a notice never fails a run."""
    try:
        if store.runs.get(key).over:
            tell_the_end(store, library, key)
    except ConvscopeError as error:
        log.warning("notices were not sent", extra={"key": key, "reason": str(error)})


def _beside(url: str, told: dict[str, object]) -> threading.Thread:
    def post() -> None:
        if not send(url, told):
            log.warning("a webhook did not take its notice", extra={"event": told["event"]})

    thread = threading.Thread(target=post, name="webhook")  # a command waits for it before it ends
    thread.start()
    return thread


def _told_of_plan(store: Store, library: Library, name: str) -> tuple[str, dict[str, object]] | None:
    """Address and message when a plan is over and nobody was told yet; None otherwise."""
    try:
        plan = library.plans.get(name)
    except ConvscopeError:
        return None
    state = plan_state(Records(store, library).of_plan(plan))
    if not state.over or not plan.webhook or not store.notices.claim_once(PLAN + plan.id):
        return None
    counts = {status: number for status, number in state.counts.items() if number}
    return plan.webhook, {"event": "plan", "plan": plan.id, "title": plan.title, "by": plan.by, "runs": counts}
