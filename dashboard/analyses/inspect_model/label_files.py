"""Files with names of classes, chosen beside a model that is added."""

from pathlib import Path
from typing import Any

from dashboard.widgets.uploaded_files import on_disk
from shared.library.given_labels import IMAGENET, by_output, given_labels
from shared.uploads.labels import LABEL_SUFFIXES, ClassNames, read_labels


def choose_labels(column: Any, form: str) -> Any:
    """Draw the choice; what it gives goes to chosen_labels() when the form is sent.

    Args:
        column: of the form.
        form: its name, part of the controls' keys.
    """
    hint = (
        "In the order of the outputs: one a line, CSV, JSON, a label map or YAML. For a network of several outputs, "
        "one file for each, named after it: shape.txt, colour.txt."
    )
    files = column.file_uploader("Class names, optional", type=list(LABEL_SUFFIXES), key=f"add-{form}/labels",
                                 accept_multiple_files=True, help=hint)  # fmt: skip
    known = column.checkbox("ImageNet's 1,000 names", key=f"add-{form}/imagenet",
                            help="For a network of 1,000 outputs in the order of keras.applications.")  # fmt: skip
    return IMAGENET if known and not files else files


def chosen_labels(chosen: Any) -> ClassNames:
    """What the chosen files say; of several, each is that of the output it is named after.

    Raises:
        RefusedUpload: one of them is no file of class names.
    """
    if chosen == IMAGENET:
        return given_labels([IMAGENET])
    found = []
    for file in chosen:
        with on_disk(file) as path:
            found.append((Path(file.name).stem, read_labels(path, file.name)))
    return by_output(found) if len(found) > 1 else found[0][1] if found else ClassNames()
