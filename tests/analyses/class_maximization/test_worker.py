"""Class images: the class asked for is the one that rises, by its logit, and what is said of a picture is true of it.

Each was seen to fail with the matching line broken: the gradient's sign, the class number, the preprocessing, the
sigmoid's other answer, a finished part made again.
"""

import functools
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import KINDS
from shared.analyses.class_maximization.files import class_arrays, image_stem
from shared.analyses.class_maximization.parts import CLASS_PREVIEW
from shared.analyses.class_maximization.spec import ClassMaximization, class_parts
from shared.errors import InvalidSpec
from shared.results import Part, Progress, decode_part, encode_part
from shared.store import RunRecord
from tests.fixtures.tiny_models import colour_filters, loaded, nested, random_convnet
from tests.fixtures.worker_context import context
from worker.analyses.class_maximization import class_maximization
from worker.networks.models import LoadedModel

layers = keras.layers


@functools.cache  # what was traced for a model is kept with it
def colour_classes(units: int = 3, activation: str = "softmax", scale: float = 8.0) -> LoadedModel:
    """Class 0 wants red, 1 green, 2 blue, as means over an 8 × 8 picture; one unit wants red."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 1, use_bias=False, name="mixed")(inputs)
    outputs = layers.Dense(units, activation, name="classes")(layers.GlobalAveragePooling2D()(x))
    network = keras.Model(inputs, outputs)
    network.layers[1].set_weights([np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3)])
    kernel = scale * (np.eye(3, dtype=np.float32) * 3 - 1)[:, :units]
    network.layers[-1].set_weights([kernel, np.zeros(units, np.float32)])
    return loaded(network)


def run(folder: Path, model: LoadedModel, finished: frozenset[int] = frozenset(), **fields: object) -> dict[int, Part]:
    spec = ClassMaximization.from_fields(
        {"model": "m", "classes": (0,), "steps": 24, "precision": "float32", "total_variation": 0} | fields
    )
    assert isinstance(spec, ClassMaximization)
    found = list(class_maximization(spec, context(folder, finished, m=model)))
    assert any(isinstance(item, Progress) and item.total == len(class_parts(spec)) for item in found)
    return {p.index: decode_part(encode_part(p)) for p in found if isinstance(p, Part)}


def test_each_class_gets_its_colour_naively_and_regularised(tmp_path: Path) -> None:
    parts = run(tmp_path, colour_classes(), classes=(0, 1, 2), steps=60)
    assert [(p.facts["class"], p.facts["how"]) for _, p in sorted(parts.items())] == [
        (c, how) for c in (0, 1, 2) for how in ("naive", "regularised")
    ]
    for part in parts.values():
        colours = part.pictures["image"].reshape(-1, 3).mean(axis=0)
        assert colours.argmax() == part.facts["class"], part.name
        assert part.arrays["logit"][-1] > part.arrays["logit"][0] + 1
        assert part.facts["top"][0]["class"] == part.facts["class"]


def test_what_is_said_of_the_shown_picture_is_the_networks_answer_to_it(tmp_path: Path) -> None:
    model = colour_classes()
    for part in run(tmp_path, model, classes=(1,)).values():
        probabilities = np.asarray(model.network(part.pictures["image"][None].astype(np.float32) / 255.0))[0]
        assert part.facts["shown_probability"] == pytest.approx(probabilities[1], abs=1e-5)
        assert part.facts["top"][0]["probability"] == pytest.approx(probabilities.max(), abs=1e-5)


def test_the_logit_is_maximised_where_the_softmax_is_already_sure(tmp_path: Path) -> None:
    """With these weights the probability is 1.0 in float32 after the first steps: its own gradient is zero."""
    part = run(tmp_path, colour_classes(scale=200.0), classes=(2,), naive=False, steps=40)[0]
    sure = part.facts["sure_after"]
    assert sure is not None and part.arrays["probability"][-1] == 1.0
    assert part.arrays["logit"][-1] > part.arrays["logit"][sure] + 1


def test_both_answers_of_a_single_sigmoid_unit(tmp_path: Path) -> None:
    parts = run(tmp_path, colour_classes(1, "sigmoid"), classes=(0, 1), naive=False, steps=60)
    no, yes = (parts[i].pictures["image"].reshape(-1, 3).mean(axis=0) for i in (0, 1))
    assert yes[0] > yes[1] + 20 and no[0] < no[1] - 20
    assert parts[0].arrays["logit"][-1] > parts[0].arrays["logit"][0]
    assert "negated logit" in parts[0].facts["words"]


def test_the_curves_have_a_value_a_step_and_the_start(tmp_path: Path) -> None:
    part = run(tmp_path, colour_classes(), naive=False)[0]
    for name in ("objective", "logit", "probability"):
        assert part.arrays[name].shape == (25,) and part.arrays[name].dtype == np.float32
    probabilities = part.arrays["probability"]
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert part.arrays["history"].dtype == np.uint8 and len(part.arrays["history"]) > 5


def test_regularizers_are_taken_from_the_logit(tmp_path: Path) -> None:
    model = loaded(random_convnet(16))
    rough, smooth = (
        run(tmp_path, model, naive=False, size=16, steps=48, total_variation=weight)[0].pictures["image"]
        for weight in (0.0, 200.0)
    )
    variation = [np.abs(np.diff(p.astype(float), axis=1)).mean() for p in (rough, smooth)]
    assert variation[1] < 0.8 * variation[0]


def test_the_best_of_several_tries_is_shown(tmp_path: Path) -> None:
    model = loaded(random_convnet(16))
    one, three = (run(tmp_path, model, naive=False, tries=n, steps=8)[0].facts["logit"] for n in (1, 3))
    assert three >= one


def test_finished_parts_are_not_made_again_and_the_rest_is_the_same(tmp_path: Path) -> None:
    whole = run(tmp_path, colour_classes(), classes=(0, 1))
    rest = run(tmp_path, colour_classes(), frozenset({0, 1}), classes=(0, 1))
    assert set(rest) == {2, 3}
    for index in rest:
        assert np.array_equal(rest[index].pictures["image"], whole[index].pictures["image"])


def test_nested_and_grey_models(tmp_path: Path) -> None:
    assert set(run(tmp_path, loaded(nested(), "0..255"), steps=4)) == {0, 1}
    grey = run(tmp_path, loaded(random_convnet(16, channels=1)), steps=4)
    assert grey[1].pictures["image"].shape == (16, 16)


def test_a_class_beyond_the_head_and_a_model_without_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match=r"below 3.*Received: 7"):
        run(tmp_path, colour_classes(), classes=(7,))
    with pytest.raises(InvalidSpec, match="an output to explain"):
        run(tmp_path, loaded(colour_filters()))


def test_a_picture_that_the_head_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="16 × 16"):
        run(tmp_path, loaded(random_convnet(16)), size=24)


@pytest.mark.parametrize(
    ("fields", "said"), [({"classes": ()}, "classes"), ({"size": 4}, "at least 8"), ({"classes": (-1,)}, "from 0 on")]
)
def test_bad_requests_are_refused_before_any_work(fields: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidSpec, match=said):
        ClassMaximization.from_fields({"model": "m", "classes": (0,)} | fields)


def test_names_and_numbers_from_a_shell() -> None:
    spec = ClassMaximization.from_fields({"model": "m", "classes": "65, magpie,65"})
    assert json.loads(spec.canonical_json())["classes"] == [65, "magpie"]


def test_files(tmp_path: Path) -> None:
    parts = run(tmp_path / "data", colour_classes(), classes=(0,))
    folder = tmp_path / "out"
    folder.mkdir()
    KINDS["class_maximization"].write(folder, RunRecord("key", "complete", "class_maximization"), parts)
    stems = [image_stem(parts[i]) for i in (0, 1)]
    assert stems == ["000_naive", "000_regularised"]
    assert {p.name for p in folder.iterdir()} == {
        *(f"{s}.{end}" for s in stems for end in ("png", "gif")), "history.gif", "arrays.npz"
    }  # fmt: skip
    assert np.array_equal(np.asarray(Image.open(folder / "000_naive.png")), parts[0].pictures["image"])
    arrays = class_arrays(parts)
    assert arrays["images"].shape == (2, 8, 8, 3) and arrays["how"].tolist() == ["naive", "regularised"]


def test_pictures_are_shown_on_their_way_and_the_result_is_the_same(tmp_path: Path) -> None:
    spec = ClassMaximization.from_fields(
        {"model": "m", "classes": (0, 2), "steps": 48, "precision": "float32", "total_variation": 0, "tries": 2}
    )
    found = list(class_maximization(spec, context(tmp_path, m=colour_classes())))
    shown = [part for item in found if isinstance(item, Progress) for part in item.previews]
    assert {part.index for part in shown} == set(range(4))
    assert sorted({part.facts["step"] for part in shown}) == [2, 6, 12, 24, 36]
    for part in shown:
        CLASS_PREVIEW.check(part)
        assert part.facts["how"] == ("naive", "regularised")[part.index % 2]
    last = {part.index: part for part in shown}
    for index, part in last.items():
        assert part.pictures["image"].reshape(-1, 3).mean(axis=0).argmax() == part.facts["class"] == (0, 2)[index // 2]
    first_done = next(n for n, item in enumerate(found) if isinstance(item, Part))
    assert any(isinstance(item, Progress) and item.previews for item in found[:first_done])
    few = list(class_maximization(spec.model_copy(update={"steps": 12}), context(tmp_path, m=colour_classes())))
    assert not any(item.previews for item in few if isinstance(item, Progress))
