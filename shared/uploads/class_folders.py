"""Which class and split each picture of a data set belongs to, read from the folders above it."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

from shared.errors import RefusedUpload, message
from shared.uploads.targets import Place

SPLITS = ("train", "validation", "test")
_SPELLINGS = {
    "train": "train", "training": "train",
    "validation": "validation", "val": "validation", "valid": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".npy")
_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\x93NUMPY")
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
MAX_CLASSES = 1_000
MAX_CLASS_NAME = 100

_LAYOUT = "one folder of pictures a class, or train, validation and test above such folders"
_ARRANGE = "Arrange it as cats/1.jpg, dogs/2.jpg or as train/cats/1.jpg, validation/cats/2.jpg."


def is_hidden(path: str) -> bool:
    """Whether a file was put there by an operating system, not by a person: .DS_Store, __MACOSX, Thumbs.db."""
    parts = path.rstrip("/").split("/")
    return any(p.startswith(".") or p == "__MACOSX" for p in parts) or parts[-1].lower() in ("thumbs.db", "desktop.ini")


def is_picture(path: str) -> bool:
    """Whether a file is a picture by its name."""
    return path.lower().endswith(PICTURE_SUFFIXES)


def split_of(path: str) -> str:
    """The split that a folder above a picture names, the innermost one; "" where none does."""
    words = [word.lower() for word in path.split("/")[:-1]]
    return next((_SPELLINGS[word] for word in reversed(words) if word in _SPELLINGS), "")


def split_named(word: str) -> str:
    """The split that a word means: "val", "Training"; "" for none."""
    return _SPELLINGS.get(word.strip().lower(), "")


def has_no_suffix(path: str) -> bool:
    """Whether a name says nothing of what a file is: "0001", "photo.17"."""
    name = path.rpartition("/")[2]
    return "." not in name or not any(letter.isalpha() for letter in name.rpartition(".")[2])


def begins_like_picture(start: bytes) -> bool:
    """Whether the first 16 bytes of a file are those of a picture."""
    return start.startswith(_STARTS) or (start[:4], start[8:12]) == (b"RIFF", b"WEBP") or start[4:12] == b"ftypavif"


def places(pictures: Iterable[str], folders: Iterable[str] = (), others: Iterable[str] = ()) -> list[Place]:
    """Read classes and splits from paths.

    Args:
        pictures: paths of picture files, "/" between folders.
        folders: paths of all folders, so that an empty class is found.
        others: paths of files that are no pictures: a class of these alone is empty too.

    Returns:
        By split, class and path, so that the same pictures come in the same order however they were packed.

    Raises:
        RefusedUpload: the folders are no classes, there is one class only, a class is empty, or splits have different
            classes.
    """
    paths = sorted(pictures)
    if not paths:
        advice = f"Pictures end in {', '.join(PICTURE_SUFFIXES)}. {_ARRANGE}"
        raise RefusedUpload(message(_LAYOUT, "no picture at all", advice))
    depth = _wrappers(paths)
    found = [_place(path, depth, _split_names(paths, depth)) for path in paths]
    _check_empty(found, folders, sorted(others), depth)
    _check_classes(found)
    order = ("", *SPLITS)
    return sorted(found, key=lambda place: (order.index(place.split), place.label, place.path))


def _wrappers(paths: list[str]) -> int:
    """How many folders all paths share that are neither class nor split."""
    depth = 0
    while True:
        names = {path.split("/")[depth] for path in paths}
        deep_enough = all(path.count("/") >= depth + 2 for path in paths)
        if len(names) > 1 or not deep_enough or next(iter(names)).lower() in _SPELLINGS:
            return depth
        depth += 1


def _split_names(paths: list[str], depth: int) -> bool:
    """Whether the folders at a depth are splits.

    Raises:
        RefusedUpload: some are and some are not, or none of them is for training.
    """
    names = {path.split("/")[depth] for path in paths if path.count("/") > depth}
    splits = {name for name in names if name.lower() in _SPELLINGS}
    if not splits:
        return False
    if others := sorted(names - splits):
        received = f"{', '.join(sorted(splits))} beside {', '.join(others[:5])}"
        raise RefusedUpload(message("either splits or classes at one level", received, _ARRANGE))
    if "train" not in {_SPELLINGS[name.lower()] for name in splits}:
        advice = "Name the folder of the training pictures train; leave all of them out to have splits made."
        raise RefusedUpload(message("a folder train among the splits", ", ".join(sorted(splits)), advice))
    return True


def _place(path: str, depth: int, has_splits: bool) -> Place:
    parts = path.split("/")[depth:]
    if len(parts) < 2 + has_splits:
        raise RefusedUpload(message(_LAYOUT, f"a picture outside of any class, {path}", _ARRANGE))
    label = unicodedata.normalize("NFC", parts[has_splits])  # a Mac parts accents from their letters
    if len(label) > MAX_CLASS_NAME or not label.isprintable():
        expected = f"class names of at most {MAX_CLASS_NAME} printable characters"
        raise RefusedUpload(message(expected, label, "Rename the folder."))
    return Place(path, _SPELLINGS[parts[0].lower()] if has_splits else "", label)


def _check_empty(found: list[Place], folders: Iterable[str], others: list[str], depth: int) -> None:
    """Refuse a folder on the level of the classes that holds no picture."""
    level = depth + 1 + bool(found[0].split)
    filled = {_down_to(place.path, level) for place in found}
    top = "/".join(found[0].path.split("/")[:depth])
    named = {folder.rstrip("/") for folder in folders} | {
        _down_to(path, level) for path in others if path.count("/") >= level
    }
    for folder in sorted(named - filled):
        if not folder.startswith(top) or folder.count("/") + 1 != level or is_hidden(folder):
            continue
        inside = [path for path in others if path.startswith(f"{folder}/")]
        beside = f", but {inside[0]} and the like" if inside else ""
        advice = f"Pictures end in {', '.join(PICTURE_SUFFIXES)}: export them as such" if inside else "Add its pictures"
        raise RefusedUpload(
            message(
                "at least one picture in every class", f"none in {folder}{beside}", f"{advice}, or remove the folder."
            )
        )


def _down_to(path: str, level: int) -> str:
    return "/".join(path.split("/")[:level])


def _check_classes(found: list[Place]) -> None:
    by_split = {split: {p.label for p in found if p.split == split} for split in ("", *SPLITS)}
    known = by_split[""] | by_split["train"]
    for split, labels in by_split.items():
        if labels and labels != known:
            raise RefusedUpload(message("the same classes in every split", _difference(split, labels, known),
                                        "Rename or move folders until they agree; capitals count."))  # fmt: skip
    if len(known) < 2:
        received = f"one class only, {next(iter(known))}"
        raise RefusedUpload(message(f"at least two classes: {_LAYOUT}", received, _ARRANGE))
    if len(known) > MAX_CLASSES:
        advice = "Are these folders classes? " + _ARRANGE
        raise RefusedUpload(message(f"at most {MAX_CLASSES:,} classes", f"{len(known):,}", advice))


def _difference(split: str, labels: set[str], known: set[str]) -> str:
    missing, extra = sorted(known - labels), sorted(labels - known)
    words = [f"{split} lacks {', '.join(missing[:5])}"] if missing else []
    words += [f"{split} has {', '.join(extra[:5])}, which train has not"] if extra else []
    return "; ".join(words)


def counts(found: Iterable[Place]) -> dict[str, Counter[str]]:
    """Pictures by split and class."""
    table: dict[str, Counter[str]] = {}
    for place in found:
        table.setdefault(place.split, Counter())[place.label] += 1
    return table
