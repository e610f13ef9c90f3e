"""Pictures a second into training, against keras.utils.image_dataset_from_directory on the same files.

    python -m benchmarks.dataset_pipeline [FOLDER]

Without a folder of class folders, 600 crops of the sample photographs are written as JPEG. Both sides decode, crop the
middle, resize to 150 x 150 and batch by 32; ours also scales to 0..1. Rounds alternate.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROUNDS, SIDE, BATCH = 5, 150, 32
PICTURES = 2000
GOAL = 0.9


def main() -> None:
    """Print pictures a second and ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else _draw(Path(temporary) / "pictures")
        with tempfile.TemporaryDirectory() as data:
            _compare(root, Path(data))


def _draw(root: Path) -> Path:
    from shared.library.images import sample_path

    random = np.random.default_rng(0)
    for number in range(PICTURES):
        with Image.open(sample_path(("cat", "coffee", "astronaut")[number % 3])) as opened:
            width, height = int(random.integers(180, 260)), int(random.integers(160, 200))
            left, top = random.integers(0, opened.width - width), random.integers(0, opened.height - height)
            crop = opened.convert("RGB").crop((left, top, left + width, top + height))
        path = root / "train" / ("one", "two")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        crop.save(path, quality=86)
    return root


def _compare(root: Path, data: Path) -> None:
    import keras

    from shared.library import DatasetRegistry, FileStore
    from shared.library.datasets.splits import Shares
    from shared.settings import Settings
    from worker.pictures.datasets import PictureFeed

    settings = Settings(data=data)
    registry = DatasetRegistry(FileStore(settings.files_address), settings)
    begun = time.perf_counter()
    checked = registry.check(root)
    rate = len(checked.pictures) / (time.perf_counter() - begun)
    print(f"check of {len(checked.pictures):,} pictures: {rate:.0f} pictures/s")
    registry.keep(checked, "pictures", Shares(0, 0))
    dataset = registry.open("pictures")
    plain = keras.utils.image_dataset_from_directory(
        root / "train", image_size=(SIDE, SIDE), batch_size=BATCH, crop_to_aspect_ratio=True, seed=0, verbose=False,
    )  # fmt: skip
    decoding = PictureFeed(dataset, "train", (SIDE, SIDE), batch=BATCH, seed=0)
    kept = PictureFeed(dataset, "train", (SIDE, SIDE), batch=BATCH, seed=0, memory=2 * 1024**3)
    _rate(kept.epoch(0))  # fills the memory
    sides: dict[str, Callable[[int], Iterable[object]]] = {
        "keras": lambda _: plain, "decoded": decoding.epoch, "kept": kept.epoch,
    }  # fmt: skip
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for epoch in range(ROUNDS):
        for name, batches in sides.items():
            rates[name].append(_rate(batches(epoch)))
    _report({name: statistics.median(found[1:]) for name, found in rates.items()})


def _rate(batches: Iterable[object]) -> float:
    begun, number = time.perf_counter(), 0
    for _, labels in batches:  # type: ignore[misc]
        number += len(labels)
    return number / (time.perf_counter() - begun)


def _report(rates: dict[str, float]) -> None:
    base = rates["keras"]
    print(f"image_dataset_from_directory: {base:,.0f} pictures/s")
    print(f"decoded in every epoch: {rates['decoded']:,.0f} pictures/s, ratio {rates['decoded'] / base:.2f} "
          f"(goal: at least {GOAL})")  # fmt: skip
    print(f"kept in memory: {rates['kept']:,.0f} pictures/s, ratio {rates['kept'] / base:.2f}")


if __name__ == "__main__":
    main()
