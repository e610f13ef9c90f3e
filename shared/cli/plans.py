"""The command line's part for plans: many runs as one."""

from pathlib import Path
from typing import Annotated

import typer

from shared.analyses import JobSpec
from shared.cli.installation import installation
from shared.cli.terminal import err, out, read_options
from shared.client import (
    Client,
    cancel_plan,
    layers_for,
    plan_estimate,
    resume_plan,
    start_plan,
    wait_for_plan,
    write_result,
)
from shared.errors import InvalidSpec, message
from shared.library import Plan
from shared.library.plans.estimate import Estimate, plan_state
from shared.library.plans.store import combinations, read_values
from shared.settings import get_settings

plans_app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
ALL = "all"


def specs_over(client: Client, kind: str, words: list[str], over: list[str]) -> tuple[list[JobSpec], list[str]]:
    """The resolved specs of a plan, and the fields in which they differ.

    Args:
        client: of the installation.
        kind: of the runs.
        words: `--field value` pairs that they have in common.
        over: `field=value,value` of what varies; `layer=all` stands for all layers that the kind can show.

    Raises:
        InvalidSpec: see shared.library.plans.store.combinations().
    """
    fields, varied = read_options(words), dict(_pair(word) for word in over)
    models = varied.get("model") or [fields.get("model", "")]
    if varied.get("layer") == [ALL]:
        if len(models) > 1:
            return [
                s for m in models for s in specs_over(client, kind, [*words, "--model", m], _but(over, "model"))[0]
            ], [*varied]
        varied["layer"] = layers_for(client, models[0], kind)
    return [client.resolve(spec) for spec in combinations(kind, fields, varied)], list(varied)


def _but(over: list[str], name: str) -> list[str]:
    return [word for word in over if _pair(word)[0] != name]


def _pair(word: str) -> tuple[str, list[str]]:
    name, equals, values = word.partition("=")
    if not equals:
        raise InvalidSpec(message("what varies as field=value,value", word, "Mend the command."))
    return name.strip().replace("-", "_"), read_values(values)


@plans_app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def add(
    context: typer.Context,
    kind: str,
    over: Annotated[list[str], typer.Option(help="field=value,value; layer=all for all layers. Several times.")],
    title: Annotated[str, typer.Option(help="Name of the plan.")] = "",
    webhook: Annotated[str, typer.Option(help="Address to notify when all is over; see CONVSCOPE_WEBHOOKS.")] = "",
    estimate: Annotated[bool, typer.Option("--estimate", help="Print the estimate only; start nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all is over.")] = False,
    output: Annotated[Path | None, typer.Option(help="With --wait: a folder for each run below this one.")] = None,
) -> None:
    """Queue many runs: convscope plans add KIND --field value ... --over field=value,value."""
    with installation(get_settings(), err.print) as client:
        specs, varied = specs_over(client, kind, context.args, over)
        found = plan_estimate(client, specs)
        err.print(f"{len(specs)} runs, {found.done} there already; {_pace(found)}", markup=False)
        if estimate:
            return
        plan = start_plan(client, title, specs, varied, webhook)
        out.print(plan.id)
        if wait or output:
            _wait(client, plan, output)


def _pace(found: Estimate) -> str:
    if found.seconds is None:
        return "how long it takes is not known: nothing of the kind was made here yet"
    return f"about {found.seconds:.0f} s, by the pace of such runs here ({found.measured})"


def _wait(client: Client, plan: Plan, output: Path | None) -> None:
    state = wait_for_plan(client, plan)
    if output is not None:
        for run in client.records.of_plan(plan):
            if run.status == "complete":
                write_result(output / run.key, run, client.result(run.key).parts)
        out.print(f"written to {output}", markup=False)
    if state.complete < len(plan.runs):
        for key, error in state.failures:
            err.print(f"{key}: {error}", markup=False)
        raise typer.Exit(1)


@plans_app.command("list")
def list_plans() -> None:
    """All plans, newest first."""
    client = Client()
    plans = client.library.plans.all()
    for plan in plans:
        out.print(_in_a_line(client, plan), markup=False)
    if not plans:
        out.print("No plans yet: convscope plans add filter_atlas --model keras/vgg16/random --over layer=all")


def _in_a_line(client: Client, plan: Plan) -> str:
    state = plan_state(client.records.of_plan(plan))
    counts = ", ".join(f"{number} {status}" for status, number in state.counts.items() if number)
    return f"{plan.id}  {state.share:.0%}  {counts}  {plan.title}"


@plans_app.command()
def show(plan: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """The runs of a plan."""
    client = Client()
    found = client.library.plans.get(plan)
    out.print(_in_a_line(client, found), markup=False)
    for run in client.records.of_plan(found):
        out.print(f"{run.key}  {run.status}  {run.error}".rstrip(), markup=False)


@plans_app.command()
def cancel(plan: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Stop all runs of a plan; what is finished stays."""
    client = Client()
    out.print(f"{cancel_plan(client, client.library.plans.get(plan))} runs are stopping")


@plans_app.command()
def resume(plan: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Resume runs that were cancelled, failed or left the cache."""
    client = Client()
    out.print(f"{resume_plan(client, client.library.plans.get(plan))} runs are waiting again")
