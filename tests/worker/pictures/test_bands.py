"""Networks of any number of bands: what they are shown, what is refused, what is kept of every band."""

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import KINDS
from shared.analyses.band_arrays import in_bands, picture_in_bands, seen_picture, wanted_bands
from shared.analyses.sanity_check.files import sanity_arrays
from shared.client import Result, thumbnail
from shared.errors import InvalidSpec
from shared.images.bands import BandPicture, open_picture
from shared.images.masks import mask_over
from shared.images.way_in import way_in_words
from shared.results import Part, decode_picture, encode_part
from shared.store import RunRecord
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context
from worker.analyses import generators
from worker.pictures.picture_sizes import sized_picture

SIDE = 16
VALUES = np.random.default_rng(3).integers(0, 7000, (SIDE, SIDE, 6)).astype(np.uint16)


def band_network(bands: int = 6) -> keras.Model:
    """Class 0 is the fifth band's mean (the last one's where there are fewer), class 1 what is left to 1."""
    inputs = keras.Input((SIDE, SIDE, bands))
    first = keras.layers.Conv2D(4, 1, name="bands")
    flow = keras.layers.GlobalAveragePooling2D()(first(inputs))
    network = keras.Model(inputs, keras.layers.Dense(2, "softmax", name="end")(flow))
    kernel = np.zeros((1, 1, bands, 4), np.float32)
    kernel[0, 0, min(4, bands - 1)] = [4, -4, 0, 0]
    first.set_weights([kernel, np.ones(4, np.float32)])
    return network


def npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def parts(
    folder: Path, kind: str, network: keras.Model, data: bytes = b"", span: str = "", **fields: Any
) -> list[Part]:
    """All parts of an analysis of a network, with an added picture as its `image`."""
    where = context(folder, tiny=tiny_models.loaded(network))
    if data:
        fields["image"] = where.library.images.add(data, span=span)
    spec = KINDS[kind].spec(model="tiny", **fields)
    return [item for item in generators()[kind](spec, where) if isinstance(item, Part)]


def test_what_a_network_is_shown_is_the_numbers_over_their_range(tmp_path: Path) -> None:
    network = band_network()
    first = parts(tmp_path, "activations", network, npy(VALUES), "0,10000", layers=("bands",))[0]
    expected = network.predict(VALUES[None] / np.float32(10_000), verbose=0)[0]
    assert np.abs(first.arrays["probabilities"] - expected).max() < 1e-6


def test_every_band_is_kept_and_any_three_are_shown(tmp_path: Path) -> None:
    first = parts(tmp_path, "activations", band_network(), npy(VALUES), layers=("bands",))[0]
    grey = np.rint((VALUES - float(VALUES.min())) / np.ptp(VALUES) * 255).astype(np.uint8)
    assert np.abs(first.arrays["picture_bands"].astype(int) - grey).max() <= 1
    assert np.array_equal(first.pictures["picture"], first.arrays["picture_bands"][..., :3])
    shown = seen_picture(first, "picture", (5, 3, 1))
    assert shown is not None
    assert np.array_equal(shown, first.arrays["picture_bands"][..., [4, 2, 0]])
    data = encode_part(first)
    assert np.array_equal(decode_picture(picture_in_bands(data, "picture", (5, 3, 1)) or b""), shown)
    assert np.array_equal(decode_picture(picture_in_bands(data, "picture", ()) or b""), first.pictures["picture"])


def test_a_network_of_colours_keeps_no_bands_beside_its_pictures(tmp_path: Path) -> None:
    picture = Image.fromarray(VALUES[..., :3].astype(np.uint8))
    first = parts(tmp_path, "activations", band_network(3), png(picture), layers=("bands",))[0]
    assert set(first.arrays) == {"logits", "probabilities"}


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "smooth_grad", "guided_backprop"])
def test_the_heat_map_of_each_band_names_the_one_that_counts(tmp_path: Path, method: str) -> None:
    network = band_network()
    picture, maps = parts(tmp_path, "attribution", network, npy(VALUES), methods=(method,), top=1)
    assert maps.arrays["bands"].shape == (1, SIDE, SIDE, 6)
    assert maps.facts["maps"][0]["band_shares"] == [0, 0, 0, 0, 1, 0]
    signed = maps.arrays.get("signed", maps.arrays["maps"])
    assert np.allclose(maps.arrays["bands"].sum(-1), signed, atol=1e-6)
    if method == "saliency":
        # d logit / d pixel = the kernel over the mean's pixels, times the Dense layer's own weights.
        dense, kernel = network.get_layer("end").get_weights()[0], network.get_layer("bands").get_weights()[0]
        explained = picture.facts["classes"][0]["class"]
        expected = kernel[0, 0] @ dense[:, explained] / SIDE**2
        assert np.allclose(maps.arrays["bands"][0, 0, 0], expected, rtol=1e-4, atol=1e-7)


def test_methods_of_layers_and_networks_of_colours_have_no_maps_by_band(tmp_path: Path) -> None:
    by_layer = parts(tmp_path, "attribution", band_network(), npy(VALUES), methods=("grad_cam",), top=1)[1]
    picture = png(Image.fromarray(VALUES[..., :3].astype(np.uint8)))
    colours = parts(tmp_path, "attribution", band_network(3), picture, methods=("saliency",), top=1)[1]
    for part in (by_layer, colours):
        assert "bands" not in part.arrays
        assert "band_shares" not in part.facts["maps"][0]


def test_a_picture_of_other_bands_is_refused(tmp_path: Path) -> None:
    rgb = png(Image.fromarray(VALUES[..., :3].astype(np.uint8)))
    for network, data, words in (
        (band_network(6), rgb, r"6 bands, as the network takes\. Received: '3 bands"),
        (band_network(4), rgb, r"4 bands.*RGBA"),
        (band_network(2), png(Image.new("L", (20, 20))), r"2 bands.*Received: '1 band"),
        (band_network(3), npy(VALUES), r"3 bands.*Received: '6 bands"),
    ):
        with pytest.raises(InvalidSpec, match=words):
            parts(tmp_path, "activations", network, data, layers=("bands",))


def test_a_network_of_four_channels_sees_the_transparency(tmp_path: Path) -> None:
    values = np.full((SIDE, SIDE, 4), [255, 0, 0, 51], np.uint8)
    network = band_network(4)
    first = parts(tmp_path, "activations", network, png(Image.fromarray(values)), layers=("bands",))[0]
    expected = network.predict(values[None] / np.float32(255), verbose=0)[0]
    assert np.abs(first.arrays["probabilities"] - expected).max() < 1e-6
    colours = parts(tmp_path, "activations", band_network(3), png(Image.fromarray(values)), layers=("bands",))[0]
    assert colours.pictures["picture"][0, 0].tolist() == [255, 204, 204], "on white"


def test_grey_of_16_bits_keeps_its_depth(tmp_path: Path) -> None:
    values = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 16
    where = context(tmp_path)
    path = where.library.images.path(where.library.images.add(png(Image.fromarray(values)), span="0,4095"))
    seen = sized_picture(open_picture(path), (SIDE, SIDE), 1, "fit")
    assert np.allclose(seen[..., 0], values / 4095, atol=1e-6)
    assert np.array_equal(sized_picture(open_picture(path), (SIDE, SIDE), 3, "fit"), np.repeat(seen, 3, -1))


def test_numbers_that_a_network_takes_as_they_stand_are_neither_cut_nor_scaled_by_their_range(tmp_path: Path) -> None:
    where = context(tmp_path)
    path = where.library.images.path(where.library.images.add(npy(VALUES)))
    seen = sized_picture(open_picture(path), (SIDE, SIDE), 6, "fit", "0..4095")
    assert np.allclose(seen * 4095, VALUES, atol=1e-2)


@pytest.mark.parametrize(
    ("kind", "name", "fields"),
    [
        ("filter_atlas", "tile", {"layer": "bands", "size": 16, "steps": 2, "channels": (0,), "precision": "float32"}),
        ("channel_portrait", "image", {"layer": "bands", "channel": 0, "size": 32, "steps": 2, "precision": "float32"}),
        ("class_maximization", "image", {"classes": (0,), "steps": 2, "precision": "float32"}),
        ("filter_twins", "tile", {"layer": "bands", "size": 16, "steps": 2, "precision": "float32"}),
    ],
)
def test_optimized_pictures_keep_every_band(tmp_path: Path, kind: str, name: str, fields: dict[str, Any]) -> None:
    made = [part for part in parts(tmp_path, kind, band_network(), **fields) if name in part.pictures]
    assert made
    for part in made:
        assert part.arrays[f"{name}_bands"].shape == (*part.pictures[name].shape[:2], 6)
        assert np.array_equal(part.pictures[name], part.arrays[f"{name}_bands"][..., :3])


def test_a_comparison_shows_its_tiles_and_its_picture_in_the_chosen_bands(tmp_path: Path) -> None:
    network = band_network()
    data = npy(VALUES)
    after = band_network()
    after.get_layer("bands").set_weights([w + 1 for w in after.get_layer("bands").get_weights()])
    where = context(tmp_path, before=tiny_models.loaded(network), after=tiny_models.loaded(after))
    where.library.images.add(data, "bands")
    spec = KINDS["compare_models"].spec(model="before", other="after", image="bands", layers=("bands",),
                                        most_channels=2, size=16, steps=2, precision="float32")  # fmt: skip
    table, layer = (item for item in generators()["compare_models"](spec, where) if isinstance(item, Part))
    assert np.array_equal(seen_picture(table, "picture", (5,)), table.arrays["picture_bands"][..., 4])
    for at, channel in enumerate(layer.arrays["channels"].tolist()):
        tile = layer.arrays["after_bands"][at]
        assert tile.shape == (16, 16, 6)
        assert np.array_equal(layer.pictures[f"after_{channel}"], tile[..., :3])
        assert np.array_equal(seen_picture(layer, f"after_{channel}", (5, 3, 1)), tile[..., [4, 2, 0]])


def test_a_check_of_a_heat_map_keeps_every_band_and_is_written(tmp_path: Path) -> None:
    made = parts(tmp_path, "sanity_check", band_network(), npy(VALUES), methods=("saliency",), depths=1, points=2)
    assert made[0].arrays["picture_bands"].shape == (SIDE, SIDE, 6)
    arrays = sanity_arrays([part for part in made if "depth" in part.facts], {part.index: part for part in made})
    assert arrays["saliency"].shape == (len(made) - 1, SIDE, SIDE)
    assert "picture_bands" not in arrays


def test_a_mask_lies_over_the_chosen_bands(tmp_path: Path) -> None:
    inputs = keras.Input((SIDE, SIDE, 6))
    network = keras.Model(inputs, keras.layers.Conv2D(3, 1, activation="softmax", name="classes")(inputs))
    first = parts(tmp_path, "activations", network, npy(VALUES))[0]
    assert np.array_equal(seen_picture(first, "mask"), mask_over(first.pictures["picture"], first.arrays["mask"]))
    grey = first.arrays["picture_bands"][..., 4]
    assert np.array_equal(seen_picture(first, "mask", (5,)), mask_over(grey, first.arrays["mask"]))
    # As a page gets it.
    png_of = picture_in_bands(encode_part(first), "mask", (5,))
    assert png_of is not None
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png_of))), seen_picture(first, "mask", (5,)))


def test_a_dream_of_six_bands_begins_with_the_picture(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(channels=6)
    made = parts(tmp_path, "deep_dream", network, npy(VALUES), "0,7000", layers=("first",), steps=1, octaves=1, size=32,
                 precision="float32")  # fmt: skip
    assert made[0].arrays["original_bands"].shape == made[1].arrays["dream_bands"].shape == (32, 32, 6)
    # Both are stretched for show alone, and one step changes little.
    apart = np.abs(made[1].arrays["dream_bands"].astype(int) - made[0].arrays["original_bands"]).mean()
    assert apart < 20


@pytest.mark.parametrize(
    ("picture", "channels", "how", "said"),
    [
        (BandPicture(np.zeros((30, 40, 4), np.uint8), 0, 255, True), 3, "0..1",
         "RGBA, 40 × 30 px. Into the network: its middle, resized to 8 × 8 px; transparent places are shown to the "
         "network as white; values 0…1."),
        (BandPicture(np.zeros((30, 40, 1), np.uint16), 0, 65535), 3, "",
         "1 band, uint16, 0 is black and 65535 is white, 40 × 30 px. Into the network: its middle, resized to 8 × 8 "
         "px; the picture is grey: the network is shown the same values as red, green and blue."),
        (BandPicture(np.zeros((30, 40, 6), np.uint16), 0, 65535), 6, "0..10000",
         "6 bands, uint16, 0 is black and 65535 is white, 40 × 30 px. Into the network: its middle, resized to 8 × 8 "
         "px; numbers 0 to 10000 as they stand."),
    ],
)  # fmt: skip
def test_a_line_says_what_came_in_and_what_went_into_the_network(
    picture: BandPicture, channels: int, how: str, said: str
) -> None:
    assert way_in_words(picture, (8, 8), channels, "crop", how) == said


def test_a_context_notes_what_went_in_and_what_was_changed_of_the_file(tmp_path: Path) -> None:
    found = context(tmp_path)
    data = io.BytesIO()
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).convert("CMYK").save(data, "JPEG")
    reference = found.library.images.add(data.getvalue())
    found.sized_picture(reference, (8, 8), 1, "crop", "-1..1")
    assert found.pictures_in == {
        reference: "Of the file: CMYK made colours. RGB, 40 × 30 px. Into the network: its middle, resized to 8 × 8 "
        "px; the network takes one band: the picture's colours are made grey; values -1…1."
    }


# Whatever is drawn of a result is drawn in the bands that were chosen

BGR = (5, 3, 1)
ASCENT = {"steps": 3, "precision": "float32"}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("channel_portrait", {"layer": "bands", "channel": 0, "size": 32, "facets": 1, **ASCENT, "steps": 16}),
        ("class_maximization", {"classes": (0,), **ASCENT}),
        ("deep_dream", {"layers": "bands", "size": 32, "octaves": 1, "jitter": 0, **ASCENT}),
    ],
)
def test_an_animation_ends_as_its_picture_does_in_any_bands(tmp_path: Path, kind: str, fields: dict[str, Any]) -> None:
    data = npy(np.rint(VALUES * 9.0).astype(np.uint16)) if kind == "deep_dream" else b""
    made = parts(tmp_path, kind, band_network(), data, **fields)
    moving = [part for part in made if "history" in part.arrays]
    pictures = [picture for part in made for name, picture in part.pictures.items() if name in ("image", "dream")]
    assert moving and pictures
    for part in moving:
        frames = part.arrays["history_bands"]
        assert frames.shape[-1] == 6
        assert np.array_equal(part.arrays["history"], frames[..., :3])
        drawn = in_bands(part, BGR)
        assert np.array_equal(drawn.arrays["history"], frames[..., [4, 2, 0]])
        shown, name = (made[-2], "dream") if kind == "deep_dream" else (part, "image")
        size = drawn.arrays["history"].shape[2:0:-1]
        small = np.asarray(Image.fromarray(seen_picture(shown, name, BGR)).resize(size, Image.Resampling.BICUBIC))
        assert np.abs(drawn.arrays["history"][-1].astype(int) - small).mean() < 8, "the last frame is the picture"
        assert in_bands(part, (5,)).arrays["history"].ndim == 3, "one band is grey"


def test_a_sketch_and_a_preview_keep_every_band(tmp_path: Path) -> None:
    made = parts(tmp_path, "channel_portrait", band_network(), layer="bands", channel=0, size=32, steps=16, facets=0,
                 opposite=False, precision="float32")  # fmt: skip
    sketches = [part for part in made if part.name.startswith("sketch")]
    assert sketches
    assert all(np.array_equal(p.arrays["image_bands"][..., :3], p.pictures["image"]) for p in sketches)


def test_parts_of_three_bands_are_left_as_they_are(tmp_path: Path) -> None:
    for part in parts(tmp_path, "class_maximization", band_network(3), classes=(0,), **ASCENT):
        assert in_bands(part, BGR) is part
        assert not any(name.endswith("_bands") for name in part.arrays)


def test_wanted_bands_are_there_or_refused(tmp_path: Path) -> None:
    first = parts(tmp_path, "activations", band_network(), npy(VALUES), layers=("bands",))[0]
    assert wanted_bands("5,3,1", {0: first}) == BGR
    assert (wanted_bands("", {0: first}), wanted_bands("6", {0: first})) == ((), (6,))
    for text, words in (
        ("7", r"from 1 to 6.*7"),
        ("5,3", "bands such as"),
        ("0", "bands such as"),
        ("x", "bands such"),
    ):
        with pytest.raises(InvalidSpec, match=words):
            wanted_bands(text, {0: first})
    colours = parts(tmp_path, "activations", band_network(3), layers=("bands",), image="sample/cat")[0]
    with pytest.raises(InvalidSpec, match=r"more than three bands.*grey or RGB"):
        wanted_bands("1", {0: colours})


@pytest.mark.parametrize("kind", ["filter_atlas", "class_maximization"])
def test_the_file_of_numbers_has_every_band(tmp_path: Path, kind: str) -> None:
    fields = {"layer": "bands", "size": 16} if kind == "filter_atlas" else {"classes": (0,)}
    made = {part.index: part for part in parts(tmp_path, kind, band_network(), **fields, **ASCENT)}
    run = RunRecord("k", kind=kind, total=len(made))
    arrays = next(content for name, content in KINDS[kind].files(run, made) if name == "arrays.npz")
    rgb = arrays["tiles" if kind == "filter_atlas" else "images"]
    every = arrays["tiles_bands" if kind == "filter_atlas" else "images_bands"]
    assert every.shape == (*rgb.shape[:-1], 6)
    assert np.array_equal(every[..., :3], rgb)


def test_everything_that_is_written_is_drawn_in_the_chosen_bands(tmp_path: Path) -> None:
    made = {part.index: part for part in parts(tmp_path, "class_maximization", band_network(), classes=(0,), **ASCENT)}
    run = RunRecord("k", kind="class_maximization", total=len(made), fields={"classes": [0]})
    plain, drawn = Result(run, made), Result(run, made).in_bands("5,3,1")
    plain.save(tmp_path / "plain")
    drawn.save(tmp_path / "drawn")
    (name,) = (path.name for path in (tmp_path / "plain").glob("*regularised.png"))
    every = next(part.arrays["image_bands"] for part in made.values() if part.facts["how"] == "regularised")
    for folder, bands in (("plain", [0, 1, 2]), ("drawn", [4, 2, 0])):
        assert np.array_equal(np.asarray(Image.open(tmp_path / folder / name)), every[..., bands])
    assert "1, 2, 3 of 6 as red, green and blue" in plain.html()
    assert "5, 3, 1 of 6 as red, green and blue" in drawn.html()
    assert "5 of 6 as grey" in plain.in_bands((5,)).html()
    assert thumbnail(run, plain.parts) != thumbnail(run, drawn.parts)
