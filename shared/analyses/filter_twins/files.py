"""Files of `filter_twins`: the pairs as a picture, and how alike all channels are."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from shared.analyses.filter_twins.numbers import (
    ALIKE,
    SYMMETRIES,
    Pair,
    kernel_likeness,
    likeness_of,
    pairs_of,
    really_different,
    stacked_responses,
    turn,
)
from shared.analyses.filter_twins.parts import TURNED_TILE
from shared.analyses.result_files import Files
from shared.images.contact_sheet import PAPER, stitch
from shared.results import Part
from shared.store import RunRecord

SHOWN_PAIRS, PAIRS_A_ROW = 48, 4
# Between pairs on their sheet, in pixels; inside a pair the tiles lie close.
ROOM = 14


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """pairs.png (first tile, the same turned, second tile), pairs.json, sheet.png, arrays.npz as twin_arrays() says."""
    arrays = twin_arrays(parts)
    channels = arrays["channels"].tolist()
    pairs = pairs_of(arrays["likeness"], arrays["symmetry"], channels)
    tiles = {TURNED_TILE.read(p)["channel"]: p.pictures["tile"] for p in parts.values()}
    yield "sheet.png", stitch(dict(enumerate(tiles.values())), len(tiles))
    if pairs:
        yield "pairs.png", pair_sheet(tiles, pairs[:SHOWN_PAIRS])
    different = [channels[row] for row in really_different(arrays["likeness"])]
    yield (
        "pairs.json",
        {
            "least_likeness": ALIKE,
            "channels": len(channels),
            "really_different": different,
            "pairs": [asdict(p) | {"symmetry": SYMMETRIES[p.symmetry]} for p in pairs],
        },
    )
    yield "arrays.npz", arrays


def twin_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of a layer's twins, a row and a column a finished channel.

    Returns:
        `likeness` float32 and `symmetry` int8 (channel, channel), see
        shared.analyses.filter_twins.numbers.likeness_of();
        `kernel_likeness`, `kernel_symmetry` the same from kernels where the layer sees the picture; `channels` int32
        (channel), numbers of the rows; `dead` bool (channel).
    """
    rows = [parts[i] for i in sorted(parts)]
    channels = [TURNED_TILE.read(p)["channel"] for p in rows]
    responses, _ = stacked_responses({i: TURNED_TILE.read_arrays(p)["answers"] for i, p in enumerate(rows)}, channels)
    likeness, symmetry = likeness_of(responses)
    found = {
        "likeness": likeness,
        "symmetry": symmetry,
        "channels": np.array(channels, np.int32),
        "dead": np.array([TURNED_TILE.read(p)["dead"] for p in rows], bool),
    }
    if all("kernel" in p.arrays for p in rows):
        kernels = np.stack([TURNED_TILE.read_arrays(p)["kernel"] for p in rows], axis=-1)
        found["kernel_likeness"], found["kernel_symmetry"] = kernel_likeness(kernels)
    return found


def pair_sheet(tiles: Mapping[int, np.ndarray], pairs: Sequence[Pair]) -> np.ndarray:
    """Three tiles a pair, four pairs a row: the first one, the same turned as the pair says, the second one."""
    found = []
    for pair in pairs:
        three = tiles[pair.first], turn(tiles[pair.first], pair.symmetry), tiles[pair.second]
        strip = stitch(dict(enumerate(three)), 3, columns=3)
        found.append(np.pad(strip, ((0, ROOM), (0, ROOM), (0, 0)), constant_values=PAPER))
    return stitch(dict(enumerate(found)), len(found), columns=min(PAIRS_A_ROW, len(found)))
