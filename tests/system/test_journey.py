"""The whole journey with real workers: supervisor, queue, engines, dashboard, browser."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from tests.fixtures.browser import SIZE, Lab

pytestmark = pytest.mark.browser
MODEL = "keras/mobilenetv2/random"
# Some seconds of work on two cores: long enough to be watched, reloaded and cancelled in its middle.
SLOW = FilterAtlas(model=MODEL, layer="block_1_expand_relu", size=96, steps=40, precision="float32")
QUICK = FilterAtlas(model=MODEL, layer="Conv1", size=32, steps=3, channels=tuple(range(8)), precision="float32")
RUN_SECONDS = 240


def _address(lab: Lab, spec: FilterAtlas) -> str:
    channels = f"&channels={spec.channels[0]}-{spec.channels[-1]}" if spec.channels else ""
    return (f"{lab.url}/atlas?model={spec.model}&layer={spec.layer}&size={spec.size}&steps={spec.steps}"
            f"&seed={spec.seed}&precision=float32{channels}")  # fmt: skip


def _make(page: Page, lab: Lab, spec: FilterAtlas) -> None:
    """Open the choices by their address and press the button."""
    page.goto(_address(lab, spec))
    page.get_by_role("button", name="Make the atlas").click(timeout=60_000)
    expect(page).to_have_url(re.compile(f"run={spec.key()}"), timeout=15_000)


def _over(lab: Lab, spec: FilterAtlas) -> str:
    return lab.client.wait(spec.key(), timeout=RUN_SECONDS).status


def test_make_an_atlas_and_see_tiles_before_it_is_finished(page: Page, working_lab: Lab) -> None:
    spec = SLOW.model_copy(update={"seed": 1})
    _make(page, working_lab, spec)
    expect(page.locator(".tile.made").first).to_be_attached(timeout=60_000)
    assert page.locator(".tile.waiting").count() > 0
    assert working_lab.client.record(spec.key()).status == "running"
    page.reload()  # half-way: the same progress is there again
    expect(page.locator(".tile.made").first).to_be_attached(timeout=20_000)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_text("96 of 96 tiles")).to_be_visible(timeout=RUN_SECONDS * 1000)
    assert _over(working_lab, spec) == "complete"
    expect(page.get_by_text("untrained")).to_be_visible()
    page.locator(".tile.made").first.click()
    expect(page.get_by_role("heading", name=re.compile(r"Channel \d+"))).to_be_visible()


def test_two_people_asking_for_the_same_make_one_run(browser: Browser, working_lab: Lab) -> None:
    spec = SLOW.model_copy(update={"seed": 2, "channels": tuple(range(32))})
    contexts = [browser.new_context(viewport=SIZE) for _ in range(2)]
    first, second = (context.new_page() for context in contexts)
    for page in (first, second):
        page.goto(_address(working_lab, spec))
        expect(page.get_by_role("button", name="Make the atlas")).to_be_visible(timeout=30_000)
    for page in (first, second):
        page.get_by_role("button", name="Make the atlas").click()
    for page in (first, second):
        expect(page.get_by_text("32 of 32 tiles")).to_be_visible(timeout=RUN_SECONDS * 1000)
    assert working_lab.client.record(spec.key()).attempts == 1
    for context in contexts:
        context.close()


def test_cancel_stops_within_moments_and_keeps_the_tiles(page: Page, working_lab: Lab) -> None:
    spec = SLOW.model_copy(update={"seed": 3, "steps": 200})
    _make(page, working_lab, spec)
    expect(page.locator(".tile.made:not(.look)").first).to_be_attached(timeout=RUN_SECONDS * 1000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("Cancelled: [1-9]"))).to_be_visible(timeout=10_000)
    done = working_lab.client.record(spec.key()).done
    assert done > 0
    # The sheet is drawn anew when polling ends, so there may be a moment without tiles.
    expect(page.locator(".tile.made:not(.look)")).to_have_count(done, timeout=10_000)
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_a_wrong_layer_ends_with_a_message_to_act_on(page: Page, working_lab: Lab) -> None:
    spec = QUICK.model_copy(update={"layer": "no_such_layer"})
    working_lab.client.submit(spec)
    page.goto(f"{working_lab.url}/?run={spec.key()}")
    expect(page.get_by_text("The atlas failed.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("no_such_layer").first).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_a_start_on_a_sample_picture_is_taken_up(page: Page, working_lab: Lab) -> None:
    page.goto(working_lab.url)
    page.locator(".st-key-start-redrawn").get_by_role("button").click(timeout=20_000)
    expect(page.locator(".header-line")).to_contain_text("from sample/coffee", timeout=15_000)
    # The weights may be out of reach here; then the message says what to do.
    outcome = page.get_by_text(re.compile("24 of 24 tiles|The atlas failed"))
    expect(outcome.first).to_be_visible(timeout=RUN_SECONDS * 1000)


def _choose_file(page: Page, path: Path, name: str) -> None:
    page.get_by_text("Add a model", exact=True).click(timeout=15_000)
    page.get_by_role("textbox", name="Name", exact=True).first.fill(name)
    page.locator('input[type="file"]').first.set_input_files(path)
    expect(page.get_by_text(path.name).first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Add model").click()


def test_a_bad_upload_is_refused_with_its_reason(page: Page, working_lab: Lab, tmp_path: Path) -> None:
    bad = tmp_path / "broken.keras"
    bad.write_bytes(b"PK\x03\x04 this is no model")
    page.goto(f"{working_lab.url}/models")
    _choose_file(page, bad, "broken")
    expect(page.get_by_text("Not added.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    assert "broken" not in working_lab.client.models.names()


def _save_network(path: Path, rest: str) -> None:
    """A tiny network, made by a process of its own."""
    code = (
        "import sys, keras; keras.utils.set_random_seed(0); layers = keras.layers;"
        "keras.Sequential([layers.Input((32, 32, 3)), layers.Conv2D(8, 3, activation='relu', name='first'),"
        f"{rest}]).save(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, timeout=120)


def test_an_uploaded_model_goes_from_its_file_to_its_atlas(page: Page, working_lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "tiny.keras"
    _save_network(path, "layers.Conv2D(8, 3, activation='relu', name='second')")
    page.goto(f"{working_lab.url}/models")
    _choose_file(page, path, "tiny-net")
    expect(page.get_by_text("Added.")).to_be_visible(timeout=20_000)
    expect(page.locator(".header-line")).to_contain_text("layers", timeout=60_000)
    reference = working_lab.client.models.names()["tiny-net"]
    spec = QUICK.model_copy(update={"model": reference, "layer": "second", "channels": ()})
    _make(page, working_lab, spec)
    expect(page.get_by_text("8 of 8 tiles")).to_be_visible(timeout=60_000)
    expect(page.locator(".header-line")).to_contain_text("tiny-net")


def test_a_layer_leads_to_what_it_answers_to_the_cat(page: Page, working_lab: Lab) -> None:
    page.goto(f"{working_lab.url}/activations?model={MODEL}&image=sample/cat&layer=block_1_expand_relu")
    page.get_by_role("button", name="Make the feature maps").click(timeout=60_000)
    expect(page.locator(".map-sheet[data-shown]")).to_be_visible(timeout=120_000)
    page.locator(".map-sheet .tile").nth(3).click()
    expect(page.get_by_role("heading", name="Channel 3 of block_1_expand_relu")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("listbox", name=re.compile("layers from input to output"))).to_be_visible()
    expect(page.get_by_role("heading", name="Predictions")).to_be_visible()
    expect(page.get_by_text("untrained")).to_be_visible()


def test_three_clicks_from_an_upload_to_its_heat_map_and_on_to_a_shared_link_with_two_classes(
    page: Page, browser: Browser, working_lab: Lab, tmp_path: Path
) -> None:
    network, photograph = tmp_path / "judge.keras", tmp_path / "mine.png"
    _save_network(network, "layers.GlobalAveragePooling2D(), layers.Dense(3, activation='softmax')")
    Image.fromarray(np.random.default_rng(5).integers(0, 255, (40, 48, 3), np.uint8)).save(photograph)
    page.goto(f"{working_lab.url}/models")
    _choose_file(page, network, "judge")
    expect(page.get_by_text("Added.")).to_be_visible(timeout=20_000)
    page.get_by_role("navigation", name="This model in").get_by_role("link", name="Heat maps").click(timeout=60_000)
    page.get_by_text("Add a picture").click(timeout=60_000)
    page.locator('input[type="file"]').first.set_input_files(photograph)
    expect(page.get_by_text("mine", exact=True).first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Make the heat maps").click()
    expect(page.locator(".heat-stage[data-painted]")).to_be_visible(timeout=60_000)
    page.locator(".heat-classes button[aria-pressed='false']").first.click()
    expect(page.locator(".heat-stage .maps canvas")).to_have_count(2, timeout=60_000)
    page.get_by_label("Opacity").fill("85")
    expect(page).to_have_url(re.compile("opacity=85"), timeout=15_000)
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("() => navigator.clipboard.readText()")
    colleague = browser.new_context(viewport=SIZE).new_page()
    colleague.goto(link)
    names = page.locator(".heat-stage figcaption b").all_text_contents()
    expect(colleague.locator(".heat-stage figcaption b")).to_have_text(names, timeout=30_000)
    expect(colleague.get_by_label("Opacity")).to_have_value("85")
    colleague.context.close()
