"""The ablation's page without a browser, and what is written and drawn of a run."""

from pathlib import Path

import numpy as np
import pytest

from shared.analyses import KINDS
from shared.analyses.channel_ablation.figures import curves_figure, effects_figure, figures
from shared.analyses.channel_ablation.files import blocks, facts_of
from shared.analyses.channel_ablation.numbers import ablation_of, cost_at
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.client import Client
from shared.results import encode_part
from shared.store import RunRecord
from tests.analyses.channel_ablation.parts import COUNT, PICTURES, ablation_parts
from tests.analyses.dataset_examples.parts import pets
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import FACTS, begin

MODEL = "keras/vgg16/random"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def finished(client: Client, folder: Path, made: int | None = None) -> str:
    """A run of six channels on cats and dogs; its key. `made`: how many of its four parts are there."""
    spec = client.resolve(ChannelAblation(model=MODEL, layer="block2_conv1", dataset=pets(client, folder)))
    parts = ablation_parts()
    fence = begin(client.store, spec, len(parts))
    for part in parts[:made]:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})
    if made is None:
        facts = {**FACTS, "metrics": {"pictures": PICTURES, "channels": COUNT}}
        client.store.runs.finish(spec.key(), fence, facts)
    return spec.key()


def test_the_channels_of_a_class_stand_in_the_order_of_what_they_cost(client: Client, tmp_path: Path) -> None:
    page = visit(run=finished(client, tmp_path))
    assert not page.exception and page.header[0].value == "Ablation"
    data = element(page, "ablation-list")
    assert data and data["title"] == "Channels that cat rests on" and data["chosen"] == ""
    first = data["rows"][0]
    assert (first["channel"], first["change"], first["length"]) == (1, "−3", 100.0)
    assert first["interval"] == "−3.1 to −2.9" and first["score"] == "accuracy −50.0 points"
    assert first["flips"] == "2 pictures flip"
    assert [row["channel"] for row in data["rows"][1:3]] == [0, 2]
    panel = element(page, "panel")
    assert panel and ["Pictures", "8"] in panel["facts"] and ["Score", "100.0%"] in panel["facts"]


def test_another_class_has_another_order_and_a_channel_its_own_panel(client: Client, tmp_path: Path) -> None:
    page = visit(**{"run": finished(client, tmp_path), "class": "1", "channel": "5"})
    data, panel = element(page, "ablation-list"), element(page, "panel")
    assert data and data["title"] == "Channels that dog rests on" and data["rows"][0]["channel"] == 5
    assert panel and panel["title"] == "Channel 5" and panel["facts"][0] == ["dog", "−2"]
    assert "layer=second&channel=5" in panel["channel"] and "No picture flips" in words(page)


def test_estimates_stand_alone_until_exact_values_come(client: Client, tmp_path: Path) -> None:
    page = visit(run=finished(client, tmp_path, 1))
    assert not page.exception and element(page, "ablation-list") is None
    assert "cat loses most without channel 1 (−3.3)" in words(page)


def test_half_of_the_channels_are_shown_while_the_others_come(client: Client, tmp_path: Path) -> None:
    page = visit(run=finished(client, tmp_path, 2))
    data = element(page, "ablation-list")
    assert data and len(data["rows"]) == COUNT // 2 and "3 of 6 channels so far." in words(page)


@pytest.mark.parametrize("query", [{"class": "7"}, {"class": "x", "channel": "99"}, {"channel": "-1"}])
def test_an_address_that_makes_no_sense_is_read_as_the_usual(
    client: Client, tmp_path: Path, query: dict[str, str]
) -> None:
    page = visit(run=finished(client, tmp_path), **query)
    panel = element(page, "panel")
    assert not page.exception and panel and panel["title"] == "These pictures"


def test_figures_and_tables_hold_the_same_numbers() -> None:
    parts = {part.index: part for part in ablation_parts()}
    drawn = figures({}, parts)
    assert set(drawn) == {"effects", "estimates", "curves"}
    found = ablation_of(parts.values())
    assert found is not None
    dots = effects_figure(found, 0, 1).data[0]
    assert dots.x[-1] == -3 and dots.y[-1] == "channel 1"
    assert curves_figure(found, 1).data[3].y[0] == 1
    told = facts_of(found)["classes"][0]
    assert told["channels"][0] == {"channel": 1, "change": -3.0, "low": -3.098, "high": -2.902, "score_without": 0.5,
                                   "flips": 2}  # fmt: skip
    [cats, dogs] = blocks(RunRecord("x"), parts)
    assert cats.rows[0][:2] == (1, -3.0) and dogs.rows[0][0] == 5  # type: ignore[union-attr]
    assert cost_at(found, 5) == pytest.approx((1, 0.2, 0.95, 0), abs=1e-6)
    written = dict(KINDS["channel_ablation"].files(RunRecord("x"), parts))
    assert set(written) == {"ablation.json", "arrays.npz"}
    np.testing.assert_array_equal(written["arrays.npz"]["own"][1], found.own[1])
    assert figures({}, {}) == {} and figures({}, {0: parts[0]}) == {}
