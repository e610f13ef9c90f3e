"""A collection in a real browser: put together, ordered, worded, walked as a lesson, handed out, deleted."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from shared.library.collections import CollectionStep
from tests.fixtures.axe import inject, violations
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

pytestmark = pytest.mark.browser
MODEL = "keras/vgg16/random"
EDGES = FilterAtlas(model=MODEL, layer="block1_conv2", size=48, steps=6, precision="float32")
EYES = EDGES.model_copy(update={"layer": "block3_conv1"})
HOSTILE = "![x](https://elsewhere.example/p.png) <img src=x> **Look** at [the paper](https://arxiv.org/abs/1412.6806)"


def installation(lab: Lab) -> list[str]:
    """Two pinned results of one network."""
    client = lab.client
    for one in client.collections.all():
        client.collections.delete(one.id)
    finished_inspection(client, MODEL)
    keys = [finished_atlas(client.store, spec, 24) for spec in (EDGES, EYES)]
    for key, title in zip(keys, ("Edges", "Eyes"), strict=True):
        client.results.pin(key, title)
    return keys


def words_of_step(page: Page, number: int, **words: str) -> None:
    """Write a step's words and keep them."""
    page.get_by_text(f"Words of step {number}").click()
    for label, text in words.items():
        page.get_by_role("textbox", name=label.replace("_", " ")).fill(text)
    page.get_by_role("button", name="Save the step").click()
    expect(page.get_by_text(f"{number}. {words['Title_of_the_step']}")).to_be_visible()


def add(page: Page, title: str) -> None:
    """Put a pinned result behind the last step."""
    page.get_by_role("combobox", name="A result of the gallery").click()
    page.get_by_role("option", name=title).click()
    page.get_by_role("button", name="Add as a step").click()


def test_a_collection_is_made_ordered_worded_and_walked(page: Page, empty_lab: Lab) -> None:
    installation(empty_lab)
    page.goto(f"{empty_lab.url}/lessons")
    page.get_by_role("textbox", name="Title of a new collection").fill("Week 3: *edges*")
    page.get_by_role("button", name="New collection").click()
    expect(page).to_have_url(re.compile("/lessons.edit=[0-9a-f]{16}$"))
    for number, title in enumerate(("Edges", "Eyes"), 1):
        add(page, title)
        expect(page.get_by_text(f"{number}. {title}")).to_be_visible()
    page.get_by_role("button", name="Up").nth(1).click()
    expect(page.get_by_text("1. Eyes")).to_be_visible()
    words_of_step(page, 1, Title_of_the_step="Parts", Text=HOSTILE, Question="What is 12?", Its_answer="An *eye*.")
    page.get_by_role("button", name="See it as a lesson").click()
    walk(page)
    page.goto(f"{empty_lab.url}/lessons")
    expect(page.get_by_role("button", name="Start: Parts")).to_be_visible()


def walk(page: Page) -> None:
    """From the first step to the last and back, the answer folded away, the browser's Back too."""
    expect(page.get_by_role("heading", name="1. Parts")).to_be_visible()
    expect(page.locator(".tile-sheet")).to_be_visible()
    expect(page.get_by_text("Look", exact=True)).to_have_css("font-weight", re.compile("[6-9]00"))
    expect(page.get_by_role("link", name="the paper")).to_have_attribute("href", "https://arxiv.org/abs/1412.6806")
    assert page.locator("img[src*=elsewhere], img[src=x]").count() == 0
    expect(page.get_by_text("<img src=x>")).to_be_visible()
    page.get_by_text("Answer", exact=True).click()
    expect(page.get_by_text("An eye.")).to_be_visible()
    page.get_by_role("button", name="Next: Edges").click()
    expect(page.get_by_role("heading", name="2. Edges")).to_be_visible()
    expect(page.get_by_text("Question.")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("heading", name="1. Parts")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="2. Edges")).to_be_visible()
    page.get_by_role("link", name="Open it on the page Layer atlas").click()
    page.get_by_role("link", name="Back to the collection, step 2").click()
    expect(page.get_by_role("heading", name="2. Edges")).to_be_visible()


def test_a_link_that_a_teacher_handed_out_opens_its_step_as_it_was_seen(
    page: Page, browser: Browser, empty_lab: Lab
) -> None:
    (key, _), client = installation(empty_lab), empty_lab.client
    made = client.collections.make("Week 4", "What *edges* are")
    page.goto(f"{empty_lab.url}/?run={key}&tile=7")
    page.get_by_role("button", name="Pinned").click()
    page.get_by_role("combobox", name="Also as the last step of the collection").click()
    page.get_by_role("option", name="Week 4").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert client.collections.get(made.id).steps[0].view == {"tile": "7"}
    page.goto(f"{empty_lab.url}/lessons?collection={made.id}&step=1")
    expect(page).to_have_url(re.compile("tile=7"))
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    stranger = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark").new_page()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="1. Edges")).to_be_visible()
    expect(stranger.locator(".tile-sheet [aria-selected=true]")).to_have_attribute(
        "aria-label", re.compile("channel 7")
    )
    inject(stranger)
    assert violations(stranger) == []
    assert stranger.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stranger.context.close()


def test_a_collection_is_deleted_and_its_results_stay(page: Page, empty_lab: Lab) -> None:
    (key, _), client = installation(empty_lab), empty_lab.client
    made = client.collections.make("Week 5", "", [CollectionStep(key)])
    page.goto(f"{empty_lab.url}/lessons?edit={made.id}")
    page.get_by_text("Delete this collection").click()
    delete = page.get_by_role("button", name="Delete", exact=False).last
    expect(delete).to_be_disabled()
    page.get_by_text("I want to delete Week 5").click()
    expect(delete).to_be_enabled()
    delete.click()
    expect(page.get_by_role("heading", name="Lessons", exact=True)).to_be_visible()
    expect(page.get_by_text("Week 5")).to_have_count(0)
    assert client.collections.all() == [] and client.results.gallery.get(key)
    client.results.delete(key)


def test_the_editor_is_for_every_reader(page: Page, empty_lab: Lab) -> None:
    keys = installation(empty_lab)
    made = empty_lab.client.collections.make("Week 6", "", [CollectionStep(key) for key in keys])
    page.goto(f"{empty_lab.url}/lessons?edit={made.id}")
    page.get_by_text("Words of step 1").click()
    expect(page.get_by_role("textbox", name="Title of the step")).to_be_visible()
    inject(page)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
