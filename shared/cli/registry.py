"""`convscope models ...` and `convscope images ...`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from shared.analyses import parse_spec
from shared.cli.installation import installation
from shared.cli.terminal import err, out
from shared.errors import InvalidSpec, message
from shared.library import Library
from shared.library.architectures import ARCHITECTURES, architecture
from shared.library.bundled import BUNDLED
from shared.library.given_labels import given_labels
from shared.library.people import login_name
from shared.settings import get_settings
from shared.uploads.addresses import fetched, is_address
from shared.uploads.models import check_model

LABELS_HELP = (
    "Class names in the order of the outputs: a file (lines, CSV, JSON, a label map, YAML), OUTPUT=FILE for each of "
    "several outputs, or `imagenet`."
)
models_app = typer.Typer(no_args_is_help=True)
images_app = typer.Typer(no_args_is_help=True)


def _library() -> Library:
    return Library(get_settings())


@models_app.command("add")
def add_model(
    source: Annotated[
        str,
        typer.Argument(
            help="A model file, its address (s3://, hf://, mlflow:models:/NAME/VERSION, ...), or keras/<architecture>."
        ),
    ],
    weights: Annotated[Path | None, typer.Argument(help="Weights file for keras/<architecture>.")] = None,
    name: Annotated[str, typer.Option(help="A name for it.")] = "",
    until: Annotated[str, typer.Option(help="Last layer that the weights reach.")] = "",
    labels: Annotated[list[str] | None, typer.Option(help=LABELS_HELP)] = None,
    preprocess: Annotated[str, typer.Option(help="Preprocessing of pictures: 0..1, -1..1, 0..255, caffe, torch.")] = "",
    trust: Annotated[bool, typer.Option("--trust", help="Open a file with Python code in it: asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Add a model file, or weights for an architecture; prints the reference."""
    if not name:
        raise InvalidSpec(message("--name NAME", "nothing", "Give the model a name of letters, digits, '.', '_', '-'."))
    named = given_labels(labels or ())
    for note in named.notes:
        err.print(note, markup=False)
    if source.startswith("keras/"):
        if weights is None:
            raise InvalidSpec(message(f"a weights file after {source}", "nothing", "Name the file."))
        known = architecture(source.split("/")[1])
        reference = _library().models.add_weights(known.name, weights, name, until, named)
    else:
        at = fetched(source, get_settings().max_upload) if is_address(source) else nullcontext(Path(source))
        with at as path:
            trusted_by = _ask_for_trust(path, yes) if trust else ""
            title = source if is_address(source) else ""
            reference = _library().models.add_file(path, name, named, preprocess, title, trusted_by)
    out.print(reference)


def _ask_for_trust(path: Path, yes: bool) -> str:
    """Who trusts a file, after it was said what that means; "" where there is nothing in it to trust.

    Raises:
        typer.Abort: the answer was no.
    """
    settings = get_settings()
    own = check_model(path, settings, trusted=True).own
    if not own:
        err.print(f"{path.name} holds no code: nothing to trust in it.", markup=False)
        return ""
    err.print(
        f"{path.name} holds Python code or names layers that are not Keras's: {', '.join(map(str, own))}.\n"
        "Trusted, this code runs in the workers with their rights (files, network, the queue) whenever anybody uses "
        "the model. Trust it only if you know who wrote the file.",
        markup=False,
    )
    if not yes:
        typer.confirm("Trust it?", abort=True)
    return settings.user or login_name()


@models_app.command("list")
def list_models() -> None:
    """Added models, bundled ones, then the architectures."""
    for record in _library().models.records():
        older = f"  upgraded from {record['upgraded_from']}" if record.get("upgraded_from") else ""
        trust = f"  trusted by {record['trusted_by']}, {record['trusted_at']}" if record.get("trusted_by") else ""
        out.print(f"{record['name']}  {record['reference']}  {record.get('title', '')}{older}{trust}", markup=False)
    for one in BUNDLED.values():
        out.print(f"{one.reference}  {_library().models.resolve(one.reference)}  {one.title}", markup=False)
    out.print("keras/<architecture>/<imagenet|random> with one of: " + ", ".join(ARCHITECTURES))


@models_app.command("show")
def show_model(model: str) -> None:
    """The layer table of a model."""
    with installation(get_settings(), err.print) as client:
        facts = client.run(parse_spec("inspect_model", {"model": model})).parts[0].facts
    out.print(
        f"{facts['title']}  weights: {facts['weights']}  input {facts['input']}  output {facts['outputs']}  "
        f"{facts['parameters']:,} parameters  pictures go in as {facts['preprocess']}"
        f"{'  the same picture at each of its ' + str(facts['inputs']) + ' inputs' if facts.get('inputs') else ''}"
        f"{'  upgraded from ' + facts['upgraded_from'] if facts.get('upgraded_from') else ''}",
        markup=False,
    )
    for row in facts["layers"]:
        field = f"field {row['receptive_field'] or 'all'} stride {row['stride']}" if row["stride"] else ""
        out.print(
            f"  {row['path']:<44} {row['class']:<22} {row['output_shape']:<18} {row['parameters']:>12,}  {field}",
            markup=False,
        )


@images_app.command("add")
def add_image(
    path: Path,
    name: Annotated[str, typer.Option(help="A name for it.")] = "",
    span: Annotated[
        str, typer.Option("--range", help="What is black and white: own (of its type), minmax, or LOW,HIGH.")
    ] = "",
) -> None:
    """Add a picture, PNG, JPEG, WebP, TIFF or .npy; prints its reference, and of numbers their range."""
    images = _library().images
    reference = images.add(path.read_bytes(), name, span)
    out.print(reference)
    if not (picture := images.open(reference)).colours:
        err.print(picture.words, markup=False)


@images_app.command("list")
def list_images() -> None:
    """Samples and added pictures."""
    for name in _library().images.names():
        out.print(name, markup=False)
