"""Photographs to try things on, read from scikit-image's wheel; none is kept in this repository."""

import importlib.util
from pathlib import Path

from shared.errors import UnknownImage, choices, message

# Name, file in scikit-image's data folder, description for a screen reader. Public domain or CC0 there.
_FILES = {
    "cat": ("chelsea.png", "A tabby cat's face, close up"),
    "coffee": ("coffee.png", "A cup of coffee on a wooden table"),
    "astronaut": ("astronaut.png", "Astronaut Eileen Collins in an orange suit"),
    "rocket": ("rocket.jpg", "A rocket on its launch pad"),
    "camera": ("camera.png", "A photographer with a camera on a tripod, in grey"),
    "coins": ("coins.png", "Greek coins in rows, in grey"),
}
SAMPLES: dict[str, str] = {name: text for name, (_, text) in _FILES.items()}


def sample_path(name: str) -> Path:
    """Path of a sample picture's file.

    Args:
        name: a key of SAMPLES, with or without "sample/" before it.

    Raises:
        UnknownImage: no such sample, or scikit-image is not installed.
    """
    short = name.removeprefix("sample/")
    if short not in _FILES:
        raise UnknownImage(message("a sample picture", name, choices(short, SAMPLES)))
    # find_spec, not import: the package pulls in SciPy, which a dashboard has no use for.
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise UnknownImage("Expected scikit-image, which brings the sample pictures. Install it, or add a picture.")
    return Path(spec.origin).parent / "data" / _FILES[short][0]
