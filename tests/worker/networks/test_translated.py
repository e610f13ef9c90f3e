"""Networks of other frameworks compute here what they compute there."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from onnx import TensorProto

from shared.errors import RefusedUpload
from shared.library import Library
from shared.settings import Settings
from shared.uploads.models import check_model
from tests.fixtures.onnx_files import Sketch, runtime_answers
from tests.fixtures.onnx_networks import NETWORKS
from tests.worker.networks.onnx_operators import OPERATORS
from worker.networks.models import WarmModels
from worker.networks.relu_swap import swapped_relus
from worker.networks.translated import open_translated


def opened(path: Path) -> keras.Model:
    """A file through the check and into Keras, as an engine does it."""
    found = check_model(path, Settings())
    assert found.translation is not None
    return open_translated(found.translation)


def answers(network: keras.Model, image: np.ndarray, channels_last: bool = False) -> list[np.ndarray]:
    """What a network gives for pictures in ONNX's order, in ONNX's order."""
    turned = image if channels_last or image.ndim != 4 else image.transpose(0, 2, 3, 1)
    made = [np.asarray(one) for one in keras.tree.flatten(network(turned))]
    return made if channels_last else [one.transpose(0, 3, 1, 2) if one.ndim == 4 else one for one in made]


def image_for(path: Path, shape: tuple[int | str, ...]) -> np.ndarray:
    sides = [side if isinstance(side, int) else 2 if place == 0 else 16 for place, side in enumerate(shape)]
    return np.random.default_rng(7).uniform(-1, 1, sides).astype("float32")


def agree(path: Path, shape: tuple[int | str, ...]) -> keras.Model:
    """Compare a file's network with onnxruntime; the network."""
    network = opened(path)
    image = image_for(path, shape)
    wanted = runtime_answers(path, image)
    got = answers(network, image, channels_last=shape[-1] == 3)
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        # A pool to one number may leave out its sides of 1.
        assert one.size == other.size
        np.testing.assert_allclose(one.reshape(other.shape), other, atol=2e-5 * max(1.0, float(np.abs(other).max())))
    return network


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_computes_what_onnxruntime_computes(name: str, tmp_path: Path) -> None:
    sketch, outputs = NETWORKS[name]()
    network = agree(sketch.save(tmp_path, *outputs), sketch.shape)
    kinds = {type(layer).__name__ for layer in network.layers}
    assert "Permute" not in kinds or name == "shuffled", "channels stay last without a transpose"


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_computes_what_onnxruntime_computes(name: str, tmp_path: Path) -> None:
    sketch, outputs = OPERATORS[name]()
    agree(sketch.save(tmp_path, *outputs), sketch.shape)


def test_of_a_network_that_ends_with_the_largest_class_the_values_are_shown(tmp_path: Path) -> None:
    """A number of a class has no gradient; the card says that it was left out."""
    sketch = Sketch("batch", 3, 8, 10)
    values = sketch.conv("image", 3, 5)
    plain = sketch.save(tmp_path, values, name="plain.onnx")
    found = check_model(sketch.save(tmp_path, sketch("ArgMax", values, axis=1, keepdims=0)), Settings())
    assert found.translation is not None and found.translation.origin.endswith("without the ArgMax at its end)")
    image = image_for(plain, sketch.shape)
    (shown,) = answers(open_translated(found.translation), image)
    np.testing.assert_allclose(shown, runtime_answers(plain, image)[0], atol=1e-5)
    inside = sketch.save(tmp_path, sketch("Cast", sketch("ArgMax", values, axis=1), to=1))
    with pytest.raises(RefusedUpload, match="1 ArgMax inside the network"):
        check_model(inside, Settings())


@pytest.mark.parametrize(("kind", "shape"), [
    (TensorProto.UINT8, ("batch", 3, 12, 16)), (TensorProto.UINT8, ("batch", 12, 16, 3)),
    (TensorProto.FLOAT16, ("batch", 3, 12, 16)),
])  # fmt: skip
def test_whole_numbers_say_how_pictures_go_in(tmp_path: Path, kind: int, shape: tuple[int | str, ...]) -> None:
    """As TensorFlow's exporters write them: bytes go in, and a Cast comes first."""
    last, sketch = shape[-1] == 3, Sketch(*shape)
    x = sketch("Cast", "image", to=TensorProto.FLOAT)
    x = sketch("GlobalAveragePool", sketch("Relu", sketch.conv(
        sketch("Transpose", x, perm=[0, 3, 1, 2]) if last else x, 3, 5)))  # fmt: skip
    made = sketch.model(sketch("Flatten", x))
    made.graph.input[0].type.tensor_type.elem_type = kind
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    library = Library(Settings(data=tmp_path / "data"))
    loaded = WarmModels(library).load(library.models.add_file(tmp_path / "model.onnx", "net"))
    whole = kind == TensorProto.UINT8
    assert not whole or (loaded.preprocess, loaded.assumed) == ("0..255", False)
    image = np.random.default_rng(0).integers(0, 256 if whole else 2, (2, *shape[1:]))
    image = image.astype(np.uint8 if whole else np.float16)
    given = image if last else image.transpose(0, 2, 3, 1)
    (wanted,) = runtime_answers(tmp_path / "model.onnx", image)
    shown = np.asarray(loaded.network(given.astype(np.float32)))
    np.testing.assert_allclose(shown, wanted, rtol=1e-4)


def test_texts_that_go_in_are_refused(tmp_path: Path) -> None:
    sketch = Sketch("batch", 3, 8, 8)
    made = sketch.model(sketch("Cast", "image", to=TensorProto.FLOAT))
    made.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(RefusedUpload, match=r"inputs of numbers.*image, of texts or truths"):
        check_model(tmp_path / "model.onnx", Settings())


def test_layers_are_called_as_in_the_network(tmp_path: Path) -> None:
    sketch, outputs = NETWORKS["residual"]()
    names = [layer.name for layer in opened(sketch.save(tmp_path, *outputs)).layers]
    assert names[:6] == ["image", "conv1_pad", "conv1", "bn1", "relu", "maxpool_pad"]
    assert {"layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu", "layer1.0.add", "layer1.1.downsample.0"} <= set(names)
    assert names[-2:] == ["avgpool", "fc"]


def test_guided_backpropagation_meets_every_relu(tmp_path: Path) -> None:
    sketch, outputs = NETWORKS["residual"]()
    network = opened(sketch.save(tmp_path, *outputs))
    with swapped_relus(network, lambda values, ceiling: values) as swapped:
        assert swapped == sum(node.op_type == "Relu" for node in sketch.nodes) == 5


def test_a_leaky_relu_behind_a_sum_keeps_its_slope_in_a_compiled_pass(tmp_path: Path) -> None:
    g = Sketch("batch", 8, 24, 24)
    x = g("LeakyRelu", g("Add", g.conv("image", 8, 8, 1), "image"), alpha=0.01)
    path = g.save(tmp_path, x)
    image = image_for(path, g.shape)
    network = opened(path)
    got = tf.function(network)(image.transpose(0, 2, 3, 1)).numpy().transpose(0, 3, 1, 2)
    np.testing.assert_allclose(got, runtime_answers(path, image)[0], atol=1e-5)


def test_an_input_of_open_sides_stays_open(tmp_path: Path) -> None:
    sketch, outputs = NETWORKS["unet"]()
    assert tuple(opened(sketch.save(tmp_path, *outputs)).inputs[0].shape) == (None, None, None, 3)


def test_two_outputs_are_two_outputs(tmp_path: Path) -> None:
    sketch, outputs = NETWORKS["two_headed"]()
    network = opened(sketch.save(tmp_path, *outputs))
    assert [tuple(one.shape) for one in network.outputs] == [(None, 3), (None, 16, 16, 2)]


def test_real_files_agree_with_what_their_framework_gave(test_data: Path) -> None:
    for path in sorted((test_data / "onnx").glob("*.onnx")):
        stored = np.load(path.with_suffix(".npz"))
        image, wanted = (stored[key] for key in stored.files)
        got = answers(opened(path), image)[0]
        assert np.abs(got - wanted).max() < 1e-4, path.name
