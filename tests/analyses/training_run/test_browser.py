"""Training in a real browser: curves under the hand, runs over each other, and from a zip to a network's atlas."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.widgets.browser_elements import assets
from shared.analyses.training_run.spec import TrainingRun
from tests.analyses.training_run.parts import begun_training, epoch_facts, finished_training
from tests.fixtures.browser import Lab
from tests.fixtures.small_datasets import two_classes, write_zip

pytestmark = pytest.mark.browser
SECONDS = 20_000
RUN_SECONDS = 240_000
RUN = TrainingRun(dataset="builtin/digits", epochs=8)


def books_smoothing(values: np.ndarray, factor: float) -> np.ndarray:
    """Listing 5.24 of the book, "Deep Learning with Python"."""
    points: list[float] = []
    for point in values:
        points.append(points[-1] * factor + point * (1 - factor) if points else point)
    return np.array(points)


@pytest.mark.parametrize("factor", [0.0, 0.5, 0.8, 0.95])
def test_the_smoothing_of_the_page_is_the_books(page: Page, factor: float) -> None:
    """Mutation: factor and 1 - factor swapped fails all but 0.5 here, and looks right on a page."""
    script = assets()["training_curves.js"].read_text()
    function = script[script.index("function smoothed") :].partition("\n}\n")[0] + "\n}"
    values = np.random.default_rng(3).normal(0.7, 0.1, 40)
    call = f"([values, factor]) => {{ {function}\n return smoothed(values, factor); }}"
    np.testing.assert_allclose(page.evaluate(call, [values.tolist(), factor]), books_smoothing(values, factor))
    gap = page.evaluate(call, [[1.0, None, 3.0], factor])
    assert gap[1] is None and gap[2] == pytest.approx(factor * 1.0 + (1 - factor) * 3.0)


def test_curves_are_smoothed_read_and_kept_in_the_address(page: Page, empty_lab: Lab) -> None:
    key = finished_training(empty_lab.client, RUN)
    page.goto(f"{empty_lab.url}/?run={key}")
    curves = page.locator(".training-curves[data-drawn='8']")
    expect(curves).to_be_visible(timeout=SECONDS)
    expect(curves.locator("path.smooth")).to_have_count(0)
    page.get_by_label("Smoothing").fill("0.8")
    expect(curves.locator("path.smooth")).to_have_count(4)
    expect(page).to_have_url(re.compile("smooth=0.80"), timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Accuracy by epoch"))
    chart.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    facts = epoch_facts(RUN, 3)
    tip = page.locator(".training-curves .tip").nth(1)
    expect(tip).to_contain_text("Epoch 3")
    expect(tip).to_contain_text(f"{100 * facts['accuracy']:.1f} %")
    expect(tip).to_contain_text(f"{100 * facts['val_accuracy']:.1f} %")
    page.get_by_role("button", name="training", exact=True).click()
    expect(curves.locator("path.training")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Smoothing")).to_have_value("0.8", timeout=SECONDS)


def test_epochs_come_in_while_the_slider_stays_in_the_hand(page: Page, empty_lab: Lab) -> None:
    spec, fence = begun_training(empty_lab.client, RUN, 3)
    page.goto(f"{empty_lab.url}/?run={spec.key()}")
    expect(page.locator(".training-curves[data-drawn='3']")).to_be_visible(timeout=SECONDS)
    page.get_by_label("Smoothing").fill("0.5")
    page.get_by_text("Table of 3 epochs").click()
    empty_lab.client.store.runs.end_cancelled(spec.key(), fence)
    expect(page.get_by_text("Cancelled: 3 of 8 epochs.")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_label("Smoothing")).to_have_value("0.5")
    expect(page.get_by_role("region", name="Table of epochs")).to_contain_text("Validation loss")


def test_runs_are_chosen_for_curves_over_each_other(page: Page, empty_lab: Lab) -> None:
    for strategy in ("dense", "scratch"):
        finished_training(empty_lab.client, RUN.model_copy(update={"strategy": strategy}))
    page.goto(f"{empty_lab.url}/ladder?dataset=builtin/digits")
    expect(page.locator(".training-curves path.validation")).to_have_count(4, timeout=SECONDS)
    box = page.get_by_role("checkbox", name=re.compile("Curves of Dense"))
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator(".training-curves path.validation")).to_have_count(2, timeout=SECONDS)
    expect(page).to_have_url(re.compile("runs=[0-9a-f]{8}$"))
    page.reload()
    expect(page.get_by_role("checkbox", name=re.compile("Curves of Dense"))).not_to_be_checked(timeout=SECONDS)
    page.get_by_role("link", name=re.compile("^Open of Convnet from scratch")).click()
    expect(page.get_by_role("heading", name="Training", exact=True)).to_be_visible(timeout=SECONDS)


def test_from_a_zip_to_the_atlas_of_the_network_that_learnt_it(page: Page, working_lab: Lab, tmp_path: Path) -> None:
    page.goto(f"{working_lab.url}/datasets")
    page.get_by_text("Add a data set", exact=True).click(timeout=SECONDS)
    page.locator("input[type=file]").set_input_files(write_zip(tmp_path / "pets.zip", two_classes(12)))
    page.get_by_role("textbox", name="Name", exact=True).fill("trained-pets", timeout=SECONDS)
    page.get_by_role("button", name="Keep the data set").click()
    expect(page).to_have_url(re.compile("dataset=trained-pets"), timeout=SECONDS)
    expect(page.locator(".place-line")).to_contain_text("trained-pets", timeout=SECONDS)
    page.get_by_role("button", name="Train on it").click(timeout=SECONDS)
    expect(page.locator(".place-line")).to_contain_text("trained-pets", timeout=SECONDS)
    for label, value in (("Epochs", "2"), ("Size", "32")):
        page.get_by_role("spinbutton", name=label, exact=True).fill(value)
        page.keyboard.press("Enter")
    expect(page.get_by_text("2 epochs, each of")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".place-line")).to_contain_text("32 px", timeout=SECONDS)
    page.get_by_role("button", name="Train the network").click()
    expect(page.locator(".training-curves[data-drawn='2']")).to_be_visible(timeout=RUN_SECONDS)
    expect(page.locator(".tile-panel")).to_contain_text("Best epoch", timeout=SECONDS)
    page.get_by_role("link", name="Atlas of a layer").click(timeout=SECONDS)
    expect(page.get_by_role("heading", name="Layer atlas")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Make the atlas").click(timeout=60_000)
    expect(page.locator(".tile.made").first).to_be_attached(timeout=RUN_SECONDS)
