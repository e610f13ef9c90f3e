"""Installations for the fault tests: one that is shared where nothing lasting is broken, fresh ones elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.client import Client
from tests.fixtures.installations import Installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running installation with an embedded server, one for a module."""
    made = Installation(tmp_path_factory.mktemp("installation"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def live(installation: Installation) -> Client:
    """A client of the shared installation."""
    return installation.client()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """An installation that a test may break; not started yet."""
    made = Installation(tmp_path)
    yield made
    made.stop()
