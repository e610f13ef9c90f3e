"""Memory over 500 heat-map requests of different models, pictures, classes, methods and layers, in one process.

Prints resident megabytes as it goes, and the slope of the second half; flat is the goal. Models are built anew now and
then, as when the warm cache drops one and loads it again.
"""

import argparse
import gc
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from shared.analyses.attribution.spec import Attribution
from shared.client import Client
from shared.results import Part, encode_part
from shared.settings import Settings
from worker.analyses.attribution import attribution
from worker.analyses.context import RunContext
from worker.networks.models import WarmModels
from worker.service.devices import resident_bytes

MODELS = tuple(f"keras/{name}/random" for name in ("mobilenetv2", "mobilenet", "mobilenetv3small"))
METHODS = ("grad_cam,hires_cam", "saliency", "grad_cam_plus_plus,eigen_cam,layer_cam", "guided_backprop")
IMAGES = ("sample/cat", "sample/coffee", "sample/astronaut")
# As many bytes as two of the models: every third request loads one again.
ROOM = 34 * 1024**2


def resident_megabytes(requests: int, note: int) -> list[tuple[int, float]]:
    """Run so many requests.

    Args:
        requests: how many.
        note: after every so many, memory is measured.

    Returns:
        Requests done and resident megabytes, in order.
    """
    found = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), model_memory=ROOM)
        client = Client(settings, store=object())  # type: ignore[arg-type]
        context = RunContext(WarmModels(client.library), client.library)
        for number in range(requests):
            _request(context, number)
            if (number + 1) % note == 0:
                gc.collect()
                found.append((number + 1, resident_bytes(os.getpid()) / 1024**2))
                print(f"  {found[-1][0]:4d} requests: {found[-1][1]:.0f} MB", flush=True)
    return found


def _request(context: RunContext, number: int) -> None:
    spec = Attribution(
        model=MODELS[number // 8 % len(MODELS)], image=IMAGES[number % len(IMAGES)], classes=[number % 1000],
        methods=METHODS[number % len(METHODS)],
    )  # fmt: skip
    for item in attribution(spec, context):
        if isinstance(item, Part):
            encode_part(item)


def slope(found: list[tuple[int, float]]) -> float:
    """Megabytes a hundred requests, over the second half."""
    later = np.array(found[len(found) // 2 :])
    return float(100 * np.polyfit(later[:, 0], later[:, 1], 1)[0])


def main() -> None:
    """Print memory as it goes, and how it grows in the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=500)
    options = parser.parse_args()
    found = resident_megabytes(options.requests, max(1, options.requests // 20))
    print(f"memory over {options.requests} heat maps: {found[0][1]:.0f} MB at first, {found[-1][1]:.0f} MB at last, "
          f"{slope(found):+.1f} MB a hundred requests in the second half")  # fmt: skip


if __name__ == "__main__":
    main()
