"""Evaluation with networks that answer by mean colour, so that every answer is known beforehand.

Caught by these tests when tried: answers counted by their number in the head instead of by their class, a binary head
whose two answers are exchanged, a shard that loses the rest of its last batch, earlier shards that are shown again.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses.evaluate_model.numbers import confusion, evaluation_of
from shared.analyses.evaluate_model.spec import EvaluateModel
from shared.errors import InvalidSpec, NotFinite
from shared.results import Part, Progress
from tests.fixtures.colour_networks import by_colour, colour_set, is_red, parts_of, probability
from tests.fixtures.tiny_models import loaded
from tests.fixtures.worker_context import context
from worker.analyses.evaluate_model import sharded_predictions
from worker.analyses.evaluate_model.analysis import evaluate_model
from worker.networks.match_classes import match_classes

THREE = {"red": ["red", "red", "green"], "green": ["green", "blue"], "blue": ["blue"]}


def named(network: keras.Model, *labels: str) -> Any:
    return replace(loaded(network), labels=labels)


def evaluate(folder: Path, model: Any, pictures: Any, **fields: Any) -> tuple[list[Part], dict[str, Any]]:
    """All parts, and the run's facts."""
    folder.mkdir(exist_ok=True)
    where = context(folder, tiny=model)
    reference = colour_set(where.library.datasets, folder, pictures, fields.get("split", "test"))
    items = list(evaluate_model(EvaluateModel(model="tiny", dataset=reference, **fields), where))
    facts: dict[str, Any] = {}
    for item in items:
        facts |= item.facts if isinstance(item, Progress) else {}
    return parts_of(items), facts


def cells(parts: list[Part]) -> dict[tuple[str, str], int]:
    """(true class, predicted name) to count."""
    found = evaluation_of(parts)
    assert found is not None
    table: dict[tuple[str, str], int] = {}
    for row in range(len(found)):
        key = (found.classes[found.labels[row]], found.answer_name(row))
        table[key] = table.get(key, 0) + 1
    return table


BY_HAND = {("red", "red"): 2, ("red", "green"): 1, ("green", "green"): 1, ("green", "blue"): 1, ("blue", "blue"): 1}


def test_accuracy_and_confusion_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    """The data set's classes are in the alphabet's order: blue, green, red."""
    parts, facts = evaluate(tmp_path, named(by_colour(("blue", "green", "red"))), THREE)
    assert cells(parts) == BY_HAND
    metrics = facts["metrics"]
    assert (metrics["right"], metrics["pictures"]) == (4, 6)
    assert metrics["accuracy"] == pytest.approx(4 / 6, abs=1e-6)
    assert parts[0].facts["matched"] == "order" and parts[0].facts["classes"] == ["blue", "green", "red"]


def test_probabilities_are_the_softmaxs(tmp_path: Path) -> None:
    [part], _ = evaluate(tmp_path, named(by_colour(("blue", "green", "red"))), THREE)
    where = context(tmp_path)
    dataset = where.dataset("colours")
    for row, number in enumerate(part.arrays["pictures"].tolist()):
        pixel = np.asarray(dataset.image(number))[0, 0]
        colour = ("red", "green", "blue")[int(pixel.argmax())]
        wanted = probability(colour, ("blue", "green", "red"), int(pixel.max()))
        assert part.arrays["probabilities"][row] == pytest.approx(list(wanted.values()), abs=1e-4)
        assert dataset.card.pictures[number].split == "test"
        assert part.arrays["labels"][row] == dataset.card.pictures[number].label
    assert part.arrays["probabilities"].dtype == np.float32


def test_exchanged_class_names_are_paired_by_name(tmp_path: Path) -> None:
    """Trained with red first: by order, everything would be wrong."""
    parts, facts = evaluate(tmp_path, named(by_colour(("red", "green", "blue")), "Red", "GREEN", "blue"), THREE)
    assert cells(parts) == BY_HAND
    assert parts[0].facts["matched"] == "name" and parts[0].facts["columns"] == [2, 1, 0]
    blind, said = evaluate(tmp_path / "blind", named(by_colour(("red", "green", "blue"))), THREE)
    assert blind[0].facts["matched"] == "order" and (facts["metrics"]["right"], said["metrics"]["right"]) == (4, 1)


@pytest.mark.parametrize(
    ("classes", "labels", "count", "kept", "columns", "by"),
    [
        (("a", "b"), ("a", "b"), 2, (0, 1), (0, 1), "name"),
        (("a", "b"), ("B", "A"), 2, (0, 1), (1, 0), "name"),
        (("a", "b"), (), 2, (0, 1), (0, 1), "order"),
        (("cat", "dog"), ("cats", "dogs"), 2, (0, 1), (0, 1), "order"),  # nearly alike is not alike
        (("a", "b"), ("a", "x"), 2, (0, 1), (0, 1), "order"),  # what names say agrees with it
        (("a", "b", "c"), ("c", "b", "x"), 3, (1, 2), (1, 0), "name"),  # and here contradicts it
        (("African elephant", "zebra"), ("zebra", "tench", "African_elephant"), 3, (0, 1), (2, 0), "name"),
        (("crane", "tench", "hen"), ("crane", "crane", "tench", "hen"), 4, (1, 2), (2, 3), "name"),  # which crane?
        (("T-shirt", "t shirt"), ("t_shirt", "other"), 2, (0, 1), (0, 1), "order"),
        (("+", "-", "(", "="), ("=", "(", "+", "-"), 4, (0, 1, 2, 3), (2, 3, 1, 0), "name"),  # no letter in them
        (("C", "C#", "C++"), ("C++", "C#", "C"), 3, (0, 1, 2), (2, 1, 0), "name"),
        (("cafe\u0301", "eau"), ("eau", "caf\u00e9"), 2, (0, 1), (1, 0), "name"),
    ],
)
def test_classes_are_paired(
    classes: tuple[str, ...], labels: tuple[str, ...], count: int, kept: tuple[int, ...], columns: tuple[int, ...],
    by: str,
) -> None:  # fmt: skip
    found = match_classes(classes, labels, count, "net")
    assert (found.kept, found.columns, found.by) == (kept, columns, by)


@pytest.mark.parametrize("labels", [("b", "x"), ("x", "y", "z"), ("a", "y", "z")])
def test_one_name_in_common_is_nothing_to_confuse(labels: tuple[str, ...]) -> None:
    with pytest.raises(InvalidSpec, match="one output for each, in their order, or outputs of the same names"):
        match_classes(("a", "b"), labels, len(labels), "net")


@pytest.mark.parametrize("labels", [(), ("green", "red"), ("red",)])
def test_a_single_sigmoid_unit_answers_for_two_classes(tmp_path: Path, labels: tuple[str, ...]) -> None:
    """Its probability is that of class 1, red in the alphabet's order."""
    pictures = {"green": ["green", "green", "green", "red"], "red": ["red", "red"]}
    [part], facts = evaluate(tmp_path, named(is_red(), *labels), pictures)
    assert cells([part]) == {("green", "green"): 3, ("green", "red"): 1, ("red", "red"): 2}
    assert part.facts["ending"] == "binary" and facts["metrics"]["right"] == 5
    probabilities = part.arrays["probabilities"]
    assert probabilities.shape == (6, 2) and np.allclose(probabilities.sum(1), 1, atol=1e-6)
    assert part.arrays["confidence"].min() > 0.99


def test_a_sigmoid_head_of_several_units(tmp_path: Path) -> None:
    parts, _ = evaluate(tmp_path, named(by_colour(("blue", "green", "red"), ending="sigmoid")), THREE)
    assert cells(parts) == BY_HAND and parts[0].facts["ending"] == "sigmoid"
    assert parts[0].arrays["probabilities"].sum(1).min() > 1.4  # each for itself


def test_logits_without_a_softmax(tmp_path: Path) -> None:
    parts, _ = evaluate(tmp_path, named(by_colour(("blue", "green", "red"), ending="linear")), THREE)
    assert cells(parts) == BY_HAND
    assert np.allclose(parts[0].arrays["probabilities"].sum(1), 1, atol=1e-6)


def test_a_head_with_more_classes_is_used_where_names_overlap(tmp_path: Path) -> None:
    answers = ("tench", "green", "red", "blue")
    pictures = {"blue": ["blue", "blue"], "pink": ["red"], "red": ["red", "green"]}
    [part], facts = evaluate(tmp_path, named(by_colour(answers), *answers), pictures)
    assert part.facts["classes"] == ["blue", "red"] and part.facts["columns"] == [3, 2]
    assert part.facts["left_out"] == ["pink"] and part.facts["others"]
    assert cells([part]) == {("blue", "blue"): 2, ("red", "red"): 1, ("red", "green"): 1}
    assert part.facts["named"] == {"1": "green"} and facts["metrics"]["pictures"] == 4
    found = evaluation_of([part])
    assert found is not None and confusion(found).tolist() == [[2, 0, 0], [0, 1, 1]]


def test_a_head_of_other_classes_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    answers = tuple(f"class {i}" for i in range(9))
    with pytest.raises(InvalidSpec) as caught:
        evaluate(tmp_path, named(by_colour(answers), *answers), {"cats": ["red"], "dogs": ["green"]})
    text = str(caught.value)
    assert "2 classes (cats, dogs)" in text and "9 outputs of tiny (class 0, class 1, class 2, class 3, …)" in text
    assert "--labels" in text


def test_a_model_without_a_head_or_a_split_without_pictures_is_refused(tmp_path: Path) -> None:
    headless = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 3)])
    with pytest.raises(InvalidSpec, match="a model with an output to explain"):
        evaluate(tmp_path, named(headless), THREE)
    where = context(tmp_path, tiny=named(is_red()))
    spec = EvaluateModel(model="tiny", dataset="colours", split="validation")
    with pytest.raises(InvalidSpec, match=r"a split of the data set.*Received: 'validation'"):
        list(evaluate_model(spec, where))


def test_answers_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network = by_colour(("blue", "green", "red"), scale=1e38)
    network.layers[-1].set_weights([np.full((3, 3), 3e38, np.float32), np.zeros(3, np.float32)])
    inputs = keras.Input((8, 8, 3))
    wild = keras.Model(inputs, network(keras.layers.Rescaling(1e9)(inputs)))
    with pytest.raises(NotFinite, match="finite logits"):
        evaluate(tmp_path, named(wild), THREE)


def test_a_size_is_taken_where_the_network_takes_it(tmp_path: Path) -> None:
    parts, _ = evaluate(tmp_path, named(by_colour(("blue", "green", "red"))), THREE, size=20)
    assert cells(parts) == BY_HAND and (parts[0].facts["height"], parts[0].facts["width"]) == (20, 20)
    dense = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(InvalidSpec, match=r"pictures of 8 × 8 pixels.*20 × 20.*`size` at 0"):
        evaluate(tmp_path / "b", named(dense), THREE, size=20)


def test_a_network_of_dense_layers_alone_and_grey_pictures(tmp_path: Path) -> None:
    """The ladder's first step has no feature map at all."""
    keras.utils.set_random_seed(0)
    dense = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    [part], _ = evaluate(tmp_path, named(dense), THREE)
    assert part.arrays["probabilities"].shape == (6, 3)


@pytest.mark.parametrize("batch", [1, 3, 7, 32])
def test_shards_do_not_depend_on_the_batch_and_a_resumed_run_makes_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Shards of 4 over 11 pictures; the first attempt was killed with part 1 stored."""
    monkeypatch.setattr(sharded_predictions, "SHARD", 4)
    model = named(by_colour(("blue", "green", "red")))
    pictures = {"red": ["red"] * 3 + ["green"], "green": ["green"] * 4, "blue": ["blue", "red", "blue"]}
    parts, facts = evaluate(tmp_path, model, pictures, batch=batch)
    assert [len(part.arrays["labels"]) for part in parts] == [4, 4, 3]
    assert [part.name for part in parts] == ["pictures 1–4", "pictures 5–8", "pictures 9–11"]
    spec = EvaluateModel(model="tiny", dataset="colours", batch=batch)
    resumed = replace(context(tmp_path, frozenset({1}), tiny=model), stored=lambda i: parts[i])
    items = list(evaluate_model(spec, resumed))
    again = parts_of(items)
    assert [part.index for part in again] == [0, 2]
    for part in again:
        for name, array in part.arrays.items():
            assert np.array_equal(array, parts[part.index].arrays[name]), name
    last = [item for item in items if isinstance(item, Progress)][-1]
    assert last.facts["metrics"]["pictures"] == 11 and last.facts["metrics"]["right"] == facts["metrics"]["right"]
    not_yet = replace(resumed, stored=lambda _: None)
    items = list(evaluate_model(spec, not_yet))
    assert not any("right" in i.facts.get("metrics", {}) for i in items if isinstance(i, Progress)), (
        "some pictures are not counted"
    )


def test_the_precision_is_that_of_the_spec_and_the_model_goes_back(tmp_path: Path) -> None:
    model = named(by_colour(("blue", "green", "red")))
    exact, _ = evaluate(tmp_path, model, THREE)
    rough, facts = evaluate(tmp_path / "b", model, THREE, precision="bfloat16")
    assert facts["precision"] == "bfloat16" and cells(rough) == BY_HAND
    gap = np.abs(exact[0].arrays["probabilities"] - rough[0].arrays["probabilities"]).max()
    assert 0 < gap < 0.05
    again, _ = evaluate(tmp_path / "c", model, THREE)
    assert np.array_equal(again[0].arrays["probabilities"], exact[0].arrays["probabilities"])


def test_progress_counts_pictures(tmp_path: Path) -> None:
    where = context(tmp_path, tiny=named(by_colour(("blue", "green", "red"))))
    reference = colour_set(where.library.datasets, tmp_path, THREE)
    items = list(evaluate_model(EvaluateModel(model="tiny", dataset=reference, batch=2), where))
    shares = [item.fraction for item in items if isinstance(item, Progress) and item.fraction is not None]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(4 / 6)
    assert [item.total for item in items if isinstance(item, Progress) and item.total] == [1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"split": "all"}, "'train', 'validation' or 'test'"),
        ({"batch": 0}, "greater than or equal to 1"),
        ({"resize": "own"}, "a share of the middle), fit or pad"),
        ({"dataset": "no such/name"}, "convscope datasets list"),
    ],
)
def test_wrong_values_are_explained(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        EvaluateModel.from_fields({"model": "tiny", "dataset": "colours", **fields})
    assert words in str(caught.value)
