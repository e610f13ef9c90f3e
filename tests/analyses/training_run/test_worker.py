"""`training_run`: that networks learn, what is said of it, what is kept, and what is refused."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses import Activations, Attribution, FilterAtlas, TrainingRun
from shared.errors import DiskFull, InvalidSpec, NotFinite, UnknownLayer
from shared.library import Library
from shared.library.datasets.splits import Shares
from shared.results import Part, Progress
from tests.fixtures.learnable_datasets import add, add_squares, curve, drain, files_of, learn
from tests.fixtures.worker_context import context
from worker.analyses.activations import activations
from worker.analyses.attribution import attribution
from worker.analyses.context import RunContext
from worker.analyses.filter_atlas import filter_atlas
from worker.analyses.training_run.analysis import training_run
from worker.analyses.training_run.data import check_card

SMALL: dict[str, Any] = {"network": "compact", "size": 24, "epochs": 3, "batch": 16}


@pytest.fixture
def here(tmp_path: Path) -> RunContext:
    return context(tmp_path)


def names(here: RunContext) -> dict[str, str]:
    return {
        name: reference for name, reference in here.library.models.names().items() if not name.startswith("bundled/")
    }


# Learning


@pytest.mark.parametrize("fields", [{"strategy": "dense", "hidden": 32}, {"size": 24}, {"network": "compact"}])
def test_squares_are_told_apart(here: RunContext, fields: dict[str, Any]) -> None:
    spec = TrainingRun(dataset=add_squares(here, classes=3), epochs=12, batch=16, **fields)
    parts, facts = learn(here, spec)
    losses = curve(parts)
    assert [part.name for part in parts] == [f"epoch {n}" for n in range(1, 13)]
    assert losses[-1] < 0.5 * losses[0]
    assert facts["metrics"]["test_accuracy"] >= 0.9
    assert facts["metrics"]["images"] == 72 and facts["metrics"]["classes"] == 3


def test_a_part_says_what_the_spec_promises(here: RunContext) -> None:
    parts, facts = learn(here, TrainingRun(dataset=add_squares(here), **SMALL, watch=(0, 3)))
    wanted = {"epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy", "rate", "seconds", "best", "network",
              "checkpoint", "watched"}  # fmt: skip
    assert set(parts[0].facts) == wanted
    assert {name: p.shape for name, p in parts[2].pictures.items()} == {"watch_0": (24, 24, 3), "watch_3": (24, 24, 3)}
    assert [row["picture"] for row in parts[0].facts["watched"]] == [0, 3]
    assert facts["metrics"].keys() >= {"model", "name", "best_epoch", "judged_by", "epochs", "size", "parameters"}
    assert facts["metrics"]["parameters"] > facts["metrics"]["trainable_parameters"], "moving statistics do not learn"
    assert facts["timings"]["epoch_seconds"] > 0


def test_the_same_seed_gives_the_same_curve_and_another_one_another(here: RunContext) -> None:
    dataset = add_squares(here)
    asked: dict[str, Any] = {"dataset": dataset, "strategy": "augmented", **SMALL}
    first, again, other = (learn(here, TrainingRun(**asked, seed=seed))[0] for seed in (1, 1, 2))
    assert curve(first) == pytest.approx(curve(again), rel=1e-4)
    assert curve(first) != pytest.approx(curve(other), rel=1e-2)


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "sgd"])
def test_every_optimizer_learns(here: RunContext, optimizer: str) -> None:
    spec = TrainingRun(dataset=add_squares(here), strategy="dense", hidden=16, epochs=6, batch=8, optimizer=optimizer,
                       learning_rate=0.01 if optimizer == "sgd" else 1e-3)  # fmt: skip
    losses = curve(learn(here, spec)[0])
    assert losses[-1] < losses[0]


def test_half_precision_learns_and_the_saved_network_is_a_float32_one(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), **SMALL | {"epochs": 8}, precision="bfloat16")
    parts, facts = learn(here, spec)
    assert curve(parts)[-1] < curve(parts)[0]
    network = here.models.load(facts["metrics"]["model"]).network
    assert {layer.dtype_policy.name for layer in network.layers} == {"float32"}


def test_rare_classes_count_as_much_where_weights_are_asked_for(here: RunContext) -> None:
    """Six lefts among ninety-six: without weights the network says right to everything for an epoch or two."""
    dataset = add_squares(here, weights={0: 10, 1: 150})
    plain, weighted = (
        learn(here, TrainingRun(dataset=dataset, strategy="dense", hidden=0, epochs=1, batch=96, seed=3,
                                class_weights=on, learning_rate=1e-9))[0][0].facts["loss"]
        for on in (False, True)
    )  # fmt: skip
    # Nothing is learnt at this rate, so both look at the same answers: the mean of the classes' means, and of all.
    assert plain != pytest.approx(weighted, rel=1e-3)


def test_fewer_pictures_are_taken_class_by_class(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here, classes=3), strategy="dense", epochs=1, images=9)
    assert learn(here, spec)[1]["metrics"]["images"] == 9


# Stopping


def test_training_stops_when_it_gets_no_better_and_says_how_many_epochs_there_were(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), strategy="dense", hidden=0, epochs=40, early_stopping=2, seed=1,
                       learning_rate=1e-12)  # fmt: skip
    items = list(training_run(spec, here))
    parts = [item for item in items if isinstance(item, Part)]
    totals = [item.total for item in items if isinstance(item, Progress) and item.total]
    assert len(parts) < 40
    assert (totals[0], totals[-1]) == (40, len(parts))
    assert not any(part.facts["best"] for part in parts[-2:])


def test_a_rate_that_diverges_ends_the_run_and_keeps_what_was_good(here: RunContext, tmp_path: Path) -> None:
    """Without a ReLU that dies, weights and gradients drive each other up without bound."""
    layers = keras.layers
    convs = [layers.Conv2D(8, 3, name=f"linear{n}") for n in range(3)]
    model = keras.Sequential([keras.Input((24, 24, 3)), *convs, layers.GlobalMaxPooling2D(), layers.Dense(2)])
    model.save(tmp_path / "linear.keras")
    base = here.library.models.add_file(tmp_path / "linear.keras", "linear")
    spec = TrainingRun(dataset=add_squares(here), strategy="fine_tuning", model=base, epochs=2, fine_tune_epochs=20,
                       optimizer="sgd", learning_rate=1e-3, fine_tune_rate=100, augmentation="none")  # fmt: skip
    parts: list[Part] = []
    with pytest.raises(NotFinite, match=r"in epoch \d+, batch \d+ to \d+.*a lower `fine_tune_rate`.*epochs before"):
        drain(training_run(spec, here), parts)
    assert len(parts) >= 2
    assert all(np.isfinite(part.facts["loss"]) for part in parts)
    kept = here.models.load(names(here)[next(name for name in names(here) if name.endswith("-head"))])
    assert all(np.isfinite(weight).all() for weight in kept.network.get_weights())


def until(items: Iterator[Part | Progress], stage: str) -> None:
    """Go on to a stage."""
    assert any(isinstance(item, Progress) and item.stage.startswith(stage) for item in items)


def test_closed_in_the_middle_of_an_epoch_it_keeps_the_best_network(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), **SMALL)
    items: Any = training_run(spec, here)
    until(items, "epoch 2 of 3, batch")
    items.close()
    (reference,) = names(here).values()
    assert here.models.load(reference).network.count_params() > 0


# What comes of it


@pytest.fixture
def trained(here: RunContext) -> tuple[RunContext, str]:
    _, facts = learn(here, TrainingRun(dataset=add_squares(here), **SMALL | {"epochs": 6}))
    return here, facts["metrics"]["model"]


def test_the_network_is_in_the_registry_with_its_recipe(trained: tuple[RunContext, str]) -> None:
    here, reference = trained
    (record,) = here.library.models.records()
    assert record["reference"] == reference and record["source"] == "training_run"
    assert record["name"].startswith("squares-scratch-")
    assert record["run"].startswith("training_run-v2-")
    assert record["recipe"]["strategy"] == "scratch" and record["recipe"]["metrics"]["test_accuracy"] > 0
    assert here.library.models.card(reference).labels == ("left", "right")


def test_other_analyses_look_into_the_network(trained: tuple[RunContext, str]) -> None:
    here, reference = trained
    atlas = FilterAtlas(model=reference, layer="conv2", channels="0,1", size=24, steps=4, mode="classic",
                        precision="float32")  # fmt: skip
    tiles = [item for item in filter_atlas(atlas, here) if isinstance(item, Part)]
    assert len(tiles) == 2
    shown = [i for i in activations(Activations(model=reference, image="sample/cat"), here) if isinstance(i, Part)]
    assert any(part.name == "conv1" for part in shown)
    spec = Attribution(model=reference, image="sample/cat", classes=("left", "right"), methods=("grad_cam",))
    heat = [item for item in attribution(spec, here) if isinstance(item, Part)]
    assert heat[1].arrays["maps"].shape[0] == 2
    assert [row["name"] for row in heat[1].facts["maps"]] == ["left", "right"]


def test_a_decaying_rate_falls_along_half_a_cosine_and_is_what_is_learnt_at(here: RunContext) -> None:
    """Told but not given to the optimizer, the second epoch would be that of a constant rate."""
    asked: dict[str, Any] = {"dataset": add_squares(here), "strategy": "dense", "hidden": 16, "epochs": 4, "batch": 8}
    falling, constant = (learn(here, TrainingRun(**asked, decay=decay))[0] for decay in ("cosine", "none"))
    assert curve(falling, "rate") == pytest.approx([1e-3, 8.5355e-4, 5e-4, 1.4645e-4], rel=1e-4)
    assert curve(constant, "rate") == [1e-3] * 4
    assert curve(falling)[0] == pytest.approx(curve(constant)[0], rel=1e-4)
    assert curve(falling)[1] != pytest.approx(curve(constant)[1], rel=1e-4)


def test_only_the_best_epoch_is_what_is_saved(here: RunContext) -> None:
    """The network on file gives the best epoch's validation accuracy, whatever came after."""
    spec = TrainingRun(dataset=add_squares(here), **SMALL | {"epochs": 5}, learning_rate=0.05)
    parts, facts = learn(here, spec)
    best = max(parts, key=lambda part: (part.facts["val_accuracy"], -part.facts["val_loss"]))
    assert facts["metrics"]["best_epoch"] == best.facts["epoch"]
    network = here.models.load(facts["metrics"]["model"]).network
    dataset = here.dataset(spec.dataset)
    pictures = np.stack([np.asarray(dataset.image(n), np.float32) / 255 for n in dataset.card.rows("validation")])
    labels = np.array([dataset.card.pictures[n].label for n in dataset.card.rows("validation")])
    answers = np.asarray(network(pictures))[:, 0] > 0.5
    assert (answers == labels).mean() == pytest.approx(best.facts["val_accuracy"], abs=1e-6)


def test_checkpoints_are_gone_when_the_run_is_complete(here: RunContext) -> None:
    parts, _ = learn(here, TrainingRun(dataset=add_squares(here), **SMALL))
    assert not any(here.library.files.has(part.facts["checkpoint"]) for part in parts)


# Going on


class Stored:
    """What a store holds of a run between two attempts."""

    def __init__(self, here: RunContext) -> None:
        self.parts: dict[int, Part] = {}
        self._here = here

    def attempt(self, spec: TrainingRun, until_epoch: int | None = None) -> dict[str, Any]:
        """Run until an epoch's part is stored and the next has begun, or to the end."""
        now = replace(self._here, finished=frozenset(self.parts), stored=self.parts.get)
        facts: dict[str, Any] = {}
        items: Any = training_run(spec, now)
        for item in items:
            if isinstance(item, Progress):
                facts |= item.facts
                if until_epoch and len(self.parts) >= until_epoch and f"epoch {until_epoch + 1}" in item.stage:
                    items.close()
                    break
                continue
            assert item.index not in self.parts, "a part is made once"
            self.parts[item.index] = item
        return facts


@pytest.mark.parametrize(
    "fields",
    [SMALL | {"strategy": "augmented", "epochs": 5}, SMALL | {"epochs": 5, "optimizer": "adam", "dropout": 0.3},
     {"strategy": "dense", "epochs": 5, "dropout": 0.5, "optimizer": "sgd", "learning_rate": 0.01}],
)  # fmt: skip
def test_a_resumed_run_goes_the_way_of_an_unbroken_one(here: RunContext, fields: dict[str, Any]) -> None:
    """Broken in epoch 3 and again in epoch 5: no gap, no double point, the same curve and the same best epoch.

    Without the optimizer's state the third epoch of adam is 4 % off; without seeds by epoch dropout's is.
    """
    spec = TrainingRun(dataset=add_squares(here), **fields)
    unbroken, facts = learn(here, spec)
    broken = Stored(here)
    broken.attempt(spec, 2)
    broken.attempt(spec, 4)
    end = broken.attempt(spec)
    assert sorted(broken.parts) == list(range(5))
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert curve([broken.parts[i] for i in range(5)], name) == pytest.approx(curve(unbroken, name), rel=1e-3)
    assert not any(here.library.files.has(part.facts["checkpoint"]) for part in broken.parts.values())
    assert end["metrics"]["best_epoch"] == facts["metrics"]["best_epoch"]
    assert end["metrics"]["test_accuracy"] == pytest.approx(facts["metrics"]["test_accuracy"])


def test_a_run_whose_checkpoint_is_gone_learns_again_and_tells_nothing_twice(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), **SMALL)
    broken = Stored(here)
    broken.attempt(spec, 2)
    for part in broken.parts.values():
        here.library.files.delete(part.facts["checkpoint"])
    broken.attempt(spec)
    assert sorted(broken.parts) == [0, 1, 2]


def test_a_run_killed_after_its_last_epoch_only_has_its_end_to_do(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), **SMALL)
    broken = Stored(here)
    now = replace(here, stored=broken.parts.get)
    items: Any = training_run(spec, now)
    for item in itertools.takewhile(lambda _: len(broken.parts) < 3, items):
        if isinstance(item, Part):
            broken.parts[item.index] = item
    items.close()
    stages = []
    for item in training_run(spec, replace(now, finished=frozenset(broken.parts))):
        assert isinstance(item, Progress)
        stages.append(item.stage)
    assert not any("epoch" in stage for stage in stages)
    assert stages[-1] == "done"


# Refusals


class FullStore:
    """A file store on a disk that is full from some time on."""

    def __init__(self, files: Any, writes: int) -> None:
        self._files, self._left = files, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def put(self, *args: Any) -> str:
        self._left -= 1
        if self._left < 0:
            raise OSError(28, "No space left on device")
        return str(self._files.put(*args))


def test_a_full_disk_is_named_and_earlier_epochs_stay(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), **SMALL)
    library = Library(here.library.settings)
    library.models = here.library.models  # opened on the disk as it was
    library.files = FullStore(here.library.files, 1)  # type: ignore[assignment]
    parts: list[Part] = []
    with pytest.raises(DiskFull, match=r"room for the checkpoint of epoch 2.*make room, then Retry goes on"):
        drain(training_run(spec, replace(here, library=library)), parts)
    assert [part.index for part in parts] == [0]
    assert len(names(here)) == 1


def test_a_data_set_of_one_class_is_refused(here: RunContext) -> None:
    """An upload of one class is refused already; a card that came another way is here."""
    card = here.dataset(add_squares(here)).card
    with pytest.raises(InvalidSpec, match=r"at least two classes.*one class, left"):
        check_card(replace(card, classes=card.classes[:1]), TrainingRun(dataset="squares"))


def test_a_watched_picture_must_be_there(here: RunContext) -> None:
    with pytest.raises(InvalidSpec, match="`watch` below 80"):
        learn(here, TrainingRun(dataset=add_squares(here), watch=(80,)))


def test_without_a_validation_split_training_decides(here: RunContext) -> None:
    dataset = add(here, files_of(20), shares=Shares(0, 0))
    parts, facts = learn(here, TrainingRun(dataset=dataset, **SMALL))
    assert "val_loss" not in parts[0].facts
    assert facts["metrics"]["judged_by"] == "training" and "test_accuracy" not in facts["metrics"]
    best = max(parts, key=lambda part: (part.facts["accuracy"], -part.facts["loss"]))
    assert facts["metrics"]["best_epoch"] == best.facts["epoch"]


# Bases


def base_file(here: RunContext, tmp_path: Path, nested: bool = False) -> str:
    """A small convnet with a head of its own, with batch normalization and dropout in its base."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    convs = [
        layers.Conv2D(8, 3, padding="same", activation="relu", name="one"), layers.BatchNormalization(name="norm"),
        layers.MaxPooling2D(name="half"), layers.Dropout(0.4, name="dropout"),
        layers.Conv2D(12, 3, padding="same", activation="relu", name="two"),
        layers.Conv2D(12, 3, padding="same", activation="relu", name="three"),
    ]  # fmt: skip
    ending = [layers.GlobalAveragePooling2D(name="mean"), layers.Dense(5, activation="softmax", name="logits")]
    inside = [keras.Sequential([keras.Input((24, 24, 3)), *convs], name="body")] if nested else convs
    model = keras.Sequential([keras.Input((24, 24, 3)), *inside, *ending])
    model.save(tmp_path / "base.keras")
    return here.library.models.add_file(tmp_path / "base.keras", "base")


USUAL: dict[str, Any] = {"epochs": 4, "batch": 16, "hidden": 8, "pooling": "flatten"}


def with_base(here: RunContext, tmp_path: Path, nested: bool = False, **fields: Any) -> TrainingRun:
    base = base_file(here, tmp_path, nested)
    return TrainingRun(dataset=add_squares(here), model=base, **USUAL | fields)


@pytest.mark.parametrize("nested", [False, True])
def test_a_head_learns_on_a_base_that_stays_as_it_was(here: RunContext, tmp_path: Path, nested: bool) -> None:
    spec = with_base(here, tmp_path, nested, strategy="feature_extraction", epochs=12)
    parts, facts = learn(here, spec)
    assert curve(parts)[-1] < curve(parts)[0]
    base, made = (here.models.load(reference).network for reference in (str(spec.model), facts["metrics"]["model"]))
    prefix = "body/" if nested else ""
    for name in ("one", "norm", "two", "three"):
        before, after = _weights(base, prefix + name), _weights(made, prefix + name)
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), name
    assert facts["timings"]["features_seconds"] > 0


def _weights(network: keras.Model, path: str) -> list[np.ndarray]:
    for name in path.split("/"):
        network = network.get_layer(name)
    return network.get_weights()


def test_features_once_and_end_to_end_are_the_same_thing(here: RunContext, tmp_path: Path) -> None:
    """Also with dropout and batch normalization in the base: a frozen base runs as in use."""
    once = with_base(here, tmp_path, strategy="feature_extraction", dropout=0.3)
    whole = once.model_copy(update={"strategy": "feature_extraction_augmented"})
    first, second = learn(here, once)[0], learn(here, whole)[0]
    for name in ("loss", "val_loss"):
        assert curve(first, name) == pytest.approx(curve(second, name), rel=1e-3)


def test_fine_tuning_changes_the_upper_layers_and_no_others(here: RunContext, tmp_path: Path) -> None:
    spec = with_base(here, tmp_path, strategy="fine_tuning", epochs=2, fine_tune_epochs=3, fine_tune_rate=1e-3,
                     unfreeze_from="two", augmentation="mirror")  # fmt: skip
    parts, facts = learn(here, spec)
    assert [part.facts["phase"] for part in parts] == ["head"] * 2 + ["fine_tuning"] * 3
    assert [part.facts["rate"] for part in parts] == [1e-3] * 5
    metrics = facts["metrics"]
    assert (metrics["fine_tuning_from"], metrics["unfreeze_from"]) == (3, "two")
    base = here.models.load(str(spec.model)).network
    head = here.models.load(metrics["head_model"]).network
    made = here.models.load(metrics["model"]).network
    for name in ("one", "norm", "two", "three"):
        same = [np.array_equal(a, b) for a, b in zip(_weights(base, name), _weights(head, name), strict=True)]
        assert all(same), f"{name} stays while the head is trained"
    same = [
        np.array_equal(a, b) for n in ("one", "norm") for a, b in zip(_weights(base, n), _weights(made, n), strict=True)
    ]
    assert all(same), "below the first unfrozen layer nothing moves"
    if metrics["best_epoch"] > 2:
        assert not np.array_equal(_weights(base, "three")[0], _weights(made, "three")[0])
    assert metrics["val_accuracy"] >= max(curve(parts[:2], "val_accuracy"))


def test_fine_tuning_broken_in_either_phase_goes_the_same_way(here: RunContext, tmp_path: Path) -> None:
    spec = with_base(here, tmp_path, strategy="fine_tuning", epochs=3, fine_tune_epochs=3, fine_tune_rate=1e-4)
    unbroken, facts = learn(here, spec)
    broken = Stored(here)
    for epoch in (2, 3, 4):
        broken.attempt(spec, epoch)
    end = broken.attempt(spec)
    assert curve([broken.parts[i] for i in range(6)]) == pytest.approx(curve(unbroken), rel=1e-3)
    assert end["metrics"].keys() == facts["metrics"].keys()


def test_the_last_block_is_what_is_unfrozen_unless_asked_otherwise(here: RunContext, tmp_path: Path) -> None:
    spec = with_base(here, tmp_path, strategy="fine_tuning", epochs=1, fine_tune_epochs=1)
    assert learn(here, spec)[1]["metrics"]["unfreeze_from"] == "two"


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [({"unfreeze_from": "four"}, UnknownLayer, "four"),
     ({"unfreeze_from": "mean"}, UnknownLayer, "mean")],
)  # fmt: skip
def test_a_layer_to_unfreeze_from_must_be_there_before_the_work_begins(
    here: RunContext, tmp_path: Path, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    spec, parts = with_base(here, tmp_path, strategy="fine_tuning", **fields), []
    with pytest.raises(error, match=said):
        drain(training_run(spec, here), parts)
    assert not parts


def test_a_base_that_needs_larger_pictures_says_how_large(here: RunContext) -> None:
    spec = TrainingRun(dataset=add_squares(here), strategy="feature_extraction", model="keras/inceptionv3/random",
                       size=40)  # fmt: skip
    with pytest.raises(InvalidSpec, match=r"InceptionV3 can take.*40 × 40 pixels.*`size` of 75 or more"):
        learn(here, spec)


def test_a_base_without_feature_maps_is_refused(here: RunContext, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((24, 24, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.save(tmp_path / "flat.keras")
    flat = here.library.models.add_file(tmp_path / "flat.keras", "flat")
    with pytest.raises(InvalidSpec, match="feature maps"):
        learn(here, TrainingRun(dataset=add_squares(here), strategy="feature_extraction", model=flat))
