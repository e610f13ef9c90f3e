"""`augmentation_preview`: copies of one picture as training would see them.

Chollet, "Deep Learning with Python", 2017, section 5.2.5.
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from shared.analyses.augmentation_preview.parts import COPIES, CopiesFacts, CopiesPictures, SourceFacts
from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.errors import NotFinite, message
from shared.images.contact_sheet import stitch
from shared.results import Part, Progress
from worker.analyses.context import RunContext
from worker.networks.preprocessing import to_uint8
from worker.pictures.augmentation import augmented_copies
from worker.pictures.resized import sized_pixels


def augmentation_preview(spec: AugmentationPreview, context: RunContext) -> Iterator[Part | Progress]:
    """Change one picture at random, many times.

    Yields:
        The part that shared.analyses.augmentation_preview.parts describes.

    Raises:
        UnknownImage, UnknownDataset, InvalidSpec: see their names.
    """
    yield Progress("changing the picture", total=1)
    picture, source = _picture(spec, context)
    copies = augmented_copies(picture, spec, spec.copies, spec.seed)
    if not np.isfinite(copies).all():
        raise NotFinite(message("finite copies", "NaN or infinity", "Choose smaller changes."))
    tiles = to_uint8(copies)
    columns = sheet_columns(spec.copies)
    sheet = stitch(dict(enumerate(tiles)), len(tiles), columns)
    pictures: CopiesPictures = {"original": to_uint8(picture), "sheet": sheet}
    facts: CopiesFacts = {**source, "size": spec.size, "columns": columns, "copies": spec.copies}
    if 0 not in context.finished:
        yield COPIES.part(0, "copies", pictures=pictures, arrays={"copies": tiles}, facts=facts)


def sheet_columns(copies: int) -> int:
    """Columns of the sheet: five for fifteen copies, never more than eight."""
    return min(8, max(1, round((copies * 1.7) ** 0.5)))


def _picture(spec: AugmentationPreview, context: RunContext) -> tuple[np.ndarray, SourceFacts]:
    """float32 (size, size, 3) in [0, 1], and where the picture is from."""
    if spec.dataset is None:
        return _sized(context.library.images.open(str(spec.image)).shown(), spec.size), {}
    dataset = context.dataset(spec.dataset)
    pixels = _sized(dataset.image(spec.picture), spec.size)
    one = dataset.card.pictures[spec.picture]
    return pixels, {"path": one.path, "label": dataset.card.classes[one.label], "split": one.split}


def _sized(image: Image.Image, size: int) -> np.ndarray:
    pixels = np.asarray(image.convert("RGB"))
    return sized_pixels(pixels, (size, size), 3, "crop").astype(np.float32) / 255.0
