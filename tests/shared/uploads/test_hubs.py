"""Hugging Face's and Kaggle's own clients, where they are installed: against a server of ours, and their own cache."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.errors import RefusedUpload
from shared.uploads.addresses import fetched

LIMIT = 1024 * 1024
DATA, COMMIT = b"bytes of a network" * 100, "a" * 40
FILES = {"net.keras": DATA, "config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": b"weights"}


class Hub(BaseHTTPRequestHandler):
    """The part of Hugging Face's interface that a download of somebody/net needs."""

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        asked = self.rfile.read(length).decode()
        rows = [self.row(name) for name in FILES if name in asked]
        self.send(200, json.dumps(rows).encode())

    def row(self, name: str) -> dict[str, object]:
        return {"type": "file", "path": name, "size": len(FILES[name]), "oid": "b" * 40}

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        name = path.rpartition("/")[2]
        if not path.removeprefix("/api/models").startswith("/somebody/net"):
            self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif "/resolve/" in path and name in FILES:
            more = {"X-Repo-Commit": COMMIT, "ETag": '"e"', "Accept-Ranges": "bytes"}
            self.send(200, FILES[name], more)
        elif "/tree/" in path:
            self.send(200, json.dumps([self.row(name) for name in FILES]).encode())
        else:
            about = {"id": "somebody/net", "sha": COMMIT, "siblings": [{"rfilename": name} for name in FILES]}
            self.send(200, json.dumps(about).encode())

    def send(self, status: int, data: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


FETCH = """
import sys
from shared.errors import RefusedUpload
from shared.uploads.addresses import fetched
try:
    with fetched(sys.argv[1], 1048576) as found:
        print(found.name, len(found.read_bytes()))
except RefusedUpload as refused:
    print("refused:", refused)
"""


def said_of(address: str, endpoint: str, folder: Path) -> str:
    """What a process says that fetches; Hugging Face's client reads its endpoint once, when it is imported."""
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    where = {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder)}
    run = [sys.executable, "-c", FETCH, address]
    done = subprocess.run(run, env=os.environ | where, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture
def hub() -> Iterator[str]:
    """A hub on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_file_of_hugging_face(hub: str, tmp_path: Path) -> None:
    assert said_of("hf://somebody/net/net.keras", hub, tmp_path) == f"net.keras {len(DATA)}"


def test_a_preset_of_hugging_face(hub: str, tmp_path: Path) -> None:
    assert said_of("hf://somebody/net", hub, tmp_path).startswith("net.keras ")


def test_a_repository_that_nobody_has(hub: str, tmp_path: Path) -> None:
    said = said_of("hf://nobody/none/net.keras", hub, tmp_path)
    assert said.startswith("refused: Expected a model at hf://nobody/none") and "\n" not in said


def test_a_hub_out_of_reach(tmp_path: Path) -> None:
    said = said_of("hf://somebody/net/net.keras", "http://127.0.0.1:9", tmp_path)
    assert said.startswith("refused: Expected a model at hf://somebody/net") and "Look at the address" in said


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder of a model's version as Kaggle's client keeps it when it was fetched."""
    pytest.importorskip("kagglehub", reason="kagglehub is not installed")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    folder = tmp_path / "models" / "keras" / "net" / "keras" / "small"
    (folder / "2").mkdir(parents=True)
    (folder / "2.complete").touch()
    return folder / "2"


def test_a_file_of_kaggle(kaggle: Path) -> None:
    (kaggle / "net.keras").write_bytes(DATA)
    (kaggle / "readme.txt").write_text("a network")
    with fetched("kaggle://keras/net/keras/small/2", LIMIT) as found:
        assert found.read_bytes() == DATA
    with pytest.raises(RefusedUpload, match="at most 10 bytes"), fetched("kaggle://keras/net/keras/small/2", 10):
        pass


def test_a_preset_of_kaggle(kaggle: Path) -> None:
    for name in ("config.json", "metadata.json", "model.weights.h5"):
        (kaggle / name).write_bytes(FILES[name])
    with fetched("kaggle://keras/net/keras/small/2", LIMIT) as found:
        assert found.name == "small.keras" and found.stat().st_size > 0


def test_several_files_of_kaggle(kaggle: Path) -> None:
    for name in ("one.keras", "two.keras"):
        (kaggle / name).write_bytes(DATA)
    several = pytest.raises(RefusedUpload, match=r"one\.keras, two\.keras.*Name the file")
    with several, fetched("kaggle://keras/net/keras/small/2", LIMIT):
        pass
    with pytest.raises(RefusedUpload, match="a model at kaggle://keras/net"), fetched("kaggle://keras/net", LIMIT):
        pass
