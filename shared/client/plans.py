"""A plan through the queue: submitted, watched, cancelled and resumed as a whole."""

import time
from collections.abc import Callable, Sequence

from shared.analyses import InspectModel, JobSpec, spec_type
from shared.client.client import Client
from shared.errors import InvalidSpec, message
from shared.library import Plan
from shared.library.notices import PLAN, check_webhook
from shared.library.plans.estimate import Estimate, PlanState, estimate, plan_state
from shared.library.rights import may, require
from shared.store import RunRecord

POLL_SECONDS = 0.5
# What a plan does not ask for once more.
UNDER_WAY = ("complete", "running", "queued")


def plan_estimate(client: Client, specs: Sequence[JobSpec], parts: int | None = None) -> Estimate:
    """What resolved specs will take on the workers that are there now; see estimate()."""
    queues = {spec.queue for spec in specs}
    workers = sum(worker.queue in queues for worker in client.store.workers.all())
    records = client.store.runs.get_many([spec.key() for spec in specs])
    return estimate(client.store, specs, records, min(workers, len(specs)), parts)


def start_plan(
    client: Client, title: str, specs: Sequence[JobSpec], varied: Sequence[str] = (), webhook: str = ""
) -> Plan:
    """Keep a plan and submit its runs; results that are there already are not made again.

    Args:
        client: of the installation, in the name of who asks.
        title: for people.
        specs: resolved.
        varied: fields in which they differ.
        webhook: told once when all are over; "" for none.

    Raises:
        InvalidSpec: no run, too many, or an address that is not allowed.
        ShareUsedUp: not all of its runs would get into the queue; none is kept then.
    """
    if webhook:
        check_webhook(webhook, client.settings)
    _require_room(client, client.records.get_many([spec.key() for spec in specs]), [spec.queue for spec in specs])
    plan = client.library.plans.make(title, client.person, specs, varied, webhook)
    resume_plan(client, plan)
    return plan


def _require_room(client: Client, runs: Sequence[RunRecord], queues: Sequence[str]) -> None:
    """Refuse a plan's runs where not all that are to be asked for get into their queues."""
    new = [queue for run, queue in zip(runs, queues, strict=True) if run.status not in UNDER_WAY]
    for queue in sorted(set(new)):
        client.share.require_runs(client.store.persons, queue, new.count(queue))


def resume_plan(client: Client, plan: Plan) -> int:
    """Submit what is not complete and not under way; returns the number of runs that were submitted.

    Raises:
        ShareUsedUp: not all of them would get into the queue; none is submitted then.
    """
    runs = client.records.of_plan(plan)
    _require_room(client, runs, [spec_type(one.kind).queue for one in plan.runs])
    client.store.notices.reset(PLAN + plan.id)
    submitted = 0
    for run, planned in zip(runs, plan.runs, strict=True):
        if run.status in UNDER_WAY:
            continue
        spec = planned.spec()
        if plan.webhook:
            client.store.notices.add(spec.key(), PLAN + plan.id)
        submitted += client.submit(spec)[1] == "submitted"
    return submitted


def cancel_plan(client: Client, plan: Plan) -> int:
    """Stop all that waits or runs, the last ones first, so that no worker begins one in between.

    Runs that others asked for as well, before the plan did, go on.

    Raises:
        NotAllowed: the plan is somebody else's.
    """
    require(client.me, "cancel a plan", plan.by)
    stopped = 0
    for run in reversed(client.records.of_plan(plan)):
        if not run.over and may(client.me, "cancel a run", run.by):
            stopped += client.cancel(run.key)
    return stopped


def layers_for(client: Client, model: str, kind: str) -> list[str]:
    """Paths of a model's layers that an analysis can be run on, from its layer table, which is made where it is not.

    Raises:
        InvalidSpec: there is none.
        RunFailed: the table cannot be made.
    """
    rows = client.run(InspectModel.from_fields({"model": model})).parts[0].facts["layers"]
    found = [str(row["path"]) for row in rows if kind in row.get("shows", ())]
    if not found:
        raise InvalidSpec(message(f"a model with layers for {kind}", model, "Choose another model or kind."))
    return found


def wait_for_plan(client: Client, plan: Plan, watch: Callable[[PlanState], None] | None = None) -> PlanState:
    """Wait until nothing of a plan is under way."""
    while True:
        state = plan_state(client.records.of_plan(plan))
        if watch is not None:
            watch(state)
        if state.over:
            return state
        time.sleep(POLL_SECONDS)
