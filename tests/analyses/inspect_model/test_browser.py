"""The Models page and files of other times and frameworks: an old Keras file opens, another framework's says how."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.analyses import FilterAtlas
from tests.analyses.inspect_model.test_map import residual
from tests.fixtures.browser import Lab
from tests.fixtures.model_file_cases import OPENS, REFUSED
from tests.fixtures.synthetic_runs import begin, finished_inspection, write_tiles

pytestmark = pytest.mark.browser


def _upload(page: Page, lab: Lab, path: Path, name: str) -> None:
    page.goto(f"{lab.url}/models")
    page.get_by_text("Add a model", exact=True).click(timeout=15_000)
    page.get_by_role("textbox", name="Name", exact=True).first.fill(name)
    page.locator('input[type="file"]').first.set_input_files(path)
    expect(page.get_by_text(path.name).first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Add model").click()


def test_a_file_of_keras_1_is_added_and_says_so(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    path = OPENS["Keras 1 with Theano's order of channels"](tmp_path)
    assert path.suffix == ".hdf5"
    # There is no worker here: what it would find is written before the page asks for it.
    reference = empty_lab.client.models.add_file(path, "before")
    finished_inspection(empty_lab.client, reference, title="sequential", upgraded_from="Keras 1.2.2")
    _upload(page, empty_lab, path, "theano-net")
    expect(page.get_by_text("Added.")).to_be_visible(timeout=20_000)
    expect(page.locator(".header-line")).to_contain_text("upgraded from Keras 1.2.2", timeout=15_000)
    (record,) = [one for one in empty_lab.client.models.records() if one["name"] == "theano-net"]
    assert (record["reference"], record["upgraded_from"]) == (reference, "Keras 1.2.2")


def test_a_file_of_pytorch_is_refused_with_the_way_out(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    path = REFUSED["PyTorch until 1.5"][0](tmp_path)
    _upload(page, empty_lab, path, "torch-net")
    expect(page.get_by_text("Not added.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("torch.onnx.export(model, torch.zeros(1, 3, 224, 224)")).to_be_visible()
    assert "torch-net" not in empty_lab.client.models.names()


def test_a_file_without_a_name_gets_its_own_and_what_was_said_of_it_stays(
    page: Page, empty_lab: Lab, tmp_path: Path
) -> None:
    path = OPENS["Keras 1 with Theano's order of channels"](tmp_path).rename(tmp_path / "my first net.hdf5")
    finished_inspection(empty_lab.client, empty_lab.client.models.add_file(path, "before"))
    page.goto(f"{empty_lab.url}/models")
    page.get_by_text("Add a model", exact=True).click(timeout=15_000)
    uploader = page.locator('[data-testid="stFileUploader"]').first
    expect(uploader).to_contain_text("1GB")
    expect(uploader).not_to_contain_text("PKL", ignore_case=True)
    page.locator('input[type="file"]').first.set_input_files(path)
    expect(page.get_by_text(path.name).first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Add model").click()
    expect(page.get_by_text("Added.")).to_be_visible(timeout=20_000)
    page.get_by_text("Table", exact=True).click()
    expect(page.locator(".layer-table tbody button").first).to_be_visible()
    expect(page.get_by_text("Added.")).to_be_visible()
    assert "my_first_net" in empty_lab.client.models.names()


MODEL = "keras/vgg16/random"


def test_the_map_leads_from_a_network_to_a_layer_and_to_a_channel(page: Page, empty_lab: Lab) -> None:
    client = empty_lab.client
    rows = residual(16)
    rows[0] |= {"shows": ["activations", "filter_atlas"]}
    finished_inspection(client, MODEL, layers=rows)
    atlas = client.resolve(FilterAtlas(model=MODEL, layer="stem", channels=tuple(range(8))))
    write_tiles(client.store, atlas, begin(client.store, atlas, 8), 8, 0, 3)
    page.goto(f"{empty_lab.url}/models?model={MODEL}")
    stem = page.locator(".network-map button.layer", has_text="stem")
    expect(stem.locator("img")).to_have_js_property("complete", True, timeout=30_000)
    assert stem.locator("img").evaluate("one => one.naturalWidth") > 100, "the tiles of an atlas that is not finished"
    repeat = page.locator(".network-map button.fold")
    expect(repeat).to_contain_text("16 × the same · 48 layers")
    repeat.click()
    block = page.locator(".network-map button.fold", has_text="block5")
    block.first.click()
    page.locator(".network-map button.layer", has_text="block5_conv").click()
    expect(page.locator(".panel h3")).to_have_text("block5_conv")
    expect(page).to_have_url(re.compile("layer=block5_conv"))
    stem.click()
    expect(page.get_by_role("button", name="Layer atlas of this layer")).to_be_visible()
    expect(page.get_by_text("3 tiles of 8 made")).to_be_visible()
    page.locator(".tile-links a").first.click()
    expect(page).to_have_url(re.compile(r"/channel\?.*layer=stem"))


def test_an_address_with_a_layer_opens_the_groups_around_it(page: Page, empty_lab: Lab) -> None:
    finished_inspection(empty_lab.client, MODEL, layers=residual(16))
    page.goto(f"{empty_lab.url}/models?model={MODEL}&layer=block9_bn")
    chosen = page.locator('.network-map button.layer[aria-pressed="true"]')
    expect(chosen).to_contain_text("block9_bn", timeout=30_000)
    expect(chosen).to_be_in_viewport()


@pytest.mark.parametrize("view", ["map", "table"])
def test_layers_are_reached_by_keys_alone(page: Page, empty_lab: Lab, view: str) -> None:
    finished_inspection(empty_lab.client, MODEL, layers=residual(4))
    page.goto(f"{empty_lab.url}/models?model={MODEL}&view={view}")
    first = page.locator(".network-map button, .layer-table tbody button").first
    expect(first).to_be_visible(timeout=30_000)
    # From whatever stands before it, by Tab, as somebody without a pointer comes.
    for _ in range(60):
        page.keyboard.press("Tab")
        if first.evaluate("one => one === one.getRootNode().activeElement"):
            break
    page.keyboard.press("ArrowDown" if view == "map" else "Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".panel h3")).to_have_text("block0_conv")
    expect(page).to_have_url(re.compile("layer=block0_conv"))
