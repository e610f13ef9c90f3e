"""The plans page: from a run to many, one view for all of them."""

import pytest

from shared.analyses import FilterAtlas, Playground
from shared.client import Client, start_plan
from shared.library.plans.estimate import plan_state
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(4)), size=32, steps=4, precision="float32"
)


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_without_any_run_the_page_says_what_to_make_first(client: Client) -> None:
    page = visit("plans", **{"from": ""})
    assert not page.exception and "No plan yet" in words(page)


def test_runs_that_are_there_at_once_are_not_offered(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    client.submit(Playground(image="sample/cat"))
    assert "A plan varies a run that somebody made" in words(visit("plans", **{"from": "nothing"}))
    finished_atlas(client.store, ATLAS, 4)
    (offered,) = visit("plans", **{"from": "nothing"}).selectbox(key="plans/from").options
    assert ATLAS.key()[-8:] in offered


def test_all_layers_of_a_model_become_one_plan(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 4)
    finished_inspection(client, ATLAS.model)
    page = visit("plans", **{"from": ATLAS.key()})
    assert not page.exception
    assert "1 of them there already" in words(page) and "by the pace of 1 run on this network" in words(page)
    page.button(key="plans/start").click().run()
    (plan,) = client.library.plans.all()
    layers = [planned.fields["layer"] for planned in plan.runs]
    assert layers[:2] == ["block1_conv1", "block1_conv2"] and len(layers) == 18 and plan.varied == ("layer",)
    assert plan_state(client.records.of_plan(plan)).counts["queued"] == 17
    assert page.query_params["plan"] in (plan.id, [plan.id])
    assert len(element(page, "plan-runs")["runs"]) == 18


def test_typed_values_make_a_grid_and_wrong_ones_are_explained(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 4)
    page = visit("plans", **{"from": ATLAS.key()})
    page.multiselect(key="plans/varied").set_value(["mode", "seed"]).run()
    page.text_input(key="plans/values/mode").set_value("lucid, classic").run()
    page.text_input(key="plans/values/seed").set_value("1, 2, 3").run()
    assert "6 runs" in words(page)
    page.text_input(key="plans/values/seed").set_value("1, many").run()
    assert "seed" in page.error[0].value and "many" in page.error[0].value
    assert not page.exception and client.library.plans.all() == []


def test_a_plan_is_cancelled_and_resumed_with_one_click(client: Client) -> None:
    plan = start_plan(client, "seeds", [ATLAS.model_copy(update={"seed": n}) for n in range(3)], ["seed"])
    page = visit("plans", plan=plan.id)
    assert "3 waiting" in words(page)
    page.button(key="cancel-plan").click().run()
    assert plan_state(client.records.of_plan(plan)).counts["cancelled"] == 3
    page = visit("plans", plan=plan.id)
    assert "cancel-plan" not in labels(page) and "Resume" in labels(page)
    page.button(key="resume-plan").click().run()
    assert plan_state(client.records.of_plan(plan)).counts["queued"] == 3


def test_a_plan_that_is_not_there_is_said(client: Client) -> None:
    page = visit("plans", plan="0" * 16)
    assert not page.exception and "the id of a plan" in words(page)


def test_layers_with_fewer_channels_get_those_they_have(client: Client) -> None:
    """Channels 60 to 69 of a layer of 128, over layers of 64 and more."""
    wide = ATLAS.model_copy(update={"layer": "block2_conv1", "channels": tuple(range(60, 70))})
    finished_atlas(client.store, wide, 10)
    finished_inspection(client, ATLAS.model)
    page = visit("plans", **{"from": wide.key()})
    assert "Of block1_conv1, block1_conv2, block1_pool only the channels that the layer has." in words(page)
    page.button(key="plans/start").click().run()
    (plan,) = client.library.plans.all()
    channels = {planned.fields["layer"]: planned.fields["channels"] for planned in plan.runs}
    assert (channels["block1_conv2"], channels["block3_conv1"]) == ([60, 61, 62, 63], list(range(60, 70)))
    assert wide.key() in [planned.key for planned in plan.runs], "what fits is what was there"


def test_a_layer_with_none_of_the_channels_is_named_before_anything_starts(client: Client) -> None:
    beyond = ATLAS.model_copy(update={"layer": "block2_conv1", "channels": (80, 81)})
    finished_atlas(client.store, beyond, 2)
    finished_inspection(client, ATLAS.model)
    page = visit("plans", **{"from": beyond.key()})
    assert "channels below 64, those of block1_conv1" in page.error[0].value.replace("\\", "")
    assert not page.exception and "Start 18 runs" not in labels(page)
