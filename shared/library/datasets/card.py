"""What is kept of a data set: a card that lists its pictures, and one file with all their bytes, the pack.

The card is JSON; its digest is the data set's reference, so a reference names classes, splits, order and pixels.
"""

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from PIL import Image

from shared.errors import InvalidSpec, choices, message
from shared.images.bands import BandPicture, decode_npy
from shared.images.way_in import went_in_words
from shared.uploads.class_folders import SPLITS
from shared.uploads.targets import NO_CLASS, Column, TargetKind

Encoding = Literal["files", "pixels", "bands"]
_LATER = ("notes", "kind", "columns", "codes", "values", "mask_at", "mask_length", "bands", "span")
PIXEL_DIGEST = 32
# What people call Pillow's modes.
MODES = {"L": "greyscale", "RGB": "in colour", "RGBA": "with transparency", "LA": "greyscale with transparency",
         "P": "with a palette", "CMYK": "in CMYK", "1": "black and white", "I;16": "of 16 bits"}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture of a data set.

    Attributes:
        path: as it was added, "/" between folders; a number for built-in sets.
        label: number of its class.
        split: "train", "validation" or "test".
        digest: 32 hex digits over its decoded pixels, mode and size: equal pictures have equal ones.
        look: 32 hex digits, the signs of the differences between neighbours of its thumbnail; pictures that look
            alike differ in few of the 128 bits.
        width: pixels.
        height: pixels.
        mode: as it was added, in Pillow's words: RGB, L, RGBA, P, CMYK ...
        at: first byte in the pack.
        length: bytes in the pack.
        values: of each column of the card; () where the class says it all.
        mask_at, mask_length: of its mask in the pack; 0 and 0 where it has none.
    """

    path: str
    label: int
    split: str
    digest: str
    look: str
    width: int
    height: int
    mode: str
    at: int
    length: int
    values: tuple[float, ...] = ()
    mask_at: int = 0
    mask_length: int = 0


@dataclass(frozen=True)
class DatasetCard:
    """A data set.

    Attributes:
        classes: names, in the order of a network's outputs.
        pack: reference of the file with all pictures.
        encoding: what lies in the pack: picture files (PNG, JPEG), uint8 pixels as they are, or .npy files of numbers.
        pictures: by split, then by digest: an order that neither names nor packing change, with mixed classes.
        made: how splits were made that the source did not have: `seed`, and `validation` and `test` as shares; {}
            where they came with it.
        skipped: path and reason of each picture that could not be read and was left out by choice.
        left_out: number of files that are no pictures.
        notes: sentences about what was guessed when it was added, for people.
        kind: what is said of each picture: its class, a mask of classes, or numbers. Where it is no class, `classes`
            has one that stands for all pictures.
        columns: what is said where that is more than one class: the outputs of a network of several, the classes of
            masks, or numbers with their units.
        codes: class of each value that the stored masks hold, NO_CLASS for none.
        bands: of every picture of numbers; 0 where they are ordinary ones.
        span: what is black and what is white in them; () where they are ordinary ones.
    """

    classes: tuple[str, ...]
    pack: str
    encoding: Encoding
    pictures: tuple[Picture, ...] = field(repr=False)
    made: dict[str, float] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    notes: tuple[str, ...] = ()
    kind: TargetKind = "classes"
    columns: tuple[Column, ...] = ()
    codes: tuple[int, ...] = ()
    bands: int = 0
    span: tuple[float, ...] = ()

    def to_json(self) -> str:
        """The text whose digest is the reference: one list a column."""
        row = {k: v for k, v in vars(self).items() if k in self.__dataclass_fields__} | {"format": 1}
        # Fields of later than the first cards stand there where they say something, so that references stay.
        row = {k: v for k, v in row.items() if k not in _LATER or (v and v != "classes")}
        if self.columns:
            row["columns"] = [vars(column) for column in self.columns]
        table = {name: [getattr(picture, name) for picture in self.pictures] for name in Picture.__dataclass_fields__}
        row["pictures"] = {name: values for name, values in table.items() if name not in _LATER or any(values)}
        return json.dumps(row, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A card from its file."""
        row: dict[str, Any] = json.loads(text)
        columns = row.pop("pictures")
        row.pop("format")
        columns["values"] = map(tuple, columns.get("values", [()] * len(columns["path"])))
        columns = {name: columns.get(name, [0] * len(columns["path"])) for name in Picture.__dataclass_fields__}
        table = zip(*columns.values(), strict=True)
        row["classes"], row["skipped"] = tuple(row["classes"]), tuple(map(tuple, row["skipped"]))
        row |= {name: tuple(row.get(name, ())) for name in ("notes", "codes", "span")}
        said = row.get("columns", ())
        row["columns"] = tuple(Column(one["name"], one["unit"], tuple(one["classes"])) for one in said)
        return cls(pictures=tuple(Picture(*values) for values in table), **row)

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """Splits that have pictures, in the order train, validation, test."""
        found = {picture.split for picture in self.pictures}
        return tuple(split for split in SPLITS if split in found)

    def rows(self, split: str) -> range:
        """Numbers of a split's pictures: neighbours, for the order begins with the split.

        Raises:
            InvalidSpec: the data set has no such split.
        """
        if split not in self.splits:
            raise InvalidSpec(message("a split of the data set", split, choices(split, self.splits)))
        return self._rows[split]

    @cached_property
    def _rows(self) -> dict[str, range]:
        sizes = Counter(picture.split for picture in self.pictures)
        ends = list(accumulate(sizes[split] for split in self.splits))
        return {split: range(end - sizes[split], end) for split, end in zip(self.splits, ends, strict=True)}

    @property
    def channels(self) -> int:
        """Of a network made for it: the bands, else three where any picture has colours, else one."""
        return self.bands or (3 if self.colour else 1)

    def way_in_words(self, size: tuple[int, int], channels: int, resize: str, how: str = "") -> str:
        """What came in of its pictures and what went into a network; see shared.images.way_in."""
        modes = ", ".join(sorted({MODES.get(picture.mode, picture.mode) for picture in self.pictures}))
        ends = self.span or (0.0, 255.0)
        one = BandPicture(np.empty((1, 1, self.channels), np.uint8), ends[0], ends[1], not self.bands)
        said = f", {ends[0]:.9g} is black and {ends[1]:.9g} is white" if self.bands else ""
        return f"Pictures of the data set ({modes}{said}). {went_in_words(one, size, channels, resize, how)}"

    @property
    def colour(self) -> bool:
        """Whether any ordinary picture has colours."""
        return any(picture.mode not in ("1", "L", "LA", "La", "I", "I;16", "F") for picture in self.pictures)


@dataclass(frozen=True)
class Dataset:
    """A data set whose pictures can be read.

    Attributes:
        reference: sha256:<digest> of the card.
        card: what it holds.
        pack: path of the pack on this machine.
    """

    reference: str
    card: DatasetCard
    pack: Path

    def __len__(self) -> int:
        return len(self.card.pictures)

    def data(self, number: int) -> bytes:
        """Bytes of a picture as they lie in the pack.

        Raises:
            InvalidSpec: there is no picture of this number.
        """
        one = self._picture(number)
        with self.pack.open("rb") as file:
            file.seek(one.at)
            return file.read(one.length)

    def picture(self, number: int) -> BandPicture:
        """A picture's numbers and their range.

        Raises:
            InvalidSpec: there is no picture of this number.
        """
        if self.card.encoding == "bands":
            return BandPicture(decode_npy(self.data(number)), self.card.span[0], self.card.span[1])
        pixels = np.asarray(self.image(number))
        return BandPicture(pixels[..., None] if pixels.ndim == 2 else pixels, 0.0, 255.0, colours=True)

    def image(self, number: int, bands: Sequence[int] = ()) -> Image.Image:
        """A picture as it is shown, RGB or L, upright.

        Args:
            number: of the picture.
            bands: that are shown of one of numbers, see shared.images.bands.shown_bands().

        Raises:
            InvalidSpec: there is no picture of this number.
        """
        if self.card.encoding == "bands":
            return self.picture(number).shown(bands)
        data = self.data(number)
        if self.card.encoding == "files":
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
                opened.load()
                return opened
        one = self.card.pictures[number]
        pixels = np.frombuffer(data, np.uint8).reshape(one.height, one.width, -1)
        return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)

    def planes(self, number: int) -> list[Image.Image]:
        """Each band of a picture of numbers in grey, as image() draws it.

        Raises:
            InvalidSpec: there is no picture of this number.
        """
        picture = self.picture(number)
        return [picture.shown((band,)) for band in range(1, picture.bands + 1)]

    def mask(self, number: int) -> np.ndarray:
        """Class of every pixel of a picture, uint8 (height, width); NO_CLASS where a pixel is of none.

        Raises:
            InvalidSpec: there is no picture of this number, or it has no mask.
        """
        one = self._picture(number)
        if not one.mask_length:
            advice = "Choose a data set with masks."
            raise InvalidSpec(message("a picture with a mask", f"one of {self.card.kind}", advice))
        with self.pack.open("rb") as file:
            file.seek(one.mask_at)
            data = file.read(one.mask_length)
        with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
            classes = np.full(256, NO_CLASS, np.uint8)
            classes[: len(self.card.codes)] = self.card.codes
            return classes[np.asarray(opened)]

    def _picture(self, number: int) -> Picture:
        if not 0 <= number < len(self):
            expected = f"a picture's number from 0 to {len(self) - 1}"
            raise InvalidSpec(message(expected, number, "Choose another picture of the data set."))
        return self.card.pictures[number]
