"""Models, pictures and data sets by the names that people gave them: who added one, another name for it, its end.

A name can change, what it stands for cannot: results, links and notes go by the reference, a digest.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from shared.errors import InvalidSpec, message
from shared.library.announced_inputs import TABLE as ANNOUNCED
from shared.library.datasets.registry import TABLE as DATASETS
from shared.library.datasets.registry import DatasetRegistry
from shared.library.files import NAME, REFERENCE, FileStore
from shared.library.images import TABLE as IMAGES
from shared.library.ledger import Ledger
from shared.library.model_proofs import TABLE as PROOFS
from shared.library.models import TABLE as MODELS
from shared.library.models import TRUSTED, ModelRegistry

Sort = Literal["model", "picture", "data set"]
SORTS: tuple[Sort, ...] = ("model", "picture", "data set")
TABLES: dict[Sort, str] = {"model": MODELS, "picture": IMAGES, "data set": DATASETS}
# Words in front of a "/" in what comes with Convscope; no name of one's own.
RESERVED = frozenset({"keras", "bundled", "sample", "builtin"})


class Entries:
    """What was added to one installation under a name."""

    def __init__(self, files: FileStore, models: ModelRegistry, datasets: DatasetRegistry, ledger: Ledger) -> None:
        self._files, self._models, self._datasets, self._ledger = files, models, datasets, ledger

    def find(self, sort: Sort, name: str) -> dict[str, Any] | None:
        """What is noted of one; None where nobody added one of this name."""
        return self._files.read_record(TABLES[sort], name)

    def record(self, sort: Sort, name: str) -> dict[str, Any]:
        """What is noted of one.

        Raises:
            InvalidSpec: nobody added one of this name.
        """
        record = self.find(sort, name)
        if record is None:
            advice = "What comes with Convscope stays as it is." if "/" in name else "See the list of them."
            raise InvalidSpec(message(f"the name of a {sort} that somebody added", name, advice))
        return record

    def note_owner(self, sort: Sort, name: str, by: str, size: int = 0) -> None:
        """Note who added one; whoever did so first stays. Of what has no name nothing is noted.

        Args:
            sort: of it.
            name: that it has.
            by: who added it.
            size: bytes of its file, that take room of its owner's share.
        """
        record = self._files.read_record(TABLES[sort], name)
        if record is None:
            return
        if not record.get("by"):
            self._files.write_record(TABLES[sort], name, {**record, "by": by})
        if size:
            self._ledger.keep(str(record.get("by") or by), _what(sort, name), size)

    def drop_size(self, sort: Sort, name: str) -> None:
        """One takes no room of its owner's share any more, for whoever takes its name back."""
        record = self.find(sort, name) or {}
        self._ledger.drop(str(record.get("by", "")), _what(sort, name))

    def rename(self, sort: Sort, name: str, new: str) -> None:
        """Give one another name; what it stands for stays.

        Raises:
            InvalidSpec: there is none of this name, or the new one may not be, or is another's.
        """
        record = self.record(sort, name)
        if not NAME.fullmatch(new) or new in RESERVED:
            raise InvalidSpec(message("a name of letters, digits, '.', '_' and '-'", new, "Choose another name."))
        if self._files.read_record(TABLES[sort], new) is not None:
            raise InvalidSpec(message("a name that no other has", new, "Choose another name."))
        self._files.write_record(TABLES[sort], new, record)
        self._files.delete_record(TABLES[sort], name)
        self._ledger.rename(str(record.get("by", "")), _what(sort, name), _what(sort, new))

    def same(self, sort: Sort, name: str) -> list[str]:
        """Other names that stand for the same."""
        reference = self.record(sort, name)["reference"]
        rows = self._files.records(TABLES[sort])
        return [other for other, row in rows if row["reference"] == reference and other != name]

    def delete(self, sort: Sort, name: str) -> None:
        """Delete one: its name, and the files that no other name stands for."""
        record = self.record(sort, name)
        reference = str(record["reference"])
        doomed = set(self._files_of(sort, reference))
        self._files.delete_record(TABLES[sort], name)
        self._ledger.drop(str(record.get("by", "")), _what(sort, name))
        left = {file for other in SORTS for one in self._references(other) for file in self._files_of(other, one)}
        for file in doomed - left:
            self._files.delete(file)
            if sort == "model":
                self._files.delete_record(PROOFS, file.removeprefix("sha256:"))
                self._files.delete_record(TRUSTED, file.removeprefix("sha256:"))
                self._files.delete_record(ANNOUNCED, file.removeprefix("sha256:"))

    def _references(self, sort: Sort) -> Iterator[str]:
        registry: Mapping[Sort, Any] = {"model": self._models, "data set": self._datasets}
        if sort in registry:  # the bundled and built-in ones stand for files too
            yield from filter(None, registry[sort].names().values())
        else:
            yield from (str(row["reference"]) for _, row in self._files.records(TABLES[sort]))

    def _files_of(self, sort: Sort, reference: str) -> Iterator[str]:
        """References of the files that one is made of: its card, and what that names."""
        if not REFERENCE.fullmatch(reference) or not self._files.has(reference):
            return
        yield reference
        if sort == "model":
            card = self._models.card(reference)
            yield from (file for file in (card.file, card.weights) if REFERENCE.fullmatch(file))
        elif sort == "data set":
            yield self._datasets.card(reference).pack


def _what(sort: Sort, name: str) -> str:
    return f"{sort} {name}"
