"""docker-compose.yml as the tests read it: one file or both, and commands as a shell would get them."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
COMPOSE = ROOT / "docker-compose.yml"
GPU = ROOT / "docker-compose.gpu.yml"


def read_compose(path: Path = COMPOSE) -> dict[str, Any]:
    """The file with its anchors resolved."""
    return yaml.safe_load(path.read_text())


def services(path: Path = COMPOSE) -> dict[str, Any]:
    """The services of a file by name."""
    return read_compose(path)["services"]


def own_services() -> dict[str, Any]:
    """The services that run this repository's code."""
    return {name: one for name, one in services().items() if "build" in one}


def health_command(service: dict[str, Any]) -> list[str]:
    """The health check as an argument list."""
    kind, *words = service["healthcheck"]["test"]
    return ["sh", "-c", words[0].replace("$$", "$")] if kind == "CMD-SHELL" else words
