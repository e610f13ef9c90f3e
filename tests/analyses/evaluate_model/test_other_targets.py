"""`evaluate_model` on sets of numbers, of masks, of several classes a picture, against the network's own call."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import EvaluateModel
from shared.analyses.evaluate_model.metrics import all_metrics
from shared.analyses.evaluate_model.parts import ANSWERS, MASKS, NUMBERS
from shared.errors import InvalidSpec
from shared.library import Library, ModelCard
from shared.library.datasets.splits import Shares
from shared.results import Part, Progress
from shared.settings import Settings
from tests.fixtures import tiny_models
from tests.fixtures.small_datasets import encoded, write_folder
from tests.fixtures.worker_context import context
from worker.analyses.evaluate_model import analysis
from worker.networks.models import LoadedModel

layers = keras.layers
SIDE, COUNT = 8, 24
REAL = Path(os.environ.get("CONVSCOPE_TEST_DATA", "")) / "heads"


def photographs() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (COUNT, SIDE, SIDE, 3), np.uint8)


def named(network: keras.Model, *labels: str, **own: tuple[str, ...]) -> LoadedModel:
    known = tiny_models.loaded(network)
    object.__setattr__(known, "labels", labels)
    object.__setattr__(known, "card", ModelCard(labels=labels, output_labels=own))
    return known


def kept(folder: Path, files: dict[str, bytes]) -> Any:
    """The data set "toys" of these files, all in its test split but what a split has to have."""
    source = write_folder(folder / "source", files)
    registry = Library(Settings(data=folder)).datasets
    registry.keep(registry.check(source), "toys", Shares(validation=0.0, test=0.5))
    return registry.open("toys")


def evaluate(folder: Path, model: LoadedModel, **fields: Any) -> list[Part]:
    spec = EvaluateModel(**{"model": "tiny", "dataset": "toys", **fields})
    items = list(analysis.evaluate_model(spec, context(folder, tiny=model)))
    parts = [item for item in items if isinstance(item, Part)]
    said = [item.facts["metrics"] for item in items if isinstance(item, Progress) and "metrics" in item.facts]
    assert said[1:] == [all_metrics(parts)] and set(said[0]) == {"pictures"}, "how many there are is said at once"
    return parts


def mean_colours(units: int, activation: str = "linear", name: str = "end") -> keras.Model:
    picture = keras.Input((SIDE, SIDE, 3))
    end = layers.Dense(units, activation, name=name)
    network = keras.Model(picture, end(layers.GlobalAveragePooling2D()(picture)))
    end.set_weights([np.eye(3, units, dtype=np.float32) * 10, np.full(units, 0.5, np.float32)])
    return network


def table(folder: Path, *columns: str) -> Any:
    files = {f"images/{i:02d}.png": encoded(one) for i, one in enumerate(photographs())}
    rows = [f"images/{i:02d}.png,{i / 10},{5 - i / 5}" for i in range(COUNT)]
    return kept(folder, files | {"labels.csv": "\n".join([f"file,{','.join(columns)}", *rows]).encode()})


@pytest.mark.parametrize("units", [1, 2])
def test_numbers_stand_beside_the_true_ones(tmp_path: Path, units: int) -> None:
    dataset = table(tmp_path, "age (years)", "size")
    known = named(mean_colours(units), *("age", "size")[:units])
    (part,) = evaluate(tmp_path, known)
    arrays, facts = NUMBERS.read_arrays(part), NUMBERS.read(part)
    assert facts["names"] == ["age (years)", "size"][:units]
    for row, number in enumerate(arrays["pictures"]):
        pixels = np.asarray(dataset.image(int(number)), np.float32) / 255
        said = np.asarray(known.network(pixels[None]))[0]
        np.testing.assert_allclose(arrays["predicted"][row], said, atol=1e-4)
        place = int(Path(dataset.card.pictures[number].path).stem)
        np.testing.assert_allclose(arrays["true"][row], [place / 10, 5 - place / 5][:units], atol=1e-5)


def test_of_several_outputs_the_one_that_fits_the_data_set_is_judged(tmp_path: Path) -> None:
    table(tmp_path, "age", "size")
    picture = keras.Input((SIDE, SIDE, 3))
    seen = layers.GlobalAveragePooling2D()(picture)
    outputs = {"kind": layers.Dense(3, "softmax", name="k")(seen), "size": layers.Dense(1, "relu", name="s")(seen)}
    known = named(keras.Model(picture, outputs))
    assert NUMBERS.read(evaluate(tmp_path, known)[0])["names"] == ["size"]
    with pytest.raises(InvalidSpec, match=r"gives numbers, for a data set of numbers.*kind"):
        evaluate(tmp_path, known, model_output="kind")


def test_numbers_that_are_others_are_refused(tmp_path: Path) -> None:
    table(tmp_path, "age", "size")
    with pytest.raises(InvalidSpec, match=r"age, size.*3 numbers of tiny"):
        evaluate(tmp_path, named(mean_colours(3, "tanh")))


def painted() -> tuple[np.ndarray, np.ndarray]:
    """Pictures whose red says the class of each pixel, and the masks; some pixels belong to none."""
    masks = np.random.default_rng(5).integers(0, 3, (COUNT, SIDE, SIDE), np.uint8)
    pictures = np.zeros((COUNT, SIDE, SIDE, 3), np.uint8)
    pictures[..., 0] = masks * 120
    masks[:, 0, :3] = 255
    return pictures, masks


def by_red(wrong: bool = False) -> keras.Model:
    """A softmax over three classes by how red a pixel is; `wrong` takes class 2 for class 1."""
    picture = keras.Input((SIDE, SIDE, 3))
    end = layers.Conv2D(3, 1, activation="softmax", name="mask")
    network = keras.Model(picture, end(picture))
    kernel, steepness = np.zeros((1, 1, 3, 3), np.float32), 200.0
    kernel[0, 0, 0] = [0, steepness, 2 * steepness * (0.1 if wrong else 1)]
    end.set_weights([kernel, np.float32([0, -steepness * 0.25, -steepness * (10 if wrong else 0.95)])])
    return network


@pytest.mark.parametrize("wrong", [False, True])
def test_masks_are_compared_pixel_by_pixel(tmp_path: Path, wrong: bool) -> None:
    pictures, masks = painted()
    files = {f"images/{i:02d}.png": encoded(one) for i, one in enumerate(pictures)}
    dataset = kept(tmp_path, files | {f"masks/{i:02d}.png": encoded(one) for i, one in enumerate(masks)})
    (part,) = evaluate(tmp_path, named(by_red(wrong)), batch=5)
    arrays = MASKS.read_arrays(part)
    places = [int(Path(dataset.card.pictures[number].path).stem) for number in arrays["pictures"]]
    true = masks[places]
    said = np.where((true == 2) & wrong, 1, true)
    for number in range(3):
        for other in range(3):
            assert arrays["cells"][number, other] == ((true == number) & (said == other)).sum(), (number, other)
    assert arrays["cells"].sum() == (true != 255).sum()
    assert (arrays["iou"] == 1).all() or wrong


def test_a_network_of_another_kind_is_refused_and_says_what_it_gives(tmp_path: Path) -> None:
    pictures, masks = painted()
    files = {f"images/{i:02d}.png": encoded(one) for i, one in enumerate(pictures)}
    kept(tmp_path, files | {f"masks/{i:02d}.png": encoded(one) for i, one in enumerate(masks)})
    with pytest.raises(InvalidSpec, match=r"a mask of classes, for a data set of masks.*end"):
        evaluate(tmp_path, named(mean_colours(3, "softmax")))
    picture = keras.Input((SIDE, SIDE, 3))
    others = keras.Model(picture, layers.Conv2D(7, 1, activation="softmax")(picture))
    with pytest.raises(InvalidSpec, match="one output for each"):
        evaluate(tmp_path, named(others))


def test_each_output_is_judged_by_its_own_column(tmp_path: Path) -> None:
    files = {f"images/{i:02d}.png": encoded(one) for i, one in enumerate(photographs())}
    rows = [f"images/{i:02d}.png,{('disc', 'square')[i % 2]},{('red', 'green', 'blue')[i % 3]}" for i in range(COUNT)]
    dataset = kept(tmp_path, files | {"labels.csv": "\n".join(["file,shape,colour", *rows]).encode()})
    picture = keras.Input((SIDE, SIDE, 3))
    seen = layers.GlobalAveragePooling2D()(picture)
    outputs = {
        "shape": layers.Dense(2, "softmax", name="a")(seen),
        "colour": layers.Dense(3, "softmax", name="b")(seen),
    }
    known = named(keras.Model(picture, outputs), shape=("square", "disc"), colour=("blue", "green", "red"))
    for output, classes, step in (("shape", ("disc", "square"), 2), ("colour", ("red", "green", "blue"), 3)):
        (part,) = evaluate(tmp_path, known, model_output=output)
        arrays, facts = ANSWERS.read_arrays(part), ANSWERS.read(part)
        for row, number in enumerate(arrays["pictures"]):
            place = int(Path(dataset.card.pictures[number].path).stem)
            assert facts["classes"][arrays["labels"][row]] == classes[place % step]
            pixels = np.asarray(dataset.image(int(number)), np.float32) / 255
            said = known.network(pixels[None])[output][0]
            name = known.card.output_labels[output][int(np.argmax(said))]
            assert facts["classes"][arrays["predicted"][row]] == name


@pytest.mark.skipif(not REAL.is_dir(), reason="CONVSCOPE_TEST_DATA has no folder heads")
def test_real_networks_of_masks_and_of_two_outputs_score_what_their_makers_say(tmp_path: Path) -> None:
    library = Library(Settings(data=tmp_path))
    for name, folder in (("circles", REAL / "circles"), ("toys", REAL / "toys")):
        library.datasets.keep(library.datasets.check(folder), name, Shares(validation=0.0, test=0.5))
    library.models.add_file(REAL / "circles_unet.keras", "unet")
    library.models.add_file(REAL / "shape_and_colour.keras", "toynet")
    where = context(tmp_path)

    def metrics(**fields: Any) -> dict[str, Any]:
        items = list(analysis.evaluate_model(EvaluateModel(**fields), where))
        return all_metrics(item for item in items if isinstance(item, Part))

    assert metrics(model="unet", dataset="circles")["iou_object"] == pytest.approx(0.964, abs=0.01)
    for output in ("shape", "colour"):
        assert metrics(model="toynet", dataset="toys", model_output=output)["accuracy"] >= 0.95


def test_a_picture_of_another_size_has_its_mask_cut_likewise(tmp_path: Path) -> None:
    """Of a picture twice as wide as high the middle is seen, of its mask too."""
    pictures, masks = painted()
    wide, cut = np.zeros((COUNT, SIDE, 2 * SIDE, 3), np.uint8), np.zeros((COUNT, SIDE, 2 * SIDE), np.uint8)
    wide[:, :, 4:12], cut[:, :, 4:12] = pictures, masks
    files = {f"images/{i:02d}.png": encoded(Image.fromarray(one)) for i, one in enumerate(wide)}
    kept(tmp_path, files | {f"masks/{i:02d}.png": encoded(one) for i, one in enumerate(cut)})
    assert all_metrics(evaluate(tmp_path, named(by_red())))["pixel_accuracy"] == 1
