"""Files in an S3-compatible object store, by the driver that the extra `buckets` brings."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from shared.errors import ConvscopeError, FilesUnavailable, InvalidSettings
from shared.library import FileStore
from tests.fixtures.buckets import Bucket

obstore = pytest.importorskip("obstore.fsspec", reason="obstore is not installed (make setup brings it)")


@pytest.fixture(scope="module")
def running() -> Iterator[Bucket]:
    made = Bucket()
    made.come()
    yield made
    made.go_away()


@pytest.fixture
def bucket(running: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    running.make()
    return running


@pytest.fixture
def stores(bucket: Bucket, tmp_path: Path) -> tuple[FileStore, FileStore]:
    """Two processes' views of one bucket."""
    one = FileStore(bucket.url, cache=tmp_path / "one")
    obstore.FsspecStore.clear_instance_cache()
    return one, FileStore(bucket.url, cache=tmp_path / "other")


def test_blobs_go_in_and_come_out_whole(stores: tuple[FileStore, FileStore]) -> None:
    """Nine megabytes are sent in several pieces."""
    here, there = stores
    data = bytes(range(256)) * 36_000
    reference = here.put(io.BytesIO(data))
    assert there.has(reference) and there.size(reference) == len(data)
    assert there.read(reference) == data
    assert here.put(io.BytesIO(data)) == reference, "a second time nothing is sent"
    here.delete(reference)
    here.delete(reference)
    assert not there.has(reference)
    with pytest.raises(ConvscopeError, match="is not there"):
        FileStore(here.address, cache=here._cache / "new").local_path(reference)


def test_what_another_process_adds_or_removes_is_seen_at_once(stores: tuple[FileStore, FileStore]) -> None:
    dashboard, worker = stores
    assert dashboard.names("models") == []
    worker.write_record("models", "first", {"title": "1"})
    assert dict(dashboard.records("models")) == {"first": {"title": "1"}}
    worker.write_record("models", "second", {"title": "2"})
    worker.write_record("models", "first", {"title": "changed"})
    assert dict(dashboard.records("models")) == {"first": {"title": "changed"}, "second": {"title": "2"}}
    worker.delete_record("models", "first")
    worker.delete_record("models", "first")
    assert dashboard.names("models") == ["second"] and dashboard.read_record("models", "first") is None


def everything(store: FileStore) -> list[object]:
    """Each way of asking for files."""
    reference = f"sha256:{'0' * 64}"
    return [
        store.check, lambda: store.names("models"), lambda: list(store.records("models")),
        lambda: store.read_record("models", "first"), lambda: store.write_record("models", "first", {}),
        lambda: store.put(io.BytesIO(b"new")), lambda: store.has(reference), lambda: store.read(reference),
    ]  # fmt: skip


def test_a_store_that_is_away_is_one_sentence_and_holds_all_when_it_is_back(
    bucket: Bucket, stores: tuple[FileStore, FileStore]
) -> None:
    store, other = stores
    store.write_record("models", "first", {"title": "1"})
    bucket.go_away()
    try:
        for ask in everything(store):
            with pytest.raises(
                FilesUnavailable, match=r"^The file store s3://team/files cannot be used .*lost\.$"
            ) as no:
                ask()  # type: ignore[operator]
            assert "\n" not in str(no.value) and len(str(no.value)) < 500
    finally:
        bucket.come()
    assert dict(other.records("models")) == {"first": {"title": "1"}}


def test_refused_credentials_are_said_in_the_stores_own_words(
    bucket: Bucket, stores: tuple[FileStore, FileStore]
) -> None:
    store, other = stores
    store.write_record("models", "first", {"title": "1"})
    bucket.know_nobody()
    try:
        for ask in everything(store):
            with pytest.raises(FilesUnavailable, match="whether its credentials are right"):
                ask()  # type: ignore[operator]
        with pytest.raises(FilesUnavailable, match="InvalidAccessKeyId"):
            store.names("models")
    finally:
        bucket.know_nobody(False)
    assert other.names("models") == ["first"]


def test_a_bucket_that_does_not_exist_is_no_empty_one(bucket: Bucket, tmp_path: Path) -> None:
    store = FileStore("s3://taem/files", cache=tmp_path)
    for ask in everything(store):
        with pytest.raises(FilesUnavailable, match="cannot be used"):
            ask()  # type: ignore[operator]


@pytest.mark.parametrize("address", ["s3://key:hunter2@team/files", "s3://"])
def test_credentials_in_an_address_are_refused_and_not_said(address: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="credentials belong into the environment") as said:
        FileStore(address, cache=tmp_path)
    assert "hunter2" not in str(said.value)


def test_a_dashboard_whose_bucket_is_away_or_shut_is_not_ready(
    bucket: Bucket, stores: tuple[FileStore, FileStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.server import routes

    workers = SimpleNamespace(all=lambda: ["a worker"])
    client = SimpleNamespace(store=SimpleNamespace(workers=workers), library=SimpleNamespace(files=stores[0]))
    monkeypatch.setattr(routes, "get_client", lambda: client)

    def asked() -> tuple[int, str]:
        answer = routes.ready(None)  # type: ignore[arg-type]
        return answer.status_code, json.loads(bytes(answer.body))["reason"]

    assert asked() == (200, "")
    bucket.know_nobody()
    status, reason = asked()
    bucket.know_nobody(False)
    assert status == 503 and "403 Forbidden" in reason
    bucket.go_away()
    status, reason = asked()
    bucket.come()
    assert status == 503 and "The file store s3://team/files cannot be used" in reason
    assert asked() == (200, "")
