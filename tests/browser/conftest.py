"""A real Chromium, and a dashboard on an embedded server for it to look at."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from tests.fixtures.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard, free_port, running

WARM_SECONDS = 120
SIZE = {"width": 1440, "height": 900}
# What is not there yet may come on a busy machine; Playwright's own 5 s are for an idle one.
expect.set_options(timeout=20_000)


@dataclass
class Lab:
    """One dashboard with its store; there is no worker."""

    url: str
    client: Client
    server: EmbeddedServer


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip that says what is missing."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on the PATH: install Debian's chromium, or name one in CONVSCOPE_CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile. A script error on it fails the test."""
    context = browser.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A dashboard of the module's own: its server may be killed."""
    data = tmp_path_factory.mktemp("lab")
    server = EmbeddedServer(data / "redis")
    server.start()
    with dashboard(data) as (url, _):
        yield Lab(url, Client(Settings(data=data, redis_url=None)), server)
    server.stop()


@pytest.fixture
def empty_lab(lab: Lab) -> Lab:
    """The module's dashboard on an emptied store."""
    lab.client.store.client.flushall()
    return lab


@pytest.fixture(scope="package")
def installation(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Everything, started with one command, and warm."""
    data = tmp_path_factory.mktemp("installation")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "worker.main", "up", "--port", str(port), "--data", str(data)]
    with running(command, data, f"{url}/healthz", cwd=data):
        client = _warm_client(Settings(data=data, redis_url=None))
        assert (data / "process.log").read_text().count(url) == 1, "the address is told once"
        yield Lab(url, client, None)  # type: ignore[arg-type]


def _warm_client(settings: Settings) -> Client:
    client = Client(settings)
    end = time.monotonic() + WARM_SECONDS
    while time.monotonic() < end:
        workers = client.store.workers.all()
        if len(workers) == 2 and all(w.state != "warming" for w in workers):
            return client
        time.sleep(0.2)
    raise AssertionError(f"no warm workers after {WARM_SECONDS} s: {client.store.workers.all()}")
