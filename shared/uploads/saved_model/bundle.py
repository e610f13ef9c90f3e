"""Tensors of a TensorFlow checkpoint ("tensor bundle"): an index in the form of LevelDB's tables, and shards of bytes.

https://github.com/google/leveldb/blob/main/doc/table_format.md; the entries are TensorFlow's tensor_bundle.proto.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.uploads.wire import Budget, Damaged, Message, varint

MAX_TENSORS, MAX_KEY = 100_000, 4096
_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
# TensorFlow's numbers of data types; bfloat16 is the upper half of a float32.
_FLOATS = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?", 19: "<f2"}
_BFLOAT16, _STRING = 14, 7


@dataclass(frozen=True)
class Entry:
    """Where one tensor lies.

    Attributes:
        shape: its sides.
        shard: number of the file.
        offset, size: bytes in it.
        kind: TensorFlow's number of its data type.
    """

    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    kind: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    def check(self, length: int) -> None:
        """Compare what the index claims with the size of the file, before anything is read.

        Args:
            length: of the shard, in bytes.

        Raises:
            Damaged: it cannot be.
        """
        width = 2 if self.kind == _BFLOAT16 else np.dtype(_FLOATS.get(self.kind, "V1")).itemsize
        if self.kind != _BFLOAT16 and self.kind not in _FLOATS:
            raise Damaged(f"a tensor of TensorFlow's type {self.kind}")
        if self.size != self.count * width or not 0 <= self.offset <= length - self.size:
            raise Damaged(f"a tensor of {self.size:,} bytes for shape {self.shape} in a file of {length:,}"[:110])

    def read(self, shard: Any) -> np.ndarray:
        """Its values.

        Args:
            shard: bytes of its file, with slices.

        Raises:
            Damaged: the file does not hold what the index claims.
        """
        self.check(len(shard))
        data = bytes(shard[self.offset : self.offset + self.size])
        if self.kind == _BFLOAT16:
            return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(self.shape)
        return np.frombuffer(data, _FLOATS[self.kind]).reshape(self.shape)

    def text(self, shard: Any, limit: int) -> bytes:
        """The bytes of a tensor that is one string, behind its length and a checksum of that."""
        if self.kind != _STRING or self.size > limit or not 0 <= self.offset <= len(shard) - self.size:
            raise Damaged("no graph of objects")
        data = memoryview(bytes(shard[self.offset : self.offset + self.size]))
        length, place = varint(data, 0)
        if length + place + 4 != len(data):
            raise Damaged("a text of another length")
        return bytes(data[place + 4 :])


def read_index(data: bytes) -> tuple[dict[str, Entry], int]:
    """The tensors of an index by their keys, and how many shards there are.

    Raises:
        Damaged: it is no index, or one of more tensors than any network has.
    """
    view = memoryview(data)
    if len(view) < _FOOTER or struct.unpack("<Q", view[-8:])[0] != _MAGIC:
        raise Damaged("no index of a checkpoint")
    # The footer: where the metaindex lies, which is not needed, and where the index of blocks does.
    _, _, offset, size = _numbers(view[-_FOOTER:], 4)
    budget, header, found = Budget(), Message(memoryview(b""), Budget()), {}
    for _, handle in _block(view, offset, size):
        for key, value in _block(view, *_numbers(handle, 2)):
            if not key:
                header = Message(value, budget)
                continue
            found[key.decode(errors="replace")] = _entry(Message(value, budget))
            if len(found) > MAX_TENSORS:
                raise Damaged(f"more than {MAX_TENSORS:,} tensors")
    if header.number(2):
        raise Damaged("numbers in big-endian order")
    return found, header.number(1, 1)


def _numbers(data: memoryview, count: int) -> list[int]:
    found, place = [], 0
    for _ in range(count):
        number, place = varint(data, place)
        found.append(number)
    return found


def _block(view: memoryview, offset: int, size: int) -> Iterator[tuple[bytes, memoryview]]:
    """Keys and values of one block; a key is written as what it shares with the one before, and the rest."""
    if size < 4 or offset + size + 1 > len(view):
        raise Damaged("a block behind the end of the index")
    if view[offset + size]:
        raise Damaged("a compressed index")
    block = view[offset : offset + size]
    end = size - 4 - 4 * int(struct.unpack("<L", block[-4:])[0])
    place, key = 0, b""
    while place < end:
        shared, place = varint(block, place)
        fresh, place = varint(block, place)
        length, place = varint(block, place)
        if shared > len(key) or shared + fresh > MAX_KEY or place + fresh + length > end:
            raise Damaged("an entry that ends behind its block")
        key = key[:shared] + bytes(block[place : place + fresh])
        yield key, block[place + fresh : place + fresh + length]
        place += fresh + length


def _entry(message: Message) -> Entry:
    shape = message.message(2)
    sides = tuple(side.number(1) for side in shape.messages(2)) if shape else ()
    if message.count(7):
        raise Damaged("a variable cut into slices")
    if len(sides) > 8 or min(sides, default=0) < 0:
        raise Damaged(f"a tensor of shape {sides[:9]}")
    return Entry(sides, message.number(3), message.number(4), message.number(5), message.number(1))
