"""Channel switches: a plain computation gives the same predictions, and the page asks for them at once."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses.channel_switches.parts import SWITCHED, SwitchArrays
from shared.analyses.channel_switches.spec import ChannelSwitches
from shared.client import Client
from shared.errors import InvalidSpec, UnknownLayer
from shared.results import Part, encode_part
from tests.analyses.channel_switches.parts import COUNT, switched_part
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit
from tests.fixtures.explained_models import SIZE, photograph, two_channels
from tests.fixtures.synthetic_runs import FACTS, begin, finished_inspection
from tests.fixtures.tiny_models import loaded
from tests.fixtures.worker_context import context
from worker.analyses.channel_switches import channel_switches

layers = keras.layers
MODEL, LAYER = "keras/vgg16/random", "block2_conv1"


def switched(folder: Path, network: keras.Model, layer: str, **fields: Any) -> SwitchArrays:
    spec = ChannelSwitches(**{"model": "tiny", "image": "noise", "layer": layer, **fields})
    (part,) = [one for one in channel_switches(spec, context(folder, tiny=loaded(network))) if isinstance(one, Part)]
    return SWITCHED.read_arrays(part)


def skipping_net() -> keras.Model:
    keras.utils.set_random_seed(4)
    picture = keras.Input((SIZE, SIZE, 3))
    seen = layers.Conv2D(4, 3, padding="same", name="seen")
    x = seen(picture)
    y = layers.Concatenate()([keras.activations.relu(x), picture])
    return keras.Model(picture, layers.Dense(3, "softmax", name="classes")(layers.GlobalAveragePooling2D()(y)))


@pytest.mark.parametrize("how", ["zero", "mean"])
def test_the_predictions_are_those_of_a_plain_computation(tmp_path: Path, how: str) -> None:
    network = skipping_net()
    x = photograph(tmp_path).astype(np.float32)[None] / 255
    arrays = switched(tmp_path, network, "seen", off="1,3", replace_by=how)
    values = np.asarray(network.get_layer("seen")(x))
    other = values.copy()
    other[..., [1, 3]] = 0 if how == "zero" else values[..., [1, 3]].mean((0, 1, 2))
    kernel, bias = network.get_layer("classes").get_weights()
    logits = lambda v: np.concatenate([np.maximum(v, 0), x], -1).mean((1, 2)) @ kernel + bias  # noqa: E731
    np.testing.assert_allclose(arrays["logits_on"], logits(values)[0], atol=1e-5)
    np.testing.assert_allclose(arrays["logits_off"], logits(other)[0], atol=1e-5)
    np.testing.assert_allclose(arrays["given_on"], np.asarray(network(x))[0], atol=1e-5)
    np.testing.assert_allclose(arrays["strength"], values.max((0, 1, 2)), atol=1e-5)
    assert np.abs(arrays["logits_off"] - arrays["logits_on"]).max() > 1e-3


def test_with_every_channel_on_both_say_the_same(tmp_path: Path) -> None:
    photograph(tmp_path)
    arrays = switched(tmp_path, two_channels([[1, 0], [0, 1]]), "channels")
    np.testing.assert_array_equal(arrays["logits_on"], arrays["logits_off"])


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    photograph(tmp_path)
    network = two_channels([[1, 0], [0, 1]])
    with pytest.raises(InvalidSpec, match=r"`off` below 2, the channels of channels.*5"):
        switched(tmp_path, network, "channels", off="1,5")
    other = keras.Model(network.input, [network.output, layers.Conv2D(2, 1, name="aside")(network.input)])
    with pytest.raises(InvalidSpec, match="a layer that the output head depends on"):
        switched(tmp_path, other, "aside", off="1", model_output="head")
    with pytest.raises(UnknownLayer, match="nowhere"):
        switched(tmp_path, network, "nowhere")


def finished(client: Client, **fields: Any) -> str:
    """A run on the sample cat; its key."""
    spec = client.resolve(ChannelSwitches(model=MODEL, image="sample/cat", layer=LAYER, **fields))
    fence = begin(client.store, spec, 1)
    client.store.runs.write(spec.key(), fence, (0, encode_part(switched_part(bool(fields.get("off"))))), {})
    client.store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()


def test_the_page_shows_both_predictions_and_a_switch_a_channel(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_dashboard_at(client, monkeypatch)
    finished_inspection(client, MODEL)
    page = visit(run=finished(client, off="0,4"))
    assert not page.exception and page.header[0].value == "Channel switches"
    data = element(page, "switch-board")
    assert data and data["off"] == "0,4" and data["channels"] == COUNT
    assert [one["channel"] for one in data["switches"]] == [2, 4, 5, 1, 0, 3]
    assert data["note"] == "2 channels of 6 off."
    first = data["predictions"][0]
    assert (first["name"], first["on"], first["off"], first["change"]) == ("cat", "84.4 %", "9.0 %", "logit −3")
    assert {row["name"] for row in data["predictions"]} == {"cat", "dog", "fox"}


def test_a_choice_is_asked_for_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    finished_inspection(client, MODEL)
    page = visit("switches", model=MODEL, image="sample/cat", layer=LAYER, off="2")
    assert not page.exception
    spec = client.resolve(ChannelSwitches(model=MODEL, image="sample/cat", layer=LAYER, off="2"))
    assert client.record(spec.key()).status == "queued"
