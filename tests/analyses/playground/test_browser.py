"""The playground in a real browser: stages that were computed here, and the arithmetic that walks by itself."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.analyses import Playground
from shared.results import Part, encode_part
from tests.fixtures.browser import Lab
from tests.fixtures.patience import eventually
from tests.fixtures.synthetic_runs import FACTS, begin
from tests.fixtures.worker_context import context
from worker.analyses.playground.analysis import playground

pytestmark = pytest.mark.browser
SPEC = Playground(
    size=(32, 40),
    stages=[{"type": "convolution", "filters": 3}, {"type": "pooling", "size": 5}, {"type": "convolution"}],
)


@pytest.fixture
def link(empty_lab: Lab, tmp_path: Path) -> str:
    """Address of a finished run."""
    parts = [item for item in playground(SPEC, context(tmp_path)) if isinstance(item, Part)]
    store, fence = empty_lab.client.store, begin(empty_lab.client.store, SPEC, len(parts))
    for part in parts:
        store.runs.write(SPEC.key(), fence, (part.index, encode_part(part)), {"stage": "computing"})
    store.runs.finish(SPEC.key(), fence, FACTS)
    return f"{empty_lab.url}/?run={SPEC.key()}"


def drawn(page: Page) -> None:
    expect(page.locator(".stage-cards section")).to_have_count(4, timeout=20000)


def natural_size(page: Page, name: str) -> list[int]:
    picture = page.get_by_role("region", name=name).locator(".stand img")
    return picture.evaluate("e => e.decode().then(() => [e.naturalHeight, e.naturalWidth])")


def test_stages_stand_side_by_side_with_their_pictures_and_arithmetic(page: Page, link: str) -> None:
    page.goto(link)
    drawn(page)
    assert natural_size(page, "The picture") == [32, 40]
    assert natural_size(page, "1 · 3 filters of 3 × 3, random") == [30, 38]
    assert natural_size(page, "2 · max pooling 5 × 5") == [6, 7]
    card = page.get_by_role("region", name="2 · max pooling 5 × 5")
    expect(card).to_contain_text("⌊(38 − 5 + 2·0)/5⌋ + 1 = 7")
    expect(card).to_contain_text("the last 3 columns are never seen")


def test_a_channel_alone_is_in_the_address(page: Page, link: str) -> None:
    page.goto(link)
    drawn(page)
    card = page.get_by_role("region", name="1 · 3 filters of 3 × 3, random")
    card.get_by_role("button", name="channel 2 alone").click()
    expect(card.get_by_alt_text("1 · 3 filters of 3 × 3, random, channel 2 alone")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]shown=1\.2\b"), timeout=15000)
    page.reload()
    drawn(page)
    chosen = page.get_by_role("region", name="1 · 3").get_by_role("button", name="channel 2 alone")
    expect(chosen).to_have_attribute("aria-pressed", "true")


def test_the_switches_are_in_the_address(page: Page, link: str) -> None:
    page.goto(link)
    drawn(page)
    for name in ("true to scale", "each its own"):
        page.get_by_role("button", name=name).click()
    expect(page).to_have_url(re.compile(r"(?=.*scale=true)(?=.*levels=each)"), timeout=15000)
    page.reload()
    drawn(page)
    for name in ("true to scale", "each its own"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    meaning = page.get_by_role("region", name="1 · 3").locator(".meaning")
    expect(meaning).to_contain_text("each channel from its smallest")


def test_a_control_keeps_its_focus_and_asks_by_itself(page: Page, link: str, empty_lab: Lab) -> None:
    page.goto(link)
    drawn(page)
    page.get_by_text("1 · Convolution").click()
    kernel = page.get_by_label("Kernel", exact=True)
    kernel.fill("5")
    kernel.press("Enter")
    expect(page).not_to_have_url(re.compile(SPEC.key()), timeout=15000)
    run = eventually(lambda: empty_lab.client.store.runs.recent()[0], lambda newest: newest.key != SPEC.key())
    assert (run.status, run.fields["stages"][0]["kernel"]) == ("queued", 5)
    expect(kernel).to_be_focused()


@pytest.fixture
def walk(page: Page, lab: Lab) -> Callable[[str], None]:
    """Opens the arithmetic with the choices of an address."""

    def opened(choices: str) -> None:
        page.goto(f"{lab.url}/playground?view=Arithmetic&walk={choices}")
        expect(page.locator(".window-walk .cells").first).to_be_visible(timeout=20000)

    return opened


def test_every_choice_of_the_arithmetic_is_within_reach_on_a_phone(page: Page, walk: Callable[[str], None]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    walk("")
    beyond = (
        "(all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent)"
    )
    buttons = page.locator(".window-walk button")
    expect(buttons.filter(has_text="average pooling")).to_be_visible()
    assert buttons.evaluate_all(beyond) == []


def test_the_window_walks_and_the_products_are_written_out(page: Page, walk: Callable[[str], None]) -> None:
    walk("convolution-1-1-1-0")
    total = page.locator(".window-walk .sum")
    expect(total).to_have_text("1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 0·1 + 0·0 + 1·1 = 4")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text("place 2 of 9")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("place 5 of 9")).to_be_visible()
    page.get_by_label("output 1, row 3, column 3").hover()
    expect(page.get_by_text("place 9 of 9")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_text("place 1 of 9")).to_be_visible(timeout=5000)
    page.get_by_role("button", name="Pause").click()


def test_numbers_can_be_changed_and_text_is_refused(page: Page, walk: Callable[[str], None]) -> None:
    walk("convolution-1-1-1-0")
    cell = page.get_by_label("filter 1, channel 1, row 1, column 1")
    cell.fill("10")
    total = page.locator(".window-walk .sum")
    expect(total).to_contain_text("= 13")
    cell.fill("cat")
    expect(page.locator(".window-walk").get_by_role("alert")).to_contain_text("Received: “cat”")
    expect(total).to_contain_text("= 13")
    cell.fill("-2")
    expect(total).to_contain_text("= 1")
    expect(page.locator(".window-walk").get_by_role("alert")).to_have_count(0)
    expect(page).to_have_url(re.compile("numbers=k0.0.0(~|%7E)-2"), timeout=15000)
    page.goto(page.url)
    expect(total).to_contain_text("1·(−2)", timeout=20000)
    expect(page.get_by_label("filter 1, channel 1, row 1, column 1")).to_have_value("-2")


def test_the_claims_are_checked_on_the_numbers(page: Page, walk: Callable[[str], None]) -> None:
    walk("convolution-2-2-1-1")
    checks = page.locator(".window-walk .checks")
    expect(checks.locator(".linear")).to_have_text("Yes: f(a + b) = f(a) + f(b).")
    expect(checks.locator(".along")).to_contain_text("Yes. The input moved by 1 to the right moves the output by 1")
    page.get_by_role("button", name="average pooling").click()
    expect(checks.locator(".linear")).to_contain_text("Yes")
    page.get_by_role("button", name="maximum pooling").click()
    # Of 16 places, two inputs have their largest number at different cells of the window in ten.
    expect(checks.locator(".linear")).to_have_text("No: 10 of 16 numbers differ.")
    expect(checks.locator(".along")).to_contain_text("Yes.")
    # The turned input has the 40 in its right corner, where so far both had their largest number at one cell.
    page.get_by_label("input channel 1, row 1, column 1").fill("40")
    expect(checks.locator(".linear")).to_have_text("No: 11 of 16 numbers differ.")


def test_a_function_becomes_the_last_stage(page: Page, lab: Lab) -> None:
    page.goto(f"{lab.url}/playground?view=Functions")
    cards = page.locator(".function-sheet .card")
    expect(cards).to_have_count(28, timeout=20000)
    page.get_by_role("button", name=re.compile("^tanh ?tanh x")).click()
    expect(page.get_by_text("tanh is stage 2 now: see it under Stages.")).to_be_visible(timeout=15000)
    expect(page.get_by_text("1 · Convolution")).to_have_count(0)  # nothing there depends on the stages
    page.get_by_role("tab", name="Stages").click()
    expect(page.get_by_text("2 · Activation")).to_be_visible(timeout=15000)


def test_several_channels_and_filters_and_pooling(page: Page, walk: Callable[[str], None]) -> None:
    walk("convolution-3-2-2-1")
    expect(page.locator(".window-walk")).to_contain_text("Output 3 × 3 × 2")
    expect(page.locator(".window-walk .sum")).to_contain_text("together:")
    page.get_by_role("button", name="maximum pooling").click()
    expect(page.locator(".window-walk")).to_contain_text("Output 2 × 2 × 3")
    expect(page.locator(".window-walk .sum")).to_have_text("max(1, 3, 4, 6) = 6")
    expect(page).to_have_url(re.compile("walk=max-3-2-2-1"), timeout=15000)
    page.get_by_role("button", name="average pooling").click()
    expect(page.locator(".window-walk .sum")).to_have_text("(1 + 3 + 4 + 6) / 4 = 3.5")


def test_the_arithmetic_stands_under_the_pointer_and_under_the_arrow_keys(page: Page, link: str) -> None:
    page.goto(link)
    drawn(page)
    card, before = (page.get_by_role("region", name=n) for n in ("1 · 3 filters of 3 × 3, random", "The picture"))
    card.locator(".pixels").hover(position={"x": 3, "y": 3})
    expect(card.locator(".made")).to_contain_text("Row 0, column 0, channel 0")
    expect(card.locator(".made .slice")).to_have_count(3)
    expect(card.locator(".made .slice").first.locator(".numbers").first.locator("span")).to_have_count(9)
    expect(card.locator(".made .total")).to_contain_text("=")
    framed = before.locator(".mark").evaluate("e => [e.style.top, e.style.left, e.style.height, e.style.width]")
    assert framed == ["0%", "0%", "9.375%", "7.5%"], "3 × 3 of 32 × 40 pixels"
    card.locator(".pixels").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(card.locator(".made")).to_contain_text("Row 1, column 1, channel 0")
    card.get_by_role("button", name="channel 2 alone").click()
    card.locator(".pixels").hover(position={"x": 3, "y": 3})
    expect(card.locator(".made")).to_contain_text("channel 2")
