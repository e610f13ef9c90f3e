"""A data set's way in, in a real browser: upload a zip, read the report, keep it, look, open the preview."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.job_specs import AugmentationPreview
from tests.browser.conftest import Lab
from tests.unit.small_datasets import two_classes, write_zip
from tests.unit.synthetic_copies import finished_preview

pytestmark = pytest.mark.browser
SECONDS = 20_000


def test_a_zip_becomes_a_data_set_and_one_of_its_pictures_is_augmented(
    page: Page, empty_lab: Lab, tmp_path: Path
) -> None:
    files = {**two_classes(10), "dogs/broken.jpg": b"no picture", "cats/notes.txt": b"left out"}
    page.goto(f"{empty_lab.url}/datasets")
    page.get_by_text("Add a data set", exact=True).click(timeout=SECONDS)
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "pets.zip", files))
    expect(page.get_by_text("pets.zip")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Check the zip").click()
    # The report: counts, and the broken picture by its name.
    expect(page.get_by_text("20 pictures in 2 classes")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("dogs/broken.jpg: cannot be decoded")).to_be_visible()
    expect(page.get_by_text("1 file left out")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("pets")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Keep the data set").click()
    expect(page.get_by_text("Not added.")).to_be_visible(timeout=SECONDS)
    page.get_by_text("Leave out 1 unreadable picture").click()
    expect(page.get_by_text("Not added.")).to_have_count(0, timeout=SECONDS)
    page.get_by_role("button", name="Keep the data set").click()
    # The data set: its samples, one of them large, and the way to its copies.
    expect(page).to_have_url(re.compile("dataset=pets"), timeout=SECONDS)
    samples = page.get_by_role("group", name=re.compile("Training"))
    expect(samples.get_by_role("button")).to_have_count(12, timeout=SECONDS)
    samples.get_by_role("button").nth(3).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"picture=\d+"), timeout=SECONDS)
    number = int(re.findall(r"picture=(\d+)", page.url)[0])
    expect(page.get_by_role("img", name=re.compile(f"Picture {number}: "))).to_be_visible(timeout=SECONDS)
    spec = AugmentationPreview(dataset=empty_lab.client.datasets.resolve("pets"), picture=number)
    finished_preview(empty_lab.client.store, spec)
    page.get_by_role("button", name="Augmented copies of it").click()
    expect(page.get_by_role("img", name=re.compile("15 copies"))).to_be_visible(timeout=SECONDS)
    expect(page).to_have_url(re.compile(f"run={spec.key()}"), timeout=SECONDS)
    expect(page.locator(".place-line")).to_contain_text(f"pets, picture {number}")
