"""The page Films: what of a film is there, and what is said of it."""

import pytest

from shared.client import Client
from shared.library.films import new_film
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit, words
from tests.fixtures.film import made_film


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_without_a_film_the_page_says_how_to_make_one(client: Client) -> None:
    page = visit("films")
    assert not page.exception and "No film yet" in words(page)
    assert "convscope.keras" in page.code[0].value


def test_a_film_has_a_strip_a_layer_and_one_of_heat_maps(client: Client) -> None:
    film = made_film(client)
    page = visit("films", film=film.id)
    assert not page.exception
    data = element(page, f"reel-{film.id}")
    assert [frame["epoch"] for frame in data["frames"]] == [1, 2, 3] and "loss 0.5" in data["frames"][1]["words"]
    assert [(strip["title"], len(strip["cells"])) for strip in data["strips"]] == [
        ("conv1", 4), ("conv2", 8), ("Heat maps", 2),
    ]  # fmt: skip
    tiles = [cell for strip in data["strips"] for cell in strip["cells"]]
    urls = [frame["url"] for cell in tiles for frame in cell["frames"]]
    assert all(urls) and len(set(urls)) == len(urls)
    assert tiles[-1]["name"] == "coffee" and "%" in tiles[-1]["frames"][0]["words"]
    assert tiles[2]["frames"][0]["link"] == f"/channel?model=sha256%3A{1:064x}&layer=conv1&channel=2"


def test_channels_that_fell_silent_are_named_with_their_epoch(client: Client) -> None:
    film = made_film(client)
    page = visit("films", film=film.id)
    data = element(page, f"reel-{film.id}")
    silent = [frame["silent"] for frame in data["strips"][0]["cells"][2]["frames"]]
    assert silent == [False, True, True]
    assert "conv1, channel 2 fell silent by epoch 2." in words(page)
    assert "channel 5" not in words(page), "it never answered, so it did not change"


def test_numbers_and_moved_layers_are_charts(client: Client) -> None:
    film = made_film(client)
    figures = element(visit("films", film=film.id), f"film-{film.id}")["figures"]
    loss, moved = figures[0], figures[-1]
    assert [trace["name"] for trace in loss["data"]] == ["training", "validation"]
    assert loss["data"][0]["x"] == [1, 2, 3] and loss["data"][0]["y"] == [1.0, 0.5, 0.33333]
    assert all(trace["x"] == [2, 3] for trace in moved["data"]) and "moved" in moved["layout"]["title"]["text"]


def test_a_film_without_frames_waits_for_them(client: Client) -> None:
    film = client.library.films.write(new_film("rings", "mira", layers=["conv1"]))
    assert "first frame is on its way" in words(visit("films", film=film.id))


def test_names_are_shown_as_they_are(client: Client) -> None:
    film = made_film(client, by="**eve** <img src=x>", layers=("[a](https://elsewhere.example)",), pictures=())
    for page in (visit("films"), visit("films", film=film.id)):
        assert not page.exception
        assert not any("](https" in text.replace(r"\]", "") for text in [m.value for m in page.markdown])


def test_a_film_is_deleted_and_its_results_stay(client: Client) -> None:
    film = made_film(client)
    page = visit("films", film=film.id)
    page.button(key=f"delete-{film.id}").click().run()
    assert client.library.films.all() == []
    assert all(run.status == "complete" for run in client.records.get_many(list(film.frames[0].runs.values())))
