"""All bands of a picture of a part, beside the three that were encoded: a page shows whichever are chosen."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from shared.analyses.typed_parts import Axes
from shared.images.bands import shown_bands
from shared.results import Part, decode_part, encode_picture, part_header, picture_bytes

# Of networks of neither one nor three channels; called as the picture with BANDS behind it.
BandArray = Annotated[np.ndarray, Axes("height", "width", "band", dtype="uint8")]
BANDS = "_bands"


def seen_picture(part: Part, name: str, bands: Sequence[int] = ()) -> np.ndarray | None:
    """A picture of a part, in the wanted bands where the part has them.

    Args:
        part: any.
        name: of the picture.
        bands: see shared.images.bands.shown_bands(); none means as it was encoded.

    Returns:
        uint8 (height, width, 3) or (height, width); None where there is no such picture.
    """
    values = part.arrays.get(name + BANDS)
    if not bands or values is None or name not in part.pictures:
        return part.pictures.get(name)
    return shown_bands(values, bands)


def picture_in_bands(data: bytes, name: str, bands: Sequence[int]) -> bytes | None:
    """PNG of a picture of an encoded part in the wanted bands; as it was stored where the part has no others."""
    if not bands or name + BANDS not in {row[0] for row in part_header(data)["arrays"]}:
        return picture_bytes(data, name)
    seen = seen_picture(decode_part(data), name, bands)
    return None if seen is None else encode_picture(seen)
