"""A channel's page is never empty: what exists is shown at once, and the large portrait is computed by itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.analyses.channel_portrait.choices import LENSES, shown_lenses
from dashboard.analyses.channel_portrait.examples import real_figure
from dashboard.analyses.channel_portrait.kernel_lens import has_kernel
from dashboard.analyses.channel_portrait.view import portrait_alone
from dashboard.widgets.tiles_at_hand import tiles_of
from shared.analyses import FilterAtlas
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.client import Client
from tests.analyses.channel_portrait.test_page import LAYER, MODEL, PLACE, channel_page
from tests.analyses.dataset_examples.parts import pets, written_examples
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, words
from tests.fixtures.synthetic_runs import (
    atlas_part,
    begin,
    finished_atlas,
    finished_inspection,
    layer_rows,
    report_workers,
    write_tiles,
)

ATLAS = FilterAtlas(model=MODEL, layer=LAYER, size=32, steps=5, precision="float32")


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    finished_inspection(client, MODEL)


def partial_atlas(client: Client, made: int, looks: tuple[int, ...], cancelled: bool) -> None:
    """An atlas of 12 channels of which some are made and some at a first look."""
    fence = begin(client.store, ATLAS, 12)
    write_tiles(client.store, ATLAS, fence, 12, 0, made)
    for index in looks:
        client.store.previews.write(ATLAS.key(), fence, index, atlas_part(index, index, 32))
    if cancelled:
        client.store.runs.end_cancelled(ATLAS.key(), fence)


def portraits(client: Client) -> list[Mapping[str, Any]]:
    return [run.fields for run in client.store.runs.recent() if run.kind == "channel_portrait"]


@pytest.mark.parametrize("cancelled", [True, False])
def test_the_tile_and_neighbours_of_a_partial_atlas_are_shown_at_once(client: Client, cancelled: bool) -> None:
    partial_atlas(client, made=7, looks=(7, 8), cancelled=cancelled)
    page = channel_page(client)
    (figure,) = element(page, "stage")["figures"]
    assert "/img/part/" in figure["url"] and "its tile from an atlas of the layer, 32 px" in figure["note"]
    (group,) = element(page, "company")["groups"]
    assert [bool(tile["url"]) for tile in group["tiles"]] == [True] * 8 + [False], "channels 1 to 8, and 9 without"
    ended = "that ended early" if cancelled else "under way"
    assert group["note"] == f"from an atlas {ended}: 7 of 12 tiles made, 2 at a first look"


def test_a_first_look_is_shown_and_called_so(client: Client) -> None:
    partial_atlas(client, made=2, looks=(5,), cancelled=True)
    (figure,) = element(channel_page(client), "stage")["figures"]
    assert "/img/preview/" in figure["url"] and figure["note"].startswith("a first look from an atlas")


def test_a_finished_tile_goes_before_a_fuller_atlas_without_one(client: Client) -> None:
    partial_atlas(client, made=4, looks=(5,), cancelled=True)
    few = ATLAS.model_copy(update={"channels": (5, 6), "seed": 3})
    finished_atlas(client.store, few, 2)
    found = tiles_of(client, MODEL, LAYER, 5)
    assert found is not None and (found.run.key, found.quality(5)) == (few.key(), 2)
    other = tiles_of(client, MODEL, LAYER, 3)
    assert other is not None and other.run.key == ATLAS.key()


def test_the_portrait_alone_is_computed_once_somebody_stays(client: Client) -> None:
    report_workers(client.store)
    page = channel_page(client)
    assert "as soon as you stay a second" in words(page) and not portraits(client)
    page.run()  # the second look, a second later
    (fields,) = portraits(client)
    assert (fields["channel"], fields["opposite"], fields["facets"]) == (5, False, 0)
    page.run()
    assert "Waiting for a worker. A worker is idle" in words(page) and "Cancel" in labels(page)
    assert "takes longer" not in words(page), "it waits where it was asked for"
    assert page.query_params["channel"] in ("5", ["5"]) and "run" not in page.query_params


def test_whoever_walks_on_leaves_nothing_behind(client: Client) -> None:
    report_workers(client.store)
    page = channel_page(client)
    for _ in range(3):
        page.button(key="channel_portrait/next").click().run()
    assert not portraits(client)


def test_without_a_worker_nothing_is_queued_and_the_box_says_why(client: Client) -> None:
    page = channel_page(client).run()
    assert not portraits(client)
    assert "Not computed yet." in words(page) and "No worker serves the interactive queue" in words(page)


def test_a_short_portrait_does_not_wait_behind_an_atlas() -> None:
    whole = ChannelPortrait.from_fields(PLACE)
    assert (portrait_alone(whole).queue, whole.queue, FilterAtlas.queue) == ("interactive", "batch", "batch")
    assert whole.model_copy(update={"size": 64}).queue == "interactive"
    assert portrait_alone(whole).model_copy(update={"steps": 4096}).queue == "batch"
    assert "queue" not in whole.canonical_json()


def test_the_kernel_lens_is_there_only_where_a_kernel_is_a_picture(client: Client) -> None:
    rows = [dict(row) for row in layer_rows()[:3]]
    for row, inputs in zip(rows, (["block1_conv1"], ["block1_conv1"], ["block1_conv2"]), strict=True):
        row["inputs"] = inputs
    rows[0]["inputs"] = [""]
    table: Any = rows
    assert [has_kernel(table, str(row["path"])) for row in rows] == [True, False, False]
    relu = {**rows[0], "path": "relu", "class": "ReLU", "inputs": ["block1_conv1"]}
    assert has_kernel([*table, relu], "relu"), "what follows a first convolution channel by channel"
    assert has_kernel(layer_rows(), "block3_conv1"), "a table of an earlier release does not say"
    finished_inspection(client, "keras/vgg19/random", layers=rows, title="VGG19", weights="random")
    assert "kernel" not in shown_lenses(client, "keras/vgg19/random", "block1_conv2")
    assert shown_lenses(client, "keras/vgg19/random", "block1_conv1") == LENSES


def test_tiles_of_other_layers_and_of_photographs_are_not_taken(client: Client) -> None:
    finished_atlas(client.store, ATLAS.model_copy(update={"layer": "block1_conv1"}), 12)
    finished_atlas(client.store, ATLAS.model_copy(update={"image": "sample/cat"}), 12)
    assert tiles_of(client, MODEL, LAYER, 5) is None
    (figure,) = element(channel_page(client), "stage")["figures"]
    assert (figure["url"], figure["note"]) == ("", "not made yet")


@pytest.mark.parametrize("finish", [True, False])
def test_examples_are_shown_while_pictures_are_still_looked_at(client: Client, tmp_path: Path, finish: bool) -> None:
    written_examples(client, pets(client, tmp_path), shards=2 if not finish else 3, finish=finish)
    figure = real_figure(client, MODEL, LAYER, 4)
    assert figure is not None and figure["url"]
    assert ask_route(figure["url"]).status_code == 200
    assert figure["note"] == ("best 9 of pets, train" if finish else "best 9 of the 16 looked at so far of pets, train")
    assert real_figure(client, MODEL, LAYER, 99) is None
    stage = element(channel_page(client), "stage")
    assert stage["real"]["title"] == "In real pictures" and stage["offer"] is None
