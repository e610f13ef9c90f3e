"""Where the targets of a data set stand: masks, folders, a table, or the names of the files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from shared.errors import RefusedUpload, message
from shared.uploads.class_folders import SPLITS, places
from shared.uploads.label_tables import class_lists, table_layout
from shared.uploads.mask_folders import mask_layout
from shared.uploads.named_files import name_layout, offered_names
from shared.uploads.targets import Column, Labelling, Layout


def layout_of(
    pictures: Sequence[str], folders: Iterable[str], others: Sequence[str], read: Callable[[str], bytes],
    labelling: Labelling,
) -> Layout:  # fmt: skip
    """Every picture with what is said of it.

    Masks first, then folders, then a table beside the pictures; names of files only where a person says so.

    Args:
        pictures: paths of pictures.
        folders: paths of all folders.
        others: paths of files that are no pictures.
        read: bytes of a file.
        labelling: what a person says about it.

    Raises:
        RefusedUpload: none of these gives every picture a target; what the folders lack is said.
    """
    found = _found(sorted(pictures), folders, others, read, labelling)
    splits = {place.split for place in found.places}
    if "" in splits or "train" not in splits:
        found = replace(found, places=tuple(replace(place, split="") for place in found.places))
    order = ("", *SPLITS)
    by_place = sorted(found.places, key=lambda place: (order.index(place.split), place.label, place.path))
    return replace(found, places=tuple(by_place))


def _found(
    pictures: list[str], folders: Iterable[str], others: Sequence[str], read: Callable[[str], bytes],
    labelling: Labelling,
) -> Layout:  # fmt: skip
    source = labelling.source
    if source in ("", "masks") and pictures and (masks := mask_layout(pictures)):
        lists = class_lists(others, read)
        names = next((one.names for one in lists.values()), ())
        return replace(masks, columns=(Column("mask", "", names),), used=masks.used | set(lists))
    if source == "names" and pictures:
        return name_layout(pictures)
    refused = RefusedUpload(
        message(f"targets from {source}", "none", "Leave the choice open, or arrange the pictures.")
    )
    if source in ("", "folders"):
        try:
            return Layout(tuple(places(pictures, folders, others)))
        except RefusedUpload as error:
            refused = error
    if source in ("", "table") and pictures and (table := table_layout(pictures, others, read, labelling)):
        return table
    offered = offered_names(pictures) if source == "" else ""
    raise RefusedUpload(f"{refused} {offered}") if offered else refused
