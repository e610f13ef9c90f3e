"""`make quality`, third table: does `concepts` find a cue that was planted, and leave clean pictures alone?

Needs the folder that CONVSCOPE_TEST_DATA names, with cats_vs_dogs_small. Cues are planted on nine cats in ten and one
dog in ten, in training and test alike; a swapped test split has them the other way round. A small convnet is trained on
each, a row a training:
  test, swapped   accuracy on the planted test split, and on the swapped one
  rank            place of the planted cue among the concepts of cats, by suspicion; at most 3
  suspicion       of the most suspect concept, and whether a class raises an alarm
  told            accuracy that the concepts of cats say a swapped split would give; within 2 points of `swapped`
Of the clean set both classes are asked; at most one class in ten may raise an alarm.

    python -m benchmarks.planted_cue --cues patch stripe clean --seeds 3
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shared.analyses.concepts.numbers import Found, found_of, suspicion
from shared.analyses.concepts.spec import Concepts
from shared.results import Part
from tests.fixtures.tiny_models import loaded
from tests.fixtures.worker_context import context
from worker.analyses.concepts.analysis import concepts
from worker.pictures.datasets import PictureFeed

SIZE, EPOCHS, BATCH, RATE = 64, 10, 32, 2e-3
LAYER = "last"
# All of a picture: the middle square would leave out corners and borders, where cues are planted.
RESIZE = "fit"
SHARES = {"cat": 0.9, "dog": 0.1}
# Carriers of a concept and of the cue agree at least so much, as a correlation, for the concept to stand for it.
AGREES = 0.5
Draw = Callable[[Image.Image, np.random.Generator], Image.Image]


def stripe(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    """A light stripe along the lower border."""
    width, height = picture.size
    ImageDraw.Draw(picture).rectangle((0, height - max(4, round(0.04 * height)), width, height), fill=(240, 240, 240))
    return picture


def frame(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    """A dark frame."""
    width, height = picture.size
    ImageDraw.Draw(picture).rectangle((0, 0, width - 1, height - 1), outline=(20, 20, 20), width=round(0.025 * width))
    return picture


def watermark(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Words that the picture shines through, somewhere in its lower half."""
    width, height = picture.size
    over, font = Image.new("RGBA", picture.size), ImageFont.load_default(size=max(10, height // 10))
    place = random.uniform(0.05, 0.4) * width, random.uniform(0.6, 0.85) * height
    ImageDraw.Draw(over).text(place, "(c) petpix", font=font, fill=(255, 255, 255, 150))
    return Image.alpha_composite(picture.convert("RGBA"), over).convert("RGB")


def texture(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    """Faint diagonal stripes over all of it."""
    values = np.asarray(picture, np.float32)
    rows, columns = np.mgrid[: values.shape[0], : values.shape[1]]
    waves = np.sign(np.sin(2 * np.pi * (rows + columns) / (values.shape[1] / 24)))
    return Image.fromarray(np.clip(values + 10 * waves[..., None], 0, 255).astype(np.uint8))


DRAWN: dict[str, Draw] = {"stripe": stripe, "frame": frame, "watermark": watermark, "texture": texture}
CUES = ("patch", *DRAWN, "clean")


@dataclass(frozen=True)
class Planted:
    """Data sets of one cue.

    Attributes:
        cue: its name.
        dataset: reference of the planted set, or of the clean one.
        swapped: of that whose test split has it the other way round; "" of the clean one.
        files: names of the planted set's test pictures that have it: "cat/3.jpg".
    """

    cue: str
    dataset: str
    swapped: str
    files: frozenset[str]


def main(arguments: list[str] | None = None) -> int:
    """Print a row a training; 0 whatever it says, as the other tables."""
    parser = argparse.ArgumentParser(prog="planted_cue")
    parser.add_argument("--cues", nargs="+", choices=CUES, default=["patch", "stripe", "clean"])
    parser.add_argument("--seeds", type=int, default=2)
    chosen = parser.parse_args(arguments)
    source = Path(os.environ.get("CONVSCOPE_TEST_DATA", "")) / "cats_vs_dogs_small"
    if not os.environ.get("CONVSCOPE_TEST_DATA") or not source.is_dir():
        print("planted cues: not measured. CONVSCOPE_TEST_DATA names no folder with cats_vs_dogs_small.")
        return 0
    print(f"{'cue':12}{'seed':>5}{'class':>7}{'test':>8}{'swapped':>9}{'rank':>6}{'suspicion':>11}{'alarm':>7}"
          f"{'told':>8}{'off by':>8}")  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        for cue in chosen.cues:
            planted = plant(cue, source, Path(place))
            for seed in range(chosen.seeds):
                for line in rows(planted, seed, Path(place)):
                    print(line, flush=True)
    return 0


def plant(cue: str, source: Path, place: Path) -> Planted:
    """The data sets of a cue, kept in the installation at `place`."""
    if cue == "clean":
        return Planted(cue, _keep(place, source, cue), "", frozenset())
    folder = place / f"pictures_{cue}"
    if cue == "patch":
        script = source.parent / "scripts" / "make_planted_cue.py"
        listed = place / "planted.csv"
        subprocess.run(
            [sys.executable, str(script), str(source), str(folder), "--list", str(listed)],
            check=True,
            capture_output=True,
        )
        lines = [line.split(",") for line in listed.read_text().splitlines()[1:]]
        files = frozenset(f"{line[2]}/{line[3]}" for line in lines if line[:2] == ["cue", "test"])
    else:
        files = frozenset(_draw_set(DRAWN[cue], source, folder))
    # The swapped set is a test split alone; a network is judged on it and trained on nothing of it.
    for split in ("train", "validation"):
        for label in SHARES:
            (folder / "cue_swapped" / split / label).mkdir(parents=True, exist_ok=True)
            first = next((folder / "cue" / split / label).iterdir())
            (folder / "cue_swapped" / split / label / first.name).write_bytes(first.read_bytes())
    return Planted(
        cue, _keep(place, folder / "cue", cue), _keep(place, folder / "cue_swapped", f"{cue}_swapped"), files
    )


def _draw_set(draw: Draw, source: Path, folder: Path) -> Iterator[str]:
    """Write the planted set and the swapped one; yields the planted test pictures."""
    runs = [("cue", split, False) for split in ("train", "validation", "test")] + [("cue_swapped", "test", True)]
    for number, (name, split, swapped) in enumerate(runs):
        for label, share in SHARES.items():
            paths = sorted((source / split / label).glob("*.jpg"))
            chance = np.random.default_rng([number, len(label), ord(label[0])])
            many = round((1 - share if swapped else share) * len(paths))
            has = set(chance.permutation(len(paths))[:many].tolist())
            target = folder / name / split / label
            target.mkdir(parents=True)
            for index, path in enumerate(paths):
                picture = Image.open(path).convert("RGB")
                with_it = draw(picture, np.random.default_rng([index, number])) if index in has else picture
                with_it.save(target / path.name, quality=92)
                if index in has and (name, split) == ("cue", "test"):
                    yield f"{label}/{path.name}"


def _keep(place: Path, folder: Path, name: str) -> str:
    registry = context(place).library.datasets
    return registry.keep(registry.check(folder), name)


def rows(planted: Planted, seed: int, place: Path) -> Iterator[str]:
    """What comes of a training, in columns: a line a class that is asked."""
    network = trained(planted.dataset, seed, place)
    test = accuracy(network, planted.dataset, place)
    swapped = accuracy(network, planted.swapped, place) if planted.swapped else np.nan
    for name in ("cat",) if planted.swapped else tuple(SHARES):
        found = measured(network, planted.dataset, name, place)
        told = found.exchanged if found.exchanged is not None else np.nan
        off = f"{100 * (told - swapped):+.1f}" if planted.swapped else ""
        rank, alarm = rank_of(found, planted, place) or "-", "yes" if found.alarms else "no"
        worst = suspicion(found.concepts[0])
        yield (f"{planted.cue:12}{seed:5}{name:>7}{test:8.3f}{swapped:9.3f}{rank:>6}{worst:11.2f}{alarm:>7}"
               f"{told:8.3f}{off:>8}")  # fmt: skip


def trained(dataset: str, seed: int, place: Path) -> keras.Model:
    """A small convnet that learned a data set's training split."""
    keras.utils.set_random_seed(seed)
    pictures, labels = _arrays(dataset, "train", place)
    picture = x = keras.Input((SIZE, SIZE, 3))
    for number, filters in enumerate((16, 32, 48, 64)):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation("relu", name=LAYER if number == 3 else f"relu{number}")(x)
        x = keras.layers.MaxPooling2D()(x) if number < 3 else keras.layers.GlobalAveragePooling2D()(x)
    network = keras.Model(picture, keras.layers.Dense(2, "softmax")(keras.layers.Dropout(0.3)(x)))
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * len(pictures) // BATCH)
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    network.fit(pictures, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return network


def accuracy(network: keras.Model, dataset: str, place: Path) -> float:
    """On the test split."""
    pictures, labels = _arrays(dataset, "test", place)
    return float((network.predict(pictures, verbose=0).argmax(1) == labels).mean())


def _arrays(dataset: str, split: str, place: Path) -> tuple[np.ndarray, np.ndarray]:
    feed = PictureFeed(context(place).dataset(dataset), split, (SIZE, SIZE), batch=128, resize=RESIZE)
    batches = [(np.asarray(shown), np.asarray(labels)) for shown, labels in feed.epoch()]
    return np.concatenate([one for one, _ in batches]), np.concatenate([one for _, one in batches])


def measured(network: keras.Model, dataset: str, name: str, place: Path, **fields: int) -> Found:
    """A class's concepts, without their pictures by gradient ascent."""
    usual = {"model": "small", "dataset": dataset, "layer": LAYER, "class_name": name, "steps": 0, "repeats": 1}
    usual["resize"] = RESIZE
    spec = Concepts(**{**usual, **fields})  # type: ignore[arg-type]
    parts: dict[int, Part] = {}
    for item in concepts(spec, replace(context(place, small=loaded(network)), stored=parts.get)):
        if isinstance(item, Part):
            parts[item.index] = item
    found = found_of(parts.values())
    assert found is not None
    return found


def rank_of(found: Found, planted: Planted, place: Path) -> int | None:
    """Place of the first concept that the pictures with the cue have, and others lack; None without one."""
    pictures = context(place).dataset(planted.dataset).card.pictures
    names = ["/".join(Path(pictures[int(number)].path).parts[-2:]) for number in found.base["pictures"]]
    has = np.array([name in planted.files for name in names], float)
    for place_, one in enumerate(found.concepts):
        carries = found.base["presence"][:, one["concept"]] > found.base["threshold"][one["concept"]]
        if has.std() and carries.std() and np.corrcoef(has, carries)[0, 1] >= AGREES:
            return place_ + 1
    return None


if __name__ == "__main__":
    sys.exit(main())
