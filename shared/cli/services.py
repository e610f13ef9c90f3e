"""`convscope up`, `worker`, `dashboard` and `doctor`: the parts of an installation."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.terminal import out
from shared.client import Client
from shared.errors import ConvscopeError, StoreUnavailable
from shared.library.bundled import STAND_IN
from shared.redis_server import binary_version, find_binary
from shared.settings import get_settings, keras_home

Data = Annotated[Path | None, typer.Option(help="Folder for models, results and the own server.")]
Workers = Annotated[str, typer.Option(help="How many a queue; batch=auto is one a GPU.")]
Port = Annotated[int, typer.Option(help="Port of the dashboard.")]
Address = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in, with sign-in.")]


def up(
    workers: Workers = "interactive=1,batch=1",
    data: Data = None,
    port: Port = 8501,
    address: Address = "127.0.0.1",
) -> None:
    """Server, workers and dashboard until Ctrl-C."""
    _become("worker.service.main", "up", "--workers", workers, "--port", str(port), "--address", address, data=data)


def worker(workers: Workers = "interactive=1,batch=auto", data: Data = None) -> None:
    """Workers alone, for the server that REDIS_URL names."""
    _become("worker.service.main", "workers", "--workers", workers, data=data)


def dashboard(port: Port = 8501, address: Address = "127.0.0.1", data: Data = None) -> None:
    """The dashboard alone."""
    _become("dashboard.__main__", "--port", str(port), "--address", address, data=data)


def _become(module: str, *args: str, data: Path | None) -> None:
    """Turn into another part, by name: this package imports neither the worker nor the dashboard."""
    environment = dict(os.environ)
    if data is not None:
        environment["CONVSCOPE_DATA"] = str(data.absolute())
    os.execve(sys.executable, [sys.executable, "-m", module, *args], environment)


def doctor() -> None:
    """What is installed and reachable, and what to do about what is missing."""
    settings = get_settings()
    lines = [_server_line(), *_installation_lines(), *_package_lines(), _gpu_line(), _weights_line()]
    free = shutil.disk_usage(_existing(settings.data)).free / 1024**3
    advice = "" if free > 5 else ": models and results need some gigabytes; free some or choose another CONVSCOPE_DATA"
    lines.append((free > 5, f"disk: {free:.0f} GiB free for {settings.data.absolute()}{advice}"))
    for good, text in lines:
        out.print(f"{'ok  ' if good else 'lack'}  {text}", markup=False)


def _server_line() -> tuple[bool, str]:
    settings = get_settings()
    if settings.redis_url:
        return True, "server: REDIS_URL is set"
    try:
        path = find_binary()
        return True, f"server: {path} {'.'.join(map(str, binary_version(path)))}"
    except ConvscopeError as error:
        return False, f"server: {error}"


def _installation_lines() -> list[tuple[bool, str]]:
    try:
        client = Client()
        workers = client.store.workers.all()
        used = client.store.parts.total_bytes() / 1024**2
        lines = [(True, f"store: {client.store.server_version()}, {used:.0f} MiB of results")]
        lines += [(False, f"{trouble.where}: {trouble.text}") for trouble in client.store.troubles.all()]
        lines += [(False, f"set aside because it could not be read: {key} ({reason}); its run was queued anew")
                  for key, reason in client.store.troubles.records_set_aside().items()]  # fmt: skip
    except StoreUnavailable as error:
        return [(False, f"store: {error}")]
    if not workers:
        lines.append((False, "workers: none reports; start some with `convscope up` or `convscope worker`"))
    return lines + [(True, f"worker {w.name}: {w.state}, {w.device}, fast in {w.precisions[0]}") for w in workers]


def _package_lines() -> list[tuple[bool, str]]:
    lines = []
    for names, extra in ((("tensorflow-cpu", "tensorflow"), "worker"), (("keras",), "worker"),
                         (("streamlit",), "dashboard"), (("rq",), "")):  # fmt: skip
        if extra and find_spec(extra) is None:
            continue  # an image holds one part of the program, and needs nothing of the other
        found = next((f"{n} {v}" for n in names if (v := _version(n))), "")
        advice = f'{names[-1]}: not installed; pip install "convscope[{extra}]"'
        lines.append((bool(found), found or advice))
    return lines


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _gpu_line() -> tuple[bool, str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return True, "GPU: none (nvidia-smi is not here); workers use the processor"
    names = subprocess.run([program, "-L"], capture_output=True, text=True, check=False).stdout.strip()
    return bool(names), f"GPU: {names or 'nvidia-smi finds none; check the driver'}"


def _weights_line() -> tuple[bool, str]:
    folder = keras_home() / "models"
    found = sorted(p.name for p in folder.glob("*.h5")) if folder.exists() else []
    if found:
        return True, f"ImageNet weights in {folder}: {', '.join(found)}"
    return True, (
        f"ImageNet weights: none yet; the first use downloads them to {folder}, or put files there; without them Home "
        f"starts with {STAND_IN}"
    )


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
