"""`convscope publish`: a network's own microscope as a folder of plain pages."""

from pathlib import Path
from typing import Annotated

import typer

from shared.cli.installation import installation
from shared.cli.paths import add_paths
from shared.cli.terminal import err, out
from shared.client import Client, start_plan, wait_for_plan
from shared.client.site import SiteOptions, estimated_bytes, everything_about, published, write_site
from shared.library.plans.estimate import PlanState
from shared.settings import get_settings

MEGABYTE = 1_000_000


def publish(
    model: Annotated[str, typer.Argument(help="A name, a reference, or a file.")],
    output: Annotated[Path, typer.Option(help="Folder to write to: new, empty, or with an earlier site.")],
    compute: Annotated[bool, typer.Option(help="Compute all of it first: every convolution, and classes.")] = False,
    dataset: Annotated[str, typer.Option(help="With --compute: whose pictures are each channel's examples.")] = "",
    classes: Annotated[int, typer.Option(help="With --compute: pictures of so many classes.")] = 32,
    size: Annotated[int, typer.Option(help="With --compute: height and width of a tile, in pixels.")] = 128,
    about: Annotated[str, typer.Option(help="A paragraph for the front page.")] = "",
    licence: Annotated[str, typer.Option(help="Of model and pictures, for the front page.")] = "",
    source: Annotated[str, typer.Option(help="Where model and data are from, for the front page.")] = "",
    pictures: Annotated[bool, typer.Option(help="Show pieces of the data set's pictures.")] = False,
    names: Annotated[bool, typer.Option(help="Show the names that people gave channels.")] = False,
    most: Annotated[int, typer.Option(min=0, help="Of each layer so many channels, the strongest; 0 for all.")] = 0,
) -> None:
    """Write a site about a network: pages for layers, channels and classes, for any web host or from a disk."""
    options = SiteOptions(about, licence, source, pictures, names, most)
    with installation(get_settings(), err.print) as client:
        named = add_paths("inspect_model", {"model": model})["model"]
        if compute:
            _compute(client, named, dataset, classes, size)
        site = published(client, named)
        size_told = estimated_bytes(site, options) / MEGABYTE
        tiles = sum(options.shown(run.done) for run in site.atlases.values())
        err.print(f"{site.title}: {tiles:,} channels in {len(site.atlases)} layers, about {size_told:,.0f} MB",
                  markup=False)  # fmt: skip
        written = write_site(client, site, output, options, lambda layer: err.print(f"  {layer}", markup=False))
    out.print(f"{written / MEGABYTE:,.1f} MB written; open {output / 'index.html'}", markup=False)


def _compute(client: Client, model: str, dataset: str, classes: int, size: int) -> None:
    specs = everything_about(client, model, dataset, classes, size)
    plan = start_plan(client, f"Everything about {model}"[:100], specs)
    last = ""

    def tell(state: PlanState) -> None:
        nonlocal last
        if (words := f"{state.complete} of {len(specs)} runs") != last:
            last = words
            err.print(words, markup=False)

    wait_for_plan(client, plan, tell)
