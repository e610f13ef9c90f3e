"""dataset_examples: planted squares are found where they were planted, however the pictures are shared out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import shared.analyses.dataset_examples.numbers as shares
from shared.analyses import KINDS, DatasetExamples
from shared.analyses.dataset_examples.numbers import (
    Examples,
    by_picture,
    cut,
    merge,
    nothing,
    piece_edge,
    shards,
    tile_side,
)
from shared.errors import InvalidSpec, NotFinite, UnknownLayer
from shared.images.contact_sheet import GAP
from shared.results import Part, Progress, decode_part, encode_part
from shared.store import RunRecord
from tests.fixtures.small_datasets import encoded, pixels, registry, write_folder
from tests.fixtures.tiny_models import edge_filters, loaded, nested
from tests.fixtures.worker_context import context
from worker.analyses.dataset_examples.analysis import dataset_examples
from worker.analyses.dataset_examples.strongest_units import seen_boxes
from worker.analyses.inspect_model import layer_table
from worker.networks.models import LoadedModel
from worker.networks.receptive_field import Field

HEIGHT, WIDTH, SQUARE = 40, 56, 5
layers = keras.layers


def square_filters() -> keras.Model:
    """5×5 filters: channel 0 is red in the middle of grey, channel 1 blue; channel 2 never answers."""
    inputs = keras.Input((HEIGHT, WIDTH, 3), name="picture")
    conv = layers.Conv2D(3, SQUARE, padding="same", activation="relu", name="squares")
    network = keras.Model(inputs, conv(inputs), name="square_filters")
    colours = np.array([[1, -0.5, 0], [-0.5, -0.5, 0], [-0.5, 1, 0]], np.float32)
    kernel = np.broadcast_to(colours, (SQUARE, SQUARE, 3, 3)).copy()
    conv.set_weights([kernel, np.array([0, 0, -1], np.float32)])
    return network


def planted(strength: float, top: int, left: int, colour: int = 0) -> np.ndarray:
    """A dull picture with one square of a colour, uint8 (HEIGHT, WIDTH, 3)."""
    random = np.random.default_rng(round(1000 * strength) + top)
    grey = random.integers(90, 110, (HEIGHT, WIDTH, 1), dtype=np.uint8).repeat(3, axis=2)
    grey[top : top + SQUARE, left : left + SQUARE] = 60
    grey[top : top + SQUARE, left : left + SQUARE, colour] = round(255 * strength)
    return grey


# Strength, top and left; the rows and columns differ so that swapped axes are seen.
PLACES = [(0.5 + 0.02 * i, 1 + i, 50 - 2 * i) for i in range(20)]


def dataset(folder: Path, pictures: Mapping[str, np.ndarray]) -> str:
    """A data set of one training split; returns its reference."""
    files = {f"train/{path}.png": encoded(picture) for path, picture in pictures.items()}
    labels = sorted({path.partition("/")[0] for path in pictures})
    files |= {f"validation/{label}/0.png": encoded(pixels(90 + i)) for i, label in enumerate(labels)}
    datasets = registry(folder)
    return datasets.keep(datasets.check(write_folder(folder / "files", files)), "planted")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data sets of this module lie."""
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="module")
def squares(folder: Path) -> str:
    """Twenty red squares and twenty blue ones, each at a place and of a strength of its own."""
    red = {f"red/{i:02d}": planted(*place) for i, place in enumerate(PLACES)}
    blue = {f"blue/{i:02d}": planted(*place, colour=2) for i, place in enumerate(PLACES)}
    return dataset(folder, red | blue)


def run(folder: Path, spec: DatasetExamples, model: LoadedModel, made: Mapping[int, Part] | None = None) -> list[Part]:
    """All parts of a run, those of an earlier attempt among them, as they come back from the store."""
    parts = dict(made or {})
    here = context(folder / "data", frozenset(parts), tiny=model)
    for item in dataset_examples(spec, replace(here, stored=parts.get)):
        if isinstance(item, Part):
            assert item.index not in parts
            parts[item.index] = decode_part(encode_part(item))
    return [parts[i] for i in sorted(parts)]


def request(reference: str, layer: str, **fields: Any) -> DatasetExamples:
    """A spec for the model that run() hands in."""
    return DatasetExamples(model="tiny", dataset=reference, layer=layer, **fields)


def found(parts: list[Part]) -> Examples:
    """The best of all, which the last part holds."""
    best = merge([parts[-1].arrays])
    assert best is not None
    return best


@pytest.fixture
def four_a_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten shards for forty pictures."""
    monkeypatch.setattr(shares, "SHARD", 4)


def _planted_at(folder: Path, reference: str, number: int) -> tuple[int, int]:
    card = registry(folder).card(reference)
    _, top, left = PLACES[int(Path(card.pictures[number].path).stem)]
    return top, left


def test_the_strongest_squares_are_found_where_they_were_planted(folder: Path, squares: str) -> None:
    """Fails with the sign turned, with rows and columns swapped, and with the unit's place off by one."""
    best = found(run(folder, request(squares, "squares"), loaded(square_filters())))
    card = registry(folder).card(squares)
    for row, label in ((0, "red"), (1, "blue")):
        names = [card.pictures[n].path for n in best.picture[row]]
        assert names == [f"train/{label}/{i:02d}.png" for i in range(19, 10, -1)]
        assert {card.classes[n] for n in best.label[row]} == {label}
        for number, box, unit in zip(best.picture[row], best.box[row], best.unit[row], strict=True):
            top, left = _planted_at(folder, squares, number)
            assert tuple(box) == (top, left, top + SQUARE, left + SQUARE)
            assert tuple(unit) == (top + 2, left + 2)
    assert (np.diff(best.values, axis=1) <= 0).all()


def test_a_channel_that_stays_shut_has_no_example(folder: Path, squares: str) -> None:
    best = found(run(folder, request(squares, "squares"), loaded(square_filters())))
    assert not any(best.excites(2, place) for place in range(9))
    assert all(best.excites(row, place) for row in (0, 1) for place in range(9))
    assert {row for _, places in by_picture(best) for row, _ in places} == {0, 1}


def test_shards_find_what_one_look_at_all_finds(folder: Path, squares: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, spec = loaded(random_picture_net()), request(squares, "mixed", k=7)
    whole = found(run(folder, spec, model))
    monkeypatch.setattr(shares, "SHARD", 4)
    parts = run(folder, spec, model)
    assert len(parts) == 11
    assert_same(found(parts), whole)


def test_the_order_of_shards_does_not_matter(folder: Path, squares: str, four_a_shard: None) -> None:
    parts = run(folder, request(squares, "squares"), loaded(square_filters()))
    whole, random = found(parts), np.random.default_rng(0)
    for _ in range(5):
        order = random.permutation(len(parts) - 1)
        one = merge(parts[i].arrays for i in order)
        assert one is not None
        assert_same(one, whole)


def test_a_part_of_the_shards_says_what_is_best_so_far(folder: Path, squares: str, four_a_shard: None) -> None:
    parts = run(folder, request(squares, "squares"), loaded(square_filters()))
    some = merge(part.arrays for part in parts[:3])
    assert some is not None
    assert some.picture.max() < registry(folder).card(squares).rows("train")[12]
    assert (some.values[0] <= found(parts).values[0]).all()


def test_every_example_is_of_another_picture(folder: Path, squares: str, four_a_shard: None) -> None:
    best = found(run(folder, request(squares, "squares", k=25), loaded(square_filters())))
    for row in best.picture:
        assert len(set(row)) == 25


def test_an_attempt_goes_on_from_the_shards_that_are_stored(folder: Path, squares: str, four_a_shard: None) -> None:
    model, spec = loaded(square_filters()), request(squares, "squares")
    whole = run(folder, spec, model)
    kept = {part.index: part for part in whole[:6]}
    again = run(folder, spec, model, kept)
    assert [again[i] is kept[i] for i in range(6)] == [True] * 6
    assert_same(found(again), found(whole))


def random_picture_net() -> keras.Model:
    """Strides, pooling and valid padding, so that units, strides and starts all differ; no activation at the end."""
    keras.utils.set_random_seed(11)
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="first")(inputs)
    x = layers.MaxPooling2D(2, name="pool")(x)
    return keras.Model(inputs, layers.Conv2D(5, (3, 3), name="mixed")(x), name="random_picture_net")


def test_values_and_units_are_those_of_the_maps(folder: Path, squares: str) -> None:
    """Against the maps themselves, for a layer whose values lie on both sides of zero."""
    network = random_picture_net()
    best = found(run(folder, request(squares, "mixed", size=32, resize="fit"), loaded(network)))
    from worker.pictures.resized import sized_pixels

    data = registry(folder).open(squares)
    shown = [sized_pixels(np.asarray(data.image(n)), (32, 32), 3, "fit") for n in data.card.rows("train")]
    maps = np.asarray(network(np.stack(shown).astype(np.float32) / 255))
    largest = maps.max(axis=(1, 2))
    for channel in range(5):
        order = np.argsort(-largest[:, channel], kind="stable")[:9]
        np.testing.assert_array_equal(best.picture[channel], order)
        np.testing.assert_allclose(best.values[channel], largest[order, channel], rtol=1e-5)
        for number, unit in zip(order, best.unit[channel], strict=True):
            where = np.unravel_index(maps[number, :, :, channel].argmax(), maps.shape[1:3])
            assert tuple(unit) == where
    assert (largest < 0).any(), "or the test says nothing about negative values"


@pytest.mark.parametrize("ceiling", ["layer", "own", "sigmoid"])
def test_pictures_that_reach_a_ceiling_are_told_apart_by_what_goes_in(folder: Path, squares: str, ceiling: str) -> None:
    """Ordered by the answers themselves, MobileNetV2's ReLU6 would show the first nine of hundreds that reach 6."""
    inputs = keras.Input((HEIGHT, WIDTH, 3))
    own = {"own": "relu6", "sigmoid": "sigmoid"}.get(ceiling)
    conv = layers.Conv2D(3, SQUARE, padding="same", activation=own, name="conv")
    capped = keras.Model(inputs, layers.ReLU(6.0, name="capped")(conv(inputs)))
    kernel, bias = square_filters().get_layer("squares").get_weights()
    conv.set_weights([kernel * 4, bias])
    best = found(run(folder, request(squares, "capped" if ceiling == "layer" else "conv"), loaded(capped)))
    free = found(run(folder, request(squares, "squares"), loaded(square_filters())))
    for name in ("picture", "unit", "box"):
        np.testing.assert_array_equal(getattr(best, name)[:2], getattr(free, name)[:2])
    np.testing.assert_allclose(best.strength[:2], 4 * free.values[:2], rtol=1e-5)
    assert best.values[:2].max() == pytest.approx(1 if ceiling == "sigmoid" else 6)
    np.testing.assert_array_equal(free.strength[:2], free.values[:2])


@pytest.mark.parametrize(
    ("unit", "shown_boxes", "box"),
    [
        # Field 7 wide, stride 4, the first in the middle of pixel 1: unit (0, 0) sees −2 … 4, of which 0 … 4 are there.
        ((0, 0), (0, 0, 32, 32), (0, 0, 5, 5)),
        # Unit (2, 3): middles 9 and 13, so 6 … 12 and 10 … 16.
        ((2, 3), (0, 0, 32, 32), (6, 10, 13, 17)),
        # The same in a picture of 64 × 128 of which the middle 64 × 64 were shown at half the size.
        ((2, 3), (0, 32, 64, 64), (12, 52, 26, 66)),
        # And in one of 16 × 16 that was enlarged to 32: 3 … 6.5 and 5 … 8.5 are whole pixels outwards.
        ((2, 3), (0, 0, 16, 16), (3, 5, 7, 9)),
        # The last unit of a row sees beyond the border.
        ((7, 7), (0, 0, 32, 32), (26, 26, 32, 32)),
    ],
)
def test_boxes_are_those_worked_out_by_hand(
    unit: tuple[int, int], shown_boxes: tuple[int, ...], box: tuple[int, ...]
) -> None:
    found = seen_boxes(np.array([unit]), Field(7, 4, (1.0, 1.0)), (32, 32), np.array([shown_boxes]))
    assert tuple(found[0]) == box


def test_a_unit_of_the_whole_picture_sees_what_was_shown() -> None:
    found = seen_boxes(np.array([[0, 0]]), Field(None), (32, 32), np.array([[0, 32, 64, 64]]))
    assert tuple(found[0]) == (0, 32, 64, 96)


def test_a_unit_that_sees_padding_alone_gets_the_nearest_pixel() -> None:
    found = seen_boxes(np.array([[0, 9]]), Field(1, 4, (-3.0, -1.0)), (32, 32), np.array([[0, 0, 32, 32]]))
    assert tuple(found[0]) == (0, 31, 1, 32)


def test_the_receptive_field_of_the_layer_table_bounds_the_boxes(folder: Path, squares: str) -> None:
    network = random_picture_net()
    best = found(run(folder, request(squares, "mixed", size=40), loaded(network)))
    field = {row["path"]: row["receptive_field"] for row in layer_table(network, (40, 40))}["mixed"]
    high, wide = (best.box[..., 2:] - best.box[..., :2]).reshape(-1, 2).T
    # Pictures of 40 × 56 are shown in their middle 40 × 40, pixel for pixel.
    assert (high.max(), wide.max()) == (field, field)
    assert best.box[..., 1].min() >= 8 and best.box[..., 3].max() <= 48


@pytest.mark.parametrize("layer", ["trunk/backbone/deeper", "deeper"])
def test_layers_inside_of_models_inside_of_models(folder: Path, squares: str, layer: str) -> None:
    parts = run(folder, request(squares, layer), loaded(nested(), preprocess="0..255"))
    assert found(parts).values.shape == (4, 9)
    assert parts[0].facts["receptive_field"] == 5 and parts[0].facts["stride"] == 2


def test_a_grey_network_looks_at_grey_pictures(folder: Path) -> None:
    bright = np.full((24, 24, 3), 20, np.uint8)
    bright[:, 12:20] = 230
    reference = dataset(folder / "grey", {"edge/0": bright, "edge/1": bright // 2, "none/0": pixels(1, 24, 24) // 8})
    best = found(run(folder / "grey", request(reference, "edges", k=2, size=24), loaded(edge_filters())))
    card = registry(folder / "grey").card(reference)
    assert card.pictures[best.picture[0, 0]].path == "train/edge/0.png"
    top, left, bottom, right = best.box[0, 0]
    assert (bottom - top, right - left) in {(3, 3), (2, 3)} and left <= 11 < 12 < right


def test_channels_may_be_chosen(folder: Path, squares: str) -> None:
    model = loaded(square_filters())
    whole = found(run(folder, request(squares, "squares"), model))
    some = found(run(folder, request(squares, "squares", channels="1"), model))
    assert_same(some, Examples(**{name: a[1:2] for name, a in whole.arrays().items()}))


def test_only_the_first_pictures_of_another_split(folder: Path, squares: str) -> None:
    parts = run(folder, request(squares, "squares", split="validation", images=1), loaded(square_filters()))
    best, card = found(parts), registry(folder).card(squares)
    assert parts[-1].facts["pictures"] == 1
    assert best.picture[0].tolist() == [card.rows("validation")[0]] + [-1] * 8
    assert np.isneginf(best.values[:, 1:]).all()


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"layer": "squares", "split": "test"}, InvalidSpec, "a split of the data set"),
        ({"layer": "nowhere"}, UnknownLayer, "a layer of this model"),
        ({"layer": "squares", "channels": "3"}, InvalidSpec, "below 3"),
    ],
)
def test_what_cannot_be_is_explained(
    folder: Path, squares: str, fields: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run(folder, request(squares, **fields), loaded(square_filters()))


def test_a_size_that_does_not_reach_the_layer_is_refused(folder: Path, squares: str) -> None:
    with pytest.raises(InvalidSpec, match="Choose a size of 16"):
        run(folder, request(squares, "mixed", size=8), loaded(random_picture_net()))


def test_nan_is_refused(folder: Path, squares: str) -> None:
    network = random_picture_net()  # its last layer has no ReLU, which would make zeros of NaN
    kernel, bias = network.get_layer("mixed").get_weights()
    network.get_layer("mixed").set_weights([np.full_like(kernel, np.nan), bias])
    with pytest.raises(NotFinite, match="at mixed"):
        run(folder, request(squares, "mixed", size=32), loaded(network))


def test_it_reports_between_batches(folder: Path, squares: str) -> None:
    here = context(folder / "data", tiny=loaded(square_filters()))
    items = list(_until_part(dataset_examples(request(squares, "squares"), here)))
    stages = [item.stage for item in items if isinstance(item, Progress)]
    assert "picture 1 of 40" in stages and "picture 33 of 40" in stages
    assert next(item.total for item in items if item.total) == 2
    assert [item.fraction for item in items if item.fraction is not None][-1] == pytest.approx(32 / 40)


def _until_part(items: Iterator[Part | Progress]) -> Iterator[Progress]:
    for item in items:
        if isinstance(item, Part):
            return
        yield item


def test_shards_hold_every_picture_once_and_are_not_too_many() -> None:
    for count in (1, 255, 256, 257, 2000, 50_000, 1_000_000):
        found = shards(count)
        assert [i for rows in found for i in rows] == list(range(count))
        assert len(found) <= 64 and max(map(len, found)) >= min(count, 256)


def test_of_equal_answers_the_earlier_picture_comes_first() -> None:
    one = nothing(1, 2)
    for number in (7, 3, 5):
        values = np.array([[1.0]], np.float32)
        rest = (np.zeros_like(a[:, :1]) for a in (one.label, one.unit, one.box))
        row = Examples(values, values, np.array([[number]]), *rest)
        one = shares.best_of(one, row)
    assert one.picture.tolist() == [[3, 5]]


@pytest.mark.parametrize(
    ("box", "rows"),
    [((0, 10, 10, 30), (20, 40)), ((30, 10, 40, 30), (0, 20)), ((10, 10, 20, 30), (10, 30)), ((0, 0, 40, 60), (6, 33))],
)
def test_what_lies_outside_of_the_picture_is_grey_on_that_side(
    box: tuple[int, int, int, int], rows: tuple[int, int]
) -> None:
    piece = cut(Image.fromarray(np.full((40, 60, 3), 200, np.uint8)), box, 40)
    assert piece.shape == (40, 40, 3)
    shown = np.zeros(40, bool)
    shown[slice(*rows)] = True
    assert (piece[shown] == 200).all() and (piece[~shown] == 128).all()


def test_few_pixels_become_blocks() -> None:
    checks = np.indices((4, 4)).sum(0) % 2 * 255
    piece = cut(Image.fromarray(checks.astype(np.uint8)), (0, 0, 4, 4), 64)
    assert set(np.unique(piece)) == {0, 255}
    assert (piece[:16, 16:32] == 255).all()


def test_pieces_of_many_channels_are_smaller() -> None:
    edges = [piece_edge(count, 9) for count in (1, 64, 512, 2048, 100_000)]
    assert edges[0] == 96 and edges[-1] == 16 and edges == sorted(edges, reverse=True)


def test_the_sheet_shows_what_is_in_the_boxes(folder: Path, squares: str, tmp_path: Path) -> None:
    spec = request(squares, "squares")
    parts = {part.index: part for part in run(folder, spec, loaded(square_filters()))}
    record = RunRecord(spec.key(), "complete", spec.kind, fields=spec.model_dump(mode="json"))
    KINDS["dataset_examples"].write(tmp_path, record, parts)
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["values"].dtype == np.float32 and arrays["values"].shape == (3, 9)
        assert arrays["box"].shape == (3, 9, 4) and arrays["box"].dtype.kind == "i"
        assert arrays["channels"].tolist() == [0, 1, 2]
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    edge = piece_edge(3, 9)
    # In the middle of the first piece of channel 0 lies red, of channel 1 blue; channel 2 is empty.
    step = tile_side(edge, 9) + GAP
    red, blue, empty = (sheet[edge // 2, edge // 2 + step * i] for i in range(3))
    assert red[0] > 200 > red[2] and blue[2] > 200 > blue[0] and (empty == 40).all()


def test_a_cancelled_run_writes_what_its_shards_have_found(
    folder: Path, squares: str, tmp_path: Path, four_a_shard: None
) -> None:
    spec = request(squares, "squares", channels="0,1")
    parts = {part.index: part for part in run(folder, spec, loaded(square_filters()))[:3]}
    KINDS["dataset_examples"].write(
        tmp_path, RunRecord(spec.key(), "cancelled", spec.kind, fields=spec.model_dump(mode="json")), parts
    )
    assert not (tmp_path / "sheet.png").exists()
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["values"].shape == (2, 9) and arrays["channels"].tolist() == [0, 1]


def assert_same(one: Examples, other: Examples) -> None:
    """Equal in everything; values up to what a batch of another size rounds."""
    for name in ("strength", "values"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-5)
    for name in ("picture", "label", "unit", "box"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
