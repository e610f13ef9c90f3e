"""Names of files as people see them, whatever system wrote them into an archive or onto a disk."""

import os
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipInfo

from shared.uploads.text_encoding import NAMES, errors, guess_encoding

_UTF8 = 0x800


def names_in_archive(infos: Sequence[ZipInfo]) -> tuple[list[str], str]:
    """The names of an archive's members, folders between "/".

    A name without the mark of UTF-8 is in the encoding of the machine that packed it, which the archive does not tell:
    it is guessed from all of them together. Windows's programs may write back slashes.

    Args:
        infos: the archive's directory.

    Returns:
        A name for each, and what the encoding that was guessed is called; "" where none had to be.
    """
    raw = [info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437") for info in infos]
    old = [not info.flag_bits & _UTF8 for info in infos]
    # All or none: two bytes of GBK may well be a letter of UTF-8.
    if all(_is_utf8(name) for name, unmarked in zip(raw, old, strict=True) if unmarked):
        old = [False] * len(raw)
    names, guessed = _decoded(raw, old)
    return [name.replace("\\", "/") for name in names], guessed


def names_on_disk(paths: Sequence[Path]) -> tuple[list[str], str]:
    """The same of paths relative to a folder; a disk may have names that are no UTF-8."""
    raw = [os.fsencode(path.as_posix()) for path in paths]
    return _decoded(raw, [not _is_utf8(name) for name in raw])


def _decoded(raw: Sequence[bytes], old: Sequence[bool]) -> tuple[list[str], str]:
    """The names; those of an old system in the encoding that is likeliest for all of them."""
    foreign = [name for name, unmarked in zip(raw, old, strict=True) if unmarked and not name.isascii()]
    encoding = guess_encoding(b"\n".join(foreign), old=True) if foreign else "utf-8"
    names = [name.decode(encoding if unmarked else "utf-8", errors(encoding) if unmarked else "strict")
             for name, unmarked in zip(raw, old, strict=True)]  # fmt: skip
    return names, NAMES.get(encoding, "")


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
