"""Which layers of any network make good dreams: those whose units see as much of the picture as InceptionV3's do.

Depth alone misleads: at half of their depth, units of VGG16 see 40 pixels and those of InceptionV3 400.
"""

import math
from collections.abc import Mapping, Sequence

# What ends a block of branches, else an activation, else a convolution. Not sums: in residual networks they stay near
# what came in, and their dreams are faint. Nor what a depthwise convolution gave: with MobileNetV2's block_9 and
# block_12 a cat stays a cat under a grid, with the expansions beside them it grows animals.
SORTS = (
    ("Concatenate",),
    ("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU"),
    ("Conv2D", "SeparableConv2D"),
)
DEPTHWISE = "DepthwiseConv2D"
# Fewer layers of a sort do not cover a network's depth.
ENOUGH = 4

# Receptive field in pixels, and weight, of what is maximised where nobody named a layer: eyes, fur, faces.
MIDDLE: Mapping[float, float] = {160: 1.0, 280: 1.0}

# Path, class and receptive field; None sees the whole picture.
Row = tuple[str, str, float | None]


def layers_seeing(rows: Sequence[Row], fields: Mapping[float, float] = MIDDLE) -> list[tuple[str, float]]:
    """Layers by how much of the picture one of their units sees.

    Args:
        rows: the layers that keep a height and a width, in the order in which they run.
        fields: receptive field in pixels to weight.

    Returns:
        Path and weight, each layer once: where one is the nearest to several fields, it has their weights' sum.
    """
    seeing = {path: field for path, _, field in rows if field and field > 1}
    mixing = _mixing(rows)
    sorts = [[path for path, name in mixing if name in sort and path in seeing] for sort in SORTS]
    candidates = next((paths for paths in sorts if len(paths) >= ENOUGH), list(seeing))
    found: dict[str, float] = {}
    for wanted, weight in fields.items() if candidates else ():
        path = min(candidates, key=lambda p: abs(math.log(seeing[p] / wanted)))
        found[path] = found.get(path, 0.0) + weight
    return list(found.items())


def _mixing(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Path and class of the layers whose last convolution was not a depthwise one."""
    kept, last = [], ""
    for path, name, _ in rows:
        last = name if "Conv" in name else last
        if last != DEPTHWISE:
            kept.append((path, name))
    return kept
