"""`convscope models ...` and `convscope images ...`."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.analyses import parse_spec
from shared.analyses.inspect_model.proof_words import origin_words, proof_words, scale_words, top_words
from shared.cli.installation import installation, open_in_place
from shared.cli.terminal import err, me, out, who_asks
from shared.client import Client, opened_once
from shared.errors import InvalidSpec, RefusedUpload, StoreUnavailable, message
from shared.library import Library
from shared.library.additions import adding, size_of
from shared.library.architectures import ARCHITECTURES, architecture
from shared.library.bundled import BUNDLED
from shared.library.given_labels import given_labels
from shared.library.preprocessing import own_preprocessing
from shared.settings import get_settings
from shared.uploads.addresses import fetched, is_address
from shared.uploads.models import check_model
from shared.uploads.one_file import as_one_file

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
            help="A model file, its address (s3://, hf://, kaggle://, mlflow:models:/NAME/VERSION, ...), or "
            "keras/<architecture>."
        ),
    ],
    weights: Annotated[
        Path | None, typer.Argument(help="Weights file for keras/<architecture>, or for a network's own JSON.")
    ] = None,
    name: Annotated[str, typer.Option(help="A name for it.")] = "",
    until: Annotated[str, typer.Option(help="Last layer that the weights reach.")] = "",
    labels: Annotated[list[str] | None, typer.Option(help=LABELS_HELP)] = None,
    preprocess: Annotated[
        str, typer.Option(help="Preprocessing: 0..1, -1..1, 0..255, another range, caffe, torch.")
    ] = "",
    scale: Annotated[float | None, typer.Option(help="Instead: what grey levels, 0 to 255, are multiplied by.")] = None,
    offset: Annotated[float, typer.Option(help="What is added behind --scale.")] = 0.0,
    mean: Annotated[str, typer.Option(help="What is taken off then: a number a channel, or one for all.")] = "",
    deviation: Annotated[str, typer.Option(help="What it is divided by then: a number a channel, or one.")] = "",
    bgr: Annotated[bool, typer.Option("--bgr", help="Blue comes first; --mean and --deviation too.")] = False,
    resize: Annotated[
        str, typer.Option(help="How pictures meet its size: crop, crop 0.875 (that share of the middle), fit, pad.")
    ] = "",
    trust: Annotated[bool, typer.Option("--trust", help="Open a file with Python code in it: asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Add a model file, or weights for an architecture; prints the reference. A worker opens it once, to compare it
    with plain Keras."""
    if not name:
        raise InvalidSpec(message("--name NAME", "nothing", "Give the model a name of letters, digits, '.', '_', '-'."))
    named = given_labels(labels or ())
    for note in named.notes:
        err.print(note, markup=False)
    models = _library().models
    before = models.record(name)
    if source.startswith("keras/"):
        if weights is None:
            raise InvalidSpec(message(f"a weights file after {source}", "nothing", "Name the file."))
        known = architecture(source.split("/")[1])
        with adding(_library(), me(), "model", name, size=size_of(weights)):
            reference = models.add_weights(known.name, weights, name, until, named, resize=resize)
    else:
        way = own_preprocessing(preprocess, scale=scale, offset=offset, mean=mean, deviation=deviation, bgr=bgr)
        at = fetched(source, get_settings().max_upload) if is_address(source) else nullcontext(Path(source))
        with at as path:
            trusted_by = _ask_for_trust(path, weights, yes) if trust else ""
            title = source if is_address(source) else ""
            with adding(_library(), me(), "model", name, size=size_of(path, weights)):
                reference = models.add_file(path, name, named, way, title, trusted_by, weights, resize)
    proof = open_added(name, reference, before)
    err.print(f"Added {name}: {'; '.join(filter(None, proof_words(proof)))}", markup=False)
    out.print(reference)


def open_added(name: str, reference: str, before: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What was found when the model was opened, by a worker or, where no server runs, here; {} where nobody has."""
    settings = get_settings()
    try:
        client = Client(settings)
        client.store.ping()
        return opened_once(client, name, reference, before).proof
    except StoreUnavailable:
        if settings.redis_url:
            return {}
    err.print("Opening it once, to compare it with plain Keras")
    models = _library().models
    try:
        open_in_place(settings, reference)
    except RefusedUpload:
        _library().entries.drop_size("model", name)
        models.take_back(name, before)
        raise
    return models.proofs.of(reference)


def _ask_for_trust(path: Path, weights: Path | None, yes: bool) -> str:
    """Who trusts a file, after it was said what that means; "" where there is nothing in it to trust.

    Raises:
        typer.Abort: the answer was no.
    """
    settings = get_settings()
    with as_one_file(path, weights, 2 * settings.max_upload) as one:
        own = check_model(one.path, settings, trusted=True).own
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
    return who_asks()


@models_app.command("list")
def list_models() -> None:
    """Added models, bundled ones, then the architectures."""
    models = _library().models
    for record in models.records():
        older = f"  {words}" if (words := origin_words(record.get("upgraded_from", ""))) else ""
        trust = f"  trusted by {record['trusted_by']}, {record['trusted_at']}" if record.get("trusted_by") else ""
        found = models.proofs.of(record["reference"])
        state = f"  preprocessing: {scale_words(found)}" if found else "  not opened yet"
        text = f"{record['name']}  {record['reference']}  {record.get('title', '')}{older}{trust}{state}"
        out.print(text, markup=False)
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
        f"{'  '.join(filter(None, proof_words(facts)))}"
        f"{'  the same picture at each of its ' + str(facts['inputs']) + ' inputs' if facts.get('inputs') else ''}"
        f"{'  ' + words if (words := origin_words(facts.get('upgraded_from', ''))) else ''}",
        markup=False,
    )
    for way in facts.get("ways", ()):
        out.print(f"  as {way['preprocess']:<10} {top_words(way['top'])}", markup=False)
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
    with adding(_library(), me(), "picture", name, size=size_of(path)):
        reference = images.add(path.read_bytes(), name, span)
    out.print(reference)
    picture = images.open(reference)
    if words := images.changes(reference) if picture.colours else picture.words:
        err.print(words, markup=False)


@images_app.command("list")
def list_images() -> None:
    """Samples and added pictures."""
    for name in _library().images.names():
        out.print(name, markup=False)
