"""What a training run is asked with: defaults by strategy, what plays no part, what is refused."""

from typing import Any

import pytest

from shared.analyses import TrainingRun
from shared.analyses.augmentation import Augmentation
from shared.analyses.training_run.spec import STRATEGY_DEFAULTS, WITH_BASE, usual_values
from shared.errors import InvalidSpec

BASE = "keras/mobilenetv2/imagenet"


def asked(strategy: str, **fields: Any) -> TrainingRun:
    base = {"model": BASE} if strategy in WITH_BASE else {}
    return TrainingRun(dataset="pets", strategy=strategy, **(base | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", STRATEGY_DEFAULTS)
def test_fields_go_to_their_strategys_defaults_before_the_key(strategy: str) -> None:
    plain, usual = asked(strategy), usual_values(strategy)
    assert {name: getattr(plain, name) for name in usual} == usual
    assert asked(strategy, **usual).key() == plain.key()
    assert asked(strategy, epochs=None, learning_rate="", augmentation=None).key() == plain.key()
    assert asked(strategy, epochs=7).epochs == 7


@pytest.mark.parametrize(
    ("strategy", "idle"),
    [("dense", {"model": BASE, "network": "compact", "augmentation": "book", "watch": (1,), "fine_tune_epochs": 3}),
     ("scratch", {"model": BASE, "augmentation": "book", "pooling": "flatten", "unfreeze_from": "block5_conv1"}),
     ("augmented", {"model": BASE, "fine_tune_rate": 1e-3}),
     ("feature_extraction", {"network": "compact", "augmentation": "mirror", "fine_tune_epochs": 9}),
     ("fine_tuning", {"network": "compact"})],
)  # fmt: skip
def test_what_plays_no_part_makes_no_other_key(strategy: str, idle: dict[str, Any]) -> None:
    assert asked(strategy, **idle).key() == asked(strategy).key()


@pytest.mark.parametrize(
    ("strategy", "field", "value"),
    [("scratch", "network", "compact"), ("scratch", "watch", (3,)), ("augmented", "augmentation", "mirror"),
     ("feature_extraction", "pooling", "flatten"), ("fine_tuning", "fine_tune_epochs", 3),
     ("fine_tuning", "unfreeze_from", "block_16_expand"), ("dense", "hidden", 0), ("scratch", "images", 100),
     ("scratch", "early_stopping", 3), ("scratch", "class_weights", True), ("scratch", "precision", "bfloat16"),
     ("scratch", "decay", "cosine"), ("augmented", "decay", "none")],
)  # fmt: skip
def test_what_plays_a_part_makes_another_key(strategy: str, field: str, value: Any) -> None:
    assert asked(strategy, **{field: value}).key() != asked(strategy).key()


@pytest.mark.parametrize(
    "fields",
    [{}, {"strategy": "augmented"}, {"strategy": "augmented", "epochs": 30, "augmentation": "none"},
     {"strategy": "fine_tuning", "model": BASE, "watch": "4, 1", "hidden": 0}, {"epochs": 60, "size": 64}],
)  # fmt: skip
def test_what_changed_is_enough_to_build_the_spec_again(fields: dict[str, Any]) -> None:
    spec = TrainingRun(dataset="pets", **fields)
    assert TrainingRun(**spec.changes()) == spec
    assert "epochs" not in TrainingRun(dataset="pets", strategy="augmented").changes()


def test_an_augmentation_is_named_or_written_out() -> None:
    assert asked("augmented").augmentation == Augmentation()
    assert asked("augmented", augmentation="mirror") == asked("augmented", augmentation='{"preset": "mirror"}')
    assert asked("fine_tuning", augmentation={"rotation": 10}).augmentation == Augmentation(rotation=10)


def test_watched_pictures_are_a_sorted_set() -> None:
    assert asked("scratch", watch="7, 3,3").watch == (3, 7)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"strategy": "fine_tuning"}, r"a `model` as the base of fine_tuning, such as keras/mobilenetv2"),
     ({"strategy": "transfer"}, "'dense', 'scratch', 'augmented', 'feature_extraction'"),
     ({"strategy": "fine_tuning", "model": BASE, "fine_tune_epochs": 0}, "`fine_tune_epochs` of at least 1"),
     ({"size": 12}, "`size` of at least 18 for the book's network, not 12"),
     ({"size": 4}, "`size` of at least 8, or 0"),
     ({"watch": "cat"}, "picture numbers such as 3,17"), ({"watch": [1, 2, 3, 4, 5, 6, 7]}, "at most 6 items"),
     ({"learning_rate": 0}, "greater than 0"), ({"epochs": 0}, "greater than or equal to 1"),
     ({"dropout": 1}, "less than 1"), ({"dataset": "../pets"}, "builtin/<name>"),
     ({"strategy": "augmented", "augmentation": "wild"}, "book, mirror, none")],
)  # fmt: skip
def test_a_wrong_request_is_told_what_would_be_right(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSpec, match=said):
        TrainingRun.from_fields({"dataset": "pets", **fields})


def test_a_small_size_suits_the_other_networks() -> None:
    assert asked("scratch", size=12, network="compact").size == asked("dense", size=12).size == 12


def test_fine_tuning_has_parts_of_both_phases() -> None:
    assert asked("fine_tuning", epochs=3, fine_tune_epochs=2).planned_epochs == 5
