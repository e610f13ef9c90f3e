"""Masks beside pictures: images/1.png with masks/1.png, or 1.png with 1_mask.png."""

import re
from collections.abc import Sequence

from shared.errors import RefusedUpload, message
from shared.uploads.class_folders import split_of
from shared.uploads.targets import ALL, Column, Layout, Place

_PICTURES = {"images", "image", "imgs", "img", "pictures", "photos", "jpegimages"}
_MASKS = {"masks", "mask", "labels", "annotations", "segmentationclass", "segmentations", "segmentation", "groundtruth",
          "ground_truth", "gt", "trimaps"}  # fmt: skip
_ENDING = re.compile(r"[-_. ](?:mask|masks|seg|segmentation|gt|label|labels|annotation|lm)$", re.IGNORECASE)
_PAIR = "Give every picture a mask of its name: images/1.png and masks/1.png, or 1.png and 1_mask.png."


def mask_layout(pictures: Sequence[str]) -> Layout | None:
    """Pairs of pictures and masks by their names; None where there are no masks.

    Raises:
        RefusedUpload: some pictures have a mask and some have none.
    """
    keys = {path: _key(path) for path in pictures}
    masks = {key: path for path, (key, role) in keys.items() if role == "mask"}
    shown = {key: path for path, (key, role) in keys.items() if role != "mask"}
    if not masks or not set(masks) & set(shown):
        return None
    if missing := sorted(path for key, path in shown.items() if key not in masks):
        received = f"none for {missing[0]}" + (f" and {len(missing) - 1:,} more" if len(missing) > 1 else "")
        raise RefusedUpload(message("a mask for every picture", received, _PAIR))
    found = [Place(path, split_of(path), ALL, mask=masks[key]) for key, path in shown.items()]
    lonely = len(masks) - len(shown)
    notes = [f"{lonely:,} masks without a picture were left out."] if lonely else []
    columns = (Column("mask"),)
    return Layout(tuple(found), "masks", (ALL,), columns, tuple(notes), frozenset(masks.values()))


def _key(path: str) -> tuple[tuple[str, ...], str]:
    """What a picture and its mask have in common, and which of both a path is."""
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0] or name
    bare = _ENDING.sub("", stem)
    for place in range(len(folders) - 1, -1, -1):
        if (word := folders[place].lower()) in _MASKS | _PICTURES:
            rest = (*folders[:place], *folders[place + 1 :])
            return ((*rest, bare if word in _MASKS else stem), "mask" if word in _MASKS else "picture")
    return ((*folders, bare), "mask" if bare != stem else "picture")
