"""Texts in the attributes of an HDF5 file, bounded before one of them is read.

A text of fixed length lies in its attribute. One of any length is a pointer into the file's heap, and any number of
pointers may point at one text: an attribute of 60 KB then fills gigabytes, for HDF5 reads attributes as a whole. How
long texts can be is told by the heap: its collections begin with GCOL ("The HDF5 File Format Specification 3.0",
section III.E), and are looked for from the file's first byte to its last.
"""

import struct
from collections.abc import Iterator
from typing import IO

import h5py

from shared.bounds import MEGABYTE, MOST_ATTRIBUTES, MOST_TEXT_BYTES
from shared.errors import RefusedUpload, message
from shared.limited import OverLimit, call_limited

_COLLECTION, _HEADER = b"GCOL\x01\0\0\0", 16
SECONDS = 8.0
_SAVE_AGAIN = "Save the model again with Keras, `model.save('name.keras')`."


def check_texts(weights: h5py.File, file: IO[bytes]) -> None:
    """Refuse a file whose attributes would take more memory than MOST_TEXT_BYTES each, or are too many.

    Keras writes its names so as well, beside a configuration that is long: where the names could be as long each, they
    are read in a process with limits first.

    Args:
        weights: the open file; that its objects are no more than they may be has been checked.
        file: the same, open for reading bytes.

    Raises:
        RefusedUpload: saying so.
    """
    pointers = list(_pointers(weights))
    if not pointers:
        return
    longest = _longest(file)
    where, count = max(pointers, key=lambda one: one[1])
    if count * longest <= MOST_TEXT_BYTES:
        return
    try:
        if not isinstance(file.name, str):
            raise OverLimit("texts in a file without a name")
        call_limited("shared.uploads.attribute_texts:read_texts", file.name, seconds=SECONDS, room=2 * MOST_TEXT_BYTES)
    except OverLimit:
        expected = f"texts of at most {MOST_TEXT_BYTES:,} bytes together in an attribute"
        received = f"{count:,} of up to {longest:,} bytes each in {where}"
        raise RefusedUpload(message(expected, received[:200], _SAVE_AGAIN)) from None


def read_texts(path: str) -> int:
    """Read every text whose length is told by the heap; returns how many attributes hold such. In a process with limits
    only."""
    with h5py.File(path, "r") as weights:
        found = list(_attributes(weights))
        for one, name in found:
            one.attrs[name]
    return len(found)


def _pointers(weights: h5py.File) -> Iterator[tuple[str, int]]:
    """Each attribute whose values lie in the heap, and how many it has."""
    for one, name in _attributes(weights):
        yield f"{name} of {one.name}", one.attrs.get_id(name).get_space().get_simple_extent_npoints()


def _attributes(weights: h5py.File) -> Iterator[tuple[h5py.Group | h5py.Dataset, str]]:
    """Whose, and its name, of each attribute whose values lie in the heap."""
    left, seen, waiting = MOST_ATTRIBUTES, set(), [weights]
    while waiting:
        one = waiting.pop()
        address = h5py.h5o.get_info(one.id).addr
        if address in seen:
            continue
        seen.add(address)
        left -= h5py.h5a.get_num_attrs(one.id)
        if left < 0:
            raise RefusedUpload(message(f"at most {MOST_ATTRIBUTES:,} attributes", "more of them", _SAVE_AGAIN))
        for index in range(h5py.h5a.get_num_attrs(one.id)):
            attribute = h5py.h5a.open(one.id, index=index)
            if _in_heap(attribute.get_type()):
                yield one, attribute.name.decode(errors="surrogateescape")
        if isinstance(one, h5py.Group):
            waiting += [child for name in one if isinstance(child := one[name], h5py.Group | h5py.Dataset)]


def _in_heap(kind: h5py.h5t.TypeID) -> bool:
    """Whether values of a type lie in the heap; of an array or a record, whether any of it does."""
    return kind.detect_class(h5py.h5t.VLEN) or (kind.get_class() == h5py.h5t.STRING and kind.is_variable_str())


def _longest(file: IO[bytes]) -> int:
    """Bytes of the longest text of the heap."""
    longest, at, kept = 0, 0, b""
    file.seek(0)
    while data := file.read(MEGABYTE):
        block = kept + data
        found = block.find(_COLLECTION)
        while 0 <= found <= len(block) - _HEADER:
            longest = max(longest, _longest_of(file, at - len(kept) + found))
            found = block.find(_COLLECTION, found + 1)
        at += len(data)
        kept = block[-(_HEADER - 1) :]
        file.seek(at)
    return longest


def _longest_of(file: IO[bytes], at: int) -> int:
    """Bytes of the longest object of the collection that begins there: an index and a count of 2 bytes each, 4 spare
    ones, a size of 8, then the object, padded to 8."""
    file.seek(at + 8)
    size = struct.unpack("<Q", file.read(8))[0]
    place, longest = _HEADER, 0
    while place + _HEADER <= size:
        file.seek(at + place)
        header = file.read(_HEADER)
        if len(header) < _HEADER or header[:2] == b"\0\0":  # free space, to the end
            break
        length = struct.unpack("<8xQ", header)[0]
        longest = max(longest, length)
        place += _HEADER + -(-length // 8) * 8
    return longest
