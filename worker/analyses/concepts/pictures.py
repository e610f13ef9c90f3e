"""A concept's pictures: its crops, where it stands in photographs, and what gradient ascent makes of its direction."""

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from shared.analyses.ascent_modes import MODE_DEFAULTS
from shared.images.contact_sheet import stitch
from shared.results import Progress
from worker.analyses.concepts.bank import crop_corners, crop_of
from worker.analyses.concepts.passes import ConceptPasses
from worker.analyses.concepts.regions import TOGETHER
from worker.analyses.context import RunContext
from worker.ascent.compiled import compile_ascent
from worker.ascent.gradient_ascent import optimize
from worker.ascent.modes import lucid
from worker.ascent.objectives import direction
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import to_uint8
from worker.pictures.drawn_pictures import drawable

# Crops of a concept that are shown, and the side of each on a sheet, in pixels.
SHOWN, EDGE = 8, 112
# Side of the picture that gradient ascent makes, in pixels, and the power of the cosine, which asks for the direction
# and nothing beside it.
IMAGE_SIDE, POWER = 128, 2.0
# Where a concept is not, a photograph is shown this dark.
DIMMED = 0.25
Crop = tuple[int, tuple[int, int, int, int]]


def strongest_crops(passes: ConceptPasses, concept: int) -> Generator[Progress, None, list[Crop]]:
    """The crops of the class's pictures with most of a concept, at most one a picture.

    Returns:
        Row of the picture, and top, left, bottom, right in pixels that the network sees; best first.
    """
    yield Progress(f"crops of concept {concept + 1}")
    maps = passes.maps[: passes.own_count, ..., concept]
    height, width = passes.pictures.shape[1:3]
    (high, wide), corners = crop_corners((height, width), passes.spec.crop)
    some = (maps[start : start + TOGETHER] for start in range(0, len(maps), TOGETHER))
    within = np.concatenate([_within(one, (height, width), (high, wide), corners) for one in some])
    order = np.argsort(-within.max(1), kind="stable")[:SHOWN]
    found = []
    for row in map(int, order):
        top, left = corners[int(within[row].argmax())]
        found.append((row, (top, left, top + high, left + wide)))
    return found


def _within(
    maps: np.ndarray, size: tuple[int, int], crop: tuple[int, int], corners: Sequence[tuple[int, int]]
) -> np.ndarray:
    """How much of a concept each crop of each picture holds, float32 (picture, crop)."""
    large, (high, wide) = np.asarray(tf.image.resize(maps[..., None], size))[..., 0], crop
    upto = np.pad(large.cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    sums = [upto[:, top + high, left + wide] - upto[:, top, left + wide] - upto[:, top + high, left]
            + upto[:, top, left] for top, left in corners]  # fmt: skip
    return np.stack(sums, 1)


def crop_sheet(passes: ConceptPasses, crops: Sequence[Crop]) -> np.ndarray:
    """uint8 (height, width, 3): the crops side by side, best first."""
    made = {}
    for place, (row, (top, left, bottom, right)) in enumerate(crops):
        made[place] = tile(crop_of(passes.pictures[row], (top, left), (bottom - top, right - left)))
    return stitch(made, len(made), len(made))


def place_sheet(passes: ConceptPasses, concept: int, crops: Sequence[Crop]) -> np.ndarray:
    """uint8 (height, width, 3): the crops' pictures side by side, dark where the concept is not."""
    made = {}
    for place, (row, _) in enumerate(crops):
        one = passes.maps[row, ..., concept]
        light = np.asarray(tf.image.resize((one / max(float(one.max()), 1e-9))[..., None], passes.pictures.shape[1:3]))
        made[place] = tile(passes.pictures[row] * (DIMMED + (1 - DIMMED) * light))
    return stitch(made, len(made), len(made))


def tile(picture: np.ndarray) -> np.ndarray:
    """uint8 (EDGE, EDGE, 3) of a picture in [0, 1]."""
    pixels = to_uint8(drawable(np.asarray(picture, np.float32)))
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).convert("RGB")
    return np.asarray(image.resize((EDGE, EDGE), Image.Resampling.BICUBIC))


def concept_image(
    passes: ConceptPasses, concept: int, model: LoadedModel, context: RunContext
) -> Generator[Progress, None, np.ndarray | None]:
    """uint8 picture that gradient ascent along a concept's direction makes; None where none is asked for."""
    spec = passes.spec
    vector = passes.bank[concept]
    if not spec.steps or not vector.any():
        return None
    side = min(IMAGE_SIDE, *passes.pictures.shape[1:3])
    ascent = compile_ascent(model, direction(passes.facts["path"], POWER), lucid((side, side), model.input_channels))
    numbers: dict[str, Any] = {"direction": vector[None]}
    end = None
    for end in optimize(ascent, numbers, [(spec.seed, concept, 0)], spec.steps, MODE_DEFAULTS["lucid"].step_size):
        yield Progress(f"picture of concept {concept + 1}: step {end.step} of {spec.steps}")
    assert end is not None
    shown = ascent.mode.parameterization.shown(np.asarray(end.pictures[0]))
    pixels = to_uint8(drawable(shown))
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels
