"""The check of a data set before anything is kept: every picture is decoded once, on as many threads as pay."""

import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TypedDict

from shared.errors import RefusedUpload, message, reason
from shared.library.datasets.band_sets import BandSet
from shared.library.datasets.card import DatasetCard, Encoding, Picture
from shared.library.datasets.decode import DecodedPicture, decode_picture
from shared.library.datasets.masks import DecodedMask, MaskValues, decode_mask
from shared.library.datasets.pixel_budget import PixelBudget
from shared.library.datasets.report import DatasetReport, report
from shared.library.datasets.splits import Shares, with_splits
from shared.settings import Settings
from shared.uploads.data_sets import AUTOMATIC, PictureSource, open_source
from shared.uploads.targets import Column, Labelling, Place, TargetKind

Watch = Callable[[int, int], None]
# Pictures that are in memory at the same time.
AT_ONCE = 64


@dataclass
class CheckedSet:
    """A data set that was looked through, before a person decides what to do about what was found.

    Attributes:
        classes: names by number.
        encoding: of the pack.
        pictures: those that can be read, with the splits that came with them, "" for none.
        unreadable: path and reason of the others.
        left_out: paths of files that are no pictures.
        notes: sentences about what was guessed, for people.
        kind, columns, codes, bands, span: see shared.library.datasets.card.DatasetCard.
        pack: bytes of the pictures, in a temporary file that goes when this goes.
    """

    classes: tuple[str, ...]
    encoding: Encoding = "files"
    pictures: list[Picture] = field(default_factory=list, repr=False)
    unreadable: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    kind: TargetKind = "classes"
    columns: tuple[Column, ...] = ()
    codes: tuple[int, ...] = ()
    bands: int = 0
    span: tuple[float, ...] = ()
    pack: IO[bytes] = field(default_factory=tempfile.TemporaryFile, repr=False)

    def __post_init__(self) -> None:
        weakref.finalize(self, self.pack.close)

    @property
    def size(self) -> int:
        """Bytes of the pack."""
        return self.pack.seek(0, os.SEEK_END)

    def card(self, shares: Shares, pack: str = "") -> DatasetCard:
        """The card that keeping it would write.

        Args:
            shares: for splits that it does not have.
            pack: reference of the pack; "" before it is kept.

        Raises:
            RefusedUpload: a class is too small to be split.
        """
        pictures, made = with_splits(self.pictures, self.classes, shares)
        return DatasetCard(self.classes, pack, self.encoding, tuple(pictures), made, self.unreadable,
                           len(self.left_out), self.notes, self.kind, self.columns, self.codes, self.bands,
                           self.span)  # fmt: skip

    def report(self, shares: Shares) -> DatasetReport:
        """What the check found, with the splits as they would be."""
        return report(self.card(shares))


def check_source(
    path: Path, settings: Settings, watch: Watch | None = None, labelling: Labelling = AUTOMATIC, span: str = "",
    transparency: bool = False,
) -> CheckedSet:  # fmt: skip
    """Look through a zip archive or a folder, picture by picture.

    Args:
        path: of the archive or folder.
        settings: limits.
        watch: called with the number of pictures looked at and of all.
        labelling: where the classes stand, where that could be read in two ways.
        span: what stands for black and white in files of numbers, see shared.images.bands.with_range().
        transparency: whether pictures of 8 bits keep it as a fourth band; else transparent places become white.

    Raises:
        InvalidSpec: the span is none.
        RefusedUpload: it breaks a rule, or a class has no picture that can be read.
    """
    with open_source(path, settings, labelling) as source:
        try:
            return _looked_through(source, span, watch, Ways(deep=True, transparency=transparency))
        except _NotAllDeep:
            return _looked_through(source, span, watch, Ways(deep=False, transparency=transparency))


class Ways(TypedDict):
    """How pictures are decoded, see decode_picture()."""

    deep: bool
    transparency: bool


class _NotAllDeep(Exception):
    """Grey pictures of 16 bits lie among others of 8."""


def _looked_through(source: PictureSource, span: str, watch: Watch | None, ways: Ways) -> CheckedSet:
    """Every picture once; `deep`: grey of 16 bits stays as it is, as long as there are no other pictures.

    Raises:
        _NotAllDeep: there are.
    """
    layout = source.layout
    classes = layout.classes or tuple(sorted({place.label for place in source.places}))
    checked = CheckedSet(classes, left_out=source.left_out, kind=layout.kind, columns=layout.columns)
    unreadable, odd, masks, numbers = [], _Odd(), MaskValues(), BandSet(span)
    for done, (place, decoded, mask) in enumerate(_decoded(source, ways), 1):
        problem = decoded.problem or mask.problem
        if problem := problem or numbers.problem(decoded.bands, decoded.dtype, decoded.ends):
            if ways["deep"] and numbers.is_deep_grey_among_others(decoded.bands, decoded.dtype):
                raise _NotAllDeep
            unreadable.append((place.path, problem))
        else:
            checked.pictures.append(_keep(checked, place, decoded, masks.stored(mask) if place.mask else b""))
            odd.add(place.path, decoded)
        if watch is not None and (done % AT_ONCE == 0 or done == len(source.places)):
            watch(done, len(source.places))
    checked.unreadable = tuple(unreadable)
    checked.notes = (*source.notes, *odd.notes())
    if numbers.bands:
        checked.encoding, checked.bands, checked.span = "bands", numbers.bands, numbers.range()
        checked.notes += (numbers.note(),)
    _check_readable(checked, source)
    if masks.values:
        names, checked.codes = masks.classes(layout.columns[0].classes)
        checked.columns = (replace(layout.columns[0], classes=names),)
    return checked


@dataclass
class _Odd:
    """Pictures of which something was taken that the file does not say by itself."""

    frames: list[str] = field(default_factory=list)
    deep: list[int] = field(default_factory=list)

    def add(self, path: str, decoded: DecodedPicture) -> None:
        if decoded.frames:
            self.frames.append(path)
        if decoded.brightest:
            self.deep.append(decoded.brightest)

    def notes(self) -> list[str]:
        """A sentence for each kind that there is."""
        found = []
        if self.frames:
            found.append(f"{len(self.frames):,} with several frames, {self.frames[0]} among them: the first was taken.")
        if self.deep:
            found.append(f"{len(self.deep):,} of 16 bits: 65,535 was taken for white, and {max(self.deep):,} is the "
                         "brightest value there is.")  # fmt: skip
        return found


def _decoded(source: PictureSource, ways: Ways) -> Iterator[tuple[Place, DecodedPicture, DecodedMask]]:
    """In the source's order, a batch after the other: bytes of all pictures never stand in memory."""

    budget = PixelBudget()

    def one(place: Place) -> tuple[DecodedPicture, DecodedMask]:
        try:
            with budget.room(data := source.read(place.path)) as problem:
                decoded = DecodedPicture(problem=problem) if problem else decode_picture(data, **ways)
            if not place.mask or decoded.problem:
                return decoded, DecodedMask()
            # As large as its picture, or it is not decoded.
            return decoded, decode_mask(source.read(place.mask), (decoded.width, decoded.height))
        # A damaged member of an archive is one unreadable picture, not the end of the data set.
        except Exception as error:
            return DecodedPicture(problem=f"cannot be read: {reason(error)}"), DecodedMask()

    # Pillow decodes outside of Python's lock; reading, hashing and packing do not gain from more than four.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(source.places), AT_ONCE):
            places = source.places[start : start + AT_ONCE]
            yield from ((place, *found) for place, found in zip(places, pool.map(one, places), strict=True))
            budget.check()


def _keep(checked: CheckedSet, place: Place, decoded: DecodedPicture, mask: bytes) -> Picture:
    at = checked.pack.tell()
    checked.pack.write(decoded.data)
    checked.pack.write(mask)
    return Picture(
        path=place.path,
        label=checked.classes.index(place.label),
        split=place.split,
        digest=decoded.digest,
        look=decoded.difference_hash,
        width=decoded.width,
        height=decoded.height,
        mode=decoded.mode,
        at=at,
        length=len(decoded.data),
        values=place.values,
        mask_at=at + len(decoded.data) if mask else 0,
        mask_length=len(mask),
    )


def _check_readable(checked: CheckedSet, source: PictureSource) -> None:
    """Every class of every split has a picture left."""
    wanted = {(place.split, place.label) for place in source.places}
    have = {(picture.split, checked.classes[picture.label]) for picture in checked.pictures}
    if missing := sorted(wanted - have):
        where = " / ".join(word for word in missing[0] if word)
        of_class = {place.path for place in source.places if (place.split, place.label) == missing[0]}
        path, problem = next(one for one in checked.unreadable if one[0] in of_class)
        received = f"none in {where}; {path} {problem}"
        advice = "Export the pictures as PNG or JPEG and add the data set again."
        raise RefusedUpload(message("at least one readable picture in every class", received, advice))
