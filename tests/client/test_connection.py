"""What a script is told when something else answers than Convscope, or nothing does; and that no token leaks."""

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import convscope
from convscope import kinds
from convscope.kinds import read_kinds
from tests.fixtures.dashboard_process import free_port

TOKEN = "cvs_0123456789abcdef_secret"


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """A server that gives every request one answer; its address, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (502, b"<html><head><title>Bad Gateway</title>", {"Content_Type": "text/html"}, "a page called 'Bad Gateway'"),
        (200, b"<html><head><title>Welcome</title>", {"Content_Type": "text/html"}, "Received status 200"),
        (302, b"", {"Location": "https://login.example.org/?state=abc"}, "leads to https://login.example.org/ instead"),
        (200, b"[1, 2]", {"Content_Type": "application/json"}, "A proxy may stand in between"),
        (503, b'{"error": "The disk is full. Make room."}', {}, "The disk is full. Make room."),
    ],
)
def test_another_answer_is_a_sentence_without_the_token(
    status: int, body: bytes, headers: dict[str, str], said: str
) -> None:
    with answering(status, body, **headers) as (url, asked):
        lab = convscope.connect(url, TOKEN)
        with pytest.raises(convscope.ConvscopeError, match=said.replace("?", r"\?")) as refused:
            lab.runs()
    assert TOKEN not in str(refused.value) and not any(TOKEN in path for path in asked)
    assert len(asked) == 1  # asking again would change nothing


def test_nobody_there_a_wrong_address_and_a_wrong_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convscope.connection.PAUSES", (0.0,))
    with pytest.raises(convscope.UnreachableError, match="Nothing answers at"):
        convscope.connect(f"http://127.0.0.1:{free_port()}", TOKEN).runs()
    with pytest.raises(convscope.UnreachableError, match="Expected an address such as"):
        convscope.connect("ftp://example.org", TOKEN)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(convscope.UnreachableError, match="not one that this machine trusts"):
            convscope.connect(f"https://localhost:{server.server_address[1]}", TOKEN).runs()
    finally:
        server.shutdown()
        server.server_close()


def test_address_and_token_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVSCOPE_URL", raising=False)
    monkeypatch.delenv("CONVSCOPE_TOKEN", raising=False)
    with pytest.raises(convscope.ConvscopeError, match="set CONVSCOPE_URL"):
        convscope.connect()
    monkeypatch.setenv("CONVSCOPE_URL", "https://convscope.example.org/")
    with pytest.raises(convscope.ConvscopeError, match="page Links and tokens"):
        convscope.connect()
    monkeypatch.setenv("CONVSCOPE_TOKEN", TOKEN)
    assert convscope.connect().connection.url == "https://convscope.example.org"


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        (kinds.INTERFACE + 1, "pip install --upgrade convscope"),
        (0, "Update the server"),
        (None, "older than this package"),
    ],
)
def test_a_server_of_another_major_release_says_what_to_update(spoken: int | None, said: str) -> None:
    described = {"info": {"x-interface": spoken}, "x-kinds": [], "components": {"schemas": {}}}
    with pytest.raises(convscope.OutdatedError, match=said):
        read_kinds(described, "https://convscope.example.org")


ALONE = """
import sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "redis", "rq", "streamlit", "pydantic", "plotly", "rich"}:
            raise ImportError(name)

sys.meta_path.insert(0, Nothing())
import convscope, convscope.command_line, shared
assert shared.__file__.startswith(sys.argv[1]), shared.__file__
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"worker", "dashboard", "httpx", "numpy", "PIL"}))
"""


def test_it_needs_httpx_numpy_and_pillow_alone_and_meets_no_package_called_shared(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").write_text("")
    (tmp_path / "alone.py").write_text(ALONE)
    client = Path(convscope.__file__).parents[1]
    done = subprocess.run([sys.executable, "alone.py", str(tmp_path)], cwd=tmp_path, capture_output=True, text=True,
                          env={"PYTHONPATH": f"{tmp_path}:{client}", "PATH": "/usr/bin:/bin"})  # fmt: skip
    assert done.stdout.split() == ["PIL", "httpx", "numpy"], done.stderr


COMMAND = "from convscope.command_line import main; main()"


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        ([], {}, "Three commands are enough to begin"),
        (["jobs"], {"CONVSCOPE_URL": "http://127.0.0.1:1"}, "Expected a token"),
        (["jobs", "--url", "http://127.0.0.1:1"], {"CONVSCOPE_TOKEN": TOKEN}, "Nothing answers at http://127.0.0.1:1"),
        (["jobs", "--url=http://127.0.0.1:1"], {"CONVSCOPE_TOKEN": TOKEN}, "Nothing answers at http://127.0.0.1:1"),
        (["worker", "--help"], {"CONVSCOPE_URL": "http://127.0.0.1:1"}, "--workers"),
    ],
)
def test_the_one_command_asks_whom_it_is_told_to(
    words: list[str], environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CONVSCOPE_")} | environment
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words], cwd=tmp_path, env=own, capture_output=True, text=True
    )
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr and TOKEN not in done.stdout + done.stderr
