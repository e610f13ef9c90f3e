"""What stands under the pointer of a stage: the numbers of a real run, added up again."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.analyses.playground.pixel_window import stage_numbers, window_of
from dashboard.analyses.playground.routes import window_url
from shared.analyses import Playground
from shared.client import Client
from shared.results import Part, encode_part
from shared.store import RunRecord
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.synthetic_runs import FACTS, begin
from tests.fixtures.worker_context import context
from worker.analyses.playground.analysis import playground

STAGES = [
    {"type": "convolution", "filters": 4, "kernel": 3, "padding": "same"},
    {"type": "activation", "function": "relu"},
    {"type": "convolution", "filters": 2, "kernel": 5, "stride": 2, "padding": "same", "seed": 3},
    {"type": "convolution", "filters": 2, "kernel": 3, "dilation": 2, "seed": 4},
    {"type": "pooling", "how": "average", "size": 3, "stride": 2, "padding": "same"},
    {"type": "pooling", "how": "max", "size": 2},
]
SPEC = Playground(size=(31, 40), stages=STAGES)


@pytest.fixture
def run(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunRecord:
    point_dashboard_at(client, monkeypatch)
    parts = [item for item in playground(SPEC, context(tmp_path)) if isinstance(item, Part)]
    fence = begin(client.store, SPEC, len(parts))
    for part in parts:
        client.store.runs.write(SPEC.key(), fence, (part.index, encode_part(part)), {"stage": "computing"})
    client.store.runs.finish(SPEC.key(), fence, FACTS)
    return client.record(SPEC.key())


@pytest.mark.parametrize("index", range(len(STAGES)))
def test_the_numbers_of_a_window_add_up_to_the_stages_own(run: RunRecord, index: int) -> None:
    """The worker's convolutions have no bias, so whatever is missing from a sum would be called one."""
    numbers = stage_numbers(run.key, index)
    assert numbers is not None and numbers.received is not None
    height, width, channels = numbers.values.shape
    for row, column in ((0, 0), (height - 1, width - 1), (height // 2, width // 3), (0, width - 1)):
        for channel in range(channels):
            found = window_of(run, index, channel, row, column)
            assert found is not None and "bias" not in found["total"]
            value = float(numbers.values[row, column, channel])
            said = f"{value:.4g}".replace("-", "−")
            assert said in found["title"] and said in found["total"]
            if STAGES[index]["type"] == "pooling":
                cells = [cell for line in found["slices"][0]["patch"] for cell, _ in line if cell]
                seen = np.array([float(cell.replace("−", "-")) for cell in cells])
                kept = seen.max() if STAGES[index]["how"] == "max" else seen.mean()
                assert kept == pytest.approx(value, abs=0.01)


def test_a_window_is_framed_where_it_lies_with_its_border_and_its_holes(run: RunRecord) -> None:
    boxes = {index: window_of(run, index, 0, 0, 0)["box"] for index in range(len(STAGES))}  # type: ignore[index]
    assert boxes[0] == [-1, -1, 3, 3] and boxes[1] == [0, 0, 1, 1] and boxes[5] == [0, 0, 2, 2]
    assert boxes[2] == [-2, -1, 5, 5] and boxes[3][2:] == [5, 5]
    assert window_of(run, 0, 0, 7, 9)["box"] == [6, 8, 3, 3]  # type: ignore[index]


def test_many_channels_are_added_up_in_one_word(run: RunRecord) -> None:
    found = window_of(run, 2, 1, 3, 3)
    assert found is not None and len(found["slices"]) == 3 and "of 1 more channels" in found["total"]
    colours = window_of(run, 0, 1, 3, 3)
    assert colours is not None and [one["name"] for one in colours["slices"]] == ["red", "green", "blue"]


def test_the_address_answers_places_that_exist_and_no_others(run: RunRecord) -> None:
    address = window_url(run.key, 0, "{}")
    answer = ask_route(address.replace("{}", "2,5,6"))
    assert answer.status_code == 200 and answer.json() == window_of(run, 0, 2, 5, 6)
    for place in ("9,0,0", "0,31,0", "0,0,40", "x", "0,0", "-1,0,0"):
        assert ask_route(address.replace("{}", place)).status_code == 410
