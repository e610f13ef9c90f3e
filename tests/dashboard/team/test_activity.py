"""Home's Activity: finished runs, pins, names and notes, each by whom; and what people call themselves."""

import pytest

from dashboard.server.connection import get_client
from dashboard.server.display_name import clean_name
from shared.analyses import FilterAtlas
from shared.client import Client
from shared.library.notes import layer_subject, run_subject
from shared.settings import get_settings
from tests.fixtures.dashboard_visits import labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import finished_atlas

ATLAS = FilterAtlas(
    model="keras/vgg16/random", layer="block1_conv1", channels=(0, 1), size=16, steps=4, precision="float32"
)
QUESTION = "What shall colleagues see as your name?"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_activity_says_who_computed_pinned_named_and_noted(client: Client) -> None:
    key = finished_atlas(client.store, ATLAS, 2)
    client.acting_as("ada").results.pin(key, "Stripes *here*", ())
    client.store.activity.add("grace", "name", layer_subject(ATLAS.model, ATLAS.layer), 1, "curve detector")
    client.store.activity.add("linus", "note", run_subject(key))
    said = words(visit())
    assert "Activity" in said
    title = "Layer atlas · VGG16 · random weights · block1_conv1"
    assert f"**mira** computed [{title}](./?run={key})" in said
    assert "**ada** pinned [Stripes *here*]" in said
    assert "**grace** called [channel 1 of block1_conv1, VGG16 · random weights](./channel?model=keras" in said
    assert "**curve detector**" in said
    assert f"**linus** wrote a note on [{title}]" in said


def test_an_installation_where_nothing_happened_has_no_activity() -> None:
    assert "Activity" not in words(visit())


def test_the_feed_keeps_a_hundred(client: Client) -> None:
    for number in range(103):
        client.store.activity.add("ada", "note", f"model m{number}")
    newest = client.store.activity.newest(200)
    assert (len(newest), newest[0].subject, newest[-1].subject) == (100, "model m102", "model m3")


def test_a_name_is_asked_for_once_and_stands_beside_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVSCOPE_USER", "")
    get_settings.cache_clear()
    page = visit()
    asked = next(box for box in page.text_input if box.label == QUESTION)
    asked.set_value("  Ada\u202e Lovelace ")
    page = next(button for button in page.button if button.label == "Save").click().run()
    assert QUESTION not in [box.label for box in page.text_input]
    assert page.session_state["display-name"] == "Ada Lovelace"
    page = next(button for button in page.button if button.label.startswith("Show the ")).click().run()
    assert get_client().store.runs.recent(1)[0].by == "Ada Lovelace"


def test_whoever_gives_none_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVSCOPE_USER", "")
    get_settings.cache_clear()
    page = visit()
    page = next(button for button in page.button if button.label == "Not now").click().run()
    assert "Save" not in labels(page)


def test_where_the_installation_has_a_name_nobody_is_asked() -> None:
    assert "Save" not in labels(visit())


@pytest.mark.parametrize(("typed", "name"), [("a\nb", "ab"), ("\u202eevil", "evil"), ("x" * 99, "x" * 40), (" ", "")])
def test_a_name_is_short_and_on_one_line(typed: str, name: str) -> None:
    assert clean_name(typed) == name
