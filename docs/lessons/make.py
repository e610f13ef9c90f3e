"""The small pictures of the lessons, made with the network and the photographs that come with the project.

    python docs/lessons/make.py

asks the running installation, or one that is started for as long as it takes (some minutes on two cores), for the
results below, and writes them small into dashboard/team/lessons/pictures. What needs ImageNet's weights or photographs
of cats and dogs is taken from the pictures that other recipes of this project left under docs/.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from shared.analyses import ClassMaximization, DeepDream, FilterAtlas, FilterTwins, JobSpec
from shared.analyses.filter_twins.files import ROOM, pair_sheet, twin_arrays
from shared.analyses.filter_twins.numbers import pairs_of
from shared.analyses.filter_twins.parts import TURNED_TILE
from shared.cli.installation import installation
from shared.client import Client
from shared.images.contact_sheet import GAP, stitch
from shared.library.bundled import STAND_IN
from shared.library.images import sample_path
from shared.results import Part
from shared.settings import get_settings

DOCS = Path(__file__).parents[1]
FOLDER = DOCS.parent / "dashboard" / "team" / "lessons" / "pictures"
WIDTH, CARD, QUALITY = 800, (480, 240), 80
TILES, TWINS = 24, 8
LADDER = ("scratch", "augmented", "feature-extraction", "fine-tuning")
# Of other recipes: the file under docs/, and what it is called here.
MADE_BEFORE = {
    "cats_and_dogs/relu5.jpg": "relu5.jpg",
    "atlases/vgg16_block3_conv1_lucid.jpg": "vgg16-block3.jpg",
    "class_images/sea_snake_and_magpie.jpg": "sea-snake-and-magpie.jpg",
}


def results(client: Client) -> dict[str, np.ndarray]:
    """Pictures of the bundled network by file name, uint8 (height, width, 3)."""
    first = FilterAtlas(model=STAND_IN, layer="relu1", size=64)
    middle = FilterAtlas(model=STAND_IN, layer="relu3", size=64, channels=tuple(range(TILES)))
    twins = client.run(client.resolve(FilterTwins(model=STAND_IN, layer="relu1", size=48)))
    dream = _pictures(client, DeepDream(model=STAND_IN, image="sample/rocket", layers=("relu5",)), "dream")[-1]
    images = _pictures(client, ClassMaximization(model=STAND_IN, classes=(0, 1)), "image")
    return {
        "relu1.jpg": _sheet(_pictures(client, first, "tile")),
        "relu3.jpg": _sheet(_pictures(client, middle, "tile")),
        "twins.jpg": _twins(twins.parts),
        "dream.jpg": dream,
        "class-images.jpg": stitch(dict(enumerate(images)), len(images), len(images)),
    }


def _pictures(client: Client, spec: JobSpec, name: str) -> list[np.ndarray]:
    parts = client.run(client.resolve(spec)).parts
    return [parts[i].pictures[name] for i in sorted(parts) if name in parts[i].pictures]


def _twins(parts: Mapping[int, Part]) -> np.ndarray:
    """The pairs that are most alike, however alike they are: first, first as turned, second."""
    arrays = twin_arrays(parts)
    pairs = pairs_of(arrays["likeness"], arrays["symmetry"], arrays["channels"].tolist(), least=0)
    tiles = {TURNED_TILE.read(part)["channel"]: part.pictures["tile"] for part in parts.values()}
    sheet = pair_sheet(tiles, pairs[:TWINS])[: -ROOM - GAP, : -ROOM - GAP]
    return sheet.repeat(2, axis=0).repeat(2, axis=1)


def _sheet(tiles: list[np.ndarray]) -> np.ndarray:
    return stitch(dict(enumerate(tiles)), len(tiles), 8)


def save(picture: Image.Image, name: str) -> None:
    """Write a picture, no wider than WIDTH."""
    small = picture.convert("RGB")
    small.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    small.save(FOLDER / name, quality=QUALITY, optimize=True)


def save_cards() -> None:
    """What stands on the cards of the overview, cut from pictures that are there by now."""
    cat = Image.open(sample_path("cat")).convert("RGB")
    grey = ImageOps.autocontrast(ImageOps.grayscale(cat)).resize((60, 40)).resize((480, 320), Image.Resampling.NEAREST)
    pictures = {
        "convolution-on-a-cat": grey,
        "convolution-layer": _grid_of_numbers(cat),
        "from-71-to-97": Image.open(FOLDER / "ladder-augmented.png"),
        "what-a-network-sees": Image.open(DOCS / "cats_and_dogs" / "heat_maps.jpg").crop((0, 0, 520, 256)),
        "how-convnets-see": Image.open(FOLDER / "dream.jpg"),
    }
    for name, picture in pictures.items():
        fitted = ImageOps.fit(picture.convert("RGB"), CARD, Image.Resampling.LANCZOS)
        fitted.save(FOLDER / f"card-{name}.jpg", quality=QUALITY, optimize=True)


def _grid_of_numbers(cat: Image.Image) -> Image.Image:
    """The cat's eye as coarse pixels: colours, each a square."""
    return (
        cat.crop((130, 60, 210, 100)).resize((24, 12), Image.Resampling.LANCZOS).resize(CARD, Image.Resampling.NEAREST)
    )


def main() -> None:
    """Make all of them."""
    FOLDER.mkdir(exist_ok=True)
    with installation(get_settings(), print) as client:
        for name, pixels in results(client).items():
            save(Image.fromarray(pixels), name)
    for source, name in MADE_BEFORE.items():
        save(Image.open(DOCS / source), name)
    for strategy in LADDER:
        chart = DOCS / "ladder" / f"cats-and-dogs-{strategy}.png"
        (FOLDER / f"ladder-{strategy}.png").write_bytes(chart.read_bytes())
    save_cards()


if __name__ == "__main__":
    main()
