"""The pages Data sets and Augmentation without a browser: what they show, and what their addresses keep."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.server.downloads import download_url
from dashboard.team.datasets.view import sample_numbers
from dashboard.widgets.dataset_pictures import COLUMNS, EDGE, large_jpeg, masked_jpeg, pictures_url
from dashboard.widgets.dataset_report import warnings
from shared.analyses import AugmentationPreview
from shared.client import Client
from shared.images.contact_sheet import GAP
from shared.library.datasets.report import report
from shared.library.datasets.splits import Shares
from tests.analyses.augmentation_preview.parts import finished_preview
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.small_datasets import encoded, pixels, two_classes, write_zip
from tests.fixtures.synthetic_runs import report_workers

LEAK = encoded(pixels(700, 60, 60))
FILES = {**two_classes(8, "train"), **two_classes(3, "val", 100), "train/cats/leak.png": LEAK,
         "val/dogs/leak.png": LEAK, "train/dogs/bad.jpg": b"x"}  # fmt: skip


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


@pytest.fixture
def pets(client: Client, tmp_path: Path) -> str:
    """Reference of a data set with a leak and an unreadable picture."""
    checked = client.datasets.check(write_zip(tmp_path / "pets.zip", FILES))
    return client.datasets.keep(checked, "pets", Shares(), skip_unreadable=True, title="pets.zip")


def test_the_page_opens_with_the_digits() -> None:
    page = visit("datasets")
    assert not page.error and page.header[0].value == "Data sets"
    assert "".join(page.query_params["dataset"]) == "builtin/digits"
    assert "1,797 greyscale pictures in 10 classes" in words(page) and "None yet" in words(page)
    grid = element(page, "grid-samples")
    assert grid is not None and len(grid["items"]) == 40 and grid["columns"] == COLUMNS


def test_a_data_set_is_shown_with_what_is_wrong(client: Client, pets: str) -> None:
    page = visit("datasets", dataset="pets")
    text = words(page)
    assert "1 picture in more than one split." in text
    assert "1 picture in more than one class." in text
    assert "train/dogs/bad.jpg: cannot be decoded" in text and "24 colour pictures in 2 classes" in text
    leaks = element(page, "grid-leaks")
    assert leaks is not None
    assert [i["label"] for i in leaks["items"]] == ["1 · train · cats", "1 · validation · dogs"]
    assert element(page, "header")["steps"] == ["Data sets", "pets"]  # type: ignore[index]
    assert "Copies of it" not in labels(page)


def test_the_address_names_split_class_and_picture(client: Client, pets: str) -> None:
    card = client.datasets.card(pets)
    number = card.rows("validation")[2]
    page = visit("datasets", dataset="pets", split="validation", **{"class": "dogs"}, picture=str(number))
    grid = element(page, "grid-samples")
    assert grid is not None and grid["title"] == "Validation · dogs" and grid["selected"] == str(number)
    assert {card.pictures[int(i["value"])].split for i in grid["items"]} == {"validation"}
    assert card.pictures[number].path in words(page) and "Augmented copies of it" in labels(page)
    assert ["".join(page.query_params[name]) for name in ("split", "class")] == ["validation", "dogs"]
    for wrong in ("99999", "-1", "x"):
        assert "Choose a picture" in words(visit("datasets", dataset="pets", picture=wrong))


def test_masks_and_numbers_are_shown_with_each_picture(client: Client, tmp_path: Path) -> None:
    mask = np.zeros((40, 48), np.uint8)
    mask[:, 24:] = 255
    masks = {f"{kind}/{i}.png": encoded(pixels(i) if kind == "images" else mask) for kind in ("images", "masks")
             for i in range(4)}  # fmt: skip
    table = "file,age (years),weight\n" + "".join(f"{i}.png,{i}.5,{10 * i}\n" for i in range(4))
    numbers = {f"images/{i}.png": encoded(pixels(i)) for i in range(4)} | {"ages.csv": table.encode()}
    for name, files in (("masks", masks), ("ages", numbers)):
        client.datasets.keep(client.datasets.check(write_zip(tmp_path / f"{name}.zip", files)), name, Shares(0.3, 0))
    page = visit("datasets", dataset="masks", picture="0")
    assert "4 colour pictures with mask (2 classes)" in words(page) and not page.exception
    assert "4 pictures, masks" in words(page) and "under two classes" not in words(page)
    reference = client.datasets.resolve("masks")
    with (
        Image.open(io.BytesIO(masked_jpeg(reference, 0))) as over,
        Image.open(io.BytesIO(large_jpeg(reference, 0))) as plain,
    ):
        apart = np.abs(np.asarray(over).astype(int) - np.asarray(plain)).mean((0, 2))
    assert apart[:200].max() < 5 < apart[-200:].min(), "only the object is coloured"
    page = visit("datasets", dataset="ages", picture="0")
    path = client.datasets.card("ages").pictures[0].path
    number = int(path.removeprefix("images/").removesuffix(".png"))
    assert "4 colour pictures with age in years, weight" in words(page)
    assert f"age {number}.5 years, weight {10 * number}" in words(page)


def test_an_unknown_data_set_is_explained() -> None:
    page = visit("datasets", dataset="nothing")
    assert "Expected a data set's reference or name. Received: 'nothing'" in words(page)


def test_samples_are_the_same_for_everybody(client: Client, pets: str) -> None:
    card = client.datasets.card(pets)
    numbers = sample_numbers(card, "train", "all classes")
    assert len(numbers) == 17 and [card.pictures[i].label for i in numbers] == [0] * 9 + [1] * 8
    assert sample_numbers(card, "train", "dogs") == numbers[9:]


def test_a_sheet_holds_the_pictures_of_its_address(client: Client, pets: str) -> None:
    response = ask_route(pictures_url(pets, [3, 5]))
    assert response.status_code == 200 and "immutable" in response.headers["cache-control"]
    sheet = np.asarray(Image.open(io.BytesIO(response.content)))
    assert sheet.shape == (EDGE + GAP, COLUMNS * (EDGE + GAP), 3)
    one = client.datasets.open(pets).image(5)
    scale = EDGE / max(one.size)
    middle = np.asarray(one.resize((EDGE, round(one.height * scale)), Image.Resampling.NEAREST))
    found = sheet[EDGE // 2, EDGE + GAP : 2 * EDGE + GAP].astype(int)
    assert np.abs(found - middle[middle.shape[0] // 2]).mean() < 6  # JPEG
    url = pictures_url(pets, [3])
    assert ask_route(url.replace("/3.jpg", "/../3.jpg")).status_code in (403, 404)
    assert ask_route(url.replace("/3.jpg", "/x.jpg")).status_code == 404
    assert ask_route(url.replace("/3.jpg", "/3000.jpg")).status_code == 400
    assert ask_route(url.replace(pets, "sha256:" + "0" * 64)).status_code == 403


def test_the_folders_of_the_server_are_closed_by_default() -> None:
    page = visit("datasets", dataset="builtin/digits")
    page.session_state["datasets/add"] = True
    page.run()
    page.text_input(key=next(t.key for t in page.text_input if t.label == "Folder")).set_value("/etc")
    next(b for b in page.button if b.label == "Check the folder").click().run()
    assert "CONVSCOPE_DATASET_FOLDERS" in words(page)


def test_warnings_say_what_to_do_and_the_worst_comes_first(client: Client, pets: str) -> None:
    card = client.datasets.card(pets)
    texts = warnings(card, report(card))
    assert texts[0].startswith("**1 picture in more than one split") and "take out the copies" in texts[0]


# Augmentation


def test_a_link_to_a_preview_shows_picture_copies_and_settings(client: Client) -> None:
    spec = AugmentationPreview(image="sample/coffee", rotation=20, contrast=0.3, copies=6)
    page = visit(run=finished_preview(client.store, spec))
    assert page.header[0].value == "Augmentation" and not page.error
    header = element(page, "header")
    assert header is not None and header["steps"] == ["Augmentation", "coffee"]
    assert "rotation 20" in header["details"][0] and "contrast 0.3" in header["details"][0]
    assert "6 copies, each changed by itself" in words(page)
    assert (
        page.slider(key="augmentation_preview.rotation").value == 20
        and page.toggle(key="augmentation_preview.horizontal_flip").value
    )
    for name in ("sheet.png", "copies/03.png", "arrays.npz"):
        assert ask_route(download_url(spec.key(), name)).status_code == 200


def test_a_change_is_computed_at_once_and_the_address_follows(client: Client) -> None:
    report_workers(client.store)
    page = visit("augmentation", image="sample/cat", rotation="10", fill="wrap")
    spec = AugmentationPreview(image="sample/cat", rotation=10, fill="wrap")
    assert client.record(spec.key()).status == "queued"
    page.slider(key="augmentation_preview.zoom").set_value(0.5).run()
    assert client.record(spec.model_copy(update={"zoom": 0.5}).key()).status == "queued"
    next(b for b in page.button if b.label == "None").click().run()
    nothing = AugmentationPreview.from_fields({"preset": "none", "fill": "nearest"})
    assert client.record(nothing.key()).status == "queued"


def test_a_picture_of_a_data_set_is_named_by_its_number(client: Client, pets: str) -> None:
    page = visit("augmentation", dataset="pets", picture="4")
    spec = AugmentationPreview(dataset=pets, picture=4)
    assert client.record(spec.key()).status == "queued" and not page.error
    assert element(page, "header")["steps"] == ["Augmentation", "pets, picture 4"]  # type: ignore[index]
    page.number_input(key="augmentation_preview.picture").set_value(23).run()
    assert client.record(AugmentationPreview(dataset=pets, picture=23).key()).status == "queued"
    other = finished_preview(client.store, spec.model_copy(update={"picture": 2}))
    assert "cats · train · train/cats/1.png" in words(visit(run=other))


def test_a_data_set_that_is_gone_is_explained() -> None:
    assert "Expected a data set's reference or name" in words(visit("augmentation", dataset="gone"))
