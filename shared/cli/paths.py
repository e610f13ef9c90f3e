"""Paths where `convscope run` takes a reference: the file or folder is added, and its reference stands for it."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from shared.analyses import reference_fields, spec_type
from shared.cli.datasets import keep_dataset
from shared.cli.registry import open_added
from shared.cli.terminal import err, me
from shared.errors import InvalidSpec, UnknownDataset, UnknownImage, UnknownModel, message
from shared.library import Library
from shared.library.additions import adding, size_of
from shared.library.given_labels import given_labels
from shared.settings import get_settings

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".npy"})
UNKNOWN = (UnknownModel, UnknownImage, UnknownDataset)
Adder = Callable[[Path], list[str]]


def add_paths(kind: str, options: Mapping[str, str]) -> dict[str, str]:
    """Add what options name by a path, and say each reference on stderr.

    A name or reference that is known goes before a file of the same name. `--labels FILE` names the classes of the
    model that `--model FILE` adds.

    Args:
        kind: of the run.
        options: field to value, as typed.

    Returns:
        The fields, with references in place of paths.

    Raises:
        InvalidSpec: --labels without a model file to go with.
        RefusedUpload: what lies at a path cannot be added.
    """
    fields = dict(options)
    labels = fields.pop("labels", "") if "labels" not in spec_type(kind).model_fields else ""
    library, used = Library(get_settings()), False
    for name, to in reference_fields(spec_type(kind)).items():
        if name in fields:
            asked = fields[name]
            fields[name] = ",".join(_references(library, to, asked, labels if name == "model" else ""))
            used |= name == "model" and fields[name] != asked
    if labels and not used:
        raise InvalidSpec(message("--model FILE beside --labels", fields.get("model", "nothing"),
                                  "Class names are given with a model's file."))  # fmt: skip
    return fields


def _references(library: Library, to: str, asked: str, labels: str) -> Iterator[str]:
    """References of one option's value; several are separated by commas."""
    resolvers = {"model": library.models.resolve, "image": library.images.resolve, "dataset": library.datasets.resolve}
    known = resolvers[to]
    add: dict[str, Adder] = {
        "model": lambda path: [_added_model(library, path, labels)],
        "image": lambda path: _added_images(library, path),
        "dataset": lambda path: [_added_dataset(library, path)],
    }
    for word in [asked] if Path(asked).exists() else asked.split(","):
        path = Path(word.strip()).expanduser()
        if _is_known(known, word.strip()) or not path.exists():
            yield word.strip()
            continue
        for reference in add[to](path):
            err.print(f"added {path}: {reference}", markup=False)
            yield reference


def _is_known(resolve: Callable[[str], str], word: str) -> bool:
    try:
        return bool(resolve(word))
    except UNKNOWN:
        return False


def _added_model(library: Library, path: Path, labels: str) -> str:
    named, taken = given_labels([labels] if labels else ()), library.models.names()
    name = _free_name(taken, path)
    with adding(library, me(), "model", name, size=size_of(path)):
        reference = library.models.add_file(path, name, named)
    if reference in taken.values():  # the same file once more
        library.models.take_back(name, None)
    else:
        open_added(name, reference, None)
    return reference


def _added_dataset(library: Library, path: Path) -> str:
    taken = library.datasets.names()
    name = _free_name(taken, path)
    reference = keep_dataset(library.datasets, path, name)
    if reference in taken.values():
        library.datasets.take_back(name)
    return reference


def _added_images(library: Library, path: Path) -> list[str]:
    """A picture, or every picture of a folder in the order of their names."""
    files = sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES) if path.is_dir() else [path]
    if not files:
        raise InvalidSpec(
            message(f"pictures in {path}", "none", f"One of {', '.join(sorted(PICTURES))} belongs there.")
        )
    return [_added_image(library, one) for one in files]


def _added_image(library: Library, path: Path) -> str:
    with adding(library, me(), "picture", size=size_of(path)):
        return library.images.add(path.read_bytes())


def _free_name(taken: Mapping[str, str], path: Path) -> str:
    """A name made of a file's, with a number where somebody has it."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().stem).strip("-._")[:60] or "added"
    number, name = 2, plain
    while name in taken:
        number, name = number + 1, f"{plain}-{number}"
    return name
