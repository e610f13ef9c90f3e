"""Make the pictures of this folder: `python -m docs.concepts.make`, a minute or so.

Ones and sevens that scikit-learn brings, on a grey ground, with a coloured spot near a corner of nine sevens in ten and
of one in ten ones. A small convnet learns them, and `concepts` is asked what a seven is made of.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from shared.analyses.concepts.files import facts_of
from shared.analyses.concepts.numbers import found_of
from shared.analyses.concepts.spec import Concepts
from shared.results import Part
from tests.fixtures.tiny_models import loaded
from tests.fixtures.worker_context import context
from worker.analyses.concepts.analysis import concepts

HERE = Path(__file__).parent
SIZE, SPOT, COLOUR = 32, 4, (214, 66, 190)
SHARES = {"seven": 0.9, "one": 0.1}
DIGITS = {"seven": 7, "one": 1}


def main() -> None:
    """Write crops.png and places.png of the most suspect concept, and print its numbers."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write(place / "pictures")
        registry = context(place).library.datasets
        reference = registry.keep(registry.check(place / "pictures"), "spots")
        network = trained()
        spec = Concepts(model="small", dataset=reference, layer="last", class_name="seven", concepts=8, steps=0)
        parts: dict[int, Part] = {}
        for item in concepts(spec, replace(context(place, small=loaded(network)), stored=parts.get)):
            if isinstance(item, Part):
                parts[item.index] = item
    found = found_of(parts.values())
    assert found is not None
    worst = parts[found.concepts[0]["concept"] + 1]
    for name in ("crops", "places"):
        Image.fromarray(worst.pictures[name]).save(HERE / f"{name}.png", optimize=True)
    facts = facts_of(found)
    print({name: facts[name] for name in ("accuracy", "exchanged", "alarms")}, facts["concepts"][0])
    print("with the spot the other way round:", accuracy(network, swapped=True))


def drawn(name: str, split: str, swapped: bool = False) -> list[np.ndarray]:
    """Pictures of a class, uint8 (32, 32, 3), every other one for the test."""
    digits = load_digits()
    own = digits.images[digits.target == DIGITS[name]][(split == "test") :: 2]
    random = np.random.default_rng([DIGITS[name], split == "test", swapped])
    share = 1 - SHARES[name] if swapped else SHARES[name]
    has, pictures = random.permutation(len(own)) < round(share * len(own)), []
    for values, spotted in zip(own, has, strict=True):
        grey = Image.fromarray((60 + values * 8).astype(np.uint8)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        picture = np.repeat(np.asarray(grey)[..., None], 3, 2)
        top, left = (int(1 + (SIZE - SPOT - 2) * random.integers(2)) for _ in range(2))
        if spotted:
            picture[top : top + SPOT, left : left + SPOT] = COLOUR
        pictures.append(picture)
    return pictures


def write(folder: Path) -> None:
    """The data set as files: what is learned from, the same for validation, and the test."""
    for split in ("train", "validation", "test"):
        for name in SHARES:
            target = folder / split / name
            target.mkdir(parents=True)
            for number, picture in enumerate(drawn(name, "train" if split == "validation" else split)):
                Image.fromarray(picture).save(target / f"{number:03d}.png")


def trained() -> keras.Model:
    """A small convnet that learned the training pictures; classes by the alphabet."""
    keras.utils.set_random_seed(0)
    pictures, labels = arrays("train")
    picture = x = keras.Input((SIZE, SIZE, 3))
    for number, filters in enumerate((12, 16, 24)):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=("one", "two", "last")[number])(x)
        x = keras.layers.MaxPooling2D()(x) if number < 2 else keras.layers.GlobalAveragePooling2D()(x)
    network = keras.Model(picture, keras.layers.Dense(2, "softmax")(x))
    network.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    network.fit(pictures, labels, batch_size=16, epochs=12, verbose=0)
    return network


def arrays(split: str, swapped: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Pictures in [0, 1] and classes."""
    every = {name: drawn(name, split, swapped) for name in sorted(SHARES)}
    pictures = np.concatenate([np.stack(one) for one in every.values()]).astype(np.float32) / 255
    return pictures, np.repeat(np.arange(2), [len(one) for one in every.values()])


def accuracy(network: keras.Model, swapped: bool) -> float:
    """On the test pictures."""
    pictures, labels = arrays("test", swapped)
    return float((network.predict(pictures, verbose=0).argmax(1) == labels).mean())


if __name__ == "__main__":
    main()
