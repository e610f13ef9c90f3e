"""Whoever adds a model, a picture or a data set: may they, is there room in their share, and whose is it from then on.

Every way in goes through here: pages, the command line and requests over HTTP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.library.entries import Sort
from shared.library.files import check_name
from shared.library.library import Library
from shared.library.people import Person
from shared.library.person_share import PersonShare
from shared.library.rights import require


@contextmanager
def adding(library: Library, me: Person, sort: Sort, name: str = "", *, size: int) -> Iterator[None]:
    """Let somebody add what the block keeps.

    Args:
        library: of the installation.
        me: who adds it; theirs it is, unless the name was somebody's already.
        sort: of what is added.
        name: that it gets; "" for none.
        size: bytes of its file.

    Raises:
        RefusedUpload: the name may not be.
        NotAllowed: the name stands for something of somebody else's.
        ShareUsedUp: it is more than is left of the person's share.
    """
    require(me, f"add a {sort}")
    if name:
        check_name(name)  # before anything is kept
    before = library.entries.find(sort, name) if name else None
    if before is not None:
        require(me, f"replace a {sort}", str(before.get("by", "")))
    PersonShare(library, me).require_upload(size)
    yield
    library.ledger.note_added(me.address, size)
    if name:
        library.entries.note_owner(sort, name, str((before or {}).get("by", "")) or me.address, size)


def size_of(*paths: Path | None) -> int:
    """Bytes of files, and of all files of folders."""
    there = [path for path in paths if path is not None]
    files = [one for path in there for one in (path.rglob("*") if path.is_dir() else [path])]
    return sum(one.stat().st_size for one in files if one.is_file())


def add_picture_file(library: Library, me: Person, data: bytes, file_name: str) -> str:
    """Add a picture under its file's name, where nobody has used that for another one.

    Returns:
        The name, else the reference.

    Raises:
        RefusedUpload: the file breaks a rule; nothing is kept.
        ShareUsedUp: it is more than is left of the person's share.
    """
    with adding(library, me, "picture", size=len(data)):
        name = library.images.add_file(data, file_name)
    library.entries.note_owner("picture", name, me.address, len(data))
    return name
