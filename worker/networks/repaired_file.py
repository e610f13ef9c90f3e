"""A checked model file in the form that Keras opens: under the right name, with the configuration it is to build."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from shared.errors import RefusedUpload, message
from shared.uploads.keras_archive import MEMBERS, check_members
from shared.uploads.models import ModelFile


@contextmanager
def under_suffix(path: Path, suffix: str) -> Iterator[Path]:
    """The same file under a name that ends as Keras wants it; it goes by the name, not by the content."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"model{suffix}"
        link.symlink_to(path.absolute())
        yield link


@contextmanager
def as_keras_expects(path: Path, found: ModelFile) -> Iterator[Path]:
    """A model file as Keras opens it; a copy where its configuration was repaired or it was packed by somebody else.

    Args:
        path: of the file, which stays as it is.
        found: what check_model() says about it.

    Yields:
        A path that is gone afterwards.
    """
    suffix = ".keras" if found.format == "keras" else ".h5"
    if found.repaired is None and found.plain:
        with under_suffix(path, suffix) as named:
            yield named
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{suffix}"
        if found.format == "keras":
            _copy_archive(path, copy, found.repaired)
        else:
            shutil.copyfile(path, copy)
            with h5py.File(copy, "r+") as file:
                file.attrs["model_config"] = json.dumps(found.repaired).encode()
        yield copy


def _copy_archive(path: Path, copy: Path, config: dict[str, Any] | None) -> None:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        files = check_members(source).files
        for name in sorted(MEMBERS):
            if name == "config.json" and config is not None:
                target.writestr(name, json.dumps(config))
                continue
            with source.open(files[name]) as given, target.open(name, "w", force_zip64=True) as taken:
                shutil.copyfileobj(given, taken, 1024 * 1024)


def weights_suffix(path: Path) -> str:
    """ ".h5" for weights that an older Keras saved, ".weights.h5" for today's; Keras reads them apart by name."""
    try:
        with h5py.File(path, "r") as file:
            return ".h5" if "layer_names" in file.attrs or "model_weights" in file else ".weights.h5"
    except OSError:
        raise RefusedUpload(
            message("a whole HDF5 weights file", path.name, "It is cut or damaged: copy it again.")
        ) from None
