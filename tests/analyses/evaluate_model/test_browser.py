"""The evaluation's page in a real browser: from a number in the confusion matrix to a picture and its heat map."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shared.analyses import EvaluateModel
from shared.results import encode_part
from tests.analyses.evaluate_model.parts import begun_evaluation, digit_answers, evaluation_parts, finished_evaluation
from tests.fixtures.browser import Lab
from tests.fixtures.charts_on_a_page import click_at, point_at
from tests.fixtures.patience import eventually
from tests.fixtures.synthetic_runs import report_workers

pytestmark = pytest.mark.browser
SECONDS = 20_000
MODEL = "keras/mobilenetv2/random"


DRAWN = ".st-key-confusion .charts[data-drawn]"
FRAMED = "plot => plot.layout.meta.selected"


def asked(lab: Lab) -> EvaluateModel:
    return lab.client.resolve(EvaluateModel(model=MODEL, dataset="builtin/digits"))


def test_from_a_cell_to_a_picture_to_its_heat_map_and_back(page: Page, empty_lab: Lab) -> None:
    spec = asked(empty_lab)
    labels, probabilities, _ = digit_answers(empty_lab.client, spec)
    confused = int(((labels == 3) & (probabilities.argmax(1) == 8)).sum())
    page.goto(f"{empty_lab.url}/?run={finished_evaluation(empty_lab.client, spec)}")
    report_workers(empty_lab.client.store)
    chart = page.get_by_role("group", name=re.compile("^Confusion"))
    expect(page.locator(DRAWN)).to_be_visible(timeout=SECONDS)
    expect(page.get_by_role("group", name=re.compile("^The surest mistakes"))).to_be_visible()
    click_at(page, chart, 8, 3)
    pictures = page.get_by_role("group", name=re.compile("^3 taken for 8")).get_by_role("button")
    expect(pictures).to_have_count(confused, timeout=SECONDS)
    expect(page).to_have_url(re.compile("cell=3-8"), timeout=SECONDS)
    eventually(lambda: chart.evaluate(FRAMED), lambda framed: framed == "3-8")
    pictures.nth(1).click()
    expect(page.locator(".answer-bars")).to_contain_text("True: 3; predicted: 8", timeout=SECONDS)
    expect(page).to_have_url(re.compile(r"picture=\d+"), timeout=SECONDS)
    address = page.url
    page.get_by_role("button", name="Why? Heat map").click()
    expect(page.get_by_role("heading", name="Heat maps")).to_be_visible(timeout=SECONDS)
    expect(page).to_have_url(re.compile("/heat-maps.*run=attribution-v2-"), timeout=SECONDS)
    [run] = eventually(lambda: empty_lab.client.store.runs.recent(include=["attribution"]), len)
    assert run.fields["classes"] == [8, 3] and run.fields["truths"] == [3]
    page.goto(address)
    expect(page.locator(".answer-bars")).to_contain_text("True: 3", timeout=SECONDS)
    eventually(lambda: chart.evaluate(FRAMED), lambda framed: framed == "3-8")
    page.get_by_role("button", name="All mistakes").click()
    expect(page.get_by_role("group", name=re.compile("^The surest mistakes"))).to_be_visible(timeout=SECONDS)
    expect(page).not_to_have_url(re.compile("cell="))
    click_at(page, chart, 8, 3)  # the same cell as before
    expect(page).to_have_url(re.compile("cell=3-8"), timeout=SECONDS)


def test_cells_are_chosen_by_keyboard_on_the_chart_and_in_its_table(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={finished_evaluation(empty_lab.client, asked(empty_lab))}")
    expect(page.locator(DRAWN)).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Confusion"))
    chart.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")  # past cells without pictures
    spoken = page.locator(".charts output.visually-hidden").first
    expect(spoken).to_contain_text(re.compile(r"true class \d, predicted class \d, (right|wrong) \d+"))
    true, said = re.findall(r"class (\d)", spoken.inner_text())
    title = f"{true}, rightly named" if true == said else f"{true} taken for {said}"
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name=re.compile(f"^{title}"))).to_be_visible(timeout=SECONDS)
    fold = page.get_by_text("Numbers", exact=True).first
    fold.focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name=re.compile(f"^{title}: "))
    expect(button).to_have_attribute("aria-pressed", "true")
    button.focus()
    page.keyboard.press("Enter")  # once more: back to all mistakes
    expect(page.get_by_role("group", name=re.compile("^The surest mistakes"))).to_be_visible(timeout=SECONDS)


def test_a_bin_says_its_numbers_and_new_answers_come_in(page: Page, empty_lab: Lab) -> None:
    client, spec = empty_lab.client, asked(empty_lab)
    fence = begun_evaluation(client, spec, made=2)
    page.goto(f"{empty_lab.url}/?run={spec.key()}")
    expect(page.get_by_text("of the first 128 pictures right")).to_be_visible(timeout=SECONDS)
    labels, probabilities, numbers = digit_answers(client, spec)
    for part in evaluation_parts(labels, probabilities, shard=64, pictures=np.asarray(numbers))[2:]:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {"stage": "running"})
    client.store.runs.finish(spec.key(), fence, {})
    expect(page.get_by_text("of 359 pictures right")).to_be_visible(timeout=SECONDS)
    chart = page.get_by_role("group", name=re.compile("^Reliability"))
    eventually(lambda: chart.evaluate("plot => plot.data[2].y.reduce((a, b) => a + b)"), lambda answers: answers == 359)
    chart.locator(".barlayer .point").last.scroll_into_view_if_needed()
    point_at(page, chart, 0.96, 0.5)
    expect(chart.locator(".hoverlayer")).to_contain_text(re.compile(r"93–100 % confidence: \d+ pictures"))
    expect(chart.locator(".hoverlayer")).to_contain_text(re.compile(r"gap: \d\.\d%"))  # not where the bar ends
