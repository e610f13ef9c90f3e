"""What TensorFlow 2.0 to 2.15 really saved is shown as it was: SavedModels, and the .keras files of 2.12 and later.

tests/fixtures/older_tensorflow/write.py wrote the files and asked each TensorFlow about a picture.
"""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.library import Library
from shared.settings import Settings
from shared.uploads.saved_model import pack_folder
from tests.fixtures.plain_keras import PlainOutput
from tests.system.test_no_silent_difference import Compared, compare_with, differs
from worker.networks.models import WarmModels

ARCHIVE = Path(__file__).parents[3] / "fixtures" / "older_tensorflow" / "files.tar.xz"
CLOSE = 1e-5
SAVED = ("2.0", "2.4", "2.9", "2.12", "2.13", "2.15")
SINGLE_FILE = ("2.12", "2.13", "2.15")
NETWORKS = ("branches", "nested")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that these TensorFlows wrote."""
    folder = tmp_path_factory.mktemp("older")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _compared(folder: Path, path: Path, said: Path) -> Compared:
    with np.load(said) as held:
        picture = held["picture"]
        one = PlainOutput(held["values"], int(held["unit"]), str(held["path"]), held["maps"], held["grad_cam"])

    def reference(pictures: np.ndarray) -> tuple[list[PlainOutput], str]:
        np.testing.assert_allclose(pictures, picture, atol=1e-4)
        return [one], ""

    # TensorFlow 2.0 had no layer for scales yet; where there is one, its numbers are worked out from it.
    found = compare_with(folder, path, reference, preprocess="0..255" if path.name == "2.0-nested" else "")
    print(found.row())
    return found


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("version", SAVED)
def test_a_saved_model_is_what_it_was(tmp_path: Path, files: Path, version: str, network: str) -> None:
    found = _compared(tmp_path, files / f"{version}-{network}", files / f"{version}-{network}.npz")
    assert found.words == "" and found.outputs == (1, 1, 1) and not differs(found, CLOSE), found.row()


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("version", SINGLE_FILE)
def test_a_single_file_is_what_it_was(tmp_path: Path, files: Path, version: str, network: str) -> None:
    found = _compared(tmp_path, files / f"{version}-{network}.keras", files / f"{version}-{network}.npz")
    assert found.words == "" and found.outputs == (1, 1, 1) and not differs(found, CLOSE), found.row()


def test_the_card_says_which_keras_it_was(tmp_path: Path, files: Path) -> None:
    library = Library(Settings(data=tmp_path / "data"))
    packed = pack_folder(files / "2.0-nested", tmp_path / "nested.zip")
    loaded = WarmModels(library).load(library.models.add_file(packed, "net"))
    assert loaded.upgraded_from == "Keras 2.0.4-tf"


def test_half_a_folder_is_refused(tmp_path: Path, files: Path) -> None:
    (files / "2.15-nested" / "variables" / "variables.index").rename(tmp_path / "index")
    try:
        with pytest.raises(RefusedUpload, match=r"a whole SavedModel.*variables\.index"):
            Library(Settings(data=tmp_path / "data")).models.add_file(files / "2.15-nested", "net")
    finally:
        (tmp_path / "index").rename(files / "2.15-nested" / "variables" / "variables.index")
