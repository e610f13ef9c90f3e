"""The channel page without a browser: what each lens shows, what its address keeps, what its routes and files hold."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.channel_portrait.neighbours import company_data, run_of, twins_of
from dashboard.analyses.channel_portrait.routes import frames_url
from dashboard.analyses.channel_portrait.stage import at_border
from dashboard.page_table import script
from dashboard.server.downloads import download_url
from dashboard.widgets.address import channel_url
from dashboard.widgets.tiles_at_hand import Tiles, tiles_of
from shared.analyses import Activations, FilterAtlas
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.analyses.filter_twins.spec import FilterTwins
from shared.client import Client
from shared.results import encode_part
from tests.analyses.activations.parts import LAYERS, finished_activations
from tests.analyses.channel_portrait.parts import KERNEL, finished_portrait, portrait_part, started_portrait
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_ascents import twin_part
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection, report_workers

MODEL, LAYER = "keras/vgg16/random", "block2_conv1"
SPEC = ChannelPortrait(model=MODEL, layer=LAYER, channel=5, precision="float32")
PLACE = {"model": MODEL, "layer": LAYER, "channel": "5"}


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def opened(client: Client, **query: str):  # type: ignore[no-untyped-def]
    """The page of a finished portrait, by its run."""
    finished_inspection(client, MODEL)
    return visit(run=finished_portrait(client.store, SPEC), **query)


def test_a_channel_has_an_address_of_its_own() -> None:
    assert channel_url("keras/vgg16/random", "a/b", 5, lens="map", run="") == (
        "/channel?model=keras%2Fvgg16%2Frandom&layer=a%2Fb&channel=5&lens=map"
    )


def test_the_portrait_stands_there_with_its_numbers(client: Client) -> None:
    page = opened(client)
    stage, panel, header = (element(page, key) for key in ("stage", "portrait-panel", "header"))
    assert page.header[0].value == "Channel" and not page.error
    (figure,) = stage["figures"]
    assert (figure["title"], figure["note"]) == ("What excites it most", "80") and "/img/part/" in figure["url"]
    assert header["steps"] == ["VGG16 · random weights", LAYER, "channel 5"] and header["warning"] == "untrained"
    [curve] = element(page, "portrait-curve")["figures"]
    values = curve["data"][0]["y"]
    assert values[0] == 5 and values[-1] == 80 and len(values) == SPEC.steps + 1
    assert ["Opposite", "0 after its activation (−30 before)"] in panel["facts"] and ["Facets", "40 … 72"] in panel[
        "facts"
    ]
    assert [d["note"] for d in header["downloads"]][:9] == ["PNG"] * 6 + ["GIF", "npz", "JSON"]


def test_the_address_always_names_model_layer_and_channel(client: Client) -> None:
    page = opened(client, lens="history")
    for name, value in PLACE.items():
        assert page.query_params[name] in (value, [value])
    link = element(page, "header")["link"]
    assert link.startswith("/channel?model=keras%2Fvgg16%2Frandom&layer=block2_conv1&channel=5")
    assert "lens=history" in link and f"run={SPEC.key()}" in link


@pytest.mark.parametrize(
    ("lens", "titles"),
    [
        ("opposite", ["What excites it most", "What silences it most"]),
        ("facets", ["Facet 1", "Facet 2", "Facet 3", "Facet 4"]),
    ],
)
def test_lenses_show_other_pictures_of_the_same_channel(client: Client, lens: str, titles: list[str]) -> None:
    stage = element(opened(client, lens=lens), "stage")
    assert [f["title"] for f in stage["figures"]] == titles
    if lens == "facets":
        assert stage["figures"][1]["note"] == "72, 90 % of the portrait's"


def test_the_history_is_one_strip_of_frames(client: Client) -> None:
    stage = element(opened(client, lens="history"), "stage")
    assert (stage["history"]["frames"], stage["history"]["height"], stage["history"]["width"]) == (6, 64, 64)
    response = ask_route(stage["history"]["url"])
    with Image.open(io.BytesIO(response.content)) as strip:
        assert (strip.format, strip.size) == ("JPEG", (64, 6 * 64))
        last = np.asarray(strip)[-64:].astype(int)
    assert np.abs(last - portrait_part(SPEC, 0).arrays["history"][-1]).mean() < 8
    assert ask_route(frames_url(client.record(SPEC.key()), 0, "objective")).status_code == 410


def test_the_kernel_is_shown_where_there_is_one_and_explained_where_not(client: Client) -> None:
    stage = element(opened(client, lens="kernel"), "stage")
    assert stage["kernel"] is None and "does not see the picture itself" in stage["note"]
    first = SPEC.model_copy(update={"layer": "block1_conv1"})
    page = visit(run=finished_portrait(client.store, first, kernel=True), lens="kernel")
    kernel = element(page, "stage")["kernel"]
    assert [plane["name"] for plane in kernel["planes"]] == ["red", "green", "blue"]
    np.testing.assert_allclose([plane["rows"] for plane in kernel["planes"]], np.moveaxis(KERNEL, -1, 0), rtol=0.01)


def test_the_portrait_is_seen_while_it_is_made(client: Client) -> None:
    started_portrait(client.store, SPEC, ("sketch_0",))
    page = visit(run=SPEC.key())
    (figure,) = element(page, "stage")["figures"]
    assert figure["note"] == "on its way, after step 8" and figure["url"]
    assert element(page, "portrait-panel")["note"] == "Computing …" and "Cancel" in labels(page)


def test_a_dead_channel_is_said_with_what_was_tried(client: Client) -> None:
    page = visit(run=finished_portrait(client.store, SPEC, dead=True))
    assert element(page, "stage")["figures"][0]["note"] == "dead: 9 starts of 64 steps: none raised it"
    assert element(page, "portrait-panel")["note"] == "Dead: 9 starts of 64 steps: none raised it."


def test_the_opposite_and_facets_are_computed_when_asked_for(client: Client) -> None:
    finished_inspection(client, MODEL)
    report_workers(client.store)
    page = channel_page(client, lens="opposite")
    assert "Not computed yet." in words(page) and "Make the opposite and facets" in labels(page)
    assert "The best of 3 starts, its opposite, 4 facets; in a size that suits the model, 64 steps each" in words(page)
    page.run()
    assert [r.kind for r in client.store.runs.recent()] == ["inspect_model"], "nothing by itself, however often looked"
    page.button(key="compute").click().run()
    (key,) = [r.key for r in client.store.runs.recent() if r.kind == "channel_portrait"]
    assert key == client.resolve(ChannelPortrait.from_fields(PLACE)).key(), "the address of old links"
    assert page.query_params["run"] in (key, [key]) and page.query_params["channel"] in ("5", ["5"])


def channel_page(client: Client, **more: str):  # type: ignore[no-untyped-def]
    """The page as its address without a run opens it."""
    page = visit()
    for name, value in {**PLACE, **more}.items():
        page.query_params[name] = value
    return page.switch_page(script("channel")).run()


def test_next_and_previous_walk_and_end_at_the_layers_ends(client: Client) -> None:
    page = opened(client)
    page.button(key="channel_portrait/next").click().run()
    assert page.number_input(key="channel_portrait.channel").value == 6 and "Not computed yet." in words(page)
    assert page.query_params["channel"] in ("6", ["6"]) and "run" not in page.query_params
    page.button(key="channel_portrait/previous").click().run()
    assert element(page, "stage")["figures"][0]["note"] == "80", "back at the portrait that is there"
    page.number_input(key="channel_portrait.channel").set_value(127).run()
    assert (
        page.button(key="channel_portrait/next").disabled and not page.button(key="channel_portrait/previous").disabled
    )


def test_a_channel_beyond_the_layer_is_refused_before_any_work(client: Client) -> None:
    page = opened(client)
    page.number_input(key="channel_portrait.channel").set_value(500).run()
    assert "below 128, the channels of block2_conv1" in words(page)
    assert "Make the portrait" not in labels(page)


def test_the_mode_is_a_lens_too(client: Client) -> None:
    page = opened(client)
    page.segmented_control(key="channel_portrait.mode").set_value("classic").run()
    assert "Not computed yet." in words(page) and "30 steps each" in words(page)
    assert page.query_params["mode"] in ("classic", ["classic"])


def test_the_map_comes_from_a_pass_that_is_there(client: Client) -> None:
    path = LAYERS[-1][0]
    spec = SPEC.model_copy(update={"layer": path})
    finished_activations(client.store, Activations(model=MODEL, image="sample/cat"))
    page = visit(run=finished_portrait(client.store, spec), lens="map")
    assert element(page, "channel-map")["title"] == f"Channel 5 of {path}"
    assert element(page, "stage") is None


def test_the_map_is_offered_where_no_pass_is_there(client: Client) -> None:
    report_workers(client.store)
    page = opened(client, lens="map", picture="sample/coffee")
    assert element(page, "channel-map") is None and "Make the maps of coffee" in labels(page)
    assert "activations" not in [r.kind for r in client.store.runs.recent()]
    page.button(key="compute").click().run()
    (asked,) = [r for r in client.store.runs.recent() if r.kind == "activations"]
    assert asked.fields["image"] == "sample/coffee"
    assert page.query_params["run"] in (SPEC.key(), [SPEC.key()]), "the address still names the portrait"


def test_neighbours_come_from_an_atlas_of_the_layer(client: Client) -> None:
    assert tiles_of(client, MODEL, LAYER, 5) is None
    (offer,) = company_data(None, MODEL, LAYER, 5, [])["offers"]
    assert offer["url"].startswith("/atlas?model=keras%2Fvgg16%2Frandom&layer=block2_conv1")
    atlas = FilterAtlas(model=MODEL, layer=LAYER, size=32, steps=5, precision="float32")
    finished_atlas(client.store, FilterAtlas(model=MODEL, layer="block1_conv1", size=32, precision="float32"), 8)
    finished_atlas(client.store, atlas, 12)
    found = tiles_of(client, MODEL, LAYER, 5)
    assert found is not None and found.run.key == atlas.key()
    (group,) = company_data(found, MODEL, LAYER, 5, twins_of(client, MODEL, LAYER, 5))["groups"]
    assert [tile["channel"] for tile in group["tiles"]] == list(range(1, 10))
    assert [tile["here"] for tile in group["tiles"]].index(True) == 4
    assert ask_route(group["tiles"][0]["url"]).status_code == 200


def test_neighbours_of_a_few_channels_are_those_there_are(client: Client) -> None:
    atlas = FilterAtlas(model=MODEL, layer=LAYER, channels=(2, 9, 40), size=32, steps=5, precision="float32")
    finished_atlas(client.store, atlas, 3)
    run = client.record(atlas.key())
    (group,) = company_data(Tiles(run), MODEL, LAYER, 5, [])["groups"]
    assert [tile["channel"] for tile in group["tiles"]] == [2, 9, 40]
    assert not any(tile["here"] for tile in group["tiles"])


def test_twins_come_from_a_finished_search(client: Client) -> None:
    assert twins_of(client, MODEL, LAYER, 0) == []
    spec = FilterTwins(model=MODEL, layer=LAYER, size=16, precision="float32")
    fence = begin(client.store, spec, 4)
    for channel in range(4):
        answers = np.zeros((8, 4), np.float32)
        answers[0, channel] = 10
        if channel < 2:  # the second is the first, turned by 90°; so the first is the second, turned by 270°
            answers[1 if channel == 0 else 3, 1 - channel] = 9
        part = twin_part(channel, channel, np.full((16, 16, 3), 40 * channel, np.uint8), answers)
        client.store.runs.write(spec.key(), fence, (channel, encode_part(part)), {})
    client.store.runs.finish(spec.key(), fence, {})
    (first,), (second,) = twins_of(client, MODEL, LAYER, 0), twins_of(client, MODEL, LAYER, 1)
    assert (first.channel, first.symmetry) == (1, "turned 90°") and first.likeness == pytest.approx(0.9)
    assert (second.channel, second.symmetry) == (0, "turned 270°")
    assert twins_of(client, MODEL, LAYER, 3) == []
    run = run_of(client, FilterTwins, MODEL, LAYER)
    neighbours, twins = company_data(Tiles(run), MODEL, LAYER, 0, [first])["groups"]
    assert [tile["channel"] for tile in neighbours["tiles"]] == [0, 1, 2, 3]
    assert [(tile["channel"], tile["note"]) for tile in twins["tiles"]] == [(1, "turned 90°, 90% alike")]


def test_a_search_for_twins_is_offered_where_nobody_has_looked(client: Client) -> None:
    atlas, twins = element(opened(client), "company")["offers"]
    assert (atlas["label"], twins["label"]) == ("Make an atlas", "Look for twins")
    assert twins["url"] == "/twins?model=keras%2Fvgg16%2Frandom&layer=block2_conv1"


def test_every_picture_can_be_downloaded(client: Client) -> None:
    first = SPEC.model_copy(update={"layer": "block1_conv1"})
    key = finished_portrait(client.store, first, kernel=True)
    for name in ("portrait", "opposite", "facet_3", "kernel"):
        with Image.open(io.BytesIO(ask_route(download_url(key, f"{name}.png")).content)) as picture:
            assert picture.format == "PNG"
            if name == "portrait":
                np.testing.assert_array_equal(np.asarray(picture), portrait_part(first, 0).pictures["image"])
    with Image.open(io.BytesIO(ask_route(download_url(key, "history.gif")).content)) as gif:
        assert gif.n_frames == 6
    with np.load(io.BytesIO(ask_route(download_url(key, "arrays.npz")).content)) as arrays:
        assert arrays["images"].shape == (6, 64, 64, 3) and arrays["images"].dtype == np.uint8
        assert arrays["objective"].shape == (6, first.steps + 1) and arrays["objective"].dtype == np.float32
        assert arrays["names"].tolist()[:3] == ["portrait", "opposite", "facet_0"]
        np.testing.assert_array_equal(arrays["kernel"], KERNEL)
    manifest = json.loads(ask_route(download_url(key, "manifest.json")).content)
    assert manifest["kind"] == "channel_portrait" and manifest["spec"]["channel"] == 5


@pytest.mark.parametrize(
    ("share", "words_"), [(None, ""), (0.23, ""), (0.83, "83.0 % of the sum: padding, not a feature")]
)
def test_a_channel_of_the_border_is_said_to_be_one(share: float | None, words_: str) -> None:
    assert at_border(share) == words_
