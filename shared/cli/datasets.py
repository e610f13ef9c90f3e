"""`convscope datasets ...`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from shared.cli.terminal import err, me, out
from shared.errors import InvalidSpec, message
from shared.library import DatasetCard, DatasetRegistry, Library
from shared.library.additions import adding
from shared.library.datasets.builtin import BUILTIN, PREFIX
from shared.library.datasets.check import CheckedSet
from shared.library.datasets.report import UNBALANCED, DatasetReport, report
from shared.library.datasets.splits import Shares
from shared.settings import get_settings
from shared.uploads.class_folders import SPLITS
from shared.uploads.targets import Labelling

datasets_app = typer.Typer(no_args_is_help=True)
# So many of a kind are named; all of them are on the data set's page.
NAMED = 5


def _datasets() -> DatasetRegistry:
    return Library(get_settings()).datasets


@datasets_app.command("add")
def add_dataset(
    source: Annotated[str, typer.Argument(help="A zip or folder of class folders, or builtin/<name>.")],
    file: Annotated[Path | None, typer.Argument(help="File for builtin/<name>: an .npz with its arrays.")] = None,
    name: Annotated[str, typer.Option(help="A name for it.")] = "",
    labels_from: Annotated[
        str, typer.Option(help="Where labels stand: folders, table (CSV), names (cat.1.jpg), masks; none to look.")
    ] = "",
    targets: Annotated[str, typer.Option(help="What numbers in a table are: classes or numbers.")] = "",
    span: Annotated[
        str, typer.Option("--range", help="Black and white of .npy and TIFF numbers: own, minmax, or LOW,HIGH.")
    ] = "",
    transparency: Annotated[
        bool, typer.Option("--keep-transparency", help="As a fourth band, for networks of RGBA; else it becomes white.")
    ] = False,
    skip_unreadable: Annotated[bool, typer.Option(help="Leave out pictures that cannot be read.")] = False,
    validation: Annotated[float, typer.Option(help="Share for validation, where it has none.")] = 0.2,
    test: Annotated[float, typer.Option(help="Share for testing, where it has no splits.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of the splits that are made.")] = 0,
) -> None:
    """Check a data set, report what was found, keep it; prints the reference."""
    registry = _datasets()
    if source.startswith(PREFIX):
        out.print(registry.add_builtin(source, file))
        return
    if not name:
        raise InvalidSpec(message("--name NAME", "nothing", "Give it a name of letters, digits, '.', '_', '-'."))
    shares, labelling = Shares(validation, test, seed), Labelling(labels_from, targets)
    out.print(keep_dataset(registry, Path(source), name, shares, labelling, span, skip_unreadable, transparency))


def keep_dataset(registry: DatasetRegistry, path: Path, name: str, shares: Shares | None = None,
                 labelling: Labelling | None = None, span: str = "", skip_unreadable: bool = False,
                 transparency: bool = False) -> str:  # fmt: skip
    """Check what lies at a path, report what was found, keep it under a name; the reference."""
    shares = shares or Shares()
    checked = _check(registry, path, labelling or Labelling(), span, transparency)
    _print_checked(checked, shares)
    with adding(Library(get_settings()), me(), "data set", name, size=checked.size):
        return registry.keep(checked, name, shares, skip_unreadable, path.name)


def _check(registry: DatasetRegistry, path: Path, labelling: Labelling, span: str, transparency: bool) -> CheckedSet:
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("Looking at every picture", total=None)
        watch = lambda done, total: bar.update(task, completed=done, total=total)  # noqa: E731
        return registry.check(path, watch, labelling, span, transparency)


def _print_checked(checked: CheckedSet, shares: Shares) -> None:
    card = checked.card(shares)
    _print_columns(err, card)
    _print_report(err, report(card), [picture.path for picture in card.pictures])
    for note in card.notes:
        err.print(f"note: {note}", markup=False)
    for path, problem in checked.unreadable[:NAMED]:
        err.print(f"unreadable: {path}: {problem}", markup=False)
    if checked.left_out:
        number = len(checked.left_out)
        words = "1 file is no picture" if number == 1 else f"{number:,} files are no pictures"
        err.print(f"{words}: {', '.join(checked.left_out[:NAMED])}", markup=False)


def _print_columns(console: Console, card: DatasetCard) -> None:
    """What is said of each picture beside its class, or instead of it."""
    for column in card.columns:
        said = ", ".join(column.classes) or f"a number{' in ' + column.unit if column.unit else ''}"
        console.print(f"{column.name}: {said}", markup=False)


def _print_report(console: Console, found: DatasetReport, paths: list[str]) -> None:
    for split, row in found.counts.items():
        counts = ", ".join(f"{name} {number:,}" for name, number in row.items())
        console.print(f"{split}: {sum(row.values()):,} ({counts})", markup=False)
    sizes = ", ".join(f"{name} {width} x {height}" for name, (width, height) in found.sizes.items())
    modes = ", ".join(f"{mode} {number:,}" for mode, number in found.modes.items())
    console.print(f"pixels: {sizes}; modes: {modes}", markup=False)
    for text, groups in (
        ("the same picture in several splits", found.leaks),
        ("the same picture under several classes", found.conflicts),
        ("pictures of different splits look alike", found.near),
    ):
        if groups:
            console.print(f"warning: {text}, {len(groups)} times", markup=False)
            for group in groups[:NAMED]:
                console.print("  " + " = ".join(paths[i] for i in group), markup=False)
    if found.balance > UNBALANCED:
        console.print(f"warning: the largest class has {found.balance:.1f} times the pictures of the smallest")


@datasets_app.command("list")
def list_datasets() -> None:
    """Added data sets, then the built-in ones."""
    registry = _datasets()
    for record in registry.records():
        splits = ", ".join(f"{split} {record['splits'][split]:,}" for split in SPLITS if split in record["splits"])
        said = record.get("kind") or f"{record['classes']} classes"
        out.print(f"{record['name']}  {record['reference']}  {said}; {splits}", markup=False)
    for one in BUILTIN.values():
        away = "" if registry.is_here(one) else "; not on this machine"
        out.print(f"{PREFIX}{one.name}  {one.title}{away}", markup=False)


@datasets_app.command("show")
def show_dataset(dataset: str) -> None:
    """Counts, sizes, duplicates and splits of a data set."""
    registry = _datasets()
    reference = registry.resolve(dataset)
    card = registry.card(reference)
    out.print(f"{reference}  {len(card.classes)} classes, {len(card.pictures):,} pictures", markup=False)
    if card.made:
        made = ", ".join(f"{name} {value:g}" for name, value in card.made.items())
        out.print(f"splits made here: {made}", markup=False)
    for note in card.notes:
        out.print(f"note: {note}", markup=False)
    _print_columns(out, card)
    _print_report(out, report(card), [picture.path for picture in card.pictures])
