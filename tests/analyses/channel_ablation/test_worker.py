"""channel_ablation: effects are those of a plain computation, whatever leads past the layer.

Caught by these tests when tried: the channel's mean of one batch in place of all, standard errors without n − 1, a
shared layer that is switched off at its first call only, the mask of one class used for another's pictures.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses.channel_ablation import numbers
from shared.analyses.channel_ablation.numbers import Ablation, ablation_of, cost_at, rank_correlation
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.errors import InvalidSpec, UnknownLayer
from shared.library.datasets.splits import Shares
from shared.results import Part, decode_part, encode_part
from tests.fixtures.small_datasets import encoded, pixels, write_folder
from tests.fixtures.tiny_models import loaded
from tests.fixtures.worker_context import context
from worker.analyses.channel_ablation.analysis import channel_ablation
from worker.networks.cut import cut_network
from worker.networks.heads import model_heads
from worker.networks.models import LoadedModel

layers = keras.layers
SIZE, COUNT = 12, 21
Plain = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the data set "pets": 21 cats and dogs of the network's size, all in the test split."""
    place = tmp_path_factory.mktemp("ablation")
    files = {f"test/{('cat', 'dog')[i % 3 > 0]}/{i:02d}.png": encoded(pixels(i, SIZE, SIZE)) for i in range(COUNT)}
    files |= {
        f"{split}/{name}/0.png": encoded(pixels(90)) for split in ("train", "validation") for name in ("cat", "dog")
    }
    registry = context(place).library.datasets
    registry.keep(registry.check(write_folder(place / "files", files)), "pets")
    return place


def run(folder: Path, network: keras.Model | LoadedModel, layer: str, **fields: Any) -> Ablation:
    """A whole run, its parts as they come back from the store."""
    known = network if isinstance(network, LoadedModel) else loaded(network)
    spec = ChannelAblation(**{"model": "tiny", "dataset": "pets", "layer": layer, "draws": 2, **fields})
    parts: dict[int, Part] = {}
    for item in channel_ablation(spec, replace(context(folder, tiny=known), stored=parts.get)):
        if isinstance(item, Part):
            parts[item.index] = decode_part(encode_part(item))
    found = ablation_of(parts.values())
    assert found is not None and found.curves is not None
    return found


def pictures_of(folder: Path, found: Ablation) -> np.ndarray:
    """float32 (picture, height, width, 3) in [0, 1], as the run drew them."""
    dataset = context(folder).dataset("pets")
    return (
        np.stack([np.asarray(dataset.image(n).convert("RGB")) for n in found.base["pictures"]]).astype(np.float32) / 255
    )


def linear_net(activation: str | None = None) -> keras.Model:
    """Six channels, whose means two classes read; cats read channel 1 and 4 and no other."""
    keras.utils.set_random_seed(1)
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.Conv2D(6, 3, activation=activation, bias_initializer="ones", name="seen")(picture)
    network = keras.Model(picture, layers.Dense(2, name="classes")(layers.GlobalAveragePooling2D()(x)))
    kernel = np.zeros((6, 2), np.float32)
    kernel[1, 0], kernel[4, 0], kernel[2, 1] = 3, 2, 1
    network.get_layer("classes").set_weights([kernel, np.zeros(2, np.float32)])
    return network


def residual_net() -> tuple[keras.Model, Mapping[str, Plain]]:
    """Two blocks with everything that goes past a layer, and the plain steps to the layer "inner" and from there."""
    keras.utils.set_random_seed(2)
    picture = keras.Input((SIZE, SIZE, 3))
    stem, inner = layers.Conv2D(5, 3, padding="same", name="stem"), layers.Conv2D(5, 3, padding="same", name="inner")
    gate, out = layers.Dense(5, "sigmoid", name="gate"), layers.Dense(2, name="classes")
    last = layers.Conv2D(4, 3, activation="relu", name="last")
    mean = layers.GlobalAveragePooling2D()
    first = keras.activations.relu

    def rest(a: Any, s: Any, x: Any) -> Any:
        y = first(a) * keras.ops.reshape(gate(mean(s)), (-1, 1, 1, 5)) + s
        return out(keras.ops.concatenate([mean(last(y)), mean(x)], -1))

    s = stem(picture)
    network = keras.Model(picture, rest(inner(s), s, picture))
    return network, {"inner": lambda x: inner(stem(x)), "rest": lambda a, x: rest(a, stem(x), x)}  # type: ignore[dict-item]


def replaced(values: np.ndarray, channel: int, how: str, found: Ablation, batch: int) -> np.ndarray:
    """A layer's values with one channel replaced, as the documents say it."""
    out = values.copy()
    if how == "resample":
        for start in range(0, len(values), batch):
            out[start : start + batch, ..., channel] = np.roll(values[start : start + batch, ..., channel], -1, 0)
    else:
        out[..., channel] = 0 if how == "zero" else values[..., channel].mean()
    return out


@pytest.mark.parametrize("how", ["zero", "mean", "resample"])
def test_effects_are_those_of_a_plain_computation_past_every_skip(folder: Path, how: str) -> None:
    network, plain = residual_net()
    found = run(folder, network, "inner", replace_by=how)
    assert found.facts["cut"] and found.channels.tolist() == list(range(5))
    x = pictures_of(folder, found)
    values, own = np.asarray(plain["inner"](x)), found.base["own"]
    whole = np.asarray(network(x))
    for row, channel in enumerate(found.channels):
        other = np.asarray(plain["rest"](replaced(values, channel, how, found, 64), x))  # type: ignore[call-arg]
        change = other - whole
        np.testing.assert_allclose(found.change[row], change.mean(0), atol=2e-5)
        np.testing.assert_allclose(found.change_error[row], change.std(0, ddof=1) / np.sqrt(COUNT), atol=2e-5)
        for k in (0, 1):
            mine = change[own[:, k], k]
            np.testing.assert_allclose(found.own[row, k], mine.mean(), atol=2e-5)
            np.testing.assert_allclose(found.own_error[row, k], mine.std(ddof=1) / np.sqrt(len(mine)), atol=2e-5)
            np.testing.assert_allclose(found.halves[:, row, k], [mine[::2].mean(), mine[1::2].mean()], atol=2e-5)
        assert found.predicted[row].tolist() == other.argmax(1).tolist()
        assert found.score[row].tolist() == (other.argmax(1) == found.base["labels"]).tolist()
        assert found.flips(row).tolist() == np.flatnonzero(other.argmax(1) != whole.argmax(1)).tolist()


def test_a_layer_that_runs_twice_is_off_both_times(folder: Path) -> None:
    keras.utils.set_random_seed(5)
    picture = keras.Input((SIZE, SIZE, 3))
    seen = layers.Conv2D(3, 3, activation="relu", bias_initializer="ones", name="seen")
    mean, out = layers.GlobalAveragePooling2D(), layers.Dense(2, name="classes")
    mirrored = picture[:, :, ::-1] * 0.5
    network = keras.Model(picture, out(mean(seen(picture)) + mean(seen(mirrored)) * 2))
    found = run(folder, network, "seen")
    assert not found.facts["cut"] and found.facts["calls"] == 2
    x = pictures_of(folder, found)
    first, second = np.asarray(seen(x)), np.asarray(seen(x[:, :, ::-1] * 0.5))
    for row in range(3):
        a, b = (replaced(one, row, "zero", found, 64) for one in (first, second))
        change = np.asarray(out(a.mean((1, 2)) + b.mean((1, 2)) * 2)) - np.asarray(network(x))
        np.testing.assert_allclose(found.change[row], change.mean(0), atol=2e-5)


def test_the_two_channels_that_a_head_reads_are_named_first(folder: Path) -> None:
    found = run(folder, linear_net("relu"), "seen")
    assert set(found.order(0)[:2].tolist()) == {1, 4}
    assert set(np.flatnonzero(found.own[:, 0])) <= {1, 4} and found.order(1)[0] == 2


@pytest.mark.parametrize("how", ["zero", "mean", "resample"])
def test_exact_and_estimate_agree_where_the_rest_is_linear(folder: Path, how: str) -> None:
    found = run(folder, linear_net(), "seen", replace_by=how)
    np.testing.assert_allclose(found.own, found.base["estimate"], atol=1e-5)
    assert np.abs(found.own).max() > 0.01 or how == "mean"
    assert how == "mean" or found.agreement(0) == pytest.approx(1, abs=1e-4)


def test_effects_add_up_where_the_rest_is_linear(folder: Path) -> None:
    model = loaded(linear_net())
    cut = cut_network(model, model_heads(model)[0], "seen", (SIZE, SIZE))
    at = cut.front(np.random.default_rng(0).random((4, SIZE, SIZE, 3), np.float32))
    zeros = [np.zeros((1, 1, 1, 6), np.float32)]
    mask = lambda *off: np.isin(np.arange(6), off)[None]  # noqa: E731
    whole, one, two, both = (np.asarray(cut.answers(at, zeros, mask(*off))[0]) for off in ((), (1,), (4,), (1, 4)))
    np.testing.assert_allclose(both - whole, (one - whole) + (two - whole), atol=1e-5)
    assert np.abs(both - whole).max() > 0.1


def test_zero_on_a_channel_that_is_zero_changes_nothing_at_all(folder: Path) -> None:
    network = linear_net("relu")
    kernel, bias = network.get_layer("seen").get_weights()
    kernel[..., 4], bias[4] = 0, -1
    network.get_layer("seen").set_weights([kernel, bias])
    found = run(folder, network, "seen")
    assert (found.own[4] == 0).all() and (found.change[4] == 0).all() and not len(found.flips(4))


def test_the_curve_starts_at_the_whole_network_and_ends_where_all_are_off(folder: Path) -> None:
    found = run(folder, residual_net()[0], "inner", channels="0-4")
    curves = found.curves
    assert curves is not None and curves["off"].tolist() == [0, 1, 2, 5]
    for k in (0, 1):
        own = found.base["own"][:, k]
        assert curves["strongest"][k, 0] == pytest.approx(found.base["score"][own].mean())
        assert curves["strongest"][k, 1] == pytest.approx(found.score[found.order(k)[0]][own].mean())
        for draw in (0, 1):
            assert curves["random"][draw, k, 3] == curves["strongest"][k, 3]
            assert curves["random"][draw, k, 1] == pytest.approx(found.score[curves["drawn"][draw, 0]][own].mean())
    assert cost_at(found, 5) and cost_at(found, 20) is None


def test_each_class_loses_its_own_channels_on_the_curve(folder: Path) -> None:
    network = linear_net("relu")
    kernel = np.zeros((6, 2), np.float32)
    kernel[1, 0], kernel[2, 1] = 3, 3
    network.get_layer("classes").set_weights([kernel, np.zeros(2, np.float32)])
    curves = run(folder, network, "seen").curves
    assert curves is not None and curves["strongest"][:, 1].tolist() == [0, 0]


def test_parts_are_the_same_however_they_are_shared_and_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = residual_net()[0]
    whole = run(folder, network, "inner", replace_by="mean")
    monkeypatch.setattr(numbers, "LEAST_GROUP", 2)
    monkeypatch.setattr("worker.analyses.channel_ablation.sample.KEPT_BYTES", 0)
    shared = run(folder, network, "inner", replace_by="mean")
    for name in ("own", "own_error", "halves", "predicted", "score"):
        np.testing.assert_allclose(getattr(shared, name), getattr(whole, name), atol=1e-5)
    some = run(folder, network, "inner", channels="1,3", replace_by="mean")
    assert some.channels.tolist() == [1, 3]
    np.testing.assert_allclose(some.own, whole.own[[1, 3]], atol=1e-5)


def painted(folder: Path) -> None:
    """The data set "painted": red says the class of each pixel."""
    masks = np.random.default_rng(5).integers(0, 2, (COUNT, SIZE, SIZE), np.uint8)
    shown = np.zeros((COUNT, SIZE, SIZE, 3), np.uint8)
    shown[..., 0] = masks * 200
    files = {f"images/{i:02d}.png": encoded(one) for i, one in enumerate(shown)}
    files |= {f"masks/{i:02d}.png": encoded(one) for i, one in enumerate(masks)}
    files |= {"classes.txt": b"ground\ntree\n"}
    _keep(folder, files, "painted")


def _keep(folder: Path, files: dict[str, bytes], name: str) -> None:
    registry = context(folder).library.datasets
    source = write_folder(folder / f"source_{name}", files)
    registry.keep(registry.check(source), name, Shares(validation=0.0, test=0.5))


def test_of_a_mask_the_class_mean_logit_and_the_share_of_right_pixels(folder: Path) -> None:
    painted(folder)
    keras.utils.set_random_seed(3)
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.Conv2D(4, 1, activation="relu", bias_initializer="ones", name="seen")(picture)
    last = layers.Conv2D(2, 1, activation="softmax", name="mask")
    network = keras.Model(picture, last(x))
    found = run(folder, network, "seen", dataset="painted")
    assert found.facts["answers"] == "masks" and found.classes == ["ground", "tree"]
    dataset = context(folder).dataset("painted")
    shown = np.stack([np.asarray(dataset.image(n).convert("RGB")) for n in found.base["pictures"]]) / np.float32(255)
    true = np.stack([dataset.mask(int(n)) for n in found.base["pictures"]])
    values = np.asarray(keras.Model(picture, x)(shown))
    kernel, bias = (np.asarray(w) for w in last.get_weights())
    logits = lambda v: v @ kernel[0, 0] + bias  # noqa: E731
    for row in range(4):
        other = logits(replaced(values, row, "zero", found, 64))
        change = (other - logits(values)).mean((1, 2))
        np.testing.assert_allclose(found.own[row], change.mean(0), atol=2e-5)
        np.testing.assert_allclose(found.score[row], (other.argmax(-1) == true).mean((1, 2)), atol=1e-5)


def test_of_numbers_the_value_and_the_error(folder: Path) -> None:
    files = {f"images/{i:02d}.png": encoded(pixels(i, SIZE, SIZE)) for i in range(COUNT)}
    rows = [f"images/{i:02d}.png,{i / 10}" for i in range(COUNT)]
    _keep(folder, files | {"labels.csv": "\n".join(["file,age", *rows]).encode()}, "ages")
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.Conv2D(4, 3, activation="relu", bias_initializer="ones", name="seen")(picture)
    end = layers.Dense(1, name="age")
    network = keras.Model(picture, end(layers.GlobalAveragePooling2D()(x)))
    found = run(folder, network, "seen", dataset="ages")
    assert found.facts["answers"] == "numbers" and found.classes == ["age"] and found.better == -1
    dataset = context(folder).dataset("ages")
    shown = np.stack([np.asarray(dataset.image(n).convert("RGB")) for n in found.base["pictures"]]) / np.float32(255)
    true = [int(Path(dataset.card.pictures[n].path).stem) / 10 for n in found.base["pictures"]]
    values = np.asarray(keras.Model(picture, x)(shown))
    for row in range(4):
        said = np.asarray(end(replaced(values, row, "zero", found, 64).mean((1, 2))))[:, 0]
        np.testing.assert_allclose(found.own[row, 0], (said - np.asarray(network(shown))[:, 0]).mean(), atol=2e-5)
        np.testing.assert_allclose(found.score[row], np.abs(said - true), atol=2e-5)


def test_the_output_that_is_named_is_asked(folder: Path) -> None:
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.Conv2D(4, 3, bias_initializer="ones", name="seen")(picture)
    other = layers.Conv2D(4, 3, name="unseen")(picture)
    mean = layers.GlobalAveragePooling2D()
    outputs = {"kind": layers.Dense(2, name="k")(mean(x)), "other": layers.Dense(2, name="o")(mean(other))}
    network = keras.Model(picture, outputs)
    assert np.abs(run(folder, network, "seen", model_output="kind").own).max() > 0
    assert np.abs(run(folder, network, "unseen", model_output="other").own).max() > 0
    with pytest.raises(InvalidSpec, match=r"a layer that the output kind depends on.*unseen"):
        run(folder, network, "unseen", model_output="kind")


def headless() -> keras.Model:
    picture = keras.Input((SIZE, SIZE, 3))
    return keras.Model(picture, layers.Conv2D(40, 3, activation="relu", name="seen")(picture))


def six_classes() -> keras.Model:
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.GlobalAveragePooling2D(name="mean")(layers.Conv2D(4, 3, name="seen")(picture))
    return keras.Model(picture, layers.Dense(6, "softmax", name="classes")(x))


@pytest.mark.parametrize(
    ("network", "layer", "fields", "error", "said"),
    [
        (headless, "seen", {}, InvalidSpec, "an output to explain"),
        (six_classes, "seen", {}, InvalidSpec, r"a network for the data set's 2 classes \(cat, dog\)"),
        (linear_net, "nowhere", {}, UnknownLayer, "a layer of this model.*nowhere"),
        (
            linear_net,
            "seen",
            {"channels": "5-9"},
            InvalidSpec,
            r"`channels` below 6, the channels of seen.*6, 7, 8, 9",
        ),
        (linear_net, "seen", {"images": 1}, InvalidSpec, "at least two pictures"),
        (linear_net, "classes", {"model_output": "none"}, InvalidSpec, "an output of this model"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(
    folder: Path, network: Any, layer: str, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        run(folder, network(), layer, **fields)


def test_rank_correlation_is_spearmans() -> None:
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    assert rank_correlation(np.array([1.0, 1, 2]), np.array([3.0, 3, 9])) == pytest.approx(1)
    assert np.isnan(rank_correlation(np.array([1.0, 1]), np.array([3.0, 9])))
