"""A journey through each lesson in a real browser, with workers behind it: every step, its answer, Next, Back."""

import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.team.lessons.blocks import shown_blocks
from dashboard.team.lessons.catalogue import lessons
from dashboard.team.lessons.lesson import Step
from tests.fixtures.browser import Lab

pytestmark = pytest.mark.browser
# What is drawn of a result that takes a blink; of one that has to be asked for, its button.
DRAWN = {
    "playground": ".stage-cards section",
    "activations": ".map-sheet",
    "attribution": ".heat-stage",
    "augmentation_preview": 'img[alt*="copies"]',
    "window_walk": ".window-walk .cells",
}
ASKED_FOR = re.compile("^(Make|Train|Compute)")


def see(page: Page, number: int, step: Step) -> None:
    """The step is there: its address, its words, the answer to its question, and what it shows."""
    expect(page.get_by_role("heading", name=f"{number}. {step.title}")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"step={number}\b"))
    page.get_by_text("Answer", exact=True).click()
    expect(page.get_by_test_id("stExpander").get_by_role("paragraph").first).to_be_visible()
    for block in shown_blocks(step.blocks, {})[0]:
        if block.kind == "picture":
            expect(page.get_by_alt_text(block.lines[1])).to_be_visible()
        elif block.kind == "page":
            expect(page.get_by_role("link", name=block.lines[1])).to_be_visible()
        else:
            name = block.lines[0].split()[0]
            shown = page.locator(DRAWN[name]).first if name in DRAWN else page.get_by_role("button", name=ASKED_FOR)
            expect(shown).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


@pytest.mark.parametrize("name", lessons())
def test_a_lesson_is_walked_from_its_first_step_to_its_last(page: Page, working_lab: Lab, name: str) -> None:
    lesson = lessons()[name]
    page.goto(f"{working_lab.url}/lessons")
    page.get_by_role("button", name=f"Start: {lesson.steps[0].title}").click()
    for number, step in enumerate(lesson.steps, 1):
        see(page, number, step)
        if number < len(lesson.steps):
            page.get_by_role("button", name=f"Next: {lesson.steps[number].title}").click()
    last = len(lesson.steps)
    page.go_back()
    expect(page.get_by_role("heading", name=f"{last - 1}. {lesson.steps[-2].title}")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name=f"{last}. {lesson.steps[-1].title}")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("heading", name=f"{last - 1}. {lesson.steps[-2].title}")).to_be_visible()
    failed = [run.key for run in working_lab.client.store.runs.recent() if run.status == "failed"]
    assert failed == []


def test_a_link_that_a_teacher_handed_out_opens_its_step(page: Page, working_lab: Lab) -> None:
    page.goto(f"{working_lab.url}/lessons?lesson=what-a-network-sees&step=3")
    see(page, 3, lessons()["what-a-network-sees"].steps[2])
    expect(page).to_have_url(re.compile("layer=relu3"))
    expect(page.locator(".header-line")).to_have_text(re.compile("step 3 of 8Copy link$"))
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{working_lab.url}/lessons?lesson=what-a-network-sees&step=3"


def test_a_step_leads_to_its_page_and_back_with_the_place_kept(page: Page, working_lab: Lab) -> None:
    page.goto(f"{working_lab.url}/lessons?lesson=what-a-network-sees&step=4")
    page.get_by_role("link", name="Change it on the page Activations").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Activations", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/activations.*run=activations-.*layer=relu5"))
    page.get_by_role("link", name="Back to the lesson, step 4").click()
    expect(page.get_by_role("heading", name="4. Late layers: parts")).to_be_visible()
    expect(page).to_have_url(re.compile("lesson=what-a-network-sees&step=4"))


def test_a_click_for_another_method_leads_to_the_heat_maps_page(page: Page, working_lab: Lab) -> None:
    page.goto(f"{working_lab.url}/lessons?lesson=how-convnets-see&step=9")
    expect(page.locator(".heat-stage")).to_be_visible(timeout=60_000)
    page.locator(".heat-lenses").get_by_role("button", name="HiResCAM").click()
    expect(page).to_have_url(re.compile("/heat-maps"), timeout=60_000)
    expect(page.get_by_role("link", name="Back to the lesson, step 9")).to_be_visible()
    expect(page.locator(".header-line")).to_contain_text("HiResCAM", timeout=60_000)
