"""Pictures to look at: the samples, and those that people add. Referred to by name or by digest."""

import importlib.util
import re
from pathlib import Path

from shared.errors import UnknownImage, choices, message
from shared.images.bands import MAGIC, BandPicture, encode_bands, open_picture, with_range
from shared.library.files import REFERENCE, FileStore
from shared.settings import Settings
from shared.uploads.images import changes_of, check_image

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


# What was changed of a file before it was kept, by the digest of what is.
TABLE, CHANGES = "images", "picture_changes"


class ImageLibrary:
    """Pictures of one installation."""

    def __init__(self, files: FileStore, settings: Settings) -> None:
        self._files = files
        self._settings = settings

    def add(self, data: bytes, name: str = "", span: str = "") -> str:
        """Add a picture.

        Args:
            data: bytes of a PNG, JPEG, WebP, TIFF or .npy file; kept without its metadata.
            name: a name to find it by; "" for none.
            span: what stands for black and white, "0,4095", "own" or "minmax"; "" for what its type has.

        Returns:
            sha256:<digest>.

        Raises:
            RefusedUpload: the file breaks a rule; nothing is kept.
            InvalidSpec: the span is none.
        """
        kept = check_image(data, self._settings.max_image_upload, span)
        reference = self._files.put_bytes(kept)
        if not kept.startswith(MAGIC) and (words := changes_of(data)):
            self._files.write_record(CHANGES, reference.removeprefix("sha256:"), {"words": words})
        if name:
            self._files.write_record(TABLE, name, {"reference": reference})
        return reference

    def add_file(self, data: bytes, file_name: str) -> str:
        """Add a picture under its file's name, without the ending, where nobody has used that name for another one.

        Returns:
            The name, else the reference.

        Raises:
            RefusedUpload: the file breaks a rule; nothing is kept.
        """
        reference = self.add(data)
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", file_name.rpartition(".")[0] or file_name).strip("._-")[:80]
        if not name or self.given_names().get(name, reference) != reference:
            return reference
        self._files.write_record(TABLE, name, {"reference": reference})
        return name

    def changes(self, reference: str) -> str:
        """What was changed of a picture's file when it was added, in a sentence; "" where nothing was."""
        found = self._files.read_record(CHANGES, reference.removeprefix("sha256:"))
        return str(found["words"]) if found else ""

    def add_span(self, image: str, span: str, follow: bool = True) -> str:
        """The same numbers with another range, under a reference of their own.

        Args:
            image: reference or name of any picture.
            span: see add().
            follow: whether a name stands for that from now on.

        Returns:
            The name where `image` was one that somebody gave, else the reference.

        Raises:
            UnknownImage, InvalidSpec: see their names.
        """
        reference = self.add_bands(with_range(self.open(image).values, span))
        known = self._files.read_record(TABLE, image)
        if known is None or not follow:
            return reference
        self._files.write_record(TABLE, image, {**known, "reference": reference})
        return image

    def add_bands(self, picture: BandPicture) -> str:
        """Keep a picture of numbers with its range; returns its reference."""
        return self._files.put_bytes(encode_bands(picture))

    def open(self, image: str) -> BandPicture:
        """A picture's numbers and their range.

        Raises:
            UnknownImage: there is no such picture.
        """
        return open_picture(self.path(image))

    def resolve(self, image: str) -> str:
        """The reference that a reference or name stands for: sample/<name> or sha256:<digest>.

        Raises:
            UnknownImage: listing what there is.
        """
        if image.startswith("sample/"):
            sample_path(image)
            return image
        if REFERENCE.fullmatch(image):
            if self._files.has(image):
                return image
        elif (record := self._files.read_record(TABLE, image)) is not None:
            return str(record["reference"])
        raise UnknownImage(message("a picture's reference or name", image, choices(image, self.names())))

    def path(self, image: str) -> Path:
        """A file that can be opened.

        Raises:
            UnknownImage: when there is no such picture.
        """
        reference = self.resolve(image)
        return sample_path(reference) if reference.startswith("sample/") else self._files.local_path(reference)

    def given_names(self) -> dict[str, str]:
        """Names that people gave, each with the reference that it stands for."""
        return {name: str(record["reference"]) for name, record in self._files.records(TABLE)}

    def names(self) -> list[str]:
        """Samples first, then names that people gave."""
        return [f"sample/{name}" for name in SAMPLES] + [name for name, _ in self._files.records(TABLE)]
