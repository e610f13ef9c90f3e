"""`convscope up`: it says that it is up once the dashboard answers, and says so plainly when that does not."""

import http.server
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.errors import InvalidSettings
from shared.listening import listen, local_url
from shared.store import Store
from worker.service.main import announce, main


class _Dashboard(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _OnSixToo(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def answering(address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Something that answers /healthz; its port."""
    kind = _OnSixToo if ":" in address else http.server.ThreadingHTTPServer
    with kind((address, port), _Dashboard) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_it_is_up_when_the_dashboard_answers(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with answering() as port:
        announce(f"http://127.0.0.1:{port}", [], store)
    said = capsys.readouterr()
    assert f"Convscope is up: http://127.0.0.1:{port} " in said.out and not said.err
    assert store.workers.dashboard() == f"http://127.0.0.1:{port}"


def test_it_is_not_up_while_the_dashboard_is_silent(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # which is not asked for what lies on this machine
    with answering() as port:
        pass  # the port is free again
    url = f"http://127.0.0.1:{port}"
    waiting = threading.Thread(target=announce, args=(url, [], store, 0.2), daemon=True)
    waiting.start()
    time.sleep(1.0)
    said = capsys.readouterr()
    assert not said.out and store.workers.dashboard() == ""
    assert said.err.count(f"The dashboard has not answered at {url}") == 1
    with answering(port=port):
        waiting.join(10)
    assert f"Convscope is up: {url} " in capsys.readouterr().out
    assert store.workers.dashboard() == url


def test_a_port_that_is_taken_is_said_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with answering() as port:
        assert main(["up", "--port", str(port)]) == 1
    said = capsys.readouterr()
    assert f"convscope: Cannot listen on 127.0.0.1:{port}" in said.err and "Choose another --port" in said.err
    assert not said.out


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("0.0.0.0", "http://127.0.0.1:8501"),
        ("localhost", "http://localhost:8501"),
        ("::", "http://[::1]:8501"),
        ("::1", "http://[::1]:8501"),
        ("fd00::2", "http://[fd00::2]:8501"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(address: str, url: str) -> None:
    assert local_url(address, 8501) == url


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_what_listens_on_an_address_answers_at_its_url(address: str) -> None:
    if ":" in address and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with answering(address) as port, urllib.request.urlopen(f"{local_url(address, port)}/healthz", timeout=5) as found:
        assert found.status == 200


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"Cannot listen on 192\.0\.2\.1:8501: .*--address"):
        listen("192.0.2.1", 8501)
