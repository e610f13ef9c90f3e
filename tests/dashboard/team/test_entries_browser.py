"""Renaming and deleting in the browser: what uses a model is said, nothing goes unasked, the page goes on."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Lab
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection
from tests.shared.client.test_entries import a_file, png

pytestmark = pytest.mark.browser


def test_a_model_is_renamed_and_deleted_after_its_uses_were_said(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    client = empty_lab.client
    net = client.models.add_file(a_file(tmp_path), "net")
    finished_inspection(client, net)
    finished_atlas(client.store, client.resolve(atlas().model_copy(update={"model": net})), 3)
    page.goto(f"{empty_lab.url}/models?model={net}")
    page.get_by_text("Rename or delete net").click(timeout=30_000)
    page.get_by_role("textbox", name="New name").fill("ears")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_text("Rename or delete ears")).to_be_visible(timeout=20_000)
    assert client.models.resolve("ears") == net
    page.get_by_text("Rename or delete ears").click()
    expect(page.get_by_text("Used by 1 run.")).to_be_visible()
    delete = page.get_by_role("button", name="Delete", exact=False).last
    expect(delete).to_be_disabled()
    page.get_by_text("I want to delete the model ears").click()
    expect(delete).to_be_enabled()
    delete.click()
    expect(page.get_by_text("Rename or delete ears")).to_have_count(0)
    assert "ears" not in client.models.names()


def test_a_picture_is_deleted_where_it_is_chosen(page: Page, empty_lab: Lab) -> None:
    client = empty_lab.client
    client.images.add(png(120), "my-view")
    page.goto(f"{empty_lab.url}/activations?model=keras/vgg16/random&image=my-view")
    page.get_by_text("Rename or delete my-view").click(timeout=30_000)
    page.get_by_text("I want to delete the picture my-view").click()
    page.get_by_role("button", name="Delete", exact=False).last.click()
    expect(page.get_by_text("Rename or delete my-view")).to_have_count(0)
    assert "my-view" not in client.images.names()
