"""Class names as they are given on a command line or a page: files, one for each output, or ImageNet's."""

from collections.abc import Sequence
from pathlib import Path

from shared.errors import InvalidSpec, RefusedUpload, message
from shared.imagenet import imagenet_names
from shared.uploads.labels import ClassNames, read_labels

IMAGENET = "imagenet"


def given_labels(words: Sequence[str]) -> ClassNames:
    """Names of what `--labels` says, once or for each output.

    Args:
        words: a path; or "imagenet", the 1,000 names in keras.applications' order; or OUTPUT=PATH, one for each.

    Raises:
        InvalidSpec: several files, and not each with the name of its output.
        RefusedUpload: a file is none of class names.
    """
    if len(words) < 2:
        return _one(words[0]) if words else ClassNames()
    parted = [word.split("=", 1) for word in words]
    if wrong := [word for word, parts in zip(words, parted, strict=True) if len(parts) < 2 or not parts[0]]:
        raise InvalidSpec(
            message(
                "class names of each output (in a terminal: `--labels OUTPUT=FILE` for each)",
                wrong[0],
                "Name the output before the file.",
            )
        )
    return by_output([(output, read_labels(Path(path))) for output, path in parted])


def _one(word: str) -> ClassNames:
    if Path(word).exists():
        return read_labels(Path(word))
    if word == IMAGENET:
        return ClassNames(imagenet_names())
    output, marked, path = word.partition("=")
    return by_output([(output, read_labels(Path(path)))]) if marked else read_labels(Path(word))


def by_output(lists: Sequence[tuple[str, ClassNames]]) -> ClassNames:
    """Lists of names of several outputs as one.

    Args:
        lists: name of each output, and what its file says.

    Raises:
        RefusedUpload: an output stands twice, or a file holds names of several outputs itself.
    """
    found: dict[str, tuple[str, ...]] = {}
    for output, one in lists:
        if output in found or one.outputs:
            received = f"{output} twice" if output in found else f"several outputs in the file of {output}"
            raise RefusedUpload(message("one list of class names an output", received, "Give each output once."))
        found[output] = one.names
    return ClassNames((), found, tuple(note for _, one in lists for note in one.notes))
