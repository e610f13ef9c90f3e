"""A stranger with a bare socket before a dashboard where people sign in: every method, odd paths, endless bodies,
foreign pages, visits without a cookie.
"""

import itertools
import socket
import struct
from collections.abc import Iterable, Iterator

import psutil
import pytest

from dashboard.server.door import MOST_MESSAGE
from shared.redis_server import EmbeddedServer
from tests.fixtures.dashboard_process import dashboard

UPLOAD = "_stcore/upload_file/session/file"
PATHS = [f"/{UPLOAD}", f"//{UPLOAD}", "/_stcore//upload_file/s/f", "/%5fstcore/upload_file/s/f", f"/jobs/{UPLOAD}",
         f"/api/{UPLOAD}", f"/api/../{UPLOAD}", f"/api/%2e%2e/{UPLOAD}", f"/api//{UPLOAD}", f"/API/../{UPLOAD}",
         "/jobs", "/", "/share/x", "/_stcore/stream", "/api/runs", "/api/models/x", "/media/x.png"]  # fmt: skip
SENDING = ("PUT", "POST", "DELETE", "PATCH", "TRACE", "FOO")
MEGABYTE = 1024 * 1024
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n"
)


class Door:
    """The dashboard's port, and the process behind it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.host = f"Host: 127.0.0.1:{port}\r\n"

    def connect(self) -> socket.socket:
        """A bare socket."""
        found = socket.create_connection(("127.0.0.1", self.port))
        found.settimeout(10)
        return found

    def memory(self) -> int:
        """Resident bytes of the dashboard."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def ask(self, head: str, body: Iterable[bytes] = ()) -> tuple[int, bytes]:
        """Status and all of the answer; the body is sent until nobody takes more of it."""
        with self.connect() as asking:
            asking.sendall(head.encode("latin-1"))
            try:
                for piece in body:
                    asking.sendall(piece)
            except OSError:
                pass
            answer = b""
            try:
                while b"\r\n\r\n" not in answer:
                    if not (some := asking.recv(65536)):
                        break
                    answer += some
            except OSError:
                pass
        return (int(answer.split(b" ", 2)[1]) if answer else 0), answer


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    data = tmp_path_factory.mktemp("team")
    server = EmbeddedServer(data / "redis")
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"CLIENT_ID": "c", "CLIENT_SECRET": "s", "METADATA_URL": "http://127.0.0.1:9/none"}.items():
            patch.setenv(f"CONVSCOPE_OIDC_{name}", value)
        patch.setenv("CONVSCOPE_PEOPLE", "example.org")
        with dashboard(data) as (url, process):
            yield Door(int(url.rpartition(":")[2]), process.pid)
    server.stop()


@pytest.mark.parametrize("method", SENDING)
def test_nothing_that_a_stranger_sends_is_taken_by_any_path(door: Door, method: str) -> None:
    for path in PATHS:
        status, _ = door.ask(
            f"{method} {path} HTTP/1.1\r\n{door.host}Content-Length: 3\r\nConnection: close\r\n\r\nabc"
        )
        assert status in (400, 401, 405), f"{method} {path}: {status}"


def test_a_stranger_sees_the_door_and_what_needs_nobody(door: Door) -> None:
    for path, expected in {
        "/healthz": 200, "/_stcore/health": 200, "/_stcore/metrics": 401, "/media/x.png": 401, "/%6dedia/x.png": 401,
        "/download/x/y/z": 403, "/img/part/x/y/0/tile.png": 403, "/share/x": 410, "/api/runs/x": 401,
        "/static/../../../../etc/passwd": 400, "/static/%2e%2e/%2e%2e/etc/passwd": 400, "/web/../../etc/passwd": 400,
    }.items():  # fmt: skip
        status, answer = door.ask(f"GET {path} HTTP/1.1\r\n{door.host}Connection: close\r\n\r\n")
        assert status == expected, f"{path}: {status}"
        assert b"root:" not in answer


@pytest.mark.parametrize(
    "line", ["PUT /" + UPLOAD, "POST /api/runs", "POST /api/nothing", "GET /", "GET /api/runs/x", "OPTIONS /" + UPLOAD]
)
def test_bodies_without_an_end_take_no_memory(door: Door, line: str) -> None:
    before = door.memory()
    pieces = itertools.repeat(b"10000\r\n" + b"x" * 65536 + b"\r\n", 1600)
    status, _ = door.ask(f"{line} HTTP/1.1\r\n{door.host}Transfer-Encoding: chunked\r\n\r\n", pieces)
    assert status in (200, 204, 401, 405)
    assert door.memory() - before < 32 * MEGABYTE


@pytest.mark.parametrize("piece", [b"y" * 65536, b"X-Many: y\r\n" * 6000])
def test_heads_without_an_end_are_cut_off(door: Door, piece: bytes) -> None:
    before = door.memory()
    status, _ = door.ask(f"GET / HTTP/1.1\r\n{door.host}X: ", itertools.repeat(piece, 1600))
    assert status in (0, 400)
    assert door.memory() - before < 32 * MEGABYTE


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:8501@evil.example", "", "127.1",
                                  "0x7f.1", "2130706433", "localhost.evil.example"])  # fmt: skip
def test_no_foreign_name_and_no_odd_spelling_of_ours_leads_in(door: Door, host: str) -> None:
    for upgrade in ("", UPGRADE):
        status, _ = door.ask(f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n")
        assert status in (403, 421), f"{host!r}: {status}"


def test_two_names_at_once_are_refused(door: Door) -> None:
    assert door.ask(f"GET / HTTP/1.1\r\n{door.host}Host: evil.example\r\n\r\n")[0] == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1.evil.example"])
def test_a_foreign_page_begins_no_visit(door: Door, origin: str) -> None:
    head = f"GET /_stcore/stream HTTP/1.1\r\n{door.host}{UPGRADE}Origin: {origin}\r\n\r\n"
    assert door.ask(head)[0] == 403
    own = f"Origin: http://127.0.0.1:{door.port}\r\n"
    assert door.ask(f"GET /_stcore/stream HTTP/1.1\r\n{door.host}{UPGRADE}{own}\r\n")[0] == 101


@pytest.mark.parametrize("last", [True, False])
def test_a_visit_sends_no_more_than_a_message_may_have(door: Door, last: bool) -> None:
    before, sent = door.memory(), 0
    with door.connect() as visit:
        visit.sendall(f"GET /_stcore/stream HTTP/1.1\r\n{door.host}{UPGRADE}\r\n".encode())
        assert b" 101 " in visit.recv(65536)
        frame = bytes([0x82 if last else 0x02, 0xFF]) + struct.pack(">Q", 2 * MOST_MESSAGE if last else 65536) + b"mask"
        try:
            while sent < 64 * MEGABYTE:
                visit.sendall(frame + b"z" * 65536)
                frame = b"" if last else bytes([0x00, 0xFF]) + struct.pack(">Q", 65536) + b"mask"
                sent += 65536
        except OSError:
            pass
    assert sent < 16 * MEGABYTE, "cut off, but for what sockets hold on the way"
    assert door.memory() - before < 16 * MEGABYTE
