"""Results as they are read, kept, shared, exported and deleted: from the cache, or from the archive behind it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO

from shared.analyses.band_arrays import in_bands
from shared.client.export import write_zip
from shared.client.imports import read_import
from shared.client.result import Result
from shared.client.signatures import signature
from shared.client.thumbnails import thumbnail
from shared.errors import InvalidSpec, UnknownRun, message
from shared.library import Library, Person, Records, Share
from shared.library.gallery import Gallery
from shared.library.person_share import PersonShare
from shared.library.rights import require
from shared.library.shares import USUAL_DAYS
from shared.library.titles import titles_of
from shared.results import decode_part
from shared.store import RunRecord, Store

DASHBOARD_URL = "http://127.0.0.1:8501"
# Parts of a result that stand in memory at a time where it is read part by part.
READ_AT_ONCE = 32


class ResultsService:
    """What an installation's runs have made.

    Args:
        store: of the installation.
        library: likewise.
        records: of its runs.
        me: in whose name results are pinned, shared and deleted, with their rights.
    """

    def __init__(self, store: Store, library: Library, records: Records, me: Person) -> None:
        self._store, self._library, self._records, self._me = store, library, records, me

    @cached_property
    def gallery(self) -> Gallery:
        """Pinned results with titles and tags."""
        return Gallery(self._library.files, self._store)

    def get(self, key: str) -> Result:
        """All parts that are there, of a run in any state.

        Raises:
            UnknownRun: no such run, or its result has left the cache.
        """
        run, parts = self._read(key)
        self._store.parts.note_view(key)
        return Result(run, {i: decode_part(data) for i, data in parts.items()}, lambda: titles_of(self._library))

    def _read(self, key: str) -> tuple[RunRecord, dict[int, bytes]]:
        run = self._records.get(key)
        if run.status == "absent":
            gone = (
                "Its result has left the cache: run it again."
                if run.kind
                else "See Jobs (in a terminal: `convscope jobs`)."
            )
            raise UnknownRun(message("the key of a run", key, gone))
        return run, dict(self.each_part(run))

    def each_part(self, run: RunRecord, numbers: Collection[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """Encoded parts with their numbers, in order, a few in memory at a time.

        Args:
            run: whose.
            numbers: of the parts; None means those of numbers().

        Raises:
            UnknownRun: one of them has left the cache, perhaps while the others were read.
        """
        wanted = self.numbers(run) if numbers is None else sorted(numbers)
        for start in range(0, len(wanted), READ_AT_ONCE):
            batch = wanted[start : start + READ_AT_ONCE]
            found = self.parts(run.key, batch)
            if missing := [i for i in batch if i not in found]:
                gone = f"{run.key} without part {missing[0]}"
                raise UnknownRun(message("all of a result", gone, "It has left the cache: run it again."))
            yield from sorted(found.items())

    def numbers(self, run: RunRecord) -> list[int]:
        """Numbers of the parts of a result, sorted: all of a complete run, and of any other those that are there."""
        if run.status == "complete":
            return list(range(run.total or 0))
        return sorted(self._store.parts.indices(run.key)) or self._library.archive.numbers(run.key)

    def parts(self, key: str, indices: Iterable[int] | None = None) -> dict[int, bytes]:
        """Encoded parts by number, from the cache or the archive."""
        wanted = self._store.parts.indices(key) if indices is None else set(indices)
        found = self._store.parts.read_many(key, sorted(wanted))
        if found:
            return found
        return self._library.archive.parts(key, None if indices is None else wanted)

    def part(self, key: str, index: int) -> bytes | None:
        """One encoded part, from the cache or the archive; None when it is in neither."""
        return self._store.parts.read(key, index) or self._library.archive.part(key, index)

    def link(self, key: str) -> str:
        """Address of a run's page: on CONVSCOPE_DASHBOARD_URL, or wherever the dashboard said it is."""
        return self.address(f"/?run={key}")

    def address(self, place: str) -> str:
        """A place of the dashboard ("/lessons?step=1") as an address that can be handed out."""
        return f"{self._base()}{place}"

    def _base(self) -> str:
        base = self._library.settings.dashboard_url or self._store.workers.dashboard() or DASHBOARD_URL
        return base.rstrip("/")

    def pin(self, key: str, title: str = "", tags: Sequence[str] = (), bands: Sequence[int] = ()) -> None:
        """Keep a complete result: out of reach of the budget, in the file store, and in the gallery.

        Args:
            key: of the run.
            title: what to call it in the gallery.
            tags: words to find it by.
            bands: that its small picture is drawn in, of networks of other than one or three.

        Raises:
            UnknownRun: when it is not complete.
            InvalidSpec: the title or a tag is too long.
            NotAllowed: somebody else pinned it, and it would get another title or other tags.
        """
        piece = self.gallery.get(key)
        if piece and (title or tags):
            require(self._me, "rename a pinned result", piece.by)
        run = self._kept(key)
        if title or tags or piece is None:
            self._show(run, self.parts(key), title, tags, bands)

    def rename(self, key: str, title: str, tags: Sequence[str]) -> None:
        """Give a pinned result another title and other tags.

        Raises:
            InvalidSpec: it is not in the gallery, or a word is too long.
            NotAllowed: somebody else pinned it.
        """
        piece = self.gallery.get(key)
        require(self._me, "rename a pinned result", piece.by if piece else "")
        self.gallery.describe(key, title, tags)

    def unpin(self, key: str) -> None:
        """Take a result out of the gallery and let the budget decide about it; its files stay for its links.

        Raises:
            NotAllowed: somebody else pinned it.
        """
        piece = self.gallery.get(key)
        require(self._me, "unpin a result", piece.by if piece else self._records.get(key).by)
        self._store.parts.unpin(key)
        self.gallery.remove(key)

    def _show(
        self, run: RunRecord, parts: Mapping[int, bytes], title: str, tags: Sequence[str], bands: Sequence[int]
    ) -> None:
        size = sum(map(len, parts.values()))
        decoded = {i: in_bands(decode_part(data), bands) for i, data in parts.items()}
        self.gallery.put(run, thumbnail(run, decoded), size, self._me.address, title, tags)

    def _kept(self, key: str) -> RunRecord:
        run = self._records.get(key)
        if run.status != "complete":
            raise UnknownRun(message("a complete run", f"{key} ({run.status})", "Wait for it, then pin it."))
        if self._library.archive.run(key) is None:
            parts = dict(self.each_part(run))
            PersonShare(self._library, self._me).require_files(sum(map(len, parts.values())))
            self._library.archive.write(run, parts, self._me.address)
        self._store.parts.pin(key)
        return run

    def share(self, key: str, days: float = USUAL_DAYS, view: Mapping[str, str] | None = None, by: str = "") -> Share:
        """Keep a complete result and make a link that opens it, and nothing else, without sign-in.

        Args:
            key: of the run.
            days: how long the link is good.
            view: what of the page's address belongs to the view.
            by: who makes it; by default whoever runs this.

        Raises:
            UnknownRun: the run is not complete, or has left the cache.
        """
        self._kept(key)
        return self._library.shares.make(key, by or self._me.address, days, view)

    def unshare(self, name: str) -> Share:
        """Take a share link back, at once.

        Raises:
            UnknownShare: there is no share of this id.
            NotAllowed: somebody else made it.
        """
        share = self._library.shares.get(name)
        require(self._me, "take a share link back", share.by if share else self._me.address)
        return self._library.shares.revoke(name)

    def share_link(self, share: Share) -> str:
        """Its address."""
        return f"{self._base()}/share/{self._library.shares.token(share)}"

    def export(self, key: str, file: IO[bytes], bands: Sequence[int] = ()) -> None:
        """Write a result as a zip that import_zip() reads, here or in another installation.

        Args:
            key: of the run.
            file: open for writing.
            bands: that its pictures are drawn in, of networks of other than one or three.

        Raises:
            UnknownRun: no such run, or its result has left the cache.
        """
        run, parts = self._read(key)
        self._store.parts.note_view(key)
        names = titles_of(self._library)
        settings, address = self._library.settings, self._base()
        write_zip(file, run, parts, names, lambda digest: signature(settings, digest, address), bands)

    def import_zip(self, path: Path) -> str:
        """Keep a result that was exported elsewhere, and put it into the gallery.

        Returns:
            A key of its own: no request is answered by it, and its page, its card, its report and its share links say
            where it is from.

        Raises:
            RefusedUpload, VersionMismatch: see read_import().
            ShareUsedUp: it is more than is left of the person's share.
        """
        size = path.stat().st_size
        PersonShare(self._library, self._me).require_upload(size)
        found = read_import(path, self._library.settings, self._me.address)
        if self._library.archive.run(found.run.key) is None:
            self._library.archive.write(found.run, found.parts, self._me.address)
        self._library.ledger.note_added(self._me.address, size)
        if self.gallery.get(found.run.key) is None:
            size = sum(map(len, found.parts.values()))
            self.gallery.put(found.run, found.thumbnail, size, self._me.address, "", ("imported",))
        return found.run.key

    def delete(self, key: str, person: Person | None = None) -> None:
        """Delete a result everywhere: cache, archive, gallery. Its share links say that it is gone.

        Args:
            key: of the run.
            person: who asks; by default whoever this asks for.

        Raises:
            InvalidSpec: the run is live.
            NotAllowed: it is somebody else's.
        """
        run, piece = self._records.get(key), self.gallery.get(key)
        if not run.over:
            raise InvalidSpec(message("a run that is over", f"{key} ({run.status})", "Cancel it first."))
        require(person or self._me, "delete a result", run.by, *([piece.by] if piece else []))
        self.gallery.remove(key)
        self._library.archive.delete(key)
        self._store.runs.forget(key)
