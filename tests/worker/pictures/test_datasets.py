"""Batches for training: the same pixels as Pillow's, the right labels, one order a seed.

Caught by these tests when tried: labels taken in the pack's order, height and width swapped in the crop, grey as a
plain mean, a cache that is used before it is full.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from shared.errors import InvalidSpec
from shared.library import Dataset
from shared.library.datasets.splits import Shares
from tests.fixtures.small_datasets import encoded, pixels, registry, two_classes, write_zip
from worker.pictures.datasets import PictureFeed
from worker.pictures.resized import sized_pixels


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two classes of PNG and JPEG files in several sizes, some of them grey."""
    folder = tmp_path_factory.mktemp("pets")
    files = two_classes(12) | {f"cats/grey {i}.jpg": encoded(pixels(90 + i, 64, 50, grey=True), "JPEG")
                               for i in range(4)}  # fmt: skip
    sets = registry(folder)
    sets.keep(sets.check(write_zip(folder / "pets.zip", files)), "pets", Shares(0.2, 0))
    return sets.open("pets")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return registry(tmp_path_factory.mktemp("digits")).open("builtin/digits")


def everything(feed: PictureFeed, epoch: int = 0) -> tuple[np.ndarray, np.ndarray]:
    batches = [(np.asarray(pictures), np.asarray(labels)) for pictures, labels in feed.epoch(epoch)]
    assert len(batches) == len(feed)
    return np.concatenate([b[0] for b in batches]), np.concatenate([b[1] for b in batches])


def wanted(image: Image.Image, size: tuple[int, int], mode: str) -> np.ndarray:
    """Middle cut out in whole pixels, then Pillow's own filter, or the four neighbours by their distances."""
    scale = min(image.height / size[0], image.width / size[1])
    height, width = round(size[0] * scale), round(size[1] * scale)
    top, left = (image.height - height) // 2, (image.width - width) // 2
    image = image.convert("RGB").crop((left, top, left + width, top + height))
    if scale > 1.5:
        small = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR), np.float32)
    else:
        small = bilinear(np.asarray(image, np.float32), size)
    return small if mode == "RGB" else small @ np.array([[0.299], [0.587], [0.114]], np.float32)


def bilinear(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The definition: a sample in the middle of each new pixel, edges drawn out."""
    for axis, length in enumerate(size):
        at = np.clip((np.arange(length) + 0.5) * pixels.shape[axis] / length - 0.5, 0, pixels.shape[axis] - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, pixels.shape[axis] - 1)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(3)])
        pixels = pixels.take(low, axis) * (1 - share) + pixels.take(high, axis) * share
    return pixels


@pytest.mark.parametrize(("channels", "mode"), [(3, "RGB"), (1, "L")])
@pytest.mark.parametrize("size", [(32, 32), (20, 34), (17, 12)])
def test_pixels_are_pillows_and_numpys(pets: Dataset, size: tuple[int, int], channels: int, mode: str) -> None:
    feed = PictureFeed(pets, "train", size, channels=channels, batch=5)
    pictures, labels = everything(feed)
    assert pictures.shape == (len(feed.rows), *size, channels) and pictures.dtype == np.float32
    for place, number in enumerate(feed.rows):
        # Pillow rounds by itself, and once more to grey.
        assert np.abs(pictures[place] * 255 - wanted(pets.image(number), size, mode)).max() <= 1.1
        assert labels[place] == pets.card.pictures[number].label


def test_pictures_in_their_own_size_are_bit_for_bit_pillows(tmp_path: Path) -> None:
    files = {f"{label}/{i}.{kind.lower()}": encoded(pixels(i + 50 * (label == "b"), 48, 40), kind)
             for label in "ab" for i in range(4) for kind in ("PNG", "JPEG")}  # fmt: skip
    sets = registry(tmp_path)
    sets.keep(sets.check(write_zip(tmp_path / "set.zip", files)), "set", Shares(0, 0))
    dataset = sets.open("set")
    pictures, _ = everything(PictureFeed(dataset, "train", (40, 48)))
    for number in range(len(dataset)):
        assert np.array_equal(np.round(pictures[number] * 255), np.asarray(dataset.image(number)))


def damaged(seed: int, count: int) -> dict[str, bytes]:
    """Pictures with bytes changed, put in, cut off and wrong checksums: viewers show some of them, others none."""
    random = np.random.default_rng(seed)
    files = {}
    for number in range(count):
        kind, way = ("JPEG", "PNG")[number % 2], number // 2 % 4
        data = bytearray(encoded(pixels(number, 48, 40), kind))
        at = int(random.integers(len(data) // 3, len(data) - 2))
        if kind == "JPEG" and number % 16 == 0:
            data[-30:-30] = b"\xff\xfe\x40\0"  # a comment that is longer than what is left of the file
        elif way == 0:
            data[at : at + 1] = random.bytes(1)
        elif way == 1:
            data[at:at] = random.bytes(int(random.integers(1, 30)))
        elif way == 2:
            del data[len(data) - int(random.integers(1, 14)) :]
        elif kind == "PNG":
            name = data.find(b"IDAT")
            data[name + 4 + int.from_bytes(data[name - 4 : name])] ^= 255
        files[f"{'ab'[number // 4 % 2]}/{number:03d}.{kind.lower()}"] = bytes(data)
    return files


def test_what_passes_the_check_is_decoded_in_training_too_with_the_same_pixels(tmp_path: Path) -> None:
    files = damaged(1, 600)
    sets = registry(tmp_path)
    sets.keep(sets.check(write_zip(tmp_path / "set.zip", files)), "set", Shares(0, 0), skip_unreadable=True)
    dataset = sets.open("set")
    forgiven = 0
    for one in dataset.card.pictures:
        try:
            tf.io.decode_image(files[one.path], channels=3, expand_animations=False)
        except tf.errors.InvalidArgumentError:
            forgiven += 1
    assert forgiven > 50 and 100 < len(dataset) < 600 - forgiven, "some that TensorFlow alone would refuse, and not all"
    pictures, _ = everything(PictureFeed(dataset, "train", (40, 48)))
    for number in range(len(dataset)):
        assert np.array_equal(np.round(pictures[number] * 255), np.asarray(dataset.image(number)))


def test_fit_squeezes_all_of_the_picture() -> None:
    image = pixels(3, 60, 30)
    squeezed = np.asarray(Image.fromarray(image).resize((15, 15), Image.Resampling.BILINEAR), np.int16)
    assert np.abs(np.asarray(sized_pixels(image, (15, 15), 3, "fit"), np.int16) - squeezed).max() <= 1
    assert np.abs(np.asarray(sized_pixels(image, (15, 15), 3, "crop"), np.int16) - squeezed).max() > 5


def test_digits_come_as_numpy_holds_them(digits: Dataset) -> None:
    pictures, labels = everything(PictureFeed(digits, "test", (8, 8), channels=1, batch=64))
    for place, number in enumerate(digits.card.rows("test")):
        assert np.array_equal(np.round(pictures[place, ..., 0] * 255), np.asarray(digits.image(number)))
        assert labels[place] == digits.card.pictures[number].label
    larger, _ = everything(PictureFeed(digits, "test", (16, 12), channels=3, batch=64))
    assert larger.shape == (len(pictures), 16, 12, 3) and np.array_equal(larger[..., 0], larger[..., 2])


def test_labels_one_hot(digits: Dataset) -> None:
    sparse, hot = (everything(PictureFeed(digits, "test", (8, 8), channels=1, labels=kind))[1]
                   for kind in ("sparse", "one_hot"))  # type: ignore[arg-type] # fmt: skip
    assert hot.shape == (len(sparse), 10) and np.array_equal(hot.argmax(1), sparse) and (hot.sum(1) == 1).all()


@pytest.mark.parametrize("memory", [0, 10**8])
def test_an_order_belongs_to_seed_and_epoch(pets: Dataset, memory: int) -> None:
    def feed(seed: int | None) -> PictureFeed:
        return PictureFeed(pets, "train", (24, 24), batch=7, seed=seed, memory=memory)

    one, again = feed(3), feed(3)
    plain, labels = everything(feed(None))
    for epoch in (0, 1, 0):
        pictures, found = everything(one, epoch)
        order = one.order(epoch)
        assert sorted(order) == list(range(len(labels)))
        assert np.array_equal(pictures, plain[order]) and np.array_equal(found, labels[order])
    # A run that resumes at epoch 1 sees what it would have seen.
    assert np.array_equal(everything(again, 1)[0], everything(one, 1)[0])
    assert not np.array_equal(one.order(0), one.order(1))
    assert not np.array_equal(one.order(0), feed(4).order(0))


def test_pictures_are_decoded_once_where_they_fit(pets: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = PictureFeed(pets, "train", (24, 24), batch=7, seed=0, memory=10**8)
    first = everything(feed, 0)[0][np.argsort(feed.order(0))]
    monkeypatch.setattr("worker.pictures.datasets.os.pread", _fails)
    assert np.array_equal(everything(feed, 1)[0][np.argsort(feed.order(1))], first)
    with pytest.raises(Exception, match="read again"):
        everything(PictureFeed(pets, "train", (24, 24), memory=1000))


def _fails(*_: Any) -> bytes:
    raise OSError("read again")


def test_an_epoch_that_was_left_early_is_decoded_again(pets: Dataset) -> None:
    feed = PictureFeed(pets, "train", (24, 24), batch=4, seed=0, memory=10**8)
    next(iter(feed.epoch(0)))
    assert (everything(feed, 0)[0].reshape(feed.pictures, -1).max(1) > 0).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": "test"}, "Choose one of: train, validation"),
        ({"size": (0, 8)}, "at least 1"),
        ({"batch": 0}, "at least 1"),
        ({"channels": 4}, "4 bands"),
        ({"resize": "stretch"}, "Choose crop, crop 0.875"),
        ({"labels": "names"}, "Choose one of: sparse, one_hot"),
    ],
)
def test_wrong_values_are_explained(pets: Dataset, changes: dict[str, Any], words: str) -> None:
    values: dict[str, Any] = {"split": "train", "size": (8, 8)} | changes
    with pytest.raises(InvalidSpec, match=words):
        PictureFeed(pets, **values)


@pytest.mark.parametrize("memory", [0, 10**9])
def test_some_pictures_are_those_of_the_whole_split(pets: Dataset, memory: int) -> None:
    """What a resumed run or a shard is given: the same pixels and labels, in the order that was asked for."""
    feed = PictureFeed(pets, "train", (16, 16), batch=4, memory=memory)
    pictures, labels = everything(feed)
    numbers = np.array([9, 2, 3, 11, 0])
    batches = [(np.asarray(p), np.asarray(y)) for p, y in feed.some(numbers)]
    assert [len(y) for _, y in batches] == [4, 1]
    assert np.array_equal(np.concatenate([p for p, _ in batches]), pictures[numbers])
    assert np.array_equal(np.concatenate([y for _, y in batches]), labels[numbers])
