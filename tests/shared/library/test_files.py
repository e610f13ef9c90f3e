"""The file store: digests, whole files or none, names that stay inside."""

import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from shared.errors import ConvscopeError, RefusedUpload
from shared.library import FileStore, record_texts
from shared.library.files import CHUNK
from shared.library.record_texts import RecordTexts

DATA = b"weights" * 1000
REFERENCE = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
OUTSIDE = ["../evil", "a/b", "", ".hidden", "-option", "a" * 81, "name\n", "é", "a b", "C:evil"]


class BreaksMidway(io.RawIOBase):
    """A source whose second read fails, as a browser's connection does."""

    def __init__(self) -> None:
        self.reads = 0

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        if self.reads > 1:
            raise ConnectionResetError("gone")
        return b"x" * CHUNK


@pytest.fixture
def local(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[FileStore]:
    """fsspec's memory file system: what an object store looks like from here."""
    memory = fsspec.filesystem("memory")
    yield FileStore("memory://bucket/prefix", cache=tmp_path / "cache")
    memory.rm("/bucket", recursive=True) if memory.exists("/bucket") else None


@pytest.fixture(params=["local", "remote"])
def files(request: pytest.FixtureRequest) -> FileStore:
    return request.getfixturevalue(request.param)


def _kept(folder: Path) -> list[str]:
    return [p.name for p in folder.rglob("*") if p.is_file()]


def _damage(reference: str) -> None:
    """One wrong byte in a remote blob."""
    digest = reference.removeprefix("sha256:")
    fsspec.filesystem("memory").pipe_file(f"/bucket/prefix/blobs/{digest[:2]}/{digest}", DATA[:-1] + b"?")


def test_the_reference_is_the_digest_of_the_bytes(files: FileStore) -> None:
    assert files.put_bytes(DATA) == REFERENCE
    assert files.read(REFERENCE) == DATA
    assert files.size(REFERENCE) == 7 * 1000


def test_the_same_bytes_are_kept_once(local: FileStore, tmp_path: Path) -> None:
    assert local.put_bytes(DATA) == local.put_bytes(DATA)
    assert _kept(tmp_path) == [REFERENCE.removeprefix("sha256:")]


def test_a_stream_of_several_chunks_is_kept_whole(files: FileStore) -> None:
    data = bytes(range(256)) * (3 * CHUNK // 256) + b"end"
    reference = files.put(io.BytesIO(data))
    assert reference == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert files.read(reference) == data


def test_an_empty_file_is_a_file(files: FileStore) -> None:
    assert files.read(files.put_bytes(b"")) == b""


def test_a_blob_is_there_or_not(files: FileStore) -> None:
    assert not files.has(REFERENCE)
    files.put_bytes(DATA)
    assert files.has(REFERENCE)


def test_a_missing_blob_says_add_it_again(files: FileStore) -> None:
    with pytest.raises(ConvscopeError, match=r"sha256:\w+ in the file store\. It is not there\. Add it again"):
        files.read(REFERENCE)


@pytest.mark.parametrize("reference", ["", "sha256:", "sha256:../../etc/passwd", REFERENCE.upper(), REFERENCE + "0"])
def test_what_is_no_reference_is_never_a_path(files: FileStore, reference: str) -> None:
    with pytest.raises(ConvscopeError, match="Expected sha256:<64 hex digits>"):
        files.has(reference)


def test_a_stream_at_the_limit_is_taken(files: FileStore) -> None:
    assert files.put(io.BytesIO(DATA), limit=len(DATA)) == REFERENCE


def test_a_stream_over_the_limit_leaves_nothing(local: FileStore, tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match="at most 6999 bytes"):
        local.put(io.BytesIO(DATA), limit=len(DATA) - 1)
    assert _kept(tmp_path) == []


def test_an_endless_stream_is_stopped_at_the_limit(local: FileStore) -> None:
    class Endless(io.RawIOBase):
        reads = 0

        def read(self, size: int = -1) -> bytes:
            self.reads += 1
            return b"x" * CHUNK

    source = Endless()
    with pytest.raises(RefusedUpload):
        local.put(source, limit=2 * CHUNK)
    assert source.reads == 3  # two chunks fit, the third is one too many


def test_a_source_that_breaks_midway_leaves_nothing(local: FileStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        local.put(BreaksMidway())
    assert _kept(tmp_path) == []


def test_a_reader_beside_a_writer_sees_the_whole_file_or_none(local: FileStore) -> None:
    data = b"a" * (8 * CHUNK)
    reference = f"sha256:{hashlib.sha256(data).hexdigest()}"
    writer = threading.Thread(target=local.put, args=(io.BytesIO(data),))
    writer.start()
    while writer.is_alive():
        assert not local.has(reference) or local.size(reference) == len(data)
    writer.join()
    assert local.size(reference) == len(data)


def test_a_local_blob_is_opened_where_it_lies(local: FileStore, tmp_path: Path) -> None:
    assert local.local_path(local.put_bytes(DATA)).is_relative_to(tmp_path / "files")


def test_a_remote_blob_is_fetched_once(remote: FileStore, tmp_path: Path) -> None:
    path = remote.local_path(remote.put_bytes(DATA))
    assert path.is_relative_to(tmp_path / "cache")
    _damage(REFERENCE)  # the copy is not fetched again
    assert remote.local_path(REFERENCE) == path
    assert path.read_bytes() == DATA


def test_a_damaged_remote_blob_is_noticed_and_not_kept(remote: FileStore, tmp_path: Path) -> None:
    _damage(remote.put_bytes(DATA))
    with pytest.raises(ConvscopeError, match=r"is damaged\. Add it again"):
        remote.local_path(REFERENCE)
    assert _kept(tmp_path / "cache") == []


def test_records_are_written_read_and_replaced(files: FileStore) -> None:
    files.write_record("models", "my-net_2.1", {"reference": "a"})
    files.write_record("models", "my-net_2.1", {"reference": "b"})
    assert files.read_record("models", "my-net_2.1") == {"reference": "b"}


def test_records_are_listed_by_name(files: FileStore) -> None:
    for name in ("b", "a", "c.json"):
        files.write_record("models", name, {"n": name})
    files.write_record("images", "other", {})
    assert list(files.records("models")) == [("a", {"n": "a"}), ("b", {"n": "b"}), ("c.json", {"n": "c.json"})]


def test_records_of_a_folder_are_read_again_where_something_was_written(local: FileStore, tmp_path: Path) -> None:
    """Mutation that was tried: the folder's time left out of account, with which the second row is never seen."""
    folder = tmp_path / "files" / "notes"
    rows = lambda: [record["n"] for _, record in local.records("notes")]  # noqa: E731
    for number in range(20):  # as quickly as a clock can tell apart, or more so
        local.write_record("notes", "a", {"n": number})
        assert rows() == [number]
    long_ago(folder)
    assert rows() == [19]
    (folder / "a.json").write_text('{"n": 99}')  # by hand, in place
    assert rows() == [19], "nothing is read again while the folder is as it was"
    local.write_record("notes", "b", {"n": 20})
    assert rows() == [99, 20]
    long_ago(folder)
    assert rows() == [99, 20]
    local.delete_record("notes", "a")
    assert rows() == [20]
    next(local.records("notes"))[1]["n"] = 7
    assert rows() == [20], "what is done to a row is done to no other reader's"


def test_texts_of_records_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_texts, "MOST_LETTERS", 25)
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.json").write_text("x" * 10)
        long_ago(tmp_path / name)
    texts = RecordTexts()
    for name in "abc":
        assert texts.of(str(tmp_path / name)) == (("one", "x" * 10),)
    assert [Path(folder).name for folder in texts._kept] == ["b", "c"]
    assert texts.of(str(tmp_path / "none")) == ()


def long_ago(folder: Path) -> None:
    """As if nothing had been written into a folder for an hour."""
    then = time.time() - 3600
    os.utime(folder, (then, then))


def test_an_unknown_record_and_an_empty_table_are_nothing(files: FileStore) -> None:
    assert files.read_record("models", "absent") is None
    assert list(files.records("models")) == []


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_could_leave_the_folder_is_refused(files: FileStore, name: str) -> None:
    with pytest.raises(RefusedUpload, match=r"Expected a name of letters, digits.*Change it"):
        files.write_record("models", name, {})
    assert files.read_record("models", name) is None


def test_a_record_is_replaced_in_one_step(local: FileStore, tmp_path: Path) -> None:
    before = (tmp_path / "files" / "models", {"text": "x" * 100_000})
    local.write_record("models", "a", before[1])
    writer = threading.Thread(target=lambda: [local.write_record("models", "a", {"text": "y"}) for _ in range(20)])
    writer.start()
    while writer.is_alive():
        assert local.read_record("models", "a") in (before[1], {"text": "y"})
    writer.join()
    assert _kept(before[0]) == ["a.json"]


def test_a_remote_address_needs_a_folder_for_copies() -> None:
    with pytest.raises(ValueError, match="memory://bucket needs a folder"):
        FileStore("memory://bucket")
