"""Tell those who asked for it that a plan is over; called by whoever ended one of its runs."""

import logging
import threading

from shared.errors import ConvscopeError
from shared.library.library import Library
from shared.library.plans.estimate import plan_state
from shared.library.records import Records
from shared.library.webhooks import send
from shared.store import Store

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
