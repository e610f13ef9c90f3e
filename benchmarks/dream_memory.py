"""Peak memory of a Deep Dream at 512 and at 2,048 pixels, each in a process of its own.

`python -m benchmarks.dream_memory 2048` measures one size. The parts are encoded, as a worker does it.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = (512, 2048)
GOAL = 1.5
MODEL, LAYERS = "keras/inceptionv3/random", "mixed3,mixed4,mixed5"
STEPS = 2
MEGABYTE = 1024**2


def main() -> None:
    """Print both peaks and their ratio."""
    peaks = {}
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.dream_memory", str(size)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks[size] = before, peak = [int(word) for word in answer.stdout.split()[-2:]]
        print(f"Deep Dream of InceptionV3 {LAYERS} at {size} px: peak {peak / MEGABYTE:.0f} MB, of which "
              f"{(peak - before) / MEGABYTE:.0f} MB above the process with its model loaded", flush=True)  # fmt: skip
    (small_before, small), (large_before, large) = (peaks[size] for size in SIZES)
    above = (large - large_before) / (small - small_before)
    print(f"{SIZES[1]} px against {SIZES[0]} px: peak {large / small:.2f} times, above the loaded model {above:.2f} "
          f"times (goal: at most {GOAL})")  # fmt: skip


def measure(size: int) -> tuple[int, int]:
    """Bytes of this process before the dream, and at its peak."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from shared.analyses.deep_dream.spec import DeepDream
    from shared.client import Client
    from shared.results import Part, encode_part
    from shared.settings import Settings
    from worker.analyses.context import RunContext
    from worker.analyses.deep_dream.analysis import deep_dream
    from worker.networks.models import WarmModels
    from worker.service.devices import resident_bytes

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        client = Client(settings, store=object())  # type: ignore[arg-type]
        context = RunContext(WarmModels(client.library), client.library)
        context.models.load(MODEL, head=False)
        before = resident_bytes(os.getpid())
        spec = DeepDream.from_fields({"model": MODEL, "image": "sample/astronaut", "layers": LAYERS, "size": size,
                                      "steps": STEPS, "precision": "float32"})  # fmt: skip
        for item in deep_dream(spec, context):  # type: ignore[arg-type]
            if isinstance(item, Part):
                encode_part(item)
    return before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(*measure(int(sys.argv[1])))
    else:
        main()
