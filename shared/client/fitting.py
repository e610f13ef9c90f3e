"""Whether pictures have the bands that a network takes, before anything is queued."""

from collections.abc import Iterator

import numpy as np

from shared.analyses import JobSpec, reference_fields
from shared.errors import ConvscopeError, InvalidSpec
from shared.images.bands import BandPicture, bare_picture, fit_words
from shared.library import Library

# Photographs of any bands, whose spectrum alone is taken.
NOT_SHOWN = "spectrum"
UNKNOWN = (
    "How many bands the network takes stands nowhere in its file: whether these pictures fit is checked once a worker "
    "has opened it."
)


def misfit(library: Library, spec: JobSpec) -> str:
    """Why the pictures of a request cannot go into its networks.

    Args:
        library: of the installation.
        spec: resolved.

    Returns:
        Which bands were expected, which were received, and what to do; "" where they fit, or where it is not known
        what a network takes, see unknown_fit().
    """
    try:
        pictures = list(_pictures(library, spec))
        for channels in filter(None, _channels(library, spec) if pictures else ()):
            for picture in pictures:
                fit_words(picture, channels)
    except InvalidSpec as error:
        return str(error)
    except (ConvscopeError, OSError, ValueError):
        return ""  # said where it is opened
    return ""


def unknown_fit(library: Library, spec: JobSpec) -> str:
    """That nobody can say yet whether pictures fit, for people; "" where misfit() can, or where there are none."""
    try:
        open_ended = next(_pictures(library, spec), None) is not None and None in _channels(library, spec)
    except (ConvscopeError, OSError, ValueError):
        return ""
    return UNKNOWN if open_ended else ""


def _channels(library: Library, spec: JobSpec) -> list[int | None]:
    """Of every network of the request, where that is known."""
    found = (getattr(spec, name) for name, to in reference_fields(type(spec)).items() if to == "model")
    return [library.models.known.bands(model) for model in found if model]


def _pictures(library: Library, spec: JobSpec) -> Iterator[BandPicture]:
    """What is known of each picture, and of a data set's all alike."""
    for name, to in reference_fields(type(spec)).items():
        value = getattr(spec, name)
        for reference in value if isinstance(value, tuple) else [value] if value else ():
            if to == "image" and name != NOT_SHOWN:
                yield bare_picture(library.images.path(reference))
            elif to == "dataset":
                card = library.datasets.card(reference)
                yield BandPicture(np.empty((1, 1, card.channels), np.uint8), 0, 255, colours=not card.bands)
