"""Pinned results with titles and tags, found by words, kind, person and tag.

What stands in the gallery is recorded in the file store, beside the archived result. Redis holds only the list by
which it is searched, and that is made anew where Redis was emptied.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from shared.errors import InvalidSpec, message
from shared.library.files import FileStore
from shared.store import Listing, ListingPage, RunRecord, Store, words_of

TABLE, COMPLETE = "gallery", "gallery:complete"
LONGEST_TITLE, LONGEST_TAG, MOST_TAGS = 120, 30, 12


@dataclass(frozen=True)
class Piece:
    """One result in the gallery.

    Attributes:
        key: of the run.
        kind: of the run.
        title: what its person calls it; "" for none.
        tags: sorted words.
        by: who put it there.
        at: seconds since 1970.
        about: model, layer, channel, picture, data set, as far as its spec names them.
        thumbnail: reference of a JPEG in the file store; "" for none.
        bytes: of its parts.
        origin: where it was imported from, in words; "" for what this installation computed.
    """

    key: str
    kind: str
    title: str
    tags: tuple[str, ...]
    by: str
    at: float
    about: dict[str, str]
    thumbnail: str = ""
    bytes: int = 0
    origin: str = ""


class Gallery:
    """The gallery of one installation."""

    def __init__(self, files: FileStore, store: Store) -> None:
        self._files, self._store = files, store
        self._listing = Listing(store.client, "gallery")

    def put(
        self, run: RunRecord, thumbnail: bytes, size: int, by: str, title: str = "", tags: Sequence[str] = ()
    ) -> Piece:
        """Put an archived result into the gallery.

        Args:
            run: its record.
            thumbnail: a JPEG; b"" for none.
            size: bytes of the parts as stored.
            by: who puts it there.
            title: at most 120 letters.
            tags: words; see tags_of().

        Raises:
            InvalidSpec: the title or a tag is too long.
        """
        about = {name: str(run.fields[name]) for name in ("model", "layer", "channel", "image", "dataset", "strategy")
                 if run.fields.get(name) not in (None, "")}  # fmt: skip
        piece = Piece(run.key, run.kind, _checked_title(title), tags_of(tags), by, time.time(), about,
                      self._files.put_bytes(thumbnail) if thumbnail else "", size, run.origin)  # fmt: skip
        return self._write(piece)

    def get(self, key: str) -> Piece | None:
        """A piece by its run's key."""
        row = self._files.read_record(TABLE, key)
        return Piece(**{**row, "tags": tuple(row["tags"])}) if row and row.get("kind") else None

    def describe(self, key: str, title: str, tags: Sequence[str]) -> Piece:
        """Give a piece another title and other tags.

        Raises:
            InvalidSpec: it is not in the gallery, or a word is too long.
        """
        piece = self.get(key)
        if piece is None:
            raise InvalidSpec(message("a result of the gallery", key, "Pin it first."))
        return self._write(Piece(**{**asdict(piece), "title": _checked_title(title), "tags": tags_of(tags)}))

    def remove(self, key: str) -> None:
        """Take a piece out of the gallery, with its thumbnail; its archived result is for others to delete."""
        piece = self.get(key)
        self._files.write_record(TABLE, key, {"kind": "", "removed_at": time.time()})
        self._listing.remove(key)
        if piece and piece.thumbnail:
            left = {row.get("thumbnail") for _, row in self._files.records(TABLE)}
            if piece.thumbnail not in left:
                self._files.delete(piece.thumbnail)

    def find(
        self, facets: Mapping[str, str] | None = None, text: str = "", first: int = 0, count: int = 24
    ) -> ListingPage:
        """A page of keys, newest first.

        Args:
            facets: `kind`, `by`, `tag`, `model` to a value.
            text: words as typed; each must begin a word of the title, the tags or what the result is about.
            first: place of the page's first piece.
            count: pieces a page.
        """
        self._relist_once()
        return self._listing.find(facets, words_of(text), first, count)

    def values(self, facet: str) -> dict[str, int]:
        """Values of a facet, each with the number of its pieces."""
        self._relist_once()
        return self._listing.values(facet)

    def _write(self, piece: Piece) -> Piece:
        self._files.write_record(TABLE, piece.key, asdict(piece))
        self._list(piece)
        return piece

    def _list(self, piece: Piece) -> None:
        facets = [("kind", piece.kind), ("by", piece.by), *(("tag", tag) for tag in piece.tags)]
        facets += [("model", piece.about["model"])] if "model" in piece.about else []
        words = words_of(piece.title, *piece.tags, piece.kind, *piece.about.values(), piece.by, piece.key[-8:])
        self._listing.put(piece.key, piece.at, facets, words)

    def _relist_once(self) -> None:
        """Make the list anew where Redis knows nothing of it."""
        if self._store.flags.is_set(COMPLETE):
            return
        for key, row in self._files.records(TABLE):
            if row.get("kind") and (piece := self.get(key)):
                self._list(piece)
        self._store.flags.set(COMPLETE)


def tags_of(words: Sequence[str]) -> tuple[str, ...]:
    """Tags in lower case, each once, sorted.

    Raises:
        InvalidSpec: there are too many, or one is too long.
    """
    found = tuple(sorted({" ".join(word.lower().split()) for word in words if word.strip()}))
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        expected = f"at most {MOST_TAGS} tags of {LONGEST_TAG} letters"
        raise InvalidSpec(message(expected, ", ".join(found), "Take some out, or shorten them."))
    return found


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if len(title) > LONGEST_TITLE:
        raise InvalidSpec(message(f"a title of at most {LONGEST_TITLE} letters", title, "Shorten it."))
    return title
