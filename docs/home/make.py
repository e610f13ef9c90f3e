"""The pictures on Home's cards: what each start makes, made with the network that is bundled.

    python docs/home/make.py [NAME ...]

asks the running installation, or one that is started for as long as it takes (some minutes on two cores), for every
start, or those that are named, and writes its result small into dashboard/team/home/pictures.
"""

import io
import sys
from pathlib import Path

from PIL import Image, ImageOps

from dashboard.team.home.examples import starts_with
from shared.analyses import KINDS
from shared.analyses.result_files import file_bytes
from shared.cli.installation import installation
from shared.client import Result
from shared.settings import get_settings

FOLDER = Path(__file__).parents[2] / "dashboard" / "team" / "home" / "pictures"
SIZE, COLUMNS, QUALITY = (360, 240), 3, 82
TILES = tuple(f"tiles/{number:04d}.png" for number in range(6))
# Files of each result, side by side on its card.
SHOWN = {
    "maps": ("sheets/003_relu1.png",),
    "heat-map": ("grad_cam_0.png", "grad_cam_1.png"),
    "filters": ("stage_00.png",),
    "digits": tuple(f"watch/{picture}_{epoch:03d}.png" for picture in (1444, 1448) for epoch in (1, 4, 20)),
    "redrawn": TILES,
    "atlas": TILES,
    "channel": ("portrait.png", "opposite.png", *(f"facet_{number}.png" for number in range(4))),
    "dream": ("dream.png",),
    "class-images": ("000_cat_regularised.png", "001_dog_regularised.png"),
}


def card(result: Result, names: tuple[str, ...]) -> Image.Image:
    """Files of a result in equal cells: up to three in a row."""
    made = dict(KINDS[result.run.kind].files(result.run, result.parts))
    columns = min(len(names), COLUMNS)
    width, height = SIZE[0] // columns, SIZE[1] // -(-len(names) // columns)
    whole = Image.new("RGB", SIZE)
    for place, name in enumerate(names):
        picture = Image.open(io.BytesIO(file_bytes(name, made[name]))).convert("RGB")
        cell = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        whole.paste(cell, (place % columns * width, place // columns * height))
    return whole


def main(names: list[str]) -> None:
    """Make those of some starts; of all where none is named."""
    FOLDER.mkdir(exist_ok=True)
    with installation(get_settings(), print) as client:
        for start in starts_with({}):
            if names and start.name not in names:
                continue
            result = client.run(client.resolve(start.spec))
            card(result, SHOWN[start.name]).save(FOLDER / f"{start.name}.jpg", quality=QUALITY, optimize=True)
            print(f"{start.name}: {result.run.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
