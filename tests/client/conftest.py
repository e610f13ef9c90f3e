"""An installation with a dashboard, asked over HTTP as people elsewhere ask it."""

from collections.abc import Iterator

import pytest

import convscope
from tests.fixtures.dashboard_process import free_port, wait_until_it_answers
from tests.fixtures.installations import Installation


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Workers and a dashboard, one for a module."""
    made = Installation(tmp_path_factory.mktemp("served"), port=free_port())
    made.start()
    assert made.process is not None
    wait_until_it_answers(f"http://127.0.0.1:{made.port}/healthz", made.process, made.log_file)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def lab(served: Installation) -> convscope.Lab:
    """The installation, asked by ada with a token."""
    _, token = served.client().library.tokens.make("ada", "a test")
    return convscope.connect(f"http://127.0.0.1:{served.port}", token)
