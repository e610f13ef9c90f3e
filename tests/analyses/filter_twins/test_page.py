"""The filter twins' page: how many filters there really are, and the pairs behind the number."""

import pytest

from shared.client import Client
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit
from tests.fixtures.synthetic_ascents import TWINS, twins


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_pairs_and_the_number_of_different_filters(client: Client) -> None:
    page = visit(run=twins(client))
    assert not page.exception and page.header[0].value == "Filter twins"
    data = element(page, "twin-pairs")
    assert data["figure"] == "2 of 3" and "1 dead channel left out" in data["says"]
    [pair] = data["pairs"]
    assert [t["channel"] for t in pair["tiles"]] == [3, 5]
    assert (pair["words"], pair["turns"], pair["mirrored"]) == ("turned 90°", 1, False)
    assert pair["likeness"] == pytest.approx(0.88, abs=0.01)
    assert "channel=5" in pair["tiles"][1]["href"]


def test_a_higher_bar_leaves_no_pair_and_stands_in_the_address(client: Client) -> None:
    data = element(visit(run=twins(client), least="0.95"), "twin-pairs")
    assert data["pairs"] == [] and data["figure"] == "3 of 3" and data["none"]


def test_kernels_can_be_compared_themselves(client: Client) -> None:
    page = visit(run=twins(client), by="kernels")
    [pair, *_] = element(page, "twin-pairs")["pairs"]
    assert [t["channel"] for t in pair["tiles"]] == [3, 5] and pair["likeness"] == 1.0


def test_pairs_are_drawn_while_tiles_still_come_in(client: Client) -> None:
    page = visit(run=twins(client, made=2))
    assert element(page, "twin-pairs")["figure"] == "1 of 2"
    assert "Cancel" in labels(page)


def test_an_address_that_makes_no_sense_is_read_as_the_usual(client: Client) -> None:
    page = visit(run=twins(client), least="much", by="colour")
    assert not page.exception and element(page, "twin-pairs")["figure"] == "2 of 3"


def test_the_chart_falls_from_the_whole_layer_to_its_least(client: Client) -> None:
    counts = element(visit(run=twins(client)), "different")["figures"][0]["data"][0]["y"]
    assert counts == sorted(counts) and counts[-1] == 3
    assert TWINS.key()
