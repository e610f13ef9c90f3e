"""Bands that are chosen hold for whatever is drawn of a result: addresses, files, reports, links, requests."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image, ImageSequence
from typer.testing import CliRunner

from dashboard.analyses.channel_portrait.routes import frames_url
from dashboard.server.addresses import animation_url, part_url
from dashboard.server.downloads import download_url
from dashboard.server.interface import INTERFACE_ROUTES
from dashboard.widgets.best_tiles import strip_url
from shared.analyses import FilterAtlas
from shared.analyses.filter_atlas.parts import TILE
from shared.cli import app
from shared.client import Client
from shared.results import Part, encode_part
from shared.settings import get_settings
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit
from tests.fixtures.synthetic_ascents import CLASSES, class_part
from tests.fixtures.synthetic_runs import FACTS, begin

ATLAS = FilterAtlas(model="keras/vgg16/random", layer="block1_conv1", channels=(0, 1), size=24, steps=4,
                    precision="float32")  # fmt: skip
SIDE = 24
# Band n is n everywhere: which were drawn stands in the colours.
EVERY = np.broadcast_to(np.array([10, 60, 110, 160, 210, 250], np.uint8), (SIDE, SIDE, 6)).copy()
USUAL, CHOSEN, GREY = [10, 60, 110], [210, 110, 10], [210] * 3
ASKED = "?bands=5,3,1"


def six(part: Part, name: str) -> Part:
    """A part as a network of six bands has it."""
    arrays = {**part.arrays, f"{name}_bands": EVERY}
    if "history" in part.arrays:
        frames = np.stack([EVERY] * 3)
        arrays |= {"history": frames[..., :3], "history_bands": frames}
    return replace(part, pictures={name: EVERY[..., :3]}, arrays=arrays)


@pytest.fixture
def images(client: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """Class images of six bands; returns the run's key."""
    point_dashboard_at(client, monkeypatch)
    fence = begin(client.store, CLASSES, 4)
    for index in range(4):
        part = six(class_part(index, 65 if index < 2 else 18, "naive" if index % 2 == 0 else "regularised"), "image")
        client.store.runs.write(CLASSES.key(), fence, (index, encode_part(part)), {})
    client.store.runs.finish(CLASSES.key(), fence, FACTS)
    return CLASSES.key()


@pytest.fixture
def atlas(client: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """An atlas of six bands."""
    point_dashboard_at(client, monkeypatch)
    fence = begin(client.store, ATLAS, 2)
    for index in range(2):
        facts = {"channel": index, "objective": 1.0, "objective_start": 0.0, "dead": False, "starts": 1}
        part = TILE.part(index, "", pictures={"tile": EVERY[..., :3]}, facts=facts,
                         arrays={"objective": np.ones(4, np.float32), "tile_bands": EVERY})  # fmt: skip
        client.store.runs.write(ATLAS.key(), fence, (index, encode_part(part)), {})
    client.store.runs.finish(ATLAS.key(), fence, FACTS)
    return ATLAS.key()


def colour(data: bytes) -> list[int]:
    """What a picture shows in its middle."""
    with Image.open(io.BytesIO(data)) as opened:
        pixels = np.asarray(opened.convert("RGB"))
    return pixels[len(pixels) // 3, len(pixels[0]) // 3].tolist()


def near(found: list[int], expected: list[int]) -> bool:
    return bool(np.abs(np.subtract(found, expected)).max() <= 6)  # JPEG, and the palette of a GIF


def test_pictures_animations_and_strips_are_asked_in_bands(client: Client, images: str) -> None:
    run = client.record(images)
    for address in (part_url(images, 0, "image"), animation_url(images, 0), frames_url(run, 0)):
        for query, expected in (("", USUAL), (ASKED, CHOSEN), ("?bands=5", GREY), ("?bands=9,1,1", USUAL)):
            assert near(colour(ask_route(f"{address}{query}").content), expected), (address, query)
    with Image.open(io.BytesIO(ask_route(f"{animation_url(images, 0)}{ASKED}").content)) as gif:
        assert all(near(np.asarray(f.convert("RGB"))[9, 9].tolist(), CHOSEN) for f in ImageSequence.Iterator(gif))


@pytest.mark.parametrize("name", ["065_animal_65_naive.png", "history.gif", "065_animal_65_naive.gif"])
def test_a_file_is_drawn_in_bands(images: str, name: str) -> None:
    assert near(colour(ask_route(download_url(images, name)).content), USUAL)
    assert near(colour(ask_route(f"{download_url(images, name)}{ASKED}").content), CHOSEN)


@pytest.mark.parametrize("name", ["sheet.png", "tiles/0.png"])
def test_files_of_an_atlas_are_drawn_in_bands(atlas: str, name: str) -> None:
    assert colour(ask_route(download_url(atlas, name)).content) == USUAL
    assert colour(ask_route(f"{download_url(atlas, name)}{ASKED}").content) == CHOSEN


def test_the_numbers_of_an_atlas_have_every_band_and_its_best_tiles_the_chosen(client: Client, atlas: str) -> None:
    arrays = np.load(io.BytesIO(ask_route(f"{download_url(atlas, 'arrays.npz')}{ASKED}").content))
    assert np.array_equal(arrays["tiles_bands"], np.stack([EVERY] * 2))
    assert arrays["tiles"][0, 0, 0].tolist() == CHOSEN
    strip = strip_url(client.record(atlas))
    assert near(colour(ask_route(strip).content), USUAL) and near(colour(ask_route(f"{strip}{ASKED}").content), CHOSEN)


def test_report_and_zip_say_and_draw_them(images: str) -> None:
    page = ask_route(f"{download_url(images, 'report.html')}{ASKED}").text
    assert "5, 3, 1 of 6 as red, green and blue" in page
    assert "1, 2, 3 of 6" in ask_route(download_url(images, "report.html")).text
    with zipfile.ZipFile(io.BytesIO(ask_route(f"{download_url(images, 'result.zip')}{ASKED}").content)) as archive:
        assert near(colour(archive.read("065_animal_65_naive.png")), CHOSEN)
        assert "5, 3, 1 of 6" in archive.read("report.html").decode()
        kept = next(name for name in archive.namelist() if name.endswith("00000.part"))
        assert archive.read(kept), "parts stay as they were stored"


def test_a_page_offers_its_files_in_the_bands_it_shows(images: str) -> None:
    page = visit(run=images, bands="5,3,1")
    header = element(page, "header")
    assert header is not None and header["downloads"]
    for row in header["downloads"]:
        assert parse_qs(urlsplit(row["url"]).query)["bands"] == ["5,3,1"], row


def test_a_share_link_shows_the_bands_of_the_view(client: Client, images: str) -> None:
    share = client.results.share(images, view={"bands": "5,3,1"})
    page = ask_route(f"/share/{client.library.shares.token(share)}").text
    assert "5, 3, 1 of 6 as red, green and blue" in page
    plain = client.results.share(images)
    assert "1, 2, 3 of 6" in ask_route(f"/share/{client.library.shares.token(plain)}").text


def test_a_pinned_result_is_known_by_the_bands_it_was_pinned_in(client: Client, images: str) -> None:
    client.results.pin(images, "Six", bands=(5, 3, 1))
    piece = client.results.gallery.get(images)
    assert piece is not None and near(colour(client.library.files.read(piece.thumbnail)), CHOSEN)


def test_the_command_line_draws_them_or_says_which_there_are(
    client: Client, images: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", client.settings.redis_url or "")
    monkeypatch.setenv("CONVSCOPE_DATA", str(client.settings.data))
    get_settings.cache_clear()

    def convscope(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        return result.stdout + result.stderr

    for command in (["fetch", images, "--output", tmp_path / "out"], ["export", images, tmp_path / "one.html"]):
        assert "written" in convscope(*command, "--bands", "5,3,1")
        assert "from 1 to 6" in convscope(*command, "--bands", "7")
    assert near(colour((tmp_path / "out" / "065_animal_65_naive.png").read_bytes()), CHOSEN)
    assert "5, 3, 1 of 6" in (tmp_path / "one.html").read_text()
    assert "pinned" in convscope("pin", images, "--bands", "5,3,1")
    token = urlsplit(convscope("share", images, "--bands", "5,3,1").split()[0]).path.rpartition("/")[2]
    assert client.library.shares.open(token).view == {"bands": "5,3,1"}
    get_settings.cache_clear()


def test_a_request_with_a_token_names_them(client: Client, images: str) -> None:
    _, token = client.library.tokens.make("ada@example.org")
    headers = {"Authorization": f"Bearer {token}"}

    def ask(method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        content = json.dumps(body).encode() if body else b""
        return ask_route(
            f"/api/runs/{images}/{path}", method, content=content, headers=headers, routes=INTERFACE_ROUTES
        )

    with zipfile.ZipFile(io.BytesIO(ask("GET", f"result.zip{ASKED}").content)) as archive:
        assert near(colour(archive.read("065_animal_65_naive.png")), CHOSEN)
    refused = ask("GET", "result.zip?bands=7")
    assert refused.status_code == 400 and "from 1 to 6" in refused.text
    assert ask("POST", "pin", {"bands": "5,3,1"}).status_code == 200
    assert near(colour(client.library.files.read(client.results.gallery.get(images).thumbnail)), CHOSEN)
    link = ask("POST", "share", {"bands": "5"}).json()["link"]
    assert client.library.shares.open(link.rpartition("/")[2]).view == {"bands": "5"}
