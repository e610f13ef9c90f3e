"""Files of `channel_portrait`: a picture each, the portrait's way as an animation, the kernel, the numbers."""

from collections.abc import Mapping

import numpy as np
from PIL import Image

from shared.analyses.channel_portrait.parts import PORTRAIT
from shared.analyses.result_files import Files, file_stem
from shared.results import Part
from shared.store import RunRecord

# Kernels of a few pixels are drawn so large that they can be seen.
KERNEL_EDGE = 256


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """portrait.png, opposite.png, facet_0.png …, history.gif, kernel.png where there is one, arrays.npz."""
    for part in _pictures(parts):
        yield f"{file_stem(PORTRAIT.read(part)['picture'])}.png", part.pictures["image"]
        if PORTRAIT.read(part)["picture"] == "portrait":
            yield "history.gif", PORTRAIT.read_arrays(part)["history"]
    for part in parts.values():
        if "kernel" in part.pictures:
            picture = Image.fromarray(part.pictures["kernel"])
            scale = max(1, KERNEL_EDGE // max(picture.size))
            size = picture.width * scale, picture.height * scale
            yield "kernel.png", picture.resize(size, Image.Resampling.NEAREST)
    yield "arrays.npz", portrait_arrays(parts)


def _pictures(parts: Mapping[int, Part]) -> list[Part]:
    """Portrait, opposite and facets, as far as they are made."""
    return [parts[i] for i in sorted(parts) if "objective" in parts[i].arrays]


def portrait_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of a portrait.

    Returns:
        `images` uint8 (image, size, size, 3) or (image, size, size); `objective` float32 (image, step + 1), at the
        start and after each step; `names` text (image): portrait, opposite, facet_0 …; `dead` bool (image); and where
        the layer sees the picture `kernel` float32 (height, width, 1 or 3), red, green, blue.
    """
    pictures = _pictures(parts)
    arrays = {name: p.arrays[name] for p in parts.values() for name in p.arrays if name == "kernel"}
    if pictures:
        arrays |= {
            "images": np.stack([p.pictures["image"] for p in pictures]),
            "objective": np.stack([PORTRAIT.read_arrays(p)["objective"] for p in pictures]),
            "names": np.array([PORTRAIT.read(p)["picture"] for p in pictures]),
            "dead": np.array([PORTRAIT.read(p)["dead"] for p in pictures], bool),
        }
    return arrays
