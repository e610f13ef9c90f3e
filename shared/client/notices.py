"""Tell those who asked for it that a run is over; called by whoever ended it."""

import logging
import threading

from shared.client.results_service import FinishedResults
from shared.errors import ConvscopeError
from shared.library.plans.estimate import plan_state
from shared.library.webhooks import check_webhook, send

log = logging.getLogger(__name__)
PLAN = "plan:"


def tell_when_over(client: FinishedResults, key: str, webhook: str) -> None:
    """Have a webhook told when a run is over; at once where it is already.

    Raises:
        InvalidSpec: the address is not allowed.
    """
    client.store.notices.add(key, check_webhook(webhook, client.settings))
    if client.record(key).over:
        tell_the_end(client, key)


def tell_the_end(client: FinishedResults, key: str) -> list[threading.Thread]:
    """Tell what waits for the end of a run, beside the caller's own work; an address that fails is logged.

    Returns:
        The threads that tell, for whoever wants to wait.
    """
    threads = []
    for notice in client.store.notices.take(key):
        if notice.startswith(PLAN):
            # The others of the plan look too; whoever sees all of it over first tells.
            found = _told_of_plan(client, notice.removeprefix(PLAN))
            threads += [_beside(*found)] if found else []
        else:
            threads.append(_beside(notice, _told_of(client, key)))
    return threads


def tell_the_end_quietly(client: FinishedResults, key: str) -> None:
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

    thread = threading.Thread(target=post, name="webhook")  # a command waits for it before it ends
    thread.start()
    return thread


def _told_of(client: FinishedResults, key: str) -> dict[str, object]:
    """What a webhook is told of a run that is over."""
    run = client.record(key)
    return {"event": "run", "key": key, "kind": run.kind, "status": run.status, "by": run.by, "error": run.error,
            "seconds": round(run.seconds, 3), "link": client.link(key)}  # fmt: skip


def _told_of_plan(client: FinishedResults, name: str) -> tuple[str, dict[str, object]] | None:
    """Address and message when a plan is over and nobody was told yet; None otherwise."""
    try:
        plan = client.plans.get(name)
    except ConvscopeError:
        return None
    state = plan_state(client.plan_records(plan))
    if not state.over or not plan.webhook or not client.store.notices.once(PLAN + plan.id):
        return None
    counts = {status: number for status, number in state.counts.items() if number}
    return plan.webhook, {"event": "plan", "plan": plan.id, "title": plan.title, "by": plan.by, "runs": counts}
