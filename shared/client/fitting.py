"""Whether pictures have the bands that a network takes, before anything is queued."""

from collections.abc import Iterator

import numpy as np

from shared.analyses import JobSpec, reference_fields
from shared.errors import InvalidSpec, UnknownDataset, UnknownImage
from shared.images.bands import BandPicture, bare_picture, fit_words
from shared.library import Library


def misfit(library: Library, spec: JobSpec) -> str:
    """Why the pictures of a request cannot go into its network.

    Args:
        library: of the installation.
        spec: resolved.

    Returns:
        Which bands were expected, which were received, and what to do; "" where they fit, or where it is not known
        what the network takes, as no worker has opened it.
    """
    channels = _channels(library, spec)
    if channels is None:
        return ""
    try:
        for picture in _pictures(library, spec):
            fit_words(picture, channels)
    except InvalidSpec as error:
        return str(error)
    except (UnknownImage, UnknownDataset, OSError, ValueError):
        return ""  # said where it is opened
    return ""


def _channels(library: Library, spec: JobSpec) -> int | None:
    """Of the network, where that is known."""
    model = getattr(spec, "model", None)
    if not model or model.startswith("keras/"):
        return 3 if model else None
    shape = str(library.models.proofs.of(model).get("input", "")).split(" × ")
    return int(shape[-1]) if shape[-1].isdigit() else None


def _pictures(library: Library, spec: JobSpec) -> Iterator[BandPicture]:
    """What is known of each picture, and of a data set's all alike."""
    for name, to in reference_fields(type(spec)).items():
        value = getattr(spec, name)
        for reference in value if isinstance(value, tuple) else [value] if value else ():
            if to == "image":
                yield bare_picture(library.images.path(reference))
            elif to == "dataset":
                card = library.datasets.card(reference)
                yield BandPicture(np.empty((1, 1, card.channels), np.uint8), 0, 255, colours=not card.bands)
