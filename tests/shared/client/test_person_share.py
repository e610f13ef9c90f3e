"""A person's share of queue, cache, files and uploads, asked for from every side."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dashboard.server.api import API_ROUTES
from shared.analyses import Activations
from shared.cli.app import app
from shared.client import Client, delete_entry, rename_entry, resume_plan, start_plan
from shared.errors import ShareUsedUp
from shared.library.additions import add_picture_file, adding
from shared.library.ledger import DAY, Ledger
from shared.settings import Settings, get_settings
from shared.store import Store
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at, visit, words
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas

GRACE, BEN, ADA = "grace@example.org", "ben@example.org", "ada@example.org"
SIGN_IN = {"oidc_client_id": "c", "oidc_client_secret": "s", "oidc_metadata_url": "u", "people": "example.org",
           "admins": ADA}  # fmt: skip


@pytest.fixture
def bounded(settings: Settings, store: Store) -> Callable[..., Client]:
    """A client of an installation with bounds, that acts for somebody."""

    def make(person: str, **bounds: int) -> Client:
        made = Settings(**settings.model_dump() | SIGN_IN | bounds)
        return Client(made, store).acting_as(person)

    return make


def noise(edge: int = 64) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(edge).integers(0, 255, (edge, edge, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_a_persons_runs_are_bounded_and_each_queue_by_itself(bounded: Callable[..., Client]) -> None:
    grace = bounded(GRACE, person_runs=2)
    keys = [grace.submit(atlas(seed))[0] for seed in (1, 2)]
    with pytest.raises(ShareUsedUp, match=r"at most 2 runs .* batch queue. You have 2 and ask for one more. Wait"):
        grace.submit(atlas(3))
    assert grace.record(atlas(3).key()).status == "absent"
    assert grace.submit(atlas(2))[1] == "joined", "what is there already takes no more of it"
    model = "keras/vgg16/random"
    assert grace.submit(Activations(model=model, image="sample/cat"))[1] == "submitted"
    assert bounded(BEN, person_runs=2).submit(atlas(4))[1] == "submitted"
    grace.cancel(keys[0])
    assert grace.submit(atlas(3))[1] == "submitted"


def test_many_who_ask_at_once_get_no_more(bounded: Callable[..., Client]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    grace = bounded(GRACE, person_runs=5)

    def ask(seed: int) -> bool:
        try:
            return grace.submit(atlas(seed))[1] == "submitted"
        except ShareUsedUp:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(24))) == 5


def test_a_run_that_ended_while_nobody_brought_the_list_up_to_date_takes_no_room(
    bounded: Callable[..., Client],
) -> None:
    grace = bounded(GRACE, person_runs=1)
    key, _ = grace.submit(atlas(1))
    # A process that died between the end and the list.
    grace.store.client.hset(f"convscope:run:{key}", mapping={"outcome": "failed", "waiting": "0"})
    assert grace.submit(atlas(2))[1] == "submitted"


def test_administrators_have_no_bounds_and_without_sign_in_everybody_has(
    bounded: Callable[..., Client], settings: Settings, store: Store
) -> None:
    ada = bounded(ADA, person_runs=1)
    assert [ada.submit(atlas(seed))[1] for seed in (1, 2)] == ["submitted", "submitted"]
    mira = Client(Settings(**settings.model_dump() | {"person_runs": 1}), store).acting_as("mira")
    mira.submit(atlas(3))
    with pytest.raises(ShareUsedUp):
        mira.submit(atlas(4))


def test_a_plan_that_does_not_fit_is_refused_whole(bounded: Callable[..., Client]) -> None:
    grace = bounded(GRACE, person_runs=3)
    with pytest.raises(ShareUsedUp, match="You have 0 and ask for 4 more"):
        start_plan(grace, "too many", [atlas(seed) for seed in range(4)])
    assert grace.library.plans.all() == [] and grace.store.runs.recent() == []
    plan = start_plan(grace, "three", [atlas(seed) for seed in range(3)])
    assert resume_plan(grace, plan) == 0, "what waits already is asked for no more"


def test_a_persons_part_of_the_cache(bounded: Callable[..., Client]) -> None:
    key = finished_atlas(bounded(GRACE).store, atlas(1), 3)
    grace = bounded(GRACE, person_results=1000)
    grace.store.runs.listing.put(key, None, [("by", GRACE)])
    grace.store.client.hset(f"convscope:run:{key}", "by", GRACE)
    with pytest.raises(ShareUsedUp, match=r"results in the cache .* Delete some on the page Storage"):
        grace.submit(atlas(2))
    assert bounded(BEN, person_results=1000).submit(atlas(3))[1] == "submitted"
    grace.results.delete(key)
    assert grace.submit(atlas(2))[1] == "submitted"


def test_files_are_counted_until_they_are_deleted(bounded: Callable[..., Client]) -> None:
    data = noise()
    grace = bounded(GRACE, person_files=2 * len(data) - 1)
    name = add_picture_file(grace.library, grace.me, data, "first.png")
    assert grace.library.ledger.kept(GRACE) == len(data)
    with pytest.raises(ShareUsedUp, match="Delete what you no longer need"):
        add_picture_file(grace.library, grace.me, data, "second.png")
    assert "second" not in grace.images.names()
    rename_entry(grace, "picture", name, "other")
    assert grace.library.ledger.kept(GRACE) == len(data)
    delete_entry(grace, "picture", "other")
    assert grace.library.ledger.kept(GRACE) == 0
    add_picture_file(grace.library, grace.me, data, "second.png")


def test_pinned_shared_and_imported_results_are_counted(bounded: Callable[..., Client], tmp_path: Path) -> None:
    key = finished_atlas(bounded(GRACE).store, atlas(1), 3)
    grace = bounded(GRACE, person_files=10**7)
    size = grace.store.parts.sizes()[key]
    grace.results.pin(key)
    grace.results.share(key)
    assert grace.library.ledger.kept(GRACE) == size, "once, however it is kept"
    full = bounded(BEN, person_files=size - 1)
    other = finished_atlas(full.store, atlas(2), 3)
    for keep in (full.results.pin, full.results.share):
        with pytest.raises(ShareUsedUp):
            keep(other)
    assert not full.store.parts.is_pinned(other)
    with (tmp_path / "zip").open("wb") as file:
        grace.results.export(key, file)
    with pytest.raises(ShareUsedUp):
        bounded(BEN, person_uploads=100).results.import_zip(tmp_path / "zip")
    imported = bounded(BEN).results.import_zip(tmp_path / "zip")
    assert bounded(BEN).library.ledger.kept(BEN) == size
    bounded(BEN).results.delete(imported)
    grace.results.unpin(key)
    bounded(ADA).results.delete(key)
    assert grace.library.ledger.kept(GRACE) == grace.library.ledger.kept(BEN) == 0


def test_what_a_day_may_bring(bounded: Callable[..., Client]) -> None:
    data = noise()
    grace = bounded(GRACE, person_uploads=2 * len(data))
    for name in ("one.png", "two.png"):
        add_picture_file(grace.library, grace.me, data, name)
    with pytest.raises(ShareUsedUp, match=r"within 24 hours. You have added .* Go on tomorrow"):
        add_picture_file(grace.library, grace.me, data, "three.png")
    assert bounded(BEN).library.ledger.added(BEN) == 0
    assert grace.library.ledger.added(GRACE, now=2**33) == 0


def test_the_ledger_forgets_what_is_older_than_a_day(
    bounded: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger: Ledger = bounded(GRACE).library.ledger
    ledger.note_added(GRACE, 5)
    import time

    later = time.time_ns() + int((DAY + 60) * 1e9)
    monkeypatch.setattr("shared.library.ledger.time.time_ns", lambda: later)
    ledger.note_added(GRACE, 7)
    assert ledger.added(GRACE, later / 1e9) == 7
    assert len(bounded(GRACE).library.files.names(f"added/{_folder(GRACE)}")) == 1


def _folder(by: str) -> str:
    import hashlib

    return hashlib.sha256(by.encode()).hexdigest()[:32]


def test_a_refused_file_of_a_name_leaves_the_owners_size(bounded: Callable[..., Client]) -> None:
    grace = bounded(GRACE)
    with pytest.raises(ValueError, match="damaged"), adding(grace.library, grace.me, "model", "net", size=100):
        raise ValueError("damaged")
    assert grace.library.ledger.kept(GRACE) == grace.library.ledger.added(GRACE) == 0


@pytest.fixture
def environment(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    point_dashboard_at(client, monkeypatch)
    monkeypatch.setenv("CONVSCOPE_PERSON_RUNS", "1")
    monkeypatch.setenv("CONVSCOPE_PERSON_UPLOADS", "100")
    monkeypatch.setenv("CONVSCOPE_USER", "mira")
    get_settings.cache_clear()
    yield monkeypatch
    get_settings.cache_clear()


def test_the_interface_says_the_numbers(client: Client, environment: pytest.MonkeyPatch) -> None:
    _, token = client.library.tokens.make("mira")
    answers = []
    for seed in (1, 2):
        body = b'{"kind": "filter_atlas", ' + atlas(seed).canonical_json().encode()[1:]
        headers = {"Authorization": f"Bearer {token}"}
        answers.append(ask_route("/api/runs", "POST", content=body, headers=headers, routes=API_ROUTES))
    assert [answer.status_code for answer in answers] == [202, 429]
    assert "at most 1 runs of one person" in answers[1].json()["error"]


def test_a_form_over_http_is_refused_with_the_numbers(client: Client, environment: pytest.MonkeyPatch) -> None:
    _, token = client.library.tokens.make("mira")
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + noise() + b"\r\n--x--\r\n"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
    answer = ask_route("/api/images", "POST", content=form, headers=headers)
    assert answer.status_code == 429 and "within 24 hours" in answer.json()["error"]
    answer = ask_route("/api/images", "POST", headers={**headers, "Content-Length": str(50 * 1024**2)})
    assert answer.status_code == 429, "by what it says of itself, unread"


def test_the_command_line_says_the_numbers(client: Client, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "view.png").write_bytes(noise())
    done = CliRunner().invoke(app, ["images", "add", str(tmp_path / "view.png"), "--name", "view"])
    assert done.exit_code == 1 and "within 24 hours" in " ".join(done.output.split())
    assert "view" not in client.images.names()


def test_the_pages_show_what_is_used(client: Client, environment: pytest.MonkeyPatch) -> None:
    finished_atlas(client.store, atlas(1), 3)
    client.acting_as("mira").submit(atlas(2))
    page = visit("storage")
    assert "Runs in the batch queue: 1 of 1\n" in words(page) and "Added in 24 hours: 0 KB of 0 KB" in words(page)
    assert "Results in the cache: 1 KB" in words(page)
    page.button(key=f"delete-own-{atlas(1).key()}").click().run()
    next(button for button in page.button if button.label == "Delete it").click().run()
    assert client.record(atlas(1).key()).status == "absent"
