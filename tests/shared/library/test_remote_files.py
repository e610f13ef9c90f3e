"""A file store at an address: what other processes add is seen, and what is wrong with it is one sentence."""

import os
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from shared.errors import FilesUnavailable, InvalidSettings, StoreUnavailable
from shared.library import FileStore


class BucketOnDisk(LocalFileSystem):
    """Keeps the listings that it has read, as drivers of object stores do, unless it is told not to."""

    protocol = "bucketondisk"
    away = False

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return super()._strip_protocol(str(path).removeprefix("bucketondisk://"))

    def ls(self, path: str, detail: bool = False, **kwargs: Any) -> Any:
        if self.away:
            raise RuntimeError("EndpointConnectionError: nobody answers at https://s3.example.org")
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail=True, **kwargs)
            if not self.dircache.use_listings_cache:
                return super().ls(path, detail=detail, **kwargs)
        rows = self.dircache[path]
        return rows if detail else [row["name"] for row in rows]

    def info(self, path: str, **kwargs: Any) -> Any:
        if self.away:
            raise PermissionError("the access key is not known")
        return super().info(path, **kwargs)


@pytest.fixture(autouse=True)
def bucket() -> None:
    fsspec.register_implementation("bucketondisk", BucketOnDisk, clobber=True)
    BucketOnDisk.clear_instance_cache()


@pytest.fixture
def stores(tmp_path: Path) -> tuple[FileStore, FileStore]:
    """Two processes' views of one bucket."""
    os.makedirs(tmp_path / "bucket")
    address = f"bucketondisk://{tmp_path / 'bucket'}"
    one = FileStore(address, cache=tmp_path / "one")
    BucketOnDisk.clear_instance_cache()
    return one, FileStore(address, cache=tmp_path / "other")


def test_what_another_process_adds_is_seen_at_once(stores: tuple[FileStore, FileStore]) -> None:
    dashboard, worker = stores
    worker.write_record("models", "first", {"title": "1"})
    assert [name for name, _ in dashboard.records("models")] == ["first"]
    worker.write_record("models", "second", {"title": "2"})
    assert [name for name, _ in dashboard.records("models")] == ["first", "second"]
    worker.delete_record("models", "first")
    assert [name for name, _ in dashboard.records("models")] == ["second"]


def test_this_bucket_does_keep_listings_where_it_may(tmp_path: Path) -> None:
    """Or the test above could not fail."""
    kept, path = BucketOnDisk(), str(tmp_path)
    assert kept.ls(path) == []
    (tmp_path / "new").touch()
    assert kept.ls(path) == []


def test_a_store_that_is_away_or_lets_nobody_in_is_one_sentence_and_an_outage(
    stores: tuple[FileStore, FileStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = stores
    store.check()
    store.write_record("models", "first", {"title": "1"})
    monkeypatch.setattr(BucketOnDisk, "away", True)
    for asked in (store.check, lambda: list(store.records("models")), lambda: store.has(f"sha256:{'0' * 64}")):
        with pytest.raises(FilesUnavailable, match=r"cannot be used .*nothing is lost"):
            asked()
    assert issubclass(FilesUnavailable, StoreUnavailable), "runs wait and go on, as in an outage of Redis"
    monkeypatch.setattr(BucketOnDisk, "away", False)
    assert [name for name, _ in store.records("models")] == ["first"]


def test_a_missing_driver_and_an_unknown_address_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for driver in ("obstore", "s3fs"):
        monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(InvalidSettings, match=r"Install the driver beside Convscope \(obstore for s3://"):
        FileStore("s3://bucket/files", cache=tmp_path)
    with pytest.raises(InvalidSettings, match="nosuch"):
        FileStore("nosuch://bucket/files", cache=tmp_path)


def test_no_secret_of_an_address_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as said:
        FileStore("nosuch://key:hunter2@bucket/files", cache=tmp_path)
    assert "hunter2" not in str(said.value) and "//…@bucket" in str(said.value)


def test_a_dashboard_whose_files_are_away_is_not_ready(
    stores: tuple[FileStore, FileStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    import json
    from types import SimpleNamespace

    from dashboard.server import routes

    workers = SimpleNamespace(all=lambda: ["a worker"])
    client = SimpleNamespace(store=SimpleNamespace(workers=workers), library=SimpleNamespace(files=stores[0]))
    monkeypatch.setattr(routes, "get_client", lambda: client)
    assert routes.ready(None).status_code == 200  # type: ignore[arg-type]
    monkeypatch.setattr(BucketOnDisk, "away", True)
    answer = routes.ready(None)  # type: ignore[arg-type]
    assert answer.status_code == 503 and "The file store" in json.loads(bytes(answer.body))["reason"]
