"""Pictures, downloads and health by address."""

import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.filter_atlas.sheets import sheet_of, sheet_url
from dashboard.server.addresses import PERIOD, animation_url, is_valid, part_url, sign
from dashboard.server.caches import clear_caches
from dashboard.server.downloads import download_url
from shared.analyses import FilterAtlas
from shared.analyses.typed_parts import TileFacts
from shared.client import Client
from shared.client.results_service import READ_AT_ONCE, ResultsService
from shared.errors import UnknownRun
from shared.images.contact_sheet import columns_for, stitch
from shared.results import Part, encode_part
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.synthetic_runs import (
    atlas_part,
    begin,
    finished_atlas,
    finished_inspection,
    noise_tile,
    report_workers,
    striped_tile,
    tile_part,
    write_tiles,
)

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(8)), size=32, steps=4, precision="float32"
)


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def tiles() -> dict[int, np.ndarray]:
    """The tiles of ATLAS as they were written."""
    return {i: noise_tile(i, 32) if i % 17 == 5 else striped_tile(i, 32) for i in range(8)}


def sheet_address(client: Client) -> str:
    """Address of ATLAS's sheet as it is now."""
    sheet = sheet_of(client, client.record(ATLAS.key()))
    assert sheet is not None
    return sheet_url(sheet)


def test_the_sheet_shows_every_tile_at_its_place(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    response = ask_route(sheet_address(client))
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    picture = np.asarray(Image.open(io.BytesIO(response.content))).astype(int)
    expected = stitch(tiles(), 8).astype(int)
    assert picture.shape == expected.shape
    assert np.abs(picture - expected).mean() < 10  # a JPEG of noisy tiles; tiles at wrong places give about 60


def test_pictures_may_be_kept_for_ever_and_do_nothing_else(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    for path in (sheet_address(client), part_url(ATLAS.key(), 3, "tile")):
        headers = ask_route(path).headers
        assert "immutable" in headers["cache-control"] and "max-age=31536000" in headers["cache-control"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'"


def test_a_tile_is_the_very_picture_that_was_made(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    response = ask_route(part_url(ATLAS.key(), 3, "tile"))
    assert response.headers["content-type"] == "image/png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(response.content))), striped_tile(3, 32))


def test_only_new_tiles_are_read_while_a_run_is_live(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fence = begin(client.store, ATLAS, 8)
    write_tiles(client.store, ATLAS, fence, 8, 0, 3)
    first = sheet_address(client)
    write_tiles(client.store, ATLAS, fence, 8, 3, 5)
    asked: list[int] = []
    read = ResultsService.parts
    monkeypatch.setattr(
        ResultsService, "parts", lambda self, key, indices: asked.extend(indices) or read(self, key, indices)
    )
    second = sheet_address(client)
    assert asked == [3, 4] and first != second
    assert ask_route(second).status_code == 200


def test_a_foreign_signature_is_refused(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    good = part_url(ATLAS.key(), 3, "tile")
    token = sign(ATLAS.key())
    for bad in ("x", token[:-2] + "AA", sign("filter_atlas-v1-" + "1" * 32)):
        response = ask_route(good.replace(token, bad))
        assert (response.status_code, response.headers["content-type"]) == (403, "text/plain; charset=utf-8")
        assert "no-store" in response.headers["cache-control"]


def test_a_token_is_the_same_all_morning_and_expires_within_a_day() -> None:
    noon = 500 * PERIOD
    token = sign("k", noon + 60)
    assert token == sign("k", noon + PERIOD - 1)
    assert is_valid(token, "k", noon + PERIOD + 60) and not is_valid(token, "other", noon + 60)
    assert not is_valid(token, "k", noon + 2 * PERIOD)


def test_the_secret_is_made_once_and_readable_by_its_owner_only(client: Client) -> None:
    sign("k")
    path = client.settings.data / "secret"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert len(path.read_text()) > 30 and not list(path.parent.glob("*.part"))


def test_what_was_evicted_is_gone(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    path = sheet_address(client)
    client.store.client.delete(f"convscope:parts:{ATLAS.key()}")
    clear_caches()
    assert ask_route(path).status_code == 410
    assert ask_route(part_url(ATLAS.key(), 3, "tile")).status_code == 410
    assert ask_route(download_url(ATLAS.key(), "arrays.npz")).status_code == 410


@pytest.mark.parametrize("name", ["arrays.npz", "sheet.png", "report.html", "result.zip"])
def test_half_a_result_is_refused_and_leaves_no_file(
    client: Client, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished_atlas(client.store, ATLAS, 8)
    client.store.client.hdel(f"convscope:parts:{ATLAS.key()}", "5")
    (tmp_path / "spool").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spool"))
    response = ask_route(download_url(ATLAS.key(), name))
    assert (response.status_code, response.headers["cache-control"]) == (410, "no-store")
    assert "without part 5" in response.text and "run it again" in response.text
    assert not list((tmp_path / "spool").iterdir())


def test_a_result_that_leaves_while_it_is_read_ends_the_reading(client: Client) -> None:
    spec = ATLAS.model_copy(update={"channels": tuple(range(READ_AT_ONCE + 8)), "size": 8})
    run = client.record(finished_atlas(client.store, spec, READ_AT_ONCE + 8))
    parts = client.results.each_part(run)
    assert next(parts)[0] == 0
    client.store.client.delete(f"convscope:parts:{run.key}")
    with pytest.raises(UnknownRun, match=f"without part {READ_AT_ONCE}"):
        list(parts)


def test_an_archived_result_is_read_part_by_part(client: Client) -> None:
    client.results.pin(finished_atlas(client.store, ATLAS, 8))
    client.store.client.delete(f"convscope:parts:{ATLAS.key()}")
    assert client.results.parts(ATLAS.key(), [2, 6]) == {i: atlas_part(i, i, 32, 4) for i in (2, 6)}
    with np.load(io.BytesIO(ask_route(download_url(ATLAS.key(), "arrays.npz")).content)) as arrays:
        assert arrays["tiles"].shape == (8, 32, 32, 3)


def test_an_unknown_run_is_not_found() -> None:
    key = "filter_atlas-v1-" + "0" * 32
    assert ask_route(f"/img/sheet/{sign(key)}/{key}/3-1/quick.jpg").status_code == 404
    assert ask_route(download_url(key, "manifest.json")).status_code == 404


def test_the_downloaded_sheet_is_lossless(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    response = ask_route(download_url(ATLAS.key(), "sheet.png"))
    assert "attachment" in response.headers["content-disposition"]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(response.content))), stitch(tiles(), 8, columns_for(8)))


def test_the_downloaded_arrays_are_those_of_the_result(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    response = ask_route(download_url(ATLAS.key(), "arrays.npz"))
    with np.load(io.BytesIO(response.content)) as arrays:
        assert np.array_equal(arrays["tiles"], np.stack([tiles()[i] for i in range(8)]))
        assert arrays["objective"].shape == (8, 4) and arrays["objective"].dtype == np.float32
        assert list(arrays["dead"]) == [i == 5 for i in range(8)]
        assert list(arrays["channels"]) == list(range(8))
    assert zipfile.is_zipfile(io.BytesIO(response.content))


def test_the_manifest_and_the_layer_table_can_be_downloaded(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    assert json.loads(ask_route(download_url(ATLAS.key(), "manifest.json")).content)["key"] == ATLAS.key()
    table = ask_route(download_url(finished_inspection(client, ATLAS.model), "layers.csv")).text
    assert table.splitlines()[0].startswith("path,class") and "block1_conv1" in table


def test_a_file_of_another_name_is_not_there(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    for name in ("secret", "tiles/99.png", "layers.csv", "..%2Fsecret"):
        assert ask_route(download_url(ATLAS.key(), name)).status_code in (404, 410)


def test_alive_says_ok_without_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.server.routes.get_client", lambda: pytest.fail("asked the store"))
    assert (ask_route("/healthz").status_code, ask_route("/healthz").text) == (200, "ok")


def test_ready_needs_a_store_and_a_worker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (ask_route("/readyz").status_code, ask_route("/readyz").json()["workers"]) == (503, 0)
    report_workers(client.store)
    assert (ask_route("/readyz").status_code, ask_route("/readyz").json()["workers"]) == (200, 2)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    from shared.settings import get_settings

    get_settings.cache_clear()
    response = ask_route("/readyz")
    assert (response.status_code, response.json()["store"]) == (503, False)


def test_a_grey_tile_is_drawn_too(client: Client) -> None:
    grey = np.full((32, 32), 200, np.uint8)
    fence = begin(client.store, ATLAS, 8)
    facts: TileFacts = {"channel": 0, "objective": 1.0, "objective_start": 0.0, "dead": False, "starts": 1}
    data = encode_part(tile_part(0, grey, np.ones(4, np.float32), facts))
    client.store.runs.write(ATLAS.key(), fence, (0, data), {})
    client.store.runs.write(ATLAS.key(), fence, (1, atlas_part(1, 1, 32, 4)), {})
    picture = np.asarray(Image.open(io.BytesIO(ask_route(sheet_address(client)).content)))
    assert abs(int(picture[16, 16, 0]) - 200) < 4
    sheet = Image.open(io.BytesIO(ask_route(download_url(ATLAS.key(), "sheet.png")).content))
    assert np.asarray(sheet)[16, 16].tolist() == [200, 200, 200]


def test_an_array_of_frames_is_a_gif_that_rests_on_its_last_frame(client: Client) -> None:
    frames = np.zeros((3, 8, 8, 3), np.uint8)
    frames[1], frames[2] = (255, 0, 0), (0, 0, 255)
    fence = begin(client.store, ATLAS, 8)
    data = encode_part(Part(0, "one", {"large": frames[2]}, {"history": frames, "curve": np.zeros(3, np.float32)}))
    client.store.runs.write(ATLAS.key(), fence, (0, data), {})
    with Image.open(io.BytesIO(ask_route(animation_url(ATLAS.key(), 0)).content)) as gif:
        assert (gif.format, gif.n_frames) == ("GIF", 3)
        shown = []
        for number in range(3):
            gif.seek(number)
            shown.append((gif.info["duration"], np.asarray(gif.convert("RGB"))[4, 4].tolist()))
    assert shown == [(80, [0, 0, 0]), (80, [255, 0, 0]), (1500, [0, 0, 255])]
    assert ask_route(animation_url(ATLAS.key(), 0, "curve")).status_code == 410
    large = np.asarray(Image.open(io.BytesIO(ask_route(part_url(ATLAS.key(), 0, "large")).content)))
    assert np.array_equal(large, frames[2])
    assert ask_route(part_url(ATLAS.key(), 0, "none")).status_code == 410
