"""`convscope models | images | datasets rename | delete`: the same for all that people add under a name."""

from typing import Annotated

import typer

from shared.cli.terminal import err, out
from shared.client import Client, delete_entry, rename_entry, uses_of
from shared.library.entries import Sort

Name = Annotated[str, typer.Argument(help="Its name.")]


def add_commands(app: typer.Typer, sort: Sort) -> None:
    """Give a group of commands its `rename` and `delete`.

    Args:
        app: the group.
        sort: of what it is about.
    """

    def rename(name: Name, new: Annotated[str, typer.Argument(help="Its name from now on.")]) -> None:
        rename_entry(Client(), sort, name, new)
        out.print(new, markup=False)

    def delete(
        name: Name,
        results: Annotated[bool, typer.Option("--results", help="Delete what was made from it, too.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        client = Client()
        words = uses_of(client, sort, name).words
        err.print(f"Used by: {'; '.join(words)}" if words else "Nothing uses it.", markup=False)
        if not yes:
            typer.confirm(f"Delete the {sort} {name}{' and its results' if results else ''}?", abort=True)
        deleted = delete_entry(client, sort, name, results)
        out.print(f"deleted {name}{f' and {deleted} results' if results else ''}", markup=False)

    rename.__doc__ = f"Give a {sort} another name; results and links stay."
    delete.__doc__ = f"Delete a {sort} after what uses it was listed; results stay unless --results."
    app.command()(rename)
    app.command()(delete)
