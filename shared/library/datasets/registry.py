"""Which data sets there are: references, the names people give, and what a reference stands for.

    builtin/<name>     digits, mnist, fashion_mnist, cifar10: stands for the one that was read from a file here
    sha256:<digest>    a card in the file store: classes, splits, and every picture with its digest
    <name>             given by a person; stands for one of the above

A sha256 reference never changes its meaning, so it can be part of a key; the others are resolved before.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.errors import InvalidSpec, RefusedUpload, UnknownDataset, choices, message
from shared.library.datasets.builtin import BUILTIN, PREFIX, Builtin, builtin, find_builtin, read_builtin
from shared.library.datasets.card import Dataset, DatasetCard
from shared.library.datasets.check import CheckedSet, Watch, check_source
from shared.library.datasets.splits import Shares
from shared.library.files import NAME, REFERENCE, FileStore
from shared.settings import Settings
from shared.uploads.data_sets import AUTOMATIC
from shared.uploads.targets import Labelling

TABLE, BUILTIN_TABLE = "datasets", "builtin_datasets"
# Cards that are kept decoded: one of 70,000 pictures takes 40 MB.
KEPT_CARDS = 4


class DatasetRegistry:
    """Data sets of one installation."""

    def __init__(self, files: FileStore, settings: Settings) -> None:
        self._files = files
        self._settings = settings
        self._cards = lru_cache(maxsize=KEPT_CARDS)(self._read_card)

    def check(self, source: Path, watch: Watch | None = None, labelling: Labelling = AUTOMATIC,
              span: str = "", transparency: bool = False) -> CheckedSet:  # fmt: skip
        """Look through a zip archive or a folder; nothing is kept yet.

        Args:
            source: a zip of class folders, or of train, validation and test above them; or such a folder. Masks beside
                pictures, or a table (CSV) that names each picture's class, classes or numbers, do as well.
            watch: called with the number of pictures looked at and of all.
            labelling: where the classes stand, where that could be read in two ways.
            span: what stands for black and white in .npy and TIFF files of numbers: "own" of their type, "minmax" of
                all of them, "LOW,HIGH"; "" for their type's own.
            transparency: whether pictures of 8 bits keep it as a fourth band, for networks of RGBA; else transparent
                places become white.

        Raises:
            InvalidSpec: the span is none.
            RefusedUpload: it breaks a rule.
        """
        return check_source(source, self._settings, watch, labelling, span, transparency)

    def keep(self, checked: CheckedSet, name: str, shares: Shares | None = None, skip_unreadable: bool = False,
             title: str = "") -> str:  # fmt: skip
        """Keep a data set that was checked.

        Args:
            checked: what check() found.
            name: letters, digits, dots, dashes, underscores.
            shares: for splits that it does not have; by default a fifth each, seed 0.
            skip_unreadable: leave out pictures that cannot be read, instead of refusing.
            title: the file's name as the person knows it.

        Returns:
            sha256:<digest> of its card: the same for the same pictures, classes and splits.

        Raises:
            InvalidSpec: the name may not be.
            RefusedUpload: pictures cannot be read and may not be skipped, or a class is too small to be split.
        """
        _check_name(name)
        _check_unreadable(checked, skip_unreadable)
        reference = self._put(checked, shares or Shares())
        card = self.card(reference)
        facts = {"title": title, "classes": len(card.classes), "pictures": len(card.pictures),
                 "splits": {split: len(card.rows(split)) for split in card.splits}}  # fmt: skip
        kind = {} if card.kind == "classes" else {"kind": card.kind}
        self._files.write_record(TABLE, name, {"reference": reference, **facts, **kind})
        return reference

    def add_builtin(self, reference: str, path: Path | None = None) -> str:
        """Read a built-in set from a file, or from where its library keeps it.

        Args:
            reference: builtin/<name>.
            path: an .npz file, or the folder of its idx files; None to look where keras.datasets keeps them.

        Returns:
            sha256:<digest> of its card; builtin/<name> stands for it from now on.

        Raises:
            UnknownDataset, RefusedUpload: see their names.
        """
        one = builtin(reference)
        kept = self._put(read_builtin(one, path or find_builtin(one)), one.shares)
        self._files.write_record(BUILTIN_TABLE, one.name, {"reference": kept})
        return kept

    def resolve(self, dataset: str) -> str:
        """The reference, sha256:<digest>, that a reference or name stands for; a built-in set is read at its first use.

        Raises:
            UnknownDataset: listing what there is.
        """
        if dataset.startswith(PREFIX):
            record = self._files.read_record(BUILTIN_TABLE, builtin(dataset).name)
            return str(record["reference"]) if record else self.add_builtin(dataset)
        if REFERENCE.fullmatch(dataset):
            if self._files.has(dataset):
                return dataset
        elif (record := self._files.read_record(TABLE, dataset)) is not None:
            return str(record["reference"])
        raise UnknownDataset(message("a data set's reference or name", dataset, choices(dataset, self.names())))

    def card(self, dataset: str) -> DatasetCard:
        """What a reference or name stands for.

        Raises:
            UnknownDataset: there is no such data set.
        """
        return self._cards(self.resolve(dataset))

    def open(self, dataset: str) -> Dataset:
        """A data set with its pictures; from a remote file store, the pack is fetched once.

        Raises:
            UnknownDataset: there is no such data set.
        """
        reference = self.resolve(dataset)
        card = self._cards(reference)
        return Dataset(reference, card, self._files.local_path(card.pack))

    def take_back(self, name: str) -> None:
        """Take a name away; what it stood for stays, as others may name it."""
        self._files.delete_record(TABLE, name)

    def names(self) -> dict[str, str]:
        """Names that people gave, then the built-in sets; each with its reference, "" for a set not read yet."""
        given = {name: str(row["reference"]) for name, row in self._files.records(TABLE)}
        read = {name: str(row["reference"]) for name, row in self._files.records(BUILTIN_TABLE)}
        return given | {PREFIX + name: read.get(name, "") for name in BUILTIN}

    def records(self) -> list[dict[str, Any]]:
        """What was noted when each named data set was added."""
        return [{"name": name, **row} for name, row in self._files.records(TABLE)]

    def is_here(self, one: Builtin) -> bool:
        """Whether a built-in set was read, or its file lies where its library keeps it."""
        try:
            return self._files.read_record(BUILTIN_TABLE, one.name) is not None or find_builtin(one).exists()
        except UnknownDataset:
            return False

    def _put(self, checked: CheckedSet, shares: Shares) -> str:
        checked.card(shares)  # whatever is wrong with the splits is said before anything is kept
        checked.pack.seek(0)
        pack = self._files.put(checked.pack)
        return self._files.put_bytes(checked.card(shares, pack).to_json().encode())

    def _read_card(self, reference: str) -> DatasetCard:
        try:
            return DatasetCard.from_json(self._files.read(reference).decode())
        except (ValueError, KeyError, TypeError, AttributeError):
            advice = "It is the reference of another file: choose one (in a terminal: `convscope datasets list`)."
            raise UnknownDataset(message("the reference of a data set", reference, advice)) from None


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name == "builtin":
        raise InvalidSpec(message("a name of letters, digits, '.', '_' and '-'", name, "Choose another name."))


def _check_unreadable(checked: CheckedSet, skip: bool) -> None:
    if checked.unreadable and not skip:
        named = "; ".join(f"{path}: {problem}" for path, problem in checked.unreadable[:5])
        more = f"; and {len(checked.unreadable) - 5} more" if len(checked.unreadable) > 5 else ""
        received = f"{len(checked.unreadable)} that cannot"
        raise RefusedUpload(
            f"Expected pictures that can be read. Received {received}: {named}{more}. Repair them, or tick 'Leave out' "
            "(in a terminal: `--skip-unreadable`)."
        )
