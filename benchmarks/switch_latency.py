"""From a clicked switch to the predictions: `channel_switches` on a warm MobileNetV2, as a client sees it.

Every round another channel is off, so nothing comes from the cache. The first round of a layer loads, cuts and traces.
"""

import statistics
import tempfile
import time
from pathlib import Path

from shared.analyses.channel_switches.spec import ChannelSwitches
from shared.client import Client
from tests.fixtures.installations import Installation

ROUNDS = 30
GOAL = 500
LAYERS = ("block_6_expand_relu", "block_13_expand_relu", "out_relu")


def main() -> None:
    """Print the median milliseconds from request to decoded part."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), workers="interactive=1")
        client = installation.start()
        try:
            for layer in LAYERS:
                _report(layer, [_milliseconds(client, layer, channel) for channel in range(ROUNDS)])
        finally:
            installation.stop()


def _milliseconds(client: Client, layer: str, channel: int) -> float:
    spec = ChannelSwitches(
        model="keras/mobilenetv2/random", image="sample/cat", layer=layer, off=(channel, channel + 7)
    )
    begun = time.perf_counter()
    assert client.run(spec, timeout=120).parts
    return 1000 * (time.perf_counter() - begun)


def _report(layer: str, times: list[float]) -> None:
    first, rest = times[0], sorted(times[1:])
    print(f"switches, mobilenetv2 {layer}: median {statistics.median(rest):.0f} ms, slowest {rest[-1]:.0f} ms, first "
          f"{first:.0f} ms (goal: median at most {GOAL})", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
