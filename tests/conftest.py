"""Fixtures for all tests: a real server on an empty folder, and a client of it."""

import functools
import gc
import importlib.metadata
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from shared.store import Store

pytest_plugins = ["tests.fixtures.browser", "tests.fixtures.installation_fixtures"]

PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", "streamlit", "rq", "redis", "numpy", "pillow")

# Before anything imports TensorFlow: its start-up lines would hide a failing test's output.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# What Home starts with must not depend on whether this machine reaches the internet.
os.environ["CONVSCOPE_OFFLINE"] = "1"
# Markers of few files, each of which says the marker's name.
FEW = ("browser", "faults")


def pytest_report_header() -> str:
    """Versions, so that a report carries them."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return f"python {sys.version.split()[0]}, " + ", ".join(found)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m browser` and `-m faults` read the files that have such tests, not TensorFlow's with all it imports."""
    asked = config.option.markexpr.partition(" ")[0]
    if asked not in FEW or not collection_path.name.startswith("test_"):
        return None
    return f"mark.{asked}" not in collection_path.read_text() or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Read the tests without looking for garbage, of which there is hardly any and which is a third of the time. What
    was read stays for good, so nothing looks through it later either.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quick tests first, then those that kill processes; a browser that is open gets in the way of event loops."""
    for item, name in itertools.product(items, FEW):
        if item.get_closest_marker(name) and f"mark.{name}" not in _text(item.path):
            raise pytest.UsageError(f"{item.nodeid}: expected the words mark.{name} in its file, for -m {name} looks "
                                    "for them. Give the marker there.")  # fmt: skip
    items.sort(key=lambda item: 2 * bool(item.get_closest_marker("browser")) + bool(item.get_closest_marker("faults")))


@functools.cache
def _text(path: Path) -> str:
    return path.read_text()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """An embedded server on a folder of its own: no test can reach somebody's data."""
    embedded = EmbeddedServer(tmp_path_factory.mktemp("server") / "redis")
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture
def store(server: EmbeddedServer) -> Iterator[Store]:
    """A store on the empty server."""
    opened = Store.open(server.url)
    opened.client.flushall()
    yield opened
    opened.client.close()


@pytest.fixture
def settings(server: EmbeddedServer, tmp_path: Path) -> Settings:
    """Settings of an installation whose files lie in the test's folder."""
    return Settings(redis_url=server.url, data=tmp_path / "data", user="tester")


@pytest.fixture
def client(settings: Settings, store: Store) -> Client:
    """A client without any worker behind it."""
    return Client(settings, store)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of real weights and photographs named by CONVSCOPE_TEST_DATA; tests that need it are skipped without."""
    folder = os.environ.get("CONVSCOPE_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CONVSCOPE_TEST_DATA does not name a folder with real weights")
    return Path(folder)
