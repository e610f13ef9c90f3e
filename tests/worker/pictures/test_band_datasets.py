"""Data sets of numbers: checked, split, decoded, learnt from, evaluated."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tifffile
from PIL import Image

from dashboard.widgets.channel_examples import EDGES, pieces_url
from shared.analyses import KINDS
from shared.analyses.band_arrays import seen_picture
from shared.client import Client
from shared.errors import InvalidSpec, RefusedUpload
from shared.images.bands import BandPicture, shown_bands
from shared.images.way_in import way_in_words
from shared.library import Dataset
from shared.results import Part
from tests.fixtures import tiny_models
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.worker_context import context
from tests.worker.pictures.test_bands import band_network
from worker.analyses import generators
from worker.pictures.datasets import PictureFeed

SIDE, EACH = 16, 12


def values_of(label: int, number: int) -> np.ndarray:
    """uint16 of six bands: the fifth is high in one class and low in the other, all others are chance."""
    values = np.random.default_rng([label, number]).integers(0, 6000, (SIDE, SIDE, 6))
    values[..., 4] = 5000 if label else 500
    return values.astype(np.uint16)


def add(folder: Path, suffix: str = "npy", span: str = "") -> Dataset:
    """A data set of two classes."""
    for label, name in enumerate(("low", "high")):
        (folder / "set" / name).mkdir(parents=True, exist_ok=True)
        for number in range(EACH):
            path, values = folder / "set" / name / f"{number}.{suffix}", values_of(label, number)
            if suffix == "npy":
                np.save(path, values)
            else:
                tifffile.imwrite(path, np.moveaxis(values, -1, 0), photometric="minisblack")
    sets = context(folder).library.datasets
    return sets.open(sets.keep(sets.check(folder / "set", span=span), "six"))


@pytest.mark.parametrize("suffix", ["npy", "tif"])
def test_numbers_are_kept_with_one_range_for_all(tmp_path: Path, suffix: str) -> None:
    data = add(tmp_path, suffix)
    assert (data.card.encoding, data.card.bands, data.card.span, data.card.channels) == ("bands", 6, (0, 65_535), 6)
    assert data.card.notes[-1].startswith("6 bands of uint16: 0 was taken for black and 65535 for white")
    for number, one in enumerate(data.card.pictures):
        expected = values_of(data.card.classes.index("high") == one.label, int(Path(one.path).stem))
        assert np.array_equal(data.picture(number).values, expected)
        spread = (expected - float(expected.min())) / np.ptp(expected)
        shown = np.asarray(data.image(number, (5, 3, 1)))
        assert np.abs(shown - shown_bands(spread, (5, 3, 1)) * 255).max() <= 1


def test_another_range_is_another_data_set(tmp_path: Path) -> None:
    one, other = add(tmp_path), add(tmp_path, span="0,10000")
    assert one.reference != other.reference
    assert one.card.pack == other.card.pack
    assert (other.card.span, add(tmp_path, span="minmax").card.span[1] > 5000) == ((0, 10_000), True)
    with pytest.raises(InvalidSpec, match="a range"):
        add(tmp_path, span="white")


def test_other_bands_among_them_are_named(tmp_path: Path) -> None:
    add(tmp_path)
    np.save(tmp_path / "set" / "low" / "odd.npy", values_of(0, 0)[..., :3])
    sets = context(tmp_path).library.datasets
    checked = sets.check(tmp_path / "set")
    assert checked.unreadable == (("low/odd.npy", "3 bands of uint16, where the others are 6 bands of uint16"),)
    with pytest.raises(RefusedUpload, match="3 bands of uint16"):
        sets.keep(checked, "odd")


@pytest.mark.parametrize("memory", [0, 10**8])
def test_a_feed_gives_the_numbers_over_their_range(tmp_path: Path, memory: int) -> None:
    data = add(tmp_path, span="0,10000")
    feed = PictureFeed(data, "train", (SIDE, SIDE), channels=6, batch=5, memory=memory)
    for _ in range(2):  # decoded, then from memory
        pictures = np.concatenate([batch.numpy() for batch, _ in feed.epoch()])
        expected = np.stack([data.picture(n).values for n in data.card.rows("train")]) / np.float32(10_000)
        assert pictures.dtype == np.float32
        assert np.abs(pictures - expected).max() < 1e-6
    raw = PictureFeed(data, "train", (SIDE, SIDE), channels=6, batch=5, how="0..4095")
    first = next(iter(raw.epoch()))[0].numpy()
    assert np.allclose(first * 4095, expected[:5] * 10_000, atol=0.01)


def test_a_network_of_other_bands_is_refused(tmp_path: Path) -> None:
    data = add(tmp_path)
    with pytest.raises(InvalidSpec, match=r"3 bands.*Received: '6 bands"):
        PictureFeed(data, "train", (SIDE, SIDE), channels=3)


def run(folder: Path, kind: str, network: keras.Model | None = None, **fields: Any) -> list[Part]:
    """All parts of an analysis."""
    models = {} if network is None else {"tiny": tiny_models.loaded(network)}
    made: dict[int, Part] = {}
    where = replace(context(folder, **models), stored=made.get)
    for item in generators()[kind](KINDS[kind].spec(**fields), where):
        if isinstance(item, Part):
            made[item.index] = item
    return list(made.values())


def test_a_network_of_six_bands_is_evaluated(tmp_path: Path) -> None:
    data, network = add(tmp_path, span="0,10000"), band_network()
    answers = run(tmp_path, "evaluate_model", network, model="tiny", dataset=data.reference, split="train",
                  precision="float32")[0]  # fmt: skip
    pictures = np.stack([data.picture(n).values for n in data.card.rows("train")]) / np.float32(10_000)
    expected = network.predict(pictures, verbose=0)
    order = np.argsort(answers.arrays["pictures"])
    assert np.abs(answers.arrays["probabilities"][order] - expected).max() < 1e-5


def test_examples_of_a_network_of_six_bands(tmp_path: Path) -> None:
    data = add(tmp_path)
    parts = run(tmp_path, "dataset_examples", band_network(), model="tiny", layer="bands", dataset=data.reference,
                split="train", k=3, precision="float32")  # fmt: skip
    best = parts[-1].arrays["picture"][0]
    assert {data.card.classes[data.card.pictures[int(n)].label] for n in best} == {"high"}


def test_six_bands_are_learnt(tmp_path: Path) -> None:
    data = add(tmp_path, span="0,10000")
    epochs = run(tmp_path, "training_run", dataset=data.reference, strategy="scratch", epochs=6, batch=4,
                 precision="float32", watch=(0,))  # fmt: skip
    assert epochs[-1].facts["accuracy"] > 0.9
    # What it learnt from goes with it: a picture of the type's own range goes in as it did while it learnt.
    library = context(tmp_path).library
    (learnt,) = library.models.records()
    how = library.models.card(learnt["reference"]).preprocess
    assert how == "0..1 of 0..10000"
    picture = BandPicture(data.picture(0).values, 0, 65535)
    assert np.array_equal(picture.seen(how), data.picture(0).unit())
    assert "values 0…1 of 0…10000" in way_in_words(picture, (SIDE, SIDE), 6, "crop", how)


def feature_base(bands: int = 6) -> keras.Model:
    """Its last maps are the bands at half the size: a head can tell the classes apart by the fifth."""
    inputs = keras.Input((SIDE, SIDE, bands))
    first, last = (keras.layers.Conv2D(bands, 1, activation="relu", name=name) for name in ("copies", "last"))
    network = keras.Model(inputs, last(keras.layers.AveragePooling2D(2, name="half")(first(inputs))))
    for layer in (first, last):
        layer.set_weights([np.eye(bands, dtype=np.float32)[None, None], np.zeros(bands, np.float32)])
    return network


@pytest.mark.parametrize(
    "fields",
    [
        {"strategy": "feature_extraction", "epochs": 10},
        {"strategy": "feature_extraction_augmented", "epochs": 10, "augmentation": "mirror"},
        {"strategy": "fine_tuning", "epochs": 10, "fine_tune_epochs": 1, "augmentation": "mirror"},
    ],
)
def test_a_base_of_six_bands_is_trained_on(tmp_path: Path, fields: dict[str, Any]) -> None:
    data, base = add(tmp_path, span="0,10000"), feature_base()
    epochs = run(tmp_path, "training_run", base, model="tiny", dataset=data.reference, size=SIDE, batch=4, dropout=0,
                 learning_rate=0.3, precision="float32", **fields)  # fmt: skip
    assert epochs[-1].facts["accuracy"] > 0.9, "the fifth band tells the classes apart"
    here = context(tmp_path)
    (learnt,) = (one for one in here.library.models.records() if "-head" not in one["name"])
    network = here.models.load(learnt["reference"])
    assert network.input_channels == 6
    pictures = np.stack([data.picture(n).values for n in data.card.rows("train")]) / np.float32(10_000)
    labels = [data.card.pictures[n].label for n in data.card.rows("train")]
    said = network.network.predict(pictures, verbose=0)[:, 0] > 0.5  # of two classes the second's probability
    assert (said == labels).mean() > 0.9
    if fields["strategy"] == "feature_extraction":
        kept = network.network.get_layer("copies").get_weights()[0]
        assert np.array_equal(kept, base.get_layer("copies").get_weights()[0])


def test_watched_maps_are_laid_over_the_chosen_bands(tmp_path: Path) -> None:
    data = add(tmp_path, span="0,10000")
    (epoch,) = run(tmp_path, "training_run", feature_base(), model="tiny", dataset=data.reference, size=SIDE, epochs=1,
                   strategy="feature_extraction", learning_rate=0.3, precision="float32", watch=(3,))  # fmt: skip
    every, stored = np.asarray(data.picture(3).shown((5,))), epoch.pictures["watch_3"]
    assert np.abs(epoch.arrays["watch_3_bands"][..., 4].astype(int) - every).max() <= 1
    heat = epoch.arrays["watch_3_heat"]
    assert heat.shape == (SIDE, SIDE) and heat.max() > 150
    again, other = seen_picture(epoch, "watch_3", (1, 2, 3)), seen_picture(epoch, "watch_3", (5,))
    assert np.abs(again.astype(int) - stored).max() <= 3, "as it was drawn, but for the map's 256 steps"
    # The map takes a share of 0.65 √heat; what it leaves of the picture is another one.
    left = 1 - 0.65 * np.sqrt(heat / 255)[..., None]
    usual = epoch.arrays["watch_3_bands"][..., :3].astype(int)
    assert np.abs(other - again.astype(int) - left * (every[..., None] - usual)).max() <= 2


def test_the_sheet_of_examples_is_drawn_in_the_chosen_bands(tmp_path: Path) -> None:
    data = add(tmp_path)
    last = run(tmp_path, "dataset_examples", band_network(), model="tiny", layer="bands", dataset=data.reference,
               split="train", k=1, precision="float32")[-1]  # fmt: skip
    number, box = int(last.arrays["picture"][0, 0]), last.arrays["box"][0, 0]
    sheet = seen_picture(last, "sheet", (5,))
    assert sheet.shape == last.arrays["sheet_bands"].shape[:2] and last.arrays["sheet_bands"].shape[-1] == 6
    level = int(np.asarray(data.image(number, (5,)))[box[0], box[1]])
    assert (sheet == level).sum() > 50, "the piece of one pixel is a square of that band's value"


def test_pieces_and_masks_are_drawn_in_the_chosen_bands(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_dashboard_at(client, monkeypatch)
    for label, name in enumerate(("low", "high")):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(EACH):
            np.save(tmp_path / "set" / name / f"{number}.npy", values_of(label, number))
    sets = client.datasets
    reference = sets.keep(sets.check(tmp_path / "set"), "six")
    address = pieces_url(reference, [(0, 0, 0, SIDE, SIDE)], EDGES[1])
    usual, fifth = (Image.open(io.BytesIO(ask_route(url).content)) for url in (address, f"{address}?bands=5"))
    shown = np.asarray(sets.open(reference).image(0, (5,)).convert("L"), int)
    got = np.asarray(fifth.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), int)
    assert np.abs(got - shown).mean() < 12
    assert np.asarray(usual).std(-1).mean() > 10 > np.asarray(fifth).std(-1).mean(), "three bands are colours, one grey"


def grey_set(folder: Path, also: np.ndarray | None = None) -> Dataset:
    """Grey pictures of 16 bits in two classes, none brighter than 3,000, and perhaps one of another kind."""
    for label, name in enumerate(("dark", "light")):
        (folder / "grey" / name).mkdir(parents=True)
        for number in range(EACH):
            values = np.random.default_rng([label, number]).integers(2000 * label, 2000 * label + 1000, (SIDE, SIDE))
            Image.fromarray(values.astype(np.uint16)).save(folder / "grey" / name / f"{number}.png")
    if also is not None:
        Image.fromarray(also).save(folder / "grey" / "light" / "also.png")
    sets = context(folder).library.datasets
    return sets.open(sets.keep(sets.check(folder / "grey"), "grey"))


def test_grey_of_16_bits_keeps_its_depth_and_its_range_is_said(tmp_path: Path) -> None:
    data = grey_set(tmp_path)
    assert (data.card.encoding, data.card.bands, data.card.span) == ("bands", 1, (0, 65_535))
    assert "say the range, such as 0,4095" in data.card.notes[-1]
    values = np.asarray(Image.open(tmp_path / "grey" / data.card.pictures[0].path))
    assert np.array_equal(data.picture(0).values[..., 0], values)
    for channels in (1, 3):  # networks of colours are shown the same values three times
        fed = next(iter(PictureFeed(data, "train", (SIDE, SIDE), channels=channels).some(np.array([0]))))[0]
        first = data.picture(data.card.rows("train")[0]).values
        assert np.allclose(fed[0], np.repeat(first / 65_535, channels, -1), atol=1e-6)


def test_grey_of_16_bits_among_others_becomes_8_as_before(tmp_path: Path) -> None:
    data = grey_set(tmp_path, np.full((SIDE, SIDE, 3), 99, np.uint8))
    assert (data.card.encoding, data.card.bands) == ("files", 0)
    assert len(data.card.pictures) == 2 * EACH + 1
    assert "24 of 16 bits: 65,535 was taken for white" in " ".join(data.card.notes)


def rgba_set(folder: Path, transparency: bool) -> Dataset:
    """Pictures of one colour that differ by how opaque they are alone."""
    for label, name in enumerate(("faint", "solid")):
        (folder / "rgba" / name).mkdir(parents=True, exist_ok=True)
        for number in range(EACH):
            values = np.random.default_rng([label, number]).integers(90, 110, (SIDE, SIDE, 4)).astype(np.uint8)
            values[..., 3] = 230 if label else 20
            Image.fromarray(values).save(folder / "rgba" / name / f"{number}.png")
    sets = context(folder).library.datasets
    checked = sets.check(folder / "rgba", transparency=transparency)
    return sets.open(sets.keep(checked, f"rgba{transparency}"))


def test_transparency_is_kept_for_a_network_of_four_bands(tmp_path: Path) -> None:
    data = rgba_set(tmp_path, True)
    assert (data.card.bands, data.card.channels, data.card.span) == (4, 4, (0, 255))
    first = data.card.pictures[0]
    expected = np.asarray(Image.open(tmp_path / "rgba" / first.path))
    assert np.array_equal(data.picture(0).values, expected)
    fed = next(iter(PictureFeed(data, "train", (SIDE, SIDE), channels=4).some(np.array([0]))))[0].numpy()
    path = data.card.pictures[data.card.rows("train")[0]].path
    assert np.allclose(fed[0] * 255, np.asarray(Image.open(tmp_path / "rgba" / path)), atol=1e-3)
    epochs = run(tmp_path, "training_run", feature_base(4), model="tiny", dataset=data.reference, size=SIDE, batch=4,
                 strategy="feature_extraction", epochs=10, dropout=0, learning_rate=0.3,
                 precision="float32")  # fmt: skip
    assert epochs[-1].facts["accuracy"] > 0.9
    with pytest.raises(InvalidSpec, match="4 bands"):
        PictureFeed(data, "train", (SIDE, SIDE), channels=3)


def test_without_a_word_transparent_places_are_white_and_the_way_out_is_said(
    tmp_path: Path,
) -> None:
    data = rgba_set(tmp_path, False)
    assert (data.card.encoding, data.card.channels) == ("files", 3)
    with pytest.raises(InvalidSpec, match=r"4 bands.*in a data set, added with it kept"):
        PictureFeed(data, "train", (SIDE, SIDE), channels=4)
