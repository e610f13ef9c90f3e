"""Small networks of other kinds than classifiers of RGB pictures, and the pictures they learned from.

    python docs/networks/make.py FOLDER

writes, in some minutes on two cores: discs.keras (a U-Net: where are the discs among the squares?), toys.keras (two
outputs: shape and colour), radius.keras (a number: how large is the disc?), bands.keras (six bands, of which the fifth
says the class), and a data set for each. The pictures of docs/networks/README.md show them.
"""

import csv
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

SIDE = 64
SHAPES = ("circle", "square", "triangle")
COLOURS = {"red": (200, 40, 40), "green": (50, 170, 70), "blue": (50, 80, 200), "yellow": (220, 200, 50)}
CLASSES = ("absent", "bright", "dark")


def background(noise: np.random.Generator) -> np.ndarray:
    """Soft clouds of colour, float32 (height, width, 3) in 0..255."""
    coarse = noise.uniform(40, 215, (9, 9, 3)).astype(np.uint8)
    fine = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
    return fine + noise.normal(0, 6, fine.shape).astype(np.float32)


def inside(shape: str, row: float, column: float, radius: float) -> np.ndarray:
    """Where a shape lies, bool (height, width)."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    down, right = rows - row, columns - column
    if shape == "circle":
        return down**2 + right**2 <= radius**2
    if shape == "square":
        return (abs(down) <= radius) & (abs(right) <= radius)
    return (down <= radius) & (down >= 2 * abs(right) - radius)


def place(noise: np.random.Generator) -> tuple[float, float, float]:
    """Row, column and radius of a shape that is whole in the picture."""
    radius = noise.uniform(6, 14)
    return noise.uniform(radius, SIDE - radius), noise.uniform(radius, SIDE - radius), radius


def discs(noise: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures with discs and squares, uint8, and where discs are, uint8 (picture, height, width) of 0 and 1."""
    pictures, masks = [], []
    for _ in range(count):
        picture, mask = background(noise), np.zeros((SIDE, SIDE), np.uint8)
        for shape in noise.choice(("circle", "circle", "square", "square"), 3):
            where = inside(str(shape), *place(noise))
            picture[where] = noise.uniform(0, 255, 3)
            mask[where] = shape == "circle"
        pictures.append(picture.clip(0, 255).astype(np.uint8))
        masks.append(mask)
    return np.array(pictures), np.array(masks)


def toys(noise: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pictures of one shape, uint8; the shape's number, the colour's, and its radius in pixels."""
    pictures, shapes, colours, radii = [], noise.integers(0, 3, count), noise.integers(0, 4, count), []
    for shape, colour in zip(shapes, colours, strict=True):
        picture, (row, column, radius) = background(noise), place(noise)
        tint = np.array(list(COLOURS.values())[colour]) + noise.normal(0, 12, 3)
        picture[inside(SHAPES[shape], row, column, radius)] = tint
        pictures.append(picture.clip(0, 255).astype(np.uint8))
        radii.append(radius)
    return np.array(pictures), shapes, colours, np.array(radii, np.float32)


def bands(noise: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of six bands, uint16; the fifth has a bright spot, a dark one or none, the others mislead."""
    pictures, classes = noise.normal(2000, 120, (count, 32, 32, 6)), noise.integers(0, 3, count)
    rows, columns = np.mgrid[:32, :32]
    for picture, truth in zip(pictures, classes, strict=True):
        for band in range(6):
            strength = (0, 900, -900)[truth if band == 4 else noise.integers(0, 3)]
            row, column = noise.uniform(6, 26, 2)
            picture[..., band] += strength * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18)
    return pictures.clip(0, 65535).astype(np.uint16), classes


def convolutions(x: keras.KerasTensor, *widths: int) -> keras.KerasTensor:
    """Convolutions with pooling between them, and the mean over the picture."""
    for number, width in enumerate(widths):
        x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv{number + 1}")(x)
        x = layers.MaxPooling2D(name=f"pool{number + 1}")(x) if number + 1 < len(widths) else x
    return x


def u_net() -> keras.Model:
    """Three sizes down and up again; probabilities of a disc at every pixel."""
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    x, kept = layers.Rescaling(1 / 127.5, offset=-1, name="scale")(picture), []
    for number, width in enumerate((16, 32, 64)):
        x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"down{number + 1}a")(x)
        x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"down{number + 1}b")(x)
        kept.append(x)
        x = layers.MaxPooling2D(name=f"halve{number + 1}")(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="bottom")(x)
    for number, width in ((3, 64), (2, 32), (1, 16)):
        x = layers.Conv2DTranspose(width, 2, strides=2, name=f"grow{number}")(x)
        x = layers.Concatenate(name=f"join{number}")([x, kept.pop()])
        x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"up{number}")(x)
    return keras.Model(picture, layers.Conv2D(1, 1, activation="sigmoid", name="disc")(x), name="discs")


def toy_network() -> keras.Model:
    """Two named outputs behind one trunk."""
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    x = convolutions(layers.Rescaling(1 / 127.5, offset=-1, name="scale")(picture), 16, 32, 64, 64)
    x = layers.GlobalMaxPooling2D(name="largest")(x)
    ends = {
        "shape": layers.Dense(3, activation="softmax", name="shape")(x),
        "colour": layers.Dense(4, activation="softmax", name="colour")(x),
    }
    return keras.Model(picture, ends, name="toys")


def radius_network() -> keras.Model:
    """One number."""
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    x = convolutions(layers.Rescaling(1 / 127.5, offset=-1, name="scale")(picture), 16, 32, 64)
    return keras.Model(picture, layers.Dense(1, name="radius")(layers.GlobalAveragePooling2D(name="mean")(x)))


def band_network() -> keras.Model:
    """Six bands to three classes."""
    picture = keras.Input((32, 32, 6), name="bands")
    x = convolutions(layers.Rescaling(1 / 1000, offset=-2, name="scale")(picture), 24, 48)
    x = layers.GlobalMaxPooling2D(name="largest")(x)
    return keras.Model(picture, layers.Dense(3, activation="softmax", name="spot")(x), name="bands")


def learn(network: keras.Model, pictures: np.ndarray, truths: object, loss: object, epochs: int) -> None:
    """Train a network; one in ten pictures is kept for validation."""
    network.compile(keras.optimizers.Adam(2e-3), loss)
    network.fit(pictures, truths, batch_size=32, epochs=epochs, validation_split=0.1, verbose=2)


def write_table(folder: Path, pictures: np.ndarray, columns: dict[str, list[object]]) -> None:
    """Pictures and a labels.csv beside them."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    names = [f"{number:03d}.png" for number in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        Image.fromarray(picture).save(folder / "images" / name)
    with (folder / "labels.csv").open("w", newline="") as file:
        files = [f"images/{name}" for name in names]
        csv.writer(file).writerows([("file", *columns), *zip(files, *columns.values(), strict=True)])


def main(folder: Path) -> None:
    """Make everything below a folder."""
    keras.utils.set_random_seed(1)
    noise = np.random.default_rng(1)
    folder.mkdir(parents=True, exist_ok=True)

    pictures, masks = discs(noise, 1200)
    network = u_net()
    learn(network, pictures, masks[..., None], "binary_crossentropy", 12)
    network.save(folder / "discs.keras")
    for part, own in (("images", pictures[:60]), ("masks", masks[:60] * 255)):
        (folder / "discs" / part).mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(own):
            Image.fromarray(picture).save(folder / "discs" / part / f"{number:03d}.png")

    pictures, shapes, colours, radii = toys(noise, 1500)
    network = toy_network()
    loss = dict.fromkeys(("shape", "colour"), "sparse_categorical_crossentropy")
    learn(network, pictures, {"shape": shapes, "colour": colours}, loss, 12)
    network.save(folder / "toys.keras")
    words = {"shape": [SHAPES[i] for i in shapes[:100]], "colour": [list(COLOURS)[i] for i in colours[:100]]}
    write_table(folder / "toys", pictures[:100], words)
    for name, classes in (("shape", SHAPES), ("colour", COLOURS)):
        (folder / f"{name}.txt").write_text("\n".join(classes) + "\n")
    network = radius_network()
    learn(network, pictures, radii, "mse", 12)
    network.save(folder / "radius.keras")
    write_table(folder / "radius", pictures[:100], {"radius (px)": [round(float(r), 2) for r in radii[:100]]})

    pictures, classes = bands(noise, 1500)
    network = band_network()
    learn(network, pictures.astype(np.float32), classes, "sparse_categorical_crossentropy", 12)
    network.save(folder / "bands.keras")
    (folder / "spots.txt").write_text("\n".join(CLASSES) + "\n")
    for number, (picture, truth) in enumerate(zip(pictures[:120], classes[:120], strict=True)):
        (folder / "bands" / CLASSES[truth]).mkdir(parents=True, exist_ok=True)
        np.save(folder / "bands" / CLASSES[truth] / f"{number:03d}.npy", picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
