"""Training in a real browser: curves under the hand, runs over each other, and from a zip to a network's atlas."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shared.analyses.training_run.spec import TrainingRun
from tests.analyses.training_run.parts import begun_training, epoch_facts, finished_training, write_epoch
from tests.fixtures.browser import Lab
from tests.fixtures.patience import eventually
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


CURVES = ".charts[data-drawn='{}']"
# How many lines of a figure have values.
LINES = "plot => plot.data.filter(t => t.mode.includes('lines') && t.y.some(v => v !== null)).length"
SHOWN = "plot => plot.data.map(t => t.visible ?? true)"


def test_curves_are_smoothed_read_and_kept_in_the_address(page: Page, empty_lab: Lab) -> None:
    key = finished_training(empty_lab.client, RUN)
    page.goto(f"{empty_lab.url}/?run={key}")
    loss, chart = (page.get_by_role("group", name=re.compile(f"^{name}")) for name in ("Loss", "Accuracy"))
    expect(page.locator(CURVES.format(8))).to_be_visible(timeout=SECONDS)
    assert loss.evaluate(LINES) == 2
    page.get_by_label("Smoothing").fill("0.8")
    expect(page).to_have_url(re.compile("smooth=0.80"), timeout=SECONDS)
    assert loss.evaluate(LINES) == 4
    values = np.array(loss.evaluate("plot => plot.data[0].y"))
    np.testing.assert_allclose(loss.evaluate("plot => plot.data[1].y"), books_smoothing(values, 0.8), rtol=1e-4)
    chart.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    facts = epoch_facts(RUN, 3)
    for told in (chart.locator(".hoverlayer"), page.locator(".charts output.visually-hidden")):
        expect(told).to_contain_text(re.compile("[Ee]poch 3"))
        for name in ("accuracy", "val_accuracy"):
            expect(told).to_contain_text(re.compile(f"{100 * facts[name]:.1f} ?%"))
    page.reload()
    expect(page.get_by_label("Smoothing")).to_have_value("0.8", timeout=SECONDS)


def test_a_curve_is_hidden_zoomed_and_saved_as_both_kinds_of_picture(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={finished_training(empty_lab.client, RUN)}")
    expect(page.locator(CURVES.format(8))).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Loss"))
    chart.locator(".legendtoggle").first.click()
    eventually(lambda: chart.evaluate(SHOWN)[0], lambda shown: shown == "legendonly")
    reach = "plot => plot._fullLayout.xaxis.range"
    before = chart.evaluate(reach)
    chart.hover()
    chart.get_by_role("button", name="Zoom in").click()
    eventually(lambda: chart.evaluate(reach), lambda now: now[1] < before[1])
    page.get_by_label("Smoothing").fill("0.5")
    expect(page).to_have_url(re.compile("smooth=0.50"), timeout=SECONDS)
    assert chart.evaluate(reach)[1] < before[1], "a new look at the same run keeps the zoom"
    assert chart.evaluate(SHOWN)[0] == "legendonly"
    chart.get_by_role("button", name="Reset axes").click()
    eventually(lambda: chart.evaluate(reach), lambda now: now == before)
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as saved:
            chart.get_by_role("button", name=f"Download as {kind}").click()
        assert saved.value.suggested_filename == f"loss.{kind.lower()}"
        assert Path(saved.value.path()).read_bytes().startswith(begins)


def test_the_axis_of_values_is_logarithmic_or_reaches_all_values_and_stays_so(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={finished_training(empty_lab.client, RUN)}")
    expect(page.locator(CURVES.format(8))).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Loss"))
    kind, reach = "plot => plot._fullLayout.yaxis.type", "plot => plot._fullLayout.yaxis.range"
    before = chart.evaluate(reach)
    chart.hover()
    chart.get_by_role("button", name="Logarithmic axis").click()
    eventually(lambda: chart.evaluate(kind), lambda now: now == "log")
    page.get_by_label("Smoothing").fill("0.5")
    expect(page).to_have_url(re.compile("smooth=0.50"), timeout=SECONDS)
    assert chart.evaluate(kind) == "log", "a new look at the same run keeps it"
    chart.get_by_role("button", name="Reset axes").click()
    eventually(lambda: (chart.evaluate(kind), chart.evaluate(reach)), lambda now: now == ("linear", before))
    chart.get_by_role("button", name="Full range").click()
    highest = chart.evaluate("plot => Math.max(...plot.data.flatMap(t => t.y.filter(v => v !== null)))")
    eventually(lambda: chart.evaluate(reach), lambda now: now != before and now[1] >= highest)


def test_epochs_come_in_while_slider_zoom_and_table_stay_in_the_hand(page: Page, empty_lab: Lab) -> None:
    """Mutation: an element keyed by its figure is made anew, and loses the mark that this test leaves on it."""
    spec, fence = begun_training(empty_lab.client, RUN, 3)
    page.goto(f"{empty_lab.url}/?run={spec.key()}")
    expect(page.locator(CURVES.format(3))).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Loss"))
    chart.evaluate("plot => { plot.seen = true; plot.querySelector('.main-svg').seen = true; }")
    chart.hover()
    chart.get_by_role("button", name="Zoom in").click()
    zoomed = eventually(lambda: chart.evaluate("plot => plot._fullLayout.xaxis.range"), lambda r: r[1] < 8)
    page.get_by_label("Smoothing").fill("0.5")
    page.get_by_text("Table of 3 epochs").click()
    write_epoch(empty_lab.client, spec, fence, 4)
    empty_lab.client.store.runs.end_cancelled(spec.key(), fence)
    expect(page.get_by_text("Cancelled: 4 of 8 epochs.")).to_be_visible(timeout=SECONDS)
    expect(page.locator(CURVES.format(4))).to_be_visible(timeout=SECONDS)
    assert chart.evaluate("plot => plot.seen && plot.querySelector('.main-svg').seen"), "redrawn in place: no flicker"
    assert chart.evaluate("plot => plot._fullLayout.xaxis.range") == zoomed
    assert len(chart.evaluate("plot => plot.data[0].x")) == 4
    expect(page.get_by_label("Smoothing")).to_have_value("0.5")
    expect(page.get_by_role("region", name="Table of epochs")).to_contain_text("Validation loss")


def test_the_curves_follow_the_theme_under_the_eyes(page: Page, empty_lab: Lab) -> None:
    """Mutation: colours read once keep a light chart on a dark page."""
    page.goto(f"{empty_lab.url}/?run={finished_training(empty_lab.client, RUN)}")
    expect(page.locator(CURVES.format(8))).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Loss"))
    colours = "plot => [plot._fullLayout.paper_bgcolor, plot._fullLayout.font.color]"
    assert chart.evaluate(colours) == ["#faf8f4", "#12100d"]
    page.emulate_media(color_scheme="dark")
    eventually(lambda: chart.evaluate(colours), lambda now: now == ["#14181d", "#e4e2dc"])


def test_the_library_of_charts_comes_with_a_chart_only_and_once(page: Page, empty_lab: Lab) -> None:
    key = finished_training(empty_lab.client, RUN)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{empty_lab.url}/jobs")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible(timeout=SECONDS)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "plotly" in url.lower()]
    page.goto(f"{empty_lab.url}/?run={key}")
    expect(page.locator(CURVES.format(8))).to_be_visible(timeout=SECONDS)
    assert len([url for url in asked if "plotly" in url.lower()]) == 1, "two figures, one library"
    answer = page.request.get(next(url for url in asked if "plotly" in url.lower()))
    assert "immutable" in answer.headers["cache-control"]


def test_runs_are_chosen_for_curves_over_each_other_with_their_numbers(page: Page, empty_lab: Lab) -> None:
    for strategy in ("dense", "scratch"):
        finished_training(empty_lab.client, RUN.model_copy(update={"strategy": strategy}))
    page.goto(f"{empty_lab.url}/ladder?dataset=builtin/digits")
    expect(page.locator(CURVES.format(8))).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Loss"))
    assert chart.evaluate(LINES) == 4
    box = page.get_by_role("checkbox", name=re.compile("Curves of Dense"))
    box.focus()
    page.keyboard.press("Space")
    eventually(lambda: chart.evaluate(LINES), lambda lines: lines == 2)
    expect(page).to_have_url(re.compile("runs=[0-9a-f]{8}$"))
    fold = page.get_by_text("Numbers").first
    fold.focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("region", name="Numbers: Loss")
    expect(table.get_by_role("row")).to_have_count(9)
    third = table.get_by_role("row").nth(3)
    facts = epoch_facts(RUN, 3)
    for text in ("3", f"{facts['loss']:g}", f"{facts['val_loss']:g}"):
        expect(third).to_contain_text(text)
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
    expect(page.locator(".header-line")).to_contain_text("trained-pets", timeout=SECONDS)
    page.get_by_role("button", name="Train on it").click(timeout=SECONDS)
    expect(page.locator(".header-line")).to_contain_text("trained-pets", timeout=SECONDS)
    for label, value in (("Epochs", "2"), ("Size", "32")):
        page.get_by_role("spinbutton", name=label, exact=True).fill(value)
        page.keyboard.press("Enter")
    expect(page.get_by_text("2 epochs, each of")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".header-line")).to_contain_text("32 px", timeout=SECONDS)
    page.get_by_role("button", name="Train the network").click()
    expect(page.locator(CURVES.format(2))).to_be_visible(timeout=RUN_SECONDS)
    expect(page.locator(".panel")).to_contain_text("Best epoch", timeout=SECONDS)
    page.get_by_role("link", name="Atlas of a layer").click(timeout=SECONDS)
    expect(page.get_by_role("heading", name="Layer atlas")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Make the atlas").click(timeout=60_000)
    expect(page.locator(".tile.made").first).to_be_attached(timeout=RUN_SECONDS)
