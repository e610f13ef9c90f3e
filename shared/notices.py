"""Tell those who asked for it that a run is over; called by whoever ended it."""

import logging
import threading

from shared.client import Client
from shared.errors import ConvscopeError
from shared.plan_runs import PLAN, told_of, told_of_plan
from shared.webhooks import check_webhook, send

log = logging.getLogger(__name__)


def tell_when_over(client: Client, key: str, webhook: str) -> None:
    """Have a webhook told when a run is over; at once where it is already.

    Raises:
        InvalidSpec: the address is not allowed.
    """
    client.store.notices.add(key, check_webhook(webhook, client.settings))
    if client.record(key).over:
        tell_the_end(client, key)


def tell_the_end(client: Client, key: str) -> list[threading.Thread]:
    """Tell what waits for the end of a run, beside the caller's own work; an address that fails is logged.

    Returns:
        The threads that tell, for whoever wants to wait.
    """
    threads = []
    for notice in client.store.notices.take(key):
        if notice.startswith(PLAN):
            # The others of the plan look too; whoever sees all of it over first tells.
            found = told_of_plan(client, notice.removeprefix(PLAN))
            threads += [_beside(*found)] if found else []
        else:
            threads.append(_beside(notice, told_of(client, key)))
    return threads


def tell_the_end_quietly(client: Client, key: str) -> None:
    """The same for a worker whose attempt ended: only where the run is over, and a notice never fails a run."""
    try:
        if client.store.runs.get(key).over:
            tell_the_end(client, key)
    except ConvscopeError as error:
        log.warning("notices were not sent", extra={"key": key, "reason": str(error)})


def _beside(url: str, told: dict[str, object]) -> threading.Thread:
    def post() -> None:
        if not send(url, told):
            log.warning("a webhook did not take its notice", extra={"event": told["event"]})

    thread = threading.Thread(target=post, name="webhook", daemon=True)
    thread.start()
    return thread
