"""What an installation of release 0.1.0 left behind: its data folder and its exports, opened with the code of today.

tests/fixtures/release_0_1_0/write.py made the archive with the code of 0.1.0. Nothing in it is made again when the code
changes: whoever breaks these tests breaks what people have kept.
"""

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image, ImageSequence
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from typer.testing import CliRunner

from dashboard.page_table import PAGES, page_of_run
from shared.analyses import SPEC_TYPES
from shared.cli import app
from shared.client import Client
from shared.errors import UnknownShare
from shared.library.notes import layer_subject, model_subject, run_subject
from shared.queue import SafeJob
from shared.results import decode_part
from shared.settings import Settings
from shared.store import Store
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.old_installation import Old

KINDS = (
    "activations", "attribution", "augmentation_preview", "channel_portrait", "class_maximization", "compare_models",
    "dataset_examples", "deep_dream", "evaluate_model", "filter_atlas", "filter_twins", "inspect_model", "playground",
    "sanity_check", "training_run",
)  # fmt: skip
# Where the pages of 0.1.0 were: people have these addresses in their bookmarks and notes.
ADDRESSES = {
    "", "models", "datasets", "augmentation", "training", "ladder", "evaluation", "compare", "activations", "heat-maps",
    "playground", "atlas", "channel", "examples", "twins", "class-images", "dream", "jobs", "plans", "gallery",
    "side-by-side", "storage", "links",
}  # fmt: skip
# What the queue of 0.1.0 holds. In pieces, for it must stay whatever the module is called now.
QUEUED_FUNCTION = ".".join(("worker", "run_job", "run_job"))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    """One copy for all tests that read."""
    found = Old(tmp_path_factory.mktemp("old"))
    yield found
    found.server.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Old]:
    """A copy for a test that changes it."""
    found = Old(tmp_path)
    yield found
    found.server.stop()


@pytest.fixture
def dashboard(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(old.client, monkeypatch)


def test_every_kind_that_0_1_0_had_is_in_the_archive_and_is_still_there(old: Old) -> None:
    assert tuple(sorted(old.said["keys"])) == KINDS
    assert set(KINDS) <= set(SPEC_TYPES)


# Runs and their parts


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_key_resolves_and_its_spec_is_still_the_same_request(old: Old, kind: str) -> None:
    run = old.client.record(old.key(kind))
    spec = run.spec()
    assert (run.kind, run.status, run.by) == (kind, "complete", "mira")
    if old.raised(kind):
        return
    assert spec is not None and spec.key() == run.key
    assert old.client.submit(spec) == (run.key, "complete"), "asked for again, it would be computed twice"


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_decodes_and_is_the_same_in_the_store_and_in_the_archive(old: Old, kind: str) -> None:
    client, key = old.client, old.key(kind)
    total = client.record(key).total
    stored = client.store.parts.read_many(key, range(total))
    assert set(stored) == set(range(total))
    assert client.library.archive.parts(key) == stored
    assert [decode_part(data).index for data in stored.values()] == list(range(total))


def test_every_old_key_is_listed(old: Old) -> None:
    listed = {run.key for run in old.client.store.runs.recent(100)}
    others = {old.said[name] for name in ("checked", "failed", "queued")}
    mentioned = {*old.said["keys"].values(), *old.said["plan"]["keys"], *others}
    assert listed == mentioned
    for kind in KINDS:
        assert old.key(kind) in old.client.store.runs.listing.find({"kind": kind, "state": "complete"}).keys
    assert old.client.store.runs.listing.find(words=["drawn"]).total == 0, "by reference, not by name"
    assert old.client.store.runs.listing.find({"by": "mira"}, ["training"]).keys == (old.key("training_run"),)


def test_a_failed_and_a_waiting_run_are_what_they_were(old: Old) -> None:
    failed = old.client.record(old.said["failed"])
    assert (failed.status, failed.error_kind) == ("failed", "UnknownLayer") and "'nowhere'" in failed.error
    assert old.client.record(old.said["queued"]).status == "queued"


def test_results_outlive_an_emptied_store(own: Old) -> None:
    before = {kind: own.client.results.parts(own.key(kind)) for kind in KINDS}
    own.client.store.client.flushall()
    assert {kind: own.client.results.parts(own.key(kind)) for kind in KINDS} == before
    found = own.client.results.gallery.find({"kind": "deep_dream"}, "old dream")
    assert (found.keys, found.total) == ((own.key("deep_dream"),), 1)


# Names and what people wrote


def test_names_still_stand_for_the_same_files(old: Old) -> None:
    client, references = old.client, old.said["references"]
    named = {name: references[name] for name in ("shapes", "moved", "tuned")}
    assert client.models.names().items() >= named.items()
    assert client.images.given_names() == {"whiskers": references["whiskers"]}
    assert client.datasets.names()["drawn"] == references["drawn"]
    card = client.models.card("shapes")
    assert (card.labels, card.preprocess) == (("circle", "square", "triangle"), "0..1")
    with zipfile.ZipFile(client.library.files.local_path(card.file)) as network:
        assert "model.weights.h5" in network.namelist()
    with Image.open(client.images.path("whiskers")) as picture:
        assert picture.size == (32, 32)


def test_the_data_set_opens_with_its_splits(old: Old) -> None:
    dataset = old.client.datasets.open("drawn")
    assert dataset.card.classes == ("circle", "square", "triangle")
    assert [len(dataset.card.rows(split)) for split in ("train", "validation", "test")] == [18, 6, 6]
    assert {np.asarray(dataset.image(i)).shape for i in range(30)} == {(32, 32, 3)}


def test_gallery_notes_and_plan_are_all_there(old: Old) -> None:
    client, model = old.client, old.said["references"]["shapes"]
    assert set(client.results.gallery.find({"tag": "old"}, count=50).keys) == set(old.said["keys"].values())
    pieces = [piece for kind in KINDS if (piece := client.results.gallery.get(old.key(kind)))]
    assert [(piece.title, piece.by) for piece in pieces] == [(f"Old {kind}", "mira") for kind in KINDS]
    drawn = {piece.kind for piece in pieces if piece.thumbnail and client.library.files.read(piece.thumbnail)}
    assert drawn == set(KINDS) - {"inspect_model"}
    assert client.library.notes.channel_names(model, "first") == {2: "edge"}
    assert [n.text for n in client.library.notes.of(layer_subject(model, "first"), 2)] == ["rises to the right"]
    assert [n.text for n in client.library.notes.of(model_subject(model))] == ["drawn shapes only"]
    assert [(n.by, n.text) for n in client.library.notes.of(run_subject(old.key("attribution")))] == [
        ("ole", "looks at the ear")
    ]
    plan = client.library.plans.get(old.said["plan"]["id"])
    assert (plan.title, plan.varied, [run.key for run in plan.runs]) == (
        "Two ways",
        ("mode",),
        old.said["plan"]["keys"],
    )
    assert [run.status for run in client.records.of_plan(plan)] == ["complete", "complete"]


# Exports


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_export_holds_what_todays_writers_write(old: Old, kind: str, tmp_path: Path) -> None:
    with (tmp_path / "today.zip").open("wb") as file:
        old.client.results.export(old.key(kind), file)
    before, today = members(old.exports / f"{kind}.zip"), members(tmp_path / "today.zip")
    assert before.keys() - today.keys() == set()
    assert len(before) > 2
    for name, data in before.items():
        assert same(name, data, today[name]), name


def members(path: Path) -> dict[str, bytes]:
    """Name to bytes; without the report, whose look may change."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "report.html"}


def same(name: str, old: bytes, new: bytes) -> bool:
    """Whether a file says the same: equal numbers and pixels; JSON may say more than it did."""
    if name.endswith(".json"):
        return holds(json.loads(new), json.loads(old))
    if name.endswith(".npz"):
        with np.load(io.BytesIO(old)) as before, np.load(io.BytesIO(new)) as after:
            assert set(before) <= set(after)
            return all(before[n].dtype == after[n].dtype and np.array_equal(before[n], after[n]) for n in before)
    if name.endswith((".png", ".gif")) and name != "curves.png":  # a chart's look may change
        return np.array_equal(frames(old), frames(new))
    return name == "curves.png" or old == new


def frames(data: bytes) -> np.ndarray:
    """All frames of a picture file."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)])


def holds(new: Any, old: Any) -> bool:
    """Whether a JSON value says all that an older one said."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and holds(new[name], value) for name, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return new == old


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_export_is_imported_elsewhere_as_it_was(old: Old, kind: str, client: Client) -> None:
    path, key = old.exports / f"{kind}.zip", old.key(kind)
    imported = client.results.import_zip(path)
    assert imported != key and client.results.parts(imported) == old.client.results.parts(key)
    piece = client.results.gallery.get(imported)
    assert piece is not None and piece.tags == ("imported",) and "unsigned" in piece.origin
    assert client.record(imported).outdated == old.raised(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_import_of_0_1_0_is_drawn_and_says_what_made_it(
    old: Old, kind: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_dashboard_at(client, monkeypatch)
    page = visit(run=client.results.import_zip(old.exports / f"{kind}.zip"))
    assert not page.exception and "cannot be drawn" not in words(page), words(page)
    if kind in (
        "inspect_model",
        "playground",
        "sanity_check",
    ):  # their pages open what the run names, which is not here
        return
    assert ("An earlier release made this: Convscope 0.1.0" in words(page)) == old.raised(kind)
    assert sum(label.startswith("Compute the") and label.endswith("here") for label in labels(page)) == 1


@pytest.mark.usefixtures("client")
def test_the_command_line_imports_an_old_export(
    old: Old, settings: Settings, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    point_dashboard_at(client, monkeypatch)
    answer = CliRunner().invoke(app, ["import", str(old.exports / "playground.zip")])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("playground-v1-import")


# Links


def test_a_share_link_of_0_1_0_still_opens_and_one_that_was_taken_back_does_not(old: Old, dashboard: None) -> None:
    link, revoked = (urlsplit(old.said["share"][name]).path for name in ("link", "revoked"))
    page = ask_route(link)
    assert page.status_code == 200 and "Shared by mira" in page.text and old.key("filter_atlas") in page.text
    assert ask_route(revoked).status_code == 410
    assert old.client.library.shares.open(link.rpartition("/")[2]).view == {"tile": "2"}
    with pytest.raises(UnknownShare, match="taken back"):
        old.client.library.shares.open(revoked.rpartition("/")[2])


def test_a_token_of_0_1_0_still_asks_in_its_makers_name(old: Old, dashboard: None) -> None:
    token, key = old.said["token"]["token"], old.key("evaluate_model")
    assert old.client.library.tokens.open(token).by == "mira"
    response = ask_route(f"/api/runs/{key}", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200 and response.json()["status"] == "complete"
    assert ask_route(f"/api/runs/{key}", headers={"Authorization": f"Bearer {token}x"}).status_code == 401


def test_every_page_is_where_it_was(old: Old) -> None:
    assert {page.path for page in PAGES} >= ADDRESSES


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_permalink_opens_the_page_of_its_kind_and_draws_the_result(old: Old, dashboard: None, kind: str) -> None:
    key = old.key(kind)
    page = visit(run=key)
    entry = page_of_run(key)
    assert not page.exception and not page.error and not page.warning, words(page)
    assert entry is not None and page.header[0].value == entry.title
    assert not {"Cancel", "Retry"} & set(labels(page)), "it is computed again"
    # Below a heat map stands what could be asked for as well.
    assert words(page).count("Not computed yet") == (kind == "attribution")
    shown = page.query_params.get("check" if kind == "sanity_check" else "run", "")
    # The table of a model's layers is named by the model, and made anew without being asked for.
    assert key in shown or (kind == "inspect_model" and old.said["references"]["shapes"] in page.query_params["model"])
    again = old.raised(kind) and kind != "inspect_model"
    assert any(label.startswith("Recompute") for label in labels(page)) == again


@pytest.mark.parametrize("emptied", [False, True])
def test_a_result_of_a_raised_version_is_shown_says_so_and_can_be_recomputed(
    own: Old, monkeypatch: pytest.MonkeyPatch, emptied: bool
) -> None:
    monkeypatch.setattr(SPEC_TYPES["filter_atlas"], "version", 1000)
    point_dashboard_at(own.client, monkeypatch)
    if emptied:
        own.client.store.client.flushall()
    key = own.key("filter_atlas")
    page = visit(run=key)
    assert not page.exception and not page.error and "An earlier release made this" in words(page)
    assert element(page, "panel") is not None, "the old tiles are shown"
    next(button for button in page.button if button.label.startswith("Recompute")).click().run()
    assert [run.status for run in own.client.store.runs.recent(100) if run.version == 1000] == ["queued"]
    assert own.client.record(key).status == "complete", "the old result stays under its key"


def test_a_channels_name_stands_on_the_old_atlas(old: Old, dashboard: None) -> None:
    page = visit(run=old.key("filter_atlas"), tile="2")
    assert "edge" in json.dumps(element(page, "panel"))


@pytest.mark.parametrize("path", ["", "models", "datasets", "jobs", "plans", "gallery", "storage", "links"])
def test_the_teams_pages_open_on_an_old_installation(old: Old, dashboard: None, path: str) -> None:
    page = visit(path)
    assert not page.exception and not page.error, words(page)


# The queue


def test_a_job_that_0_1_0_queued_is_still_accepted_and_run(own: Old) -> None:
    """The name of the function stands in the queue: a module that moves leaves it behind."""
    from worker.analyses.context import RunContext
    from worker.networks.models import WarmModels
    from worker.service.run_job import Resources, set_engine_resources

    client, key = own.client, own.said["queued"]
    job = SafeJob.fetch(client.record(key).job, connection=client.store.client, serializer=JSONSerializer)
    assert (job.func_name, job.args, job.origin) == (QUEUED_FUNCTION, [key], "batch")
    models = WarmModels(client.library)
    context = lambda finished: RunContext(models, client.library, finished)  # noqa: E731
    set_engine_resources(Resources(client.store, client.library, context, lambda spec: {}))
    worker = SimpleWorker(["batch"], connection=client.store.client, serializer=JSONSerializer, job_class=SafeJob)
    worker.work(burst=True, logging_level=logging.CRITICAL)
    if own.raised(key.partition("-")[0]):  # it would be computed otherwise, so not under this key
        assert "Retry" in client.record(key).error
        key, _ = client.retry(key)
        worker.work(burst=True, logging_level=logging.CRITICAL)
    run = client.record(key)
    assert (run.status, run.done, run.error) == ("complete", 1, "")


def test_a_job_that_names_any_other_function_is_refused(store: Store) -> None:
    from shared.errors import RefusedJob

    job = Job.create("os.getcwd", connection=store.client, serializer=JSONSerializer)
    job.save()
    with pytest.raises(RefusedJob):
        SafeJob.fetch(job.id, connection=store.client, serializer=JSONSerializer).func  # noqa: B018
