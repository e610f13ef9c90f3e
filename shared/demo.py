"""`make demo`: one real atlas through the queue, the picture under demo/, its link, the time it took."""

import sys
import time
from pathlib import Path

from rich.console import Console

from shared.client import Client
from shared.errors import ConvscopeError, RunFailed
from shared.installation import installation
from shared.job_specs import FilterAtlas
from shared.progress_bar import progress_bar
from shared.result_files import write_result
from shared.settings import get_settings

ARCHITECTURE, LAYER = "vgg16", "block2_conv2"
FOLDER = Path("demo")


def main() -> int:
    """Run the demo; 0 when the picture is there."""
    out = Console(highlight=False, soft_wrap=True)
    begun = time.monotonic()
    try:
        with installation(get_settings(), out.print) as client:
            weights = _demo(client, out)
            elapsed = time.monotonic() - begun
            out.print(f"{FOLDER / 'sheet.png'}: one tile a channel of {ARCHITECTURE} {LAYER}, {weights} weights")
            out.print(f"took {elapsed:.0f} s from nothing; `make up` opens the dashboard and the link above")
    except ConvscopeError as error:
        out.print(f"demo: {error}", markup=False)
        return 1
    return 0


def _demo(client: Client, out: Console) -> str:
    """The atlas with ImageNet weights, else with random ones, said plainly."""
    try:
        _atlas(client, out, "imagenet")
        return "ImageNet"
    except RunFailed as error:
        if "weights" not in str(error):
            raise
        out.print(
            "ImageNet weights cannot be downloaded here: going on with RANDOM weights, which show no learned patterns"
        )
    _atlas(client, out, "random")
    return "RANDOM (untrained)"


def _atlas(client: Client, out: Console, weights: str) -> None:
    spec = FilterAtlas(model=f"keras/{ARCHITECTURE}/{weights}", layer=LAYER, size=96, steps=20)
    with progress_bar(out) as watch:
        result = client.run(spec, watch)
    write_result(FOLDER, result.run, result.parts)
    out.print(f"link: {client.link(result.run.key)}")


if __name__ == "__main__":
    sys.exit(main())
