"""The command line: `convscope --help`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.analyses import SPEC_TYPES, JobSpec, parse_spec, spec_from_json, spec_type
from shared.cli import collections as cli_collections
from shared.cli import datasets as cli_datasets
from shared.cli import entries as cli_entries
from shared.cli import plans as cli_plans
from shared.cli import registry as cli_registry
from shared.cli import results as cli_results
from shared.cli import services as cli_services
from shared.cli.installation import installation
from shared.cli.paths import add_paths
from shared.cli.publish import publish
from shared.cli.terminal import ReadableErrors, err, out, read_options
from shared.client import Client, unknown_fit
from shared.client.progress_bar import progress_bar
from shared.errors import InvalidSpec
from shared.library.titles import made_words, run_title, titles_of
from shared.settings import get_settings
from shared.store import RunRecord

app = typer.Typer(
    cls=ReadableErrors, invoke_without_command=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None, help="A microscope for convolutional networks that a team shares.",
)  # fmt: skip


FIRST = """A microscope for convolutional networks that a team shares. Three commands are enough to begin:

  convscope up         the dashboard and its workers on this machine, until Ctrl-C
  convscope run KIND   one result without a browser, for instance
                       convscope run activations --model my-net.keras --image cat.jpg --output maps
  convscope doctor     what is wrong, and what to do about it

All commands: convscope --help"""


@app.callback()
def alone(context: typer.Context) -> None:
    """Say where to begin when no command was named."""
    if context.invoked_subcommand is None:
        out.print(FIRST, markup=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(SPEC_TYPES)}.")] = "",
    output: Annotated[Path | None, typer.Option(help="Folder for manifest, pictures and arrays.")] = None,
    spec: Annotated[Path | None, typer.Option(help="A JSON file with kind and fields.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the result; --no-wait prints the key.")] = True,
    fields: Annotated[bool, typer.Option(help="List the fields of the kind.")] = False,
    bands: cli_results.Bands = "",
) -> None:
    """Compute a result through the queue: convscope run KIND --field value ... --output DIR."""
    if fields:
        return _print_fields(kind)
    request = _read_spec(kind, spec, context.args)
    with installation(get_settings(), err.print) as client:
        if words := unknown_fit(client.library, client.resolve(request)):
            err.print(words, markup=False)
        if not wait:
            out.print(client.submit(request)[0])
            return None
        with progress_bar(err) as watch:
            result = client.run(request, watch)
        if output is not None:
            result.in_bands(bands).save(output)
            out.print(f"written to {output}", markup=False)
        _report(client, result.run)
    return None


def _read_spec(kind: str, path: Path | None, words: list[str]) -> JobSpec:
    if path is not None:
        return spec_from_json(path.read_text(errors="replace"))
    if not kind:
        raise InvalidSpec(f"Expected KIND or --spec FILE. Received neither. KIND is one of: {', '.join(SPEC_TYPES)}.")
    return parse_spec(kind, add_paths(kind, read_options(words)))


def _print_fields(kind: str) -> None:
    for name, field in spec_type(kind).model_fields.items():
        default = "required" if field.is_required() else f"default {field.default!r}"
        out.print(f"--{name.replace('_', '-')}  {field.description or ''} ({default})", markup=False)


def _report(client: Client, run: RunRecord) -> None:
    out.print(f"{run.key}  {run.status} in {run.seconds:.1f} s  {client.results.link(run.key)}", markup=False)


@app.command()
def status(key: str, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The status of a run."""
    run = Client().record(key)
    if as_json:
        out.print_json(json.dumps({"key": key, "status": run.status, "done": run.done, "total": run.total,
                                   "error": run.error, "stage": run.stage}))  # fmt: skip
        return
    out.print(describe(run), markup=False)
    if run.status == "absent":
        raise typer.Exit(1)


def describe(run: RunRecord) -> str:
    """A run in one line."""
    made = made_words(run)
    left = f", about {run.estimate:.0f} s left" if run.estimate else ""
    return "  ".join(filter(None, (run.key, run.status, f"{made}{left}".removeprefix(", "), run.error)))


@app.command()
def cancel(key: str) -> None:
    """Stop a run; its finished parts are kept."""
    stopped = Client().cancel(key)
    out.print("cancelling" if stopped else "there was nothing to stop")


@app.command()
def retry(key: str) -> None:
    """Resume a failed, cancelled or evicted run."""
    made, outcome = Client().retry(key)
    out.print(outcome)
    if made != key:
        out.print(f"An earlier release made {key}. This one computes it as {made}", markup=False)


@app.command()
def jobs(limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 30) -> None:
    """The newest runs."""
    client = Client()
    runs = client.store.runs.recent(limit)
    titles = titles_of(client.library)
    for one in runs:
        out.print(f"{describe(one)}  {run_title(one, titles)}, by {one.by or '?'}", markup=False)
    if not runs:
        out.print("No runs yet: convscope run filter_atlas --model keras/vgg16/random --layer block1_conv2")


cli_entries.add_commands(cli_registry.models_app, "model")
cli_entries.add_commands(cli_registry.images_app, "picture")
cli_entries.add_commands(cli_datasets.datasets_app, "data set")
app.add_typer(cli_registry.models_app, name="models", help="Models: add, list, show, rename, delete.")
app.add_typer(cli_registry.images_app, name="images", help="Pictures: add, list, rename, delete.")
app.add_typer(cli_datasets.datasets_app, name="datasets", help="Data sets: add, list, show, rename, delete.")
app.add_typer(cli_collections.collections_app, name="collections", help="Lessons of pinned results: add, list, show.")
app.add_typer(cli_plans.plans_app, name="plans", help="Plans, many runs as one: add, list, show, cancel, resume.")
for command in (cli_results.fetch, cli_results.pin, cli_results.export, cli_results.share, cli_results.shares,
                cli_results.unshare, cli_services.up, cli_services.worker, cli_services.dashboard,
                cli_services.doctor):  # fmt: skip
    app.command()(command)
app.command()(publish)
app.command("import")(cli_results.import_result)


def main() -> None:
    """Entry point of the `convscope` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
