"""All bands of what a part shows, beside the three that were encoded: whoever shows it chooses which.

A picture NAME of a network of neither one nor three bands has its bands in the array NAME_bands, an animation its
frames' likewise. What is laid over a picture is laid anew over other bands: a mask, and the heat map in NAME_heat.
Everything that is drawn of parts, on a page, in a file, in a report or behind a link, is drawn of in_bands() of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np

from shared.analyses.heat_maps import overlay
from shared.analyses.typed_parts import Axes
from shared.errors import InvalidSpec, message
from shared.images.bands import read_bands, shown_bands
from shared.images.masks import mask_over
from shared.results import Part, decode_part, encode_picture, part_header, picture_bytes

# Of networks of neither one nor three channels; called as the picture with BANDS behind it.
BandArray = Annotated[np.ndarray, Axes("height", "width", "band", dtype="uint8")]
BandFrames = Annotated[np.ndarray, Axes("frame", "height", "width", "band", dtype="uint8")]
# At the picture's size; 255 is the largest value of the map.
HeatArray = Annotated[np.ndarray, Axes("height", "width", dtype="uint8")]
BANDS, HEAT = "_bands", "_heat"
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
    if name + HEAT in part.arrays:
        return overlay(seen, part.arrays[name + HEAT].astype(np.float32) / 255.0, 1.0)
    return mask_over(seen, part.arrays[name]) if name.startswith(MASK) else seen


def in_bands(part: Part, bands: Sequence[int]) -> Part:
    """A part whose pictures and animations are drawn in the wanted bands; the same part where it has no others.

    Args:
        part: any.
        bands: see shared.images.bands.shown_bands(); none means as it was encoded.
    """
    if not bands or not band_count(part):
        return part
    pictures = {name: seen for name in part.pictures if (seen := seen_picture(part, name, bands)) is not None}
    frames = {name: seen for name in part.arrays if (seen := seen_frames(part, name, bands)) is not None}
    return replace(part, pictures=pictures, arrays={**part.arrays, **frames})


def seen_frames(part: Part, name: str, bands: Sequence[int] = ()) -> np.ndarray | None:
    """An animation of a part in the wanted bands, uint8 (frame, height, width, 3) or (frame, height, width); None
    where it has no animation of this name."""
    frames, every = part.arrays.get(name), part.arrays.get(name + BANDS)
    if bands and every is not None and every.ndim == 4:
        return shown_bands(every, bands)
    return frames if frames is not None and frames.dtype == np.uint8 and frames.ndim in (3, 4) else None


def band_count(part: Part) -> int:
    """How many bands there are to choose from; 0 of a part that is grey, RGB or without pictures."""
    return next((int(array.shape[-1]) for name, array in part.arrays.items() if name.endswith(BANDS)), 0)


def every_band(parts: Sequence[Part], name: str, called: str) -> dict[str, np.ndarray]:
    """The bands of a picture of several parts as one array for a file of numbers; {} where they are grey or RGB.

    Args:
        parts: in the order of the rows.
        name: of the picture.
        called: the array without BANDS.
    """
    found = [part.arrays[name + BANDS] for part in parts if name + BANDS in part.arrays]
    alike = len(found) == len(parts) and len({one.shape for one in found}) == 1
    return {called + BANDS: np.stack(found)} if alike else {}


def wanted_bands(text: str, parts: Mapping[int, Part]) -> tuple[int, ...]:
    """Bands that somebody names to see a result in.

    Args:
        text: "5,3,1", "5" for grey; "" for the first three.
        parts: of the result.

    Raises:
        InvalidSpec: it is no list of one or three bands, or the pictures have fewer.
    """
    bands, count = read_bands(text), max(map(band_count, parts.values()), default=0)
    if text and (not bands or min(bands) < 1):
        advice = "Three are red, green and blue; one is grey. They count from 1."
        raise InvalidSpec(message("bands such as 5,3,1 or 5", text[:80], advice))
    if bands and not count:
        advice = "Leave `bands` out: there are no others to choose from."
        raise InvalidSpec(message("a result whose pictures have more than three bands", "grey or RGB ones", advice))
    if bands and max(bands) > count:
        raise InvalidSpec(message(f"bands from 1 to {count}", max(bands), "Change `bands`."))
    return bands


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
