"""All bands of a picture of a part, beside the three that were encoded: a page shows whichever are chosen."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np

from shared.analyses.typed_parts import Axes
from shared.images.bands import shown_bands
from shared.images.masks import mask_over
from shared.results import Part, decode_part, encode_picture, part_header, picture_bytes

# Of networks of neither one nor three channels; called as the picture with BANDS behind it.
BandArray = Annotated[np.ndarray, Axes("height", "width", "band", dtype="uint8")]
BANDS = "_bands"
# Masks are laid over it.
PICTURE, MASK = "picture", "mask"


def seen_picture(part: Part, name: str, bands: Sequence[int] = ()) -> np.ndarray | None:
    """A picture of a part, in the wanted bands where the part has them.

    Args:
        part: any.
        name: of the picture.
        bands: see shared.images.bands.shown_bands(); none means as it was encoded.

    Returns:
        uint8 (height, width, 3) or (height, width); None where there is no such picture.
    """
    values = _all_bands(part.arrays, name) if bands and name in part.pictures else None
    if values is None:
        return part.pictures.get(name)
    seen = shown_bands(values, bands)
    return mask_over(seen, part.arrays[name]) if name.startswith(MASK) else seen


def _all_bands(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    """uint8 (height, width, band) of a picture; of a mask, of what it lies over; of one of many tiles, its own."""
    if name.startswith(MASK) and name in arrays:
        return arrays.get(PICTURE + BANDS)
    tiles, _, number = name.rpartition("_")
    if tiles + BANDS in arrays and number.isdigit():
        return np.asarray(arrays[tiles + BANDS][arrays["channels"].tolist().index(int(number))])
    return arrays.get(name + BANDS)


def picture_in_bands(data: bytes, name: str, bands: Sequence[int]) -> bytes | None:
    """PNG of a picture of an encoded part in the wanted bands; as it was stored where the part has no others."""
    if not bands or not any(row[0].endswith(BANDS) for row in part_header(data)["arrays"]):
        return picture_bytes(data, name)
    seen = seen_picture(decode_part(data), name, bands)
    return None if seen is None else encode_picture(seen)
