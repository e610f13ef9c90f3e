"""Models by reference and name: what they stand for, and what is refused."""

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from shared.errors import InvalidSpec, RefusedUpload, UnknownModel
from shared.library import FileStore, ModelCard, ModelRegistry
from shared.settings import Settings
from shared.uploads.labels import ClassNames


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


@pytest.fixture
def registry(files: FileStore, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(files, Settings(data=tmp_path, max_upload=4 * 1024 * 1024))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weights file as save_weights() writes it, in shape if not in size."""
    path = tmp_path / "vgg.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/block1_conv1/vars/0"] = np.zeros((3, 3, 3, 64), "float32")
    return path


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A legacy .h5 model of one layer, written by hand."""
    path = tmp_path / "small.h5"
    config = {"name": "d", "units": 4, "batch_input_shape": [None, 2, 2, 8]}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "config": config}]}}
        )
        file["model_weights/d/kernel:0"] = np.zeros((8, 4), "float32")
        file["model_weights/d/bias:0"] = np.zeros(4, "float32")
    return path


def _given(registry: ModelRegistry) -> dict[str, str]:
    """Names that people gave."""
    return {name: reference for name, reference in registry.names().items() if not name.startswith("bundled/")}


def _labels(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.txt"
    path.write_text(text)
    return path


@pytest.mark.parametrize("reference", ["keras/vgg16/imagenet", "keras/mobilenetv2/random"])
def test_an_architecture_stands_for_itself(registry: ModelRegistry, reference: str) -> None:
    assert registry.resolve(reference) == reference


def test_an_architectures_card_says_how_pictures_go_in(registry: ModelRegistry) -> None:
    card = registry.card("keras/vgg16/random")
    assert (card.reference, card.architecture, card.weights) == ("keras/vgg16/random", "vgg16", "random")
    assert (card.preprocess, card.file, card.until) == ("caffe", "", "")


def test_an_unknown_architecture_lists_near_ones(registry: ModelRegistry) -> None:
    with pytest.raises(UnknownModel, match=r"'vgg61'\. Did you mean vgg1[69].*Choose one of: convnext"):
        registry.resolve("keras/vgg61/imagenet")


@pytest.mark.parametrize("reference", ["keras/vgg16", "keras/vgg16/", "keras/vgg16/mnist", "keras/vgg16/random/2"])
def test_an_architecture_without_known_weights_is_refused(registry: ModelRegistry, reference: str) -> None:
    with pytest.raises(UnknownModel, match="imagenet"):
        registry.resolve(reference)


def test_an_unknown_name_lists_near_ones(registry: ModelRegistry, weights: Path) -> None:
    registry.add_weights("vgg16", weights, "birds-vgg")
    with pytest.raises(UnknownModel, match=r"'bird-vgg'\. Did you mean birds-vgg\? Choose one of: birds-vgg"):
        registry.resolve("bird-vgg")


def test_a_name_in_an_empty_registry_says_what_to_use(registry: ModelRegistry) -> None:
    with pytest.raises(UnknownModel, match=r"No model has been added yet: use keras/.*convscope models add"):
        registry.resolve("mine")


def test_a_digest_that_was_never_added_is_unknown(registry: ModelRegistry) -> None:
    with pytest.raises(UnknownModel, match=r"Add it under Models .in a terminal: `convscope models add`"):
        registry.resolve("sha256:" + "0" * 64)


def test_a_name_stands_for_the_reference_it_was_given_with(registry: ModelRegistry, weights: Path) -> None:
    reference = registry.add_weights("vgg16", weights, "birds")
    assert reference.startswith("sha256:")
    assert registry.resolve("birds") == registry.resolve(reference) == reference
    assert _given(registry) == {"birds": reference}


def test_a_card_of_weights_tells_all_that_builds_the_model(
    registry: ModelRegistry, files: FileStore, weights: Path, tmp_path: Path
) -> None:
    labels = _labels(tmp_path, "sparrow\nrobin\n")
    registry.add_weights("vgg16", weights, "birds", until="block3_pool", labels=labels)
    card = registry.card("birds")
    assert (card.architecture, card.until, card.preprocess) == ("vgg16", "block3_pool", "caffe")
    assert card.labels == ("sparrow", "robin")
    assert files.read(card.weights) == weights.read_bytes()
    assert card.reference == registry.resolve("birds")


def test_options_are_part_of_the_reference(registry: ModelRegistry, weights: Path, tmp_path: Path) -> None:
    plain = registry.add_weights("vgg16", weights, "a")
    assert registry.add_weights("vgg16", weights, "b") == plain
    others = {
        registry.add_weights("vgg16", weights, "c", until="block1_pool"),
        registry.add_weights("vgg16", weights, "d", until="block1_pool", labels=_labels(tmp_path, "x\ny")),
        registry.add_weights("vgg19", weights, "e"),
    }
    assert len(others | {plain}) == 4


def test_a_model_file_is_its_own_card(registry: ModelRegistry, files: FileStore, model_file: Path) -> None:
    reference = registry.add_file(model_file, "small", title="Small net")
    card = registry.card("small")
    assert (card.reference, card.file, card.architecture) == (reference, reference, "")
    assert files.read(reference) == model_file.read_bytes()
    (record,) = registry.records()
    assert (record["name"], record["title"], record["source"]) == ("small", "Small net", "file")


def test_a_model_file_with_options_gets_a_card(registry: ModelRegistry, model_file: Path, tmp_path: Path) -> None:
    plain = registry.add_file(model_file, "plain")
    scaled = registry.add_file(model_file, "scaled", preprocess="-1..1", labels=_labels(tmp_path, "a\nb\nc\nd"))
    assert scaled != plain
    card = registry.card("scaled")
    assert (card.file, card.preprocess, card.labels) == (plain, "-1..1", ("a", "b", "c", "d"))


def test_a_name_given_again_moves(registry: ModelRegistry, weights: Path) -> None:
    old = registry.add_weights("vgg16", weights, "ours")
    new = registry.add_weights("vgg19", weights, "ours")
    assert registry.resolve("ours") == new
    assert registry.resolve(old) == old  # a reference never changes its meaning


@pytest.mark.parametrize("count", [0, 3, 5])
def test_as_many_names_as_outputs_are_needed(
    registry: ModelRegistry, model_file: Path, weights: Path, tmp_path: Path, count: int
) -> None:
    names = ClassNames(tuple(f"class {i}" for i in range(count)))
    if not count:
        registry.add_file(model_file, "unnamed", names)
        assert registry.card("unnamed").labels == ()
        return
    with pytest.raises(RefusedUpload, match=rf"4 class names of small\.h5.*{count} names, 4 outputs.*a line too many"):
        registry.add_file(model_file, "small", names)
    with pytest.raises(RefusedUpload, match=rf"1,000 class names of VGG16.*{count} names"):
        registry.add_weights("vgg16", weights, "vgg", labels=names)
    assert _given(registry) == {}


def test_names_of_several_outputs_go_by_the_outputs_names(registry: ModelRegistry, tmp_path: Path) -> None:
    path = tmp_path / "two.keras"
    picture = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(picture)
    ends = {"shape": keras.layers.Dense(2, name="a")(flat), "sick": keras.layers.Dense(1, name="b")(flat)}
    keras.Model(picture, ends).save(path)
    given = {"shape": ("round", "square"), "sick": ("yes",)}
    registry.add_file(path, "two", ClassNames(outputs=given))
    card = registry.card("two")
    assert (card.labels, card.output_labels) == ((), given)
    assert ModelCard.from_json(card.to_json(), card.reference) == card
    for wrong, words in (
        (ClassNames(("round", "square")), "--labels shape=FILE --labels sick=FILE"),
        (ClassNames(outputs={"form": ("round", "square")}), "shape, sick"),
        (ClassNames(outputs={"shape": ("round",)}), "the output shape of two.keras"),
        (ClassNames(outputs={"sick": ("a", "b", "c")}), "1 or 2 class names for the single unit"),
    ):
        with pytest.raises(RefusedUpload, match=words):
            registry.add_file(path, "wrong", wrong)


def test_a_card_without_names_by_output_is_what_it_was() -> None:
    """Its text is digested to a reference, which stands in keys of results and in bookmarks."""
    card = ModelCard(file="sha256:" + "0" * 64, labels=("a", "b"), preprocess="0..1")
    assert card.to_json() == f'{{"file":"sha256:{"0" * 64}","labels":["a","b"],"preprocess":"0..1"}}'


def test_many_names_in_any_letters_still_make_a_card(registry: ModelRegistry, tmp_path: Path) -> None:
    path = tmp_path / "many.h5"
    config = {"name": "d", "units": 50_000, "batch_input_shape": [None, 2, 2, 1]}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "config": config}]}}
        )
        file["model_weights/d/kernel:0"] = np.zeros((1, 50_000), "float32")
        file["model_weights/d/bias:0"] = np.zeros(50_000, "float32")
    registry.add_file(path, "many", ClassNames(tuple(f"\u732b{i}\u72ac\u72ac\u72ac" for i in range(50_000))))
    assert registry.card("many").labels[-1] == "\u732b49999\u72ac\u72ac\u72ac"


def test_weights_that_are_not_hdf5_are_refused(registry: ModelRegistry, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(RefusedUpload, match=r"a Keras weights file \(HDF5\)\. Received: 'weights.pth'\. Save it with"):
        registry.add_weights("vgg16", path, "bad")
    assert _given(registry) == {}


def test_weights_over_the_limit_are_refused(files: FileStore, weights: Path, tmp_path: Path) -> None:
    small = ModelRegistry(files, Settings(data=tmp_path, max_upload=1024))
    with pytest.raises(RefusedUpload, match="at most 1024 bytes"):
        small.add_weights("vgg16", weights, "big")
    assert _given(small) == {}


@pytest.mark.parametrize("name", ["", "../evil", "a b", "keras", "sample", "-x", "a" * 81])
def test_a_name_that_would_be_misread_is_refused(registry: ModelRegistry, weights: Path, name: str) -> None:
    with pytest.raises(InvalidSpec, match=r"Expected a name of letters.*Choose another name"):
        registry.add_weights("vgg16", weights, name)


def test_an_unknown_preprocess_lists_the_known_ones(registry: ModelRegistry, model_file: Path) -> None:
    with pytest.raises(InvalidSpec, match=r"Received: 'rgb'.*Choose one of: 0\.\.1, -1\.\.1, 0\.\.255, caffe, torch"):
        registry.add_file(model_file, "small", preprocess="rgb")


def test_a_card_reads_back_what_it_wrote() -> None:
    card = ModelCard("sha256:x", "vgg16", "sha256:y", "block1_pool", labels=("a", "b"), preprocess="caffe")
    assert ModelCard.from_json(card.to_json(), "sha256:x") == card
