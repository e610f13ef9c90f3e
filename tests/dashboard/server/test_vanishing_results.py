"""Results that go while somebody is sent them: evicted in the middle of a download, or deleted behind a share link.

Whoever asks is told in a sentence, nothing of half a file is sent or kept, and where the file store has the result the
download goes on from there.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from dashboard.server.api import API_ROUTES
from dashboard.server.caches import clear_caches
from dashboard.server.downloads import REPORT, WHOLE, download_url
from shared.analyses import FilterAtlas
from shared.client import Client
from shared.client.results_service import READ_AT_ONCE
from shared.errors import UnknownRun
from shared.store.parts import Parts
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas, completed
from tests.fixtures.synthetic_runs import finished_atlas

# More parts than are read at once, so that there is a middle.
COUNT = READ_AT_ONCE + 8
LARGE = FilterAtlas(model="keras/vgg16/random", layer="block2_conv1", channels=f"0-{COUNT - 1}", size=16, steps=4,
                    precision="float32")  # fmt: skip
NAMES = (WHOLE, REPORT, "arrays.npz", "sheet.png", f"tiles/{COUNT - 1:04d}.png", "curves.csv", "manifest.json")


@pytest.fixture(autouse=True)
def temporary(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The dashboard's folder for temporary files."""
    point_dashboard_at(client, monkeypatch)
    (folder := tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    clear_caches()


@pytest.fixture
def spend_the_budget_midway(client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let another run take the whole cache once the first parts of a result were read; whether that has happened."""
    read_many, happened = Parts.read_many, [0]

    def read(self: Parts, key: str, indices: list[int]) -> dict[int, bytes]:
        found = read_many(self, key, indices)
        if key == LARGE.key() and not happened[0]:
            happened[0] = 1
            client.store.client.set("convscope:budget", 1)
            completed(client.store, atlas(seed=7))
            client.store.client.delete("convscope:budget")
        return found

    monkeypatch.setattr(Parts, "read_many", read)
    return lambda: bool(happened[0])


def whole(name: str, answer: httpx.Response) -> bool:
    """Whether an answer is a file that opens and has everything in it."""
    data = io.BytesIO(answer.content)
    if name in (WHOLE, "arrays.npz"):
        assert zipfile.ZipFile(data).testzip() is None
        data.seek(0)
    if name == "arrays.npz":
        return len(np.load(data)["tiles"]) == COUNT
    if name == WHOLE:
        return len([n for n in zipfile.ZipFile(data).namelist() if n.endswith(".part")]) == COUNT
    if name.endswith(".png"):
        Image.open(data).load()
    return len(answer.content) > 100


@pytest.mark.parametrize("name", [WHOLE, REPORT, "arrays.npz", "sheet.png"])
def test_a_result_that_is_evicted_midway_is_said_to_be_gone_and_never_sent_by_halves(
    name: str, client: Client, temporary: Path, spend_the_budget_midway: Callable[[], bool]
) -> None:
    key = finished_atlas(client.store, LARGE, COUNT)
    answer = ask_route(download_url(key, name))
    assert spend_the_budget_midway() and client.record(key).evicted, "it was evicted, or this says nothing"
    assert answer.status_code == 410 and "run it again" in answer.text and len(answer.content) < 400
    assert not list(temporary.iterdir())
    finished_atlas(client.store, LARGE, COUNT)
    again = ask_route(download_url(key, name))
    assert again.status_code == 200 and whole(name, again), "nothing of the half is kept"


@pytest.mark.parametrize("name", [WHOLE, REPORT, "arrays.npz", "sheet.png"])
def test_a_download_goes_on_from_the_file_store_where_a_link_keeps_the_result(
    name: str, client: Client, request: pytest.FixtureRequest
) -> None:
    key = finished_atlas(client.store, LARGE, COUNT)
    client.results.share(key)
    client.store.parts.unpin(key)
    spend_the_budget_midway = request.getfixturevalue("spend_the_budget_midway")  # from now on
    answer = ask_route(download_url(key, name))
    assert spend_the_budget_midway() and client.store.parts.indices(key) == set()
    assert answer.status_code == 200 and whole(name, answer)


def test_a_script_that_asks_for_a_result_evicted_midway_is_told(
    client: Client, temporary: Path, spend_the_budget_midway: Callable[[], bool]
) -> None:
    key = finished_atlas(client.store, LARGE, COUNT)
    _, token = client.library.tokens.make("ada@example.org")
    headers = {"Authorization": f"Bearer {token}"}
    answer = ask_route(f"/api/runs/{key}/result.zip", headers=headers, routes=API_ROUTES)
    assert spend_the_budget_midway() and answer.status_code in (404, 410) and "run it again" in answer.json()["error"]
    assert not list(temporary.iterdir())


def test_a_result_read_whole_is_whole_or_gone(
    client: Client, spend_the_budget_midway: Callable[[], bool], tmp_path: Path
) -> None:
    """What the command line and notebooks read."""
    key = finished_atlas(client.store, LARGE, COUNT)
    with pytest.raises(UnknownRun, match="run it again"):
        client.result(key)
    assert spend_the_budget_midway()


@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "never seen"])
@pytest.mark.parametrize("imported", [False, True], ids=["computed", "imported"])
def test_a_link_opens_nothing_once_its_result_is_deleted(
    seen: bool, imported: bool, client: Client, tmp_path: Path
) -> None:
    key = finished_atlas(client.store, LARGE, COUNT)
    if imported:
        path = tmp_path / "result.zip"
        with path.open("wb") as file:
            client.results.export(key, file)
        client.results.delete(key)
        key = client.results.import_zip(path)
    share = client.results.share(key)
    address = f"/share/{client.library.shares.token(share)}"
    if seen:
        assert ask_route(address).status_code == 200
    kept = list((client.settings.data / "files" / "blobs").rglob("*"))
    assert any(path.is_file() for path in kept)
    client.results.delete(key)
    answer = ask_route(address)
    assert answer.status_code == 410 and "gone" in answer.text and "data:image" not in answer.text
    for name in NAMES:
        assert ask_route(download_url(key, name)).status_code in (404, 410), name
    left = [path for path in (client.settings.data / "files" / "blobs").rglob("*") if path.is_file()]
    assert not left, "its files are gone with it"


def test_deleting_a_result_leaves_another_that_has_parts_of_it(client: Client, tmp_path: Path) -> None:
    """An import has the very parts of the computed result that it was exported from."""
    key, path = finished_atlas(client.store, LARGE, COUNT), tmp_path / "result.zip"
    with path.open("wb") as file:
        client.results.export(key, file)
    imported = client.results.import_zip(path)
    client.results.share(key)
    token = client.library.shares.token(client.results.share(imported))
    client.results.delete(key)
    assert ask_route(f"/share/{token}").status_code == 200
    assert len(client.result(imported).parts) == COUNT
