"""What a data set excites, as a figure."""

from pathlib import Path

from shared.analyses.dataset_examples.figures import strongest_figure
from shared.client import Client, Result
from shared.store import RunRecord
from tests.analyses.dataset_examples.parts import CHANNELS, SILENT, pets, shard


def test_the_strongest_channel_comes_first() -> None:
    figure = strongest_figure([1.5, 4.0, 2.0])
    assert (figure.data[0].x, figure.data[0].y) == ((1, 2, 3), (4, 2, 1.5))
    assert figure.layout.yaxis.title.text == "activation"


def test_a_notebook_gets_the_strongest_activations_of_all_shards(client: Client, tmp_path: Path) -> None:
    dataset = pets(client, tmp_path / "pets")
    parts = {index: shard(client, dataset, index) for index in (0, 1)}
    run = RunRecord("key", "running", "dataset_examples")
    heights = list(Result(run, parts).figures["strongest"].data[0].y)
    highest = [max(float(part.arrays["strength"][channel].max()) for part in parts.values())
               for channel in range(CHANNELS) if channel != SILENT]  # fmt: skip
    assert heights == sorted((float(f"{value:.5g}") for value in highest), reverse=True)
    assert Result(run, {}).figures == {}
