"""An atlas of VGG16 block3_conv1, 128 px: seconds a channel, against the keras.io loop and tf-keras-vis, in one run.

The loop takes 30 steps, one channel at a time. The atlas takes fewer and longer steps, as few as reach 95 % of the
loop's objective, judged on tiles as shown, in float32, both at the same contrast. With CONVSCOPE_TEST_DATA set the
network has learned; otherwise its weights are random.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers.environment import installed_tensorflow, peer_python
from shared.analyses import FilterAtlas
from shared.results import Part
from tests.fixtures.atlas_scores import score
from tests.fixtures.keras_io_loop import shown, timed_loop
from tests.fixtures.real_networks import FILES, RealNetworks
from worker.analyses.filter_atlas import filter_atlas
from worker.ascent.parameterizations import SHOWN_DEVIATION
from worker.networks.models import LoadedModel
from worker.service.devices import cpu_precisions

LAYER, SIZE, CHANNELS, LOOP_STEPS = "block3_conv1", 128, 256, 30
# Fewer and longer steps: 0.96 of the loop's objective in 12, 0.94 in 10 (16/255), 0.91 in 8 (20/255).
STEPS, STEP_SIZE = 12, 12 / 255
ENOUGH = 0.95
PEER, PEER_VERSION = "tf-keras-vis", "0.8.7"
# How many times faster the atlas should be: than the loop, than the peer.
GOALS = {True: (4, 6), False: (2, 3)}


@dataclass(frozen=True)
class Network:
    """What everything runs on: with the weights' file, or "" for random weights."""

    networks: RealNetworks
    reference: str
    weights: str

    def load(self) -> LoadedModel:
        """The network, warm."""
        return self.networks.context.models.load(self.reference, head=False)


def main() -> None:
    """Print seconds a channel and ratios, for each precision that is fast here."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        network = named_network(Path(folder))
        few = list(range(0, options.channels, max(1, options.channels // options.loop_channels)))
        half = len(few) // 2
        # The loop before and after, so that a machine that warms up or is shared does not favour one side.
        first, first_seconds = _loop(network, few[:half])
        ours = {precision: _atlas(network, options.channels, precision) for precision in cpu_precisions()}
        last, last_seconds = _loop(network, few[half:])
        seconds = (first_seconds * half + last_seconds * (len(few) - half)) / len(few)
        reached = _height(network, shown(np.concatenate([first, last]), SHOWN_DEVIATION), few)
        kind = "learned" if network.weights else "random"
        print(f"vgg16 {LAYER}, {SIZE} px, {kind} weights, load {os.getloadavg()[0]:.1f}")
        print(f"keras.io loop, float32, {LOOP_STEPS} steps: {seconds:.3f} s a channel, objective {reached:.4g} "
              f"({len(few)} channels)")  # fmt: skip
        peer_seconds = None if options.no_peer else _peer(network, few, Path(folder))
        for precision, (tiles, own_seconds) in ours.items():
            share = _height(network, tiles[few], few) / reached
            _report(precision, own_seconds, share, seconds, peer_seconds, options.channels)
        if options.lucid:
            _, own_seconds = _atlas(network, options.channels, cpu_precisions()[0], mode="lucid")
            print(f"atlas, lucid, {cpu_precisions()[0]}: {own_seconds:.3f} s a channel")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=CHANNELS, help="of the atlas")
    parser.add_argument("--loop-channels", type=int, default=8, help="of the loop and the peer")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--lucid", action="store_true", help="time an atlas in lucid mode too")
    return parser.parse_args()


def named_network(folder: Path) -> Network:
    """The network with learned weights where CONVSCOPE_TEST_DATA names them, else with random ones."""
    data = os.environ.get("CONVSCOPE_TEST_DATA", "")
    networks = RealNetworks(Path(data), folder)
    if not data:
        return Network(networks, "keras/vgg16/random", "")
    return Network(networks, networks.reference("vgg16"), str(Path(data) / "weights" / FILES["vgg16"][0]))


def _loop(network: Network, channels: list[int]) -> tuple[np.ndarray, float]:
    return timed_loop(network.load(), LAYER, channels, SIZE, LOOP_STEPS, "float32")


def _atlas(network: Network, channels: int, precision: str, mode: str = "classic") -> tuple[np.ndarray, float]:
    """Tiles, and seconds a channel of a whole run, compiling and encoding included."""
    short = {"steps": STEPS, "step_size": STEP_SIZE} if mode == "classic" else {}
    spec = FilterAtlas(
        model=network.reference, layer=LAYER, size=SIZE, channels=tuple(range(channels)), precision=precision,
        mode=mode, **short,
    )  # fmt: skip
    network.load()
    begun = time.perf_counter()
    items: Iterable[object] = filter_atlas(spec, network.networks.context)
    parts = sorted((item for item in items if isinstance(item, Part)), key=lambda part: part.index)
    return np.stack([part.pictures["tile"] for part in parts]), (time.perf_counter() - begun) / channels


def _height(network: Network, tiles: np.ndarray, channels: list[int]) -> float:
    return score(network.load(), LAYER, tiles, channels).objective


def _report(precision: str, own: float, share: float, loop: float, peer: float | None, channels: int) -> None:
    goals = GOALS[precision != "float32"]
    enough = "" if share >= ENOUGH else f", NOT the {ENOUGH:.0%} it should be"
    print(f"atlas, classic, {precision}, {STEPS} steps, {channels} channels: {own:.3f} s a channel, {share:.1%} of the "
          f"loop's objective{enough}; {loop / own:.1f} times faster than the loop (goal {goals[0]})"
          + (f", {peer / own:.1f} times faster than {PEER} (goal {goals[1]})" if peer else ""))  # fmt: skip


def _peer(network: Network, channels: list[int], folder: Path) -> float | None:
    """Seconds a channel of the peer with as many steps as the loop; None, and why, where it does not run."""
    python = peer_python(PEER, PEER_VERSION, installed_tensorflow(), "keras", "numpy")
    if isinstance(python, str):
        print(python)
        return None
    script, target = Path(__file__).parent / "peers" / "tf_keras_vis_filters.py", folder / "peer.npy"
    asked = [network.weights, str(SIZE), str(LOOP_STEPS), ",".join(map(str, channels)), str(target)]
    done = subprocess.run([str(python), str(script), *asked], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{PEER} {PEER_VERSION} failed: {done.stderr.strip().splitlines()[-1]}")
        return None
    seconds = float(done.stdout.split()[-1])
    tiles = np.clip(np.load(target), 0, 255).astype(np.uint8)
    print(f"{PEER} {PEER_VERSION}, float32, {LOOP_STEPS} steps: {seconds:.3f} s a channel, objective "
          f"{_height(network, tiles, channels):.4g} as it shows them")  # fmt: skip
    return seconds


if __name__ == "__main__":
    main()
