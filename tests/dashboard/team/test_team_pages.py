"""The pages that a team shares: gallery, side by side, storage, links, and the filters of the jobs."""

import json

import pytest

from dashboard.team.side_by_side.comparison import differences, pictures_of
from shared.analyses import AugmentationPreview, DeepDream, FilterAtlas
from shared.client import Client
from shared.library.datasets.builtin import BUILTIN
from shared.library.notes import layer_subject, run_subject
from shared.library.titles import run_title, titles_of
from shared.store import RunRecord
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block3_conv1", channels=tuple(range(6)), size=32, steps=4, precision="float32"
)
OTHER = ATLAS.model_copy(update={"layer": "block1_conv2"})
EVIL = "![x](http://evil.example/p.png) <b>bold</b> :material/home: $x$"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


@pytest.fixture
def two(client: Client) -> Client:
    for spec in (ATLAS, OTHER):
        finished_atlas(client.store, spec, 6)
        client.results.pin(spec.key(), f"Atlas of {spec.layer}", ["atlas"])
    return client


def test_an_empty_gallery_says_how_things_come_into_it(client: Client) -> None:
    page = visit("gallery")
    assert not page.exception and "Use **Pin** above any finished result" in page.info[0].value


def test_the_gallery_shows_cards_and_keeps_its_filters_in_the_address(two: Client) -> None:
    page = visit("gallery")
    cards = element(page, "gallery")["pieces"]
    assert [card["title"] for card in cards] == ["Atlas of block1_conv2", "Atlas of block3_conv1"]
    assert cards[0]["link"] == f"/?run={OTHER.key()}" and cards[0]["thumbnail"].startswith("/img/thumbnail/")
    page.text_input(key="gallery/text").set_value("block3").run()
    assert [card["key"] for card in element(page, "gallery")["pieces"]] == [ATLAS.key()]
    assert page.query_params["text"] in ("block3", ["block3"])
    page.text_input(key="gallery/text").set_value("zebra").run()
    assert "Nothing in the gallery fits" in page.info[0].value


def test_a_pin_without_a_title_is_called_by_what_it_is_and_what_it_is_of(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.results.pin(ATLAS.key())
    trained = RunRecord("training_run-v1-x", "complete", "training_run",
                        fields={"dataset": "builtin/digits", "strategy": "fine_tuning"})  # fmt: skip
    client.results.gallery.put(trained, b"", 0, "ada")
    cards = {card["key"]: card["title"] for card in element(visit("gallery"), "gallery")["pieces"]}
    assert cards[trained.key] == "Training · Digits, 8 × 8, 1,797 of them · Fine-tuning"
    assert cards[ATLAS.key()] == "Layer atlas · VGG16 · ImageNet · block3_conv1"


def test_two_results_stand_side_by_side_with_what_differs(two: Client) -> None:
    page = visit("side-by-side", left=ATLAS.key(), right=OTHER.key())
    assert not page.exception
    panes = element(page, "panes")["panes"]
    assert [pane["url"].split("/")[4] for pane in panes] == [ATLAS.key(), OTHER.key()]
    table = page.dataframe[0].value
    assert table.iloc[:, 0].tolist() == ["layer"] and table.iloc[0, 1:].tolist() == ["block3_conv1", "block1_conv2"]


def test_layers_that_pages_had_read_are_no_news(two: Client) -> None:
    finished_inspection(two, ATLAS.model)
    offered = visit("side-by-side").selectbox(key="side/left").options
    assert len(offered) == 2 and all(title.startswith("Layer atlas") for title in offered)
    made = [row["title"] for row in element(visit(), "live")["runs"]]
    assert len(made) == 2 and all(title.startswith("Layer atlas") for title in made)


def test_differences_name_every_field_that_is_not_alike() -> None:
    first = RunRecord("a", kind="deep_dream", fields={"steps": 5, "seed": 0, "image": "x"})
    second = RunRecord("b", kind="deep_dream", fields={"steps": 9, "seed": 0})
    assert differences(first, second) == [
        {"": "steps", "left": "5", "right": "9"},
        {"": "image", "left": "x", "right": ""},
    ]


def test_pictures_of_a_result_have_addresses_and_names(two: Client) -> None:
    assert list(pictures_of(two, two.record(ATLAS.key()))) == ["all channels"]
    assert pictures_of(two, RunRecord("deep_dream-v1-0", kind=DeepDream.kind)) == {}


def test_storage_says_what_is_kept_and_asks_before_it_deletes(two: Client) -> None:
    page = visit("storage")
    assert not page.exception
    rows = page.dataframe[0].value.to_dict("records")
    assert rows[0]["Kind"] == "Layer atlas" and rows[0]["Results"] == 2
    assert "everything there is pinned" in " ".join(caption.value for caption in page.caption)
    page.button(key=f"delete-{ATLAS.key()}").click().run()
    assert two.library.archive.run(ATLAS.key()) is not None, "nothing is deleted before it is confirmed"
    next(button for button in page.button if button.label == "Delete it").click().run()
    assert two.library.archive.run(ATLAS.key()) is None and two.results.gallery.find().keys == (OTHER.key(),)


def test_what_would_leave_first_leaves_out_what_is_pinned(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    finished_atlas(client.store, OTHER, 6)
    client.results.pin(ATLAS.key())
    assert client.store.parts.first_out(5) == [OTHER.key()]
    assert set(client.store.parts.sizes()) == {ATLAS.key(), OTHER.key()}
    assert sum(client.store.parts.sizes().values()) == client.store.parts.total_bytes()


def test_jobs_are_filtered_by_state_kind_and_word(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.submit(OTHER)
    page = visit("jobs", state="Live")
    assert [run["key"] for run in element(page, "jobs")["runs"]] == [OTHER.key()]
    page = visit("jobs", text="block3")
    assert [run["key"] for run in element(page, "jobs")["runs"]] == [ATLAS.key()]
    page.text_input(key="jobs/text").set_value("zebra").run()
    assert "No run fits these filters" in page.info[0].value


def test_jobs_come_by_the_page(client: Client) -> None:
    for seed in range(60):
        client.submit(ATLAS.model_copy(update={"seed": seed}))
    assert len(element(visit("jobs"), "jobs")["runs"]) == 50


def test_share_links_are_listed_and_taken_back(two: Client) -> None:
    share = two.results.share(ATLAS.key())
    page = visit("links")
    page.button(key=f"unshare-{share.id}").click().run()
    assert two.library.shares.all()[0].state() == "revoked"
    assert f"unshare-{share.id}" not in labels(page)


def test_a_token_is_shown_once(client: Client) -> None:
    page = visit("links")
    page.text_input[0].set_value("nightly")
    next(button for button in page.button if button.label == "Make a token").click().run()
    tokens = [block.value for block in page.code if block.value.startswith("cvs_")]
    assert len(tokens) == 1 and client.library.tokens.open(tokens[0]).by == "tester"
    page.run()
    assert not [block for block in page.code if block.value.startswith("cvs_")]


def test_a_channels_name_stands_wherever_the_channel_does(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.library.notes.add(
        layer_subject(ATLAS.model, ATLAS.layer), "ada", "look at 5 too", channel=3, name="feathers"
    )
    page = visit("", run=ATLAS.key(), tile="3")
    assert element(page, f"tiles-{ATLAS.key()}")["names"] == {"3": "feathers"}
    assert element(page, "panel")["title"] == "Channel 3 · feathers"
    assert element(page, "header")["steps"][-1] == "channel 3 · feathers"


def test_notes_are_shown_as_text_whatever_is_in_them(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.library.notes.add(run_subject(ATLAS.key()), EVIL, EVIL)
    page = visit("", run=ATLAS.key())
    assert EVIL in [text.value for text in page.text]
    for markdown in (*page.markdown, *page.caption):
        assert "![x](" not in markdown.value and "<b>" not in markdown.value


def test_titles_and_tags_reach_the_browser_as_data_only(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.acting_as(EVIL).results.pin(ATLAS.key(), EVIL, [EVIL[:20]])
    page = visit("gallery")
    assert not page.exception
    assert element(page, "gallery")["pieces"][0]["title"] == " ".join(EVIL.split())
    assert "![x](" not in json.dumps([m.value for m in (*page.markdown, *page.caption)])
    assert not visit("storage").exception


def test_a_note_is_added_on_the_page(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.library.notes.add(run_subject(ATLAS.key()), "ada", "first")
    page = visit("", run=ATLAS.key())
    page.text_area[0].set_value("second")
    next(button for button in page.button if button.label == "Add the note").click().run()
    assert [(n.by, n.text) for n in client.library.notes.of(run_subject(ATLAS.key()))] == [
        ("ada", "first"),
        ("tester", "second"),
    ]


def test_an_administrator_sets_the_budget(client: Client) -> None:
    page = visit("storage")
    page.number_input[0].set_value(4.5)
    next(button for button in page.button if button.label == "Set the budget").click().run()
    assert client.store.parts.budget(1) == int(4.5 * 1024**3)
    assert any("of 4.5 GB" in one.proto.text for one in page.get("progress"))


def test_a_run_of_a_data_set_is_called_by_the_data_sets_name(client: Client) -> None:
    spec = client.resolve(AugmentationPreview(dataset="builtin/digits"))
    client.submit(spec)
    assert spec.dataset and spec.dataset.startswith("sha256:")
    assert run_title(client.record(spec.key()), titles_of(client.library)).endswith(f" · {BUILTIN['digits'].title}")
