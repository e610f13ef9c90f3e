"""Eight files that people saved years ago: five open with the numbers they were trained to, three say why not.

Needs the folder that CONVSCOPE_TEST_DATA names: foreign_models/ and mnist.npz.
"""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from worker.networks.old.models import open_old_model

pytestmark = pytest.mark.weights

OPEN = {
    "dl4j_cnn_batch_norm.h5": "2.1.3",
    "fer2013_mini_xception_oarriaga.hdf5": "2.0.5",
    "mnist_cnn_Purinat33.h5": "2.10.0",
    "mnist_cnn_book_ikukang.h5": "2.3.1",
    "tensorspace_lenet_mnist.h5": "2.1.6",
}
CLOSED = {
    "keras_conv2d_weights_hls4ml.h5": "weights only.*conv2d_1, dropout_1.*Add them as weights for an architecture",
    "nested_container_keras_team.keras": r"NestedDenseModel \(own class\).*rebuild the model",
    "siamese_rishithakota.keras": r"Lambda of keras\.layers \(layer 'lambda_2'\).*never run",
}


def opened(path: Path) -> keras.Model:
    found = check_model(path, Settings())
    assert found.upgraded is not None and found.origin.version == OPEN[path.name]
    return open_old_model(path, found, found.upgraded)


@pytest.mark.parametrize("name", OPEN)
def test_every_array_of_the_file_lands_in_the_network(test_data: Path, name: str) -> None:
    path = test_data / "foreign_models" / name
    stored: list[np.ndarray] = []

    def keep(_: str, one: h5py.Group | h5py.Dataset) -> None:
        if isinstance(one, h5py.Dataset):
            stored.append(np.asarray(one))

    with h5py.File(path) as file:
        file["model_weights"].visititems(keep)
    weights = [np.asarray(weight) for weight in opened(path).weights]
    assert sorted(map(_print, weights)) == sorted(map(_print, stored))


def _print(values: np.ndarray) -> tuple[tuple[int, ...], bytes]:
    return values.shape, values.tobytes()


@pytest.mark.parametrize(("name", "white", "share"), [
    ("mnist_cnn_Purinat33.h5", 255, 0.96), ("mnist_cnn_book_ikukang.h5", 1, 0.985),
    ("tensorspace_lenet_mnist.h5", 1, 0.97),
])  # fmt: skip
def test_digits_are_read_as_well_as_when_it_was_trained(test_data: Path, name: str, white: float, share: float) -> None:
    with np.load(test_data / "mnist.npz") as digits:
        pictures, labels = digits["x_test"][:2000, ..., None] * np.float32(white / 255), digits["y_test"][:2000]
    answers = np.asarray(opened(test_data / "foreign_models" / name)(pictures, training=False))
    print(name, (answers.argmax(axis=1) == labels).mean())
    assert (answers.argmax(axis=1) == labels).mean() >= share


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`", "ignore:The structure of `inputs`")
@pytest.mark.parametrize("name", ["fer2013_mini_xception_oarriaga.hdf5", "mnist_cnn_Purinat33.h5"])
def test_what_keras_opens_by_itself_computes_the_same(test_data: Path, name: str) -> None:
    path = test_data / "foreign_models" / name
    by_keras = keras.saving.load_model(path, compile=False)
    pictures = np.random.default_rng(0).random((4, *by_keras.inputs[0].shape[1:])).astype(np.float32)
    np.testing.assert_allclose(opened(path)(pictures), by_keras.predict(pictures, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("name", CLOSED)
def test_the_others_say_why_and_what_to_do(test_data: Path, name: str) -> None:
    with pytest.raises(RefusedUpload, match=CLOSED[name]):
        check_model(test_data / "foreign_models" / name, Settings())
