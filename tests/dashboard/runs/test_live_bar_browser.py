"""The bar of a live run in a real browser: it moves by itself, and the page's script runs only for a new picture."""

import re

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.analyses.filter_atlas.test_browser import SMALL, opened
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import begin, finished_inspection, write_tiles

pytestmark = pytest.mark.browser
SECONDS = 15_000


def moved(lab: Lab, fence: int, share: float, stage: str = "optimizing") -> None:
    """Let the run be further, without a new tile."""
    lab.client.store.runs.write(SMALL.key(), fence, None, {"stage": stage, "fraction": share})


def bar(page: Page) -> Locator:
    """The bar."""
    return page.get_by_role("progressbar")


def live(lab: Lab, made: int = 5) -> int:
    """A run with some of its 24 tiles, of a model whose layers are known; its fencing token."""
    finished_inspection(lab.client, SMALL.model)
    fence = begin(lab.client.store, SMALL, 24)
    write_tiles(lab.client.store, SMALL, fence, 24, 0, made)
    return fence


def asked_of_streamlit(page: Page) -> list[object]:
    """Fills with what the browser sends through Streamlit's socket, from the page's opening on."""
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))

    page.on("websocket", listen)
    return sent


def test_the_bar_moves_without_the_page_s_script(page: Page, empty_lab: Lab) -> None:
    """Mutation that was tried: every answer wishes for a drawing."""
    fence = live(empty_lab)
    sent = asked_of_streamlit(page)
    opened(page, empty_lab, SMALL)
    page.wait_for_timeout(2500)  # what opening a page sends by itself
    before = len(sent)
    assert before > 0
    moved(empty_lab, fence, 0.5, "halfway")
    expect(bar(page)).to_have_attribute("aria-valuenow", "50", timeout=SECONDS)
    expect(page.get_by_text(re.compile(r"5 of 24 tiles done · halfway · ")).first).to_be_visible()
    moved(empty_lab, fence, 0.75, "almost")
    expect(bar(page)).to_have_attribute("aria-valuenow", "75", timeout=SECONDS)
    assert len(sent) == before


def test_new_tiles_are_drawn_and_the_focus_stays(page: Page, empty_lab: Lab) -> None:
    fence = live(empty_lab)
    opened(page, empty_lab, SMALL)
    cancel = page.get_by_role("button", name="Cancel")
    cancel.focus()
    for before, made in ((5, 9), (9, 14)):
        write_tiles(empty_lab.client.store, SMALL, fence, 24, before, made)
        expect(page.locator(".tile.made")).to_have_count(made, timeout=SECONDS)
    expect(cancel).to_be_focused()


def test_the_end_is_shown_and_asking_ends_with_it(page: Page, empty_lab: Lab) -> None:
    fence = live(empty_lab)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live/" in request.url else None)
    opened(page, empty_lab, SMALL)
    write_tiles(empty_lab.client.store, SMALL, fence, 24, 5, 24)
    empty_lab.client.store.runs.finish(SMALL.key(), fence, {})
    expect(page.locator(".tile.made")).to_have_count(24, timeout=SECONDS)
    expect(bar(page)).to_have_count(0)
    page.wait_for_timeout(1500)
    assert asked
    asked.clear()
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_run_that_waits_begins_and_fails_before_one_s_eyes(page: Page, empty_lab: Lab) -> None:
    empty_lab.client.submit(SMALL)
    page.goto(f"{empty_lab.url}/?run={SMALL.key()}")
    expect(page.get_by_text("Waiting for a worker.").first).to_be_visible(timeout=SECONDS)
    fence = empty_lab.client.store.runs.begin(SMALL.key(), empty_lab.client.record(SMALL.key()).job)
    empty_lab.client.store.runs.write(SMALL.key(), fence, None, {"stage": "optimizing", "total": 24})
    expect(page.get_by_text("0 of 24 tiles").first).to_be_visible(timeout=SECONDS)
    expect(page.locator(".tile.waiting")).to_have_count(24, timeout=SECONDS)
    empty_lab.client.store.runs.fail(SMALL.key(), fence, "UnknownLayer", "Expected a layer.")
    expect(page.get_by_text("The atlas failed.")).to_be_visible(timeout=SECONDS)


def test_without_its_address_the_page_asks_by_itself(page: Page, empty_lab: Lab) -> None:
    """Mutation that was tried: nothing wished for when the address fails."""
    fence = live(empty_lab)
    page.route("**/live/**", lambda route: route.abort())
    opened(page, empty_lab, SMALL)
    write_tiles(empty_lab.client.store, SMALL, fence, 24, 5, 11)
    expect(page.locator(".tile.made")).to_have_count(11, timeout=SECONDS)
    expect(bar(page)).to_have_attribute("aria-valuenow", "45")


def test_a_store_that_goes_away_is_said_and_the_bar_comes_back(page: Page, empty_lab: Lab) -> None:
    fence = live(empty_lab)
    opened(page, empty_lab, SMALL)
    expect(bar(page)).to_be_visible()
    empty_lab.server.kill()
    expect(page.get_by_text("Store unreachable.")).to_be_visible(timeout=2 * SECONDS)
    empty_lab.server.start()
    moved(empty_lab, fence, 0.6)
    expect(bar(page)).to_have_attribute("aria-valuenow", "60", timeout=2 * SECONDS)
    expect(page.get_by_text("Store unreachable.")).to_have_count(0)
