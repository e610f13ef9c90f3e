"""Downloads: made once for all who ask at a time, a few at once, sent in pieces, and gone with their result."""

import errno
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest

from dashboard.server.api import API_ROUTES
from dashboard.server.caches import clear_caches
from dashboard.server.downloads import REPORT, WHOLE, download_url
from dashboard.server.made_files import CHUNK, MADE_AT_ONCE, MOST_WAITING, MadeFile, file_response
from shared.client import Client
from shared.client.results_service import ResultsService
from shared.errors import StoreUnavailable
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point_dashboard_at(client, monkeypatch)
    yield
    clear_caches()


def test_ten_people_who_download_at_once_have_the_file_made_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = finished_atlas(client.store, atlas(), 3)
    made: list[str] = []
    export = ResultsService.export

    def slow(self: ResultsService, key: str, file: IO[bytes], *more: Any) -> None:
        made.append(key)
        time.sleep(0.3)
        export(self, key, file, *more)

    monkeypatch.setattr(ResultsService, "export", slow)
    with ThreadPoolExecutor(10) as people:
        answers = list(people.map(lambda _: ask_route(download_url(key, WHOLE)), range(10)))
    assert made == [key] and len({answer.content for answer in answers}) == 1
    assert zipfile.ZipFile(io.BytesIO(answers[0].content)).testzip() is None
    client.results.delete(key)
    for name in (WHOLE, REPORT, "arrays.npz"):
        assert ask_route(download_url(key, name)).status_code == 404, "what is deleted is not sent from memory"


def test_few_are_made_at_once_and_who_would_wait_long_is_told() -> None:
    now, most, together = 0, 0, threading.Lock()
    go = threading.Event()

    def write(file: IO[bytes]) -> None:
        nonlocal now, most
        with together:
            now, most = now + 1, max(most, now + 1)
        go.wait(10)
        file.write(b"x")
        with together:
            now -= 1

    with ThreadPoolExecutor(20) as people:
        asked = [people.submit(file_response, write, "text/plain", ("test", n)) for n in range(20)]
        time.sleep(0.3)
        refused = [one for one in asked if one.done()]
        go.set()
    assert len(refused) == 20 - MADE_AT_ONCE - MOST_WAITING and most == MADE_AT_ONCE
    for one in refused:
        with pytest.raises(StoreUnavailable, match="Try again in a minute"):
            one.result()


def test_a_file_is_read_in_pieces_by_many_at_once() -> None:
    data = bytes(range(256)) * 16384  # 4 MiB
    file = MadeFile(lambda out: out.write(data))
    readers = [file.chunks() for _ in range(3)]
    pieces = list(zip(*readers, strict=True))
    assert all(len(piece) == CHUNK for row in pieces for piece in row)
    assert b"".join(row[1] for row in pieces) == data


def test_what_cannot_be_written_is_not_kept() -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="No space left"):
            file_response(write, "text/plain", "full")
    assert file_response(lambda file: file.write(b"whole"), "text/plain", "full").headers["content-length"] == "5"


def test_an_unsatisfiable_range_leaves_no_file(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = finished_atlas(client.store, atlas(), 3)
    (temporary := tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    for name in (WHOLE, REPORT, "arrays.npz", "nothing.txt"):
        ask_route(download_url(key, name), headers={"Range": "bytes=999999999-"})
    assert not [*temporary.iterdir()]


def test_a_disk_that_takes_no_file_is_said_in_a_sentence(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    key = finished_atlas(client.store, atlas(), 1)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ResultsService, "export", full)
    answer = ask_route(download_url(key, WHOLE))
    assert answer.status_code == 503
    assert "No space left on device" in answer.text and "Make room" in answer.text


@pytest.mark.parametrize(("error", "status"), [(OSError(errno.EIO, "Input/output error"), 503), (KeyError("x"), 500)])
def test_scripts_are_answered_in_json_whatever_goes_wrong(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    key = finished_atlas(client.store, atlas(), 1)

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(ResultsService, "export", broken)
    _, token = client.library.tokens.make("ada@example.org")
    headers = {"Authorization": f"Bearer {token}"}
    answer = ask_route(f"/api/runs/{key}/result.zip", headers=headers, routes=API_ROUTES)
    assert answer.status_code == status
    assert 10 < len(answer.json()["error"]) < 300
