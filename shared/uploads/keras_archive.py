"""The archive that a .keras file is: its directory and its members, looked at before anything is unpacked."""

import stat
import struct
import zipfile
from dataclasses import dataclass
from typing import IO

from shared.errors import RefusedUpload, message
from shared.settings import MEGABYTE, Settings
from shared.uploads.class_folders import is_hidden

EXPANSION_FLOOR = 64 * MEGABYTE
MAX_EXPANSION = 20
MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}

_DIRECTORY_LIMIT = 64 * 1024
_SAVE_AGAIN = "Save the model again with Keras 3, `model.save('name.keras')`."
_COPY_AGAIN = "It is cut off or damaged; copy it again."


def check_directory(file: IO[bytes], size: int) -> None:
    """Refuse a cut-off archive, and one whose directory alone would fill the memory."""
    file.seek(max(0, size - 98))
    tail = file.read()
    end = tail[-22:]
    if len(end) < 22 or not end.startswith(b"PK\x05\x06") or end[-2:] != b"\0\0":
        received = "an archive without the record that ends it"
        raise RefusedUpload(message("a whole .keras archive", received, _COPY_AGAIN))
    length = struct.unpack("<L", end[12:16])[0]
    if tail[-42:-38] == b"PK\x06\x07" and tail.startswith(b"PK\x06\x06"):
        length = struct.unpack("<Q", tail[40:48])[0]
    if length > _DIRECTORY_LIMIT:
        received = f"a directory of {length:,} bytes"
        raise RefusedUpload(message(f"the members {_names(MEMBERS)}", received, _SAVE_AGAIN))


def _names(members: set[str]) -> str:
    return ", ".join(sorted(members))


@dataclass(frozen=True)
class Members:
    """What lies in the archive.

    Attributes:
        files: the members by the names that Keras gives them.
        plain: whether they lie there under those names and nothing else lies beside them.
    """

    files: dict[str, zipfile.ZipInfo]
    plain: bool


def check_members(archive: zipfile.ZipFile) -> Members:
    """The members of an archive that Keras wrote, or that somebody packed again: in a folder, or by macOS.

    Raises:
        RefusedUpload: one is missing, not one of MEMBERS, twice there, or no plain file.
    """
    for info in archive.infolist():
        _check_name(info.orig_filename)
    infos = [info for info in archive.infolist() if not (info.is_dir() or is_hidden(info.orig_filename))]
    folders = [info.filename.rpartition("/")[0] for info in infos if info.filename.endswith("config.json")]
    folder = f"{folders[0]}/" if len(folders) == 1 and folders[0] else ""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _member_name(info, folder)
        if name in found:
            raise RefusedUpload(message("each member once", f"{name} twice", _SAVE_AGAIN))
        found[name] = info
    if missing := MEMBERS - set(found):
        received = f"an archive without {_names(missing)}"
        raise RefusedUpload(message(f"the members {_names(MEMBERS)}", received, _SAVE_AGAIN))
    return Members(found, not folder and len(archive.infolist()) == len(found))


def check_sizes(members: Members, size: int, settings: Settings) -> None:
    """Refuse members that are far larger than an archive of `size` bytes may unpack to."""
    total = sum(info.file_size for info in members.files.values())
    if total > max(EXPANSION_FLOOR, MAX_EXPANSION * size) or total > 2 * settings.max_upload:
        received = f"{total:,} bytes packed into {size:,}"
        advice = "This looks like an archive made to fill the memory; save the model again with Keras."
        raise RefusedUpload(message(f"at most {MAX_EXPANSION}-fold compression", received, advice))


def _check_name(said: str) -> None:
    if said.startswith(("/", "\\")) or ".." in said or "\\" in said or ":" in said:
        advice = "This archive tries to write outside its folder; do not open it elsewhere either."
        raise RefusedUpload(message("plain member names", said, advice))


def _member_name(info: zipfile.ZipInfo, folder: str) -> str:
    """Under which name Keras looks for a member."""
    said = info.orig_filename
    name = said.removeprefix(folder)
    if name not in MEMBERS:
        words = "files beside the weights (assets/)" if name.startswith("assets") else said
        raise RefusedUpload(message(f"the members {_names(MEMBERS)} only", words, _SAVE_AGAIN))
    mode = info.external_attr >> 16
    if (stat.S_IFMT(mode) not in (0, stat.S_IFREG)) or info.flag_bits & 1:
        raise RefusedUpload(message("plain files", f"a link or encrypted member, {said}", _SAVE_AGAIN))
    return name


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """A member's bytes, `limit` at most; RefusedUpload where there are more."""
    # The header's size may lie, so one byte more than allowed is asked for.
    with archive.open(info) as member:
        data = member.read(limit + 1)
    if len(data) > limit:
        received = f"more than that in {info.filename}"
        raise RefusedUpload(message(f"at most {limit:,} bytes", received, _SAVE_AGAIN))
    return data
