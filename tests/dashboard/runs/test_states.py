"""What a page says in each state of a run. The store is real; there is no worker."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.server import connection
from shared.analyses import ClassMaximization, FilterAtlas
from shared.client import Client
from shared.redis_server import EmbeddedServer
from tests.fixtures.dashboard_visits import SECONDS, element, labels, point_dashboard_at, visit, words
from tests.fixtures.small_runs import earlier_release, evict
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection, report_workers, write_tiles

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(8)), size=16, steps=4, precision="float32"
)


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    finished_inspection(client, ATLAS.model)


def test_absent_says_so_and_offers_to_make_it() -> None:
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer)
    assert "Not computed yet." in words(page)
    assert "Make the atlas" in labels(page)


def test_making_it_submits_the_run_and_puts_it_into_the_address(client: Client) -> None:
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer)
    page.button("compute").click().run()
    key = page.query_params["run"]
    run = client.record(key[0] if isinstance(key, list) else key)
    assert (run.status, run.kind, run.fields["layer"], run.by) == ("queued", "filter_atlas", "block1_conv1", "tester")
    assert client.queue.waiting("batch") == 1


def test_a_link_to_a_run_of_a_layer_that_is_not_there_stays_when_the_layers_are_known(client: Client) -> None:
    wrong = ATLAS.model_copy(update={"model": "keras/vgg19/imagenet", "layer": "no_such_layer"})
    fence = begin(client.store, wrong, 8)
    client.store.runs.fail(wrong.key(), fence, "UnknownLayer", "Expected a layer. Received: 'no_such_layer'.")
    page = visit(run=wrong.key())
    assert "The atlas failed." in words(page).replace("**", "")
    finished_inspection(client, wrong.model)  # while the page is looked at
    page.run()
    page.run()
    assert "The atlas failed." in words(page).replace("**", "") and page.query_params["run"] in (
        wrong.key(),
        [wrong.key()],
    )
    layer = page.selectbox(key="filter_atlas.layer")
    assert layer.value == "no_such_layer" and "no_such_layer  ·  not in this network" in layer.options
    layer.set_value("block1_conv1").run()
    assert "run" not in page.query_params, "a layer that a person chooses is shown"


def test_a_control_that_corrects_itself_is_no_choice_of_a_person(client: Client) -> None:
    """The list of outputs arrives while a run of an output that is not there is looked at; then somebody chooses."""
    wrong = ClassMaximization(model="keras/vgg19/imagenet", classes=(65,), model_output="gone", naive=False)
    fence = begin(client.store, wrong, 1)
    client.store.runs.fail(wrong.key(), fence, "InvalidSpec", "Expected an output. Received: 'gone'.")
    page = visit(run=wrong.key())
    heads = [
        {"output": name, "ending": "softmax", "units": 1000, "mask": [], "assumed": False, "names": []}
        for name in ("kind", "breed")
    ]
    finished_inspection(client, wrong.model, heads=heads)
    page.run()
    page.run()
    assert page.selectbox(key="class_maximization.model_output").value == "kind"
    assert page.query_params["run"] in (wrong.key(), [wrong.key()]) and "failed." in words(page)
    page.selectbox(key="class_maximization.model_output").select("breed").run()
    assert "run" not in page.query_params and page.query_params["model_output"] in ("breed", ["breed"])


def test_queued_says_that_nobody_serves_the_queue(client: Client) -> None:
    client.submit(ATLAS)
    page = visit(run=ATLAS.key())
    assert "Waiting for a worker." in words(page)
    assert "No worker serves the batch queue" in words(page)
    assert "Cancel" in labels(page)


def test_running_shows_the_tiles_that_are_there_and_how_far_it_is(client: Client) -> None:
    fence = begin(client.store, ATLAS, 8)
    write_tiles(client.store, ATLAS, fence, 8, 0, 3)
    page = visit(run=ATLAS.key())
    assert "3 of 8 tiles" in words(page)
    assert [value is not None for value in element(page, "tiles-")["objectives"]] == [True] * 3 + [False] * 5
    assert "Cancel" in labels(page)


def test_cancel_raises_the_flag_and_says_that_it_stops(client: Client) -> None:
    fence = begin(client.store, ATLAS, 8)
    write_tiles(client.store, ATLAS, fence, 8, 0, 3)
    page = visit(run=ATLAS.key())
    page.button("cancel").click().run()
    assert client.store.runs.cancel_requested(ATLAS.key())
    assert "Stopping after the present step" in words(page)
    assert page.button("cancel").disabled


def test_complete_shows_every_tile_and_nothing_to_press(client: Client) -> None:
    page = visit(run=finished_atlas(client.store, ATLAS, 8))
    shown = element(page, "tiles-")
    assert None not in shown["objectives"] and shown["dead"].count(True) == 1
    assert "Not computed" not in words(page)
    assert not {"Cancel", "Retry", "Make the atlas"} & set(labels(page))


def test_failed_shows_the_message_and_retries(client: Client) -> None:
    fence = begin(client.store, ATLAS, 8)
    client.store.runs.fail(ATLAS.key(), fence, "DiskFull", "Expected room on the disk. Received: none.")
    page = visit(run=ATLAS.key())
    assert "The atlas failed. Expected room on the disk. Received: none." in words(page).replace("**", "")
    page.button("retry").click().run()
    assert client.record(ATLAS.key()).status == "queued"


def test_what_would_fail_again_offers_no_retry(client: Client) -> None:
    fence = begin(client.store, ATLAS, 8)
    client.store.runs.fail(ATLAS.key(), fence, "UnknownLayer", "Expected a layer of vgg16. Received: 'x'.")
    page = visit(run=ATLAS.key())
    assert "Expected a layer of vgg16. Received: 'x'." in words(page) and "Retry" not in labels(page)
    (row,) = [run for run in element(visit("jobs"), "jobs")["runs"] if run["key"] == ATLAS.key()]
    assert not row["actions"]


def test_cancelled_keeps_its_tiles_in_view_and_retries(client: Client) -> None:
    fence = begin(client.store, ATLAS, 8)
    write_tiles(client.store, ATLAS, fence, 8, 0, 3)
    client.store.runs.end_cancelled(ATLAS.key(), fence)
    page = visit(run=ATLAS.key())
    assert "Cancelled: 3 of 8 tiles." in words(page)
    assert sum(value is not None for value in element(page, "tiles-")["objectives"]) == 3
    assert "Retry" in labels(page)


def test_lost_says_that_it_recovers(client: Client) -> None:
    fence = begin(client.store, ATLAS, 8)
    write_tiles(client.store, ATLAS, fence, 8, 0, 3)
    client.store.client.delete(f"convscope:lease:{ATLAS.key()}")
    page = visit(run=ATLAS.key())
    assert "The worker vanished; recovering." in words(page)
    assert "Retry" in labels(page)


@pytest.mark.parametrize(("state", "button"), [("failed", "retry"), ("cancelled", "retry"), ("evicted", "compute")])
def test_what_an_earlier_version_made_is_computed_anew_and_the_page_goes_there(
    client: Client, state: str, button: str
) -> None:
    with earlier_release(FilterAtlas):
        old, fence = ATLAS.key(), begin(client.store, ATLAS, 8)
        write_tiles(client.store, ATLAS, fence, 8, 0, 8)
    if state == "failed":
        client.store.runs.fail(old, fence, "VersionMismatch", "Expected filter_atlas version 2.")
    elif state == "cancelled":
        client.store.runs.end_cancelled(old, fence)
    else:
        client.store.runs.finish(old, fence, {})
        evict(client.store, old)
    page = visit(run=old)
    assert "An earlier release made this" in words(page)
    page.button(button).click().run()
    assert page.query_params["run"] in (ATLAS.key(), [ATLAS.key()])
    assert "Waiting for a worker." in words(page) and "earlier release" not in words(page)
    assert client.record(ATLAS.key()).status == "queued"


def test_a_retry_in_the_list_of_jobs_says_that_it_makes_another_run(client: Client) -> None:
    def retry() -> None:
        import streamlit as st

        from dashboard.runs.run_list import act_on
        from dashboard.server.connection import get_client

        act_on(get_client(), "retry", st.query_params["run"])

    with earlier_release(FilterAtlas):
        old, _ = client.submit(ATLAS)
        client.cancel(old)
    for run, said in ((old, 1), (ATLAS.key(), 0)):
        app = AppTest.from_function(retry, default_timeout=SECONDS)
        app.query_params["run"] = run
        assert len(app.run().toast) == said and not app.exception
        assert client.record(ATLAS.key()).status == "queued"


def test_evicted_offers_to_compute_it_again(client: Client) -> None:
    key = finished_atlas(client.store, ATLAS, 8)
    evict(client.store, key)
    page = visit(run=key)
    assert "has left the cache" in words(page)
    page.button("compute").click().run()
    assert client.record(key).status == "queued"


def test_an_unknown_key_says_so() -> None:
    key = "filter_atlas-v1-" + "0" * 32
    page = visit(run=key)
    assert "There is no run under this link" in words(page) and key in words(page)


def test_what_fails_in_the_installation_is_said_on_every_page_while_it_fails(client: Client) -> None:
    client.store.troubles.tell("card-1", ["looking after the disk: Only 3 MiB are free for ![](//x/y.png)"])
    page = visit("jobs")
    assert "Something needs a look on card-1. looking after the disk" in words(page).replace("**", "")
    assert all("![" not in warning.value for warning in page.warning)
    client.store.troubles.tell("card-1", [])
    assert "Something needs a look" not in words(page.run())


def test_redis_down_is_said_and_the_same_session_recovers(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path_factory.mktemp("down")
    server = EmbeddedServer(data / "redis")
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("CONVSCOPE_DATA", str(data))
    connection.get_settings.cache_clear()
    page = visit("jobs")
    assert "Store unreachable." in words(page) and not page.exception
    server.start()
    assert "No runs yet." in words(page.run())
    server.kill()
    assert "Store unreachable." in words(page.run()) and not page.exception
    server.start()
    assert "No runs yet." in words(page.run())
    server.stop()


def test_an_idle_worker_is_promised(client: Client) -> None:
    report_workers(client.store)
    assert "A worker is idle: it begins at once." in words(visit("atlas", model=ATLAS.model, layer=ATLAS.layer))


def test_a_run_that_somebody_else_began_meanwhile_is_watched(client: Client) -> None:
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer)
    (spec,) = [ATLAS.model_copy(update={"channels": (), "size": 128, "steps": 64})]
    begin(client.store, spec, 64, by="jon")
    page.button("compute").click().run()
    assert "0 of 64 tiles" in words(page) and "Cancel" in labels(page)
    assert client.record(spec.key()).by == "jon"
