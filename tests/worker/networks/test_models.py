"""Loading: architectures, files, partial weights, and what stays warm."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.errors import InvalidSpec, RefusedUpload, UnknownModel, WeightsUnavailable
from shared.imagenet import imagenet_names
from shared.library import FileStore, Library, ModelRegistry
from shared.settings import MEGABYTE, Settings
from shared.uploads.labels import ClassNames
from tests.fixtures import tiny_models
from worker.networks import models as module
from worker.networks.models import WarmModels
from worker.networks.repaired_file import weights_suffix


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    settings = Settings(data=tmp_path / "data")
    return ModelRegistry(FileStore(settings.files_address), settings)


@pytest.fixture
def warm(tmp_path: Path) -> WarmModels:
    settings = Settings(data=tmp_path / "data", model_memory=12 * MEGABYTE)
    return WarmModels(Library(settings))


def test_a_random_architecture_is_the_same_every_time(warm: WarmModels) -> None:
    first = warm.load("keras/mobilenetv2/random", head=False)
    kernel = np.asarray(first.network.get_layer("Conv1").kernel)
    warm.drop(first)
    again = warm.load("keras/mobilenetv2/random", head=False)
    assert again is not first
    np.testing.assert_array_equal(np.asarray(again.network.get_layer("Conv1").kernel), kernel)
    assert (again.weights, again.title, again.preprocess) == ("random", "MobileNetV2", "-1..1")


def test_layers_have_the_same_names_whatever_was_built_before(warm: WarmModels) -> None:
    first = warm.load("keras/inceptionv3/random", head=False)
    names = [layer.name for layer in first.network.layers]
    keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.BatchNormalization()])
    warm.drop(first)
    again = warm.load("keras/inceptionv3/random", head=False)
    assert [layer.name for layer in again.network.layers] == names
    assert "conv2d" in names


def test_without_its_head_an_architecture_takes_any_size(warm: WarmModels) -> None:
    model = warm.load("keras/mobilenetv2/random", head=False)
    assert model.network.input_shape == (None, None, None, 3)
    assert model.input_size == (224, 224)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_file_gives_the_same_outputs_as_the_model_it_was_saved_from(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path, suffix: str
) -> None:
    network = tiny_models.nested()
    network.save(tmp_path / f"mine{suffix}")
    loaded = warm.load(registry.add_file(tmp_path / f"mine{suffix}", "mine"))
    pictures = np.random.default_rng(0).uniform(size=(2, 12, 12, 3)).astype(np.float32) * 255
    np.testing.assert_allclose(loaded.network(pictures), network(pictures), rtol=1e-5)
    assert (loaded.preprocess, loaded.weights, loaded.input_channels) == ("0..255", "file", 3)


def test_labels_and_preprocessing_come_from_the_card(registry: ModelRegistry, warm: WarmModels, tmp_path: Path) -> None:
    tiny_models.random_convnet().save(tmp_path / "m.keras")
    (tmp_path / "names.txt").write_text("cat\ndog\nfish\n")
    reference = registry.add_file(tmp_path / "m.keras", "mine", tmp_path / "names.txt", preprocess="-1..1")
    loaded = warm.load(reference)
    assert (loaded.labels, loaded.preprocess) == (("cat", "dog", "fish"), "-1..1")


def test_weights_of_the_first_blocks_are_enough(registry: ModelRegistry, warm: WarmModels, tmp_path: Path) -> None:
    keras.utils.set_random_seed(9)
    whole = keras.applications.MobileNetV2(weights=None, include_top=False)
    part = keras.Model(whole.input, whole.get_layer("block_2_add").output)
    part.save_weights(tmp_path / "part.weights.h5")
    reference = registry.add_weights("mobilenetv2", tmp_path / "part.weights.h5", "part", until="block_2_add")
    loaded = warm.load(reference, head=False)
    assert loaded.network.layers[-1].name == "block_2_add"
    np.testing.assert_array_equal(
        np.asarray(loaded.network.get_layer("block_1_expand").kernel),
        np.asarray(whole.get_layer("block_1_expand").kernel),
    )


def test_weights_without_a_head_are_recognised(registry: ModelRegistry, warm: WarmModels, tmp_path: Path) -> None:
    keras.utils.set_random_seed(8)
    keras.applications.MobileNetV2(weights=None, include_top=False).save_weights(tmp_path / "body.weights.h5")
    loaded = warm.load(registry.add_weights("mobilenetv2", tmp_path / "body.weights.h5", "body"))
    assert loaded.network.layers[-1].name == "out_relu"


def test_weights_that_do_not_fit_say_so(registry: ModelRegistry, warm: WarmModels, tmp_path: Path) -> None:
    tiny_models.random_convnet().save_weights(tmp_path / "other.weights.h5")
    reference = registry.add_weights("mobilenetv2", tmp_path / "other.weights.h5", "other")
    with pytest.raises(RefusedUpload, match="Expected weights that fit mobilenetv2"):
        warm.load(reference)


def test_an_unknown_last_layer_is_refused(registry: ModelRegistry, warm: WarmModels, tmp_path: Path) -> None:
    tiny_models.random_convnet().save_weights(tmp_path / "w.weights.h5")
    reference = registry.add_weights("mobilenetv2", tmp_path / "w.weights.h5", "w", until="block_99")
    with pytest.raises((InvalidSpec, UnknownModel, Exception), match="block_99"):
        warm.load(reference)


def test_two_saving_formats_of_weights_are_told_apart(tmp_path: Path) -> None:
    model = tiny_models.random_convnet()
    model.save_weights(tmp_path / "new.weights.h5")
    model.save(tmp_path / "old.h5")
    assert weights_suffix(tmp_path / "new.weights.h5") == ".weights.h5"
    assert weights_suffix(tmp_path / "old.h5") == ".h5"
    (tmp_path / "cut.h5").write_bytes((tmp_path / "new.weights.h5").read_bytes()[:2000])
    with pytest.raises(RefusedUpload, match="cut or damaged"):
        weights_suffix(tmp_path / "cut.h5")


def test_the_least_recently_used_model_is_dropped_when_memory_is_full(warm: WarmModels) -> None:
    # 9 MB each in a bound of 12 MB.
    first = warm.load("keras/mobilenetv2/random", head=False)
    warm.load("keras/mobilenetv3small/random", head=False)
    assert warm.load("keras/mobilenetv2/random", head=False) is not first


def test_a_model_that_stays_is_not_loaded_again(warm: WarmModels) -> None:
    assert warm.load("keras/mobilenetv3small/random", head=False) is warm.load(
        "keras/mobilenetv3small/random", head=False
    )


def test_weights_that_cannot_be_downloaded_name_the_file_and_the_ways_out(
    warm: WarmModels, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def no_network(*_: object) -> object:
        raise Exception("URL fetch failure on https://somewhere/keras/vgg16_notop.h5: None -- unreachable")

    monkeypatch.setattr(module, "_applications", no_network)
    with pytest.raises(WeightsUnavailable) as caught:
        warm.load("keras/vgg16/imagenet", head=False)
    text = str(caught.value)
    assert f"or put vgg16_notop.h5 into {tmp_path / 'keras' / 'models'}), or use" in text
    assert "convscope models add keras/vgg16 FILE" in text
    assert "keras/vgg16/random" in text


def test_weights_from_disk_show_imagenets_names_offline(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path
) -> None:
    keras.applications.MobileNetV2(weights=None, alpha=1.0).save_weights(tmp_path / "w.weights.h5")
    loaded = warm.load(registry.add_weights("mobilenetv2", tmp_path / "w.weights.h5", "w"))
    assert loaded.labels == imagenet_names() and loaded.labels[285] == "Egyptian_cat"
    assert warm.load("keras/mobilenetv2/random").labels == (), "it has learned nothing"


def test_a_network_of_a_thousand_outputs_is_not_taken_for_imagenets(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path
) -> None:
    layers = [keras.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1000)]
    keras.Sequential(layers).save(tmp_path / "mine.keras")
    assert warm.load(registry.add_file(tmp_path / "mine.keras", "mine")).labels == ()
    named = registry.add_file(tmp_path / "mine.keras", "named", ClassNames(imagenet_names()))
    assert warm.load(named).labels == imagenet_names()


def test_a_file_with_the_head_of_published_weights_is_imagenets(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = [keras.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1000, name="end")]
    network = keras.Sequential(layers)
    network.get_layer("end").bias.assign(np.linspace(-1, 1, 1000))
    network.save(tmp_path / "copy.keras")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras" / "models").mkdir(parents=True)
    (tmp_path / "keras" / "models" / "broken.h5").write_bytes(b"x")
    reference = registry.add_file(tmp_path / "copy.keras", "copy")
    assert warm.load(reference).labels == ()
    network.save_weights(tmp_path / "keras" / "models" / "published.weights.h5")
    warm.drop(warm.load(reference))
    assert warm.load(reference).labels == imagenet_names()
    network.get_layer("end").bias.assign(np.linspace(-1, 2, 1000))
    network.save(tmp_path / "tuned.keras")
    assert warm.load(registry.add_file(tmp_path / "tuned.keras", "tuned")).labels == ()


def test_names_that_do_not_fit_the_opened_network_are_refused(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path
) -> None:
    """A card of before names were counted, or of a file that did not tell its outputs."""
    tiny_models.random_convnet().save(tmp_path / "m.keras")
    reference = registry.keep_trained(tmp_path / "m.keras", ("cat", "dog"), "0..1")
    with pytest.raises(RefusedUpload, match=r"3 class names.*2 names, 3 outputs"):
        warm.load(reference)


def test_a_model_with_inputs_of_two_shapes_is_refused_with_them(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path
) -> None:
    inputs = [keras.Input((8, 8, 3)), keras.Input((4,))]
    flat = keras.layers.GlobalAveragePooling2D()(inputs[0])
    model = keras.Model(inputs, keras.layers.Concatenate()([flat, inputs[1]]))
    model.save(tmp_path / "two.keras")
    with pytest.raises(RefusedUpload, match=r"of one shape\. Received: '2 inputs, \(8, 8, 3\) and \(4\)'.*branch"):
        registry.add_file(tmp_path / "two.keras", "two")
    assert not registry.records()


@pytest.mark.parametrize(("shape", "said"), [((28, 28), r"\(28, 28\)"), ((None, 24, 24, 3), r"\(any, 24, 24, 3\)"),
                                             ((8,), r"\(8\)")])  # fmt: skip
def test_a_model_that_takes_no_picture_is_refused_before_it_is_kept(
    registry: ModelRegistry, tmp_path: Path, shape: tuple[int | None, ...], said: str
) -> None:
    """Rows of numbers, video, text: they used to be added, and failed in whatever was then asked of them."""
    keras.Sequential([keras.Input(shape), keras.layers.Dense(2)]).save(tmp_path / "rows.keras")
    with pytest.raises(RefusedUpload, match=rf"takes a picture \(height, width, channel\)\. Received: '{said}'"):
        registry.add_file(tmp_path / "rows.keras", "rows")
    assert not registry.records()


def test_the_way_out_for_rows_of_numbers_works(registry: ModelRegistry, warm: WarmModels, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.save(tmp_path / "digits.keras")
    with pytest.raises(RefusedUpload) as refused:
        registry.add_file(tmp_path / "digits.keras", "digits")
    said = "keras.Sequential([keras.Input((height, width, channels)), keras.layers.Reshape((28, 28)), model])"
    assert said in str(refused.value)
    keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Reshape((28, 28)), model]).save(tmp_path / "seen.keras")
    assert warm.load(registry.add_file(tmp_path / "seen.keras", "digits")).network.input_shape == (None, 28, 28, 1)


@pytest.mark.parametrize("layer", [keras.layers.Conv2D(3, 3), keras.layers.Conv2D(3, 3, strides=2)])
def test_the_limits_on_memory_are_lifted_after_a_load(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path, layer: keras.layers.Layer
) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    keras.Sequential([keras.Input((8, 8, 3)), layer]).save(tmp_path / "m.keras")
    warm.load(registry.add_file(tmp_path / "m.keras", "m"))
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_scale_that_is_assumed_is_told_of_requests_that_name_the_model(
    registry: ModelRegistry, warm: WarmModels, tmp_path: Path
) -> None:
    tiny_models.random_convnet().save(tmp_path / "m.keras")
    assumed, said = (
        registry.add_file(tmp_path / "m.keras", "a"),
        registry.add_file(tmp_path / "m.keras", "b", None, "0..1"),
    )
    assert (warm.load(assumed).assumed, warm.load(said).assumed) == (True, False)
    assert warm.assumed_scales(f'{{"model":"{assumed}","other":"{said}"}}') == {assumed: "0..1"}
    assert warm.assumed_scales(f'{{"model":"{said}"}}') == {}


@pytest.fixture
def _fused_again() -> Iterator[None]:
    """TensorFlow's fused kernels as they were, for other tests."""
    yield
    tf.config.optimizer.set_experimental_options({"remapping": True})


@pytest.mark.usefixtures("_fused_again")
@pytest.mark.parametrize("as_layer", [True, False])
def test_a_leaky_relu_behind_a_sum_keeps_its_slope_when_it_is_compiled(tmp_path: Path, as_layer: bool) -> None:
    """TensorFlow's fused kernel takes every slope for 0.2, so that a compiled pass is another network."""
    leak = keras.layers.LeakyReLU(0.01) if as_layer else lambda x: keras.ops.leaky_relu(x, 0.01)
    picture = keras.Input((12, 12, 3))
    first = keras.layers.Conv2D(4, 3, padding="same")(picture)
    both = keras.layers.Add()([first, keras.layers.Conv2D(4, 3, padding="same")(first)])
    network = keras.Model(picture, keras.layers.GlobalAveragePooling2D()(leak(both)))
    network.save(tmp_path / "leaky.keras")
    library = Library(Settings(data=tmp_path / "data"))
    loaded = WarmModels(library).load(library.models.add_file(tmp_path / "leaky.keras", "leaky"))
    pictures = np.random.default_rng(0).random((2, 12, 12, 3)).astype(np.float32) * 4 - 2
    compiled = tf.function(loaded.network).get_concrete_function(tf.TensorSpec((None, 12, 12, 3), tf.float32))
    np.testing.assert_allclose(compiled(tf.constant(pictures)), network(pictures), atol=1e-5)
