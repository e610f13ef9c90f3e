"""The Models page and files of other times and frameworks: an old Keras file opens, another framework's says how."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Lab
from tests.fixtures.model_file_cases import OPENS, REFUSED
from tests.fixtures.synthetic_runs import finished_inspection

pytestmark = pytest.mark.browser


def _upload(page: Page, lab: Lab, path: Path, name: str) -> None:
    page.goto(f"{lab.url}/models")
    page.get_by_text("Add a model").click(timeout=15_000)
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
