"""The Deep Dream page without a browser: slider, octaves, recipes, address, files. And recipes for other networks."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.deep_dream.view import plan
from dashboard.server.addresses import animation_url, part_url
from dashboard.server.downloads import download_url
from shared.analyses import DeepDream
from shared.analyses.deep_dream.layers import Row, layers_seeing
from shared.analyses.deep_dream.octaves import dream_size, octave_sizes, smallest_view, tile_edges
from shared.analyses.deep_dream.presets import FIELDS, PRESETS, preset_of
from shared.client import Client, write_result
from tests.analyses.deep_dream.parts import SIZE, begun_dream, finished_dream
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import finished_inspection

DREAM = DeepDream(model="keras/vgg16/random", image="sample/coffee", octaves=3, steps=4, precision="float32")
INCEPTION: list[Row] = [(f"mixed{i}", "Concatenate", field) for i, field in
                        enumerate((63, 95, 127, 159, 351, 543, 735, 927, 1055))]  # fmt: skip


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_a_link_shows_photograph_and_dream_with_octaves_curve_and_animation(client: Client) -> None:
    key = finished_dream(client.store, DREAM)
    page = visit(run=key)
    assert page.header[0].value == "Deep Dream" and not page.error
    compare, panel, header = (element(page, name) for name in ("dream", "way", "header"))
    assert compare["before"] == part_url(key, 0, "original") and (compare["height"], compare["width"]) == SIZE
    assert [o["url"] for o in compare["octaves"]] == [part_url(key, i, "dream") for i in (1, 2, 3)]
    assert [o["label"] for o in compare["octaves"]] == ["31 × 20", "43 × 29", "60 × 40"]  # 60/1.96, 60/1.4
    assert compare["octaves"][1]["note"] == "The ceiling ended it after 4 steps." and compare["selected"] == 0
    [objective] = element(page, "objective")["figures"]
    assert [trace["x"] for trace in objective["data"]] == [list(range(5 * n, 5 * n + 5)) for n in range(3)]
    assert panel["url"] == animation_url(key, 4)
    assert ["layers", "mixed3, mixed4 × 2"] in panel["facts"]
    assert header["steps"] == ["VGG16 · random weights", "coffee"] and header["warning"] == "untrained"
    assert [d["note"] for d in header["downloads"]][:4] == ["PNG", "GIF", "npz", "JSON"]


def test_the_address_names_an_octave(client: Client) -> None:
    key = finished_dream(client.store, DREAM)
    assert element(visit(run=key, octave="2"), "dream")["selected"] == 2
    assert "octave=2" in element(visit(run=key, octave="2"), "header")["link"]
    assert element(visit(run=key, octave="9"), "dream")["selected"] == 0


def test_octaves_appear_as_they_are_dreamt(client: Client) -> None:
    begun_dream(client.store, DREAM, 2)
    page = visit(run=DREAM.key())
    compare = element(page, "dream")
    assert len(compare["octaves"]) == 1 and compare["coming"] == 2
    assert "url" not in element(page, "way") and "2 of 5 pictures" in words(page)


def test_recipes_set_the_controls_and_own_settings_are_called_so(client: Client) -> None:
    finished_inspection(client, DREAM.model)
    page = visit(run=finished_dream(client.store, DREAM))
    recipe = page.selectbox(key="deep_dream/recipe")
    assert recipe.value == "", "three octaves of four steps are nobody's"
    recipe.select("book").run()
    state = page.session_state
    assert state["deep_dream.layers"] == "block5_conv1:0.2,block5_conv2:3,block5_conv3:3.5"
    assert (state["deep_dream.units"], state["deep_dream.ceiling"], state["deep_dream.jitter"]) == ("relative", "", 0)
    assert page.selectbox(key="deep_dream/recipe").value == "book"
    layers = page.multiselect(key="deep_dream.layers/listed")
    assert "block5_conv1:0.2" in layers.value
    layers.set_value([*layers.value, "block4_conv1"]).run()
    assert page.session_state["deep_dream.layers"].endswith(",block4_conv1")
    assert page.selectbox(key="deep_dream/recipe").value == ""
    assert "Make the dream" in labels(page) and "Not computed yet." in words(page)


def test_classes_are_dreamt_of_instead_of_layers(client: Client) -> None:
    finished_inspection(client, DREAM.model)
    spec = DREAM.model_copy(update={"classes": (1, "hammerhead")})
    page = visit(run=finished_dream(client.store, spec))
    assert page.session_state["deep_dream.classes"] == "1,hammerhead" and not page.error
    assert any("class 1, class hammerhead (names missing)" in str(one) for one in element(page, "header").values())
    assert ["classes", "mixed3, mixed4:2"] in element(page, "way")["facts"]
    [objective] = element(page, "objective")["figures"]
    assert objective["layout"]["yaxis"]["title"]["text"] == "objective, mean logit"
    page.multiselect(key="deep_dream.layers/listed").select("block4_conv1").run()
    assert "not both" in words(page)
    page.selectbox(key="deep_dream/recipe").select("book").run()
    assert page.session_state["deep_dream.classes"] == "" and "not both" not in words(page)


def test_what_cannot_be_is_said_on_the_page(client: Client) -> None:
    page = visit(run=finished_dream(client.store, DREAM))
    page.text_input(key="deep_dream.layers").input("a:0").run()
    assert "at least one weight" in words(page)
    assert "choose a smaller size" in plan(DREAM.model_copy(update={"image": "sample/astronaut", "size": 4096}))
    assert plan(DREAM) == "4 steps in each of these sizes, in pixels: 261 × 174, 366 × 244, 512 × 341."


def test_the_last_dream_stays_while_a_control_holds_what_cannot_be(client: Client) -> None:
    page = visit(run=finished_dream(client.store, DREAM))
    page.number_input(key="deep_dream.octaves").set_value(12).run()
    assert "a smallest octave of at least 16 pixels" in page.sidebar.error[0].value.replace("\\", "")
    assert "Correct what is marked on the left. Until then this shows the last result." in words(page)
    assert len(element(page, "dream")["octaves"]) == 3 and not page.exception
    page.number_input(key="deep_dream.octaves").set_value(3).run()
    assert "Mend what is marked" not in words(page)


def test_the_files_of_a_dream(client: Client, tmp_path: Path) -> None:
    key = finished_dream(client.store, DREAM)
    write_result(tmp_path, client.record(key), client.result(key).parts)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"original.png", "dream.png", "history.gif", "arrays.npz", "manifest.json", "octaves/1.png",
                     "octaves/2.png", "octaves/3.png"}  # fmt: skip
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["images"].shape == (1, *SIZE, 3) and arrays["images"].dtype == np.uint8
        assert arrays["objective"].shape == (1, 12) and arrays["objective"].dtype == np.float32
        assert arrays["octave"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
        with Image.open(tmp_path / "dream.png") as dream:
            np.testing.assert_array_equal(np.asarray(dream), arrays["images"][0])
    with Image.open(tmp_path / "history.gif") as animation:
        assert animation.n_frames == 5  # type: ignore[attr-defined]


def test_the_routes_serve_dream_animation_and_arrays(client: Client) -> None:
    key = finished_dream(client.store, DREAM)
    assert Image.open(io.BytesIO(ask_route(part_url(key, 3, "dream")).content)).size == (60, 40)
    assert ask_route(animation_url(key, 4)).content.startswith(b"GIF8")
    assert "images.npy" in zipfile.ZipFile(io.BytesIO(ask_route(download_url(key, "arrays.npz")).content)).namelist()


def test_sizes_worked_out_by_hand() -> None:
    assert dream_size((300, 451), 512) == (341, 512)  # 300 · 512 / 451 = 340.6
    assert octave_sizes((341, 512), 3, 1.4) == [(174, 261), (244, 366), (341, 512)]
    assert tile_edges(512, 512) == [0, 512] and tile_edges(513, 512) == [0, 256, 513]
    assert smallest_view([(174, 261), (244, 600)], 256) == (174, 130)  # 261 px are two tiles


def test_inception_dreams_with_the_layers_that_the_recipes_name() -> None:
    for preset in PRESETS.values():
        fields: dict[str, Any] = preset.fields(INCEPTION)
        spec = DeepDream.from_fields({"model": "m", "image": "sample/cat", **fields})
        assert dict(spec.weighted_layers()) == dict(preset.layers)  # type: ignore[attr-defined]
        assert preset_of(spec.model_dump(), INCEPTION) and set(preset.layers) <= set(FIELDS)
    assert layers_seeing(INCEPTION) == [("mixed3", 1.0), ("mixed4", 1.0)]


def test_other_networks_dream_with_layers_that_see_as_much() -> None:
    rows: list[Row] = [("a", "Conv2D", 3), ("a_relu", "ReLU", 3), ("b", "DepthwiseConv2D", 150),
                       ("b_relu", "ReLU", 150), ("c", "Conv2D", 150), ("c_relu", "ReLU", 170), ("d", "Conv2D", 300),
                       ("d_relu", "ReLU", 300), ("e", "Add", 300), ("f_relu", "ReLU", 900),
                       ("g", "Dense", None)]  # fmt: skip
    assert layers_seeing(rows) == [("c_relu", 1.0), ("d_relu", 1.0)], "nothing behind a depthwise convolution alone"
    assert layers_seeing([("one", "Conv2D", 9)]) == [("one", 2.0)] and layers_seeing([]) == []
