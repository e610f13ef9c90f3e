"""Small data sets as zips and folders, drawn by the test that needs them."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.dataset_registry import DatasetRegistry
from shared.file_store import FileStore
from shared.settings import Settings


def registry(folder: Path, **changes: object) -> DatasetRegistry:
    """Data sets of an installation of the test's own."""
    settings = Settings(data=folder / "data", **changes)  # type: ignore[arg-type]
    return DatasetRegistry(FileStore(settings.files_address), settings)


def pixels(seed: int, width: int = 48, height: int = 40, grey: bool = False) -> np.ndarray:
    """A picture of soft blobs, uint8 (height, width, 3) or (height, width): photographs have no hard noise."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (5, 6) if grey else (5, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def encoded(values: np.ndarray | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Bytes of a picture file."""
    image = Image.fromarray(values) if isinstance(values, np.ndarray) else values
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def two_classes(each: int = 10, split: str = "", start: int = 0) -> dict[str, bytes]:
    """Path to bytes of cats and dogs, PNG and JPEG by turns; no two pictures are the same."""
    files = {}
    for number in range(2 * each):
        label = ("cats", "dogs")[number % 2]
        kind = ("PNG", "JPEG")[number // 2 % 2]
        path = "/".join(word for word in (split, label, f"{number:03d}.{kind.lower()}") if word)
        files[path] = encoded(pixels(start + number, 40 + number, 40), kind)
    return files


def write_zip(path: Path, files: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip of these files; names that end in "/" are folders."""
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_folder(root: Path, files: Mapping[str, bytes]) -> Path:
    """A folder of these files."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root
