"""Pages open with what the session works on, and with nothing that must fail."""

import time

import pytest

from dashboard.app import PAGES
from dashboard.page_table import script
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.client import Client
from shared.library.bundled import STAND_IN
from shared.store import WorkerRecord
from tests.analyses.channel_portrait.parts import finished_portrait
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit
from tests.fixtures.synthetic_runs import finished_inspection

ABSENT = "keras/vgg16/imagenet"
# Of one page, which asks 78.
MOST_COMMANDS = 120


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has looked for weights, and found those of ResNet50 alone."""
    point_dashboard_at(client, monkeypatch)
    worker = WorkerRecord("batch-1", "batch", "idle", imagenet=("resnet50",), seen_at=time.time(), weights_known=True)
    client.store.workers.report(worker)


def value(page: object, label: str) -> object:
    return next(w.value for w in page.selectbox if w.label == label)  # type: ignore[attr-defined]


def test_no_page_opens_in_red_or_asks_for_what_must_fail(client: Client) -> None:
    for path in (page.path for page in PAGES):
        page = visit(path)
        assert not page.exception and not page.error, path
    asked = {str(run.fields.get("model", "")) for run in client.store.runs.recent()}
    assert asked <= {"", "keras/resnet50/imagenet", client.models.resolve(STAND_IN)}


def test_a_page_opens_with_the_model_and_the_picture_of_the_page_before(client: Client) -> None:
    finished_inspection(client, "keras/vgg16/random")
    page = visit(model="keras/vgg16/random", image="sample/coffee")
    page = page.switch_page(script("activations")).run()
    for path in ("heat-maps", "dream"):
        page = page.switch_page(script(path)).run()
        assert (value(page, "Model"), value(page, "Picture")) == ("keras/vgg16/random", "sample/coffee")
    page = page.switch_page(script("atlas")).run()
    page.selectbox(key="filter_atlas.layer").select("block3_conv1").run()
    page = page.switch_page(script("channel")).run()
    assert (value(page, "Model"), value(page, "Layer")) == ("keras/vgg16/random", "block3_conv1")
    page = page.switch_page(script("models")).run()
    assert value(page, "Model") == "keras/vgg16/random"


def test_a_link_says_which_model_whatever_the_session_works_on() -> None:
    page = visit(model="keras/vgg16/random").switch_page(script("activations")).run()
    page.query_params["model"] = "keras/resnet50/random"
    page = page.switch_page(script("heat-maps")).run()
    assert value(page, "Model") == "keras/resnet50/random"


@pytest.mark.parametrize("path", ["atlas", "models"])
def test_missing_weights_are_said_in_the_list_and_never_asked_for(client: Client, path: str) -> None:
    page = visit(model=ABSENT).switch_page(script(path)).run()
    options = next(w for w in page.selectbox if w.label == "Model").options
    assert "VGG16 · ImageNet · weights missing" in options and "ResNet50 · ImageNet" in options
    assert "cannot download them" in page.error[0].value
    assert list(client.store.runs.recent()) == []
    assert {"Use Cats and dogs (bundled)", "Add weights"} <= set(labels(page)) and "Retry" not in labels(page)
    next(b for b in page.button if b.label.startswith("Use Cats")).click().run()
    assert value(page, "Model") == client.models.resolve(STAND_IN) and not page.error


def test_activations_of_missing_weights_offer_what_helps(client: Client) -> None:
    page = visit(model=ABSENT, image="sample/cat").switch_page(script("activations")).run()
    assert {"Use Cats and dogs (bundled)", "Add weights"} <= set(labels(page))
    assert not any(label.startswith("Make") for label in labels(page))
    next(b for b in page.button if b.label == "Add weights").click().run()
    assert page.header[0].value == "Models"


def test_a_row_under_the_headline_leads_to_the_same_place_elsewhere(client: Client) -> None:
    spec = ChannelPortrait(model="keras/vgg16/random", layer="block1_conv2", channel=7, precision="float32")
    finished_inspection(client, spec.model)
    ways = element(visit(run=finished_portrait(client.store, spec)), "header")["ways"]
    labels = [way["label"] for way in ways]
    assert labels[:2] == ["Activations", "Heat maps"] and {"Channel switches", "Ablation", "Layer atlas"} <= set(labels)
    assert next(way["href"] for way in ways if way["label"] == "Layer atlas") == (
        "/atlas?model=keras%2Fvgg16%2Frandom&layer=block1_conv2"
    )


def test_the_list_of_models_asks_the_store_once_for_all(client: Client) -> None:
    """Mutation that was tried, with Home visited first: the workers looked for at each of 80 models, 295 commands for
    the two pages, not 135."""
    finished_inspection(client, "keras/vgg16/random")
    visit("atlas", model="keras/vgg16/random")  # what is read once for a process
    asked = lambda: client.store.client.info("stats")["total_commands_processed"]  # type: ignore[index] # noqa: E731
    before = asked()
    visit("atlas", model="keras/vgg16/random")
    assert asked() - before < MOST_COMMANDS
