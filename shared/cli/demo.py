"""`make demo`: one real atlas through the queue, the picture under demo/, its link, the time it took."""

import sys
import time
from pathlib import Path

from shared.analyses import FilterAtlas
from shared.cli.installation import installation
from shared.cli.terminal import out
from shared.client import Client, write_result
from shared.client.progress_bar import progress_bar
from shared.errors import ConvscopeError, RunFailed
from shared.library.bundled import STAND_IN, bundled_network
from shared.settings import get_settings

IMAGENET = FilterAtlas(model="keras/vgg16/imagenet", layer="block2_conv2", size=96, steps=20)
# Where ImageNet weights are not to be had: what the bundled network has learned.
STAND_IN_ATLAS = FilterAtlas(model=STAND_IN, layer="relu4", channels=tuple(range(60)), size=96)
FOLDER = Path("demo")
# What a failure says where ImageNet weights are missing.
WEIGHTS = "weights"


def main() -> int:
    """Run the demo; 0 when the picture is there."""
    begun = time.monotonic()
    try:
        with installation(get_settings(), out.print) as client:
            shown = _demo(client)
            elapsed = time.monotonic() - begun
            out.print(f"{FOLDER / 'sheet.png'}: one tile a channel of {shown}")
            out.print(f"took {elapsed:.0f} s from nothing; `make up` opens the dashboard and the link above")
    except ConvscopeError as error:
        out.print(f"demo: {error}", markup=False)
        return 1
    return 0


def _demo(client: Client) -> str:
    """The atlas of VGG16 with ImageNet weights, else of the bundled network; says of what."""
    try:
        _atlas(client, IMAGENET, expected_failure=WEIGHTS)
        return f"VGG16 {IMAGENET.layer}, ImageNet weights"
    except RunFailed as error:
        if WEIGHTS not in str(error):
            raise
        # Its message is said here; in Jobs it would greet who opens the dashboard next.
        client.results.delete(client.resolve(IMAGENET).key())
        accuracy = bundled_network(STAND_IN).facts["metrics"]["test_accuracy"]
        out.print(
            f"ImageNet weights cannot be downloaded here: going on with {STAND_IN}, which is bundled; it tells cats "
            f"from dogs, {accuracy:.0%} of pictures that it never saw"
        )
    _atlas(client, STAND_IN_ATLAS)
    return f"{STAND_IN} {STAND_IN_ATLAS.layer}, learned weights"


def _atlas(client: Client, spec: FilterAtlas, expected_failure: str = "") -> None:
    with progress_bar(out, expected_failure) as watch:
        result = client.run(spec, watch)
    write_result(FOLDER, result.run, result.parts)
    out.print(f"link: {client.results.link(result.run.key)}")


if __name__ == "__main__":
    sys.exit(main())
