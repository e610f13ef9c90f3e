"""The command line's part for finished results: fetch, pin, share, export, import."""

import time
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.installation import installation
from shared.cli.terminal import err, out
from shared.client import Client
from shared.errors import InvalidSpec, message
from shared.library import Share
from shared.library.shares import USUAL_DAYS
from shared.settings import get_settings

Bands = Annotated[
    str, typer.Option(help="Of pictures with many bands, those to draw: 5,3,1 as red, green and blue, or 5 as grey.")
]


def fetch(key: str, output: Annotated[Path, typer.Option(help="Folder to write to.")], bands: Bands = "") -> None:
    """Write a result's manifest, pictures and arrays into a folder."""
    with installation(get_settings(), err.print) as client:
        client.result(key).in_bands(bands).save(output)
    out.print(f"written to {output}", markup=False)


def pin(key: str, bands: Bands = "") -> None:
    """Keep a result for good: its link outlives the cache."""
    client = Client()
    client.results.pin(key, bands=chosen_bands(client, key, bands))
    out.print("pinned")


def chosen_bands(client: Client, key: str, bands: str) -> tuple[int, ...]:
    """Bands that a result is to be drawn in; () without a word.

    Raises:
        InvalidSpec: it has no such bands.
    """
    return client.result(key).in_bands(bands).bands if bands else ()


def export(
    key: str, file: Annotated[Path, typer.Argument(help="A name that ends in .zip or .html.")], bands: Bands = ""
) -> None:
    """Write a whole result into one file: .zip with everything, .html to open in a browser."""
    if file.suffix not in (".zip", ".html"):
        raise InvalidSpec(message("a file name that ends in .zip or .html", file.name, "Change the name."))
    with installation(get_settings(), err.print) as client:
        if file.suffix == ".html":
            file.write_text(client.result(key).in_bands(bands).html())
        else:
            chosen = chosen_bands(client, key, bands)
            with file.open("wb") as opened:
                client.results.export(key, opened, chosen)
    out.print(f"written to {file}", markup=False)


def import_result(file: Annotated[Path, typer.Argument(help="A zip that `convscope export` wrote.")]) -> None:
    """Keep a result from another installation, under a key of its own: it says where it is from."""
    with installation(get_settings(), err.print) as client:
        key = client.results.import_zip(file)
        out.print(f"{key}  {client.results.link(key)}", markup=False)


def share(
    key: str,
    days: Annotated[float, typer.Option(help="How long the link is good.")] = USUAL_DAYS,
    bands: Bands = "",
) -> None:
    """Print a link that opens one result, to read only, without sign-in."""
    client = Client()
    chosen = ",".join(map(str, chosen_bands(client, key, bands)))
    made = client.results.share(key, days, {"bands": chosen} if chosen else None)
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
