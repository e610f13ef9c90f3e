"""Lessons: every step names what exists, is drawn offline, and can be linked to."""

import re
from pathlib import Path

import pytest

import dashboard.team.lessons
from dashboard.analyses import find_in_room
from dashboard.page_table import page_at
from dashboard.team.lessons.blocks import ELEMENTS, PICTURES, at_once, shown_blocks
from dashboard.team.lessons.catalogue import LESSONS, lessons
from dashboard.team.lessons.lesson import Block, Step, read_lesson
from dashboard.widgets.text import escape
from shared.analyses import Activations, Attribution, FilterAtlas
from shared.client import Client
from shared.library.architectures import ARCHITECTURES
from shared.library.bundled import STAND_IN
from shared.library.images import SAMPLES
from tests.fixtures.dashboard_visits import labels, links, point_dashboard_at, visit, words

FOLDER = Path(dashboard.team.lessons.__file__).parent
STEPS = [(name, number) for name, lesson in lessons().items() for number in range(1, len(lesson.steps) + 1)]
LONGEST_PARAGRAPH = 120
# Letters; a longer one is cut short in the list of steps.
LONGEST_TITLE = 30


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def _step(name: str, number: int) -> Step:
    return lessons()[name].steps[number - 1]


def test_every_lesson_beside_the_page_is_listed() -> None:
    files = {path.stem for path in FOLDER.glob("*.md")} - {"reading"}
    assert files == set(LESSONS) and len(lessons()) == len(LESSONS) == 5


@pytest.mark.parametrize("name", lessons())
def test_a_lesson_has_six_to_ten_steps(name: str) -> None:
    lesson = lessons()[name]
    assert lesson.title and lesson.about and 6 <= len(lesson.steps) <= 10
    assert (PICTURES / f"card-{name}.jpg").exists()


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_a_step_says_what_to_notice_and_asks_and_shows_something(name: str, number: int) -> None:
    step = _step(name, number)
    assert len(step.title) <= LONGEST_TITLE and step.notice and step.question and step.answer and step.blocks
    assert 15 < len(step.text.split()) < LONGEST_PARAGRAPH


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_a_step_names_what_exists(name: str, number: int, client: Client) -> None:
    for block in _step(name, number).blocks:
        if block.kind == "run":
            model = f"keras/{block.weights}/imagenet" if block.weights else ""
            spec = client.resolve(block.spec(model))
            assert find_in_room(spec.kind, "VIEW", "view") is not None
            assert not block.weights or block.weights in ARCHITECTURES
            assert (getattr(spec, "image", None) or "sample/cat").removeprefix("sample/") in SAMPLES
        elif block.kind == "picture":
            file, alt, caption = block.lines
            assert (PICTURES / file).exists() and alt and ("ade by" in caption or "rom docs/" in caption)
        elif block.kind == "element":
            assert block.lines[0] in ELEMENTS
        else:
            path, label = block.lines
            assert page_at(path) and label


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_a_step_works_without_the_internet(name: str, number: int) -> None:
    """What is shown on a fresh machine needs the bundled network, a sample or a built-in data set, and nothing else."""
    shown, _ = shown_blocks(_step(name, number).blocks, {})
    assert shown
    for block in shown:
        if block.kind == "run":
            spec = block.spec()
            assert getattr(spec, "model", None) in (None, STAND_IN)
            assert getattr(spec, "dataset", None) in (None, "builtin/digits")


def test_pictures_are_small_and_all_of_them_are_used() -> None:
    named = {
        block.lines[0] for name, number in STEPS for block in _step(name, number).blocks if block.kind == "picture"
    }
    named |= {f"card-{name}.jpg" for name in lessons()}
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert files.keys() == named
    assert max(files.values()) < 160_000 and sum(files.values()) < 1_000_000


def test_only_a_blink_of_the_interactive_queue_starts_by_itself() -> None:
    quick = Activations(model=STAND_IN, image="sample/cat")
    assert at_once(quick) and at_once(Attribution(model=STAND_IN, image="sample/cat"))
    assert not at_once(quick.model_copy(update={"model": "keras/vgg16/imagenet"}))
    assert not at_once(FilterAtlas(model=STAND_IN, layer="relu1"))
    quick_kinds = {"playground", "augmentation_preview", "activations", "attribution"}
    for name, number in STEPS:
        for block in shown_blocks(_step(name, number).blocks, {})[0]:
            if block.kind == "run":
                spec = block.spec()
                assert at_once(spec) == (spec.kind in quick_kinds), f"{name} {number}"


def test_the_weights_at_hand_decide_what_a_step_shows() -> None:
    plain, other = Block("run", ("a",)), Block("run", ("b",), weights="vgg16")
    picture = Block("picture", ("c",))
    assert shown_blocks((plain, other, picture), {}) == ([plain, picture], "vgg16")
    assert shown_blocks((plain, other, picture), {"vgg16": "keras/vgg16/imagenet"}) == ([other, picture], "")
    assert shown_blocks((plain,), {}) == ([plain], "")


def test_a_lesson_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "two_steps.md"
    path.write_text(
        "# A lesson\n\nAbout\nit.\n\n## One\n\nText\nhere.\n\n```run\nactivations --image sample/cat\n"
        "--model bundled/cats_and_dogs\n?layer=relu1&sort=mean\n```\n\n**What to notice.** This.\n\n"
        "**Question.** What?\n\n**Answer.** That.\n\n## Two\n\nMore.\n"
    )
    read = read_lesson(path)
    assert (read.place, read.title, read.about) == ({"lesson": "two-steps"}, "A lesson", "About it.")
    first, second = read.steps
    assert (first.title, first.text, first.notice, first.question, first.answer) == (
        "One", "Text here.", "This.", "What?", "That."
    )  # fmt: skip
    (block,) = first.blocks
    assert block.view == {"layer": "relu1", "sort": "mean"}
    assert block.spec() == Activations(model=STAND_IN, image="sample/cat")
    assert second == Step("Two", "More.")


def test_the_overview_leads_to_every_lesson() -> None:
    for name, lesson in lessons().items():
        page = visit("lessons")
        assert not page.exception and page.header[0].value == "Lessons" and lesson.title in words(page)
        page.button(f"lessons/go/Start: {lesson.steps[0].title}").click().run()
        assert page.header[0].value == f"1. {lesson.steps[0].title}"
        assert [page.query_params[one] for one in ("lesson", "step")] in ([name, "1"], [[name], ["1"]])


def test_next_and_back_lead_from_step_to_step_and_what_was_seen_is_marked() -> None:
    lesson = lessons()["convolution-layer"]
    page = visit("lessons", lesson="convolution-layer", step="1")
    page.button(f"lessons/go/Next: {lesson.steps[1].title}").click().run()
    assert page.header[0].value == f"2. {lesson.steps[1].title}"
    page.button("lessons/go/Back").click().run()
    assert page.header[0].value == f"1. {lesson.steps[0].title}"
    page.button("lessons/go/All lessons").click().run()
    assert "2 of 8 steps seen" in words(page)
    page.button(f"lessons/go/Go on: {lesson.steps[2].title}").click().run()
    assert page.header[0].value == f"3. {lesson.steps[2].title}"


def test_the_last_step_leads_to_the_next_lesson() -> None:
    first, second = list(lessons().values())[:2]
    page = visit("lessons", **first.place, step=str(len(first.steps)))
    page.button(f"lessons/go/Next lesson: {second.title}").click().run()
    assert page.header[0].value == f"1. {second.steps[0].title}"


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_every_step_opens_by_its_address(name: str, number: int) -> None:
    page = visit("lessons", lesson=name, step=str(number))
    step = _step(name, number)
    assert not page.exception and not page.error
    assert page.header[0].value == f"{number}. {escape(step.title)}"
    assert step.question in words(page) and step.notice in words(page)
    assert ("Back" in labels(page)) == (number > 1)
    assert any(label.startswith(("Next", "All lessons, again")) for label in labels(page))


def test_an_address_of_no_step_is_no_stack_trace() -> None:
    for step in ("0", "99", "x", "-1", ""):
        page = visit("lessons", lesson="convolution-on-a-cat", step=step)
        assert not page.exception and re.match(r"\d+\. ", page.header[0].value)
    page = visit("lessons", lesson="none", step="2")
    assert not page.exception and page.header[0].value == "Lessons"


def test_a_page_that_a_step_led_to_leads_back() -> None:
    page = visit("playground", **{"from": "lesson.convolution-on-a-cat.3"})
    back = [query for label, query in links(page) if label == "Back to the lesson, step 3"]
    assert back == ["lesson=convolution-on-a-cat&step=3"]
    for nonsense in ("", "lesson", "lesson.x", "page.x.1", "lesson..1"):
        page = visit("playground", **{"from": nonsense})
        assert not page.exception and not any("Back to the lesson" in label for label, _ in links(page))


def test_a_step_asks_by_itself_for_what_takes_a_blink_and_for_nothing_else(client: Client) -> None:
    visit("lessons", lesson="what-a-network-sees", step="1")
    assert [run.kind for run in client.store.runs.recent()] == ["activations"]
    visit("lessons", lesson="how-convnets-see", step="2")
    visit("lessons", lesson="from-71-to-97", step="2")
    assert [run.kind for run in client.store.runs.recent()] == ["activations"]
