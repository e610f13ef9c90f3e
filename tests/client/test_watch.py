"""The callback `convscope.keras.Watch` in a real training, against a real dashboard and real workers."""

import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pytest

import convscope
from convscope.keras import Watch
from shared.client import Client
from shared.library.films import Film
from tests.fixtures.installations import Installation

# Real workers and a real dashboard race the clock: as with kills, a test that fails gets one more try.
pytestmark = pytest.mark.flaky(reruns=1)

SIZE, PICTURES = 24, 64


def network() -> keras.Model:
    """Two convolutions, one of them in a network inside the network, and dropout, which draws at random."""
    keras.utils.set_random_seed(3)
    inner = keras.Sequential([
        keras.Input((None, None, 4)), keras.layers.Conv2D(5, 3, activation="relu", name="deep"),
    ], name="body")  # fmt: skip
    made = keras.Sequential([
        keras.Input((SIZE, SIZE, 3)), keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(4, 3, activation="relu", name="shallow"), inner, keras.layers.Dropout(0.2),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, activation="softmax"),
    ], name="squares")  # fmt: skip
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def material() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    pictures, labels = rng.integers(0, 256, (PICTURES, SIZE, SIZE, 3)).astype("float32"), np.arange(PICTURES) % 2
    pictures[labels == 1, 6:16, 6:16] = 230
    return pictures, labels


class Keeper(keras.callbacks.Callback):
    """The weights after every epoch, kept without Convscope; may wait for something before the next one."""

    def __init__(self, watch: Watch | None = None) -> None:
        super().__init__()
        self.weights, self.watch = list[list[np.ndarray]](), watch

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.weights.append([np.array(one) for one in self.model.get_weights()])
        end = time.monotonic() + 60
        while self.watch is not None and len(self.watch.sent) <= epoch and time.monotonic() < end:
            time.sleep(0.05)


def train(callbacks: Sequence[keras.callbacks.Callback], epochs: int = 3) -> keras.Model:
    made, (pictures, labels) = network(), material()
    made.fit(pictures, labels, epochs=epochs, batch_size=16, verbose=0, callbacks=list(callbacks))
    return made


def film_of(client: Client, watch: Watch) -> Film:
    return client.library.films.get(watch.link.rpartition("=")[2])


@pytest.fixture(scope="module")
def watched(served: Installation, lab: convscope.Lab) -> tuple[Film, Keeper, keras.Model]:
    """A training of three epochs with its film, and what was kept of it beside."""
    watch = Watch(lab, pictures=material()[0][:2].astype("uint8"), channels=3, labels=["noise", "square"])
    keeper = Keeper(watch)
    trained = train([watch, keeper])
    return film_of(served.client(), watch), keeper, trained


def test_every_epoch_is_a_frame_with_its_own_weights_and_numbers(
    watched: tuple[Film, Keeper, keras.Model], lab: convscope.Lab
) -> None:
    film, keeper, _ = watched
    assert [frame.epoch for frame in film.frames] == [1, 2, 3] and film.by == "ada"
    assert film.layers == ("shallow", "body/deep"), "the last convolutions, those inside too"
    assert all(set(frame.logs) == {"loss", "accuracy"} for frame in film.frames)
    picture = material()[0][1].astype("uint8")
    for frame, weights in zip(film.frames, keeper.weights, strict=True):
        plain = network()
        plain.set_weights(weights)
        shallow = keras.Model(plain.inputs[0], plain.get_layer("shallow").output)
        shown = lab.activations(model=frame.model, image=picture, layers=["shallow"])
        maps = next(one for one in shown.arrays.values() if one.ndim == 3 and one.shape[-1] == 4)
        np.testing.assert_allclose(maps, np.asarray(shallow(picture[None].astype("float32")))[0], atol=2e-3)


def test_tiles_and_heat_maps_of_a_frame_are_computed(watched: tuple[Film, Keeper, keras.Model],
                                                      lab: convscope.Lab) -> None:  # fmt: skip
    film, *_ = watched
    runs = {what: lab.get(key) for what, key in film.frames[-1].runs.items()}
    assert set(runs) == {"tiles/shallow", "tiles/body/deep", "maps", "moved"}
    for what, run in runs.items():
        state = run.wait(timeout=240)
        assert state is not None, what
    tiles = [name for name in runs["tiles/shallow"].result().pictures if name.startswith("tiles/")]
    assert len(tiles) == 3


def test_a_training_with_the_callback_learns_the_very_same(watched: tuple[Film, Keeper, keras.Model]) -> None:
    _, _, trained = watched
    alone = train([])
    for with_it, without in zip(trained.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(with_it, without)


def test_frames_are_few_where_they_are_asked_for_seldom_and_the_last_is_one(
    served: Installation, lab: convscope.Lab
) -> None:
    watch = Watch(lab, layers=["shallow"], channels=1, every=2)
    train([watch], epochs=5)
    assert watch.sent[-1] == 5 and set(watch.sent) <= {2, 4, 5}
    assert [frame.epoch for frame in film_of(served.client(), watch).frames] == watch.sent


def test_a_server_that_is_away_is_one_warning_and_the_training_ends() -> None:
    away = convscope.connect("http://127.0.0.1:9", "cvs_token")
    watch = Watch(away, layers=["shallow"], patience=30)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        trained = train([watch])
    words = [str(one.message) for one in said if "Convscope" in str(one.message)]
    assert len(words) == 1 and "epoch 1 is not in the film" in words[0] and "training goes on" in words[0]
    assert watch.sent == [] and watch.link == "" and trained.optimizer.iterations > 0


def test_a_token_that_may_not_and_a_layer_that_is_not_there_are_warnings(
    served: Installation, lab: convscope.Lab
) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        train([Watch(convscope.connect(lab.connection.url, "cvs_wrong"), layers=["shallow"])], epochs=1)
    assert any("token" in str(one.message) for one in said)
    watch = Watch(lab, layers=["shallow", "no-such-layer"], channels=1)
    train([watch], epochs=1)
    assert set(film_of(served.client(), watch).frames[0].runs) == {"tiles/shallow"}


def test_a_network_that_cannot_be_made_twice_is_saved_while_the_training_waits(
    served: Installation, lab: convscope.Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise TypeError("no configuration")

    monkeypatch.setattr(keras.models, "clone_model", refuse)
    watch = Watch(lab, layers=["shallow"], channels=1)
    with pytest.warns(UserWarning, match="saved while the training waits"):
        train([watch], epochs=1)
    assert watch.sent == [1]


@pytest.mark.parametrize("fields", [{"every": 0}, {"kept_models": 1}])
def test_wrong_numbers_are_said_before_the_training(fields: dict[str, int], lab: convscope.Lab) -> None:
    with pytest.raises(ValueError, match="Expected every"):
        Watch(lab, **fields)  # type: ignore[arg-type]


def test_nothing_of_a_frame_is_left_on_the_disk(watched: object) -> None:
    left = [one.name for one in Path(tempfile.gettempdir()).glob("convscope-*/network.keras")]
    assert left == []
