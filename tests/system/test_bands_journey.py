"""A network of six bands in a real browser: from the form to a heat map whose bands are chosen."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import Lab
from tests.worker.pictures.test_bands import band_network

pytestmark = pytest.mark.browser
SIDE, WAIT = 48, 60_000


def picture(folder: Path) -> Path:
    """A disc that is bright in the fifth band alone, on a slope in all others."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    values = np.stack([rows * (20 + 12 * band) + columns * (90 - 10 * band) for band in range(6)], -1)
    values[..., 4] = np.where(np.hypot(rows - 20, columns - 28) < 11, 6000, 400)
    path = folder / "scene.npy"
    np.save(path, values.astype(np.uint16))
    return path


def _choose_bands(page: Page, *bands: int) -> None:
    page.get_by_role("button", name=re.compile("^Shown: band")).click(timeout=WAIT)
    for colour, band in zip(("Red", "Green", "Blue"), bands, strict=True):
        page.get_by_role("combobox", name=colour).click()
        page.get_by_role("option", name=str(band), exact=True).click()
    page.keyboard.press("Escape")


def test_a_network_of_six_bands_from_the_form_to_a_heat_map(
    browser: Browser, page: Page, working_lab: Lab, tmp_path: Path
) -> None:
    network = tmp_path / "six.keras"
    band_network().save(network)
    page.goto(f"{working_lab.url}/models")
    page.get_by_text("Add a model", exact=True).click(timeout=WAIT)
    page.get_by_role("textbox", name="Name", exact=True).first.fill("six-bands")
    page.locator('input[type="file"]').first.set_input_files(network)
    expect(page.get_by_text(network.name).first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Add model").click()
    expect(page.get_by_text("Added.")).to_be_visible(timeout=WAIT)
    page.goto(f"{working_lab.url}/heat-maps?model=six-bands&image=sample/cat&methods=saliency")
    expect(page.get_by_text("These do not fit together")).to_be_visible(timeout=WAIT)
    page.get_by_text("Add a picture").click(timeout=WAIT)
    page.locator('input[type="file"]').first.set_input_files(picture(tmp_path))
    expect(page.get_by_text("scene", exact=True).first).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Make the heat maps").click(timeout=WAIT)
    expect(page.locator(".heat-stage[data-painted]")).to_be_visible(timeout=WAIT)
    _choose_bands(page, 5, 3, 1)
    expect(page.get_by_role("button", name="Shown: bands 5, 3, 1")).to_be_visible(timeout=WAIT)
    assert parse_qs(urlsplit(page.url).query)["bands"] == ["5,3,1"]
    expect(page.locator(".heat-classes img").first).to_have_attribute("src", re.compile("bands=5,3,1$"))
