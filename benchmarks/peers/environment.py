"""A virtual environment for a peer, in the user's cache folder: never a dependency of the project."""

import importlib.metadata
import os
import subprocess
import sys
import venv
from pathlib import Path


def peer_python(package: str, version: str, *beside: str) -> Path | str:
    """The Python of an environment that holds a peer, made at the first call.

    Args:
        package, version: of the peer.
        beside: packages that it gets in the version that this project runs.

    Returns:
        The interpreter's path; where the peer cannot be installed, a sentence that says why.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "convscope" / "peers"
    folder = cache / f"{package}-{version}-python{sys.version_info[0]}.{sys.version_info[1]}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    try:
        venv.create(folder, with_pip=True, clear=True)
        pins = [f"{name}=={importlib.metadata.version(name)}" for name in beside]
        command = [str(python), "-m", "pip", "install", "--quiet", f"{package}=={version}", *pins]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
    except (OSError, subprocess.SubprocessError, importlib.metadata.PackageNotFoundError) as error:
        lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        return f"{package} {version} cannot be installed here: {lines[-1] if lines else 'no reason given'}"
    ready.touch()
    return python


def installed_tensorflow() -> str:
    """The name under which TensorFlow is installed: tensorflow, or tensorflow_cpu."""
    names = {d.metadata["Name"].lower().replace("-", "_") for d in importlib.metadata.distributions()}
    return "tensorflow_cpu" if "tensorflow_cpu" in names else "tensorflow"
