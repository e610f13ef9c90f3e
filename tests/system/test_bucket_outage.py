"""A real worker whose files lie in an object store: a model that others add is seen, and an outage costs nothing."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from tests.fixtures.buckets import Bucket
from tests.fixtures.installations import Installation
from tests.fixtures.tiny_models import colour_filters

pytest.importorskip("obstore", reason="obstore is not installed (make setup brings it)")
pytestmark = pytest.mark.faults


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    made = Bucket()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.come()
    made.make()
    yield made
    made.go_away()


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def installation(bucket: Bucket, apart: EmbeddedServer, tmp_path: Path) -> Iterator[Installation]:
    """A worker that knows the server and the bucket, and nothing of this process's data folder."""
    environment = {"CONVSCOPE_FILES_URL": bucket.url, **bucket.environment}
    made = Installation(tmp_path / "worker", apart.url, workers="batch=1", environment=environment)
    made.start()
    yield made
    made.stop()


def test_a_run_waits_for_files_that_are_away_and_completes_when_they_are_back(
    bucket: Bucket, apart: EmbeddedServer, installation: Installation, tmp_path: Path
) -> None:
    settings = Settings(redis_url=apart.url, data=tmp_path / "dashboard", files_url=bucket.url, user="tester")
    here = Client(settings)
    colour_filters(None).save(tmp_path / "colours.keras")
    model = here.library.models.add_file(tmp_path / "colours.keras", "added-elsewhere")
    spec = FilterAtlas(model=model, layer="colours", size=32, steps=2, precision="float32")
    (parent,) = installation.processes("worker.service.rq_parent")
    parent.suspend()  # whoever asks needs the files too, so the worker begins only when they are away
    key, _ = here.submit(spec)
    bucket.go_away()
    parent.resume()
    installation.wait_until(lambda: here.record(key).attempts or here.record(key).over, 120, "begun")
    time.sleep(3)
    assert not here.record(key).over, here.record(key).error
    bucket.come()
    run = here.wait(key, timeout=180)
    assert run.status == "complete", run.error
    assert run.done == run.total == 4
