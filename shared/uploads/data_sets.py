"""What a data set must satisfy before any of its pictures is opened: an archive, or a folder on this machine."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.errors import RefusedUpload, message
from shared.settings import MEGABYTE, Settings
from shared.uploads.class_folders import (
    ARCHIVE_SUFFIXES,
    begins_like_picture,
    has_no_suffix,
    is_hidden,
    is_picture,
)
from shared.uploads.layouts import layout_of
from shared.uploads.member_names import names_in_archive, names_on_disk
from shared.uploads.targets import Labelling, Layout, Place

# MNIST is 70,000 pictures; what is larger belongs on a disk that training reads in place, not into an upload.
MAX_MEMBERS = 80_000
# Photographs hardly shrink in a zip; drawings and bitmaps may, fifty-fold at the very most.
MAX_EXPANSION = 50
EXPANSION_FLOOR = 64 * MEGABYTE
_DIRECTORY_LIMIT = 32 * MEGABYTE
_LAST_RECORD, _COMMENT_LIMIT = 22, 65_536
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
# What zipfile raises on damaged headers and contents.
# What zipfile raises of a damaged archive; OSError where a member would begin before its file, IndexError of a name of
# no letters.
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError,
    IndexError, OverflowError,
)  # fmt: skip
_OTHER_ARCHIVES = {b"\x1f\x8b": "a gzip or tar.gz archive", b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive",
                   b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive"}  # fmt: skip
AUTOMATIC = Labelling()
_COPY_AGAIN = "It is cut off or damaged; copy it again."
_PACK_AGAIN = "Pack the folder of classes again, with an ordinary zip program."
_HOSTILE = "This archive tries to write outside its folder; do not open it elsewhere either."


@dataclass(frozen=True)
class PictureSource:
    """Pictures that can be read one after the other, and what lies beside them.

    Attributes:
        layout: pictures with their targets, by split, class and path.
        left_out: files that are no pictures by their names.
        read: bytes of one picture by its path.
        notes: sentences about what was guessed, for people.
    """

    layout: Layout
    left_out: tuple[str, ...]
    read: Callable[[str], bytes]
    notes: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Pictures by split, class and path."""
        return self.layout.places


@contextmanager
def open_source(path: Path, settings: Settings, labelling: Labelling = AUTOMATIC) -> Iterator[PictureSource]:
    """Look at an archive's directory, or at a folder's names, and refuse what must not be opened.

    Args:
        path: a zip file, or a folder.
        settings: limits: `max_dataset_upload` for all bytes together, `max_image_upload` for one picture.
        labelling: where the classes stand, where that could be read in two ways.

    Raises:
        RefusedUpload: it breaks a rule. Nothing has been unpacked by then.
    """
    if path.is_dir():
        yield _folder(path, settings, labelling)
        return
    size = path.stat().st_size if path.is_file() else 0
    if not size:
        raise RefusedUpload(message("a zip archive or a folder", f"nothing at {path.name}", "Check the path."))
    _check_file_size(size, settings)
    with path.open("rb") as file:
        check_archive_directory(file, size)
        try:
            archive = zipfile.ZipFile(file)
            source = _archive(archive, size, settings, labelling)
        except ZIP_ERRORS as error:
            raise RefusedUpload(message("a whole zip archive", str(error), _COPY_AGAIN)) from error
        yield source


def allowed_folder(path: str, settings: Settings) -> Path:
    """A folder on this server that people may name on a page.

    Args:
        path: as typed.
        settings: `dataset_folders` names the folders below which it must lie.

    Raises:
        RefusedUpload: it lies elsewhere, or no folder is allowed.
    """
    allowed = [Path(word).resolve() for word in settings.dataset_folders.split(os.pathsep) if word.strip()]
    if not allowed:
        advice = "Upload a zip, or ask the administrator to set it (in a terminal: `convscope datasets add`)."
        raise RefusedUpload(message("folders in CONVSCOPE_DATASET_FOLDERS", "none", advice))
    folder = Path(path.strip()).resolve()
    if not path.strip() or not any(folder.is_relative_to(root) for root in allowed):
        listed = ", ".join(map(str, allowed))
        raise RefusedUpload(message(f"a folder below {listed}", path, "Choose one of them, or upload a zip."))
    if not folder.is_dir():
        raise RefusedUpload(message("a folder on the server", path, "There is none of this name; check the spelling."))
    return folder


def _check_file_size(size: int, settings: Settings) -> None:
    if size > settings.max_dataset_upload:
        expected = f"at most {settings.max_dataset_upload:,} bytes"
        raise RefusedUpload(message(expected, f"{size:,} bytes", "Raise CONVSCOPE_MAX_DATASET_UPLOAD to allow it."))


def check_archive_directory(file: IO[bytes], size: int, again: str = _PACK_AGAIN) -> None:
    """Refuse what is no zip archive, and one whose directory alone would fill the memory."""
    file.seek(max(0, size - _LAST_RECORD - _COMMENT_LIMIT))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _LAST_RECORD:
        file.seek(0)
        begins = file.read(8)
        other = next((words for start, words in _OTHER_ARCHIVES.items() if begins.startswith(start)), "")
        received, advice = other or "a file that does not end like one", "" if other else f"{_COPY_AGAIN} "
        raise RefusedUpload(message("a whole zip archive", received, f"{advice}{again}"))
    entries, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    large = tail.rfind(b"PK\x06\x06", 0, at)
    if large >= 0 and at - large >= 56:
        entries, length = struct.unpack("<QQ", tail[large + 32 : large + 48])
    _check_count(entries)
    if length > _DIRECTORY_LIMIT:
        raise RefusedUpload(message(f"a directory of at most {_DIRECTORY_LIMIT:,} bytes", f"{length:,}", again))


def _check_count(members: int) -> None:
    if members > MAX_MEMBERS:
        advice = "Leave out what training does not need, or make several data sets."
        raise RefusedUpload(message(f"at most {MAX_MEMBERS:,} files", f"{members:,}", advice))


def _archive(archive: zipfile.ZipFile, size: int, settings: Settings, labelling: Labelling) -> PictureSource:
    infos = archive.infolist()
    _check_count(len(infos))
    names, encoding = names_in_archive(infos)
    members: dict[str, zipfile.ZipInfo] = {}
    for info, name in zip(infos, names, strict=True):
        _check_member(info, name, members)
        members[name] = info
    _check_expansion(infos, size, settings)
    files = [name for name in members if not name.endswith("/")]
    notes = [_encoding_note(encoding)] if encoding else []
    limit = settings.max_image_upload
    return _sorted_out(files, _folders(set(names)), lambda name: _read(archive, members[name], limit), notes, labelling)


def _encoding_note(encoding: str) -> str:
    return f"Names of files are not UTF-8 and were read as {encoding}."


def _check_member(info: zipfile.ZipInfo, name: str, names: Container[str]) -> None:
    if name.startswith("/") or ".." in name.split("/") or "\0" in name or name[1:2] == ":":
        raise RefusedUpload(message("plain names of files in the archive", name, f"{_PACK_AGAIN} {_HOSTILE}"))
    if name in names:
        raise RefusedUpload(message("each file once", f"{name} twice", _PACK_AGAIN))
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise RefusedUpload(message("plain files", f"a link, {name}", "Put the files themselves into the archive."))
    if info.flag_bits & 1:
        raise RefusedUpload(message("files without a password", f"an encrypted one, {name}", _PACK_AGAIN))
    if info.compress_type not in _WAYS:
        raise RefusedUpload(message("an ordinary way of packing", f"another one for {name}", _PACK_AGAIN))
    _check_not_archive(name)


def _check_not_archive(name: str) -> None:
    if name.lower().endswith(ARCHIVE_SUFFIXES) and not is_hidden(name):
        raise RefusedUpload(message("pictures in folders", f"an archive in it, {name}", "Unpack it first, then add."))


def _check_expansion(infos: list[zipfile.ZipInfo], size: int, settings: Settings) -> None:
    total, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    advice = "This looks like an archive made to fill the disk. Pack the pictures anew."
    if total > max(EXPANSION_FLOOR, MAX_EXPANSION * size) or packed > size:
        received = f"{total:,} bytes packed into {size:,}"
        raise RefusedUpload(message(f"at most {MAX_EXPANSION}-fold compression", received, advice))
    _check_file_size(total, settings)


def _folders(names: set[str]) -> set[str]:
    return {name.rstrip("/") for name in names if name.endswith("/")}


def _sorted_out(
    files: list[str], folders: set[str], read: Callable[[str], bytes], notes: Sequence[str], labelling: Labelling
) -> PictureSource:
    seen = [name for name in files if not is_hidden(name)]
    pictures = [name for name in seen if is_picture(name) or (has_no_suffix(name) and _looks_like_one(name, read))]
    left_out = sorted(set(seen) - set(pictures))
    found = layout_of(pictures, folders, left_out, read, labelling)
    beside = tuple(name for name in left_out if name not in found.used)
    return PictureSource(found, beside, read, (*notes, *found.notes))


def _looks_like_one(name: str, read: Callable[[str], bytes]) -> bool:
    """Whether the content of a file is a picture's; one that cannot be read is none."""
    try:
        return begins_like_picture(read(name)[:16])
    except (*ZIP_ERRORS, RefusedUpload):
        return False


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    # The header's size may lie, so one byte more than allowed is asked for.
    with archive.open(info) as member:
        return _at_most(member.read(limit + 1), limit)


def _at_most(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        advice = "Make it smaller, or raise CONVSCOPE_MAX_IMAGE_UPLOAD."
        raise RefusedUpload(message(f"pictures of at most {limit:,} bytes", "more than that", advice))
    return data


def _folder(root: Path, settings: Settings, labelling: Labelling) -> PictureSource:
    files: list[Path] = []
    folders: list[Path] = []
    total = 0
    for path in _walk(root):
        name = path.relative_to(root).as_posix()
        if is_hidden(name):
            continue
        if path.is_symlink():
            raise RefusedUpload(message("plain files", f"a link, {name}", "Put the files themselves there."))
        if path.is_dir():
            folders.append(path)
            continue
        _check_not_archive(name)
        files.append(path)
        total += path.stat().st_size
        _check_count(len(files))
        _check_file_size(total, settings)
    names, encoding = names_on_disk([path.relative_to(root) for path in (*files, *folders)])
    paths = dict(zip(names, files, strict=False))

    def read(name: str) -> bytes:
        with paths[name].open("rb") as file:
            return _at_most(file.read(settings.max_image_upload + 1), settings.max_image_upload)

    return _sorted_out(
        list(paths), set(names[len(files) :]), read, [_encoding_note(encoding)] if encoding else [], labelling
    )


def _walk(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=_cannot_read):
        names[:] = [name for name in names if not is_hidden(name)]
        yield from (Path(folder) / name for name in (*names, *files))


def _cannot_read(error: OSError) -> None:
    raise error
