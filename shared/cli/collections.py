"""`convscope collections`: pinned results in an order, with words, as the page Lessons walks them."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from shared.cli.terminal import out
from shared.client import Client
from shared.library.collections import Collection, CollectionStep

collections_app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="ID", help="From `convscope collections list`.")]
Keys = Annotated[list[str], typer.Argument(metavar="KEY...", help="Of complete runs, in the order of the steps.")]


@collections_app.command()
def add(
    keys: Keys,
    title: Annotated[str, typer.Option(help="Of the whole.")],
    text: Annotated[str, typer.Option(help="What it is about.")] = "",
) -> None:
    """Make a collection of results, which are pinned; words beside each are written in the browser."""
    client = Client()
    made = client.collections.make(title, text, [CollectionStep(key) for key in keys])
    out.print(f"{made.id}  {client.collections.link(made)}", markup=False)


@collections_app.command("list")
def list_collections() -> None:
    """All collections, newest first."""
    found = Client().collections.all()
    for one in found:
        out.print(_in_a_line(one), markup=False)
    if not found:
        out.print("No collections yet: convscope collections add KEY KEY --title TITLE")


@collections_app.command()
def show(name: Name, as_json: Annotated[bool, typer.Option("--json", help="As JSON, with all words.")] = False) -> None:
    """The steps of a collection."""
    client = Client()
    found = client.collections.get(name)
    if as_json:
        out.print_json(json.dumps(asdict(found)))
        return
    out.print(f"{_in_a_line(found)}  {client.collections.link(found)}", markup=False)
    for number, step in enumerate(found.steps, 1):
        out.print(f"{number}. {step.key}  {step.title}".rstrip(), markup=False)


@collections_app.command()
def append(name: Name, keys: Keys) -> None:
    """Put results behind the last step."""
    for key in keys:
        Client().collections.add(name, key)
    show(name)


@collections_app.command()
def delete(name: Name) -> None:
    """Delete a collection; its results stay."""
    Client().collections.delete(name)
    out.print(f"deleted {name}", markup=False)


def _in_a_line(collection: Collection) -> str:
    steps = f"{len(collection.steps)} step{'s' * (len(collection.steps) != 1)}"
    return f"{collection.id}  {steps}  by {collection.by or '?'}  {collection.title}"
