"""Before a run is asked for: how long it takes, when its turn comes, and a smaller one to begin with."""

import time

import pytest

from dashboard.runs.start_box import forecast, smaller_start
from dashboard.server.live import outlook
from dashboard.widgets.text import roughly
from shared.analyses import FilterAtlas, FilterTwins, InspectModel
from shared.client import Client, plan_estimate
from shared.queue import QUEUES
from shared.store import WorkerRecord
from tests.fixtures.dashboard_visits import labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection, report_workers, write_tiles

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block2_conv1", channels=tuple(range(20)), size=16, steps=4, precision="float32"
)


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def timed_atlas(client: Client, spec: FilterAtlas, total: int) -> float:
    """A finished run; how long it took."""
    key = finished_atlas(client.store, spec, total)
    run = client.record(key)
    client.store.client.hset(f"convscope:run:{key}", "attempt_started_at", run.finished_at - 10.0)
    return 10.0


def test_the_box_says_how_long_and_offers_fewer(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    timed_atlas(client, ATLAS.model_copy(update={"seed": 5}), 20)
    report_workers(client.store)
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer, channels="0-39", size="16", steps="4",
                 precision="float32")  # fmt: skip
    assert "About 20 s, by the pace of 1 such run." in words(page)
    assert "First 16 channels, about 10 s" in labels(page)
    page.button("smaller").click().run()
    (run,) = [run for run in client.store.runs.recent() if run.status == "queued"]
    assert run.fields["channels"] == list(range(16))
    assert page.query_params["run"] in (run.key, [run.key]), "the address names what was begun"


def test_a_layer_without_named_channels_is_counted_by_its_table(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    timed_atlas(client, ATLAS, 20)
    report_workers(client.store)
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer, size="16", steps="4", precision="float32")
    assert "About 1 min, by the pace of 1 such run." in words(page), "128 channels of the layer at 0.5 s each"


def test_what_was_never_made_is_not_guessed(client: Client) -> None:
    found = plan_estimate(client, [ATLAS])
    assert found.seconds is None
    assert forecast(found) == "How long it takes is not known: no such run was made here yet."


def test_the_most_alike_runs_say_the_pace(client: Client) -> None:
    timed_atlas(client, ATLAS.model_copy(update={"seed": 1}), 20)
    timed_atlas(client, ATLAS.model_copy(update={"layer": "block1_conv1"}), 20)
    same = plan_estimate(client, [ATLAS])
    assert (same.alike, same.measured, same.seconds) == ("same", 1, pytest.approx(10.0, rel=0.01))
    network = plan_estimate(client, [ATLAS.model_copy(update={"layer": "block3_conv1"})])
    assert (network.alike, network.measured) == ("model", 2) and "2 runs on this network" in forecast(network)
    other = plan_estimate(client, [ATLAS.model_copy(update={"model": "keras/resnet50/random"})])
    assert (other.alike, other.measured) == ("other", 2) and "other networks" in forecast(other)
    both = plan_estimate(client, [ATLAS, ATLAS.model_copy(update={"model": "keras/resnet50/random"})])
    assert both.alike == "other", "no better than its least certain part"


@pytest.mark.parametrize(
    ("spec", "channels", "first"),
    [
        (ATLAS.model_copy(update={"channels": ()}), 64, tuple(range(16))),
        (ATLAS.model_copy(update={"channels": tuple(range(5, 60))}), 64, tuple(range(5, 21))),
        (ATLAS.model_copy(update={"channels": (1, 2)}), 64, None),
        (ATLAS.model_copy(update={"channels": ()}), 12, None),
        (ATLAS.model_copy(update={"channels": ()}), None, None),
        (FilterTwins(model="keras/vgg16/random", layer="block1_conv1"), 64, tuple(range(16))),
        (InspectModel(model="keras/vgg16/random"), None, None),
    ],
)
def test_the_smaller_start_is_the_first_few_channels(
    spec: FilterAtlas, channels: int | None, first: tuple[int, ...] | None
) -> None:
    less = smaller_start(spec, channels)
    assert (less.spec.model_dump()["channels"] if less else None) == first


@pytest.mark.parametrize(
    ("seconds", "words_"),
    [
        (0.6, "a second"),
        (3, "5 s"),
        (42, "40 s"),
        (59, "1 min"),
        (815, "14 min"),
        (7800, "2 h 10 min"),
        (None, "unknown"),
    ],
)
def test_guessed_times_are_said_roughly(seconds: float | None, words_: str) -> None:
    assert roughly(seconds) == words_


def busy(client: Client, seconds: float, share: float) -> None:
    """One batch worker, `share` through a run that began `seconds` ago."""
    fence = begin(client.store, ATLAS, 20)
    write_tiles(client.store, ATLAS, fence, 20, 0, round(20 * share))
    now = client.record(ATLAS.key()).now
    client.store.client.hset(f"convscope:run:{ATLAS.key()}", "attempt_started_at", now - seconds)
    report_workers(client.store, ATLAS.key())


def test_a_page_says_how_long_until_its_turn(client: Client) -> None:
    busy(client, seconds=300, share=0.5)
    assert outlook(client, "batch") == "The worker is busy with another run: about 5 min until its turn."
    assert outlook(client, "interactive") == "A worker is idle: it begins at once."


def test_those_that_wait_before_it_count(client: Client) -> None:
    timed_atlas(client, ATLAS.model_copy(update={"seed": 1}), 20)
    busy(client, seconds=300, share=0.5)
    waiting = ATLAS.model_copy(update={"seed": 3, "steps": 80})
    client.submit(waiting)  # 20 times the steps of what took 10 s
    said = outlook(client, "batch")
    assert said == "The worker is busy with another run, and 1 run waits before this one: about 8 min until its turn."
    job = client.record(waiting.key()).job
    assert outlook(client, "batch", job) == "The worker is busy with another run: about 5 min until its turn."


def test_what_nobody_knows_is_not_made_up(client: Client) -> None:
    fence = begin(client.store, ATLAS, 20)
    assert fence
    report_workers(client.store, ATLAS.key())
    assert outlook(client, "batch").endswith("how long that takes is not known yet.")


def test_of_two_workers_the_first_that_is_free_counts(client: Client) -> None:
    busy(client, seconds=300, share=0.5)
    other = ATLAS.model_copy(update={"seed": 9})
    fence = begin(client.store, other, 20)
    write_tiles(client.store, other, fence, 20, 0, 18)
    now = client.record(other.key()).now
    client.store.client.hset(f"convscope:run:{other.key()}", "attempt_started_at", now - 540)
    client.store.workers.report(
        WorkerRecord("batch-2", "batch", "busy", other.key(), seen_at=time.time(), started_at=time.time())
    )
    assert outlook(client, QUEUES[1]) == "All 2 workers are busy: about 1 min until its turn."
