"""The command line's part for finished results: fetch, pin, share, export, import."""

import time
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.installation import installation
from shared.cli.terminal import err, out
from shared.client import Client, write_result
from shared.errors import InvalidSpec, message
from shared.library import Share
from shared.library.shares import USUAL_DAYS
from shared.settings import get_settings


def fetch(key: str, output: Annotated[Path, typer.Option(help="Folder to write to.")]) -> None:
    """Write a result's manifest, pictures and arrays into a folder."""
    with installation(get_settings(), err.print) as client:
        result = client.result(key)
        write_result(output, result.run, result.parts)
    out.print(f"written to {output}", markup=False)


def pin(key: str) -> None:
    """Keep a result for good: its link outlives the cache."""
    Client().results.pin(key)
    out.print("pinned")


def export(key: str, file: Annotated[Path, typer.Argument(help="A name that ends in .zip or .html.")]) -> None:
    """Write a whole result into one file: .zip with everything, .html to open in a browser."""
    if file.suffix not in (".zip", ".html"):
        raise InvalidSpec(message("a file name that ends in .zip or .html", file.name, "Change the name."))
    with installation(get_settings(), err.print) as client:
        if file.suffix == ".html":
            file.write_text(client.result(key).html())
        else:
            with file.open("wb") as opened:
                client.results.export(key, opened)
    out.print(f"written to {file}", markup=False)


def import_result(file: Annotated[Path, typer.Argument(help="A zip that `convscope export` wrote.")]) -> None:
    """Keep a result from another installation, under a key of its own: it says where it is from."""
    with installation(get_settings(), err.print) as client:
        key = client.results.import_zip(file)
        out.print(f"{key}  {client.results.link(key)}", markup=False)


def share(key: str, days: Annotated[float, typer.Option(help="How long the link is good.")] = USUAL_DAYS) -> None:
    """Print a link that opens one result, to read only, without sign-in."""
    client = Client()
    made = client.results.share(key, days)
    out.print(client.results.share_link(made), markup=False)
    err.print(f"take it back with: convscope unshare {made.id}", markup=False)


def shares(key: Annotated[str, typer.Argument(help="Of a run; without it, all.")] = "") -> None:
    """The share links, newest first."""
    found = Client().library.shares.all(key)
    for one in found:
        out.print(_in_a_line(one), markup=False)
    if not found:
        out.print("No share links yet: convscope share KEY")


def unshare(name: Annotated[str, typer.Argument(metavar="ID", help="From `convscope shares`.")]) -> None:
    """Take a share link back, at once."""
    Client().results.unshare(name)
    out.print("taken back")


def _in_a_line(share: Share) -> str:
    until = time.strftime("%Y-%m-%d", time.localtime(share.expires_at))
    return f"{share.id}  {share.state()}  until {until}  by {share.by or '?'}  {share.key}"
