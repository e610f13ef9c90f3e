"""Whether a PNG is whole to the last bit: Pillow and browsers show many that other programs refuse."""

import struct
import zlib
from collections.abc import Iterator

_MAGIC = b"\x89PNG\r\n\x1a\n"
# Numbers a pixel by type of colour: grey, colour, palette, grey and alpha, colour and alpha.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PIECE = 1 << 20


def is_whole_png(data: bytes) -> bool:
    """Whether every checksum is right, the pixels are all there, and the file ends as it should.

    PNG specification, third edition, W3C 2025, chapters 5 and 7. An interlaced file is never called whole.

    Args:
        data: bytes of the file.
    """
    pixels = []
    wanted = 0
    for name, body in _chunks(data):
        if name == b"IHDR":
            wanted = _unpacked_size(body)
        elif name == b"IDAT":
            pixels.append(body)
        elif name == b"IEND":
            return bool(wanted) and _inflates_to(b"".join(pixels), wanted)
        elif name[0] < ord("a") and name != b"PLTE":  # a chunk that a program must know, and none does
            return False
    return False


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk, as long as they are right."""
    at = len(_MAGIC) if data.startswith(_MAGIC) else len(data)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            return
        yield data[at + 4 : at + 8], data[at + 8 : end - 4]
        at = end


def _unpacked_size(header: bytes) -> int:
    """Bytes of all rows with the byte before each; 0 for an interlaced file and for one of an unknown kind."""
    if len(header) != 13:
        return 0
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    row = (width * _CHANNELS.get(colour, 0) * depth + 7) // 8
    return 0 if interlaced or not row else height * (1 + row)


def _inflates_to(data: bytes, wanted: int) -> bool:
    """Whether packed data hold so many bytes and a right checksum; counted piece by piece."""
    unpacker, found = zlib.decompressobj(), 0
    try:
        while data and not unpacker.eof and found <= wanted:
            piece = unpacker.decompress(data, _PIECE)
            found, data = found + len(piece), unpacker.unconsumed_tail
            if not piece and not data:
                break
    except zlib.error:
        return False
    return unpacker.eof and found == wanted
