"""The filter twins' page: how many filters there really are, and the pairs behind the number."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from shared.client import Client
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit
from tests.fixtures.synthetic_ascents import TWINS, twins


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def _picture(address: str) -> np.ndarray:
    """What an address that holds a PNG holds."""
    with Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))) as picture:
        return np.asarray(picture)


def test_pairs_and_the_number_of_different_filters(client: Client) -> None:
    page = visit(run=twins(client))
    assert not page.exception and page.header[0].value == "Filter twins"
    data = element(page, "twin-pairs")
    assert data["figure"] == "2 groups at likeness ≥ 0.8" and "1 dead channel left out" in data["says"]
    assert data["says"].startswith("of 3 living filters, 1 of them with more than one filter.")
    [group] = data["groups"]
    [other] = group["others"]
    assert (group["first"]["channel"], other["channel"]) == (3, 5)
    assert (other["words"], other["turns"], other["mirrored"]) == ("turned 90°", 1, False)
    assert other["likeness"] == pytest.approx(0.88, abs=0.01)
    assert "channel=5" in other["href"] and not other["kernel"]


def test_a_higher_bar_leaves_no_pair_and_stands_in_the_address(client: Client) -> None:
    data = element(visit(run=twins(client), least="0.95"), "twin-pairs")
    assert data["groups"] == [] and data["figure"] == "3 groups at likeness ≥ 0.95" and data["none"]


def test_kernels_can_be_compared_themselves(client: Client) -> None:
    page = visit(run=twins(client), by="kernels")
    [group] = element(page, "twin-pairs")["groups"]
    [other] = group["others"]
    assert (group["first"]["channel"], other["channel"], other["likeness"]) == (3, 5, 1.0)
    first, turned = (_picture(one["url"]) for one in (group["first"], other))
    np.testing.assert_array_equal(np.rot90(first), turned)  # the kernels themselves, one a quarter turn of the other
    assert first.shape == (3, 3, 3) and {int(first.min()), int(first.max())} & {0, 255}


def test_pairs_are_drawn_while_tiles_still_come_in(client: Client) -> None:
    page = visit(run=twins(client, made=2))
    assert element(page, "twin-pairs")["figure"] == "1 group at likeness ≥ 0.8"
    assert "Cancel" in labels(page)


def test_an_address_that_makes_no_sense_is_read_as_the_usual(client: Client) -> None:
    page = visit(run=twins(client), least="much", by="colour")
    assert not page.exception and element(page, "twin-pairs")["figure"] == "2 groups at likeness ≥ 0.8"


def test_the_chart_falls_from_the_whole_layer_to_its_least(client: Client) -> None:
    counts = element(visit(run=twins(client)), "different")["figures"][0]["data"][0]["y"]
    assert counts == sorted(counts) and counts[-1] == 3
    assert TWINS.key()
