"""Where hundreds of newer runs stand in the list, older results are still found by the pages that need them."""

from itertools import count

import pytest

from dashboard.analyses.channel_portrait.neighbours import run_of
from dashboard.team.ladder.rows import ladder
from dashboard.widgets.channel_examples import run_with_channel
from shared.analyses import FilterAtlas, InspectModel, JobSpec
from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit
from tests.fixtures.synthetic_runs import begin, finished_atlas

MODEL, LAYER = "keras/vgg16/random", "block2_conv1"
ATLAS = FilterAtlas(model=MODEL, layer=LAYER, size=32, steps=5, precision="float32")
# More than any page ever looked through.
NEWER = 510
_jobs = count()


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def _crowd(client: Client, like: JobSpec, field: str) -> None:
    """Newer runs of the same kind, each with another value of a field."""
    for number in range(NEWER):
        spec = like.model_copy(update={field: f"{getattr(like, field)}{number}"})
        client.store.runs.submit(spec, f"newer-{next(_jobs)}", "ben")


def test_an_atlas_of_the_layer_is_found(client: Client) -> None:
    key = finished_atlas(client.store, ATLAS, 3)
    _crowd(client, ATLAS, "layer")
    found = run_of(client, FilterAtlas, MODEL, LAYER)
    assert found is not None and found.key == key


def test_examples_of_the_channel_are_found(client: Client) -> None:
    spec = DatasetExamples(model=MODEL, dataset="sha256:" + "1" * 64, layer=LAYER, channels=(3, 8), precision="float32")
    fence = begin(client.store, spec, 1)
    client.store.runs.write(spec.key(), fence, (0, b"part"), {})
    client.store.runs.finish(spec.key(), fence, {})
    _crowd(client, spec, "layer")
    found = run_with_channel(client, MODEL, LAYER, 8)
    assert found is not None and found.key == spec.key()
    assert run_with_channel(client, MODEL, LAYER, 4) is None


def test_training_runs_of_the_data_set_are_found(client: Client) -> None:
    spec = TrainingRun(dataset="sha256:" + "1" * 64, strategy="dense", epochs=8, learning_rate=1e-3)
    begin(client.store, spec, 8)
    other = spec.model_copy(update={"dataset": "sha256:" + "2" * 60})
    _crowd(client, other, "dataset")
    assert [row.run.key for row in ladder(client, spec.dataset)] == [spec.key()]


def test_a_long_run_stands_on_home_while_others_end(client: Client) -> None:
    begin(client.store, ATLAS, 3)
    for number in range(NEWER):
        spec = InspectModel(model=f"network-{number}")
        client.store.runs.submit(spec, f"newer-{number}", "ben")
        client.store.runs.end_cancelled(spec.key())
    assert [row["key"] for row in element(visit(), "live")["runs"]] == [ATLAS.key()]
