"""Files by the digest of their bytes: models, pictures, archived results. A folder, or any fsspec address."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from shared.errors import ConvscopeError, RefusedUpload
from shared.library.record_texts import RecordTexts
from shared.library.remote_files import no_bucket, open_address, reaching_out

CHUNK = 1024 * 1024
PART, SPOOL = ".part", "incoming"
# What nobody has written to for so long, nobody writes any more.
LEFT_SECONDS = 3600.0
REFERENCE = re.compile(r"sha256:([0-9a-f]{64})")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def check_name(name: str) -> None:
    """Refuse a name that no record can have.

    Raises:
        RefusedUpload: it is not of letters, digits, dots, dashes and underscores.
    """
    if not NAME.fullmatch(name):
        raise RefusedUpload(
            f"Expected a name of letters, digits, '.', '_' and '-', at most 80 long. Received: {name[:200]!r}. "
            "Change it."
        )


class FileStore:
    """Blobs under `blobs/ab/abcdef...`, and small JSON records under `<table>/<name>.json`.

    Every write goes to a temporary name first and is moved into place, so a reader never sees half a file.

    Args:
        address: a folder, or an fsspec address such as s3://bucket/prefix.
        cache: folder for local copies of remote blobs; a remote address needs one.
    """

    def __init__(self, address: str, cache: Path | None = None) -> None:
        self.address = address
        self._fs, self._root = open_address(address)
        self._texts = RecordTexts()
        self._local = self._fs.protocol in ("file", ("file", "local"))
        if cache is None and not self._local:
            raise ValueError(f"{address} needs a folder for local copies")
        self._cache = cache or Path(self._root) / "remote-files"

    @reaching_out
    def check(self) -> None:
        """Ask whether the store answers; a folder always does.

        Raises:
            FilesUnavailable: it is away, or lets nobody in.
        """
        if not self._local:
            self._is_there(f"{self._root}/blobs")

    def _is_there(self, path: str) -> bool:
        """fsspec's own exists() takes every error for a no, and a store that is away would seem to be empty."""
        try:
            self._fs.info(path)
        except FileNotFoundError:
            return False
        return True

    def _path(self, digest: str) -> str:
        return f"{self._root}/blobs/{digest[:2]}/{digest}"

    def put(self, source: IO[bytes], limit: int | None = None) -> str:
        """Store a stream.

        Args:
            source: open for reading, in bytes.
            limit: most bytes to accept; None for any number.

        Returns:
            "sha256:<64 hex digits>".

        Raises:
            RefusedUpload: the stream is longer than `limit`; nothing is kept.
        """
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._spool()) as spool:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise RefusedUpload(
                        f"Expected a file of at most {limit} bytes. Received more. Choose a smaller one."
                    )
                digest.update(chunk)
                spool.write(chunk)
            spool.flush()
            self._place(Path(spool.name), self._path(digest.hexdigest()))
        return f"sha256:{digest.hexdigest()}"

    def put_bytes(self, data: bytes) -> str:
        """Store bytes; returns their reference."""
        import io

        return self.put(io.BytesIO(data))

    def _spool(self) -> str:
        folder = Path(self._root) / SPOOL if self._local else self._cache
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @reaching_out
    def _place(self, source: Path, target: str) -> None:
        if self._is_there(target):
            return
        self._fs.makedirs(os.path.dirname(target), exist_ok=True)
        if not self._local:
            self._fs.put_file(str(source), target)  # object stores show an object only when it is whole
            return
        with _appearing_whole(target) as waiting:
            shutil.copyfile(source, waiting)

    @reaching_out
    def delete(self, reference: str) -> None:
        """Drop a blob, for whoever knows that nothing names it any more; one that is gone already is no error."""
        digest = _digest(reference)
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._path(digest))
        if not self._local:
            (self._cache / digest).unlink(missing_ok=True)

    @reaching_out
    def has(self, reference: str) -> bool:
        """Whether a blob is there."""
        return bool(self._is_there(self._path(_digest(reference))))

    @reaching_out
    def size(self, reference: str) -> int:
        """Bytes of a blob."""
        return int(self._fs.size(self._path(_digest(reference))))

    @reaching_out
    def read(self, reference: str) -> bytes:
        """All bytes of a blob.

        Raises:
            ConvscopeError: when it is not there.
        """
        with open(self.local_path(reference), "rb") as file:
            return file.read()

    @reaching_out
    def local_path(self, reference: str) -> Path:
        """A path that can be opened; a remote blob is copied once, and its digest checked.

        Raises:
            ConvscopeError: when the blob is missing or damaged.
        """
        digest = _digest(reference)
        if not self._is_there(self._path(digest)):
            raise ConvscopeError(f"Expected the file {reference} in the file store. It is not there. Add it again.")
        if self._local:
            return Path(self._path(digest))
        target = self._cache / digest
        if not target.exists():
            self._download(digest, target)
        return target

    def _download(self, digest: str, target: Path) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        with _appearing_whole(str(target)) as waiting:
            self._fs.get_file(self._path(digest), waiting)
            with open(waiting, "rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digest:
                raise ConvscopeError(f"The file sha256:{digest} in the file store is damaged. Add it again.")

    @reaching_out
    def write_record(self, table: str, name: str, record: dict[str, Any]) -> None:
        """Write a small JSON record, replacing an older one in one step.

        Raises:
            RefusedUpload: when the name is not letters, digits, dots, dashes and underscores.
        """
        check_name(name)
        target = f"{self._root}/{table}/{name}.json"
        self._fs.makedirs(os.path.dirname(target), exist_ok=True)
        text = json.dumps(record, sort_keys=True)
        if not self._local:
            self._fs.pipe_file(target, text.encode())
            return
        with _appearing_whole(target) as waiting:
            Path(waiting).write_text(text)

    @reaching_out
    def read_record(self, table: str, name: str) -> dict[str, Any] | None:
        """A record, or None."""
        if not NAME.fullmatch(name):
            return None
        try:
            return json.loads(self._fs.cat_file(f"{self._root}/{table}/{name}.json"))
        except FileNotFoundError as error:
            if no_bucket(error):
                raise
            return None

    @reaching_out
    def delete_record(self, table: str, name: str) -> None:
        """Drop a record; one that is gone already is no error."""
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{table}/{name}.json")

    def records(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """All records of a table by name."""
        if self._local:
            yield from ((name, json.loads(text)) for name, text in self._texts.of(f"{self._root}/{table}"))
            return
        for name in self.names(table):
            record = self.read_record(table, name)
            if record is not None:
                yield name, record

    def settled(self, table: str) -> int | None:
        """What changes with every write into a table; None while it cannot be told, as of a store elsewhere."""
        return self._texts.settled(f"{self._root}/{table}") if self._local else None

    @reaching_out
    def names(self, table: str) -> list[str]:
        """Names of the records of a table, sorted; none of them is read."""
        try:
            found = self._fs.ls(f"{self._root}/{table}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        names = sorted(os.path.basename(path) for path in found)
        return [name.removesuffix(".json") for name in names if name.endswith(".json")]


def _digest(reference: str) -> str:
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise ConvscopeError(f"Expected sha256:<64 hex digits>. Received: {reference!r}. Copy it from a list.")
    return match.group(1)


@contextlib.contextmanager
def _appearing_whole(target: str) -> Iterator[str]:
    """A name to write to; what stands there at the end is moved to `target`, and nothing is left where that fails."""
    waiting = f"{target}.{secrets.token_hex(4)}{PART}"
    try:
        yield waiting
        with open(waiting, "rb") as file:
            os.fsync(file.fileno())
        os.replace(waiting, target)
    except BaseException:  # a full disk, for one: what was begun must not fill it further
        Path(waiting).unlink(missing_ok=True)
        raise


def sweep(folder: Path, older_than: float = LEFT_SECONDS) -> int:
    """Remove what killed processes began to write below a folder; the number of files removed.

    Args:
        folder: of a file store, or of an installation's data.
        older_than: seconds since anything was written to such a file; whoever writes now writes more often.
    """
    removed = 0
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            begun = name.endswith(PART) or path.parent.name == SPOOL
            with contextlib.suppress(OSError):
                if begun and time.time() - path.stat().st_mtime > older_than:
                    path.unlink()
                    removed += 1
    return removed
