"""A data set's way in, in a real browser: upload a zip, read the report, keep it, look, open the preview."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shared.analyses import AugmentationPreview
from tests.analyses.augmentation_preview.parts import finished_preview
from tests.fixtures.browser import Lab
from tests.fixtures.small_datasets import encoded, two_classes, write_zip

pytestmark = pytest.mark.browser
SECONDS = 20_000


def test_a_zip_becomes_a_data_set_and_one_of_its_pictures_is_augmented(
    page: Page, empty_lab: Lab, tmp_path: Path
) -> None:
    files = {**two_classes(10), "dogs/broken.jpg": b"no picture", "cats/notes.txt": b"left out"}
    page.goto(f"{empty_lab.url}/datasets")
    page.get_by_text("Add a data set", exact=True).click(timeout=SECONDS)
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "pets.zip", files))
    # It is looked through at once. The report: counts, and the broken picture by its name.
    expect(page.get_by_text("20 colour pictures in 2 classes")).to_be_visible(timeout=SECONDS)
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
    expect(page.locator(".header-line")).to_contain_text(f"pets, picture {number}")


def test_a_click_elsewhere_during_the_check_does_not_lose_it(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    """A script that is interrupted forgets the button that started it: the check was lost without a word.

    Mutation: the wish forgotten before the check instead of after it.
    """
    # Small files of large flat pictures, which take a while to decode.
    large = (encoded(np.full((2000, 2000), shade, np.uint8)) for shade in range(96))
    files = {f"{('cats', 'dogs')[shade % 2]}/{shade}.png": data for shade, data in enumerate(large)}
    page.goto(f"{empty_lab.url}/datasets")
    split = page.get_by_role("radio", name="Test", exact=True)
    expect(split).to_be_visible(timeout=SECONDS)
    page.get_by_text("Add a data set", exact=True).click()
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "pets.zip", files))
    expect(page.get_by_text(re.compile("Looked at 64 of 96 pictures"))).to_be_visible(timeout=SECONDS)
    split.dispatch_event("click")  # at once; a real click waits for a browser whose processor is busy with pictures
    expect(page.get_by_text("96 greyscale pictures in 2 classes")).to_be_visible(timeout=2 * SECONDS)
    expect(page).to_have_url(re.compile("split=test"))
    # What was decided on is gone, and the way in is free again.
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("96 greyscale pictures in 2 classes")).to_have_count(0, timeout=SECONDS)
    expect(page.get_by_text("pets.zip")).to_have_count(0)


def test_a_refused_zip_stays_refused_until_another_comes(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    page.goto(f"{empty_lab.url}/datasets")
    page.get_by_text("Add a data set", exact=True).click(timeout=SECONDS)
    only_cats = {name: data for name, data in two_classes(3).items() if "cats" in name}
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "cats.zip", only_cats))
    expect(page.get_by_text("Not added.")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name=re.compile("Remove cats.zip")).click()
    expect(page.get_by_text("Not added.")).to_have_count(0, timeout=SECONDS)
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "pets.zip", two_classes(3)))
    expect(page.get_by_text("6 colour pictures in 2 classes")).to_be_visible(timeout=SECONDS)


def test_classes_in_names_of_files_are_offered_and_taken_with_a_choice(
    page: Page, empty_lab: Lab, tmp_path: Path
) -> None:
    files = {f"{name}.{i}.png": data for name, folder in (("cat", "cats"), ("dog", "dogs"))
             for i, (path, data) in enumerate(two_classes(6).items()) if path.startswith(folder)}  # fmt: skip
    page.goto(f"{empty_lab.url}/datasets")
    page.get_by_text("Add a data set", exact=True).click(timeout=SECONDS)
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "pets.zip", files))
    expect(page.get_by_text("The names of the files tell cat (6), dog (6)")).to_be_visible(timeout=SECONDS)
    page.get_by_role("combobox", name=re.compile("Targets from")).click()
    page.get_by_role("option", name="File names").click()
    expect(page.get_by_text("12 colour pictures in 2 classes")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("Not added.")).to_have_count(0)
